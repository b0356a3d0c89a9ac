"""Gestures that arrive as ``action`` messages (spec 01 section 15.7)."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

import structlog

from ggui_core.clock import iso
from ggui_core.protocol.errors import CONTRACT_VIOLATION, ContractViolated
from ggui_core.protocol.session import Gesture, Session
from ggui_core.seams import NoPipe, SessionService, Submitted, Violated
from ggui_live.errors import Refused, session_not_found

log = structlog.get_logger("ggui.live")

_LONGEST: Final = 128
"""Characters of an id, a tool's name or a version stamp."""
_REMEMBERED: Final = 256
"""Messages of one socket that are known again."""


@dataclass(frozen=True, slots=True)
class ActionEnvelope:
    """What an ``action`` message carries.

    Attributes:
        action: ``None`` when the payload names none.
        tool: What the view says the agent should call; the contract says it better.
        action_id: The view's own id of the gesture, which other rungs carry as well; ``None`` until
            :meth:`Counted.identified` gave it one. Ours, as are the context slots.
        stamps: ``clientSeq``, by which a socket knows a message again, and ``schemaVersion``.
    """

    session_id: str
    action: str | None
    data: Any
    tool: str | None
    action_id: str | None
    ui_context: Mapping[str, Any]
    stamps: Mapping[str, Any]

    @staticmethod
    def parse(payload: Mapping[str, Any]) -> ActionEnvelope:
        """Read the payload of an ``action`` message.

        Raises:
            Refused: ``INVALID_MESSAGE``.
        """
        session_id, done = payload.get("sessionId"), payload.get("payload")
        if not isinstance(session_id, str) or payload.get("type") != "data:submit":
            raise Refused(
                "INVALID_MESSAGE", "An action names its 'sessionId' and has the type 'data:submit'."
            )
        if done is not None and not isinstance(done, dict):
            raise Refused(
                "INVALID_MESSAGE", "The 'payload' of an action is an object with 'action' and 'data'."
            )
        done = done or {}
        action, tool = done.get("action"), done.get("tool")
        action_id, context = payload.get("actionId"), payload.get("uiContext")
        if action_id is not None and not _is_short(action_id):
            raise Refused("INVALID_MESSAGE", f"'actionId' is a string of 1 to {_LONGEST} characters.")
        return ActionEnvelope(
            session_id,
            action if isinstance(action, str) else None,
            done.get("data"),
            tool if _is_short(tool) else None,
            action_id,
            context if isinstance(context, dict) else {},
            _stamps(payload),
        )

    def record(self, action_id: str, tool: str | None) -> Mapping[str, Any]:
        """The envelope as the ledger keeps it: with the tool that the action declares, unless the view named one.

        Members that nobody knows are left out: the ledger is no store for them.
        """
        done = {"action": self.action, "data": self.data}
        named = self.tool or tool
        if named is not None:
            done["tool"] = named
        return {
            "sessionId": self.session_id,
            "type": "data:submit",
            "payload": done,
            "actionId": action_id,
            **self.stamps,
        }


class Counted:
    """The messages of one socket by the number their view gave them: a repeated one is the same gesture.

    A view counts from the start again when its page is loaded anew, so over a reconnect a number says nothing; there
    a gesture is known by the ``actionId`` it brings.
    """

    def __init__(self) -> None:
        self._seen: OrderedDict[int, tuple[bytes, str]] = OrderedDict()

    def identified(self, envelope: ActionEnvelope) -> ActionEnvelope:
        """The envelope with an action id: its own, the one it had when it came before, or a new one."""
        if envelope.action_id is not None:
            return envelope
        number = envelope.stamps.get("clientSeq")
        if number is None:
            return replace(envelope, action_id=_new_id())
        content = _content(envelope)
        before = self._seen.pop(number, None)
        action_id = before[1] if before is not None and before[0] == content else _new_id()
        self._seen[number] = (content, action_id)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return replace(envelope, action_id=action_id)


def _new_id() -> str:
    return secrets.token_hex(4)


def _content(envelope: ActionEnvelope) -> bytes:
    done = (envelope.action, envelope.data, envelope.ui_context)
    return sha256(repr(done).encode("utf-8", "surrogatepass")).digest()


def _is_short(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST


def _stamps(payload: Mapping[str, Any]) -> dict[str, Any]:
    stamps: dict[str, Any] = {}
    if type(payload.get("clientSeq")) is int:
        stamps["clientSeq"] = payload["clientSeq"]
    if _is_short(payload.get("schemaVersion")):
        stamps["schemaVersion"] = payload["schemaVersion"]
    return stamps


async def submit(
    sessions: SessionService, session: Session, envelope: ActionEnvelope, now_s: float
) -> tuple[str, int]:
    """Queue a gesture that has its action id for the agent, all of it or nothing.

    Returns:
        Its action id, and the ledger's head.

    Raises:
        Refused: ``CONTRACT_VIOLATION``, ``SESSION_NOT_FOUND`` or ``APPEND_FAILED``; nothing was queued.
    """
    declared = (session.contract.get("actionSpec") or {}).get(envelope.action) or {}
    tool = declared.get("nextStep")
    assert envelope.action_id is not None, "it was identified"
    gesture = Gesture(
        action_id=envelope.action_id,
        intent=envelope.action or "",
        data=envelope.data,
        ui_context=envelope.ui_context,
        fired_at=iso(now_s),
        tool=tool,
    )
    try:
        outcome = await sessions.submit(session, gesture, envelope.record(gesture.action_id, tool))
    except Exception:
        log.exception("gesture_not_kept", session=session.id)
        raise Refused("APPEND_FAILED", "The gesture could not be kept; send it again.") from None
    match outcome:
        case Submitted(sequence=sequence):
            return gesture.action_id, sequence
        case Violated(violations=violations):
            violated = ContractViolated("ggui_event", violations)
            raise Refused(CONTRACT_VIOLATION, violated.message, violated.to_wire())
        case NoPipe(reason=reason):
            if await sessions.session(session.id, None) is None:
                raise session_not_found(session.id)
            raise Refused("APPEND_FAILED", reason)

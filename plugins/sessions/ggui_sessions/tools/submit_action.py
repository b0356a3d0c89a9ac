"""``ggui_runtime_submit_action``: a gesture arrives from the view (spec 02 section 7.1, rulings 3 and 10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal

import structlog
from pydantic import Field

from ggui_core.bus import GestureRefused
from ggui_core.mcp import Tool, ToolContext
from ggui_core.mcp.wire import Id, Input, Json, Output, Rows, Text
from ggui_core.protocol.errors import CONTRACT_VIOLATION, ContractViolated
from ggui_core.protocol.session import Gesture, Session
from ggui_core.seams import NoPipe, Violated
from ggui_sessions import gestures
from ggui_sessions.doorbell import consumer_present
from ggui_sessions.service import Sessions, tenant_of

log = structlog.get_logger("ggui.sessions")

INVALID_KIND: Final = "INVALID_ACTION_KIND"
NO_PIPE: Final = "PIPE_NOT_FOUND"

Name = Annotated[str, Field(min_length=1, max_length=256)]


class SubmitInput(Input):
    """What ``ggui_runtime_submit_action`` is called with."""

    kind: Annotated[str, Field(min_length=1, max_length=64)]
    payload: Json
    session_id: Id
    app_id: Text
    action_id: Name
    fired_at: Annotated[str, Field(min_length=1, max_length=64)]


class SubmitOutput(Output):
    """What ``ggui_runtime_submit_action`` answers."""

    ok: bool
    consumer_present: bool | None = None
    code: Literal["INVALID_ACTION_KIND", "PIPE_NOT_FOUND", "CONTRACT_VIOLATION"] | None = None
    message: str | None = None
    violations: Rows | None = None


@dataclass(frozen=True, slots=True)
class SubmitTool:
    """Takes gestures."""

    sessions: Sessions

    def declared(self) -> Tool[SubmitInput, SubmitOutput]:
        """The tool as it is listed."""
        return Tool(
            "ggui_runtime_submit_action",
            "Send a person's gesture to the agent.",
            SubmitInput,
            SubmitOutput,
            self.handle,
            title="Submit action",
            audience="runtime",
        )

    async def handle(self, given: SubmitInput, calling: ToolContext) -> SubmitOutput:
        """Judge the shape, find the session, queue, and say whether somebody listens."""
        fault = gestures.fault(given.kind, given.payload)
        if fault is not None:
            return SubmitOutput(ok=False, code=INVALID_KIND, message=fault)
        session = await self.sessions.session(given.session_id, tenant_of(calling))
        if session is None or session.tenant.app_id != given.app_id:
            return _no_pipe("There is no session that takes this gesture.")
        if given.kind != gestures.DISPATCH:
            log.info("gesture_noted", kind=given.kind, session=session.id)
            return SubmitOutput(ok=True)
        return await self._dispatched(session, given, calling)

    async def _dispatched(self, session: Session, given: SubmitInput, calling: ToolContext) -> SubmitOutput:
        meant = gestures.dispatch(given.payload)
        gesture = Gesture(given.action_id, meant.intent, meant.data, meant.ui_context, given.fired_at)
        outcome = await self.sessions.submit(session, gesture)
        if isinstance(outcome, Violated):
            refusal = ContractViolated("ggui_event", outcome.violations)
            mirrored = GestureRefused(session.id, given.action_id, refusal.message, refusal.to_wire())
            await self.sessions.publish(mirrored)
            return SubmitOutput(
                ok=False,
                code=CONTRACT_VIOLATION,
                message=refusal.message,
                violations=[violation.to_wire() for violation in outcome.violations],
            )
        if isinstance(outcome, NoPipe):
            return _no_pipe(outcome.reason)
        present = await consumer_present(self.sessions.consumers, session.id, calling.clock)
        return SubmitOutput(ok=True, consumer_present=present)


def _no_pipe(reason: str) -> SubmitOutput:
    return SubmitOutput(ok=False, code=NO_PIPE, message=reason)

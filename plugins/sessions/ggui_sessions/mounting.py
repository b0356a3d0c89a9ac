"""The slice that a view boots from: our members, and what every contributor adds (spec 02 section 11.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
import structlog

from ggui_core.protocol.gadget_gate import permissions
from ggui_core.protocol.session import Session
from ggui_core.seams import GadgetCatalog, Mount, SliceContributor, SlicePart
from ggui_sessions import context

log = structlog.get_logger("ggui.sessions")

_PAIRS: Final = (("wsUrl", "wsToken"), ("contractHash", "validatorsUrl"))
"""Members of which one alone makes the slice unusable."""

_LIVE: Final = ("wsUrl", "wsToken", "expiresAt", "sseUrl", "pollingUrl", "streamWebSocketLocalTools")
"""Members that lead to the live channel: a card that no session stands behind has none."""

_CODE: Final = ("codeUrl", "codeB64", "codeHash", "codeModuleUrl")


@dataclass(frozen=True, slots=True)
class Assembled:
    """A mount, and whether every contributor could do its part."""

    mount: Mount
    complete: bool

    @property
    def is_mountable(self) -> bool:
        """Whether a view can boot from it: there is a runtime, and something for it to show."""
        return is_mountable(self.mount.slice)


def is_mountable(members: Mapping[str, Any]) -> bool:
    """The condition of spec 01 section 12.1."""
    return "runtimeUrl" in members and any(
        name in members for name in ("wsToken", "codeUrl", "codeB64", "kind")
    )


class Mounts:
    """Assembles slices.

    Args:
        contributors: In order of rank; where two add the same member, the first one's counts.
        base_url: The origin of this server, which every view may talk to.
        gadgets: What is known of the gadgets that a contract names.
    """

    def __init__(
        self,
        contributors: Sequence[SliceContributor],
        base_url: str,
        gadgets: GadgetCatalog,
    ) -> None:
        self._contributors = contributors
        self._base_url = base_url
        self._gadgets = gadgets

    async def assemble(self, session: Session) -> Assembled:
        """A freshly minted slice. A contributor that fails is left out: another way may still work."""
        parts: list[SlicePart] = []
        for contributor in self._contributors:
            try:
                parts.append(await contributor.slice_part(session))
            except Exception:
                log.exception("slice_part_failed", contributor=type(contributor).__name__, session=session.id)
        members = _own(session)
        asked = permissions(session.contract, await self._gadgets.gadgets(session.tenant.app_id))
        if asked:
            members["permissionsPolicy"] = list(asked)
        for part in parts:
            for name, value in part.fields.items():
                if value is not None:
                    members.setdefault(name, value)
        if session.is_static:
            for name in _LIVE:
                members.pop(name, None)
        base = self._base_url
        csp: dict[str, tuple[str, ...]] = {
            "connectDomains": (base, socket_origin(base)),
            "resourceDomains": (base,),
        }
        for part in parts:
            csp["connectDomains"] += part.connect_domains
            csp["resourceDomains"] += part.resource_domains
        return Assembled(
            Mount(_sound(members), {name: tuple(dict.fromkeys(origins)) for name, origins in csp.items()}),
            complete=len(parts) == len(self._contributors),
        )


def _own(session: Session) -> dict[str, Any]:
    members: dict[str, Any] = {
        "sessionId": session.id,
        "appId": session.tenant.app_id,
        "propsJson": orjson.dumps(session.props).decode(),
        "contextSlots": list(context.slots(session.contract, session.context_snapshot)),
        "lastSequence": session.event_sequence,
        "epoch": session.epoch,
    }
    if session.kind is not None:
        members["kind"] = session.kind
    if session.theme_id is not None:
        members["themeId"] = session.theme_id
    return members


def _sound(members: dict[str, Any]) -> dict[str, Any]:
    """Without what would make a reader refuse the whole slice."""
    for pair in _PAIRS:
        if not all(members.get(name) for name in pair):
            for name in pair:
                members.pop(name, None)
    if "wsToken" not in members:
        members.pop("expiresAt", None)
    if "kind" in members:
        for name in _CODE:
            members.pop(name, None)
    return members


def socket_origin(base_url: str) -> str:
    """``ws://`` or ``wss://`` for the ``http`` origin of this server."""
    return "ws" + base_url.removeprefix("http")

"""``ggui_emit``: one delivery on a declared stream channel (spec 02 section 6.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ggui_core.errors import ToolError
from ggui_core.mcp import Tool, ToolContext
from ggui_core.mcp.wire import Anything, Id, Input, Output, Text
from ggui_core.offloading import weighed
from ggui_core.protocol.paths import clipped
from ggui_core.protocol.session import Session
from ggui_core.protocol.values import stream_violations
from ggui_sessions.errors import session_not_found, violated
from ggui_sessions.service import Sessions


class EmitInput(Input):
    """What ``ggui_emit`` is called with."""

    session_id: Id
    channel: Text
    payload: Anything
    complete: bool | None = None


class EmitOutput(Output):
    """What ``ggui_emit`` answers."""

    accepted: bool = True
    seq: int


DESCRIPTION: Final = (
    "Push one delivery on a channel that the contract declares in `streamSpec`. `complete` ends the channel where it "
    "declares that."
)


@dataclass(frozen=True, slots=True)
class EmitTool:
    """Emits."""

    sessions: Sessions

    def declared(self) -> Tool[EmitInput, EmitOutput]:
        """The tool as it is listed."""
        return Tool("ggui_emit", DESCRIPTION, EmitInput, EmitOutput, self.handle, title="Stream")

    async def handle(self, given: EmitInput, calling: ToolContext) -> EmitOutput:
        """Check in the order of the specification, then deliver. Nobody has to listen."""
        session = await self.sessions.required(given.session_id, calling)
        await self.sessions.consumers.agent_seen(session.id)
        channel = _channel(session, given.channel)
        violations = await weighed(
            len(calling.call.body), stream_violations, session.contract, given.channel, given.payload
        )
        if violations:
            raise violated("ggui_emit", violations)
        if given.complete is True and channel.get("complete") is not True:
            raise ToolError(
                f"Channel '{clipped(given.channel, 128)}' was not declared with complete: true",
                code="InvalidComplete",
                hint="Leave complete out, or declare it on the channel.",
            )
        seq = await self.sessions.emit(session, given.channel, given.payload, complete=given.complete is True)
        if not seq:
            raise session_not_found(given.session_id)
        return EmitOutput(seq=seq)


def _channel(session: Session, name: str) -> Mapping[str, Any]:
    declared: Mapping[str, Mapping[str, Any]] = session.contract.get("streamSpec") or {}
    if session.kind is not None or name not in declared:
        known = clipped(", ".join(declared), 1_024)
        raise ToolError(
            f"Channel '{clipped(name, 128)}' is not declared on the GguiSession's streamSpec. "
            f"Declared channels: [{known}]",
            code="ChannelNotDeclared",
            hint="Use a declared channel, or render again with a contract that declares this one.",
        )
    return declared[name]

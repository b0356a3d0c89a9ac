"""``ggui_get_session``: everything that is known of one session, without code and tokens (spec 02 section 6.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from ggui_core.mcp import Tool, ToolContext
from ggui_core.mcp.wire import Id, Input, Json, Output
from ggui_sessions import delivery as receipts
from ggui_sessions.delivery import Delivery
from ggui_sessions.service import Sessions, described


class GetSessionInput(Input):
    """What ``ggui_get_session`` is called with."""

    session_id: Id


class GetSessionOutput(Output):
    """What ``ggui_get_session`` answers; times are milliseconds since the epoch."""

    id: str
    app_id: str
    type: str
    status: str
    event_sequence: int
    epoch: int
    created_at: int
    last_activity_at: int
    expires_at: int
    props: Json
    props_spec: Json | None = None
    action_spec: Json | None = None
    stream_spec: Json | None = None
    context_spec: Json | None = None
    client_capabilities: Json | None = None
    context_snapshot: Json | None = None
    prompt: str | None = None
    error: str | None = None
    error_code: str | None = None
    theme_id: str | None = None
    host_session: Json | None = None
    host_context: Json | None = None
    kind: str | None = None
    user_id: str | None = None
    delivery: Delivery | None = None


DESCRIPTION: Final = "Read one session: its props, contract, context snapshot, state and delivery."


@dataclass(frozen=True, slots=True)
class GetSessionTool:
    """Reads a session."""

    sessions: Sessions

    def declared(self) -> Tool[GetSessionInput, GetSessionOutput]:
        """The tool as it is listed."""
        return Tool(
            "ggui_get_session",
            DESCRIPTION,
            GetSessionInput,
            GetSessionOutput,
            self.handle,
            title="Get GguiSession",
            read_only=True,
        )

    async def handle(self, given: GetSessionInput, calling: ToolContext) -> GetSessionOutput:
        """Look it up; whoever asks is at work."""
        session = await self.sessions.required(given.session_id, calling)
        await self.sessions.consumers.agent_seen(session.id)
        row: dict[str, Any] = described(session, self.sessions.now_ms())
        if session.is_mountable:
            row["delivery"] = receipts.described(session)
        return GetSessionOutput.model_validate(row)

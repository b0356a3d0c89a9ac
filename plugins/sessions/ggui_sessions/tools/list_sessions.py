"""``ggui_list_sessions``: sessions to take up again (spec 02 section 6.7). No tokens: a model reads this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field

from ggui_core.mcp import Tool, ToolContext
from ggui_core.protocol.session import Session
from ggui_sessions.service import Sessions, iso_ms, tenant_of
from ggui_sessions.wire import Id, Input, Output, Text, Whole


class ListSessionsInput(Input):
    """What ``ggui_list_sessions`` is called with."""

    host_name: Text | None = None
    host_session_id: Id | None = None
    limit: Annotated[Whole, Field(ge=1, le=200)] = 50


class ListedSession(Output):
    """One session in a list."""

    session_id: str
    host_name: str | None = None
    host_session_id: str | None = None
    created_at: str
    last_activity_at: str
    status: Literal["active", "expired"]


class ListSessionsOutput(Output):
    """What ``ggui_list_sessions`` answers."""

    sessions: list[ListedSession]


DESCRIPTION: Final = (
    "List your newest sessions, oldest first, optionally those of one conversation of one host."
)


@dataclass(frozen=True, slots=True)
class ListSessionsTool:
    """Lists sessions."""

    sessions: Sessions

    def declared(self) -> Tool[ListSessionsInput, ListSessionsOutput]:
        """The tool as it is listed."""
        return Tool(
            "ggui_list_sessions",
            DESCRIPTION,
            ListSessionsInput,
            ListSessionsOutput,
            self.handle,
            title="List GguiSessions",
            read_only=True,
        )

    async def handle(self, given: ListSessionsInput, calling: ToolContext) -> ListSessionsOutput:
        """The newest sessions of the caller."""
        found = await self.sessions.store.list(
            tenant_of(calling),
            host_name=given.host_name,
            host_session_id=given.host_session_id,
            limit=given.limit,
        )
        now_ms = self.sessions.now_ms()
        return ListSessionsOutput(sessions=[_listed(session, now_ms) for session in found])


def _listed(session: Session, now_ms: int) -> ListedSession:
    host = session.host_session
    return ListedSession(
        session_id=session.id,
        host_name=None if host is None else host.host_name,
        host_session_id=None if host is None else host.host_session_id,
        created_at=iso_ms(session.created_at_ms),
        last_activity_at=iso_ms(session.last_activity_at_ms),
        status="expired" if session.is_expired(now_ms) else "active",
    )

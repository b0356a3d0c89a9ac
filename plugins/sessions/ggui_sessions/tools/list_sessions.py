"""``ggui_list_sessions``: sessions to take up again (spec 02 section 6.7).

A model reads the list, so what opens their live channels stands beside it, in ``_meta``.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator

from ggui_core.mcp import Tool, ToolContext, ToolResult
from ggui_core.mcp.wire import HostText, Input, Output, Whole
from ggui_core.protocol.session import Session
from ggui_core.seams import LiveToken
from ggui_core.stores.sessions import Position
from ggui_sessions.service import Sessions, iso_ms, tenant_of

TOKENS: Final = "ai.ggui/session-tokens"
_POSITION: Final = re.compile(r"([0-9]{1,16}) ([!-~]{1,128})", re.ASCII)


class ListSessionsInput(Input):
    """What ``ggui_list_sessions`` is called with."""

    host_name: HostText | None = None
    host_session_id: HostText | None = None
    limit: Annotated[Whole, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, Field(max_length=256)] | None = None

    @field_validator("cursor")
    @classmethod
    def _ours(cls, cursor: str | None) -> str | None:
        if cursor is not None and position(cursor) is None:
            raise ValueError("must be the nextCursor of an earlier list")
        return cursor


class ListedSession(Output):
    """One session in a list."""

    session_id: str
    host_name: str | None = None
    host_session_id: str | None = None
    created_at: str
    last_activity_at: str
    status: Literal["active", "expired"]


class ListSessionsOutput(Output):
    """What ``ggui_list_sessions`` answers; ``next_cursor`` leads to older ones."""

    sessions: Sequence[ListedSession]
    next_cursor: str | None = None


class ListedSessionWithToken(ListedSession):
    """As older clients expect it."""

    ws_token: str | None = None
    ws_token_expires_at: str | None = None


class ListSessionsOutputWithTokens(ListSessionsOutput):
    """As older clients expect it."""

    sessions: Sequence[ListedSessionWithToken]


DESCRIPTION: Final = (
    "List your newest sessions, oldest first, optionally those of one conversation of one host. `cursor` takes the "
    "`nextCursor` of a list and goes on with older ones."
)


@dataclass(frozen=True, slots=True)
class ListSessionsTool:
    """Lists sessions."""

    sessions: Sessions

    def declared(self) -> Tool[ListSessionsInput, ListSessionsOutput]:
        """The tool as it is listed."""
        with_tokens = self.sessions.settings.tokens_in_lists
        return Tool(
            "ggui_list_sessions",
            DESCRIPTION,
            ListSessionsInput,
            ListSessionsOutputWithTokens if with_tokens else ListSessionsOutput,
            self.handle,
            title="List GguiSessions",
            read_only=True,
        )

    async def handle(self, given: ListSessionsInput, calling: ToolContext) -> ToolResult[ListSessionsOutput]:
        """One page of the caller's sessions, and what opens the live channels of those that are active."""
        found = await self.sessions.store.list(
            tenant_of(calling),
            host_name=given.host_name,
            host_session_id=given.host_session_id,
            limit=given.limit + 1,
            before=None if given.cursor is None else position(given.cursor),
        )
        page = found[-given.limit :]
        now_ms = self.sessions.now_ms()
        tokens = self._tokens(page, now_ms)
        rows = [_listed(session, now_ms) for session in page]
        next_cursor = cursor(page[0]) if len(found) > len(page) else None
        output = ListSessionsOutput(sessions=rows, next_cursor=next_cursor)
        if self.sessions.settings.tokens_in_lists:
            output = ListSessionsOutputWithTokens(
                sessions=[_with_token(row, tokens.get(row.session_id)) for row in rows],
                next_cursor=next_cursor,
            )
        beside = {
            session_id: {"wsToken": token.token, "wsTokenExpiresAt": token.expires_at}
            for session_id, token in tokens.items()
        }
        return ToolResult(output, meta={TOKENS: beside} if beside else None)

    def _tokens(self, page: Sequence[Session], now_ms: int) -> dict[str, LiveToken]:
        live = self.sessions.live_tokens
        if live is None or self.sessions.settings.withhold_result_meta:
            return {}
        return {session.id: live.mint(session) for session in page if not session.is_expired(now_ms)}


def cursor(session: Session) -> str:
    """What leads to the sessions in front of this one, whatever is rendered or removed meanwhile."""
    created_at_ms, session_id = session.position
    return base64.urlsafe_b64encode(f"{created_at_ms} {session_id}".encode()).rstrip(b"=").decode()


def position(given: str) -> Position | None:
    """What :func:`cursor` wrote; None for anything else."""
    try:
        text = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)).decode("ascii")
    except ValueError:
        return None
    parts = _POSITION.fullmatch(text)
    return None if parts is None else (int(parts[1]), parts[2])


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


def _with_token(row: ListedSession, token: LiveToken | None) -> ListedSessionWithToken:
    return ListedSessionWithToken(
        **row.model_dump(),
        ws_token=None if token is None else token.token,
        ws_token_expires_at=None if token is None else token.expires_at,
    )

"""``ggui_runtime_pull``: the rung that needs nothing but the host's relay (spec 02 section 7.4)."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

from pydantic import Field, WithJsonSchema

from ggui_core.bus import SessionExpired
from ggui_core.errors import ToolError
from ggui_core.mcp import Tool, ToolContext
from ggui_core.protocol.session import EventPage, HorizonPassed, Session
from ggui_live.channel import LiveChannel, tenant_of
from ggui_live.emissions import emissions_above
from ggui_live.frames import Frame
from ggui_live.wire import Model

MOST_EVENTS: Final = 100
LONGEST_HOLD_S: Final = 15.0
"""Relays give up a call after 20 s and send it again."""

_Rows = Annotated[list[dict[str, Any]], WithJsonSchema({"type": "array", "items": {"type": "object"}})]


class PullInput(Model):
    """Cursors of a view, and how long it is ready to wait."""

    session_id: str = Field(min_length=1, max_length=128)
    since_sequence: int = Field(0, ge=0, description="Ledger cursor.")
    limit: int = Field(MOST_EVENTS, ge=1)
    wait: float = Field(0, ge=0, description="Seconds to hold an empty answer, at most 15.")
    stream_since: int | None = Field(None, ge=0, description="Stream cursor; asks for emissions.")


class PullOutput(Model):
    """A page of the ledger and what was emitted; or why there is no page."""

    events: _Rows | None = None
    last_sequence: int | None = None
    has_more: bool | None = None
    reason: str | None = None
    current_sequence: int | None = None
    emissions: _Rows | None = None
    stream_seq: int | None = None
    replay_truncated: bool | None = None


def pull_tool(channel: LiveChannel) -> Tool[Any, Any]:
    """The declaration; a view calls it through its host, with the host's credential."""

    async def pull(arguments: PullInput, context: ToolContext) -> PullOutput:
        tenant = tenant_of(context.principal, context.app_id)
        session = await channel.sessions.session(arguments.session_id, tenant)
        if session is None:
            raise _not_found(arguments.session_id)
        return await _Pull(channel, session, arguments).answer(context)

    return Tool(
        "ggui_runtime_pull",
        "Read a view's events, and wait for some.",
        PullInput,
        PullOutput,
        pull,
        title="Pull events",
        audience="runtime",
        long_poll=True,
        read_only=True,
    )


class _Pull:
    """One call: wakes when something happens to the session, never looks on its own."""

    def __init__(self, channel: LiveChannel, session: Session, arguments: PullInput) -> None:
        self._channel = channel
        self._session = session
        self._arguments = arguments
        self._news = asyncio.Event()
        self._is_gone = False

    def hear(self, event: object, frame: Frame | None) -> None:
        self._is_gone = self._is_gone or isinstance(event, SessionExpired)
        self._news.set()

    async def answer(self, context: ToolContext) -> PullOutput:
        hub, session_id = self._channel.hub, self._session.id
        hub.join(session_id, self)
        hold_s = min(self._arguments.wait, LONGEST_HOLD_S)
        deadline = asyncio.ensure_future(context.clock.sleep(hold_s)) if hold_s > 0 else None
        try:
            while True:
                self._news.clear()
                if self._is_gone:
                    raise _not_found(session_id)
                output = await self._look()
                if output.reason or output.events or output.emissions:
                    return output
                if deadline is None or deadline.done() or context.ended.is_set():
                    return output
                await _first_of(deadline, self._news.wait(), context.ended.wait())
        finally:
            hub.leave(session_id, self)
            if deadline is not None:
                deadline.cancel()

    async def _look(self) -> PullOutput:
        sessions, arguments = self._channel.sessions, self._arguments
        limit = min(arguments.limit, MOST_EVENTS)
        page = await sessions.events(self._session.id, arguments.since_sequence, limit)
        said = _page(page)
        if arguments.stream_since is not None:
            said |= await emissions_above(self._channel, self._session.id, arguments.stream_since)
        return PullOutput(**said)


def _page(page: EventPage | HorizonPassed) -> dict[str, Any]:
    if isinstance(page, HorizonPassed):
        return {"reason": "REPLAY_HORIZON_PASSED", "current_sequence": page.current_sequence}
    return {
        "events": [event.wire() for event in page.events],
        "last_sequence": page.last_sequence,
        "has_more": page.has_more,
    }


async def _first_of(deadline: asyncio.Future[None], *others: Any) -> None:
    tasks = [asyncio.ensure_future(other) for other in others]
    try:
        await asyncio.wait({deadline, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


def _not_found(session_id: str) -> ToolError:
    return ToolError(
        f"There is no session '{session_id}' for this caller.",
        code="session_not_found",
        hint="Use the sessionId of a recent ggui_render, or start again with ggui_handshake.",
    )

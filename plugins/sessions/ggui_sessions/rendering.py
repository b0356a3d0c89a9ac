"""A render behind its gates: handshake spent, session opened, component committed (spec 02 section 6.2).

A render is complete or it is not there. One that cannot be completed for a reason that is not the agent's leaves
nothing behind and gives the handshake back, so that the same call can be made again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from ggui_core.bus import RenderCommitted, StreamEmitted
from ggui_core.mcp import ToolResult
from ggui_core.protocol.session import Component, Emission, Failure, Handshake, Session
from ggui_core.seams import GenerationFailed
from ggui_sessions.errors import handshake_not_found
from ggui_sessions.generation import Waiter
from ggui_sessions.idempotency import Attempt
from ggui_sessions.render_result import SPENT, Cache, RenderOutput, cold, failure_of, hit, shown, spent
from ggui_sessions.reuse import Served
from ggui_sessions.service import LIFECYCLE, Sessions
from ggui_sessions.uses import Uses


@dataclass(frozen=True, slots=True)
class Rendering:
    """One render.

    Attributes:
        session: About to be opened with the handshake.
        warning: What the agent should know although it worked.
    """

    sessions: Sessions
    uses: Uses
    handshake: Handshake
    session: Session
    warning: str | None
    attempt: Attempt

    async def bare(self) -> ToolResult[RenderOutput]:
        """Show a system card, which has no component."""
        return await self._shown(await self._open(self.session, cold()), cold())

    async def stored(self, served: Served) -> ToolResult[RenderOutput]:
        """Show a component that is there already: nobody writes and nobody compiles, and all is one fact."""
        cache = hit(served)
        complete = replace(self.session, component=served.component, blueprint_id=served.blueprint.id)
        session = await self._open(complete, cache, started := self._started)
        await self.sessions.publish(StreamEmitted(session.id, started))
        await self.sessions.publish(RenderCommitted(session.id))
        self.uses.add(served.blueprint)
        return await self._shown(session, cache)

    async def written(self, waiter: Waiter) -> ToolResult[RenderOutput]:
        """Wait for a component that is being written, and show it."""
        await self._open(self.session, cold(), started := self._started)
        try:
            async with self._kept_or_undone():
                await self.sessions.publish(StreamEmitted(self.session.id, started))
                kept = await waiter.result()
                committed = await self._commit(kept.component, kept.blueprint_id)
        except GenerationFailed as failure:
            return await self._failed(failure)
        if committed is None:
            return self._lost()
        return await self._shown(committed, cold(kept.notice))

    async def _open(self, session: Session, cache: Cache, first: Emission | None = None) -> Session:
        """Gate 10. From here on the handshake is spent."""
        await self.attempt.opens(session, cache, self.warning)
        handshake_id = self.handshake.handshake_id
        opened = await self.sessions.store.open(handshake_id, session, self.sessions.now_ms(), first)
        if opened is None:
            raise handshake_not_found(handshake_id)
        return opened

    @property
    def _started(self) -> Emission:
        payload = {"kind": "render_started", "sessionId": self.session.id, "intent": self.session.intent}
        return Emission(LIFECYCLE, "append", payload, seq=1)

    @asynccontextmanager
    async def _kept_or_undone(self) -> AsyncIterator[None]:
        """What fails inside undoes the render, except a generation: that is an outcome, and kept."""
        try:
            yield
        except GenerationFailed:
            raise
        except BaseException:
            await self.sessions.remove(self.session.id)
            await self.sessions.store.keep_handshake(self.handshake)
            raise

    async def _commit(self, component: Component, blueprint_id: str) -> Session | None:
        """The session with its component; ``None`` when it went away meanwhile."""
        now_ms = self.sessions.now_ms()
        committed = await self.sessions.store.commit(self.session.id, component, now_ms, blueprint_id)
        if committed is not None:
            await self.sessions.publish(RenderCommitted(self.session.id))
        return committed

    async def _shown(self, session: Session, cache: Cache) -> ToolResult[RenderOutput]:
        await self.attempt.closes(cache)
        return await shown(self.sessions, session, cache, self.warning)

    async def _failed(self, failed: GenerationFailed) -> ToolResult[RenderOutput]:
        failure = failure_of(failed)
        advice = f"{failed.hint} {SPENT}" if failed.hint else SPENT
        await self.sessions.store.commit(self.session.id, failure, self.sessions.now_ms())
        await self.sessions.publish(RenderCommitted(self.session.id))
        await self.attempt.closes(cold(), advice)
        return spent(self.session, failure, advice)

    def _lost(self) -> ToolResult[RenderOutput]:
        """The session was removed while its component was on the way, say because it expired."""
        failure = Failure("PRODUCTION_FAILED", "The session ended before its component was there.")
        return spent(self.session, failure, SPENT)

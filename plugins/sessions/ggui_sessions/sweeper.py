"""What expired long enough ago is removed; an identity record stays (spec 02 sections 10.5 and 19, row 8)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from ggui_core.clock import Clock
from ggui_sessions.service import Sessions

log = structlog.get_logger("ggui.sessions")

BATCH: Final = 50
"""Sessions removed before others on the loop get their turn."""


class Sweeper:
    """Removes sessions that have been expired for as long as they are kept."""

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    async def sweep(self) -> int:
        """Remove everything that is due, batch by batch; returns how many sessions went."""
        removed = 0
        while True:
            before_ms = self._sessions.now_ms() - self._sessions.lifetimes.kept_ms
            due = await self._sessions.store.expired(before_ms, BATCH)
            for session_id in due:
                removed += await self._sessions.retire(session_id, before_ms)
            if len(due) < BATCH:
                return removed
            await asyncio.sleep(0)

    @asynccontextmanager
    async def running(self, every_s: float) -> AsyncIterator[None]:
        """Sweep every so often while the block runs."""
        task = asyncio.create_task(self._run(every_s), name="sessions:sweeper")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self, every_s: float) -> None:
        while True:
            await self._clock.sleep(every_s)
            try:
                removed = await self.sweep()
            except Exception:
                log.exception("sweep_failed")
            else:
                if removed:
                    log.info("sessions_removed", count=removed)

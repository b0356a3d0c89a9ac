"""What nobody needs any more is removed from the database, a little at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress
from typing import Final

import structlog

from ggui_core.clock import Clock
from ggui_core.database import Database, StorageUnavailable, Transaction
from ggui_sql.documents import sweep
from ggui_sql.key_values import SqlKeyValueStore
from ggui_sql.leases import LEASE_S
from ggui_sql.presence import Presence
from ggui_sql.sessions import SqlSessionStore

log = structlog.get_logger("ggui.sql")

EVERY_S: Final = 30.0
UNFINISHED_S: Final = 1_800.0
"""A render that took longer than every queue and generation can belongs to a process that is gone."""
_EVER: Final = 2**62
BATCH: Final = 200
"""Rows removed in one transaction: others wait for it."""


class Upkeep:
    """Forgets handshakes and values whose time is over, documents nothing refers to, and leases of dead processes."""

    def __init__(
        self,
        database: Database,
        sessions: SqlSessionStore,
        values: SqlKeyValueStore,
        clock: Clock,
        *,
        announce: Callable[[str], Awaitable[None]],
        presence: Presence | None = None,
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._values = values
        self._clock = clock
        self._announce = announce
        self._presence = presence

    async def once(self) -> None:
        """Remove everything that is due."""
        now_ms = int(self._clock.now() * 1000)
        await _all_of(lambda: self._sessions.sweep_handshakes(now_ms, BATCH))
        await _all_of(lambda: self._values.sweep(BATCH))
        await _all_of(lambda: self._swept_documents(now_ms))
        await self.recover()

    async def recover(self) -> None:
        """Finish what processes left that ended in the middle of it, this one's debts included."""
        now_ms = int(self._clock.now() * 1000)
        await self._sessions.leases.pay()
        if not self._sessions.sole:
            await self._undo_renders(now_ms - int(UNFINISHED_S * 1000))
        returned = await self._sessions.leases.release_older_than(now_ms - int(LEASE_S * 1000))
        await self._returned(returned)

    async def look_for_the_dead(self) -> None:
        """Take back what a process leased that is gone, and wake whoever waits for it."""
        if self._presence is not None:
            await self._returned(await self._sessions.leases.release_of_others(await self._presence.alive()))

    async def _returned(self, sessions: Sequence[str]) -> None:
        if sessions:
            log.warning(
                "gestures_returned", count=len(sessions), hint="a process ended while it handed them over"
            )
        for session_id in dict.fromkeys(sessions):
            await self._announce(session_id)

    async def _undo_renders(self, begun_before_ms: int) -> None:
        async def batch() -> int:
            removed = await self._sessions.remove_unfinished(begun_before_ms, BATCH)
            if removed:
                log.warning(
                    "renders_undone", count=removed, hint="a process ended before they had a component"
                )
            return removed

        await _all_of(batch)

    async def _swept_documents(self, now_ms: int) -> int:
        async def fact(tx: Transaction) -> int:
            return await sweep(tx, now_ms, BATCH)

        return await self._database.write(fact)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look after the database while the block runs."""
        if self._sessions.sole:
            await self._undo_renders(_EVER)  # nobody else can be at work on them
        await self.recover()
        task = asyncio.create_task(self._run(), name="sql:upkeep")
        try:
            async with (
                nullcontext() if self._presence is None else self._presence.running(self.look_for_the_dead)
            ):
                yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        while True:
            await self._clock.sleep(EVERY_S)
            try:
                await self.once()
            except StorageUnavailable as trouble:
                log.warning("upkeep_postponed", cause=trouble.message)
            except Exception:
                log.exception("upkeep_failed")


async def _all_of(batch: Callable[[], Awaitable[int]]) -> None:
    """Batch after batch, until one was not full; each is a transaction of its own."""
    full = True
    while full:
        full = await batch() >= BATCH

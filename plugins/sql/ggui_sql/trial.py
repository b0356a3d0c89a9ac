"""A write for no other reason than to learn whether the database takes writes again."""

from __future__ import annotations

import asyncio
import os
from typing import Final

from ggui_core.clock import Clock
from ggui_core.database import StorageUnavailable, Transaction
from ggui_sql.database import OpenDatabase

BYTES: Final = 64 * 1024
"""What a full disk must have room for before we say that it is full no more: a large update with its event."""
EVERY_S: Final = 1.0
KEPT_S: Final = 60.0

_WRITE: Final = (
    "INSERT INTO ggui_key_value (key, value, expires_at_ms) VALUES ('sql:trial', ?, ?) ON CONFLICT (key) DO UPDATE SET "
    "value = excluded.value, expires_at_ms = excluded.expires_at_ms"
)


class Trial:
    """Tries to write, at most once a second however often it is asked to: anybody may ask for readiness."""

    def __init__(self, database: OpenDatabase, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._running: asyncio.Future[None] | None = None
        self._ended = float("-inf")

    async def once(self) -> None:
        """Write, or wait for whoever does. How it went stands in the database's ``trouble``."""
        loop = asyncio.get_running_loop()
        if self._running is None or self._running.done():
            if loop.time() - self._ended < EVERY_S:
                return
            self._running = asyncio.ensure_future(self._write())
        await asyncio.shield(self._running)

    async def _write(self) -> None:
        room, until_ms = os.urandom(BYTES), int((self._clock.now() + KEPT_S) * 1000)

        async def fact(tx: Transaction) -> None:
            await tx.run(_WRITE, room, until_ms)

        try:
            await self._database.write(fact)
            self._database.trouble = None
        except StorageUnavailable:
            pass  # it noted the cause
        finally:
            self._ended = asyncio.get_running_loop().time()

"""Which processes of a server are alive, so that what a dead one held goes back soon (ARCHITECTURE law 5).

Each process writes a row every two seconds, by the clock of the database: those of machines differ. One whose row is
ten seconds old is dead. After a gap in which this process could not write either, nobody is judged until the others
had the time to write again: it was the database that was away.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from ggui_core.clock import Clock
from ggui_core.database import Database, StorageUnavailable, Transaction

log = structlog.get_logger("ggui.sql")

BEAT_S: Final = 2.0
DEAD_S: Final = 10.0
_FORGOTTEN_S: Final = 3_600.0
_KEY: Final = "sql:process:"
_NOW_MS: Final = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"
_BEAT: Final = (
    f"INSERT INTO ggui_key_value (key, value, expires_at_ms) VALUES (?, convert_to(CAST({_NOW_MS} AS TEXT), 'UTF8'), "  # noqa: S608
    f"{_NOW_MS} + {int(_FORGOTTEN_S * 1000)}) "
    "ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at_ms = excluded.expires_at_ms"
)
_ALIVE: Final = (
    "SELECT key FROM ggui_key_value WHERE key >= ? AND key < ? "  # noqa: S608
    f"AND CAST(convert_from(value, 'UTF8') AS BIGINT) > {_NOW_MS} - {int(DEAD_S * 1000)}"
)


class Presence:
    """This process among those that share a PostgreSQL database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.name = secrets.token_hex(8)
        self._database = database
        self._clock = clock
        self._sound_since: float | None = None
        self._last = 0.0

    async def beat(self) -> None:
        """Say that this process is alive."""

        async def fact(tx: Transaction) -> None:
            await tx.run(_BEAT, _KEY + self.name)

        await self._database.write(fact)
        now = self._clock.monotonic()
        if self._sound_since is None or now - self._last > DEAD_S / 2:
            self._sound_since = now
        self._last = now

    async def alive(self) -> frozenset[str]:
        """The names of the processes that are alive, this one among them."""

        async def fact(tx: Transaction) -> frozenset[str]:
            # ";" follows ":": every key that begins with the prefix lies between the two, by bytes or by words.
            rows = await tx.all(_ALIVE, _KEY, f"{_KEY[:-1]};")
            return frozenset(row[0].removeprefix(_KEY) for row in rows if row[0].startswith(_KEY))

        return await self._database.read(fact) | {self.name}

    @property
    def may_judge(self) -> bool:
        """Whether a silent process is dead: the database was there for long enough that the living have written."""
        return self._sound_since is not None and self._last - self._sound_since >= DEAD_S

    async def leave(self) -> None:
        """This process ends as it should: what it still holds is given back at once."""

        async def fact(tx: Transaction) -> None:
            await tx.run("DELETE FROM ggui_key_value WHERE key = ?", _KEY + self.name)

        await self._database.write(fact)

    @asynccontextmanager
    async def running(self, look: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        """Write while the block runs, and call ``look`` after each time others may be judged.

        Raises:
            StorageUnavailable: the database does not answer at the start.
        """
        await self.beat()
        task = asyncio.create_task(self._run(look), name="sql:presence")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            with suppress(StorageUnavailable):
                await self.leave()

    async def _run(self, look: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self._clock.sleep(BEAT_S)
            try:
                await self.beat()
                if self.may_judge:
                    await look()
            except StorageUnavailable as trouble:
                log.warning("presence_not_written", cause=trouble.message)
            except Exception:
                log.exception("presence_failed")

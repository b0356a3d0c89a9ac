"""Which processes of a server are alive, so that what a dead one held goes back soon (ARCHITECTURE law 5).

Each process writes a row every two seconds, by the clock of the database: those of machines differ. One whose row is
ten seconds old is dead. After a gap in which this process could not write either, nobody is judged until the others
had the time to write again: it was the database that was away.

The row also tells which token secret the process has, by a mark from which the secret does not follow. With different
ones a view would be let in by one process and turned away by the next, so who comes second does not start.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from ggui_core.clock import Clock
from ggui_core.database import Database, StorageUnavailable, Transaction
from ggui_core.errors import BootError
from ggui_core.token_secret import VARIABLE

log = structlog.get_logger("ggui.sql")

BEAT_S: Final = 2.0
DEAD_S: Final = 10.0
_FORGOTTEN_S: Final = 3_600.0
_KEY: Final = "sql:process:"
_NOW_MS: Final = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"
_BEAT: Final = (
    "INSERT INTO ggui_key_value (key, value, expires_at_ms) VALUES "  # noqa: S608
    f"(?, convert_to(CAST({_NOW_MS} AS TEXT) || ' ' || CAST(? AS TEXT), 'UTF8'), "
    f"{_NOW_MS} + {int(_FORGOTTEN_S * 1000)}) "
    "ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at_ms = excluded.expires_at_ms"
)
_ALIVE: Final = (
    "SELECT key, split_part(convert_from(value, 'UTF8'), ' ', 2) FROM ggui_key_value WHERE key >= ? AND key < ? "  # noqa: S608
    f"AND CAST(split_part(convert_from(value, 'UTF8'), ' ', 1) AS BIGINT) > {_NOW_MS} - {int(DEAD_S * 1000)}"
)


class Presence:
    """This process among those that share a PostgreSQL database.

    Args:
        secret_mark: That of :class:`~ggui_core.setup.Setup`.
    """

    def __init__(self, database: Database, clock: Clock, secret_mark: str = "") -> None:
        self.name = secrets.token_hex(8)
        self._secret_mark = secret_mark
        self._database = database
        self._clock = clock
        self._sound_since: float | None = None
        self._last = 0.0

    async def beat(self) -> None:
        """Say that this process is alive."""

        async def fact(tx: Transaction) -> None:
            await tx.run(_BEAT, _KEY + self.name, self._secret_mark)

        await self._database.write(fact)
        now = self._clock.monotonic()
        if self._sound_since is None or now - self._last > DEAD_S / 2:
            self._sound_since = now
        self._last = now

    async def alive(self) -> frozenset[str]:
        """The names of the processes that are alive, this one among them."""
        return frozenset(await self._marks()) | {self.name}

    async def has_company(self) -> bool:
        """Whether another process is alive."""
        return bool(await self.alive() - {self.name})

    async def require_one_secret(self) -> None:
        """Refuse to be the one whose tokens the others do not accept.

        Raises:
            BootError: a process that is alive has another token secret.
        """
        strangers = [mark for mark in (await self._marks()).values() if mark != self._secret_mark]
        if strangers:
            raise BootError(
                f"the token secret of this process is not that of {len(strangers)} other process(es) on the same "
                f"database, which would turn its views away: set {VARIABLE} to the same text on every replica, such "
                f"as the output of: openssl rand -hex 32. To change it, stop them all first; one that was killed "
                f"counts for {DEAD_S:.0f} s more"
            )

    async def _marks(self) -> Mapping[str, str]:
        """The mark of the secret of each process that is alive, by its name."""

        async def fact(tx: Transaction) -> Mapping[str, str]:
            # ";" follows ":": every key that begins with the prefix lies between the two, by bytes or by words.
            rows = await tx.all(_ALIVE, _KEY, f"{_KEY[:-1]};")
            return {row[0].removeprefix(_KEY): row[1] for row in rows if row[0].startswith(_KEY)}

        return await self._database.read(fact)

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
            BootError: the others have another token secret.
        """
        await self.beat()  # first, so that of two that start together at least one sees the other
        try:
            await self.require_one_secret()
        except BootError:
            await self.leave()
            raise
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

"""Small values with a lifetime, in a database."""

from __future__ import annotations

from typing import Final
from zlib import crc32

from ggui_core.clock import Clock
from ggui_core.database import Database, Transaction
from ggui_sql.locks import alone
from ggui_sql.values import clean

_LIVE: Final = "(expires_at_ms IS NULL OR expires_at_ms > ?)"
_GET: Final = f"SELECT value FROM ggui_key_value WHERE key = ? AND {_LIVE}"  # noqa: S608
_SET: Final = (
    "INSERT INTO ggui_key_value (key, value, expires_at_ms) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
    "value = excluded.value, expires_at_ms = excluded.expires_at_ms"
)
_TAKE: Final = "DELETE FROM ggui_key_value WHERE key = ? RETURNING value, expires_at_ms"
_DELETE: Final = "DELETE FROM ggui_key_value WHERE key = ?"
_COUNTER: Final = f"{_GET} {{lock}}"
_CLAIM: Final = (
    "INSERT INTO ggui_lock (name) VALUES (?) ON CONFLICT (name) DO UPDATE SET name = excluded.name"
)
_SWEEP: Final = (
    "DELETE FROM ggui_key_value WHERE key IN "
    "(SELECT key FROM ggui_key_value WHERE expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ?) AND expires_at_ms <= ?"
)


class SqlKeyValueStore:
    """Implements :class:`~ggui_core.stores.KeyValueStore`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def _now_ms(self) -> int:
        return int(self._clock.now() * 1000)

    def _expiry(self, ttl_s: float | None) -> int | None:
        return None if ttl_s is None else self._now_ms() + round(ttl_s * 1000)

    async def get(self, key: str) -> bytes | None:
        async def fact(tx: Transaction) -> bytes | None:
            row = await tx.one(_GET, clean(key), self._now_ms())
            return None if row is None else bytes(row[0])

        return await self._database.read(fact)

    async def set(self, key: str, value: bytes, *, ttl_s: float | None = None) -> None:
        expires_at_ms = self._expiry(ttl_s)

        async def fact(tx: Transaction) -> None:
            await tx.run(_SET, clean(key), value, expires_at_ms)

        await self._database.write(fact)

    async def take(self, key: str) -> bytes | None:
        now_ms = self._now_ms()

        async def fact(tx: Transaction) -> bytes | None:
            row = await tx.one(_TAKE, clean(key))
            if row is None or (row[1] is not None and row[1] <= now_ms):
                return None
            return bytes(row[0])

        return await self._database.write(fact)

    async def delete(self, key: str) -> None:
        async def fact(tx: Transaction) -> None:
            await tx.run(_DELETE, clean(key))

        await self._database.write(fact)

    async def increment(self, key: str, *, ttl_s: float) -> int:
        now_ms, expires_at_ms = self._now_ms(), self._expiry(ttl_s)

        async def fact(tx: Transaction) -> int:
            # A row that is not there yet cannot be locked, so counters take turns, in 64 lines.
            await alone(tx, f"counter:{crc32(key.encode(errors='surrogatepass')) % 64}")
            row = await tx.one(_COUNTER, clean(key), now_ms)
            if row is None:
                await tx.run(_SET, clean(key), b"1", expires_at_ms)
                return 1
            count = int(bytes(row[0])) + 1
            await tx.run("UPDATE ggui_key_value SET value = ? WHERE key = ?", str(count).encode(), clean(key))
            return count

        return await self._database.write(fact)

    async def sweep(self, limit: int) -> int:
        """Forget values whose time is over; returns how many."""
        now_ms = self._now_ms()

        async def fact(tx: Transaction) -> int:
            return await tx.run(_SWEEP, now_ms, limit, now_ms)

        return await self._database.write(fact)

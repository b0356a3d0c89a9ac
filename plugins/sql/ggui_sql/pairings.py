"""Paired devices and connector keys in a database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, Final

import structlog

from ggui_core.clock import Clock
from ggui_core.database import Row, StorageUnavailable, Transaction
from ggui_core.stores.pairings import Pairing, newcomers, pairing_number
from ggui_sql.database import OpenDatabase
from ggui_sql.recall import MISSING, Recall
from ggui_sql.values import clean, clean_optional, original, original_optional

log = structlog.get_logger("ggui.sql")

_COLUMNS: Final = (
    "pairing_id, device_name, token_sha256, prefix, created_at_ms, last_used_at_ms, last_remote_address, app_id, "
    "expires_at_ms"
)
_ADD: Final = f"INSERT INTO ggui_pairing ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_ALL: Final = f"SELECT {_COLUMNS} FROM ggui_pairing"  # noqa: S608
_BY_TOKEN: Final = f"{_ALL} WHERE token_sha256 = ?"
_LIST: Final = f"{_ALL} ORDER BY ordinal"
_EXPIRED: Final = f"{_ALL} WHERE expires_at_ms <= ? ORDER BY ordinal"
_KNOWN: Final = "SELECT pairing_id, token_sha256 FROM ggui_pairing"
_REMOVE: Final = "DELETE FROM ggui_pairing WHERE pairing_id = ?"
_IS_KEPT: Final = "SELECT 1 FROM ggui_pairing WHERE pairing_id = ?"
_USE: Final = (
    "UPDATE ggui_pairing SET last_used_at_ms = ?, last_remote_address = ? "
    "WHERE pairing_id = ? AND (last_used_at_ms IS NULL OR last_used_at_ms <= ?)"
)
_NEXT: Final = (
    "INSERT INTO ggui_counter (name, value) VALUES ('pairing', 1) "
    "ON CONFLICT (name) DO UPDATE SET value = ggui_counter.value + 1 RETURNING value"
)
_BEGUN: Final = "INSERT INTO ggui_counter (name, value) VALUES ('pairing', 0) ON CONFLICT (name) DO NOTHING"
_ISSUED: Final = "SELECT value FROM ggui_counter WHERE name = 'pairing'"
_SET_ISSUED: Final = "UPDATE ggui_counter SET value = ? WHERE name = 'pairing'"
_SOURCE: Final = (
    "INSERT INTO ggui_pairing_source (source, taken_over_at_ms) VALUES (?, ?) ON CONFLICT (source) DO NOTHING"
)

REMEMBERED: Final = 4_096
"""Bearers that are kept at hand: every call asks for one. Unknown ones are not, or strangers could push others out."""

USES_EVERY_S: Final = 60.0
"""How often uses are written: never with the call that made them."""

ASKED_AT_ONCE: Final = (1, 8, 64, 512)
"""Numbers of ids in one statement: few texts, so that databases and drivers keep them prepared."""


@dataclass(frozen=True, slots=True)
class _Use:
    used_at: int
    remote_address: str


class SqlPairingStore:
    """Implements :class:`~ggui_core.stores.PairingStore`.

    Where one process has the database to itself, bearers are remembered; what a command of the operator changed beside
    it is noticed with the next lookup. On a database that several share, each lookup reads.
    """

    def __init__(self, database: OpenDatabase, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._recall: Recall[str, Pairing] = Recall(database, REMEMBERED)
        self._uses: dict[str, _Use] = {}

    @property
    def place(self) -> str:
        return self._database.place

    async def add(
        self,
        device_name: str,
        token_sha256: str,
        prefix: str,
        created_at: int,
        *,
        app_id: str | None = None,
        expires_at: int | None = None,
    ) -> Pairing:
        async def fact(tx: Transaction) -> Pairing:
            number = await tx.one(_NEXT)
            assert number is not None, "the statement returns the row it wrote"
            pairing = Pairing(
                f"pair-{number[0]}",
                device_name,
                token_sha256,
                prefix,
                created_at,
                app_id=app_id,
                expires_at=expires_at,
            )
            await tx.run(_ADD, *_values(pairing))
            return pairing

        return await self._recall.change(_POOL, fact)

    async def was_issued(self, pairing_id: str) -> bool:
        number = pairing_number(pairing_id)

        async def fact(tx: Transaction) -> bool:
            if await tx.one(_IS_KEPT, clean(pairing_id)) is not None:
                return True
            issued = await tx.one(_ISSUED)
            return number is not None and issued is not None and number <= issued[0]

        return await self._database.read(fact)

    async def by_token(self, token_sha256: str) -> Pairing | None:
        self._database.look_around()
        known = self._recall.get(_POOL, token_sha256)
        if known is not MISSING:
            return self._shown(known)

        async def fact(tx: Transaction) -> Pairing | None:
            row = await tx.one(_BY_TOKEN, token_sha256)
            return None if row is None else _pairing(row)

        pairing = await self._database.read(fact)
        if pairing is not None:
            self._recall.keep(_POOL, token_sha256, pairing)
        return self._shown(pairing)

    async def list(self) -> Sequence[Pairing]:
        return await self._found(_LIST)

    async def expired(self, now_ms: int) -> Sequence[Pairing]:
        return await self._found(_EXPIRED, now_ms)

    async def missing(self, pairing_ids: Collection[str]) -> Collection[str]:
        asked = {clean(pairing_id): pairing_id for pairing_id in pairing_ids}
        names, most = tuple(asked), ASKED_AT_ONCE[-1]
        for start in range(0, len(names), most):
            for name in await self._kept_of(names[start : start + most]):
                del asked[name]
        return set(asked.values())

    async def take_over(self, pairings: Sequence[Pairing], *, issued: int, source: str) -> bool:
        now_ms = int(self._clock.now() * 1000)

        async def fact(tx: Transaction) -> bool:
            await tx.run(_BEGUN)
            row = await tx.one(f"{_ISSUED} {{lock}}")  # whoever holds it is alone with the pool
            assert row is not None, "it was there, or was just made"
            if await tx.run(_SOURCE, source, now_ms) == 0:
                return False
            kept = [(original(known[0]), str(known[1])) for known in await tx.all(_KNOWN)]
            new, highest = newcomers(pairings, kept, issued=row[0], issued_there=issued)
            for pairing in new:
                await tx.run(_ADD, *_values(pairing))
            await tx.run(_SET_ISSUED, highest)
            return True

        return await self._recall.change(_POOL, fact)

    async def remove(self, pairing_id: str) -> bool:
        async def fact(tx: Transaction) -> bool:
            return await tx.run(_REMOVE, clean(pairing_id)) == 1

        removed = await self._recall.change(_POOL, fact)
        self._uses.pop(pairing_id, None)
        return removed

    async def touch(self, pairing_id: str, used_at: int, remote_address: str) -> None:
        self._uses[pairing_id] = _Use(used_at, remote_address)

    async def write_uses(self) -> None:
        """Write the uses that only memory holds.

        Raises:
            StorageUnavailable: they were not written, and are kept for the next try.
        """
        due = dict(self._uses)
        if not due:
            return

        async def fact(tx: Transaction) -> None:
            for pairing_id in sorted(
                due
            ):  # in one order: replicas that write the same rows do not block one another
                use = due[pairing_id]
                await tx.run(
                    _USE, use.used_at, clean_optional(use.remote_address), clean(pairing_id), use.used_at
                )

        await self._recall.change(_POOL, fact)
        for pairing_id, use in due.items():
            if self._uses.get(pairing_id) == use:
                del self._uses[pairing_id]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Write uses now and then while the block runs, and once more in the end."""
        task = asyncio.create_task(self._write_now_and_then(), name="sql:pairing-uses")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await self._try_to_write()

    async def _write_now_and_then(self) -> None:
        while True:
            await self._clock.sleep(USES_EVERY_S)
            await self._try_to_write()

    async def _try_to_write(self) -> None:
        try:
            await self.write_uses()
        except StorageUnavailable as trouble:
            log.warning("pairing_uses_not_written", cause=trouble.message)

    async def _found(self, statement: str, *parameters: Any) -> Sequence[Pairing]:
        async def fact(tx: Transaction) -> list[Pairing]:
            return [_pairing(row) for row in await tx.all(statement, *parameters)]

        return [_with_use(pairing, self._uses) for pairing in await self._database.read(fact)]

    async def _kept_of(self, names: Sequence[str]) -> Sequence[str]:
        size = next(size for size in ASKED_AT_ONCE if size >= len(names))
        asked = [*names, *[names[0]] * (size - len(names))]
        marks = ", ".join("?" * size)
        statement = f"SELECT pairing_id FROM ggui_pairing WHERE pairing_id IN ({marks})"  # noqa: S608  # only marks

        async def fact(tx: Transaction) -> list[str]:
            return [row[0] for row in await tx.all(statement, *asked)]

        return await self._database.read(fact)

    def _shown(self, pairing: Pairing | None) -> Pairing | None:
        return None if pairing is None else _with_use(pairing, self._uses)


_POOL: Final = "pool"
"""The owner of everything that is remembered here: there is one pool."""


def _with_use(pairing: Pairing, uses: Mapping[str, _Use]) -> Pairing:
    """The pairing with the use that is not written yet."""
    use = uses.get(pairing.pairing_id)
    if use is None:
        return pairing
    return replace(pairing, last_used_at=use.used_at, last_remote_address=use.remote_address)


def _values(pairing: Pairing) -> tuple[Any, ...]:
    return (
        clean(pairing.pairing_id),
        clean(pairing.device_name),
        pairing.token_sha256,
        clean(pairing.prefix),
        pairing.created_at,
        pairing.last_used_at,
        clean_optional(pairing.last_remote_address),
        clean_optional(pairing.app_id),
        pairing.expires_at,
    )


def _pairing(row: Row) -> Pairing:
    return Pairing(
        pairing_id=original(row[0]),
        device_name=original(row[1]),
        token_sha256=row[2],
        prefix=original(row[3]),
        created_at=row[4],
        last_used_at=row[5],
        last_remote_address=original_optional(row[6]),
        app_id=original_optional(row[7]),
        expires_at=row[8],
    )

"""Gestures on their way to an agent: taken with a lease, settled when the answer was read (ARCHITECTURE law 5)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container, Sequence
from dataclasses import replace
from typing import Final

from ggui_core.database import Row, StorageUnavailable, Transaction
from ggui_core.protocol.session import Batch
from ggui_sql import pipe
from ggui_sql.activity import note_activity
from ggui_sql.database import OpenDatabase, OutcomeUnknown
from ggui_sql.values import clean

LEASE_S: Final = 60.0
"""A lease that is older belongs to a process that is gone: an answer is on its way for a second or two."""

_Ending = tuple[Callable[[str, str], Awaitable[None]], str]
"""How a lease ends, and of which session it is."""

_THERE: Final = "SELECT 1 FROM ggui_session WHERE id = ? {lock}"


class Leases:
    """The leases of this process, and what becomes of those of others.

    Args:
        holder: The process in whose name gestures are leased, so that others know which leases are of a dead one.
    """

    def __init__(self, database: OpenDatabase, holder: str) -> None:
        self._database = database
        self._holder = holder
        self._held: set[str] = set()
        """Those of this process, whose answers are on their way however old a clock that jumped makes them."""
        self._owed: dict[str, _Ending] = {}
        """Those that ended while the database could not be told."""

    async def take(self, session_id: str, lease_id: str, now_ms: int) -> Batch:
        """Lease what waits on the pipe of a session; see ``SessionStore.lease``."""
        name = clean(session_id)
        if self._owed:
            await self.pay()

        async def look(tx: Transaction) -> Row | None:
            return await tx.one(pipe.ANY_QUEUED, name)

        async def fact(tx: Transaction) -> Batch:
            if await tx.one(_THERE, name) is None:
                return Batch(lease_id)
            leased = await pipe.lease(tx, name, self._signed(lease_id), now_ms)
            batch = replace(leased, lease_id=lease_id)
            if batch.gestures:
                await note_activity(tx, session_id, now_ms)
            return batch

        if await self._database.read(look) is None:
            return Batch(
                lease_id
            )  # most consumers find nothing at first, and need no place among the writers
        self._held.add(lease_id)
        batch = Batch(lease_id)
        try:
            batch = await self._database.write(fact)
        except OutcomeUnknown:
            self._owed[lease_id] = (self._released, session_id)
            raise
        finally:
            if not batch.gestures:
                self._held.discard(lease_id)
        return batch

    async def settle(self, session_id: str, lease_id: str) -> None:
        """The answer was read: its gestures are gone.

        Raises:
            StorageUnavailable: it could not be written; it will be, while this process lives.
        """
        await self._end(lease_id, (self._settled, session_id))

    async def release(self, session_id: str, lease_id: str) -> None:
        """The answer was not read: its gestures come back to the head of the pipe.

        Raises:
            StorageUnavailable: as in :meth:`settle`.
        """
        await self._end(lease_id, (self._released, session_id))

    async def _end(self, lease_id: str, ending: _Ending) -> None:
        """End a lease; what cannot be written now is owed, and not forgotten while this process lives."""
        try:
            await self._pay(lease_id, ending)
        except StorageUnavailable:
            self._owed[lease_id] = ending
            raise

    async def pay(self) -> None:
        """Write down how leases ended for which that failed before."""
        for lease_id, ending in [*self._owed.items()]:
            await self._pay(lease_id, ending)

    async def _pay(self, lease_id: str, ending: _Ending) -> None:
        end, session_id = ending
        await end(session_id, lease_id)
        self._owed.pop(lease_id, None)
        self._held.discard(lease_id)

    async def _settled(self, session_id: str, lease_id: str) -> None:
        async def fact(tx: Transaction) -> None:
            if await tx.one(_THERE, clean(session_id)) is not None:
                await pipe.settle(tx, clean(session_id), self._signed(lease_id))

        await self._database.write(fact)

    async def _released(self, session_id: str, lease_id: str) -> None:
        async def fact(tx: Transaction) -> None:
            if await tx.one(_THERE, clean(session_id)) is not None:
                await tx.run(pipe.RELEASE, self._signed(lease_id), clean(session_id))

        await self._database.write(fact)

    async def release_all(self) -> int:
        """Take back every lease there is, at the start of the only process; returns how many gestures came."""

        async def fact(tx: Transaction) -> int:
            return await tx.run(pipe.RELEASE_ALL)

        return await self._database.write(fact)

    async def release_older_than(self, leased_before_ms: int) -> Sequence[str]:
        """Take back what others leased before a time; returns the session of each gesture that came."""

        async def look(tx: Transaction) -> Sequence[Row]:
            return await tx.all(pipe.OLD_LEASES, leased_before_ms)

        returned: list[str] = []
        for lease_id, session_id in await self._database.read(look):
            if lease_id.partition("@")[0] not in self._held:
                returned += [session_id] * await self._take_back(session_id, lease_id)
        return returned

    async def _take_back(self, name: str, lease_id: str) -> int:
        async def fact(tx: Transaction) -> int:
            return await tx.run(pipe.RELEASE, lease_id, name)

        return await self._database.write(fact)

    async def release_of_others(self, alive: Container[str]) -> Sequence[str]:
        """Take back what processes leased that are not ``alive``; returns the session of each gesture."""

        async def fact(tx: Transaction) -> Sequence[str]:
            leases = [row[0] for row in await tx.all(pipe.LEASES)]
            dead = [lease for lease in leases if "@" in lease and lease.rpartition("@")[2] not in alive]
            return [row[0] for lease in dead for row in await tx.all(pipe.RELEASE_ONE, lease)]

        return await self._database.write(fact)

    def _signed(self, lease_id: str) -> str:
        """A lease as it is written down: with the name of the process that answers."""
        return f"{lease_id}@{self._holder}" if self._holder else lease_id

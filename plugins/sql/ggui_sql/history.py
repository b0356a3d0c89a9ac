"""What is kept of the past of a session: its ledger, and the stream deliveries for late subscribers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from ggui_core.clock import iso
from ggui_core.database import Row, Transaction
from ggui_core.protocol.session import Emission, LedgerEvent
from ggui_core.stores.memory_history import HISTORY_BYTES
from ggui_core.stores.sessions import POLLED_BYTES, RESERVED, Replay
from ggui_sql.values import clean, dump, load, original

_ADD_EVENT: Final = (
    "INSERT INTO ggui_event (session_id, seq, type, at_ms, data, size) VALUES (?, ?, ?, ?, ?, ?)"
)
_CUT_LEDGER: Final = "DELETE FROM ggui_event WHERE session_id = ? AND seq <= ? RETURNING size"
_OLDEST_EVENTS: Final = "SELECT seq, size FROM ggui_event WHERE session_id = ? ORDER BY seq"
EVENTS: Final = (
    "SELECT seq, type, at_ms, data FROM ggui_event WHERE session_id = ? AND seq > ? ORDER BY seq LIMIT ?"
)
_ADD_EMISSION: Final = (
    "INSERT INTO ggui_emission (session_id, seq, channel, mode, payload, complete, ring, size) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_FORGET_LATEST: Final = "DELETE FROM ggui_emission WHERE session_id = ? AND ring = 0 AND channel = ?"
_OUTDATE: Final = (
    "UPDATE ggui_emission SET ring = 3 WHERE session_id = ? AND ring = 0 AND channel = ? RETURNING size"
)
_FORGET_POLLED: Final = "DELETE FROM ggui_emission WHERE session_id = ? AND ring = 3"
_OLDEST_IN_RING: Final = (
    "SELECT seq, size FROM ggui_emission WHERE session_id = ? AND ring = ? ORDER BY seq LIMIT ?"
)
_CUT_RING: Final = "DELETE FROM ggui_emission WHERE session_id = ? AND ring = ? AND seq <= ?"
STREAM: Final = (
    "SELECT stream_seq, stream_evicted, ring_count, ring_bytes, own_count, own_bytes, polled_count, polled_bytes, "
    "polled_until_ms FROM ggui_session WHERE id = ? {lock}"
)
KEPT: Final = (
    "SELECT channel, mode, payload, seq, complete FROM ggui_emission "
    "WHERE session_id = ? AND seq > ? AND ring <> 3 ORDER BY seq"
)
POLLED: Final = KEPT.replace(" AND ring <> 3", "")


@dataclass(slots=True)
class Ledger:
    """The counters of a session's ledger while a fact writes to it.

    Attributes:
        head: Sequence of the last event.
        horizon: Sequence of the last event that had to make room.
        size: Bytes of JSON that are kept.
        capacity: Events that are kept at most.
    """

    session_id: str
    head: int
    horizon: int
    size: int
    capacity: int

    async def append(self, tx: Transaction, type_: str, data: Mapping[str, Any], now_ms: int) -> None:
        """Write the next event; the oldest make room by number and by size, the newest always stays."""
        text = dump(data)
        self.head += 1
        self.size += len(text)
        await tx.run(_ADD_EVENT, self.session_id, self.head, type_, now_ms, text, len(text))
        cut = self.head - self.capacity
        if self.size > HISTORY_BYTES:
            cut = max(cut, await self._cut_for_size(tx))
        if cut > self.horizon:
            self.size -= sum(row[0] for row in await tx.all(_CUT_LEDGER, self.session_id, cut))
            self.horizon = cut

    async def _cut_for_size(self, tx: Transaction) -> int:
        left, cut = self.size, self.horizon
        for seq, size in await tx.all(_OLDEST_EVENTS, self.session_id):
            if left <= HISTORY_BYTES or seq == self.head:
                break
            left, cut = left - size, seq
        return cut


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the history of a new session begins with; its row is written in one go, with the counters of this.

    Attributes:
        created: The data of ``ui.created`` as text, for a session that has its component already.
        said: The first delivery of its stream, and its payload as text.
    """

    created: str | None
    said: tuple[Emission, str] | None

    @classmethod
    def of(cls, created: Mapping[str, Any] | None, first: Emission | None) -> Beginning:
        """The beginning that these two are."""
        return cls(
            None if created is None else dump(created),
            None if first is None else (first, dump(first.payload)),
        )

    @property
    def counters(self) -> tuple[int, ...]:
        """The values of :data:`BEGINNING`."""
        events = (0, 0) if self.created is None else (1, len(self.created))
        if self.said is None:
            return (*events, 0, 0, 0, 0, 0)
        emission, text = self.said
        ring = (1, len(text))
        return (*events, 1, *((0, 0, *ring) if emission.channel.startswith(RESERVED) else (*ring, 0, 0)))

    async def write(self, tx: Transaction, session_id: str, now_ms: int) -> None:
        """Write it, behind the row of the session."""
        if self.created is not None:
            await tx.run(_ADD_EVENT, session_id, 1, "ui.created", now_ms, self.created, len(self.created))
        if self.said is not None:
            emission, text = self.said
            ring = OF_THE_SERVER if emission.channel.startswith(RESERVED) else OF_AGENTS
            name, complete = clean(emission.channel), int(emission.complete)
            await tx.run(_ADD_EMISSION, session_id, 1, name, emission.mode, text, complete, ring, len(text))


BEGINNING: Final = (
    "event_sequence", "ledger_bytes", "stream_seq", "ring_count", "ring_bytes", "own_count", "own_bytes",
)  # fmt: skip
"""The columns of ``ggui_session`` that count what its history begins with."""

LATEST: Final = 0
OF_AGENTS: Final = 1
OF_THE_SERVER: Final = 2
FOR_POLLS: Final = 3
"""Where a delivery is kept: the one of its channel, or in one of three rings."""


@dataclass(slots=True)
class Ring:
    """The counters of the newest deliveries of some channels; ``room`` is how many bytes they may have."""

    number: int
    count: int
    size: int
    room: int = HISTORY_BYTES


@dataclass(slots=True)
class Stream:
    """The counters of a session's stream buffer while a fact writes to it.

    Attributes:
        evicted: Sequence of the last delivery of an agent that had to make room.
        agents, server: What channels keep that replay ``all``, and what the server's own do.
        polled: What is kept of all other channels while somebody polls.
        is_polled: Whether somebody does.
    """

    session_id: str
    seq: int
    evicted: int
    agents: Ring
    server: Ring
    polled: Ring
    is_polled: bool
    capacity: int

    @classmethod
    def of(cls, session_id: str, row: Row, now_ms: int, capacity: int) -> Stream:
        """The counters in a row of :data:`STREAM`."""
        seq, evicted, ring_count, ring_bytes, own_count, own_bytes, polled_count, polled_bytes, until_ms = row
        return cls(
            session_id,
            seq,
            evicted,
            Ring(OF_AGENTS, ring_count, ring_bytes),
            Ring(OF_THE_SERVER, own_count, own_bytes),
            Ring(FOR_POLLS, polled_count, polled_bytes, POLLED_BYTES),
            now_ms < until_ms,
            capacity,
        )

    @property
    def counters(self) -> Mapping[str, int]:
        """The columns of ``ggui_session`` that follow."""
        return {
            "stream_seq": self.seq,
            "stream_evicted": self.evicted,
            "ring_count": self.agents.count,
            "ring_bytes": self.agents.size,
            "own_count": self.server.count,
            "own_bytes": self.server.size,
            "polled_count": self.polled.count,
            "polled_bytes": self.polled.size,
        }

    async def keep(
        self,
        tx: Transaction,
        channel: str,
        mode: Literal["append", "replace"],
        payload: Any,
        *,
        complete: bool,
        replay: Replay,
    ) -> None:
        """Number the next delivery and keep it as its channel promises, and for who polls."""
        self.seq += 1
        if self.polled.count and not self.is_polled:
            await tx.run(_FORGET_POLLED, self.session_id)
            self.polled.count = self.polled.size = 0
        ring = self._ring_of(channel, replay)
        if ring is None and replay != "latest":
            return
        text, name = dump(payload), clean(channel)
        number = LATEST if ring is None else ring.number
        if ring is None:
            await self._outdate(tx, name)
        values = (self.session_id, self.seq, name, mode, text, int(complete), number, len(text))
        await tx.run(_ADD_EMISSION, *values)
        if ring is not None:
            ring.count += 1
            ring.size += len(text)
            evicted = await self._make_room(tx, ring)
            if ring is self.agents and evicted is not None:
                self.evicted = evicted

    def _ring_of(self, channel: str, replay: Replay) -> Ring | None:
        if channel.startswith(RESERVED):
            return self.server
        if replay == "all":
            return self.agents
        return self.polled if replay == "none" and self.is_polled else None

    async def _outdate(self, tx: Transaction, channel: str) -> None:
        """The latest delivery of a channel is not that any more; who polls still gets it."""
        if not self.is_polled:
            await tx.run(_FORGET_LATEST, self.session_id, channel)
            return
        for (size,) in await tx.all(_OUTDATE, self.session_id, channel):
            self.polled.count += 1
            self.polled.size += size
            await self._make_room(tx, self.polled)

    async def _make_room(self, tx: Transaction, ring: Ring) -> int | None:
        if ring.count <= self.capacity and ring.size <= ring.room:
            return None
        last = None
        for seq, size in await tx.all(_OLDEST_IN_RING, self.session_id, ring.number, ring.count):
            if (ring.count <= self.capacity and ring.size <= ring.room) or ring.count == 1:
                break
            ring.count, ring.size, last = ring.count - 1, ring.size - size, seq
        if last is not None:
            await tx.run(_CUT_RING, self.session_id, ring.number, last)
        return last


def event_of(row: Row) -> LedgerEvent:
    """The event in a row of :data:`EVENTS`."""
    return LedgerEvent(row[0], row[1], iso(row[2] / 1000), load(row[3]))


def emission_of(row: Row) -> Emission:
    """The delivery in a row of :data:`KEPT`."""
    return Emission(original(row[0]), row[1], load(row[2]), row[3], bool(row[4]))

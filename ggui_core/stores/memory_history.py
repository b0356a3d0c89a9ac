"""What is kept of the past of one session in this process: its ledger and its stream buffer."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Generic, TypeVar

import orjson

from ggui_core.clock import iso
from ggui_core.protocol.session import Emission, EventPage, HorizonPassed, LedgerEvent
from ggui_core.stores.sessions import POLLED_BYTES, RESERVED, Replay

HISTORY_BYTES: Final = 8 * 1024 * 1024
"""Bytes of JSON that the ledger of one session keeps at most, and as many its stream ring."""

T = TypeVar("T")


class _Newest(Generic[T]):
    """The newest items, by number and by bytes of JSON; the very newest stays whatever its size."""

    __slots__ = ("_capacity", "_items", "_room", "_size")

    def __init__(self, capacity: int, room: int = HISTORY_BYTES) -> None:
        self._capacity = capacity
        self._room = room
        self._items: deque[tuple[T, int]] = deque()
        self._size = 0

    def __len__(self) -> int:
        return len(self._items)

    def append(self, item: T, size: int) -> T | None:
        """Keep an item; returns the last of those that made room."""
        self._items.append((item, size))
        self._size += size
        gone = None
        while len(self._items) > self._capacity or (self._size > self._room and len(self._items) > 1):
            gone, freed = self._items.popleft()
            self._size -= freed
        return gone

    def clear(self) -> None:
        """Keep none of them."""
        self._items.clear()
        self._size = 0

    def part(self, start: int = 0, stop: int | None = None) -> Iterator[T]:
        """Items by their place, the oldest at 0."""
        return (item for item, _ in itertools.islice(self._items, start, stop))

    def newest_first(self) -> Iterator[T]:
        """All items, from the end."""
        return (item for item, _ in reversed(self._items))


class Ledger:
    """The newest events of a session. ``head`` is the sequence of the last one, ``after`` at the start."""

    __slots__ = ("_events", "head")

    def __init__(self, capacity: int, after: int = 0) -> None:
        self._events: _Newest[LedgerEvent] = _Newest(capacity)
        self.head = after

    def append(self, type_: str, data: Mapping[str, Any], now_ms: int) -> None:
        """Write the next event."""
        self.head += 1
        self._events.append(LedgerEvent(self.head, type_, iso(now_ms / 1000), data), json_bytes(data))

    def page(self, since: int, limit: int) -> EventPage | HorizonPassed:
        """Events above ``since``; see :meth:`~ggui_core.stores.sessions.SessionStore.events`."""
        horizon = self.head - len(self._events)
        if not horizon <= since <= self.head:
            return HorizonPassed(self.head)
        start = since - horizon
        events = tuple(self._events.part(start, start + limit))
        return EventPage(events, self.head, has_more=start + len(events) < len(self._events))

    def newest_first(self) -> Iterator[LedgerEvent]:
        """What is kept, from its end."""
        return self._events.newest_first()


class Stream:
    """What subscribers that were away can still be given. ``seq`` is that of the last delivery.

    The server's own channels have a ring to themselves: what it says of its doings takes no room of what agents say.
    """

    __slots__ = ("_evicted", "_latest", "_own", "_polled", "_polled_until_ms", "_ring", "seq")

    def __init__(self, capacity: int) -> None:
        self._ring: _Newest[Emission] = _Newest(capacity)
        self._own: _Newest[Emission] = _Newest(capacity)
        self._latest: dict[str, Emission] = {}
        self._polled: _Newest[Emission] = _Newest(capacity, POLLED_BYTES)
        self._polled_until_ms = 0
        self._evicted = 0
        self.seq = 0

    def keep(self, emission: Emission, replay: Replay, now_ms: int) -> None:
        """Take the next delivery and keep it as its channel promises, and for who polls."""
        self.seq = emission.seq
        if now_ms >= self._polled_until_ms:
            self._polled.clear()
        elif replay != "all" and not emission.channel.startswith(RESERVED):
            self._polled.append(emission, json_bytes(emission.payload))
        if emission.channel.startswith(RESERVED):
            self._own.append(emission, json_bytes(emission.payload))
        elif replay == "all":
            evicted = self._ring.append(emission, json_bytes(emission.payload))
            if evicted is not None:
                self._evicted = evicted.seq
        elif replay == "latest":
            self._latest[emission.channel] = emission

    def above(self, after: int) -> tuple[Emission, ...]:
        """Deliveries behind a cursor that are kept because their channels promise it, in order."""
        return _in_order(after, self._ring.part(), self._own.part(), self._latest.values())

    def poll(self, after: int, until_ms: int) -> tuple[Emission, ...]:
        """Every delivery behind a cursor that is kept; until then all are."""
        self._polled_until_ms = max(self._polled_until_ms, until_ms)
        kept = self._ring.part(), self._own.part(), self._latest.values(), self._polled.part()
        return _in_order(after, *kept)

    def lost_some_above(self, after: int) -> bool:
        """Whether an agent's delivery behind this cursor had to make room."""
        return after < self._evicted


def _in_order(after: int, *kept: Iterable[Emission]) -> tuple[Emission, ...]:
    found = {emission.seq: emission for emission in itertools.chain(*kept) if emission.seq > after}
    return tuple(found[seq] for seq in sorted(found))


def json_bytes(value: Any) -> int:
    """How long a JSON value is on the wire."""
    try:
        return len(orjson.dumps(value))
    except orjson.JSONEncodeError:  # an integer beyond 64 bits, or half a surrogate pair
        return len(repr(value))

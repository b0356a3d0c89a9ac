"""Small values with a lifetime: pending codes, counters, one-time tickets."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

from ggui_core.clock import Clock


class KeyValueStore(Protocol):
    """Bytes under string keys, each with an optional lifetime. Every method is atomic."""

    async def get(self, key: str) -> bytes | None:
        """The live value under ``key``, or ``None``."""
        ...

    async def set(self, key: str, value: bytes, *, ttl_s: float | None = None) -> None:
        """Put ``value`` under ``key``, replacing what was there, for ``ttl_s`` seconds (``None``: for good)."""
        ...

    async def take(self, key: str) -> bytes | None:
        """Remove and return the live value under ``key``; of concurrent takers exactly one gets it."""
        ...

    async def delete(self, key: str) -> None:
        """Remove ``key``; nothing happens when it is not there."""
        ...

    async def increment(self, key: str, *, ttl_s: float) -> int:
        """Add one to the counter under ``key`` and return it. The lifetime starts with its first increment.

        Raises:
            ValueError: the value under ``key`` is no counter.
        """
        ...


@dataclass(slots=True)
class _Entry:
    value: bytes
    expires_at: float | None


class MemoryKeyValueStore:
    """Keeps values in this process.

    Expired entries are dropped when they are met; each write also looks at a few of the oldest entries, so that
    abandoned keys do not pile up.
    """

    _SWEEP = 8

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    def _live(self, key: str) -> _Entry | None:
        entry = self._entries.get(key)
        if entry is not None and entry.expires_at is not None and entry.expires_at <= self._clock.now():
            del self._entries[key]
            return None
        return entry

    def _sweep(self) -> None:
        for _ in range(min(self._SWEEP, len(self._entries))):
            oldest = next(iter(self._entries))
            if self._live(oldest) is not None:
                self._entries.move_to_end(oldest)

    def _expiry(self, ttl_s: float | None) -> float | None:
        return None if ttl_s is None else self._clock.now() + ttl_s

    async def get(self, key: str) -> bytes | None:
        entry = self._live(key)
        return None if entry is None else entry.value

    async def set(self, key: str, value: bytes, *, ttl_s: float | None = None) -> None:
        self._sweep()
        self._entries[key] = _Entry(value, self._expiry(ttl_s))

    async def take(self, key: str) -> bytes | None:
        entry = self._live(key)
        if entry is None:
            return None
        del self._entries[key]
        return entry.value

    async def delete(self, key: str) -> None:
        self._entries.pop(key, None)

    async def increment(self, key: str, *, ttl_s: float) -> int:
        entry = self._live(key)
        if entry is None:
            self._sweep()
            self._entries[key] = _Entry(b"1", self._expiry(ttl_s))
            return 1
        count = int(entry.value) + 1
        entry.value = str(count).encode()
        return count

    def __len__(self) -> int:
        return len(self._entries)

"""Request rates: the seam, token buckets in memory, and wall-clock windows (ARCHITECTURE section 10)."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

from ggui_core.clock import Clock


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket: ``per_second`` refilled, at most ``burst`` at once."""

    per_second: float
    burst: int


@dataclass(frozen=True, slots=True)
class Window:
    """``count`` requests in each wall-clock-aligned window of ``seconds`` (spec 03 section 6.6)."""

    count: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Denied:
    """The request is over its limit; ask again in ``retry_after_s`` seconds (whole, at least 1)."""

    retry_after_s: int


class RateLimiter(Protocol):
    """Counts requests per key. Replicas that share one limiter share its counts."""

    async def take(self, key: str, rule: Rate | Window) -> Denied | None:
        """Count one request under ``key``; :class:`Denied` when it is one too many. Atomic."""
        ...


class MemoryRateLimiter:
    """Counts in this process; forgets the least recently used keys beyond ``capacity``."""

    def __init__(self, clock: Clock, capacity: int = 50_000) -> None:
        self._clock = clock
        self._capacity = capacity
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._windows: OrderedDict[str, tuple[int, int]] = OrderedDict()

    async def take(self, key: str, rule: Rate | Window) -> Denied | None:
        return self._window(key, rule) if isinstance(rule, Window) else self._bucket(key, rule)

    def __len__(self) -> int:
        return max(len(self._buckets), len(self._windows))

    def _bucket(self, key: str, rule: Rate) -> Denied | None:
        now = self._clock.monotonic()
        tokens, seen = self._buckets.get(key, (float(rule.burst), now))
        tokens = min(float(rule.burst), tokens + (now - seen) * rule.per_second)
        denied = tokens < 1.0
        self._buckets[key] = (tokens if denied else tokens - 1.0, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._capacity:
            self._buckets.popitem(last=False)
        return Denied(max(1, math.ceil((1.0 - tokens) / rule.per_second))) if denied else None

    def _window(self, key: str, rule: Window) -> Denied | None:
        now = self._clock.now()
        index = int(now // rule.seconds)
        window, count = self._windows.get(key, (index, 0))
        count = 1 if window != index else count + 1
        self._windows[key] = (index, count)
        self._windows.move_to_end(key)
        if len(self._windows) > self._capacity:
            self._windows.popitem(last=False)
        if count <= rule.count:
            return None
        return Denied(max(1, math.ceil((index + 1) * rule.seconds - now)))

"""Time as a dependency, so that tests can hold it still."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    """What the server asks of time."""

    def now(self) -> float:
        """Wall-clock time in seconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back; only differences mean anything."""
        ...

    async def sleep(self, delay_s: float) -> None:
        """Return after ``delay_s`` seconds of this clock."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s)


async def within(clock: Clock, seconds: float, asking: Awaitable[T]) -> T:
    """What ``asking`` yields, within ``seconds`` of the clock; after that it is cancelled.

    Raises:
        TimeoutError: it took longer, or was cancelled from within: in neither case is there an answer.
    """
    answer = asyncio.ensure_future(asking)
    try:
        await asyncio.sleep(0)  # what needs no waiting is there after one turn, and needs no alarm
        if not answer.done():
            alarm = asyncio.ensure_future(clock.sleep(seconds))
            try:
                await asyncio.wait({answer, alarm}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                alarm.cancel()
        if answer.done() and not answer.cancelled():
            return answer.result()
        raise TimeoutError(f"no answer within {seconds:g} seconds")
    finally:
        answer.add_done_callback(_look_at)
        answer.cancel()


def _look_at(answer: asyncio.Future[T]) -> None:
    """Nobody is left to whom its failure matters."""
    if not answer.cancelled():
        answer.exception()


def iso(epoch_s: float) -> str:
    """An ISO-8601 UTC time with milliseconds, as JavaScript's ``toISOString`` writes it."""
    moment = datetime.fromtimestamp(epoch_s, tz=UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"

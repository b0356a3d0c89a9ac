"""Parked consumers: how a long-poll waits for a gesture without asking for it again and again.

One subscription to the bus serves all of them. A parked consumer holds one event; a gesture, the end of its session,
its deadline and the end of its call set it. Nothing here runs at intervals.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import structlog

from ggui_core.bus import (
    AnnouncementsMissed,
    Bus,
    DeliveryFailed,
    GestureQueued,
    GesturesDrained,
    SessionExpired,
)
from ggui_core.clock import iso
from ggui_core.http.calls import Handover
from ggui_core.protocol.session import Batch, Gesture, Session
from ggui_sessions.service import Sessions

SLOW_S: Final = 2.0
"""A gesture that takes longer to its agent is worth a line in the log."""

log = structlog.get_logger("ggui.sessions")


class Wakeups:
    """The events of parked consumers, by session."""

    def __init__(self) -> None:
        self._parked: dict[str, set[asyncio.Event]] = {}

    @contextmanager
    def parked(self, session_id: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever something happened on the session while the block runs."""
        event = asyncio.Event()
        waiting = self._parked.setdefault(session_id, set())
        waiting.add(event)
        try:
            yield event
        finally:
            waiting.discard(event)
            if not waiting and self._parked.get(session_id) is waiting:
                del self._parked[session_id]

    def wake(self, session_id: str) -> None:
        """Let every consumer of the session look again. The first to lease gets everything; the others wait on."""
        for event in self._parked.get(session_id, ()):
            event.set()

    def wake_all(self) -> None:
        """Let every consumer look again: what would have woken it may have been missed."""
        for waiting in self._parked.values():
            for event in waiting:
                event.set()

    @contextmanager
    def listening(self, bus: Bus) -> Iterator[None]:
        """Hear of gestures and of ended sessions while the block runs."""
        endings: list[Callable[[], None]] = [
            bus.subscribe(GestureQueued, lambda event: self.wake(event.session_id)),
            bus.subscribe(SessionExpired, lambda event: self.wake(event.session_id)),
            bus.subscribe(DeliveryFailed, lambda event: self.wake(event.session_id)),
            bus.subscribe(AnnouncementsMissed, lambda _: self.wake_all()),
        ]
        try:
            yield
        finally:
            for end in endings:
                end()


@contextmanager
def alarm(sleep: Awaitable[None], event: asyncio.Event) -> Iterator[None]:
    """Set ``event`` when ``sleep`` is over, unless the block ended before."""
    timer = asyncio.ensure_future(sleep)
    timer.add_done_callback(lambda _: event.set())
    try:
        yield
    finally:
        timer.cancel()


async def lease(sessions: Sessions, session_id: str, lease_id: str) -> Batch:
    """Take everything that is queued. A caller that is cancelled meanwhile gives it back: nothing stays leased."""
    leasing = asyncio.ensure_future(sessions.store.lease(session_id, lease_id, sessions.now_ms()))
    try:
        return await asyncio.shield(leasing)
    except asyncio.CancelledError:
        batch = await leasing
        if batch.gestures:
            await give_back(sessions, session_id, lease_id)
        raise


async def give_back(sessions: Sessions, session_id: str, lease_id: str) -> None:
    """The batch was not delivered: it returns to the head of the pipe, and whoever is parked may have it."""
    await sessions.store.release(session_id, lease_id)
    await sessions.publish(GestureQueued(session_id))


def handover(sessions: Sessions, session: Session, batch: Batch, now: Callable[[], float]) -> Handover:
    """What becomes of a batch with the answer that carries it (ARCHITECTURE law 5)."""

    async def written() -> None:
        _note_delay(session, batch, now())
        drained = GesturesDrained(
            session.id,
            session.tenant.app_id,
            tuple(gesture.action_id for gesture in batch.gestures),
            iso(now()),
        )
        await sessions.publish(drained)

    async def taken() -> None:
        await sessions.store.settle(session.id, batch.lease_id)

    async def failed() -> None:
        await give_back(sessions, session.id, batch.lease_id)

    return Handover(written, taken, failed)


def _note_delay(session: Session, batch: Batch, now_s: float) -> None:
    """Say so in the log when a gesture took long to its agent (spec 02 section 6.4), by the clock of who made it."""
    delays = [now_s - made for gesture in batch.gestures if (made := _made_at(gesture)) is not None]
    longest_s = max(delays, default=0.0)
    if longest_s > SLOW_S:
        log.info(
            "action_consume_slow", session=session.id, count=len(batch.gestures), ms=round(longest_s * 1000)
        )


def _made_at(gesture: Gesture) -> float | None:
    try:
        return datetime.fromisoformat(gesture.fired_at).timestamp()
    except (ValueError, OverflowError):
        return None  # views write it as they like

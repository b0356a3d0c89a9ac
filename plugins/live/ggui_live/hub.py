"""Who listens to which session, and what the bus says to them.

There is one bus subscription per topic for the whole plugin. An event is looked up by its session, encoded once,
and handed to every listener in turn; a listener never waits, so none of them can hold up another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from ggui_core.bus import (
    AnnouncementsMissed,
    Bus,
    GestureQueued,
    GestureRefused,
    GesturesDrained,
    PropsUpdated,
    RenderCommitted,
    SessionExpired,
    StreamEmitted,
)
from ggui_core.seams import SessionService
from ggui_core.stores import SessionStore
from ggui_live import frames
from ggui_live.frames import Frame

_REMEMBERED: Final = 256
"""Deliveries of a session of which is known that they were announced."""


@dataclass(frozen=True, slots=True)
class ProofEnded:
    """What a view proved when it came counts no more; said to that view alone."""


class Listener(Protocol):
    """Somebody who is told what happens to one session."""

    def hear(self, event: object, frame: Frame | None) -> None:
        """Take note of ``event`` and of the frame that views get for it. Must not wait, must not raise."""
        ...


class _Room:
    """The listeners of one session, in the order they came."""

    __slots__ = ("expires_at_ms", "heard", "listeners", "props_seq", "revision")

    def __init__(self) -> None:
        self.listeners: dict[Listener, int | None] = {}
        """Each with the time until which its proof counts; ``None`` for as long as it stays."""
        self.props_seq = 0
        """The ledger's head of the newest props that were announced here."""
        self.expires_at_ms: int | None = None
        """When the session's time was over, as last heard of; ``None`` when nobody knows."""
        self.heard: deque[int] = deque(maxlen=_REMEMBERED)
        """The newest stream deliveries that were announced here, by ``seq``."""
        self.revision: int | None = None
        """That of the props when the store was looked at last."""


class Hub:
    """Carries announcements to the listeners of their session. Keeps nothing for sessions without one."""

    def __init__(self, sessions: Callable[[], SessionService], store: Callable[[], SessionStore]) -> None:
        self._sessions = sessions
        self._store = store
        self._rooms: dict[str, _Room] = {}

    @contextmanager
    def following(self, bus: Bus) -> Iterator[None]:
        """Hear the bus while the block runs."""
        unsubscribe = [
            bus.subscribe(StreamEmitted, self._emitted),
            bus.subscribe(PropsUpdated, self._props_updated),
            bus.subscribe(GesturesDrained, self._drained),
            bus.subscribe(GestureQueued, self._queued),
            bus.subscribe(GestureRefused, self._refused),
            bus.subscribe(RenderCommitted, self._committed),
            bus.subscribe(SessionExpired, self._expired),
            bus.subscribe(AnnouncementsMissed, self._look_again),
        ]
        try:
            yield
        finally:
            for end in unsubscribe:
                end()

    def __len__(self) -> int:
        """How many sessions somebody listens to."""
        return len(self._rooms)

    def count(self, session_id: str) -> int:
        """How many listen to this session."""
        room = self._rooms.get(session_id)
        return 0 if room is None else len(room.listeners)

    def join(self, session_id: str, listener: Listener, until_ms: int | None = None) -> None:
        """Tell ``listener`` everything that happens to the session from now on.

        Args:
            until_ms: When its proof counts no more, which :meth:`end_proofs` will tell it.
        """
        self._rooms.setdefault(session_id, _Room()).listeners[listener] = until_ms

    def leave(self, session_id: str, listener: Listener) -> None:
        """Stop; does nothing when it does not listen."""
        room = self._rooms.get(session_id)
        if room is not None:
            room.listeners.pop(listener, None)
            if not room.listeners:
                del self._rooms[session_id]

    def lives_until(self, session_id: str, expires_at_ms: int | None) -> None:
        """Note when the time of a session will be over, unless it is used before."""
        room = self._rooms.get(session_id)
        if room is not None:
            room.expires_at_ms = expires_at_ms

    def due(self, now_ms: int) -> list[str]:
        """Sessions whose time was over, as far as is known here."""
        return [
            session_id
            for session_id, room in self._rooms.items()
            if room.expires_at_ms is not None and room.expires_at_ms <= now_ms
        ]

    def expire(self, session_id: str) -> None:
        """Tell the listeners of a session that its time is over."""
        self._expired(SessionExpired(session_id))

    def end_proofs(self, now_ms: int) -> None:
        """Tell listeners whose proof counts no more."""
        over = [
            listener
            for room in self._rooms.values()
            for listener, until_ms in room.listeners.items()
            if until_ms is not None and until_ms <= now_ms
        ]
        for listener in over:
            listener.hear(ProofEnded(), None)

    def _emitted(self, event: StreamEmitted) -> None:
        room = self._rooms.get(event.session_id)
        if room is not None:
            room.heard.append(event.emission.seq)
            _tell(room, event, frames.data(event.session_id, event.emission))

    def _props_updated(self, event: PropsUpdated) -> None:
        room = self._rooms.get(event.session_id)
        if room is not None:
            room.props_seq = max(room.props_seq, event.sequence)
            _tell(room, event, frames.props_update(event))

    def _drained(self, event: GesturesDrained) -> None:
        room = self._rooms.get(event.session_id)
        if room is not None:
            for action_id in event.action_ids:
                _tell(room, event, frames.drain_ack(event, action_id))

    def _queued(self, event: GestureQueued) -> None:
        room = self._rooms.get(event.session_id)
        if room is not None:
            _tell(room, event, None)

    def _refused(self, event: GestureRefused) -> None:
        room = self._rooms.get(event.session_id)
        if room is not None:
            _tell(room, event, frames.gesture_refused(event))

    async def _committed(self, event: RenderCommitted) -> None:
        room = self._rooms.get(event.session_id)
        while room is not None:
            session = await self._sessions().session(event.session_id, None)
            if session is None:
                return
            row = await self._sessions().row(session)
            room = self._rooms.get(event.session_id)
            if room is not None and session.event_sequence >= room.props_seq:
                _tell(room, event, frames.render(session, row))
                return
            # Newer props went out while the row was read: it would take them back.

    async def _look_again(self, event: AnnouncementsMissed) -> None:
        """Tell listeners what the store knows and they may not.

        The store is asked and not the service: being asked for would keep the session alive.
        """
        for session_id in tuple(self._rooms):
            session = await self._store().session(session_id, None)
            if session is None:
                self.expire(session_id)
                continue
            backlog = await self._sessions().backlog(session_id, 0)
            row = await self._sessions().row(session)
            room = self._rooms.get(session_id)
            if room is None:
                continue
            full = len(room.heard) == _REMEMBERED
            for emission in backlog.emissions:
                if emission.seq not in room.heard and not (full and emission.seq < room.heard[0]):
                    self._emitted(StreamEmitted(session_id, emission))
            if room.revision != session.revision and session.event_sequence >= room.props_seq:
                room.revision = session.revision
                self._props_updated(
                    PropsUpdated(session_id, session.props, session.epoch, session.event_sequence)
                )
            if session.is_mountable or session.failure is not None:
                _tell(room, event, frames.render(session, row))
            else:
                _tell(room, event, None)

    def _expired(self, event: SessionExpired) -> None:
        room = self._rooms.get(event.session_id)
        if room is not None:
            _tell(room, event, None)


def _tell(room: _Room, event: object, frame: Frame | None) -> None:
    for listener in tuple(room.listeners):
        listener.hear(event, frame)

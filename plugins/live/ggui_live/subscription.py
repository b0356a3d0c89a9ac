"""One view's subscription: between the snapshot it starts from and the live tail nothing is lost or comes twice.

It listens from the first moment and holds back what it hears. Once the snapshot is written, what the snapshot already
says is dropped, the rest follows in its order, and from then on frames pass straight through.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Final

from ggui_core.bus import SessionExpired
from ggui_core.protocol.session import Emission, HorizonPassed, Session, Tenant
from ggui_core.seams import SessionService
from ggui_core.stores.sessions import RESERVED
from ggui_live import frames
from ggui_live.errors import Refused
from ggui_live.frames import Frame, Shown
from ggui_live.hub import ProofEnded

PAGE: Final = 100
"""Ledger events that are read at a time."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a subscription starts from.

    Attributes:
        row: The session as it travels.
        emissions: Kept stream deliveries that the subscriber missed.
        stream_seq: The stream counter: later deliveries are live.
        truncated: Some that were asked for are gone.
    """

    session: Session
    row: dict[str, Any]
    emissions: tuple[Emission, ...]
    stream_seq: int
    truncated: bool


async def take_snapshot(
    sessions: SessionService, session_id: str, tenant: Tenant | None, from_seq: int | None
) -> Snapshot | None:
    """The state of a session now; ``None`` when there is none for this tenant.

    Args:
        from_seq: The subscriber's stream cursor; without one only the server's own channels are replayed.
    """
    session = await sessions.session(session_id, tenant)
    if session is None:
        return None
    row = await sessions.row(session)
    backlog = await sessions.backlog(session_id, from_seq or 0)
    if from_seq is not None:
        return Snapshot(session, row, backlog.emissions, backlog.stream_seq, backlog.truncated)
    own = tuple(emission for emission in backlog.emissions if emission.channel.startswith(RESERVED))
    return Snapshot(session, row, own, backlog.stream_seq, truncated=False)


@dataclass(frozen=True, slots=True)
class Room:
    """How much may wait for one view before it counts as too slow.

    Attributes:
        frames, bytes: At most so many wait.
        stall_s: At most so long may none be taken.
    """

    frames: int
    bytes: int
    stall_s: float


class Subscription:
    """Listens to one session for one view.

    Args:
        send: Takes a frame for the view; must not wait.
        expired: Called when the session is gone.
        proof_ended: Called when the token that opened the view counts no more.
        overrun: Called when more would be held back than ``room`` has place for.
    """

    def __init__(
        self,
        send: Callable[[Frame], None],
        *,
        expired: Callable[[], None],
        proof_ended: Callable[[], None],
        overrun: Callable[[], None],
        room: Room,
    ) -> None:
        self._send = send
        self._expired = expired
        self._proof_ended = proof_ended
        self._overrun = overrun
        self._room = room
        self._held: list[Frame] | None = []
        self._held_bytes = 0
        self._stream_seq = 0
        self._ledger_seq = 0
        self._shows: Shown = (None, None)

    def hear(self, event: object, frame: Frame | None) -> None:
        if isinstance(event, SessionExpired):
            self._expired()
        elif isinstance(event, ProofEnded):
            self._proof_ended()
        elif frame is None:
            return
        elif self._held is None:
            self._pass(frame)
        else:
            self._held.append(frame)
            self._held_bytes += len(frame.body)
            if len(self._held) > self._room.frames or self._held_bytes > self._room.bytes:
                self._held.clear()
                self._overrun()

    def go_live(self, snapshot: Snapshot) -> None:
        """The snapshot is written: let through what it does not say, now and from now on."""
        self._stream_seq = snapshot.stream_seq
        self._ledger_seq = snapshot.session.event_sequence
        self._shows = frames.shown_by(snapshot.session)
        held, self._held = self._held or [], None
        for frame in held:
            self._pass(frame)

    def _pass(self, frame: Frame) -> None:
        if frame.stream_seq is not None:
            if frame.stream_seq <= self._stream_seq:
                return
        elif frame.shows is not None:
            assert frame.ledger_seq is not None, "it holds all props as well"
            if frame.shows == self._shows or frame.ledger_seq < self._ledger_seq:
                return
            self._shows, self._ledger_seq = frame.shows, frame.ledger_seq
        elif frame.ledger_seq is not None:
            # Each of these frames holds all props: an older one would take back what a newer one said.
            if frame.ledger_seq <= self._ledger_seq:
                return
            self._ledger_seq = frame.ledger_seq
        self._send(frame)


async def ledger_replay(sessions: SessionService, session: Session, since: object) -> AsyncIterator[Frame]:
    """The ledger of a session above ``since`` up to where its snapshot was taken, or the ``error`` frame why not."""
    if not isinstance(since, int) or isinstance(since, bool) or since < 0:
        yield frames.error(
            Refused("INVALID_SINCE_SEQUENCE", "'sinceSequence' is a whole number, 0 or above.")
        )
        return
    while True:
        page = await sessions.events(session.id, since, PAGE)
        if isinstance(page, HorizonPassed):
            yield frames.error(
                Refused(
                    "REPLAY_HORIZON_PASSED",
                    "The ledger does not reach back to this cursor; start from the state in the ack.",
                    {"currentSequence": page.current_sequence},
                ),
                event_id=page.current_sequence,
            )
            return
        for event in page.events:
            if event.seq > session.event_sequence:
                return
            yield frames.render_event(event)
            since = event.seq
        if not page.has_more:
            return

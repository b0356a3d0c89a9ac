"""Stream deliveries between two pulls: most channels keep nothing, so somebody has to while a view asks again."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Final

from ggui_core.bus import SessionExpired, StreamEmitted
from ggui_core.clock import Clock
from ggui_core.protocol.session import Emission
from ggui_live.frames import Frame
from ggui_live.hub import Hub

LINGER_S: Final = 60.0
"""How long after a pull began its session is recorded: a hold, an idle pause and the way there and back."""
MOST_EMISSIONS: Final = 256
MOST_BYTES: Final = 1 << 20
_SWEEP: Final = 4


class Recorder:
    """The newest deliveries of one session, as long as somebody pulls them."""

    def __init__(self, recorders: Recorders, session_id: str) -> None:
        self._recorders = recorders
        self._session_id = session_id
        self._kept: deque[tuple[Emission, int]] = deque()
        self._bytes = 0
        self.until = 0.0

    def hear(self, event: object, frame: Frame | None) -> None:
        if isinstance(event, SessionExpired) or self._recorders.is_over(self):
            self._recorders.drop(self._session_id)
        elif isinstance(event, StreamEmitted) and frame is not None:
            self._kept.append((event.emission, len(frame.body)))
            self._bytes += len(frame.body)
            while len(self._kept) > MOST_EMISSIONS or self._bytes > MOST_BYTES:
                _, size = self._kept.popleft()
                self._bytes -= size

    def above(self, seq: int) -> list[Emission]:
        """What was recorded and is newer than ``seq``."""
        return [emission for emission, _ in self._kept if emission.seq > seq]


class Recorders:
    """The recorders of one server; each ends by itself when nobody pulls its session any more."""

    def __init__(self, hub: Hub, clock: Clock) -> None:
        self._hub = hub
        self._clock = clock
        self._by_session: OrderedDict[str, Recorder] = OrderedDict()

    def __len__(self) -> int:
        return len(self._by_session)

    def of(self, session_id: str) -> Recorder:
        """The recorder of a session that is being pulled, started when there is none."""
        for _ in range(_SWEEP):
            oldest = next(iter(self._by_session), None)
            if oldest is None or not self.is_over(self._by_session[oldest]):
                break
            self.drop(oldest)
        recorder = self._by_session.get(session_id)
        if recorder is None:
            recorder = self._by_session[session_id] = Recorder(self, session_id)
            self._hub.join(session_id, recorder)
        recorder.until = self._clock.now() + LINGER_S
        self._by_session.move_to_end(session_id)
        return recorder

    def is_over(self, recorder: Recorder) -> bool:
        """Whether its time has run out."""
        return recorder.until <= self._clock.now()

    def drop(self, session_id: str) -> None:
        """Stop recording a session."""
        recorder = self._by_session.pop(session_id, None)
        if recorder is not None:
            self._hub.leave(session_id, recorder)

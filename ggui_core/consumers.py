"""Which sessions have an agent listening: what decides whether a view must ring the doorbell (ruling 10)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from ggui_core.clock import Clock

REMEMBERED: Final = 100_000
"""Of how many sessions the registry in memory knows something at once."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """What is known of the agent behind one session. Times are seconds since the epoch.

    Attributes:
        parked: Consumers waiting now.
        ever: True once a consumer came.
        left_at: When the last consumer left; ``None`` when none did.
        left_with_events: Whether it left with gestures to work on.
        agent_seen_at: When the owner last called update, emit or get_session.
        missed: True after a gesture was answered without a consumer, until the next consumer comes.
    """

    parked: int = 0
    ever: bool = False
    left_at: float | None = None
    left_with_events: bool = False
    agent_seen_at: float | None = None
    missed: bool = False


class ActiveConsumers(Protocol):
    """Counts consumers per session, across every replica that shares it."""

    async def arrive(self, session_id: str) -> None:
        """A consumer parks; wakes whoever waits for one."""
        ...

    async def leave(self, session_id: str, *, with_events: bool) -> None:
        """A consumer that arrived is gone; ignored for a session of which none is parked."""
        ...

    async def agent_seen(self, session_id: str) -> None:
        """The owner did something else with the session: it is at work."""
        ...

    async def missed(self, session_id: str) -> None:
        """A gesture found nobody."""
        ...

    async def attendance(self, session_id: str) -> Attendance:
        """What is known; all defaults for an unknown session."""
        ...

    async def wait(self, session_id: str, timeout_s: float) -> bool:
        """Wait for a consumer to park, at most ``timeout_s`` seconds; True at once when one is parked.

        True also when it left again meanwhile; False at once when the session is forgotten.
        """
        ...

    async def forget(self, session_id: str) -> None:
        """The session is gone, and what is known of it with it."""
        ...


class MemoryActiveConsumers:
    """Counts the consumers of this process.

    A session that nobody forgets is dropped when ``remembered`` newer ones are known, unless a consumer is parked.
    """

    def __init__(self, clock: Clock, remembered: int = REMEMBERED) -> None:
        self._clock = clock
        self._remembered = remembered
        self._known: OrderedDict[str, Attendance] = OrderedDict()
        self._waiting: dict[str, set[asyncio.Future[bool]]] = {}

    def __len__(self) -> int:
        return len(self._known)

    async def arrive(self, session_id: str) -> None:
        parked = self._attendance(session_id).parked + 1
        self._note(session_id, parked=parked, ever=True, missed=False)
        self.answer(session_id, came=True)

    async def leave(self, session_id: str, *, with_events: bool) -> None:
        parked = self._attendance(session_id).parked
        if parked:
            now = self._clock.now()
            self._note(session_id, parked=parked - 1, left_at=now, left_with_events=with_events)

    async def agent_seen(self, session_id: str) -> None:
        self._note(session_id, agent_seen_at=self._clock.now())

    async def missed(self, session_id: str) -> None:
        self._note(session_id, missed=True)

    async def attendance(self, session_id: str) -> Attendance:
        return self._attendance(session_id)

    async def wait(self, session_id: str, timeout_s: float) -> bool:
        if self._attendance(session_id).parked:
            return True
        if timeout_s <= 0:
            return False
        came = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(session_id, set())
        waiting.add(came)
        deadline = asyncio.ensure_future(self._clock.sleep(timeout_s))
        try:
            await asyncio.wait({came, deadline}, return_when=asyncio.FIRST_COMPLETED)
            return came.done() and came.result()
        finally:
            deadline.cancel()
            waiting.discard(came)
            if not waiting and self._waiting.get(session_id) is waiting:
                del self._waiting[session_id]

    async def forget(self, session_id: str) -> None:
        self._known.pop(session_id, None)
        self.answer(session_id, came=False)

    def parked(self, session_id: str) -> int:
        """How many consumers of this process are parked on a session."""
        return self._attendance(session_id).parked

    def attended(self) -> list[str]:
        """The sessions on which a consumer of this process is parked."""
        return [session_id for session_id, attendance in self._known.items() if attendance.parked]

    def _attendance(self, session_id: str) -> Attendance:
        return self._known.get(session_id, _UNKNOWN)

    def _note(self, session_id: str, **changes: Any) -> None:
        self._known[session_id] = replace(self._attendance(session_id), **changes)
        self._known.move_to_end(session_id)
        # Parked ones are few (each holds a connection) and return to the end: the loop ends soon.
        for _ in range(len(self._known) - self._remembered):
            oldest, attendance = self._known.popitem(last=False)
            if attendance.parked:
                self._known[oldest] = attendance

    def answer(self, session_id: str, *, came: bool) -> None:
        """Tell whoever waits whether a consumer came, here or at another replica."""
        for waiting in self._waiting.pop(session_id, ()):
            if not waiting.done():
                waiting.set_result(came)


_UNKNOWN: Final = Attendance()

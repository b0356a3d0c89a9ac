"""Which sessions have an agent listening: what decides whether a view must ring the doorbell (ruling 10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


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
        """A consumer that arrived is gone."""
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
        """Wait for a consumer to park, at most ``timeout_s`` seconds; True at once when one is parked."""
        ...

    async def forget(self, session_id: str) -> None:
        """The session is gone."""
        ...

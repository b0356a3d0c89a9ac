"""Does an agent listen, or must the view ring the doorbell? (ruling 10).

A wrong "no" makes the agent hear of one gesture twice, a wrong "yes" makes it hear nothing until it happens to
consume. A slow answer makes every click feel slow.
"""

from __future__ import annotations

from typing import Final

from ggui_core.clock import Clock
from ggui_core.consumers import ActiveConsumers, Attendance

AT_WORK_S: Final = 2.0
"""The owner called so recently that its turn is still going on; also how long such an agent is waited for."""

LEFT_S: Final = 10.0
"""An agent that took gestures away so recently is probably acting on them."""

FIRST_S: Final = 0.5
"""How long the first consumer of a session is waited for."""


def patience_s(known: Attendance, now_s: float) -> float:
    """How long to wait for a consumer, in seconds; none is parked."""
    if known.missed:
        return 0.0
    if known.agent_seen_at is not None and now_s - known.agent_seen_at < AT_WORK_S:
        return AT_WORK_S
    if known.left_with_events and known.left_at is not None and now_s - known.left_at < LEFT_S:
        return AT_WORK_S
    return 0.0 if known.ever else FIRST_S


async def consumer_present(consumers: ActiveConsumers, session_id: str, clock: Clock) -> bool:
    """Whether a consumer is there or comes in time; notes the miss when none does."""
    known = await consumers.attendance(session_id)
    if known.parked:
        return True
    if await consumers.wait(session_id, patience_s(known, clock.now())):
        return True
    await consumers.missed(session_id)
    return False

"""The registry of consumers in memory: the contract kit, and that it stays small."""

from __future__ import annotations

import asyncio

from ggui_core.clock import Clock
from ggui_core.consumers import ActiveConsumers, Attendance, MemoryActiveConsumers
from ggui_core.testing import ActiveConsumersContract, FakeClock


class TestMemoryActiveConsumers(ActiveConsumersContract):
    async def make(self, clock: Clock) -> ActiveConsumers:
        return MemoryActiveConsumers(clock)


async def test_sessions_nobody_forgets_make_room_for_newer_ones() -> None:
    registry = MemoryActiveConsumers(FakeClock(), remembered=10)
    for number in range(1_000):
        await registry.agent_seen(f"s-{number}")
    assert len(registry) == 10
    assert await registry.attendance("s-0") == Attendance()
    assert (await registry.attendance("s-999")).agent_seen_at is not None


async def test_a_parked_consumer_is_never_lost_sight_of() -> None:
    registry = MemoryActiveConsumers(FakeClock(), remembered=10)
    await registry.arrive("parked")
    for number in range(1_000):
        await registry.agent_seen(f"s-{number}")
    assert (await registry.attendance("parked")).parked == 1
    await registry.leave("parked", with_events=False)
    assert (await registry.attendance("parked")).parked == 0


async def test_being_asked_and_waited_for_keeps_nothing() -> None:
    registry = MemoryActiveConsumers(FakeClock())
    for number in range(100):
        await registry.attendance(f"s-{number}")
        await registry.wait(f"s-{number}", 0)
        await registry.leave(f"s-{number}", with_events=False)
    assert len(registry) == 0


async def test_who_stops_waiting_leaves_no_sleeper_behind() -> None:
    clock = FakeClock()
    registry = MemoryActiveConsumers(clock)
    waiting = asyncio.ensure_future(registry.wait("s-1", 10))
    async with asyncio.timeout(10):
        while not clock.sleepers:
            await asyncio.sleep(0)
        waiting.cancel()
        while clock.sleepers:
            await asyncio.sleep(0)
    assert len(registry) == 0

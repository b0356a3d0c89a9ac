"""Contract kit of the registry of active consumers."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod

import pytest

from ggui_core.clock import Clock
from ggui_core.consumers import ActiveConsumers, Attendance
from ggui_core.testing.clock import FakeClock
from ggui_core.testing.waiting import until


class ActiveConsumersContract(ABC):
    """Kit for :class:`~ggui_core.consumers.ActiveConsumers`."""

    @abstractmethod
    async def make(self, clock: Clock) -> ActiveConsumers:
        """A registry that knows nothing and takes its time from ``clock``."""

    @pytest.fixture
    def clock(self) -> FakeClock:
        return FakeClock()

    async def test_of_an_unknown_session_nothing_is_known(self, clock: FakeClock) -> None:
        registry = await self.make(clock)
        assert await registry.attendance("s-1") == Attendance()

    async def test_consumers_are_counted_while_they_are_parked(self, clock: FakeClock) -> None:
        registry = await self.make(clock)
        await registry.arrive("s-1")
        await registry.arrive("s-1")
        assert await registry.attendance("s-1") == Attendance(parked=2, ever=True)
        await registry.leave("s-1", with_events=False)
        assert (await registry.attendance("s-1")).parked == 1

    async def test_concurrent_arrivals_and_leaves_are_all_counted(self, clock: FakeClock) -> None:
        registry = await self.make(clock)
        await asyncio.gather(*(registry.arrive("s-1") for _ in range(10)))
        await asyncio.gather(*(registry.leave("s-1", with_events=False) for _ in range(4)))
        assert (await registry.attendance("s-1")).parked == 6

    async def test_the_last_leave_is_remembered(self, clock: FakeClock) -> None:
        registry = await self.make(clock)
        await registry.arrive("s-1")
        await registry.arrive("s-1")
        await clock.advance(5)
        await registry.leave("s-1", with_events=False)
        await clock.advance(5)
        await registry.leave("s-1", with_events=True)
        assert await registry.attendance("s-1") == Attendance(
            ever=True, left_at=clock.now(), left_with_events=True
        )
        await registry.arrive("s-1")
        await registry.leave("s-1", with_events=False)
        assert not (await registry.attendance("s-1")).left_with_events

    async def test_a_leave_without_an_arrival_counts_nothing(self, clock: FakeClock) -> None:
        registry = await self.make(clock)
        await registry.leave("s-1", with_events=True)
        assert await registry.attendance("s-1") == Attendance()

    async def test_the_owner_at_work_is_remembered(self, clock: FakeClock) -> None:
        registry = await self.make(clock)
        await registry.agent_seen("s-1")
        await clock.advance(3)
        await registry.agent_seen("s-1")
        assert await registry.attendance("s-1") == Attendance(agent_seen_at=clock.now())

    async def test_a_missed_gesture_is_remembered_until_a_consumer_comes(self, clock: FakeClock) -> None:
        registry = await self.make(clock)
        await registry.missed("s-1")
        await registry.agent_seen("s-1")
        assert (await registry.attendance("s-1")).missed
        await registry.arrive("s-1")
        await registry.leave("s-1", with_events=False)
        assert not (await registry.attendance("s-1")).missed

    async def test_sessions_are_counted_apart(self, clock: FakeClock) -> None:
        registry = await self.make(clock)
        await registry.arrive("s-1")
        assert await registry.attendance("s-2") == Attendance()
        assert not await registry.wait("s-2", 0)

    async def test_a_forgotten_session_is_unknown_and_a_late_leave_is_ignored(self, clock: FakeClock) -> None:
        registry = await self.make(clock)
        await registry.arrive("s-1")
        await registry.forget("s-1")
        await registry.forget("s-1")
        await registry.leave("s-1", with_events=True)
        assert await registry.attendance("s-1") == Attendance()

    # Waiting

    async def test_whoever_waits_for_a_parked_consumer_knows_at_once(self, clock: FakeClock) -> None:
        registry = await self.make(clock)
        await registry.arrive("s-1")
        assert await registry.wait("s-1", 0)
        assert await registry.wait("s-1", 10)

    async def test_without_time_nobody_waits(self, clock: FakeClock) -> None:
        registry = await self.make(clock)
        assert not await registry.wait("s-1", 0)

    async def test_everybody_who_waits_learns_of_an_arrival(self, clock: FakeClock) -> None:
        registry = await self.make(clock)
        waiting = [asyncio.ensure_future(registry.wait("s-1", 10)) for _ in range(3)]
        other = asyncio.ensure_future(registry.wait("s-2", 10))
        await until(lambda: clock.sleepers >= 4)
        await registry.arrive("s-1")
        await registry.leave("s-1", with_events=False)
        assert await asyncio.gather(*waiting) == [True, True, True]
        assert not other.done()
        await clock.advance(10)
        assert await other is False

    async def test_waiting_ends_with_its_time(self, clock: FakeClock) -> None:
        registry = await self.make(clock)
        waiting = asyncio.ensure_future(registry.wait("s-1", 2))
        await until(lambda: clock.sleepers >= 1)
        await clock.advance(1.9)
        assert not waiting.done()
        await clock.advance(0.2)
        assert await waiting is False
        assert await registry.attendance("s-1") == Attendance()

    async def test_waiting_ends_when_the_session_is_forgotten(self, clock: FakeClock) -> None:
        registry = await self.make(clock)
        waiting = asyncio.ensure_future(registry.wait("s-1", 10))
        await until(lambda: clock.sleepers >= 1)
        await registry.forget("s-1")
        assert await waiting is False

    async def test_who_stops_waiting_disturbs_nobody(self, clock: FakeClock) -> None:
        registry = await self.make(clock)
        waiting = asyncio.ensure_future(registry.wait("s-1", 10))
        await until(lambda: clock.sleepers >= 1)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await registry.arrive("s-1")
        assert await registry.wait("s-1", 10)

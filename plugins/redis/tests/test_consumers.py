"""Who listens to which session, across replicas, on a real Redis."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from ggui_core.clock import Clock, SystemClock
from ggui_core.consumers import ActiveConsumers, Attendance
from ggui_core.testing import ActiveConsumersContract
from ggui_core.testing.waiting import until
from ggui_redis.bus import RedisBus
from ggui_redis.consumers import RedisActiveConsumers
from ggui_redis.link import Link

from .conftest import RedisServer

pytestmark = pytest.mark.services


class TestActiveConsumers(ActiveConsumersContract):
    @pytest.fixture(autouse=True)
    def _link(self, link: Link) -> None:
        self.link = link

    async def make(self, clock: Clock) -> ActiveConsumers:
        registry = RedisActiveConsumers(self.link, RedisBus(self.link), clock)
        self.link.when_up[-1]()  # the link was up before the registry was made
        return registry


async def replica(url: str, prefix: str, stack: AsyncExitStack) -> tuple[Link, RedisActiveConsumers]:
    link = Link(url, prefix)
    bus = RedisBus(link)
    registry = RedisActiveConsumers(link, bus, SystemClock())
    await stack.enter_async_context(link.running())
    await stack.enter_async_context(bus.running())
    return link, registry


async def test_a_consumer_of_one_replica_is_known_to_the_other(
    redis_url: str, prefix: str, opened: AsyncExitStack
) -> None:
    _, one = await replica(redis_url, prefix, opened)
    _, other = await replica(redis_url, prefix, opened)
    await one.arrive("s-1")
    assert (await other.attendance("s-1")) == Attendance(parked=1, ever=True)
    assert await other.wait("s-1", 0)
    await other.arrive("s-1")
    await one.leave("s-1", with_events=False)
    assert (await one.attendance("s-1")).parked == 1
    await other.missed("s-2")
    assert (await one.attendance("s-2")).missed


async def test_whoever_waits_hears_of_an_arrival_at_another_replica(
    redis_url: str, prefix: str, opened: AsyncExitStack
) -> None:
    _, one = await replica(redis_url, prefix, opened)
    _, other = await replica(redis_url, prefix, opened)
    waiting = [asyncio.ensure_future(one.wait("s-1", 20)) for _ in range(3)]
    await asyncio.sleep(0.1)
    await other.arrive("s-1")
    async with asyncio.timeout(5):
        assert await asyncio.gather(*waiting) == [True, True, True]


async def test_consumers_of_a_dead_replica_are_not_counted(
    redis_url: str, prefix: str, opened: AsyncExitStack
) -> None:
    dead, one = await replica(redis_url, prefix, opened)
    link, other = await replica(redis_url, prefix, opened)
    await one.arrive("s-1")
    dead.beats.clear()
    await link.call("DEL", dead.key("alive", dead.replica))  # what ten seconds of silence do
    assert await other.attendance("s-1") == Attendance(ever=True)
    assert not await other.wait("s-1", 0)


async def test_without_redis_each_replica_knows_its_own_and_tells_them_afterwards(
    redis_server: RedisServer, prefix: str, opened: AsyncExitStack
) -> None:
    link, one = await replica(redis_server.url, prefix, opened)
    _, other = await replica(redis_server.url, prefix, opened)
    await one.arrive("s-1")
    redis_server.kill()
    await until(lambda: not link.is_up)
    await one.arrive("s-2")
    assert (await one.attendance("s-1")).parked == 1
    assert await one.wait("s-2", 0)
    assert not await other.wait("s-2", 0.05)
    redis_server.start()
    async with asyncio.timeout(10):
        while (await other.attendance("s-2")).parked == 0:
            await asyncio.sleep(0.05)
    assert (await other.attendance("s-1")).parked == 1

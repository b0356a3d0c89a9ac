"""The bus between replicas, on a real Redis: the kits, and what happens while Redis is away."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import AsyncExitStack

import pytest

from ggui_core.bus import AnnouncementsMissed, Bus, GestureQueued
from ggui_core.testing import BusContract, SharedBusContract, until
from ggui_redis import bus as bus_module
from ggui_redis.bus import RedisBus
from ggui_redis.link import Away, Link

from .conftest import RedisServer

pytestmark = pytest.mark.services


async def joined(opened: AsyncExitStack, url: str, prefix: str) -> RedisBus:
    link = Link(url, prefix)
    bus = RedisBus(link)
    await opened.enter_async_context(link.running())
    await opened.enter_async_context(bus.running())
    return bus


class TestBus(BusContract):
    @pytest.fixture(autouse=True)
    def _redis(self, redis_url: str, prefix: str, opened: AsyncExitStack) -> None:
        self.url, self.prefix, self.opened = redis_url, prefix, opened

    async def make(self) -> Bus:
        return await joined(self.opened, self.url, self.prefix)


class TestSharedBus(SharedBusContract):
    @pytest.fixture(autouse=True)
    def _redis(self, redis_url: str, prefix: str, opened: AsyncExitStack) -> None:
        self.url, self.prefix, self.opened = redis_url, prefix, opened

    async def make_two(self) -> tuple[Bus, Bus]:
        here = await joined(self.opened, self.url, self.prefix)
        # That somebody came is said to those who are there already; let it pass.
        missed: list[object] = []
        unsubscribe = here.subscribe(AnnouncementsMissed, missed.append)
        there = await joined(self.opened, self.url, self.prefix)
        await until(lambda: missed)
        unsubscribe()
        return here, there


class TestBusWithoutRedis(BusContract):
    """Within its own process the bus works as ever while there is no Redis."""

    @pytest.fixture(autouse=True)
    def _redis(self, opened: AsyncExitStack) -> None:
        self.opened = opened

    async def make(self) -> Bus:
        return await joined(self.opened, "redis://127.0.0.1:1/0", "test")


async def test_servers_of_other_names_and_databases_are_strangers(
    redis_url: str, prefix: str, opened: AsyncExitStack
) -> None:
    here = await joined(opened, redis_url, prefix)
    same = await joined(opened, redis_url, prefix)
    other_name = await joined(opened, redis_url, f"{prefix}-other")
    other_database = await joined(opened, f"{redis_url.rstrip('/').removesuffix('/0')}/1", prefix)
    told: list[str] = []
    for name, bus in (("same", same), ("name", other_name), ("database", other_database)):
        bus.subscribe(GestureQueued, lambda event, name=name: told.append(name))
    await here.publish(GestureQueued("s-1"))
    await until(lambda: told)
    await asyncio.sleep(0.1)
    assert told == ["same"]


async def test_a_restart_of_redis_is_survived_and_said(
    redis_server: RedisServer, prefix: str, opened: AsyncExitStack
) -> None:
    here = await joined(opened, redis_server.url, prefix)
    there = await joined(opened, redis_server.url, prefix)
    told: list[str] = []
    missed: list[float] = []
    there.subscribe(GestureQueued, lambda event: told.append(event.session_id))
    there.subscribe(AnnouncementsMissed, lambda _: missed.append(asyncio.get_running_loop().time()))
    await here.publish(GestureQueued("before"))
    await until(lambda: told == ["before"])
    redis_server.kill()
    await until(lambda: not here.is_sure and not there.is_sure)
    await here.publish(GestureQueued("away"))
    missed.clear()
    await until(lambda: len(missed) >= 5)
    looks_s = missed[-1] - missed[0]
    assert 4 * 0.25 <= looks_s < 4 * 0.25 + 2
    redis_server.start()
    await until(lambda: here.is_sure and there.is_sure)
    await here.publish(GestureQueued("after"))
    await until(lambda: told == ["before", "after"])
    await asyncio.sleep(0.5)
    missed.clear()
    await asyncio.sleep(0.8)
    assert missed == []


async def test_a_redis_that_hangs_is_noticed(
    redis_server: RedisServer, prefix: str, opened: AsyncExitStack
) -> None:
    bus = await joined(opened, redis_server.url, prefix)
    missed: list[object] = []
    bus.subscribe(AnnouncementsMissed, missed.append)
    os.kill(redis_server.pid, signal.SIGSTOP)
    try:
        await until(lambda: not bus.is_sure)
        missed.clear()
        await until(lambda: len(missed) >= 2)
    finally:
        os.kill(redis_server.pid, signal.SIGCONT)
    await until(lambda: bus.is_sure)


async def test_what_one_replica_could_not_send_the_others_look_for(
    redis_server: RedisServer, prefix: str, opened: AsyncExitStack
) -> None:
    """Only the sender's connection is cut: the receiver hears all the time, and missed something."""
    sending = Link(redis_server.url, prefix)
    here = RedisBus(sending)
    await opened.enter_async_context(sending.running())
    await opened.enter_async_context(here.running())
    there = await joined(opened, redis_server.url, prefix)
    await asyncio.sleep(0.3)
    missed: list[object] = []
    there.subscribe(AnnouncementsMissed, missed.append)
    sending._down(ConnectionResetError())
    with pytest.raises(Away):
        await sending.call("PING")
    await here.publish(GestureQueued("lost"))
    await until(lambda: missed)
    assert there.is_sure


async def test_a_replica_that_falls_silent_is_doubted_and_given_up(
    redis_url: str, prefix: str, opened: AsyncExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_module, "DEAD_S", 5.0)
    here = await joined(opened, redis_url, prefix)
    crashing = await joined(opened, redis_url, prefix)
    told: list[object] = []
    here.subscribe(GestureQueued, told.append)
    await crashing.publish(GestureQueued("s-1"))
    await until(lambda: told)
    crashing._link.beats.clear()
    missed: list[float] = []
    here.subscribe(AnnouncementsMissed, lambda _: missed.append(asyncio.get_running_loop().time()))
    await until(lambda: len(missed) >= 3)
    await until(lambda: asyncio.get_running_loop().time() - missed[-1] > 1.0)


async def test_a_replica_that_leaves_is_not_doubted(
    redis_url: str, prefix: str, opened: AsyncExitStack
) -> None:
    here = await joined(opened, redis_url, prefix)
    async with AsyncExitStack() as leaving:
        there = await joined(leaving, redis_url, prefix)
        told: list[object] = []
        here.subscribe(GestureQueued, told.append)
        await there.publish(GestureQueued("s-1"))
        await until(lambda: told)
    missed: list[object] = []
    here.subscribe(AnnouncementsMissed, missed.append)
    await asyncio.sleep(bus_module.SILENT_S + 1.5)
    assert missed == []

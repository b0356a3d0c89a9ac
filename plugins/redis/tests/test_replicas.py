"""Two booted servers on one Redis, seen from outside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import ggui_redis.plugin as redis
from ggui_core.bus import AnnouncementsMissed, CredentialRevoked, GestureQueued
from ggui_core.errors import BootError
from ggui_core.testing import booted, until

from .conftest import RedisServer

pytestmark = pytest.mark.services


def config(url: str) -> dict[str, Any]:
    return {"schema": "1", "protocol": "1.1", "plugins": {"settings": {"redis": {"url": url}}}}


async def test_what_one_server_announces_the_other_hears_and_health_says_when_it_cannot(
    redis_server: RedisServer,
) -> None:
    shared = config(redis_server.url)
    async with booted([redis], config=shared) as here, booted([redis], config=shared) as there:
        told: list[object] = []
        missed: list[object] = []
        ended: list[str] = []
        there.setup.bus.subscribe(GestureQueued, told.append)
        there.setup.bus.subscribe(AnnouncementsMissed, missed.append)
        there.setup.calls.watch("pairing:pair-1", object(), ended.append)
        await here.setup.bus.publish(GestureQueued("s-1"))
        await here.setup.bus.publish(CredentialRevoked("pairing:pair-1"))
        await until(lambda: told and ended)
        assert ended == ["revoked"]

        redis_server.kill()
        missed.clear()
        await until(lambda: len(missed) >= 2)
        async with there.client.get(there.base_url + "/ggui/health") as response:
            assert response.status == 200
            assert (await response.json())["advisoryChecks"] == {"redis": False}
        redis_server.start()
        await here.setup.bus.publish(GestureQueued("s-2"))
        replica = there.setup.get(redis_replica())
        await until(lambda: replica.bus.is_sure)
        async with there.client.get(there.base_url + "/ggui/health") as response:
            assert (await response.json())["advisoryChecks"] == {"redis": True}


def redis_replica() -> Any:
    from ggui_redis.replica import Replica

    return Replica


async def test_without_an_address_nothing_is_joined() -> None:
    async with booted([redis]) as server:
        assert any("GGUI_REDIS_URL" in line for line in server.stdout)


@pytest.mark.parametrize(
    "url", ["localhost:6379", "http://127.0.0.1", "redis://", "redis://h:99999", "redis://h/x"]
)
async def test_an_address_that_makes_no_sense_stops_the_boot(url: str) -> None:
    with pytest.raises(BootError, match="redis"):
        async with booted([redis], environ={"GGUI_REDIS_URL": url}):
            pass


async def test_a_refused_password_stops_the_boot_and_is_shown_nowhere(tmp_path: Path) -> None:
    server = RedisServer(tmp_path)
    server.start("--requirepass", "right")
    try:
        address = f"redis://:wrong-secret@127.0.0.1:{server.port}/0"
        with pytest.raises(BootError, match="refuses this server") as refused:
            async with booted([redis], environ={"GGUI_REDIS_URL": address}):
                pass
        assert "wrong-secret" not in str(refused.value)
    finally:
        server.kill()

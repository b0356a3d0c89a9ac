"""Working in an app: at its own path, and as the default of a server."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from types import ModuleType
from typing import Any

import pytest

import ggui_apps.plugin as apps
from ggui_core import hookimpl
from ggui_core.bus import DefaultAppChosen
from ggui_core.errors import BootError
from ggui_core.setup import Setup
from ggui_core.stores import App, AppStore, KeyValueStore, MemoryAppStore, MemoryKeyValueStore
from ggui_core.testing import Booted, FakeClock, booted

from .conftest import callers, created, done, ops, refused


async def status(server: Booted, path: str, bearer: str) -> int | str:
    """The app in which a call at ``path`` runs, or the HTTP status that refuses it."""
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "where"}}
    headers = {"Accept": "application/json, text/event-stream", "Authorization": f"Bearer {bearer}"}
    async with server.client.post(server.base_url + path, json=body, headers=headers) as response:
        answer = await response.json()
        if response.status != 200:
            return response.status
        app: str = answer["result"]["structuredContent"]["app"]
        return app


async def test_an_app_opens_to_its_owner_and_its_own_keys_only(server: Booted) -> None:
    shop, hers = await created(server), await created(server, "ann")
    admitted = {
        "garden": {"builder", "builder-2", "app:garden", "user:garden"},
        shop: {"builder", "builder-2", f"app:{shop}", f"user:{shop}"},
        hers: {"ann", f"app:{hers}", f"user:{hers}"},
    }
    everybody = set.union(*admitted.values()) | {"ben", "called-builder", "app:nowhere"}
    for app_id, bearers in admitted.items():
        for bearer in everybody:
            expected = app_id if bearer in bearers else 403
            assert await status(server, f"/apps/{app_id}", bearer) == expected, (app_id, bearer)


async def test_a_deleted_app_is_closed_to_all(server: Booted) -> None:
    app_id = await created(server)
    assert await status(server, f"/apps/{app_id}", "builder") == app_id
    await done(server, "delete_app", appId=app_id)
    for bearer in ("builder", f"app:{app_id}", f"user:{app_id}"):
        assert await status(server, f"/apps/{app_id}", bearer) == 403


async def test_the_paths_start_where_the_operator_says(clock: FakeClock) -> None:
    config = {"plugins": {"settings": {"apps": {"pathPrefix": "/tenants"}}}}
    async with booted([apps, callers()], config=config, clock=clock) as server:
        row = await done(server, "create_app")
        assert row["connectUrl"] == f"{server.base_url}/tenants/{row['appId']}"
        assert await status(server, f"/tenants/{row['appId']}", "builder") == row["appId"]


@pytest.mark.parametrize("prefix", ["tenants", "/tenants/", "/mcp", "/ops/x", "/"])
async def test_an_impossible_prefix_stops_the_boot(prefix: str) -> None:
    config = {"plugins": {"settings": {"apps": {"pathPrefix": prefix}}}}
    with pytest.raises(BootError):
        async with booted([apps, callers()], config=config):
            pass


async def test_the_rate_of_an_app_bounds_all_who_call_it(server: Booted, clock: FakeClock) -> None:
    app_id = await created(server)
    await done(server, "update_app", appId=app_id, rateLimitPerMinute=2)

    async def called(bearer: str, path: str = f"/apps/{app_id}") -> Any:
        return (await server.call_tool("where", path=path, bearer=bearer))["isError"]

    assert [await called("builder"), await called(f"app:{app_id}"), await called("builder-2")] == [
        False, False, True
    ]  # fmt: skip
    assert await called(f"app:{app_id}", "/mcp")
    assert not await called("builder", "/mcp")
    await clock.advance(60)
    assert not await called("builder")
    await done(server, "update_app", appId=app_id, rateLimitPerMinute=0)
    assert [await called("builder") for _ in range(4)] == [False] * 4


async def test_choosing_a_default_moves_builders_and_nobody_else(server: Booted) -> None:
    app_id = await created(server)
    assert await done(server, "set_default_app", appId=app_id) == {"defaultAppId": app_id}
    assert await status(server, "/mcp", "builder") == app_id
    assert await status(server, "/mcp", "builder-2") == app_id
    assert server.setup.default_app_id == app_id
    assert await status(server, "/mcp", "ann") == "ann"
    assert await status(server, "/mcp", "app:garden") == "garden"
    assert await status(server, "/apps/garden", "builder") == "garden"
    for protected in (app_id, "garden"):
        assert await refused(server, "delete_app", appId=protected) == "default_app_delete_blocked"
    assert await done(server, "set_default_app", appId="garden") == {"defaultAppId": "garden"}
    assert await status(server, "/mcp", "builder") == "garden"
    await done(server, "delete_app", appId=app_id)


async def test_only_an_app_of_builders_can_be_chosen_and_only_by_one(server: Booted) -> None:
    hers = await created(server, "ann")
    for app_id in (hers, "app-nowhere"):
        assert await refused(server, "set_default_app", appId=app_id) == "app_not_found"
    assert await refused(server, "set_default_app", "ann", appId=hers) == "tool_not_found"
    listed = await server.rpc("tools/list", path="/ops", bearer="ann")
    assert "ggui_ops_set_default_app" not in str(listed)
    assert server.setup.default_app_id == "garden"


async def test_another_process_of_the_server_follows_the_choice(server: Booted) -> None:
    app_id = await created(server)
    await server.setup.bus.publish(DefaultAppChosen(app_id))
    assert await status(server, "/mcp", "builder") == app_id


def durable(store: AppStore, values: KeyValueStore) -> ModuleType:
    """A plugin whose stores outlive a boot."""

    def provide(setup: Setup) -> None:
        setup.provide(AppStore, store)
        setup.provide(KeyValueStore, values)

    module = ModuleType("durable")
    vars(module).update(
        PLUGIN_API=1, PLUGIN_NAME="durable", ggui_provide=hookimpl(provide, specname="ggui_provide")
    )
    return module


async def test_a_choice_holds_until_ggui_json_says_otherwise(clock: FakeClock) -> None:
    kept = durable(MemoryAppStore(), MemoryKeyValueStore(clock))

    def boot(slug: str) -> AbstractAsyncContextManager[Booted]:
        return booted([apps, callers(), kept], config={"app": {"slug": slug, "name": "N"}}, clock=clock)

    async with boot("garden") as server:
        app_id = await created(server)
        await done(server, "set_default_app", appId=app_id)
    async with boot("garden") as server:
        assert await status(server, "/mcp", "builder") == app_id
        assert len((await done(server, "list_apps"))["apps"]) == 2
    async with boot("orchard") as server:
        assert await status(server, "/mcp", "builder") == "orchard"
        assert await status(server, "/apps/garden", "builder") == "garden"
        await done(server, "delete_app", appId=app_id)
    async with boot("garden") as server:
        assert await status(server, "/mcp", "builder") == "garden"


async def test_a_slug_that_is_somebody_elses_app_stops_the_boot(clock: FakeClock) -> None:
    store = MemoryAppStore()
    await store.add(App("garden", "user:ann", "Hers", 1, 1))
    kept = durable(store, MemoryKeyValueStore(clock))
    config = {"app": {"slug": "garden", "name": "N"}}
    with pytest.raises(BootError, match=r"\$\.app\.slug.*belongs to a user"):
        async with booted([apps, callers(), kept], config=config, clock=clock):
            pass


async def test_a_default_is_never_deleted_however_close_the_two_calls_are(server: Booted) -> None:
    for _ in range(10):
        app_id = await created(server)
        await asyncio.gather(
            ops(server, "set_default_app", appId=app_id), ops(server, "delete_app", appId=app_id)
        )
        chosen = server.setup.default_app_id
        assert await status(server, f"/apps/{chosen}", "builder") == chosen
        await done(server, "set_default_app", appId="garden")

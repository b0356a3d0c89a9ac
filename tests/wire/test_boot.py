"""Putting a server together: who may provide what, in which order things open, and what stops a boot."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import ModuleType
from typing import Any

import pytest

from ggui_core.announce import BannerRow, Beacon
from ggui_core.bus import Bus, LocalBus
from ggui_core.checks import Check
from ggui_core.errors import BootError
from ggui_core.http.routes import Access, Route
from ggui_core.instructions import IDENTITY, InstructionPart
from ggui_core.limits import RateLimiter
from ggui_core.mcp import McpService, ToolMount
from ggui_core.setup import Runtime, Setup
from ggui_core.stores import KeyValueStore, MemoryKeyValueStore
from ggui_core.testing import booted

from .conftest import MakePlugin, ok
from .raw_http import port_of


async def refusal(*plugins: ModuleType, **options: Any) -> tuple[str, ...]:
    """The problems a boot stops with."""
    with pytest.raises(BootError) as refused:
        async with booted(plugins, **options):
            raise AssertionError("the server started")
    return refused.value.problems


def provider(make: MakePlugin, name: str) -> ModuleType:
    return make(name, provide=lambda setup: setup.provide(KeyValueStore, MemoryKeyValueStore(setup.clock)))


# Seams


async def test_two_providers_print_the_line_that_chooses(plugin: MakePlugin) -> None:
    problems = await refusal(provider(plugin, "sql"), provider(plugin, "redis"))
    assert problems == (
        (
            "KeyValueStore is provided by redis and sql; choose one in ggui.json: "
            '"plugins": {"use": {"KeyValueStore": "redis"}}'
        ),
    )


async def test_use_chooses_between_providers(plugin: MakePlugin) -> None:
    config = {"plugins": {"use": {"KeyValueStore": "sql"}}}
    chosen: dict[str, object] = {}

    def provide(name: str) -> Callable[[Setup], None]:
        def hook(setup: Setup) -> None:
            chosen[name] = MemoryKeyValueStore(setup.clock)
            setup.provide(KeyValueStore, chosen[name])

        return hook

    both = [plugin(name, provide=provide(name)) for name in ("redis", "sql")]
    async with booted(both, config=config) as server:
        assert server.setup.get(KeyValueStore) is chosen["sql"]


async def test_use_of_what_nobody_provides_is_refused() -> None:
    (problem,) = await refusal(config={"plugins": {"use": {"SessionStore": "sql"}}})
    assert "no enabled plugin provides SessionStore" in problem


async def test_provided_store_replaces_the_kernels_without_a_choice(plugin: MakePlugin) -> None:
    async with booted([provider(plugin, "sql")]) as server:
        health = await (await server.client.get(server.base_url + "/ggui/health")).json()
        assert health["durability"] == "durable"


async def test_provided_bus_carries_revocations(plugin: MakePlugin) -> None:
    bus = LocalBus()
    async with booted([plugin("redis", provide=lambda setup: setup.provide(Bus, bus))]) as server:
        assert server.setup.bus is bus
        assert server.runtime.get(Bus) is bus


@pytest.mark.parametrize("hook", ["routes", "mcp_tools", "auth_adapters", "checks"])
async def test_providing_outside_its_hook_is_refused(plugin: MakePlugin, hook: str) -> None:
    late = plugin("late", **{hook: lambda setup: setup.provide(KeyValueStore, object())})
    (problem,) = await refusal(late)
    assert "'late' provides KeyValueStore too late: only ggui_provide may" in problem


async def test_missing_seam_names_the_plugin_that_needs_it(plugin: MakePlugin) -> None:
    class Compiler:
        pass

    (problem,) = await refusal(plugin("forms", routes=lambda setup: setup.get(Compiler)))
    assert "plugin 'forms' needs a Compiler" in problem


async def test_kernel_defaults_are_there_for_every_hook_after_provide(plugin: MakePlugin) -> None:
    seen: list[object] = []

    def checks(setup: Setup) -> list[Check]:
        seen.append(setup.get(RateLimiter))
        return []

    async with booted([plugin("asking", checks=checks)]) as server:
        assert seen == [server.setup.get(RateLimiter)]


# Lifespans


def lifespan(
    events: list[str], name: str, *, fails: str = ""
) -> Callable[..., AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def hook(runtime: Runtime) -> AsyncIterator[None]:
        if fails:
            raise OSError(fails)
        events.append(f"open {name}")
        try:
            yield
        finally:
            events.append(f"close {name}")

    return hook


async def test_lifespans_close_in_reverse_order(plugin: MakePlugin) -> None:
    events: list[str] = []
    plugins = [plugin(name, lifespan=lifespan(events, name)) for name in ("c", "a", "b")]
    async with booted(plugins):
        assert events == ["open a", "open b", "open c"]
    assert events[3:] == ["close c", "close b", "close a"]


async def test_requirement_opens_before_and_closes_after_who_needs_it(plugin: MakePlugin) -> None:
    events: list[str] = []
    first, second = plugin("a", lifespan=lifespan(events, "a")), plugin("z", lifespan=lifespan(events, "z"))
    vars(first)["REQUIRES"] = ("z",)
    async with booted([first, second]):
        pass
    assert events == ["open z", "open a", "close a", "close z"]


async def test_lifespan_that_fails_names_its_plugin_and_closes_the_others(plugin: MakePlugin) -> None:
    events: list[str] = []
    good = plugin("a", lifespan=lifespan(events, "a"))
    bad = plugin("b", lifespan=lifespan(events, "b", fails="no such database"))
    assert await refusal(good, bad) == ("plugin 'b' could not start: OSError: no such database",)
    assert events == ["open a", "close a"]


async def test_services_have_lifespans_too(plugin: MakePlugin, probe: ModuleType) -> None:
    events: list[str] = []
    tools = probe.ggui_mcp_services(None)[0].tools
    hook = lifespan(events, "service")
    service = McpService("docs", "/docs", tools, lifespan=lambda: hook(None))
    async with booted([plugin("p", mcp_services=lambda setup: [service])]):
        assert events == ["open service"]
    assert events == ["open service", "close service"]
    failing = lifespan(events, "x", fails="full")
    service = McpService("docs", "/docs", tools, lifespan=lambda: failing(None))
    (problem,) = await refusal(plugin("p", mcp_services=lambda setup: [service]))
    assert problem == "MCP service 'docs' could not start: OSError: full"


async def test_hooks_run_inside_lifespans_see_the_real_port(plugin: MakePlugin) -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def hook(runtime: Runtime) -> AsyncIterator[None]:
        seen.append(runtime.setup.base_url)
        yield

    async with booted([plugin("p", lifespan=hook)]) as server:
        assert seen == [server.base_url]


# Routes, tools and services


def routed(make: MakePlugin, name: str, *routes: Route) -> ModuleType:
    return make(name, routes=lambda setup: list(routes))


async def test_route_served_twice_names_both_plugins(plugin: MakePlugin) -> None:
    route = Route("GET", "/page", ok, Access.OPEN)
    (problem,) = await refusal(routed(plugin, "one", route), routed(plugin, "two", route))
    assert problem == "GET /page is served by plugin 'one' and by plugin 'two'; disable one of them"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/ggui/health"), ("POST", "/mcp"), ("GET", "/ggui/csrf-token"), ("HEAD", "/ready")],
)
async def test_routes_of_the_kernel_are_taken(plugin: MakePlugin, method: str, path: str) -> None:
    (problem,) = await refusal(routed(plugin, "one", Route(method, path, ok, Access.OPEN)))
    assert f"{path} is served by the kernel and by plugin 'one'" in problem


@pytest.mark.parametrize("path", ["page", "/{", "/{a}/{a}", "/{x:[}"])
async def test_impossible_path_names_its_plugin(plugin: MakePlugin, path: str) -> None:
    (problem,) = await refusal(routed(plugin, "one", Route("GET", path, ok, Access.OPEN)))
    assert problem.startswith(f"plugin 'one' declares the route GET {path}, which is no path")


async def test_colliding_tools_name_both_plugins(plugin: MakePlugin, probe: ModuleType) -> None:
    (problem,) = await refusal(
        *(plugin(name, mcp_tools=lambda setup: [probe.TOOLS[0]]) for name in ("one", "two"))
    )
    assert problem.startswith("tool 'ggui_probe_echo' is declared by plugin 'one' and by plugin 'two'")


@pytest.fixture
def mounted(probe: ModuleType) -> Iterator[str]:
    module = ModuleType("ggui_test_mounted")
    vars(module)["factory"] = lambda: ToolMount("todos", [probe.TOOLS[0]])
    sys.modules[module.__name__] = module
    yield "ggui_test_mounted:factory"
    del sys.modules[module.__name__]


async def test_mounted_tools_stand_behind_native_ones(
    plugin: MakePlugin, probe: ModuleType, mounted: str
) -> None:
    native = plugin("p", mcp_tools=lambda setup: [probe.TOOLS[1]])
    async with booted([native], config={"mcpMounts": [mounted]}, args=["--dev-allow-all"]) as server:
        listed = (await server.rpc("tools/list"))["result"]["tools"]
        assert [tool["name"] for tool in listed] == ["ggui_probe_park", "ggui_probe_echo"]
        assert server.assembly.mounts == ["  - todos (1 tools, ggui_test_mounted:factory)"]


async def test_mount_that_collides_names_plugin_and_mount(probe: ModuleType, mounted: str) -> None:
    (problem,) = await refusal(probe, config={"mcpMounts": [mounted]})
    assert "is declared by plugin 'probe' and by mount 'todos'" in problem


async def test_mounts_that_cannot_be_loaded_are_all_reported() -> None:
    problems = await refusal(config={"mcpMounts": ["no_such_a:f", "no_such_b:f"]})
    assert len(problems) == 2


@pytest.mark.parametrize("path", ["/admin/x", "/mcp/docs", "/ggui/health", "/bad/"])
async def test_service_at_an_impossible_path_stops_the_boot(
    plugin: MakePlugin, probe: ModuleType, path: str
) -> None:
    tools = probe.ggui_mcp_services(None)[0].tools
    problems = await refusal(plugin("p", mcp_services=lambda setup: [McpService("docs", path, tools)]))
    assert all(f"MCP service 'docs' at {path!r}" in problem for problem in problems)


@pytest.mark.parametrize(
    ("preset", "text"), [("default", f"{IDENTITY}\n\nRender first."), ("minimal", IDENTITY), ("off", None)]
)
async def test_instructions_follow_the_preset(plugin: MakePlugin, preset: str, text: str | None) -> None:
    part = plugin("p", instructions=lambda setup: [InstructionPart("Render first.")])
    args = ["--dev-allow-all", "--mcp-instructions", preset]
    async with booted([part], args=args) as server:
        params = {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "t", "version": "1"},
        }
        answer = (await server.rpc("initialize", params))["result"]
        assert answer.get("instructions") == text


# What is printed


async def test_beacons_come_first_each_on_its_own_line_in_order(plugin: MakePlugin) -> None:
    items: list[Beacon | BannerRow] = [
        Beacon("LATER", "9", 9), Beacon("SOONER", lambda: "1", 1), Beacon("SILENT", lambda: None, 2),
        BannerRow("mine", "a row"), BannerRow("hidden", None),
    ]  # fmt: skip
    async with booted([plugin("p", announce=lambda setup: items)]) as server:
        assert server.stdout[:3] == [f"READY {server.base_url}", "SOONER 1", "LATER 9"]
        assert server.beacon("SILENT") is None
        assert any(line.split() == ["mine", "a", "row"] for line in server.stdout)
        assert not any("hidden" in line for line in server.stdout)


@pytest.mark.parametrize(
    ("args", "warned"),
    [
        (["--dev-allow-all", "--host", "0.0.0.0"], True),
        (["--dev-allow-all"], False),
        (["--host", "0.0.0.0"], False),
    ],
)
async def test_any_bearer_mode_on_a_public_address_is_warned_about(args: list[str], warned: bool) -> None:
    async with booted(args=args) as server:
        assert any("WARNING" in line and "anyone" in line for line in server.stdout) is warned
        assert any("DEV ALLOW-ALL" in line for line in server.stdout) is ("--dev-allow-all" in args)


@pytest.mark.parametrize(("args", "kept"), [([], True), (["--ephemeral"], False)])
async def test_the_banner_promises_pairings_only_where_they_are_kept(args: list[str], kept: bool) -> None:
    async with booted(args=args) as server:
        (state,) = [line for line in server.stdout if line.split()[:1] == ["state"]]
    assert ("everything but pairings is lost" in state) is kept
    assert ("everything is lost" in state) is not kept


async def test_server_that_stopped_leaves_its_port(plugin: MakePlugin) -> None:
    async with booted() as server:
        port = port_of(server)
    with pytest.raises(OSError, match=r"[Cc]onnect"):
        await asyncio.open_connection("127.0.0.1", port)

"""What ``/mcp`` serves, once more for each app (spec 02 sections 1.1 and 13.1)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any

import pytest

from ggui_core.auth import Principal
from ggui_core.bus import CredentialRevoked
from ggui_core.errors import BootError
from ggui_core.http.calls import Call
from ggui_core.limits import Window
from ggui_core.mcp import AppRate, AppRouting, McpService, Tool, ToolContext
from ggui_core.mcp.caller import ToolCaller
from ggui_core.mcp.tools import NoArguments
from ggui_core.testing import Booted, FakeClock, booted, until

from .conftest import MakePlugin
from .raw_http import LIST, MCP, Reply, get, head, send

OWNED = {"pairing": {"shop", "club"}, "oauth": {"club"}, "apikey": {"app-1"}}
FORBIDDEN = {"jsonrpc": "2.0", "error": {"code": -32000, "message": "Forbidden"}, "id": None}


async def authorise(app_id: str, principal: Principal) -> bool:
    if app_id == "broken":
        raise ConnectionError("the database at db.internal is away")
    return app_id in OWNED.get(principal.source, ())


def routing(plugin: MakePlugin, *policies: Any) -> ModuleType:
    return plugin("routing", policies=lambda setup: list(policies) or [AppRouting(authorise)])


@pytest.fixture
async def apps(probe: ModuleType, table: ModuleType, plugin: MakePlugin) -> AsyncIterator[Booted]:
    async with booted([probe, table, routing(plugin)]) as running:
        yield running


async def list_tools(server: Booted, path: str, bearer: str | None = "builder", **headers: str) -> Reply:
    if bearer is not None:
        headers["Authorization"] = f"Bearer {bearer}"
    start = head("POST", path, **{**MCP, **headers}, Content_Length=str(len(LIST)))
    return await send(server, start, body=LIST)


async def test_tools_work_in_the_app_that_the_address_names(apps: Booted) -> None:
    for bearer, app_id in (("builder", "shop"), ("builder", "club"), ("user", "club"), ("app", "app-1")):
        said = await apps.call_tool("ggui_probe_echo", path=f"/apps/{app_id}", bearer=bearer)
        assert said["structuredContent"]["appId"] == app_id
    said = await apps.call_tool("ggui_probe_echo", bearer="user")
    assert said["structuredContent"]["appId"] == "w-1"


async def test_the_same_tools_stand_there_as_on_mcp(apps: Booted) -> None:
    there = await apps.rpc("tools/list", path="/apps/shop", bearer="builder")
    assert there == await apps.rpc("tools/list", bearer="builder")
    refused = await apps.call_tool("ggui_ops_probe", path="/apps/shop", bearer="builder")
    assert refused["content"][0]["text"].endswith("Tool ggui_ops_probe not found")


async def test_a_batch_works_in_that_app_throughout(apps: Booted) -> None:
    call = {"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "ggui_probe_echo", "arguments": {}}}
    body = [{**call, "id": number} for number in range(3)]
    headers = {**MCP, "Authorization": "Bearer builder"}
    async with apps.client.post(f"{apps.base_url}/apps/shop", json=body, headers=headers) as response:
        text = await response.text()
    said = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
    assert [answer["result"]["structuredContent"]["appId"] for answer in said] == ["shop"] * 3


async def test_what_a_tool_calls_in_the_callers_name_stays_in_that_app(
    probe: ModuleType, table: ModuleType, plugin: MakePlugin
) -> None:
    async def relay(arguments: NoArguments, context: ToolContext) -> Any:
        result = await caller[0].call(
            "ggui_probe_echo", {}, principal=context.principal, call=Call("r", "192.0.2.1")
        )
        return probe.Said(text="", app_id=result["structuredContent"]["appId"], principal="")

    caller: list[ToolCaller] = []

    def tools(setup: Any) -> list[Tool[Any, Any]]:
        caller.append(setup.get(ToolCaller))
        return [Tool("relay", "Ask echo.", NoArguments, probe.Said, relay)]

    async with booted([probe, table, routing(plugin), plugin("relay", mcp_tools=tools)]) as server:
        said = await server.call_tool("relay", path="/apps/shop", bearer="builder")
        assert said["structuredContent"]["appId"] == "shop"
        assert (await server.call_tool("relay", bearer="builder"))["structuredContent"]["appId"] == "builder"


async def test_missing_and_foreign_apps_answer_the_same_bytes(apps: Booted) -> None:
    replies = [
        await list_tools(apps, f"/apps/{app_id}", "user", X_Request_Id="same")
        for app_id in ("shop", "nowhere")
    ]
    assert replies[0].json == FORBIDDEN
    assert [reply.status for reply in replies] == [403, 403]
    assert replies[0].body == replies[1].body
    first, second = (dict(reply.headers) for reply in replies)
    first.pop("date", None), second.pop("date", None)
    assert first == second


@pytest.mark.parametrize(
    "path",
    ["/apps", "/apps/", "/apps/-", "/apps/a%20b", "/apps/shop/", "/apps/shop/x", "/apps/sh.op", "/apps/%2e%2e",
     "/apps/" + "a" * 129, "/apps/shop%0a", "/apps/shop%2fclub", "/apps/%C3%A9"],
)  # fmt: skip
@pytest.mark.parametrize("bearer", ["builder", "nobody", None])
async def test_what_is_no_app_id_is_not_found_whoever_asks(
    apps: Booted, path: str, bearer: str | None
) -> None:
    reply = await list_tools(apps, path, bearer)
    assert (reply.status, reply.json) == (404, {"error": "not_found"})


async def test_a_policy_decides_what_an_id_looks_like_and_where_the_paths_are(
    probe: ModuleType, table: ModuleType, plugin: MakePlugin
) -> None:
    async def anybody(app_id: str, principal: Principal) -> bool:
        return True

    policy = AppRouting(anybody, prefix="/t/tenants", pattern=r"[0-9]{2,3}|x(?:y|z)")
    async with booted([probe, table, routing(plugin, policy)]) as server:
        for app_id in ("12", "123", "xy", "xz"):
            said = await server.call_tool("ggui_probe_echo", path=f"/t/tenants/{app_id}", bearer="user")
            assert said["structuredContent"]["appId"] == app_id
        for app_id in ("1", "1234", "x", "12xy"):
            assert (await list_tools(server, f"/t/tenants/{app_id}")).status == 404
        assert (await list_tools(server, "/apps/12")).json["error"]["code"] == "not_found"


async def test_a_bearer_is_asked_for_before_anything_else(apps: Booted) -> None:
    for bearer in (None, "nobody", "admin"):
        reply = await list_tools(apps, "/apps/shop", bearer, Accept="text/html")
        assert reply.status == 401
        assert reply.json["error"] == {"code": -32000, "message": "No valid credentials"}
        assert reply.headers["www-authenticate"] == 'Bearer realm="mcp"'
    assert (await list_tools(apps, "/apps/nowhere", Accept="text/html")).status == 403
    assert (await list_tools(apps, "/apps/shop", Accept="text/html")).status == 406


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
@pytest.mark.parametrize("path", ["/apps/shop", "/apps/nowhere"])
async def test_other_methods_are_405_as_on_mcp(apps: Booted, method: str, path: str) -> None:
    reply = await send(apps, head(method, path))
    same = await send(apps, head(method, "/mcp"))
    assert (reply.status, reply.body, reply.headers["allow"]) == (405, same.body, "POST")


@pytest.mark.parametrize("path", ["/apps/shop", "/APPS/shop", "/apps/-", "/apps"])
async def test_foreign_pages_are_refused_before_anything_else(apps: Booted, path: str) -> None:
    reply = await list_tools(apps, path, Origin="https://evil.example")
    assert (reply.status, reply.json["error"]["message"]) == (
        403,
        "Invalid Origin header: https://evil.example",
    )
    assert (await list_tools(apps, "/apps/shop", Origin="http://localhost:3000")).status == 200


async def test_a_policy_that_fails_is_a_fault_of_the_server_and_tells_nothing(apps: Booted) -> None:
    reply = await list_tools(apps, "/apps/broken")
    assert (reply.status, reply.json["error"]["code"]) == (500, -32603)
    assert b"db.internal" not in reply.body


async def test_revoking_ends_a_call_that_waits_in_an_app(apps: Booted, probe: ModuleType) -> None:
    call = asyncio.create_task(
        apps.rpc("tools/call", {"name": "ggui_probe_park"}, path="/apps/shop", bearer="builder")
    )
    await until(lambda: probe.observed.parked == 1)
    await apps.setup.bus.publish(CredentialRevoked("pairing:pair-1"))
    await call
    assert probe.observed.left == ["revoked"]


async def test_a_principal_has_one_rate_over_all_paths(
    probe: ModuleType, table: ModuleType, plugin: MakePlugin
) -> None:
    tight = {"limits": {"burst": 2, "callsPerSecond": 0.1}}
    async with booted([probe, table, routing(plugin)], config=tight, clock=FakeClock()) as server:
        statuses = [(await list_tools(server, path)).status for path in ("/apps/shop", "/apps/club", "/mcp")]
    assert statuses == [200, 200, 429]


async def test_without_a_policy_there_are_no_such_routes(server: Booted) -> None:
    assert (await list_tools(server, "/apps/shop")).status == 404
    assert (await get(server, "/apps/shop")).status == 404


@pytest.mark.parametrize(
    ("policies", "problem"),
    [
        ([AppRouting(authorise, prefix="apps")], "a prefix is made of"),
        ([AppRouting(authorise, prefix="/apps/")], "a prefix is made of"),
        ([AppRouting(authorise, prefix="/{x}")], "a prefix is made of"),
        ([AppRouting(authorise, prefix="/mcp")], "everything below /mcp is reserved"),
        ([AppRouting(authorise, prefix="/Admin/apps")], "everything below /admin is reserved"),
        ([AppRouting(authorise, pattern="(")], "is no regular expression"),
        ([AppRouting(authorise), AppRouting(authorise)], "are declared twice"),
        (["a policy"], "returns a str from ggui_policies; policies are SessionCookie, AppRouting, AppRate"),
    ],
)
async def test_impossible_policies_stop_the_boot(
    plugin: MakePlugin, policies: list[Any], problem: str
) -> None:
    with pytest.raises(BootError) as refused:
        async with booted([routing(plugin, *policies)]):
            pass
    assert any(problem in line for line in refused.value.problems), refused.value.problems


async def test_no_service_may_stand_below_the_paths_of_apps(plugin: MakePlugin) -> None:
    service = McpService("s", "/tenants/docs", anonymous=True)
    plugins = [
        routing(plugin, AppRouting(authorise, prefix="/tenants")),
        plugin("s", mcp_services=lambda setup: [service]),
    ]
    with pytest.raises(BootError, match="everything below /tenants is reserved"):
        async with booted(plugins):
            pass


async def test_the_rate_of_an_app_counts_all_its_agents_and_nobody_else(
    probe: ModuleType, table: ModuleType, plugin: MakePlugin
) -> None:
    async def rule(app_id: str) -> Window | None:
        return Window(2, 60) if app_id == "club" else None

    clock = FakeClock(start=1_800_000_000.0)
    policies = routing(plugin, AppRouting(authorise), AppRate(rule))
    async with booted([probe, table, policies], clock=clock) as server:

        async def called(bearer: str, path: str, tool: str = "ggui_probe_echo") -> dict[str, Any]:
            return await server.call_tool(tool, path=path, bearer=bearer)

        assert not (await called("builder", "/apps/club"))["isError"]
        assert not (await called("user", "/apps/club"))["isError"]
        denied = await called("builder", "/apps/club", "ggui_probe_write")
        assert denied["content"][0]["text"].startswith(
            "rate_limited: Rate limit exceeded — retry after 60000ms."
        )
        facts = denied["_meta"]["ai.ggui/error"]
        assert (facts["code"], facts["retryable"], facts["retryAfterMs"]) == ("rate_limited", True, 60_000)
        assert probe.observed.written == 0
        assert not (await called("user", "/apps/club", "ggui_runtime_probe"))["isError"]
        assert not (await called("builder", "/apps/shop"))["isError"]
        assert not (await called("builder", "/mcp"))["isError"]
        await clock.advance(60)
        assert not (await called("builder", "/apps/club"))["isError"]

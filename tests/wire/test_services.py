"""MCP services with other rules than the shared routes, and tools for some identities only."""

from __future__ import annotations

import json
from dataclasses import replace
from types import ModuleType

import structlog

from ggui_core.auth import AppIdentity, AuthRequest, Principal
from ggui_core.mcp import McpService, Resource, ResourceContents, ToolContext
from ggui_core.testing import Booted, booted

from .conftest import MakePlugin


async def test_anonymous_service_keeps_a_valid_identity_and_admits_everybody_else(server: Booted) -> None:
    async def source(bearer: str | None) -> tuple[str, str]:
        said = (await server.call_tool("whoami", path="/probe/open", bearer=bearer))["structuredContent"]
        return said["principal"], said["appId"]

    assert await source("user") == ("oauth", "w-1")
    assert await source("app") == ("apikey", "app-1")
    assert await source("invalid") == ("anonymous", "builder")
    assert await source(None) == ("anonymous", "builder")


async def test_crash_of_a_resource_tells_nothing_and_is_logged_under_its_request(plugin: MakePlugin) -> None:
    async def crash(uri: str, context: ToolContext) -> ResourceContents:
        raise RuntimeError("secret path /etc/passwd")

    service = McpService("s", "/sick", resources=[Resource("sick://page", "page", crash)], anonymous=True)
    async with booted([plugin("s", mcp_services=lambda setup: [service])]) as server:
        with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logged:
            answer = await server.rpc(
                "resources/read", {"uri": "sick://page"}, path="/sick", headers={"X-Request-Id": "mine"}
            )
    assert answer["error"] == {"code": -32603, "message": "Internal server error"}
    assert [event["request_id"] for event in logged if event["log_level"] == "error"] == ["mine"]


async def test_closed_service_asks_the_servers_adapters(server: Booted) -> None:
    answer = await server.rpc("tools/list", path="/probe/closed")
    assert answer["error"]["message"] == "No valid credentials"
    said = await server.call_tool("whoami", path="/probe/closed", bearer="user")
    assert said["structuredContent"]["principal"] == "oauth"


async def test_service_with_its_own_adapter_knows_nobody_else(
    plugin: MakePlugin, probe: ModuleType, table: ModuleType
) -> None:
    class Partner:
        name = "partner"
        rank = 1

        async def authenticate(self, request: AuthRequest) -> Principal | None:
            identity = AppIdentity("partner", "hash")
            return Principal(identity, "apikey", "apikey:p") if request.bearer == "partner" else None

    tools = probe.ggui_mcp_services(None)[1].tools
    service = McpService("partners", "/partners", tools, auth=Partner())
    async with booted([table, plugin("p", mcp_services=lambda setup: [service])]) as server:
        assert "error" in await server.rpc("tools/list", path="/partners", bearer="builder")
        said = await server.call_tool("whoami", path="/partners", bearer="partner")
        assert said["structuredContent"]["appId"] == "partner"
        assert "error" in await server.rpc("tools/list", path="/mcp", bearer="partner")


async def test_tools_for_other_identities_are_neither_listed_nor_callable(
    plugin: MakePlugin, probe: ModuleType, table: ModuleType
) -> None:
    tool = replace(probe.TOOLS[0], name="apps_only", allowed_for=frozenset({"app"}))
    async with booted([table, plugin("p", mcp_tools=lambda setup: [tool])]) as server:
        listed = await server.rpc("tools/list", bearer="app")
        assert [t["name"] for t in listed["result"]["tools"]] == ["apps_only"]
        assert (await server.rpc("tools/list", bearer="user"))["result"]["tools"] == []
        refused = await server.call_tool("apps_only", bearer="user")
        unknown = await server.call_tool("apps_onlx", bearer="user")
        assert json.dumps(refused) == json.dumps(unknown).replace("apps_onlx", "apps_only")
        assert not (await server.call_tool("apps_only", bearer="app"))["isError"]

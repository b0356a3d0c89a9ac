"""MCP Apps is advertised where there are documents for it, and nowhere else (spec 02 section 2.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ggui_core.mcp import Resource, ResourceContents, ResourceTemplate, ToolContext
from ggui_core.mcp.resources import APP_MIME
from ggui_core.setup import Setup
from ggui_core.testing import Booted, booted

from .conftest import MakePlugin

EXTENSION = "io.modelcontextprotocol/ui"
NEW = "2026-07-28"


async def page(uri: str, context: ToolContext) -> ResourceContents:
    return ResourceContents(APP_MIME, text="<p>card</p>")


def offering(plugin: MakePlugin, *offered: Resource | ResourceTemplate) -> Any:
    def mcp_resources(setup: Setup) -> Sequence[Resource | ResourceTemplate]:
        return offered

    return plugin("offering", mcp_resources=mcp_resources)


async def capabilities(server: Booted, path: str = "/mcp") -> dict[str, Any]:
    params = {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "t", "version": "1"},
    }
    answer = await server.rpc("initialize", params, path=path)
    found: dict[str, Any] = answer["result"]["capabilities"]
    return found


@pytest.mark.parametrize(
    "offered",
    [
        Resource("ui://shelf", "shelf", page, mime_type=APP_MIME),
        ResourceTemplate("ui://shelf/{card}", "card", page, mime_type=APP_MIME),
    ],
    ids=["resource", "template"],
)
async def test_documents_are_advertised_in_both_places(
    plugin: MakePlugin, offered: Resource | ResourceTemplate
) -> None:
    async with booted([offering(plugin, offered)], args=["--dev-allow-all"]) as server:
        found = await capabilities(server)
    assert found["experimental"] == {EXTENSION: {}}
    assert found["extensions"] == {EXTENSION: {}}


async def test_other_resources_advertise_nothing(plugin: MakePlugin) -> None:
    plain = Resource("ui://shelf", "shelf", page, mime_type="text/html")
    async with booted([offering(plugin, plain)], args=["--dev-allow-all"]) as server:
        found = await capabilities(server)
    assert {"experimental", "extensions"}.isdisjoint(found)


@pytest.mark.parametrize("path", ["/protocol", "/ops"])
async def test_routes_without_documents_advertise_nothing(plugin: MakePlugin, path: str) -> None:
    card = Resource("ui://shelf", "shelf", page, mime_type=APP_MIME)
    async with booted([offering(plugin, card)], args=["--dev-allow-all"]) as server:
        found = await capabilities(server, path)
    assert {"experimental", "extensions"}.isdisjoint(found)


async def test_discover_says_so_in_the_modern_era(plugin: MakePlugin) -> None:
    card = Resource("ui://shelf", "shelf", page, mime_type=APP_MIME)
    prefix = "io.modelcontextprotocol/"
    envelope = {
        f"{prefix}protocolVersion": NEW,
        f"{prefix}clientCapabilities": {},
        f"{prefix}clientInfo": {"name": "t", "version": "1"},
    }
    headers = {"MCP-Protocol-Version": NEW, "Mcp-Method": "server/discover"}
    async with booted([offering(plugin, card)], args=["--dev-allow-all"]) as server:
        answer = await server.rpc("server/discover", {"_meta": envelope}, headers=headers)
    assert answer["result"]["capabilities"]["extensions"] == {EXTENSION: {}}

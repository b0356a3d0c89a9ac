"""What a client pays for before it does anything: the lists and capabilities of every installed plugin together."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ggui_core.testing import Booted, booted
from ggui_core.testing.server import MCP_HEADERS

ROUTES = ["/mcp", "/protocol", "/ops"]
HINTS = {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
MOST_BYTES = 30 * 1024  # ruling 19


@pytest.fixture
async def server() -> AsyncIterator[Booted]:
    async with booted(installed=True, args=["--dev-allow-all", "--ephemeral"]) as running:
        yield running


@pytest.mark.spec("02 19.19")
async def test_the_list_of_all_tools_fits_into_thirty_kilobytes_and_every_tool_has_hints(
    server: Booted,
) -> None:
    for path in ROUTES:
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        async with server.client.post(server.base_url + path, json=body, headers=MCP_HEADERS) as response:
            octets, listed = len(await response.read()), await response.json()
        tools = {tool["name"]: tool for tool in listed["result"]["tools"]}
        assert octets <= MOST_BYTES, (path, octets)
        assert [name for name, tool in tools.items() if not tool["annotations"].keys() >= HINTS] == []
        assert path != "/mcp" or {"ggui_handshake", "ggui_render", "ggui_runtime_pull"} <= tools.keys()


@pytest.mark.spec("02 19.20")
async def test_no_route_promises_notifications_that_it_cannot_send(server: Booted) -> None:
    client = {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "t", "version": "1"},
    }
    for path in ROUTES:
        told = (await server.rpc("initialize", client, path=path))["result"]["capabilities"]
        assert told["tools"] == {"listChanged": False}
        assert {"logging", "prompts", "completions"}.isdisjoint(told)
        if "resources" in told:
            assert told["resources"] == {"listChanged": False, "subscribe": False}
    shown = (await server.rpc("initialize", client))["result"]["capabilities"]
    assert shown["extensions"] == {"io.modelcontextprotocol/ui": {}}, "not under experimental alone"

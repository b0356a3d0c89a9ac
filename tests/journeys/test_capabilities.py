"""What a client is promised when it connects, with every plugin installed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ggui_core.testing import Booted, booted

ROUTES = ["/mcp", "/protocol", "/ops"]


@pytest.fixture
async def server() -> AsyncIterator[Booted]:
    async with booted(installed=True, args=["--dev-allow-all", "--ephemeral"]) as running:
        yield running


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

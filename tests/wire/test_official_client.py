"""The official ``mcp`` Python client, in both eras, against the shared routes and a standalone service."""

from __future__ import annotations

import asyncio
from types import ModuleType

import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from ggui_core.testing import booted, until


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
@pytest.mark.parametrize("path", ["/mcp", "/probe/open"])
async def test_client_lists_and_calls_tools(probe: ModuleType, mode: str, path: str) -> None:
    async with booted([probe], args=["--dev-allow-all"]) as server, httpx2.AsyncClient() as http:
        transport = streamable_http_client(server.base_url + path, http_client=http)
        async with Client(transport, mode=mode) as client:
            tools = {tool.name for tool in (await client.list_tools()).tools}
            name = "ggui_probe_echo" if path == "/mcp" else "whoami"
            result = await client.call_tool(name, {"text": "hello"})
    assert name in tools
    assert result.structured_content is not None
    assert result.structured_content["text"] == "hello"


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_client_sees_progress_in_order(probe: ModuleType, mode: str) -> None:
    seen: list[float] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        seen.append(done)

    async with booted([probe], args=["--dev-allow-all"]) as server, httpx2.AsyncClient() as http:
        transport = streamable_http_client(server.base_url + "/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            await client.call_tool("ggui_probe_steps", {"count": 4}, progress_callback=progress)
            await until(lambda: len(seen) == 4)
    assert seen == [1, 2, 3, 4]


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_client_is_woken_out_of_a_long_poll(probe: ModuleType, mode: str) -> None:
    async with booted([probe], args=["--dev-allow-all"]) as server, httpx2.AsyncClient(timeout=30) as http:
        transport = streamable_http_client(server.base_url + "/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            waiting = asyncio.create_task(client.call_tool("ggui_probe_park", {}))
            await until(lambda: probe.observed.parked == 1)
            probe.observed.wake.set()
            result = await waiting
    assert result.structured_content == {"events": ["woken"], "status": "active"}

"""The main job's first half: a client pairs, lists tools and calls them, until its credential is revoked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType

import aiohttp
import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from ggui_core.testing import PATIENCE_S, Booted, booted, until

ADMIN = "ggui_admin_for-the-journey-tests"
ERAS = ["legacy", "2026-07-28"]


@pytest.fixture
async def server(probe: ModuleType) -> AsyncIterator[Booted]:
    async with booted([probe], installed=True, args=["--admin-token", ADMIN]) as running:
        yield running


async def pair(server: Booted, device: str) -> dict[str, str]:
    """Mint a code as the operator and exchange it as the device."""
    admin = {"Authorization": f"Bearer {ADMIN}"}
    async with server.client.post(server.base_url + "/admin/pair/init", headers=admin) as answer:
        assert answer.status == 200
        code = (await answer.json())["code"]
    async with server.client.post(
        server.base_url + "/pair", json={"code": code, "deviceName": device}
    ) as answer:
        assert answer.status == 200
        paired: dict[str, str] = await answer.json()
        return paired


async def revoke(server: Booted, pairing_id: str) -> None:
    url = f"{server.base_url}/admin/pair/{pairing_id}/revoke"
    async with server.client.post(url, headers={"Authorization": f"Bearer {ADMIN}"}) as answer:
        assert await answer.json() == {"ok": True, "pairingId": pairing_id}


@asynccontextmanager
async def connected(server: Booted, path: str, bearer: str | None, mode: str) -> AsyncIterator[Client]:
    headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
    async with httpx2.AsyncClient(headers=headers, timeout=PATIENCE_S) as http:
        transport = streamable_http_client(server.base_url + path, http_client=http)
        async with Client(transport, mode=mode) as client:
            yield client


@pytest.mark.parametrize("mode", ERAS)
async def test_paired_client_lists_and_calls_tools_of_a_plugin(server: Booted, mode: str) -> None:
    bearer = (await pair(server, "phone"))["token"]
    async with connected(server, "/mcp", bearer, mode) as client:
        listed = {tool.name for tool in (await client.list_tools()).tools}
        result = await client.call_tool("ggui_probe_echo", {"text": "hello"})
    assert "ggui_probe_echo" in listed
    assert result.structured_content == {"text": "hello", "appId": "builder", "principal": "pairing"}


@pytest.mark.parametrize("mode", ERAS)
@pytest.mark.parametrize("paired", [True, False], ids=["paired", "anonymous"])
async def test_documentation_is_served_to_everybody(server: Booted, mode: str, paired: bool) -> None:
    bearer = (await pair(server, "phone"))["token"] if paired else None
    async with connected(server, "/docs", bearer, mode) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        assert {"search_docs", "read_doc"} <= names
        found = await client.call_tool("search_docs", {"query": "pair a client"})
        assert found.structured_content is not None
        path = found.structured_content["results"][0]["path"]
        page = await client.call_tool("read_doc", {"path": path})
    assert page.structured_content is not None
    assert "pair" in page.structured_content["markdown"].lower()


@pytest.mark.parametrize("bearer", [None, "ggui_user_nobody", ADMIN])
async def test_nobody_else_reaches_the_data_plane(server: Booted, bearer: str | None) -> None:
    answer = await server.rpc("tools/list", bearer=bearer)
    assert answer == {
        "jsonrpc": "2.0",
        "error": {"code": -32000, "message": "No valid credentials"},
        "id": None,
    }


async def test_revoking_a_device_ends_its_parked_call_at_once_and_only_its_own(
    server: Booted, probe: ModuleType
) -> None:
    lost, kept = await pair(server, "lost phone"), await pair(server, "laptop")
    parked = {
        name: asyncio.create_task(server.rpc("tools/call", {"name": "ggui_probe_park"}, bearer=one["token"]))
        for name, one in (("lost", lost), ("kept", kept))
    }
    await until(lambda: probe.observed.parked == 2)
    await revoke(server, lost["pairingId"])
    async with asyncio.timeout(PATIENCE_S):
        assert (await parked["lost"])["error"]["message"] == "No valid credentials"
    assert not parked["kept"].done()
    assert (await server.rpc("tools/list", bearer=lost["token"]))["error"]["code"] == -32000
    probe.observed.wake.set()
    assert (await parked["kept"])["result"]["structuredContent"]["events"] == ["woken"]


async def test_revoking_a_device_closes_its_sockets_at_once(server: Booted) -> None:
    paired = await pair(server, "tablet")
    headers = {"Authorization": f"Bearer {paired['token']}"}
    async with server.client.ws_connect(server.base_url + "/probe-socket", headers=headers) as socket:
        await socket.send_str("hello")
        assert await socket.receive_str() == "hello"
        await revoke(server, paired["pairingId"])
        closed = await socket.receive(timeout=PATIENCE_S)
    assert closed.type is aiohttp.WSMsgType.CLOSE
    assert closed.data == 1008


async def test_paired_devices_share_the_operators_app(server: Booted) -> None:
    first, second = await pair(server, "one"), await pair(server, "two")
    apps = {
        (await server.call_tool("ggui_probe_echo", bearer=one["token"]))["structuredContent"]["appId"]
        for one in (first, second)
    }
    assert apps == {"builder"}


async def test_boot_code_pairs_without_any_admin_call(server: Booted) -> None:
    body = {"code": server.beacon("PAIR_CODE"), "deviceName": "first"}
    async with server.client.post(server.base_url + "/pair", json=body) as answer:
        assert answer.status == 200
    async with server.client.post(server.base_url + "/pair", json=body) as again:
        assert again.status == 401
        assert (await again.json())["error"]["code"] == "pairing_rejected"

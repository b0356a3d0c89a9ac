"""Several apps on one server: an operator makes one, an agent works in it with a key of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from ggui_core.testing import PATIENCE_S, Booted, booted

ADMIN = "ggui_admin_for-the-journey-tests"
ERAS = ["legacy", "2026-07-28"]
CONTRACT = {
    "propsSpec": {"properties": {"title": {"schema": {"type": "string"}, "required": True}}},
    "actionSpec": {"ok": {"label": "OK"}},
}


@pytest.fixture
async def server() -> AsyncIterator[Booted]:
    args = ["--admin-token", ADMIN, "--ephemeral"]
    async with booted(installed=True, args=args) as running:
        yield running


async def ops(server: Booted, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await server.call_tool(f"ggui_ops_{tool}", arguments, path="/ops", bearer=ADMIN)
    assert not result["isError"], result
    answered: dict[str, Any] = result["structuredContent"]
    return answered


@asynccontextmanager
async def connected(url: str, bearer: str, mode: str) -> AsyncIterator[Client]:
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {bearer}"}, timeout=PATIENCE_S) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode) as client,
    ):
        yield client


@pytest.mark.parametrize("mode", ERAS)
async def test_an_agent_renders_in_its_app_and_nobody_elsewhere_sees_it(server: Booted, mode: str) -> None:
    app = await ops(server, "create_app", displayName="Shop")
    key = await ops(server, "issue_connector_key", appId=app["appId"], name="shop agent")
    device = await ops(server, "issue_connector_key", name="phone")
    async with connected(app["connectUrl"], key["plaintextKey"], mode) as client:
        draft = {"intent": "Say hello", "blueprintDraft": {"contract": CONTRACT}}
        shaken = await client.call_tool("ggui_handshake", draft)
        assert shaken.structured_content is not None, shaken
        rendered = await client.call_tool(
            "ggui_render",
            {
                "handshakeId": shaken.structured_content["handshakeId"],
                "props": {"title": "Hello"},
            },
        )
        assert rendered.structured_content is not None, rendered
        session_id = rendered.structured_content["sessionId"]
        page = await client.read_resource(f"ui://ggui/render/{session_id}")
        assert page.contents

    async def found(path: str, bearer: str) -> bool:
        result = await server.call_tool(
            "ggui_get_session", {"sessionId": session_id}, path=path, bearer=bearer
        )
        return not result["isError"]

    assert await found("/mcp", key["plaintextKey"])
    assert await found(f"/apps/{app['appId']}", device["plaintextKey"])
    assert not await found("/mcp", device["plaintextKey"])
    assert not await found("/apps/builder", device["plaintextKey"])


async def test_a_key_of_an_app_opens_no_other_and_ends_with_it(server: Booted) -> None:
    app, other = await ops(server, "create_app"), await ops(server, "create_app")
    token = (await ops(server, "issue_connector_key", appId=app["appId"]))["plaintextKey"]

    async def status(path: str) -> int:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json, text/event-stream"}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        async with server.client.post(server.base_url + path, json=body, headers=headers) as response:
            return response.status

    assert await status(f"/apps/{app['appId']}") == 200
    assert await status(f"/apps/{other['appId']}") == 403
    assert await status("/apps/builder") == 403
    await ops(server, "delete_app", appId=app["appId"])
    assert await status(f"/apps/{app['appId']}") == 401
    assert await status("/mcp") == 401

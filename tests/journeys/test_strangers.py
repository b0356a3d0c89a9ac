"""What somebody without a credential, or with nothing but an id, gets of a session: with every plugin installed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ggui_core.testing import Booted, booted

ADMIN = "ggui_admin_for-the-journey-tests"
DRAFT = {"intent": "Say hello", "blueprintDraft": {"contract": {"propsSpec": {"properties": {}}}}}


@pytest.fixture
async def server() -> AsyncIterator[Booted]:
    async with booted(installed=True, args=["--admin-token", ADMIN, "--ephemeral"]) as running:
        yield running


async def paired(server: Booted) -> str:
    """The bearer of a newly paired device, whose app is that of anonymous callers too."""
    admin = {"Authorization": f"Bearer {ADMIN}"}
    async with server.client.post(server.base_url + "/admin/pair/init", headers=admin) as answer:
        code = (await answer.json())["code"]
    body = {"code": code, "deviceName": "agent"}
    async with server.client.post(server.base_url + "/pair", json=body) as answer:
        token: str = (await answer.json())["token"]
        return token


async def called(server: Booted, tool: str, arguments: dict[str, Any], bearer: str) -> dict[str, Any]:
    result = await server.call_tool(tool, arguments, bearer=bearer)
    assert not result["isError"], result
    output: dict[str, Any] = result["structuredContent"]
    return output


@pytest.mark.spec("02 19.1")
async def test_no_anonymous_route_serves_the_page_of_a_session(server: Booted) -> None:
    bearer = await paired(server)
    handshake = await called(server, "ggui_handshake", DRAFT, bearer)
    rendered = await called(
        server, "ggui_render", {"handshakeId": handshake["handshakeId"], "props": {}}, bearer
    )
    uri = rendered["resourceUri"]
    page = await server.rpc("resources/read", {"uri": uri}, bearer=bearer)
    assert "wsToken" in json.dumps(page), "the owner gets it"
    for path in ("/mcp", "/protocol", "/ops", "/docs"):
        templates = await server.rpc("resources/templates/list", path=path)
        answer = await server.rpc("resources/read", {"uri": uri}, path=path)
        assert "result" not in answer, path
        assert "ui://" not in json.dumps(templates)
        assert rendered["sessionId"] not in json.dumps(answer).replace(uri, "")


@pytest.mark.spec("01 23.5")
async def test_a_handshake_is_nothing_that_can_be_subscribed_to(server: Booted) -> None:
    bearer = await paired(server)
    handshake_id = (await called(server, "ggui_handshake", DRAFT, bearer))["handshakeId"]
    async with server.client.ws_connect(f"{server.base_url}/ws?token={bearer}") as socket:
        await socket.send_json({"type": "subscribe", "payload": {"sessionId": handshake_id}})
        answer = await socket.receive_json(timeout=20)
    assert (answer["type"], answer["payload"]["code"]) == ("error", "SESSION_NOT_FOUND")
    pulled = await server.call_tool("ggui_runtime_pull", {"sessionId": handshake_id}, bearer=bearer)
    assert pulled["_meta"]["ai.ggui/error"]["code"] == "session_not_found"

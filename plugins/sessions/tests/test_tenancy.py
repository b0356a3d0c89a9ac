"""Law 7: what is not yours looks exactly like what is not there, for every tool, byte for byte."""

from __future__ import annotations

from typing import Any

import pytest

from ggui_core.testing.server import MCP_HEADERS

from .serving import PROPS, Agent, serving

TOOLS: dict[str, dict[str, Any]] = {
    "ggui_update": {"kind": "replace", "props": {}},
    "ggui_amend": {"kind": "merge", "patch": {"title": 5}},
    "ggui_consume": {"timeout": 1},
    "ggui_emit": {"channel": "tocks", "payload": 1, "complete": True},
    "ggui_get_session": {},
    "ggui_runtime_submit_action": {
        "kind": "dispatch",
        "payload": {"intent": "nothing", "actionData": None, "uiContext": {}},
        "appId": "other",
        "actionId": "g1",
        "firedAt": "now",
    },
    "ggui_runtime_sync_context": {"appId": "other", "snapshot": {"undeclared": 1}},
    "ggui_runtime_telemetry": {"events": [{"at": 1, "kind": "delivery.error", "detail": "x"}]},
}
CALLERS = ["app:other", "user:shop:bob", "user:other:ann"]


async def raw(agent: Agent, body: dict[str, Any]) -> tuple[int, bytes]:
    """Status and bytes of an answer."""
    headers = {**MCP_HEADERS, "Authorization": f"Bearer {agent.bearer}", "X-Request-Id": "same"}
    url = f"{agent.server.base_url}/mcp"
    async with agent.server.client.post(url, json=body, headers=headers) as response:
        return response.status, await response.read()


def call(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": tool, "arguments": arguments},
    }


@pytest.mark.spec("02 18.9", "02 19.2", "01 23.3")
@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("tool", TOOLS)
async def test_denied_is_byte_identical_to_missing(tool: str, caller: str) -> None:
    async with serving() as agent:
        ann, stranger = Agent(agent.server, "user:shop:ann"), Agent(agent.server, caller)
        session_id = await ann.card()
        before = await agent.stored(session_id)
        missing_id = "0" * len(session_id)
        status, denied = await raw(stranger, call(tool, {"sessionId": session_id, **TOOLS[tool]}))
        _, missing = await raw(stranger, call(tool, {"sessionId": missing_id, **TOOLS[tool]}))
        assert await agent.stored(session_id) == before
        assert (await ann.consume(session_id))["events"] == []
    assert status == 200
    assert denied.replace(session_id.encode(), missing_id.encode()) == missing


@pytest.mark.spec("02 18.9")
@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("form", ["{}", "{}/key", "{}#0", "{}#7", "{}%230/key"])
async def test_a_denied_page_is_byte_identical_to_a_missing_one(form: str, caller: str) -> None:
    async with serving() as agent:
        ann, stranger = Agent(agent.server, "user:shop:ann"), Agent(agent.server, caller)
        session_id = await ann.card()
        body = {"jsonrpc": "2.0", "id": 1, "method": "resources/read"}
        answers = [
            await raw(stranger, {**body, "params": {"uri": "ui://ggui/render/" + form.format(name)}})
            for name in (session_id, "0" * len(session_id))
        ]
        assert (await agent.stored(session_id)).delivery is None
    assert answers[0] == answers[1]
    assert b"NOT_FOUND" in answers[0][1]


@pytest.mark.parametrize("caller", ["app:shop", "user:shop:ann"])
@pytest.mark.parametrize("tool", ["ggui_get_session", "ggui_consume"])
async def test_the_app_sees_its_users_sessions(tool: str, caller: str) -> None:
    async with serving() as agent:
        session_id = await Agent(agent.server, "user:shop:ann").card()
        await Agent(agent.server, caller).ok(tool, {"sessionId": session_id})


async def test_users_see_sessions_of_the_app_itself() -> None:
    async with serving() as agent:
        session_id = await Agent(agent.server, "app:shop").card()
        await Agent(agent.server, "user:shop:ann").ok("ggui_get_session", {"sessionId": session_id})


@pytest.mark.parametrize("caller", CALLERS)
async def test_the_handshake_of_somebody_else_is_byte_identical_to_none(caller: str) -> None:
    async with serving() as agent:
        ann, stranger = Agent(agent.server, "user:shop:ann"), Agent(agent.server, caller)
        handshake_id = (await ann.handshake())["handshakeId"]
        missing_id = "0" * len(handshake_id)
        denied = await raw(stranger, call("ggui_render", {"handshakeId": handshake_id, "props": PROPS}))
        missing = await raw(stranger, call("ggui_render", {"handshakeId": missing_id, "props": PROPS}))
        await ann.ok("ggui_render", {"handshakeId": handshake_id, "props": PROPS})
    assert denied[1].replace(handshake_id.encode(), missing_id.encode()) == missing[1]


@pytest.mark.parametrize("tool", TOOLS)
async def test_ids_that_are_none_of_ours_are_not_repeated(tool: str) -> None:
    async with serving() as agent:
        error = await agent.error(tool, {"sessionId": "x" * 129, **TOOLS[tool]})
    assert error["code"] == "invalid_arguments"
    assert "xxx" not in error["text"]

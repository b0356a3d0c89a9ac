"""So many renders a minute, and what a handshake tells on its way (spec 02 sections 1.6 and 6.1)."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from ggui_core.bus import SessionExpired
from ggui_core.seams import GenerationFailed
from ggui_core.stores import SessionStore
from ggui_core.testing import FakeClock
from ggui_core.testing import until as met

from .serving import ERROR, PROPS, Agent, serving
from .stand_ins import Writer
from .test_render import envelope, is_open


async def rendered(agent: Agent, **more: Any) -> dict[str, Any]:
    """The result of a render that may be refused."""
    agreed = await agent.handshake()
    return await agent.call("ggui_render", {"handshakeId": agreed["handshakeId"], "props": PROPS, **more})


async def test_one_credential_may_render_so_often() -> None:
    clock = FakeClock(1_800_000_000.0)
    async with serving(clock=clock, settings={"rendersPerMinute": 2}) as agent:
        for _ in range(2):
            assert not (await rendered(agent))["isError"]
        agreed = await agent.handshake()
        arguments = {"handshakeId": agreed["handshakeId"], "props": PROPS}
        refused = await agent.error("ggui_render", arguments)
        assert await is_open(agent, agreed["handshakeId"])
        other = await rendered(Agent(agent.server, "user:shop:bob"))
        unknown = await agent.error("ggui_render", {**arguments, "handshakeId": "nobody"})
        await clock.advance(refused["retryAfterMs"] / 1000)
        await agent.ok("ggui_render", arguments)
    assert refused["text"].startswith(
        f"rate_limited: Rate limit exceeded — retry after {refused['retryAfterMs']}ms."
    )
    assert (refused["code"], refused["retryable"], refused["retryAfterMs"]) == ("rate_limited", True, 60_000)
    assert not other["isError"]
    assert unknown["code"] == "handshake_not_found", "the handshake is looked for first"


async def test_a_repeated_call_is_no_further_render() -> None:
    async with serving(settings={"rendersPerMinute": 1}) as agent:
        agreed = await agent.handshake()
        arguments = {"handshakeId": agreed["handshakeId"], "props": PROPS, "idempotencyKey": "k"}
        first, second = [await agent.ok("ggui_render", arguments) for _ in range(2)]
    assert first["sessionId"] == second["sessionId"]


async def test_by_default_nothing_is_limited() -> None:
    async with serving() as agent:
        assert [(await rendered(agent))["isError"] for _ in range(5)] == [False] * 5


@pytest.mark.parametrize("contract", [{}, {"propsSpec": 7}], ids=["accepted", "declined"])
async def test_a_handshake_tells_when_it_begins_and_ends(contract: dict[str, Any]) -> None:
    async with serving() as agent:
        frames = await frames_of(agent, contract, {"progressToken": "p"})
        (plain,) = await frames_of(agent, contract, {})
    assert [frame.get("params") for frame in frames[:-1]] == [
        {"progressToken": "p", "progress": 0, "total": 1, "message": "handshake_started"},
        {"progressToken": "p", "progress": 1, "total": 1, "message": "handshake_completed"},
    ]
    assert frames[-1]["result"]["structuredContent"]["handshakeId"]
    assert "result" in plain, "nothing precedes the answer of a caller that did not ask for progress"


async def frames_of(agent: Agent, contract: dict[str, Any], meta: dict[str, Any]) -> list[dict[str, Any]]:
    """Everything that a handshake answers, in order."""
    arguments = {"intent": "a room", "blueprintDraft": {"contract": contract}}
    params = {"name": "ggui_handshake", "arguments": arguments, "_meta": meta}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    headers = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    async with agent.server.client.post(
        f"{agent.server.base_url}/mcp", json=body, headers=headers
    ) as response:
        text = await response.text()
    if response.content_type == "application/json":
        return [json.loads(text)]
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]


async def test_a_session_that_ends_while_it_is_written_is_a_failure_that_keeps_its_shape() -> None:
    writer = Writer()
    writer.held.clear()
    async with serving(writer) as agent:
        rendering = asyncio.create_task(rendered(agent))
        await met(lambda: writer.running)
        listed = await agent.ok("ggui_list_sessions", {})
        session_id = listed["sessions"][0]["sessionId"]
        await agent.server.setup.get(SessionStore).remove(session_id)
        await agent.server.setup.bus.publish(SessionExpired(session_id))
        writer.held.set()
        result = await rendering
    assert envelope(result, "PRODUCTION_FAILED")["sessionId"] == session_id


async def test_every_failure_says_its_code_first() -> None:
    async with serving(Writer(fails=GenerationFailed("No.", code="VALIDATION_ERROR"))) as agent:
        result = await rendered(agent)
    assert result["content"][0]["text"].startswith("VALIDATION_ERROR: No. ")
    assert result["_meta"][ERROR] == {"code": "VALIDATION_ERROR", "retryable": False}

"""Sessions with their live channel: what one plugin mints or refuses, the other one opens or tells."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from ggui_core.testing import Booted, booted

CONTRACT = {
    "propsSpec": {"properties": {"title": {"schema": {"type": "string"}, "required": True}}},
    "actionSpec": {
        "book": {"label": "Book", "schema": {"type": "object", "properties": {"a/b": {"type": "integer"}}}}
    },
}


@pytest.fixture
async def server() -> AsyncIterator[Booted]:
    config = {"schema": "1", "protocol": "draft-2026-08-19", "app": {"slug": "rooms", "name": "Rooms"}}
    async with booted(installed=True, args=["--dev-allow-all", "--ephemeral"], config=config) as running:
        yield running


async def rendered(server: Booted) -> dict[str, Any]:
    """The result of a render of :data:`CONTRACT`."""
    draft = {"intent": "book a room", "blueprintDraft": {"contract": CONTRACT}}
    agreed = await server.call_tool("ggui_handshake", draft)
    arguments = {"handshakeId": agreed["structuredContent"]["handshakeId"], "props": {"title": "Rooms"}}
    result = await server.call_tool("ggui_render", arguments)
    assert not result["isError"], result
    return result


class View:
    """A subscribed socket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    @classmethod
    async def open(cls, server: Booted, session_id: str, token: str) -> View:
        """Open and subscribe with a token; the ack has been read."""
        url = f"{server.base_url}/ws?wsToken={token}"
        view = cls(await server.client.ws_connect(url, headers={"Origin": "null"}))
        await view.send("subscribe", {"sessionId": session_id, "wsToken": token})
        assert (await view.next("ack"))["payload"]["session"]["id"] == session_id
        return view

    async def send(self, type_: str, payload: dict[str, Any], **members: Any) -> None:
        await self.socket.send_str(json.dumps({"type": type_, "payload": payload, **members}))

    async def next(self, type_: str) -> dict[str, Any]:
        """The next frame of a type; deliveries of the server's own channels are passed over."""
        while True:
            frame: dict[str, Any] = json.loads(await self.socket.receive_str(timeout=20))
            if frame["type"] != "data":
                assert frame["type"] == type_, frame
                return frame


async def test_tokens_beside_a_list_open_the_channels_of_its_sessions(server: Booted) -> None:
    session_id = (await rendered(server))["structuredContent"]["sessionId"]
    listed = await server.call_tool("ggui_list_sessions")
    tokens = listed["_meta"]["ai.ggui/session-tokens"]
    assert list(tokens) == [session_id]
    view = await View.open(server, session_id, tokens[session_id]["wsToken"])
    await view.socket.close()


async def test_a_gesture_that_the_relay_refuses_is_told_to_every_socket_once(server: Booted) -> None:
    result = await rendered(server)
    session_id = result["structuredContent"]["sessionId"]
    token = result["_meta"]["ai.ggui/render"]["wsToken"]
    views = [await View.open(server, session_id, token) for _ in range(2)]
    envelope = {
        "kind": "dispatch",
        "payload": {"intent": "book", "actionData": {"a/b": "one"}, "uiContext": {}},
        "sessionId": session_id,
        "appId": "rooms",
        "actionId": "g1",
        "firedAt": "2026-09-01T10:00:04.120Z",
    }
    answer = (await server.call_tool("ggui_runtime_submit_action", envelope))["structuredContent"]
    for view in views:
        frame = await view.next("error")
        details = frame["payload"]["details"]
        assert "requestId" not in frame
        assert (frame["payload"]["code"], frame["payload"]["message"]) == (
            "CONTRACT_VIOLATION",
            answer["message"],
        )
        assert (details["tool"], details["rpcCode"], details["actionId"]) == ("ggui_event", -32020, "g1")
        assert details["violations"] == answer["violations"]
        assert details["violations"][0]["field"] == "book.data.a/b"

    # A socket that submits itself is answered, and nobody hears of it twice.
    action = {"sessionId": session_id, "type": "data:submit", "payload": {"action": "sink", "data": None}}
    await views[0].send("action", action, requestId="a1")
    assert (await views[0].next("error"))["requestId"] == "a1"
    for view in views:
        await view.send("ping", {})
        await view.next("pong")
        await view.socket.close()

"""What a view says to the server by its token, and what the server keeps for a view that is made anew."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from ggui_core.stores import KeyValueStore
from ggui_core.testing import Booted, booted
from ggui_core.tokens import TokenSigner

SLICE = "ai.ggui/render"
CONTRACT = {
    "propsSpec": {"properties": {"title": {"schema": {"type": "string"}, "required": True}}},
    "actionSpec": {
        "book": {
            "label": "Book",
            "schema": {"type": "object", "properties": {"room": {"type": "string"}}, "required": ["room"]},
        }
    },
    "contextSpec": {"note": {"schema": {"type": "string"}, "default": ""}},
}
BETTER = (
    "import { Heading } from '@ggui-ai/design';"
    "export default function Rooms({ title }: { title: string }) { return <Heading>{title}</Heading>; }"
)


@pytest.fixture
async def server() -> AsyncIterator[Booted]:
    async with booted(installed=True, args=["--dev-allow-all", "--ephemeral"]) as running:
        yield running


class Card:
    """A rendered session, and the view of it."""

    def __init__(self, server: Booted, slice_: dict[str, Any]) -> None:
        self.server = server
        self.slice = slice_
        self.id: str = slice_["sessionId"]

    @classmethod
    async def of(cls, server: Booted) -> Card:
        draft = {"intent": "book a room", "blueprintDraft": {"contract": CONTRACT}}
        agreed = await server.call_tool("ggui_handshake", draft)
        arguments = {"handshakeId": agreed["structuredContent"]["handshakeId"], "props": {"title": "Rooms"}}
        result = await server.call_tool("ggui_render", arguments)
        assert not result["isError"], result
        return cls(server, result["_meta"][SLICE])

    def gesture(self, action_id: str, **data: Any) -> dict[str, Any]:
        return {
            "kind": "dispatch",
            "payload": {"intent": "book", "actionData": data, "uiContext": {"note": "quiet"}},
            "sessionId": self.id,
            "appId": self.slice["appId"],
            "actionId": action_id,
            "firedAt": "2026-09-01T10:00:04.120Z",
        }

    async def post(
        self, name: str, arguments: Mapping[str, Any], *, token: str | None = None, to: str | None = None
    ) -> tuple[int, Any]:
        """As a sandboxed frame does: an opaque origin, plain text, no preflight."""
        body = {"wsToken": token or self.slice["wsToken"], "name": name, "arguments": arguments}
        url = f"{self.server.base_url}/api/sessions/{to or self.id}/calls"
        headers = {"Origin": "null", "Content-Type": "text/plain;charset=UTF-8"}
        async with self.server.client.post(url, data=json.dumps(body), headers=headers) as response:
            assert response.headers["Access-Control-Allow-Origin"] == "*"
            return response.status, await response.json()

    async def consumed(self) -> list[dict[str, Any]]:
        result = await self.server.call_tool("ggui_consume", {"sessionId": self.id, "timeout": 0})
        events: list[dict[str, Any]] = result["structuredContent"]["events"]
        return events

    async def read(self) -> dict[str, Any]:
        """The slice of a document that is read now."""
        answer = await self.server.rpc("resources/read", {"uri": f"ui://ggui/render/{self.id}"})
        html = answer["result"]["contents"][0]["text"]
        start = html.index("globalThis.__GGUI_META__ = ") + len("globalThis.__GGUI_META__ = ")
        slice_: dict[str, Any] = json.loads(html[start : html.index(";</script>", start)])[SLICE]
        return slice_


async def test_one_gesture_over_two_routes_is_one_gesture(server: Booted) -> None:
    card = await Card.of(server)
    gesture = card.gesture("a1", room="blue")
    status, result = await card.post("ggui_runtime_submit_action", gesture)
    assert (status, result["structuredContent"]["ok"]) == (200, True)
    assert (await server.call_tool("ggui_runtime_submit_action", gesture))["structuredContent"]["ok"] is True
    (event,) = await card.consumed()
    assert (event["actionId"], event["actionData"], event["uiContext"]) == (
        "a1",
        {"room": "blue"},
        {"note": "quiet"},
    )


async def test_a_gesture_by_token_is_held_against_the_contract(server: Booted) -> None:
    card = await Card.of(server)
    status, result = await card.post("ggui_runtime_submit_action", card.gesture("a1", room=7))
    assert (status, result["structuredContent"]["code"]) == (200, "CONTRACT_VIOLATION")
    assert await card.consumed() == []


async def test_a_token_says_things_of_its_own_session_alone(server: Booted) -> None:
    card, other = await Card.of(server), await Card.of(server)
    gesture = card.gesture("a1", room="blue")
    tool = "ggui_runtime_submit_action"
    assert (await card.post(tool, gesture, token=other.slice["wsToken"]))[0] == 401
    assert (await card.post(tool, other.gesture("a1", room="blue")))[0] == 404
    assert (await card.post(tool, gesture, to=other.id))[0] == 401
    assert (await card.post(tool, gesture, token="nonsense"))[0] == 401
    for name in ("ggui_consume", "ggui_runtime_pull", "ggui_runtime_refresh_ws_token", "ggui_ops_end_render"):
        status, body = await card.post(name, {"sessionId": card.id})
        assert (status, body["error"]["code"]) == (403, "tool_not_allowed")
    old, _ = server.setup.get(TokenSigner).sign("ws", card.id, card.slice["appId"], 0)
    status, body = await card.post(tool, gesture, token=old)
    assert (status, body["error"]["code"]) == (410, "token_expired")
    assert await card.consumed() == []
    assert await other.consumed() == []


async def test_the_token_of_an_ack_takes_gestures_for_hours(server: Booted) -> None:
    card = await Card.of(server)
    url = f"{server.base_url}/ws?wsToken={card.slice['wsToken']}"
    async with server.client.ws_connect(url, headers={"Origin": "null"}) as socket:
        wanted = {"sessionId": card.id, "wsToken": card.slice["wsToken"]}
        await socket.send_json({"type": "subscribe", "payload": wanted})
        token = (await socket.receive_json(timeout=20))["payload"]["sessionToken"]
    claims = server.setup.get(TokenSigner).verify(token, "session")
    assert claims.expires_at - claims.issued_at == 4 * 3_600
    status, _ = await card.post("ggui_runtime_submit_action", card.gesture("a1", room="blue"), token=token)
    assert status == 200
    assert len(await card.consumed()) == 1


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"{}", b'{"wsToken": 7}', b"\xff"])
async def test_a_body_that_is_no_call_is_refused_in_words(server: Booted, body: bytes) -> None:
    card = await Card.of(server)
    async with server.client.post(f"{server.base_url}/api/sessions/{card.id}/calls", data=body) as answer:
        assert answer.status in (400, 401)
        assert (await answer.json())["error"]["code"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/json"])
async def test_nobody_makes_the_server_read_a_large_body(server: Booted, content_type: str) -> None:
    card = await Card.of(server)
    url, headers = f"{server.base_url}/api/sessions/{card.id}/calls", {"Content-Type": content_type}
    for size, status in ((200_000, 401), (300_000, 413)):
        body = b'{"x":"' + b"x" * size + b'"}'
        async with server.client.post(url, data=body, headers=headers) as answer:
            assert answer.status == status
            assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_a_receipt_by_token_reaches_the_agent(server: Booted) -> None:
    card = await Card.of(server)
    events = [{"at": 3, "kind": "delivery.error", "detail": "COMPONENT_EVAL_FAILED: no"}]
    assert (await card.post("ggui_runtime_telemetry", {"sessionId": card.id, "events": events}))[0] == 200
    result = await server.call_tool("ggui_consume", {"sessionId": card.id, "timeout": 0})
    assert result["structuredContent"]["delivery"]["error"] == "COMPONENT_EVAL_FAILED: no"


# What a view that is made anew gets back


async def sync(card: Card, view: Mapping[str, Any] | None, note: str = "") -> dict[str, Any]:
    arguments = {"sessionId": card.id, "appId": card.slice["appId"], "snapshot": {"note": note}}
    result = await card.server.call_tool(
        "ggui_runtime_sync_context", arguments if view is None else {**arguments, "view": view}
    )
    output: dict[str, Any] = result["structuredContent"]
    return output


async def painted(card: Card) -> None:
    events = [{"at": 3, "kind": "delivery.painted"}]
    await card.server.call_tool("ggui_runtime_telemetry", {"sessionId": card.id, "events": events})


async def test_what_a_person_typed_comes_back_with_the_document_and_no_agent_sees_it(server: Booted) -> None:
    card = await Card.of(server)
    assert "viewState" not in await card.read()
    await painted(card)
    state = {"fields": [["name:room", "half typ"]], "scroll": [["", 0, 120]]}
    assert await sync(card, state, "said") == {"ok": True}
    read = await card.read()
    assert read["viewState"] == state
    assert read["contextSlots"][0]["default"] == "said"
    for tool in ("ggui_get_session", "ggui_consume", "ggui_list_sessions"):
        arguments = {} if tool == "ggui_list_sessions" else {"sessionId": card.id}
        assert "half typ" not in json.dumps(await server.call_tool(tool, arguments))
    await sync(card, None, "again")
    assert (await card.read())["viewState"] == state, "a sync of the context alone leaves it"
    await sync(card, {}, "again")
    assert "viewState" not in await card.read()


async def test_a_state_that_is_too_large_is_refused_and_the_context_kept(server: Booted) -> None:
    card = await Card.of(server)
    await painted(card)
    answer = await sync(card, {"fields": ["x" * 32_768]}, "said")
    assert (answer["ok"], answer["code"]) == (False, "CONTEXT_TOO_LARGE")
    read = await card.read()
    assert "viewState" not in read
    assert read["contextSlots"][0]["default"] == "said"


@pytest.mark.parametrize("levels", [65, 253, 900])
async def test_a_state_that_is_too_deep_is_refused_and_its_slice_can_be_read(
    server: Booted, levels: int
) -> None:
    card = await Card.of(server)
    await painted(card)
    state: dict[str, Any] = {}
    for _ in range(levels):
        state = {"a": state}
    assert (await sync(card, state))["code"] == "CONTEXT_TOO_LARGE"
    url = f"{server.base_url}/api/sessions/{card.id}/state?wsToken={card.slice['wsToken']}"
    async with server.client.get(url) as answer:
        assert answer.status == 200
        assert "viewState" not in (await answer.json())[SLICE]


async def test_an_ended_session_leaves_no_draft_behind(server: Booted) -> None:
    card = await Card.of(server)
    await painted(card)
    await sync(card, {"fields": [["name:room", "half typ"]]})
    values = server.setup.get(KeyValueStore)
    assert await values.get(f"sessions:view:{card.id}") is not None
    params = {"name": "ggui_ops_end_render", "arguments": {"sessionId": card.id}}
    await server.rpc("tools/call", params, path="/ops")
    assert await values.get(f"sessions:view:{card.id}") is None


# A better component for the same card


async def operate(server: Booted, tool: str, **arguments: Any) -> dict[str, Any]:
    answer = await server.rpc("tools/call", {"name": tool, "arguments": arguments}, path="/ops")
    result: dict[str, Any] = answer["result"]
    return result


async def better(server: Booted, contract: Mapping[str, Any] = CONTRACT) -> str:
    """The id of another blueprint of the contract."""
    result = await operate(
        server,
        "ggui_ops_register_blueprint",
        contract=contract,
        componentCode=BETTER,
        persona="brief",
        intent="book a room",
    )
    assert not result["isError"], result
    blueprint_id: str = result["structuredContent"]["blueprintId"]
    return blueprint_id


async def test_a_card_gets_a_better_component_in_place_and_every_rung_hears_of_it(server: Booted) -> None:
    card = await Card.of(server)
    blueprint = await better(server)
    url = f"{server.base_url}/ws?wsToken={card.slice['wsToken']}"
    async with server.client.ws_connect(url, headers={"Origin": "null"}) as socket:
        wanted = {"sessionId": card.id, "wsToken": card.slice["wsToken"]}
        await socket.send_json({"type": "subscribe", "payload": wanted})
        result = await operate(server, "ggui_ops_upgrade_render", sessionId=card.id, blueprintId=blueprint)
        assert result["structuredContent"] == {"upgraded": True}
        frames: dict[str, Any] = {}
        while not {"render", "data"} <= frames.keys():
            frame = await socket.receive_json(timeout=20)
            if frame["type"] != "data" or frame["payload"]["payload"]["kind"] == "component_upgraded":
                frames[frame["type"]] = frame["payload"]
    read = await card.read()
    assert read["codeHash"] != card.slice["codeHash"]
    assert frames["data"]["payload"] == {
        "kind": "component_upgraded",
        "sessionId": card.id,
        "codeHash": read["codeHash"],
    }
    assert frames["render"]["session"]["id"] == card.id
    assert (read["epoch"], read["propsJson"]) == (card.slice["epoch"], card.slice["propsJson"])
    pulled = await server.call_tool("ggui_runtime_pull", {"sessionId": card.id, "streamSince": 0})
    kinds = [row["payload"]["kind"] for row in pulled["structuredContent"]["emissions"]]
    assert kinds[-1] == "component_upgraded"
    again = await operate(server, "ggui_ops_upgrade_render", sessionId=card.id, blueprintId=blueprint)
    assert again["structuredContent"] == {"upgraded": False}


async def test_what_cannot_be_shown_instead_changes_nothing(server: Booted) -> None:
    card = await Card.of(server)
    other = await better(server, {"actionSpec": {"go": {"label": "Go"}}})
    for session, blueprint, code in (
        ("nowhere", other, "session_not_found"),
        (card.id, "bp_nowhere", "BLUEPRINT_NOT_FOUND"),
        (card.id, other, "contract_mismatch"),
    ):
        result = await operate(server, "ggui_ops_upgrade_render", sessionId=session, blueprintId=blueprint)
        assert result["isError"]
        assert result["_meta"]["ai.ggui/error"]["code"] == code
    assert (await card.read())["codeHash"] == card.slice["codeHash"]


async def test_a_yanked_component_is_put_into_no_card(server: Booted) -> None:
    card = await Card.of(server)
    blueprint = await better(server)
    await operate(server, "ggui_ops_yank_blueprint", blueprintId=blueprint)
    result = await operate(server, "ggui_ops_upgrade_render", sessionId=card.id, blueprintId=blueprint)
    assert result["isError"]
    assert result["_meta"]["ai.ggui/error"]["code"] == "BLUEPRINT_NOT_FOUND"
    assert (await card.read())["codeHash"] == card.slice["codeHash"]

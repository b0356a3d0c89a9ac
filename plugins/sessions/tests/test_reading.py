"""``ggui_get_session`` and ``ggui_list_sessions`` on the wire (spec 02 sections 6.6 and 6.7)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ggui_core.seams import GenerationFailed, SessionService, SlicePart
from ggui_core.stores import SessionStore
from ggui_core.testing import FakeClock

from .serving import CONTRACT, PROPS, Agent, serving
from .stand_ins import Mint, Writer, minting, slicing

GET, LIST = "ggui_get_session", "ggui_list_sessions"


def host(name: str, session_id: str) -> dict[str, Any]:
    return {"ai.ggui/host-session": {"hostName": name, "hostSessionId": session_id}}


@pytest.mark.spec("02 19.6")
async def test_everything_is_there_except_code_and_tokens() -> None:
    clock = FakeClock(start=1_800_000_000)
    token = SlicePart({"wsUrl": "ws://x/ws", "wsToken": "secret-token"})
    async with serving(Writer(code="export default 'secret code'"), slicing(token), clock=clock) as agent:
        agreed = await agent.handshake(meta=host("shop-web", "chat-1"))
        arguments = {"handshakeId": agreed["handshakeId"], "props": PROPS, "themeId": "dusk"}
        session_id = (await agent.ok("ggui_render", arguments))["sessionId"]
        await clock.advance(2)
        snapshot = {"filter": "open", "page_size": 5}
        synced = {"sessionId": session_id, "appId": "builder", "snapshot": snapshot}
        await agent.ok("ggui_runtime_sync_context", synced)
        await agent.server.setup.get(SessionService).observe_host(session_id, {"platform": "web"})
        output = await agent.ok(GET, {"sessionId": session_id})
    assert output == {
        "id": session_id,
        "appId": "builder",
        "type": "component",
        "status": "active",
        "eventSequence": 1,
        "epoch": 0,
        "createdAt": 1_800_000_000_000,
        "lastActivityAt": 1_800_000_002_000,
        "expiresAt": 1_800_003_602_000,
        "props": PROPS,
        "propsSpec": CONTRACT["propsSpec"],
        "actionSpec": CONTRACT["actionSpec"],
        "streamSpec": CONTRACT["streamSpec"],
        "contextSpec": CONTRACT["contextSpec"],
        "contextSnapshot": snapshot,
        "prompt": "book a room",
        "themeId": "dusk",
        "hostSession": {"hostName": "shop-web", "hostSessionId": "chat-1"},
        "hostContext": {"platform": "web"},
        "delivery": {"state": "pending", "at": "2027-01-15T08:00:00.000Z"},
    }
    assert "secret" not in json.dumps(output)


async def test_nulls_in_props_are_values() -> None:
    contract = {"propsSpec": {"properties": {"a": {"schema": {"type": ["string", "null"]}}}}}
    async with serving() as agent:
        session_id = await agent.card(contract, {"a": None})
        assert (await agent.ok(GET, {"sessionId": session_id}))["props"] == {"a": None}


async def test_a_user_and_a_probe_are_named() -> None:
    async with serving(Writer(fails=GenerationFailed("no"))) as agent:
        ann = Agent(agent.server, "user:shop:ann")
        draft = {"intent": "[ggui:probe]", "blueprintDraft": {"contract": {}}}
        agreed = await ann.ok("ggui_handshake", draft)
        probe = await ann.ok("ggui_render", {"handshakeId": agreed["handshakeId"], "props": {}})
        output = await ann.ok(GET, {"sessionId": probe["sessionId"]})
    assert (output["userId"], output["appId"]) == ("ann", "shop")
    assert (output["type"], output["kind"]) == ("system", "mcp-apps-probe")


# Lists


async def test_the_newest_are_listed_oldest_first() -> None:
    clock = FakeClock(start=1_800_000_000)
    async with serving(clock=clock) as agent:
        cards = []
        for _ in range(4):
            cards.append(await agent.card())
            await clock.advance(1)
        everything = await agent.ok(LIST, {})
        newest = await agent.ok(LIST, {"limit": 2})
    assert [row["sessionId"] for row in everything["sessions"]] == cards
    assert [row["sessionId"] for row in newest["sessions"]] == cards[2:]
    assert everything["sessions"][0] == {
        "sessionId": cards[0],
        "createdAt": "2027-01-15T08:00:00.000Z",
        "lastActivityAt": "2027-01-15T08:00:00.000Z",
        "status": "active",
    }


@pytest.mark.spec("02 19.7")
async def test_a_list_can_be_narrowed_to_a_conversation() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        cards = {}
        for name, session_id in (("web", "1"), ("web", "2"), ("desk", "1"), (None, "")):
            agreed = await agent.handshake(meta=host(name, session_id) if name else {})
            arguments = {"handshakeId": agreed["handshakeId"], "props": PROPS}
            cards[name, session_id] = (await agent.ok("ggui_render", arguments))["sessionId"]
            await clock.advance(1)
        both = await agent.ok(LIST, {"hostName": "web", "hostSessionId": "1"})
        web = await agent.ok(LIST, {"hostName": "web"})
        first = await agent.ok(LIST, {"hostSessionId": "1"})
    assert [row["sessionId"] for row in both["sessions"]] == [cards["web", "1"]]
    assert both["sessions"][0]["hostName"] == "web"
    assert both["sessions"][0]["hostSessionId"] == "1"
    assert [row["sessionId"] for row in web["sessions"]] == [cards["web", "1"], cards["web", "2"]]
    assert [row["sessionId"] for row in first["sessions"]] == [cards["web", "1"], cards["desk", "1"]]


@pytest.mark.parametrize(("length", "kept"), [(512, True), (513, False)])
async def test_what_a_host_calls_its_conversation_has_a_longest_length(length: int, kept: bool) -> None:
    name = "x" * length
    async with serving() as agent:
        agreed = await agent.handshake(meta=host("web", name))
        rendered = await agent.ok("ggui_render", {"handshakeId": agreed["handshakeId"], "props": PROPS})
        session = await agent.ok(GET, {"sessionId": rendered["sessionId"]})
        listed = await agent.ok(LIST, {"hostSessionId": name[:512]})
    assert ("hostSession" in session) is kept
    assert len(listed["sessions"]) == kept


async def test_users_see_their_own_and_those_of_the_app_itself() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        app, ann, bob = (Agent(agent.server, who) for who in ("app:shop", "user:shop:ann", "user:shop:bob"))
        cards = {}
        for name, caller in (("app", app), ("ann", ann), ("bob", bob)):
            cards[name] = await caller.card()
            await clock.advance(1)
        seen = {
            name: [row["sessionId"] for row in (await caller.ok(LIST, {}))["sessions"]]
            for name, caller in (("app", app), ("ann", ann), ("bob", bob))
        }
        strangers = await Agent(agent.server, "app:other").ok(LIST, {})
    assert seen["app"] == [cards["app"], cards["ann"], cards["bob"]]
    assert seen["ann"] == [cards["app"], cards["ann"]]
    assert seen["bob"] == [cards["app"], cards["bob"]]
    assert strangers["sessions"] == []


async def test_expired_sessions_are_listed_as_such() -> None:
    clock = FakeClock()
    async with serving(clock=clock, settings={"ttlS": 10}) as agent:
        await agent.card()
        await clock.advance(10)
        await agent.card()
        listed = await agent.ok(LIST, {})
    assert [row["status"] for row in listed["sessions"]] == ["expired", "active"]


async def test_a_cursor_leads_through_all_sessions_whatever_is_rendered_meanwhile() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        cards = []
        for _ in range(5):
            cards.append(await agent.card())
            await clock.advance(1)
        first = await agent.ok(LIST, {"limit": 2})
        await agent.card()
        second = await agent.ok(LIST, {"limit": 2, "cursor": first["nextCursor"]})
        await agent.server.setup.get(SessionStore).remove(second["sessions"][0]["sessionId"])
        third = await agent.ok(LIST, {"limit": 2, "cursor": second["nextCursor"]})
    pages = [[row["sessionId"] for row in page["sessions"]] for page in (first, second, third)]
    assert pages == [cards[3:5], cards[1:3], cards[0:1]]
    assert "nextCursor" not in third


async def test_a_page_that_is_exactly_full_is_the_last_one() -> None:
    async with serving() as agent:
        for _ in range(2):
            await agent.card()
        assert "nextCursor" not in await agent.ok(LIST, {"limit": 2})


async def test_a_cursor_opens_nothing_of_somebody_else() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        ann, bob = Agent(agent.server, "user:shop:ann"), Agent(agent.server, "user:shop:bob")
        for _ in range(3):
            await ann.card()
            await clock.advance(1)
        own = await bob.card()
        found = await ann.ok(LIST, {"limit": 1})
        await clock.advance(1)
        seen = await bob.ok(LIST, {"cursor": found["nextCursor"]})
        newest = await bob.ok(LIST, {})
    assert seen["sessions"] == []
    assert [row["sessionId"] for row in newest["sessions"]] == [own]


# Live tokens


async def test_live_tokens_of_active_sessions_stand_beside_the_list() -> None:
    clock, mint = FakeClock(), Mint()
    async with serving((), minting(mint), clock=clock, settings={"ttlS": 10}) as agent:
        await agent.card()
        await clock.advance(10)
        active = await agent.card()
        await Agent(agent.server, "app:other").card()
        result = await agent.call(LIST, {})
    assert mint.minted == [active]
    assert result["_meta"] == {
        "ai.ggui/session-tokens": {
            active: {"wsToken": f"token-of-{active}", "wsTokenExpiresAt": "2027-01-15T08:03:00.000Z"}
        }
    }
    for seen in (result["structuredContent"], result["content"]):
        assert "oken" not in json.dumps(seen)


async def test_without_a_live_channel_there_are_no_tokens() -> None:
    async with serving(settings={"tokensInLists": True}) as agent:
        await agent.card()
        result = await agent.call(LIST, {})
    assert "_meta" not in result
    assert "oken" not in json.dumps(result)


async def test_older_clients_find_the_tokens_in_the_list_where_the_operator_says_so() -> None:
    clock = FakeClock()
    async with serving(
        (), minting(Mint()), clock=clock, settings={"tokensInLists": True, "ttlS": 10}
    ) as agent:
        await agent.card()
        await clock.advance(10)
        active = await agent.card()
        result = await agent.call(LIST, {})
        listed = await agent.server.rpc("tools/list")
    expired, row = result["structuredContent"]["sessions"]
    assert "wsToken" not in expired
    assert (row["wsToken"], row["wsTokenExpiresAt"]) == (f"token-of-{active}", "2027-01-15T08:03:00.000Z")
    assert list(result["_meta"]["ai.ggui/session-tokens"]) == [active]
    (declared,) = (tool for tool in listed["result"]["tools"] if tool["name"] == LIST)
    assert "wsToken" in json.dumps(declared["outputSchema"])


async def test_no_token_is_minted_where_results_are_to_carry_none() -> None:
    mint = Mint()
    settings = {"tokensInLists": True, "withholdResultMeta": True}
    async with serving((), minting(mint), settings=settings) as agent:
        await agent.card()
        result = await agent.call(LIST, {})
    assert mint.minted == []
    assert "_meta" not in result


@pytest.mark.parametrize(
    "arguments",
    [
        {"limit": 0},
        {"limit": 201},
        {"limit": True},
        {"hostName": ""},
        {"hostSessionId": 5},
        {"cursor": ""},
        {"cursor": "é"},
        {"cursor": "MTIzNDU2"},
        {"cursor": "LTEgcw"},
        {"cursor": "x" * 257},
        {"cursor": 5},
    ],
)
async def test_malformed_arguments(arguments: dict[str, Any]) -> None:
    async with serving() as agent:
        assert (await agent.error(LIST, arguments))["code"] == "invalid_arguments"


async def test_what_only_reads_says_so() -> None:
    async with serving() as agent:
        listed = await agent.server.rpc("tools/list")
    tools = {tool["name"]: tool for tool in listed["result"]["tools"]}
    reading = {name for name, tool in tools.items() if tool["annotations"]["readOnlyHint"]}
    assert reading == {GET, LIST, "ggui_get_render_source", "ggui_list_gadgets"}
    assert {name for name, tool in tools.items() if tool["annotations"]["openWorldHint"]} == {"ggui_render"}

"""``ggui_render`` on the wire: the gates and their order, what comes out, how it fails (spec 02 section 6.2)."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import uuid
from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import BaseModel

import ggui_sessions.plugin as sessions
from ggui_core.bus import RenderCommitted, StreamEmitted
from ggui_core.mcp import Tool, ToolContext
from ggui_core.protocol.digests import contract_hash, variant_key
from ggui_core.protocol.session import HostSession, Tenant
from ggui_core.seams import CompileFailed, Diagnostic, GenerationFailed, SlicePart
from ggui_core.setup import Setup
from ggui_core.stores import CodeStore, SessionStore
from ggui_core.testing import FakeClock, booted

from .serving import APP, CONTRACT, ERROR, PROPS, SLICE, Agent, serving, until
from .stand_ins import Writer, plugin, rendering, slicing

OTHER = {"propsSpec": {"properties": {"n": {"schema": {"type": "integer"}, "required": True}}}}
HOST = {"ai.ggui/host-session": {"hostName": "shop-web", "hostSessionId": "chat-771"}}


async def is_open(agent: Agent, handshake_id: str) -> bool:
    """Whether a handshake can still be rendered."""
    store = agent.server.setup.get(SessionStore)
    now_ms = int(agent.server.setup.clock.now() * 1000)
    return await store.handshake(handshake_id, Tenant(APP), now_ms) is not None


# Success


async def test_a_render_says_where_it_is_and_how_to_go_on() -> None:
    writer = Writer()
    async with serving(writer) as agent:
        result = await agent.render()
        code = await agent.server.setup.get(CodeStore).get(result["_meta"][SLICE]["codeHash"])
    output = result["structuredContent"]
    session_id = output["sessionId"]
    uri = f"ui://ggui/render/{session_id}/{contract_hash(CONTRACT)}"
    assert uuid.UUID(session_id).version == 4
    assert output == {
        "sessionId": session_id,
        "resourceUri": uri,
        "action": "create",
        "contractHash": contract_hash(CONTRACT),
        "variantKey": "44136fa355b3678a",
        "blueprintId": "",
        "cache": {"hit": False, "llmCallsAvoided": 0, "kind": "cold", "reason": "no reusable component"},
        "nextStep": {
            "tool": "ggui_consume",
            "description": output["nextStep"]["description"],
            "example": f'ggui_consume({{"sessionId":"{session_id}","timeout":25}})',
            "args": {"sessionId": session_id, "timeout": 25},
        },
    }
    assert result["_meta"]["ui"] == {"resourceUri": uri}
    assert result["_meta"]["ui/resourceUri"] == uri
    assert code == writer.code


@pytest.mark.spec("02 18.3")
async def test_the_suggestion_precedes_the_json_block() -> None:
    async with serving() as agent:
        result = await agent.render()
    lead, block = result["content"]
    assert result["structuredContent"]["nextStep"]["example"] in lead["text"]
    assert json.loads(block["text"]) == result["structuredContent"]


@pytest.mark.spec("02 18.3")
async def test_a_card_without_actions_suggests_nothing() -> None:
    async with serving() as agent:
        result = await agent.render(OTHER, {"n": 1})
    assert "nextStep" not in result["structuredContent"]
    assert len(result["content"]) == 1


@pytest.mark.spec("01 23.25")
async def test_the_slice_is_what_a_view_boots_from() -> None:
    live = SlicePart(
        {
            "wsUrl": "ws://x/ws",
            "wsToken": "t",
            "expiresAt": "later",
            "sessionId": "not theirs",
            "themeMode": None,
        },
        connect_domains=("ws://x",),
    )
    async with serving((), slicing(live)) as agent:
        result = await agent.render(themeId="dusk")
        base = agent.server.base_url
    members = dict(result["_meta"][SLICE])
    assert base64.b64decode(members.pop("codeB64")).decode() == Writer().code
    assert len(members.pop("codeHash")) == 64
    assert json.loads(members.pop("propsJson")) == PROPS
    assert [slot["contextName"] for slot in members.pop("contextSlots")] == [
        "FilterContext",
        "PageSizeContext",
    ]
    assert members == {
        "sessionId": result["structuredContent"]["sessionId"],
        "appId": APP,
        "lastSequence": 1,
        "epoch": 0,
        "themeId": "dusk",
        "runtimeUrl": f"{base}/_ggui/iframe-runtime.js",
        "wsUrl": "ws://x/ws",
        "wsToken": "t",
        "expiresAt": "later",
    }


@pytest.mark.spec("01 22.13")
@pytest.mark.parametrize(
    "part",
    [
        SlicePart({"wsUrl": "ws://x/ws", "expiresAt": "later"}),
        SlicePart({"wsToken": "t", "wsUrl": "", "expiresAt": "later"}),
        SlicePart({"contractHash": "c", "validatorsUrl": None}),
        RuntimeError("the signer is gone"),
    ],
    ids=["no token", "empty url", "half validators", "failed"],
)
async def test_half_a_channel_and_a_failed_contributor_are_left_out(part: SlicePart | Exception) -> None:
    async with serving((), slicing(part)) as agent:
        result = await agent.render()
    left_out = {"wsUrl", "wsToken", "expiresAt", "contractHash", "validatorsUrl"}
    assert left_out.isdisjoint(result["_meta"][SLICE])
    assert "resourceUri" in result["structuredContent"]


async def test_the_session_is_kept_with_everything_it_was_made_of() -> None:
    clock = FakeClock()
    writer = Writer()
    async with serving(writer, clock=clock) as agent:
        agreed = await agent.handshake(draft={"variance": {"persona": "analyst"}})
        arguments = {"handshakeId": agreed["handshakeId"], "props": PROPS, "infra": {"model": "acme:big"}}
        output = await agent.ok("ggui_render", arguments)
        session = await agent.stored(output["sessionId"])
    assert session.tenant == Tenant(APP)
    assert re.fullmatch("[abcdefghjkmnpqrstuvwxyz23456789]{16}", session.short_code)
    assert (session.intent, session.props, session.contract) == ("book a room", PROPS, CONTRACT)
    assert session.variant_key == output["variantKey"] == variant_key({"persona": "analyst"})
    assert session.created_at_ms == int(clock.now() * 1000)
    assert session.expires_at_ms == session.created_at_ms + 3_600_000
    assert session.component is not None
    assert (session.component.generator, session.component.model) == ("writer", "acme:big")
    assert session.component.source == f"// book a room, {contract_hash(CONTRACT)}\n"
    (asked,) = writer.asked
    assert (asked.session_id, asked.app_id, asked.model) == (session.id, APP, "acme:big")
    assert (asked.props, asked.variance) == (PROPS, {"persona": "analyst"})


async def test_the_notice_of_a_generator_reaches_the_agent() -> None:
    async with serving(Writer(notice="Set a key for a richer card.")) as agent:
        output = (await agent.render())["structuredContent"]
    assert output["cache"]["reason"] == "Set a key for a richer card."


@pytest.mark.spec("02 19.7")
async def test_the_host_conversation_is_captured_once() -> None:
    async with serving() as agent:
        agreed = await agent.handshake(meta=HOST)
        output = await agent.ok("ggui_render", {"handshakeId": agreed["handshakeId"], "props": PROPS})
        assert (await agent.stored(output["sessionId"])).host_session == HostSession("shop-web", "chat-771")
        agreed = await agent.handshake(meta=HOST)
        other = {"ai.ggui/host-session": {"hostName": "shop-web", "hostSessionId": "chat-8"}}
        output = await agent.ok(
            "ggui_render", {"handshakeId": agreed["handshakeId"], "props": PROPS}, meta=other
        )
        assert (await agent.stored(output["sessionId"])).host_session == HostSession("shop-web", "chat-8")
        agreed = await agent.handshake(meta=HOST)
        broken = {"ai.ggui/host-session": {"hostName": ""}}
        output = await agent.ok(
            "ggui_render", {"handshakeId": agreed["handshakeId"], "props": PROPS}, meta=broken
        )
        assert (await agent.stored(output["sessionId"])).host_session == HostSession("shop-web", "chat-771")


async def test_app_defaults_apply_where_the_render_says_nothing() -> None:
    app = {"slug": APP, "name": "Rooms", "defaultTheme": "dawn", "defaultDisplayMode": "fullscreen"}
    async with serving(config={"app": app}) as agent:
        plain, themed = await agent.render(), await agent.render(themeId="dusk")
    assert plain["_meta"]["ui"]["displayMode"] == "fullscreen"
    assert plain["_meta"][SLICE]["themeId"] == "dawn"
    assert themed["_meta"][SLICE]["themeId"] == "dusk"


async def test_an_operator_can_keep_the_slice_out_of_results() -> None:
    async with serving(args=["--withhold-result-meta"]) as agent:
        result = await agent.render()
    assert result["_meta"].keys() == {"ui", "ui/resourceUri"}


async def test_without_a_renderer_the_session_is_there_and_says_that_nobody_can_show_it() -> None:
    async with serving(renderer=False) as agent:
        result = await agent.render()
        listed = await agent.server.rpc("resources/templates/list")
    assert "ggui-renderer" in result["structuredContent"]["warning"]
    assert "resourceUri" not in result["structuredContent"]
    assert "_meta" not in result
    assert listed["result"]["resourceTemplates"] == []


async def test_what_happened_is_announced() -> None:
    told: list[object] = []
    async with serving() as agent:
        agent.server.setup.bus.subscribe(RenderCommitted, told.append)
        agent.server.setup.bus.subscribe(StreamEmitted, told.append)
        session_id = await agent.card()
        backlog = await agent.server.setup.get(SessionStore).backlog(session_id, 0)
    started, committed = told
    assert isinstance(started, StreamEmitted)
    assert started.emission.channel == "_ggui:lifecycle"
    assert started.emission.payload == {
        "kind": "render_started",
        "sessionId": session_id,
        "intent": "book a room",
    }
    assert committed == RenderCommitted(session_id)
    assert [emission.channel for emission in backlog.emissions] == ["_ggui:lifecycle"]


async def test_a_probe_is_shown_without_a_generator() -> None:
    async with serving(Writer(willing=False)) as agent:
        arguments = {"intent": "[ggui:probe] can you see me", "blueprintDraft": {"contract": {}}}
        agreed = await agent.ok("ggui_handshake", arguments)
        result = await agent.call("ggui_render", {"handshakeId": agreed["handshakeId"], "props": {}})
        read = await agent.read(result["structuredContent"]["resourceUri"])
        emitted = await agent.error(
            "ggui_emit",
            {"sessionId": result["structuredContent"]["sessionId"], "channel": "x", "payload": 1},
        )
    members = result["_meta"][SLICE]
    assert members["kind"] == "mcp-apps-probe"
    assert json.loads(members["propsJson"]) == {"intent": "[ggui:probe] can you see me"}
    assert "nextStep" not in result["structuredContent"]
    assert "contents" in read["result"]
    assert emitted["code"] == "ChannelNotDeclared"


# Gates that keep the handshake


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"props": {}}, "handshakeId"),
        ({"handshakeId": "", "props": {}}, "handshakeId"),
        ({"handshakeId": "h"}, "props"),
        ({"handshakeId": "h", "props": []}, "props"),
        ({"handshakeId": "h", "props": {}, "override": {}}, "override"),
        ({"handshakeId": "h", "props": {}, "override": {"props": {}}}, "contract, variance"),
        ({"handshakeId": "h", "props": {}, "override": {"variance": {"mood": 1}}}, "persona"),
        ({"handshakeId": "h", "props": {}, "themeId": ""}, "themeId"),
        ({"handshakeId": "h", "props": {}, "infra": {"region": "eu"}}, "model"),
    ],
)
async def test_malformed_arguments(arguments: dict[str, Any], named: str) -> None:
    async with serving() as agent:
        error = await agent.error("ggui_render", arguments)
    assert error["code"] == "invalid_arguments"
    assert named in error["text"]


@pytest.mark.spec("02 18.1", "01 22.11", "01 23.22")
async def test_props_that_break_the_schema_are_named_and_the_handshake_stays() -> None:
    async with serving() as agent:
        agreed = await agent.handshake()
        props = {"rows": [{"id": "r1", "day": "Mon"}]}
        error = await agent.error("ggui_render", {"handshakeId": agreed["handshakeId"], "props": props})
        assert error["text"].startswith("contract_violation: Contract violation in ggui_render:\n- ")
        assert error["code"] == "contract_violation"
        assert error["retryable"] is True
        assert error["propsSchemaHash"] == agreed["propsSchemaHash"]
        assert error["rpcCode"] == -32020
        assert [v["field"] for v in error["violations"]] == ["rows[0].day", "title"]
        await agent.ok("ggui_render", {"handshakeId": agreed["handshakeId"], "props": PROPS})


@pytest.mark.spec("02 19.23")
async def test_props_nobody_declared_are_left_out_with_a_warning() -> None:
    async with serving() as agent:
        result = await agent.render({}, {"stray": 1})
        session = await agent.stored(result["structuredContent"]["sessionId"])
    assert "declares no props" in result["structuredContent"]["warning"]
    assert session.props == {}


@pytest.mark.parametrize("override", [{"contract": {}}, {"variance": {}}])
async def test_with_an_override_they_are_refused(override: dict[str, Any]) -> None:
    async with serving() as agent:
        agreed = await agent.handshake({})
        arguments = {"handshakeId": agreed["handshakeId"], "props": {"stray": 1}, "override": override}
        error = await agent.error("ggui_render", arguments)
    assert error["code"] == "contract_violation"
    assert [violation["field"] for violation in error["violations"]] == ["props"]
    assert "keyword" not in error["violations"][0]


async def test_an_override_commits_to_another_contract() -> None:
    async with serving() as agent:
        agreed = await agent.handshake()
        arguments = {"handshakeId": agreed["handshakeId"], "override": {"contract": OTHER}}
        refused = await agent.error("ggui_render", {**arguments, "props": PROPS})
        assert refused["code"] == "contract_violation"
        assert refused["propsSchemaHash"] != agreed["propsSchemaHash"]
        output = await agent.ok("ggui_render", {**arguments, "props": {"n": 1}})
        session = await agent.stored(output["sessionId"])
    assert output["contractHash"] == contract_hash(OTHER)
    assert session.contract == OTHER
    assert session.props_schema_hash == refused["propsSchemaHash"]


async def test_an_override_of_the_variance_keeps_the_contract() -> None:
    writer = Writer()
    async with serving(writer) as agent:
        agreed = await agent.handshake(draft={"variance": {"persona": "a"}})
        arguments = {
            "handshakeId": agreed["handshakeId"],
            "props": PROPS,
            "override": {"variance": {"persona": "b"}},
        }
        output = await agent.ok("ggui_render", arguments)
    assert output["contractHash"] == contract_hash(CONTRACT)
    assert output["variantKey"] == variant_key({"persona": "b"})
    assert writer.asked[0].variance == {"persona": "b"}


async def test_an_override_contract_is_never_mended() -> None:
    bad = {"propsSpec": {"properties": {"a": {"schema": {"type": "str"}}}}}
    async with serving() as agent:
        agreed = await agent.handshake()
        arguments = {"handshakeId": agreed["handshakeId"], "props": {}, "override": {"contract": bad}}
        error = await agent.error("ggui_render", arguments)
        assert await is_open(agent, agreed["handshakeId"])
    assert error["text"].startswith(
        "override_contract_invalid: Contract validation failed at phase 'schema-meta': [CTR_SCHEMA_META_INVALID]"
    )
    assert error["phase"] == "schema-meta"
    assert error["issues"][0]["code"] == "CTR_SCHEMA_META_INVALID"


async def test_a_gadget_nobody_has_is_refused() -> None:
    asking = {**OTHER, "clientCapabilities": {"gadgets": {"@acme/map": {"Map": {}}}}}
    async with serving() as agent:
        agreed = await agent.handshake(asking)
        error = await agent.error("ggui_render", {"handshakeId": agreed["handshakeId"], "props": {"n": 1}})
        assert await is_open(agent, agreed["handshakeId"])
    assert error["code"] == "gadget_not_registered"


class Room(BaseModel):
    id: int


class Booked(BaseModel):
    ok: bool


async def book(arguments: Room, calling: ToolContext) -> Booked:
    return Booked(ok=True)


def tools(setup: Setup) -> Sequence[Tool[Any, Any]]:
    return [Tool("rooms_book", "Books.", Room, Booked, book)]


@pytest.mark.spec("02 19.22")
@pytest.mark.parametrize(
    ("mode", "refused"), [(None, True), ("reject", True), ("warn", False), ("off", False)]
)
async def test_an_action_that_misses_its_tool_is_refused_before_anything_is_written(
    mode: str | None, refused: bool
) -> None:
    settings = {} if mode is None else {"nextStepMismatch": mode}
    async with serving((), plugin("rooms", mcp_tools=tools), settings=settings) as agent:
        agreed = await agent.handshake()
        result = await agent.call("ggui_render", {"handshakeId": agreed["handshakeId"], "props": PROPS})
        assert await is_open(agent, agreed["handshakeId"]) is refused
    assert result["isError"] is refused
    if refused:
        assert "SCHEMA_MISMATCH_ERROR" in result["content"][0]["text"]


@pytest.mark.spec("02 18.1")
async def test_every_gate_keeps_the_handshake_and_the_first_that_refuses_decides() -> None:
    """A call that every gate would refuse, mended one gate at a time."""
    asking = {**CONTRACT, "clientCapabilities": {"gadgets": {"@acme/map": {"Map": {}}}}}
    async with serving(Writer(willing=False), plugin("rooms", mcp_tools=tools)) as agent:
        agreed = await agent.handshake(asking)
        bad: dict[str, Any] = {
            "handshakeId": "nobody",
            "props": {},
            "themeId": "",
            "override": {"contract": {**asking, "libraries": []}},
        }
        codes = [(await agent.error("ggui_render", bad))["code"]]
        bad["themeId"] = "dusk"
        codes.append((await agent.error("ggui_render", bad))["code"])
        bad["handshakeId"] = agreed["handshakeId"]
        codes.append((await agent.error("ggui_render", bad))["code"])
        bad["override"] = {"contract": asking}
        codes.append((await agent.error("ggui_render", bad))["code"])
        bad["override"] = {"contract": CONTRACT}
        codes.append((await agent.error("ggui_render", bad))["code"])
        bad["override"] = {"contract": {"propsSpec": CONTRACT["propsSpec"]}}
        codes.append((await agent.error("ggui_render", bad))["code"])
        bad["props"] = PROPS
        codes.append((await agent.error("ggui_render", bad))["code"])
        assert await is_open(agent, agreed["handshakeId"])
    assert codes == [
        "invalid_arguments",
        "handshake_not_found",
        "override_contract_invalid",
        "gadget_not_registered",
        "schema_mismatch",
        "contract_violation",
        "NO_CREDENTIALS",
    ]


async def test_one_of_many_renders_of_a_handshake_wins() -> None:
    writer = Writer()
    async with serving(writer) as agent:
        agreed = await agent.handshake()
        arguments = {"handshakeId": agreed["handshakeId"], "props": PROPS}
        results = await asyncio.gather(*(agent.call("ggui_render", arguments) for _ in range(5)))
        listed = await agent.ok("ggui_list_sessions", {})
    failed = [result["_meta"][ERROR]["code"] for result in results if result["isError"]]
    assert failed == ["handshake_not_found"] * 4
    assert len(listed["sessions"]) == 1


async def test_a_spent_handshake_is_gone() -> None:
    async with serving() as agent:
        agreed = await agent.handshake()
        arguments = {"handshakeId": agreed["handshakeId"], "props": PROPS}
        await agent.ok("ggui_render", arguments)
        assert (await agent.error("ggui_render", arguments))["code"] == "handshake_not_found"


async def test_an_app_with_as_many_sessions_as_it_may_have_keeps_its_handshake() -> None:
    async with serving(config={"limits": {"sessionsPerApp": 1}}) as agent:
        await agent.render()
        agreed = await agent.handshake()
        error = await agent.error("ggui_render", {"handshakeId": agreed["handshakeId"], "props": PROPS})
        assert await is_open(agent, agreed["handshakeId"])
    assert error["code"] == "session_limit"


# Nobody writes


def envelope(result: dict[str, Any], code: str) -> dict[str, Any]:
    """The output of a failed render that keeps the output schema."""
    assert result["isError"]
    assert result["content"][0]["text"].startswith(f"{code}: ")
    assert len(result["content"]) == 1
    assert result["_meta"].keys() == {ERROR}
    assert result["_meta"][ERROR]["code"] == code
    output: dict[str, Any] = result["structuredContent"]
    assert output["error"]["code"] == code
    assert {"resourceUri", "nextStep"}.isdisjoint(output)
    assert (output["action"], output["blueprintId"]) == ("create", "")
    assert output["cache"] == {"hit": False, "llmCallsAvoided": 0, "kind": "cold"}
    return output


@pytest.mark.spec("02 19.14")
async def test_without_any_generator_the_package_is_named_and_nothing_is_spent() -> None:
    async with booted([sessions, rendering()], args=["--dev-allow-all"]) as server:
        agent = Agent(server)
        agreed = await agent.handshake()
        result = await agent.call("ggui_render", {"handshakeId": agreed["handshakeId"], "props": PROPS})
        assert await is_open(agent, agreed["handshakeId"])
        listed = await agent.ok("ggui_list_sessions", {})
    output = envelope(result, "NO_GENERATOR")
    assert output["sessionId"] == ""
    assert "pip install ggui-forms" in result["content"][0]["text"]
    assert result["_meta"][ERROR]["retryable"] is True
    assert listed["sessions"] == []


async def test_with_generators_that_cannot_serve_nothing_is_spent_either() -> None:
    async with serving(Writer(willing=False)) as agent:
        agreed = await agent.handshake()
        result = await agent.call("ggui_render", {"handshakeId": agreed["handshakeId"], "props": PROPS})
        assert await is_open(agent, agreed["handshakeId"])
    assert envelope(result, "NO_CREDENTIALS")["sessionId"] == ""


async def test_the_next_generator_serves_where_the_first_does_not() -> None:
    first, second = Writer("first", willing=False), Writer("second")
    async with serving((first, second)) as agent:
        await agent.render()
    assert (len(first.asked), len(second.asked)) == (0, 1)


# Failure


@pytest.mark.spec("02 18.1")
@pytest.mark.parametrize(
    ("failure", "code", "says"),
    [
        (
            GenerationFailed("The model refused.", hint="Try another one."),
            "PRODUCTION_FAILED",
            "The model refused.",
        ),
        (GenerationFailed("No key.", code="NO_PLATFORM_KEY"), "NO_PLATFORM_KEY", "No key."),
        (GenerationFailed("Odd.", code="SOMETHING_NEW"), "PRODUCTION_FAILED", "Odd."),
        (CompileFailed((Diagnostic("bad token", 3, 7),)), "PRODUCTION_FAILED", "line 3, column 7"),
        (RuntimeError("secret path /etc/passwd"), "PRODUCTION_FAILED", "the server's log has the cause"),
    ],
    ids=["failed", "known code", "unknown code", "compile", "crash"],
)
async def test_a_failed_generation_spends_the_handshake_and_leaves_a_session_that_says_so(
    failure: Exception, code: str, says: str
) -> None:
    async with serving(Writer(fails=failure)) as agent:
        agreed = await agent.handshake()
        result = await agent.call("ggui_render", {"handshakeId": agreed["handshakeId"], "props": PROPS})
        assert not await is_open(agent, agreed["handshakeId"])
        output = envelope(result, code)
        session = await agent.ok("ggui_get_session", {"sessionId": output["sessionId"]})
        read = await agent.read(f"ui://ggui/render/{output['sessionId']}")
    text = result["content"][0]["text"]
    assert says in text
    assert "spent" in text
    assert "/etc/passwd" not in text
    assert (session["errorCode"], session["error"]) == (code, output["error"]["message"])
    assert read["error"]["code"] == -32006
    assert read["error"]["data"] == {"code": "NOT_MOUNTABLE", "detail": output["error"]["message"]}


async def test_a_component_without_code_is_a_failure() -> None:
    async with serving(Writer(code=" \n")) as agent:
        agreed = await agent.handshake()
        result = await agent.call("ggui_render", {"handshakeId": agreed["handshakeId"], "props": PROPS})
    assert "without code" in envelope(result, "PRODUCTION_FAILED")["error"]["message"]


async def test_a_generation_that_takes_too_long_is_given_up() -> None:
    clock = FakeClock()
    writer = Writer()
    writer.held.clear()
    async with serving(writer, clock=clock, settings={"generationTimeoutS": 7}) as agent:
        agreed = await agent.handshake()
        arguments = {"handshakeId": agreed["handshakeId"], "props": PROPS}
        rendering = asyncio.create_task(agent.call("ggui_render", arguments))
        await until(lambda: held(writer))
        await clock.advance(7)
        result = await rendering
        await until(lambda: nothing_runs(writer))
    assert "7 seconds" in envelope(result, "PRODUCTION_FAILED")["error"]["message"]
    assert writer.cancelled == 1


async def held(writer: Writer, running: int = 1) -> bool:
    return writer.running >= running


async def nothing_runs(writer: Writer) -> bool:
    return writer.running == 0


# Many at once


async def test_equal_renders_share_one_generation() -> None:
    writer = Writer()
    writer.held.clear()
    async with serving(writer) as agent:
        renders = [asyncio.create_task(agent.render()) for _ in range(6)]
        await until(lambda: sessions_are(agent, 6))
        writer.held.set()
        results = await asyncio.gather(*renders)
        other = await agent.render(OTHER, {"n": 1})
    assert len(writer.asked) == 2
    assert len({result["structuredContent"]["sessionId"] for result in [*results, other]}) == 7


async def sessions_are(agent: Agent, count: int) -> bool:
    listed = await agent.ok("ggui_list_sessions", {"limit": 200})
    return len(listed["sessions"]) == count


def numbered(n: int) -> dict[str, Any]:
    """Contracts that are all different."""
    return {"propsSpec": {"properties": {f"n{n}": {"schema": {"type": "integer"}}}}}


async def test_so_many_are_written_at_once_and_so_many_wait() -> None:
    writer = Writer()
    writer.held.clear()
    settings = {"generationsAtOnce": 2, "generationsQueued": 3}
    async with serving(writer, settings=settings) as agent:
        renders = [asyncio.create_task(agent.render(numbered(n), {})) for n in range(5)]
        await until(lambda: sessions_are(agent, 5))
        agreed = await agent.handshake(numbered(5))
        arguments = {"handshakeId": agreed["handshakeId"], "props": {}}
        refused = await agent.call("ggui_render", arguments)
        assert envelope(refused, "GENERATION_QUEUE_OVERLOADED")["sessionId"] == ""
        assert refused["_meta"][ERROR]["retryable"] is True
        joined = asyncio.create_task(agent.render(numbered(4), {}))
        await until(lambda: sessions_are(agent, 6))
        assert writer.running == 2
        writer.held.set()
        await asyncio.gather(joined, *renders)
        await agent.ok("ggui_render", arguments)
    assert writer.most_at_once == 2


async def test_progress_reaches_everybody_who_waits() -> None:
    writer = Writer()
    writer.held.clear()
    async with serving(writer) as agent:
        first = asyncio.create_task(agent.render())
        await until(lambda: held(writer))
        writer.held.set()
        await first
        agreed = await agent.handshake(OTHER)
        body = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {
                "name": "ggui_render",
                "arguments": {"handshakeId": agreed["handshakeId"], "props": {"n": 1}},
                "_meta": {"progressToken": "p"},
            },
        }
        headers = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
        url = f"{agent.server.base_url}/mcp"
        async with agent.server.client.post(url, json=body, headers=headers) as response:
            text = await response.text()
    events = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
    assert events[0]["params"] == {"progressToken": "p", "progress": 0, "total": 1, "message": "writing"}
    assert events[-1]["result"]["structuredContent"]["sessionId"]


# Hang-ups


async def hung_up(agent: Agent, arguments: dict[str, Any]) -> asyncio.Task[dict[str, Any]]:
    """A render on a connection of its own."""
    return asyncio.create_task(agent.call("ggui_render", arguments))


async def test_a_render_whose_only_caller_hangs_up_leaves_its_handshake_only() -> None:
    writer = Writer()
    writer.held.clear()
    async with serving(writer) as agent:
        agreed = await agent.handshake()
        rendering = await hung_up(agent, {"handshakeId": agreed["handshakeId"], "props": PROPS})
        await until(lambda: held(writer))
        rendering.cancel()
        await until(lambda: nothing_runs(writer))
        await until(lambda: sessions_are(agent, 0))
        assert await is_open(agent, agreed["handshakeId"])
    assert writer.cancelled == 1


async def test_the_others_get_their_component_when_one_hangs_up() -> None:
    writer = Writer()
    writer.held.clear()
    async with serving(writer) as agent:
        stays, goes = asyncio.create_task(agent.render()), asyncio.create_task(agent.render())
        await until(lambda: sessions_are(agent, 2))
        goes.cancel()
        await until(lambda: sessions_are(agent, 1))
        writer.held.set()
        result = await stays
        listed = await agent.ok("ggui_list_sessions", {})
    assert writer.cancelled == 0
    assert [row["sessionId"] for row in listed["sessions"]] == [result["structuredContent"]["sessionId"]]


async def test_a_component_can_be_written_anew_right_after_it_was_given_up() -> None:
    writer = Writer()
    writer.held.clear()
    async with serving(writer) as agent:
        rendering = asyncio.create_task(agent.render())
        await until(lambda: held(writer))
        rendering.cancel()
        again = asyncio.create_task(agent.render())
        await until(lambda: asked(writer, 2))
        writer.held.set()
        assert not (await again)["isError"]


async def asked(writer: Writer, times: int) -> bool:
    return len(writer.asked) == times


async def test_hang_ups_at_any_moment_leave_all_or_nothing() -> None:
    async with serving() as agent:
        for step in range(40):
            agreed = await agent.handshake(numbered(step))
            call = await hung_up(agent, {"handshakeId": agreed["handshakeId"], "props": {}})
            for _ in range(step):
                await asyncio.sleep(0)
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)

        async def settled() -> bool:
            return agent.server.setup.calls.tasks == 0

        await until(settled)
        listed = await agent.ok("ggui_list_sessions", {"limit": 200})
        for row in listed["sessions"]:
            assert (await agent.stored(row["sessionId"])).component is not None

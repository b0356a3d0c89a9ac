"""``ggui_handshake`` on the wire (spec 02 section 6.1)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from ggui_core.protocol.digests import contract_hash, props_schema_hash
from ggui_core.protocol.props_schema import enforce
from ggui_core.protocol.session import HostSession, Tenant
from ggui_core.stores import SessionStore
from ggui_core.testing import FakeClock

from .serving import CONTRACT, PROPS, Agent, serving
from .stand_ins import Writer

STRING = {"type": "string"}
HOST = {"ai.ggui/host-session": {"hostName": "shop-web", "hostSessionId": "chat-771"}}


def draft(**members: Any) -> dict[str, Any]:
    return {"intent": "book a room", "blueprintDraft": members}


async def test_a_sound_draft_comes_back_as_a_proposal() -> None:
    async with serving() as agent:
        answer = await agent.handshake(draft={"variance": {"aesthetic": "calm", "context": {"a": None}}})
    assert uuid.UUID(answer["handshakeId"]).version == 4
    assert answer["action"] == "create"
    assert answer["suggestion"] == {
        "origin": "agent",
        "rationale": "The draft is sound as it was sent.",
        "blueprintMeta": {
            "contractHash": contract_hash(CONTRACT),
            "variance": {"aesthetic": "calm", "context": {"a": None}},
        },
        "proposedContractSummary": "slots=filter:string,page_size:integer; actions=book(id),close; "
        "streams=last,ticks; props=rows:array,title:string!",
    }
    assert "propsSchema" not in answer
    assert answer["propsSchemaHash"] == enforce(CONTRACT["propsSpec"]).hash
    assert answer["propsSchemaProfile"] == "grammar-safe"
    assert answer["nextStep"]["tool"] == "ggui_render"
    assert answer["handshakeId"] in answer["nextStep"]["example"]


async def test_the_result_is_one_block_of_json() -> None:
    async with serving() as agent:
        result = await agent.call("ggui_handshake", draft(contract=CONTRACT))
    assert [block["type"] for block in result["content"]] == ["text"]
    assert "_meta" not in result


async def test_a_draft_that_was_mended_comes_with_its_schema() -> None:
    contract = {"propsSpec": {"properties": {"a": {"schema": {"type": "str"}, "required": True}}}}
    async with serving() as agent:
        answer = await agent.handshake(contract)
    assert answer["suggestion"]["origin"] == "synth"
    assert answer["propsSchema"] == {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    assert props_schema_hash(answer["propsSchema"]) == answer["propsSchemaHash"]
    assert answer["suggestion"]["validationFindings"][0]["severity"] == "error"
    assert answer["suggestion"]["amendments"] == {
        "contractDiff": [{"op": "replace", "path": "/propsSpec/properties/a/schema/type", "value": "string"}],
        "reasoning": answer["suggestion"]["rationale"],
    }


async def test_a_schema_too_large_for_the_wire_travels_as_its_hash() -> None:
    member = {"type": "object", "properties": {}, "description": "x" * 230}
    wide = {"type": "object", "properties": {f"p{n}": member for n in range(860)}}
    contract = {"propsSpec": {"properties": {"wide": {"schema": wide}, "odd": {"schema": {"type": "str"}}}}}
    async with serving() as agent:
        answer = await agent.handshake(contract)
    assert answer["suggestion"]["origin"] == "synth", answer["suggestion"]
    assert len(answer["propsSchemaHash"]) == 64
    assert "propsSchema" not in answer


async def test_parts_that_cannot_be_kept_are_named() -> None:
    contract = {**CONTRACT, "libraries": ["leaflet"]}
    async with serving() as agent:
        answer = await agent.handshake(contract)
    suggestion = answer["suggestion"]
    assert suggestion["proposedContractSummary"].startswith("PARTIAL")
    assert suggestion["validationFindings"][0]["path"] == "libraries"
    assert suggestion["blueprintMeta"]["contractHash"] == contract_hash(CONTRACT)


async def test_a_declined_draft_leaves_no_record() -> None:
    async with serving() as agent:
        answer = await agent.handshake({"actionSpec": 5})
        assert answer["action"] == "declined"
        assert answer["suggestion"]["origin"] == "agent"
        assert answer["suggestion"]["proposedContractSummary"].startswith("DECLINED")
        assert len(answer["suggestion"]["blueprintMeta"]["contractHash"]) == 16
        assert all(finding["path"] for finding in answer["suggestion"]["validationFindings"])
        assert answer.keys() == {"handshakeId", "action", "suggestion"}
        error = await agent.error("ggui_render", {"handshakeId": answer["handshakeId"], "props": {}})
    assert error["code"] == "handshake_not_found"


async def test_an_empty_contract_is_a_contract() -> None:
    async with serving() as agent:
        answer = await agent.handshake({})
    assert answer["action"] == "create"
    assert answer["suggestion"]["blueprintMeta"]["contractHash"] == "44136fa355b3678a"
    assert answer["propsSchemaHash"].startswith("d746974fa9afd5e9")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"blueprintDraft": {"contract": {}}}, "intent"),
        ({"intent": "", "blueprintDraft": {"contract": {}}}, "intent"),
        ({"intent": "x"}, "blueprintDraft"),
        ({"intent": "x", "blueprintDraft": '{"contract":{}}'}, "contract, variance, generator"),
        ({"intent": "x", "blueprintDraft": {}}, "blueprintDraft.contract"),
        ({"intent": "x", "blueprintDraft": {"contract": "{}"}}, "blueprintDraft.contract"),
        ({"intent": "x", "blueprintDraft": {"contract": {}, "props": {}}}, "contract, variance, generator"),
        (
            {"intent": "x", "blueprintDraft": {"contract": {}, "variance": {"mood": "calm"}}},
            "persona, aesthetic, context, seedPrompt",
        ),
        ({"intent": "x", "blueprintDraft": {"contract": {}, "variance": {"persona": 5}}}, "variance.persona"),
        (
            {"intent": "x", "blueprintDraft": {"contract": {}, "variance": {"context": "x"}}},
            "variance.context",
        ),
        (
            {"intent": "x", "blueprintDraft": {"contract": {}, "variance": {"persona": "x" * 70_000}}},
            "variance",
        ),
        ({"intent": "x" * 10_001, "blueprintDraft": {"contract": {}}}, "intent"),
        ({"intent": "x", "blueprintDraft": {"contract": {}, "generator": "no spaces"}}, "generator"),
        ({"intent": "x", "blueprintDraft": {"contract": {}, "generator": "x" * 121}}, "generator"),
        (
            {"intent": "x", "blueprintDraft": {"contract": {}, "variance": {"context": {"a": "x" * 70_000}}}},
            "blueprintDraft.variance",
        ),
    ],
)
async def test_malformed_arguments_name_what_is_allowed(arguments: dict[str, Any], named: str) -> None:
    async with serving() as agent:
        error = await agent.error("ggui_handshake", arguments)
    assert error["code"] == "invalid_arguments"
    assert named in error["text"]


async def test_an_unknown_generator_is_dropped_with_a_finding() -> None:
    writer = Writer()
    async with serving(writer) as agent:
        answer = await agent.handshake(draft={"generator": "nobody"})
        await agent.ok("ggui_render", {"handshakeId": answer["handshakeId"], "props": PROPS})
    assert answer["suggestion"]["validationFindings"] == [
        {
            "code": "GENERATOR_UNKNOWN",
            "severity": "warn",
            "path": "blueprintDraft.generator",
            "message": "There is no generator 'nobody'; the default one will be used. Known: writer.",
        }
    ]
    assert writer.asked[0].generator is None


async def test_a_known_generator_is_asked_before_better_ranks() -> None:
    first, second = Writer("first"), Writer("second")
    async with serving((first, second)) as agent:
        answer = await agent.handshake(draft={"generator": "second"})
        assert "validationFindings" not in answer["suggestion"]
        await agent.ok("ggui_render", {"handshakeId": answer["handshakeId"], "props": PROPS})
    assert (len(first.asked), len(second.asked)) == (0, 1)


async def test_the_record_keeps_what_render_needs() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        answer = await agent.handshake(
            draft={"variance": {"persona": "analyst"}}, meta=HOST, forceCreate=True
        )
        store = agent.server.setup.get(SessionStore)
        now_ms = int(clock.now() * 1000)
        record = await store.handshake(answer["handshakeId"], Tenant("builder"), now_ms)
    assert record is not None
    assert (record.intent, record.action, record.origin) == ("book a room", "create", "agent")
    assert record.contract == CONTRACT
    assert record.variance == {"persona": "analyst"}
    assert record.props_schema_hash == answer["propsSchemaHash"]
    assert record.host_session == HostSession("shop-web", "chat-771")
    assert record.force_create
    assert record.expires_at_ms - record.created_at_ms == 600_000


async def test_a_handshake_lives_ten_minutes() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        early, late = await agent.handshake(), await agent.handshake()
        await clock.advance(599)
        await agent.ok("ggui_render", {"handshakeId": early["handshakeId"], "props": PROPS})
        await clock.advance(1)
        error = await agent.error("ggui_render", {"handshakeId": late["handshakeId"], "props": PROPS})
    assert error["code"] == "handshake_not_found"
    assert late["handshakeId"] in error["text"]


@pytest.mark.parametrize("stranger", ["user:shop:bob", "user:other:eve", "app:other"])
async def test_a_handshake_of_somebody_else_looks_like_none(stranger: str) -> None:
    async with serving() as agent:
        ann, other = Agent(agent.server, "user:shop:ann"), Agent(agent.server, stranger)
        mine = (await ann.handshake())["handshakeId"]
        error = await other.error("ggui_render", {"handshakeId": mine, "props": PROPS})
        missing = await other.error("ggui_render", {"handshakeId": str(uuid.uuid4()), "props": PROPS})
        await Agent(agent.server, "app:shop").ok("ggui_render", {"handshakeId": mine, "props": PROPS})
    assert error["text"].replace(mine, "") == missing["text"].replace(missing["text"].split("'")[1], "")


async def test_equal_drafts_are_negotiated_once_and_told_apart_by_variance() -> None:
    async with serving() as agent:
        one = await agent.handshake(draft={"variance": {"persona": "a"}})
        two = await agent.handshake(draft={"variance": {"persona": "b"}})
    assert one["handshakeId"] != two["handshakeId"]
    assert one["suggestion"]["blueprintMeta"]["variance"] == {"persona": "a"}
    assert two["suggestion"]["blueprintMeta"]["variance"] == {"persona": "b"}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "(a+)+$"},
        {"$ref": "http://127.0.0.1:1/x.json"},
        {"$ref": "file:///etc/hostname"},
    ],
    ids=["pattern", "remote", "file"],
)
async def test_hostile_schemas_never_reach_an_effective_contract(schema: dict[str, Any]) -> None:
    contract = {"propsSpec": {"properties": {"a": {"schema": schema}, "b": {"schema": STRING}}}}
    async with serving() as agent:
        answer = await agent.handshake(contract)
        rendered = await agent.call(
            "ggui_render", {"handshakeId": answer["handshakeId"], "props": {"b": "x"}}
        )
        assert not rendered["isError"]
        session = await agent.stored(rendered["structuredContent"]["sessionId"])
    assert "$ref" not in str(session.contract)

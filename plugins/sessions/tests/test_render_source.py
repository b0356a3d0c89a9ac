"""``ggui_get_render_source``: the authored text, and nothing compiled (spec 02 section 6.8)."""

from __future__ import annotations

import uuid

import pytest

from ggui_core.protocol.session import Component
from ggui_core.seams import GenerationFailed
from ggui_core.stores import CodeStore, SessionStore
from ggui_core.testing import FakeClock

from .serving import CONTRACT, PROPS, Agent, serving
from .stand_ins import Writer

TOOL = "ggui_get_render_source"


async def test_the_source_comes_with_contract_and_props() -> None:
    async with serving() as agent:
        session_id = await agent.card()
        await agent.ok("ggui_update", {"sessionId": session_id, "kind": "merge", "patch": {"title": "New"}})
        output = await agent.ok(TOOL, {"sessionId": session_id})
        session = await agent.stored(session_id)
    assert session.component is not None
    specs = ("propsSpec", "actionSpec", "streamSpec", "contextSpec")
    assert output == {
        "sessionId": session_id,
        "blueprint": {
            "source": session.component.source,
            "contract": {spec: CONTRACT[spec] for spec in specs},
            "fixtureProps": {**PROPS, "title": "New"},
        },
    }


@pytest.mark.parametrize("source", ["", " \n", "compiled"])
async def test_without_authored_text_there_is_no_source(source: str) -> None:
    async with serving() as agent:
        session_id = await agent.card()
        store = agent.server.setup.get(SessionStore)
        address = await agent.server.setup.get(CodeStore).put("compiled")
        await store.commit(session_id, Component(address, source, "writer"), 0)
        error = await agent.error(TOOL, {"sessionId": session_id})
    assert error["code"] == "render_source_unavailable"
    assert error["text"].startswith("render_source_unavailable: ")


async def test_cards_of_the_server_and_failed_ones_have_none() -> None:
    writer = Writer()
    async with serving(writer) as agent:
        arguments = {"intent": "[ggui:probe] hello", "blueprintDraft": {"contract": {}}}
        agreed = await agent.ok("ggui_handshake", arguments)
        probe = await agent.ok("ggui_render", {"handshakeId": agreed["handshakeId"], "props": {}})
        writer.fails = GenerationFailed("No.")
        agreed = await agent.handshake()
        failed = await agent.call("ggui_render", {"handshakeId": agreed["handshakeId"], "props": PROPS})
        for output in (probe, failed["structuredContent"]):
            error = await agent.error(TOOL, {"sessionId": output["sessionId"]})
            assert error["code"] == "render_source_unavailable"


async def test_what_is_not_ones_own_is_not_there() -> None:
    async with serving() as agent:
        bob, eve = Agent(agent.server, "user:shop:bob"), Agent(agent.server, "user:shop:eve")
        session_id, unknown = await bob.card(), str(uuid.uuid4())
        denied = await eve.error(TOOL, {"sessionId": session_id})
        missing = await eve.error(TOOL, {"sessionId": unknown})
        await bob.ok(TOOL, {"sessionId": session_id})
    assert denied["text"].replace(session_id, "") == missing["text"].replace(unknown, "")
    assert denied["code"] == "session_not_found"


async def test_reading_the_source_is_no_activity() -> None:
    clock = FakeClock()
    async with serving(clock=clock, settings={"ttlS": 60}) as agent:
        session_id = await agent.card()
        await clock.advance(40)
        await agent.ok(TOOL, {"sessionId": session_id})
        await clock.advance(21)
        error = await agent.error(TOOL, {"sessionId": session_id})
    assert error["code"] == "session_not_found"

"""A render that fails answers in the shape that ``tools/list`` declares (spec 02 sections 6.2 and 18)."""

from __future__ import annotations

import pytest
from jsonschema import Draft7Validator

from ggui_core.seams import GenerationFailed
from ggui_core.stores.memory_history import Ledger

from .serving import PROPS, Agent, serving
from .stand_ins import Writer


async def declared(agent: Agent, tool: str) -> Draft7Validator:
    """The output schema of a tool as clients see it."""
    tools = (await agent.server.rpc("tools/list"))["result"]["tools"]
    return Draft7Validator(next(row["outputSchema"] for row in tools if row["name"] == tool))


@pytest.mark.spec("02 18.2", "02 19.14")
@pytest.mark.parametrize(
    ("writer", "leaves_a_session"),
    [(Writer(fails=GenerationFailed("The model refused.")), True), (Writer(willing=False), False)],
    ids=["failed", "nobody writes"],
)
async def test_a_failed_render_keeps_the_output_schema_and_only_a_begun_one_leaves_a_live_session(
    writer: Writer, leaves_a_session: bool
) -> None:
    async with serving(writer) as agent:
        schema = await declared(agent, "ggui_render")
        agreed = await agent.handshake()
        result = await agent.call("ggui_render", {"handshakeId": agreed["handshakeId"], "props": PROPS})
        output = result["structuredContent"]
        if leaves_a_session:
            session = await agent.ok("ggui_get_session", {"sessionId": output["sessionId"]})
            assert (session["status"], session["errorCode"]) == ("active", output["error"]["code"])
            assert (await agent.consume(output["sessionId"]))["status"] == "active"
        else:
            assert output["sessionId"] == ""
    assert result["isError"]
    assert [error.message for error in schema.iter_errors(output)] == []
    assert {"resourceUri", "nextStep"}.isdisjoint(output)


@pytest.mark.spec("01 23.10")
async def test_an_update_that_the_ledger_does_not_take_changes_no_props(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving() as agent:
        session_id = await agent.card()
        before = await agent.stored(session_id)

        def full(*_: object) -> None:
            raise OSError("disk gone at /var/lib")

        monkeypatch.setattr(Ledger, "append", full)
        change = {"sessionId": session_id, "kind": "merge", "patch": {"title": "New"}}
        result = await agent.call("ggui_update", change)
        assert await agent.stored(session_id) == before
        monkeypatch.undo()
        assert (await agent.ok("ggui_update", change))["updated"]
        after = await agent.stored(session_id)
    assert result["isError"]
    assert "/var" not in str(result)
    assert after.event_sequence == before.event_sequence + 1

"""``ggui_runtime_submit_action`` on the wire: what is taken and what is refused (spec 02 section 7.1, ruling 3)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ggui_core.bus import GestureQueued, GestureRefused
from ggui_core.protocol.session import EventPage
from ggui_core.setup import Setup
from ggui_core.stores import MemorySessionStore, SessionLimits, SessionStore

from .serving import APP, PROPS, Agent, serving, until
from .stand_ins import Writer, plugin

SUBMIT = "ggui_runtime_submit_action"


def envelope(session_id: str, **changes: Any) -> dict[str, Any]:
    """A valid submission."""
    return {
        "kind": "dispatch",
        "payload": {"intent": "book", "actionData": {"id": "r1"}, "uiContext": {}},
        "sessionId": session_id,
        "appId": APP,
        "actionId": "g1",
        "firedAt": "2026-09-01T10:00:04.120Z",
        **changes,
    }


async def queued(agent: Agent, session_id: str) -> int:
    """How many gestures wait, and none after this."""
    return len((await agent.consume(session_id))["events"])


async def submitted(agent: Agent, session_id: str) -> list[dict[str, Any]]:
    """What the ledger has of gestures."""
    page = await agent.server.setup.get(SessionStore).events(session_id, 0, 1_000)
    assert isinstance(page, EventPage)
    return [dict(event.data) for event in page.events if event.type == "user.submitted"]


@pytest.mark.parametrize("field", ["kind", "payload", "sessionId", "appId", "actionId", "firedAt"])
async def test_every_field_is_needed(field: str) -> None:
    async with serving() as agent:
        session_id = await agent.card()
        missing = envelope(session_id)
        del missing[field]
        assert (await agent.error(SUBMIT, missing))["code"] == "invalid_arguments"
        empty = envelope(session_id, **{field: [] if field == "payload" else ""})
        assert (await agent.error(SUBMIT, empty))["code"] == "invalid_arguments"


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("dispatch", {}),
        ("dispatch", {"intent": "", "actionData": {}, "uiContext": {}}),
        ("dispatch", {"intent": 5, "actionData": {}, "uiContext": {}}),
        ("dispatch", {"intent": "book", "uiContext": {}}),
        ("dispatch", {"intent": "book", "actionData": {}}),
        ("dispatch", {"intent": "book", "actionData": {}, "uiContext": []}),
        ("openLink", {}),
        ("openLink", {"url": ""}),
        ("requestDisplayMode", {"mode": 1}),
    ],
)
async def test_a_wrong_shape_is_a_result_not_an_error(kind: str, payload: dict[str, Any]) -> None:
    async with serving() as agent:
        session_id = await agent.card()
        answer = await agent.ok(SUBMIT, envelope(session_id, kind=kind, payload=payload))
        assert await queued(agent, session_id) == 0
    assert (answer["ok"], answer["code"]) == (False, "INVALID_ACTION_KIND")
    assert answer["message"]
    assert "consumerPresent" not in answer


@pytest.mark.spec("02 19.3", "02 19.30", "01 23.3")
@pytest.mark.parametrize(
    ("intent", "data", "field"),
    [
        ("reserve", {"id": "r1"}, "action"),
        ("book", {}, "book.data.id"),
        ("book", {"id": 5}, "book.data.id"),
        ("book", {"id": "r1", "note": "x"}, "book.data.note"),
        ("book", None, "book.data"),
        ("book", {"id": "x" * 66_000}, "book.data"),
        ("close", {"a": "x" * 66_000}, "close.data"),
    ],
)
async def test_a_gesture_outside_the_contract_is_refused_and_nothing_is_queued(
    intent: str, data: Any, field: str
) -> None:
    async with serving() as agent:
        session_id = await agent.card()
        payload = {"intent": intent, "actionData": data, "uiContext": {}}
        answer = await agent.ok(SUBMIT, envelope(session_id, payload=payload))
        assert await queued(agent, session_id) == 0
        assert await submitted(agent, session_id) == []
    assert (answer["ok"], answer["code"]) == (False, "CONTRACT_VIOLATION")
    assert [violation["field"] for violation in answer["violations"]] == [field]
    assert "Contract violation in ggui_event:" in answer["message"]


async def test_a_refused_gesture_is_announced_with_what_is_wrong_with_it() -> None:
    told: list[GestureRefused] = []
    async with serving() as agent:
        session_id = await agent.card()
        agent.server.setup.bus.subscribe(GestureRefused, told.append)
        payload = {"intent": "book", "actionData": {}, "uiContext": {}}
        answer = await agent.ok(SUBMIT, envelope(session_id, payload=payload))
        await Agent(agent.server, "app:other").ok(SUBMIT, envelope(session_id, payload=payload))
        await agent.ok(SUBMIT, envelope(session_id, kind="dispatch", payload={}))
        await agent.ok(SUBMIT, envelope("nobody", payload=payload))
    (refused,) = told
    assert (refused.session_id, refused.message) == (session_id, answer["message"])
    assert refused.details == {
        "error": "contract_violation",
        "tool": "ggui_event",
        "violations": answer["violations"],
        "hint": refused.details["hint"],
        "rpcCode": -32020,
    }


async def test_a_refused_gesture_may_be_sent_again_in_order() -> None:
    async with serving() as agent:
        session_id = await agent.card()
        bad = {"intent": "book", "actionData": {}, "uiContext": {}}
        assert (await agent.ok(SUBMIT, envelope(session_id, payload=bad)))["ok"] is False
        assert (await agent.ok(SUBMIT, envelope(session_id)))["ok"] is True
        assert await queued(agent, session_id) == 1


@pytest.mark.parametrize("data", [None, {}, {"anything": 1}, [1], "text"])
async def test_an_action_without_a_schema_takes_any_payload(data: Any) -> None:
    async with serving() as agent:
        session_id = await agent.card()
        payload = {"intent": "close", "actionData": data, "uiContext": {}}
        assert (await agent.ok(SUBMIT, envelope(session_id, payload=payload)))["ok"] is True
        (event,) = (await agent.consume(session_id))["events"]
    assert event["actionData"] == data


async def test_without_actions_in_the_contract_every_gesture_passes_and_an_empty_set_refuses_all() -> None:
    async with serving() as agent:
        free, closed = await agent.card({}, {}), await agent.card({"actionSpec": {}}, {})
        payload = {"intent": "whatever", "actionData": {"a": 1}, "uiContext": {}}
        assert (await agent.ok(SUBMIT, envelope(free, payload=payload)))["ok"] is True
        assert (await agent.ok(SUBMIT, envelope(closed, payload=payload)))["code"] == "CONTRACT_VIOLATION"


@pytest.mark.spec("02 18.6")
async def test_a_repeated_action_id_is_the_same_gesture_for_good() -> None:
    told: list[GestureQueued] = []
    async with serving() as agent:
        session_id = await agent.card()
        agent.server.setup.bus.subscribe(GestureQueued, told.append)
        assert (await agent.ok(SUBMIT, envelope(session_id)))["ok"] is True
        assert (await agent.ok(SUBMIT, envelope(session_id)))["ok"] is True
        assert await queued(agent, session_id) == 1
        assert (await agent.ok(SUBMIT, envelope(session_id)))["ok"] is True
        assert await queued(agent, session_id) == 0
        assert len(await submitted(agent, session_id)) == 1
    assert told == [GestureQueued(session_id)]


async def test_the_ledger_keeps_the_row_that_consume_returns() -> None:
    async with serving() as agent:
        session_id = await agent.card()
        await agent.ok(SUBMIT, envelope(session_id))
        (event,) = (await agent.consume(session_id))["events"]
        assert await submitted(agent, session_id) == [event]


async def test_a_gesture_while_the_component_is_written_is_kept() -> None:
    writer = Writer()
    writer.held.clear()
    async with serving(writer) as agent:
        agreed = await agent.handshake()
        arguments = {"handshakeId": agreed["handshakeId"], "props": PROPS}
        rendering = asyncio.create_task(agent.ok("ggui_render", arguments))

        async def asked() -> bool:
            return bool(writer.asked)

        await until(asked)
        session_id = writer.asked[0].session_id
        assert (await agent.ok(SUBMIT, envelope(session_id)))["ok"] is True
        writer.held.set()
        await rendering
        assert await queued(agent, session_id) == 1


@pytest.mark.parametrize("changes", [{"appId": "other"}, {"sessionId": "nobody"}])
async def test_another_app_or_session_has_no_pipe(changes: dict[str, Any]) -> None:
    async with serving() as agent:
        session_id = await agent.card()
        answers = [
            await agent.ok(SUBMIT, envelope(session_id, **changes)),
            await agent.ok(SUBMIT, envelope(session_id, kind="zoom", payload={}, **changes)),
        ]
        assert await queued(agent, session_id) == 0
    for answer in answers:
        assert answer == {
            "ok": False,
            "code": "PIPE_NOT_FOUND",
            "message": "There is no session that takes this gesture.",
        }


async def test_a_full_pipe_takes_no_more() -> None:
    def provide(setup: Setup) -> None:
        setup.provide(SessionStore, MemorySessionStore(SessionLimits(pipe=1)))

    async with serving((), plugin("small", provide=provide)) as agent:
        session_id = await agent.card()
        assert (await agent.ok(SUBMIT, envelope(session_id)))["ok"] is True
        answer = await agent.ok(SUBMIT, envelope(session_id, actionId="g2"))
    assert (answer["code"], answer["message"]) == ("PIPE_NOT_FOUND", "Too many gestures wait for the agent.")


async def test_the_first_gesture_marks_the_card_as_touched() -> None:
    async with serving() as agent:
        session_id = await agent.card()
        await agent.ok(SUBMIT, envelope(session_id))
        delivery = (await agent.stored(session_id)).delivery
    assert delivery is not None
    assert (delivery.state, delivery.rung) == ("touched", "relay")

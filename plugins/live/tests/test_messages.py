"""What a view may send, and what it hears of it (spec 01 sections 15.1, 15.3, 15.6 and 15.7)."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest

from ggui_core.consumers import ActiveConsumers
from ggui_core.protocol.session import EventPage, Gesture, Session
from ggui_core.testing import FakeClock

from .serving import LiveServer, View, serving, until


def action(session: Session, name: Any = "book", data: Any = None, **members: Any) -> dict[str, Any]:
    return {
        "sessionId": session.id,
        "type": "data:submit",
        "payload": {"action": name, "data": {"id": "r1"} if data is None else data},
        **members,
    }


async def ledger(live: LiveServer, session: Session) -> list[dict[str, Any]]:
    page = await live.stage.events(session.id, 0, 100)
    assert isinstance(page, EventPage)
    return [event.wire() for event in page.events if event.type == "user.submitted"]


async def queued(live: LiveServer, session: Session) -> list[Gesture]:
    batch = await live.stage.store.lease(session.id, "look", live.stage.now_ms())
    await live.stage.store.release(session.id, "look")
    return list(batch.gestures)


def code_of(frame: dict[str, Any]) -> str:
    assert frame["type"] == "error", frame
    code: str = frame["payload"]["code"]
    return code


# Envelopes


@pytest.mark.parametrize(
    ("text", "code", "request_id"),
    [
        ("", "INVALID_JSON", None),
        ("{", "INVALID_JSON", None),
        ("{'type':'ping'}", "INVALID_JSON", None),
        ('{"type":"ping"}}', "INVALID_JSON", None),
        ("NaN", "INVALID_JSON", None),
        ("[" * 5_000, "INVALID_JSON", None),
        ("null", "INVALID_MESSAGE", None),
        ("[]", "INVALID_MESSAGE", None),
        ('"ping"', "INVALID_MESSAGE", None),
        ("{}", "INVALID_MESSAGE", None),
        ('{"type":5,"requestId":"r"}', "INVALID_MESSAGE", "r"),
        ('{"type":null,"payload":{}}', "INVALID_MESSAGE", None),
        ('{"type":"dance","payload":{},"requestId":"r"}', "UNSUPPORTED_MESSAGE", "r"),
        ('{"type":"dance"}', "UNSUPPORTED_MESSAGE", None),
        ('{"type":"ack","payload":{}}', "UNSUPPORTED_MESSAGE", None),
        ('{"type":"action","requestId":"r"}', "INVALID_MESSAGE", "r"),
        ('{"type":"action","payload":[],"requestId":"r"}', "INVALID_MESSAGE", "r"),
        ('{"type":"host_context_observed"}', "INVALID_MESSAGE", None),
        ('{"type":"channel_subscribe","payload":null}', "INVALID_MESSAGE", None),
        ('{"type":"subscribe","requestId":"r"}', "INVALID_MESSAGE", "r"),
    ],
)
async def test_what_is_no_message_is_answered_and_the_socket_stays(
    live: LiveServer, text: str, code: str, request_id: str | None
) -> None:
    view = await live.open(bearer="phone")
    await view.socket.send_str(text)
    frame = await view.next()
    assert (code_of(frame), frame.get("requestId")) == (code, request_id)
    assert (await view.ask("ping", {}))["type"] == "pong"
    await view.socket.close()


async def test_many_arrays_in_one_message_are_refused(live: LiveServer) -> None:
    session = await live.stage.render()
    view, _ = await live.view(session)
    await view.socket.send_str(json.dumps({"type": "ping", "payload": {"x": [[]] * 260_000}}))
    assert code_of(await view.next()) == "INVALID_MESSAGE"
    await view.socket.close()


@pytest.mark.parametrize("request_id", ["", None, 5, ["x"]])
async def test_only_a_request_id_that_is_one_is_echoed(live: LiveServer, request_id: Any) -> None:
    view = await live.open(bearer="phone")
    frame = await view.ask("ping", {}, requestId=request_id)
    assert frame == {"type": "pong", "payload": {}}
    await view.socket.close()


@pytest.mark.spec("01 22.8")
@pytest.mark.parametrize("payload", [{}, None, {"later": 1}])
async def test_a_ping_is_a_pong_before_and_after_the_subscription(live: LiveServer, payload: Any) -> None:
    session = await live.stage.render()
    for view in (await live.open(bearer="phone"), (await live.view(session))[0]):
        frame = await view.ask("ping", payload, requestId="p")
        assert frame == {"type": "pong", "payload": {}, "requestId": "p"}
        await view.socket.close()


# Actions


async def test_an_action_is_queued_recorded_and_acknowledged(live: LiveServer, clock: FakeClock) -> None:
    session = await live.stage.render()
    view, _ = await live.view(session)
    await clock.advance(2)
    frame = await view.ask("action", action(session, clientSeq=7, schemaVersion="x"), requestId="a1")
    (gesture,) = await queued(live, session)
    assert frame == {
        "type": "ack",
        "payload": {
            "sequence": 2,
            "timestamp": 1_800_000_002_000,
            "actionId": gesture.action_id,
            "consumerPresent": False,
        },
        "requestId": "a1",
    }
    assert re.fullmatch("[0-9a-f]{8}", gesture.action_id)
    assert gesture == Gesture(
        gesture.action_id, "book", {"id": "r1"}, {}, "2027-01-15T08:00:02.000Z", "reserve_room"
    )
    (event,) = await ledger(live, session)
    assert event["data"] == {
        "sessionId": session.id,
        "type": "data:submit",
        "payload": {"action": "book", "data": {"id": "r1"}, "tool": "reserve_room"},
        "actionId": gesture.action_id,
        "clientSeq": 7,
        "schemaVersion": "x",
    }
    await view.socket.close()


async def test_the_ack_says_whether_an_agent_was_listening(live: LiveServer) -> None:
    session = await live.stage.render()
    view, _ = await live.view(session)
    consumers = live.setup.get(ActiveConsumers)
    assert (await view.ask("action", action(session)))["payload"]["consumerPresent"] is False
    assert (await consumers.attendance(session.id)).missed, "the view rings the doorbell now"
    await consumers.arrive(session.id)
    assert (await view.ask("action", action(session)))["payload"]["consumerPresent"] is True
    assert not (await consumers.attendance(session.id)).missed
    await view.socket.close()


async def test_the_tool_that_a_view_names_stays_in_the_record_alone(live: LiveServer) -> None:
    session = await live.stage.render()
    view, _ = await live.view(session)
    envelope = action(session)
    envelope["payload"]["tool"] = "another"
    assert (await view.ask("action", envelope))["type"] == "ack"
    assert (await ledger(live, session))[0]["data"]["payload"]["tool"] == "another"
    assert (await queued(live, session))[0].tool == "reserve_room"
    await view.socket.close()


async def test_a_void_action_needs_no_data(live: LiveServer) -> None:
    session = await live.stage.render()
    view, _ = await live.view(session)
    envelope = {"sessionId": session.id, "type": "data:submit", "payload": {"action": "refresh"}}
    assert (await view.ask("action", envelope))["type"] == "ack"
    (gesture,) = await queued(live, session)
    assert (gesture.data, gesture.tool) == (None, None)
    assert (await ledger(live, session))[0]["data"]["payload"] == {"action": "refresh", "data": None}
    await view.socket.close()


@pytest.mark.spec("01 23.12")
async def test_an_id_that_the_view_brings_makes_a_repetition_harmless(live: LiveServer) -> None:
    session = await live.stage.render()
    view, _ = await live.view(session)
    envelope = action(session, actionId="371ed62c", uiContext={"filter": "x"})
    first = await view.ask("action", envelope)
    second = await view.ask("action", envelope)
    assert first["payload"]["actionId"] == second["payload"]["actionId"] == "371ed62c"
    (gesture,) = await queued(live, session)
    assert gesture.ui_context == {"filter": "x"}
    assert len(await ledger(live, session)) == 1
    await view.socket.close()


@pytest.mark.spec("01 23.12")
async def test_a_repeated_frame_is_one_gesture_by_its_client_seq(live: LiveServer) -> None:
    session = await live.stage.render()
    (view, _), (tab, _) = await live.view(session), await live.view(session)
    first = await view.ask("action", action(session, clientSeq=1))
    retried = await view.ask("action", action(session, clientSeq=1))
    assert first["payload"]["actionId"] == retried["payload"]["actionId"]
    assert len(await queued(live, session)) == 1
    others = [
        await view.ask("action", action(session, data={"id": "r2"}, clientSeq=1)),  # counts anew, it seems
        await view.ask("action", action(session, clientSeq=2)),
        await view.ask("action", action(session)),
        await view.ask("action", action(session)),
        await tab.ask("action", action(session, clientSeq=1)),
    ]
    ids = {first["payload"]["actionId"], *(frame["payload"]["actionId"] for frame in others)}
    assert len(ids) == len(await queued(live, session)) == 6
    for one in (view, tab):
        await one.socket.close()


@pytest.mark.parametrize(
    ("name", "data", "field", "keyword"),
    [
        ("book", {}, "book.data.id", "required"),
        ("book", {"id": 5}, "book.data.id", "type"),
        ("book", {"id": "r1", "more": 1}, "book.data.more", None),
        ("steal", {"id": "r1"}, "action", None),
        (5, {"id": "r1"}, "action", "required"),
        ("", {"id": "r1"}, "action", "required"),
    ],
)
async def test_what_breaks_the_contract_is_told_and_leaves_nothing(
    live: LiveServer, name: Any, data: Any, field: str, keyword: str | None
) -> None:
    session = await live.stage.render()
    view, _ = await live.view(session)
    frame = await view.ask("action", action(session, name, data), requestId="a7")
    assert (code_of(frame), frame["requestId"]) == ("CONTRACT_VIOLATION", "a7")
    assert frame["payload"]["message"].startswith("Contract violation in ggui_event:")
    details = frame["payload"]["details"]
    assert (details["error"], details["tool"], details["rpcCode"]) == (
        "contract_violation",
        "ggui_event",
        -32020,
    )
    assert details["violations"][0]["field"] == field
    if keyword is not None:
        assert details["violations"][0]["keyword"] == keyword
    assert await queued(live, session) == []
    assert await ledger(live, session) == []
    await view.socket.close()


async def test_an_envelope_without_a_payload_names_no_action(live: LiveServer) -> None:
    session = await live.stage.render()
    view, _ = await live.view(session)
    frame = await view.ask("action", {"sessionId": session.id, "type": "data:submit"})
    assert code_of(frame) == "CONTRACT_VIOLATION"
    assert await ledger(live, session) == []
    await view.socket.close()


@pytest.mark.parametrize(
    "change",
    [
        {"type": "data:other"},
        {"type": None},
        {"payload": []},
        {"payload": "x"},
        {"sessionId": 5},
        {"actionId": 5},
        {"actionId": ""},
        {"actionId": "x" * 129},
    ],
)
async def test_an_envelope_of_another_shape_is_no_action(live: LiveServer, change: dict[str, Any]) -> None:
    session = await live.stage.render()
    view, _ = await live.view(session)
    assert code_of(await view.ask("action", {**action(session), **change})) == "INVALID_MESSAGE"
    assert await queued(live, session) == []
    await view.socket.close()


async def test_who_has_not_subscribed_does_nothing(live: LiveServer) -> None:
    session = await live.stage.render()
    view = await live.open(live.token(session))
    observed = {"sessionId": session.id, "hostContext": {"locale": "de"}}
    assert code_of(await view.ask("action", action(session), requestId="r")) == "NOT_SUBSCRIBED"
    assert code_of(await view.ask("host_context_observed", observed)) == "NOT_SUBSCRIBED"
    kept = await live.stage.store.session(session.id, None)
    assert kept is not None
    assert kept.host_context is None
    assert await queued(live, session) == []
    await view.socket.close()


async def test_a_subscriber_acts_on_its_own_session_only(live: LiveServer) -> None:
    session, other = await live.stage.render(), await live.stage.render()
    view, _ = await live.view(session)
    assert code_of(await view.ask("action", action(other))) == "SESSION_MISMATCH"
    observed = {"sessionId": other.id, "hostContext": {}}
    assert code_of(await view.ask("host_context_observed", observed)) == "SESSION_MISMATCH"
    assert await queued(live, other) == []
    await view.socket.close()


async def test_a_session_that_is_gone_takes_nothing(live: LiveServer) -> None:
    session = await live.stage.render()
    view, _ = await live.view(session)
    await live.stage.store.remove(session.id)  # and nobody has said so yet
    assert code_of(await view.ask("action", action(session))) == "SESSION_NOT_FOUND"
    assert await queued(live, session) == []
    await view.socket.close()


@pytest.mark.spec("01 23.11")
async def test_a_gesture_that_was_not_kept_is_no_ack_and_nothing_of_it_is_left(
    live: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await live.stage.render()
    view, _ = await live.view(session)

    async def full(*_: object) -> tuple[str, int]:
        return "full", 1

    async def broken(*_: object) -> tuple[str, int]:
        raise OSError("disk gone at /var/lib")

    for store in (full, broken):
        monkeypatch.setattr(live.stage.store, "append_gesture", store)
        frame = await view.ask("action", action(session), requestId="r")
        assert (code_of(frame), frame["requestId"]) == ("APPEND_FAILED", "r")
        assert "/var" not in str(frame)
    monkeypatch.undo()
    assert await queued(live, session) == []
    assert await ledger(live, session) == []
    assert (await view.ask("action", action(session)))["type"] == "ack"
    await view.socket.close()


async def test_a_gesture_is_kept_although_its_view_hangs_up_meanwhile(
    live: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await live.stage.render()
    view, _ = await live.view(session)
    started, go_on = asyncio.Event(), asyncio.Event()
    append = live.stage.store.append_gesture

    async def slow(*arguments: Any) -> Any:
        started.set()
        await go_on.wait()
        return await append(*arguments)

    monkeypatch.setattr(live.stage.store, "append_gesture", slow)
    await view.send("action", action(session))
    await started.wait()
    transport = view.socket._response.connection
    assert transport is not None
    assert transport.transport is not None
    transport.transport.abort()
    await until(lambda: len(live.channel.hub) == 0)
    go_on.set()
    await until(lambda: live.setup.calls.tasks == 0)
    assert len(await queued(live, session)) == 1


async def test_too_many_messages_are_slowed_down(clock: FakeClock) -> None:
    limits = {"limits": {"callsPerSecond": 1, "burst": 3}}
    async with serving(clock=clock, config=limits) as live:
        session = await live.stage.render()
        view, _ = await live.view(session)
        answers = [await view.ask("action", action(session), requestId=str(n)) for n in range(5)]
        assert [answer["type"] for answer in answers] == ["ack"] * 3 + ["error"] * 2
        assert code_of(answers[3]) == "RATE_LIMITED"
        assert answers[3]["payload"]["details"] == {"retryAfterMs": 1000}
        assert len(await queued(live, session)) == 3
        await clock.advance(1)
        assert (await view.ask("action", action(session)))["type"] == "ack"
        await view.socket.close()


# Order


async def test_messages_of_one_socket_are_handled_one_after_another(
    live: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await live.stage.render()
    append = live.stage.store.append_gesture
    delays = iter([0.02, 0, 0.01, 0, 0] * 10)

    async def uneven(*arguments: Any) -> Any:
        await asyncio.sleep(next(delays))
        return await append(*arguments)

    monkeypatch.setattr(live.stage.store, "append_gesture", uneven)
    token = live.token(session)
    view = await live.open(token)
    # As views do: everything right behind the subscription, without waiting for its ack.
    await view.send("subscribe", {"sessionId": session.id, "wsToken": token}, requestId="s")
    for number in range(40):
        await view.send("action", action(session, data={"id": str(number)}), requestId=f"a{number}")
        await view.send("ping", {}, requestId=f"p{number}")
    answers = [await view.next() for _ in range(81)]
    assert [answer["requestId"] for answer in answers] == [
        "s",
        *(f"{kind}{number}" for number in range(40) for kind in "ap"),
    ]
    assert {answer["type"] for answer in answers} == {"ack", "pong"}
    assert [gesture.data["id"] for gesture in await queued(live, session)] == [str(n) for n in range(40)]
    sequences = [a["payload"]["sequence"] for a in answers[1:] if a["type"] == "ack"]
    assert sequences == list(range(2, 42))
    await view.socket.close()


async def test_one_view_that_waits_for_the_store_holds_up_no_other(
    live: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, other = await live.stage.render(), await live.stage.render()
    waiting, quick = (await live.view(session))[0], (await live.view(other))[0]
    go_on = asyncio.Event()
    append = live.stage.store.append_gesture

    async def slow_for_one(session_id: str, *arguments: Any) -> Any:
        if session_id == session.id:
            await go_on.wait()
        return await append(session_id, *arguments)

    monkeypatch.setattr(live.stage.store, "append_gesture", slow_for_one)
    await waiting.send("action", action(session))
    assert (await quick.ask("action", action(other)))["type"] == "ack"
    await live.stage.emit(session.id, "tick", 1)
    assert (await waiting.next())["type"] == "data", "live frames do not wait for the answer"
    go_on.set()
    assert (await waiting.next())["type"] == "ack"
    for view in (waiting, quick):
        await view.socket.close()


# Host context and polled channels


async def test_what_a_view_observes_of_its_host_is_kept_without_an_answer(live: LiveServer) -> None:
    session = await live.stage.render()
    view, _ = await live.view(session)
    observed = {"locale": "de", "containerDimensions": {"width": 320}}
    await view.send("host_context_observed", {"sessionId": session.id, "hostContext": observed})
    assert await view.until_quiet() == []
    kept = await live.stage.store.session(session.id, None)
    assert kept is not None
    assert kept.host_context == observed
    for wrong in (None, [], "x"):
        payload = {"sessionId": session.id, "hostContext": wrong}
        assert code_of(await view.ask("host_context_observed", payload)) == "INVALID_MESSAGE"
    await view.socket.close()


@pytest.mark.spec("01 22.8")
async def test_polled_channels_are_left_to_the_host(live: LiveServer) -> None:
    session = await live.stage.render()
    view, _ = await live.view(session)
    fresh = await live.open(bearer="phone")

    async def refused(one: View, session_id: str) -> str:
        wanted = {"sessionId": session_id, "appId": "builder", "channelName": "level"}
        frame = await one.ask("channel_subscribe", wanted, requestId="c")
        assert (frame["type"], frame["requestId"]) == ("channel_error", "c")
        assert (frame["payload"]["sessionId"], frame["payload"]["channelName"]) == (session_id, "level")
        code: str = frame["payload"]["code"]
        return code

    assert await refused(view, session.id) == "CHANNEL_NOT_LOCAL"
    assert await refused(view, "another") == "SUBSCRIBE_UNAUTHORIZED"
    assert await refused(fresh, session.id) == "SUBSCRIBE_UNAUTHORIZED"
    await view.send("channel_unsubscribe", {"sessionId": session.id, "channelName": "level"})
    assert await view.until_quiet() == []
    for one in (view, fresh):
        await one.socket.close()

"""``ggui_runtime_refresh_ws_token`` and ``ggui_runtime_pull`` (spec 02 sections 7.3 and 7.4)."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from ggui_core.bus import AnnouncementsMissed, GestureRefused, StreamEmitted
from ggui_core.protocol.session import Emission, Session, Tenant
from ggui_core.testing import FakeClock
from ggui_core.tokens import TokenSigner

from .serving import LiveServer, until

# Refresh


async def refresh(live: LiveServer, envelope: str, bearer: str = "phone") -> dict[str, Any]:
    result = await live.server.call_tool(
        "ggui_runtime_refresh_ws_token", {"envelope": envelope}, bearer=bearer
    )
    assert result["isError"] is False
    output: dict[str, Any] = result["structuredContent"]
    return output


async def test_a_token_is_exchanged_for_a_new_one_in_its_window(live: LiveServer, clock: FakeClock) -> None:
    session = await live.stage.render()
    token = live.token(session)
    for seconds in (0, 180, 180):
        await clock.advance(seconds)
        output = await refresh(live, token)
        assert output["ok"] is True
        assert set(output) == {"ok", "envelope", "expiresAt"}
        claims = live.setup.get(TokenSigner).verify(output["envelope"], "ws")
        assert (claims.session_id, claims.app_id) == (session.id, "builder")
        assert claims.issued_at == int(clock.now())
        assert claims.expires_at - claims.issued_at == 180
    assert output["expiresAt"] == "2027-01-15T08:09:00.000Z"


async def test_a_token_past_its_window_is_not(live: LiveServer, clock: FakeClock) -> None:
    token = live.token(await live.stage.render())
    await clock.advance(361)
    output = await refresh(live, token)
    assert (output["ok"], output["code"]) == (False, "REFRESH_WINDOW_CLOSED")
    assert output["message"]
    assert set(output) == {"ok", "code", "message"}


async def test_whatever_is_wrong_with_it_otherwise_looks_the_same(live: LiveServer) -> None:
    session, gone = await live.stage.render(), await live.stage.render()
    hers = await live.stage.render(Tenant("garden", "fern"))
    good, of_gone = live.token(session), live.token(gone)
    await live.stage.expire(gone.id)
    answers = [
        await refresh(live, "x"),
        await refresh(live, good[:-2] + "AA"),
        await refresh(live, live.token(session, kind="viewer")),
        await refresh(live, live.token(session, app_id="another")),
        await refresh(live, of_gone),
        await refresh(live, live.token(hers)),  # not the phone's
        await refresh(live, live.token(hers), bearer="reed"),
        await refresh(live, good, bearer="fern"),
    ]
    assert all(answer == answers[0] for answer in answers)
    assert (answers[0]["ok"], answers[0]["code"]) == (False, "BOOTSTRAP_INVALID")
    assert (await refresh(live, live.token(hers), bearer="fern"))["ok"] is True


@pytest.mark.spec("01 23.1")
async def test_refreshing_goes_on_only_as_long_as_the_session(live: LiveServer, clock: FakeClock) -> None:
    session = await live.stage.render()
    token = live.token(session)
    for _ in range(5):
        await clock.advance(170)
        token = (await refresh(live, token))["envelope"]
    await live.stage.expire(session.id)
    assert (await refresh(live, token))["code"] == "BOOTSTRAP_INVALID"


@pytest.mark.spec("01 23.4")
async def test_the_token_of_an_ack_renews_for_hours_for_the_owner_alone(
    live: LiveServer, clock: FakeClock
) -> None:
    hers = await live.stage.render(Tenant("garden", "fern"), expires_at_ms=live.stage.now_ms() + 86_400_000)
    view, ack = await live.view(hers)
    await view.socket.close()
    kept = ack["payload"]["sessionToken"]
    await clock.advance(14_399)
    renewed = (await refresh(live, kept, bearer="fern"))["envelope"]
    assert live.setup.get(TokenSigner).verify(renewed, "ws").session_id == hers.id
    assert (await refresh(live, kept, bearer="reed"))["code"] == "BOOTSTRAP_INVALID"
    await clock.advance(1)
    assert (await refresh(live, kept, bearer="fern"))["code"] == "BOOTSTRAP_INVALID"


async def test_an_empty_envelope_is_an_invalid_argument(live: LiveServer) -> None:
    result = await live.server.call_tool("ggui_runtime_refresh_ws_token", {"envelope": ""}, bearer="phone")
    assert result["isError"] is True
    assert "-32602" in result["content"][0]["text"]


# Pull


async def pull(live: LiveServer, session_id: str, *, bearer: str = "phone", **cursors: Any) -> dict[str, Any]:
    arguments = {"sessionId": session_id, **cursors}
    result = await live.server.call_tool("ggui_runtime_pull", arguments, bearer=bearer)
    assert result["isError"] is False, result
    output: dict[str, Any] = result["structuredContent"]
    return output


async def parked(live: LiveServer, session: Session, **cursors: Any) -> asyncio.Task[dict[str, Any]]:
    """A pull that waits."""
    before = live.channel.hub.count(session.id)
    call = asyncio.create_task(pull(live, session.id, **cursors))
    most = before + (2 if "streamSince" in cursors else 1)
    await until(lambda: live.channel.hub.count(session.id) >= min(most, before + 1))
    await until(lambda: live.setup.calls.tasks >= 1)
    return call


async def test_a_page_of_the_ledger(live: LiveServer) -> None:
    session = await live.stage.render()
    for number in range(150):
        await live.stage.update(session.id, title=str(number))
    page = await pull(live, session.id)
    assert [event["seq"] for event in page["events"]] == list(range(1, 101))
    assert (page["lastSequence"], page["hasMore"]) == (151, True)
    assert set(page) == {"events", "lastSequence", "hasMore"}
    page = await pull(live, session.id, sinceSequence=100, limit=5_000)
    assert [event["seq"] for event in page["events"]] == list(range(101, 152))
    assert page["events"][0]["type"] == "ui.updated"
    page = await pull(live, session.id, sinceSequence=149, limit=1)
    assert ([event["seq"] for event in page["events"]], page["hasMore"]) == ([150], True)
    page = await pull(live, session.id, sinceSequence=151)
    assert page == {"events": [], "lastSequence": 151, "hasMore": False}


async def test_an_id_that_is_none_of_ours_is_not_repeated(live: LiveServer) -> None:
    result = await live.server.call_tool(
        "ggui_runtime_pull", {"sessionId": "x" * 129, "wait": 10}, bearer="phone"
    )
    assert result["_meta"]["ai.ggui/error"]["code"] == "invalid_arguments"
    assert "xxx" not in result["content"][0]["text"]


async def test_a_refused_gesture_does_not_end_a_hold(live: LiveServer, clock: FakeClock) -> None:
    session = await live.stage.render()
    call = await parked(live, session, sinceSequence=1, wait=10)
    await live.setup.bus.publish(GestureRefused(session.id, "g1", "No.", {}))
    await asyncio.sleep(0.02)
    assert not call.done()
    await clock.advance(10)
    assert (await call)["events"] == []


async def test_a_cursor_outside_of_the_ledger_is_a_normal_answer(live: LiveServer) -> None:
    session = await live.stage.render()
    answer = await pull(live, session.id, sinceSequence=5, wait=10)
    assert answer == {"reason": "REPLAY_HORIZON_PASSED", "currentSequence": 1}


@pytest.mark.parametrize("wait", [10, 20, 9_999])
async def test_an_empty_page_is_held_until_something_happens(
    live: LiveServer, clock: FakeClock, wait: float
) -> None:
    session = await live.stage.render()
    call = await parked(live, session, sinceSequence=1, wait=wait)
    await live.stage.update(session.id, title="second")
    page = await call  # the clock stands still: nothing but the event can have woken it
    assert [event["seq"] for event in page["events"]] == [2]


@pytest.mark.spec("02 19.18")
@pytest.mark.parametrize(("wait", "held_s"), [(3, 3), (15, 15), (20, 15), (9_999, 15)])
async def test_it_is_held_no_longer_than_asked_and_than_fifteen_seconds(
    live: LiveServer, clock: FakeClock, wait: float, held_s: float
) -> None:
    session = await live.stage.render()
    call = await parked(live, session, sinceSequence=1, wait=wait)
    await until(lambda: clock.sleepers == 2)  # the hold, and the watch over the time of sessions
    await clock.advance(held_s - 0.01)
    assert not call.done()
    await clock.advance(0.01)
    async with asyncio.timeout(20):
        assert await call == {"events": [], "lastSequence": 1, "hasMore": False}
    await until(lambda: len(live.channel.hub) == 0)


async def test_every_kind_of_event_wakes_it(live: LiveServer) -> None:
    session = await live.stage.render(committed=False)
    call = await parked(live, session, sinceSequence=0, wait=10)
    await live.stage.commit(session.id)
    assert [event["type"] for event in (await call)["events"]] == ["ui.created"]
    view, _ = await live.view(session)
    call = await parked(live, session, sinceSequence=1, wait=10)
    envelope = {"sessionId": session.id, "type": "data:submit", "payload": {"action": "refresh"}}
    await view.ask("action", envelope)
    assert [event["type"] for event in (await call)["events"]] == ["user.submitted"]
    await view.socket.close()


async def test_a_hang_up_ends_the_hold(live: LiveServer, clock: FakeClock) -> None:
    session = await live.stage.render()
    call = await parked(live, session, sinceSequence=1, wait=10)
    call.cancel()
    await until(lambda: len(live.channel.hub) == 0 and live.setup.calls.tasks == 0)
    assert clock.sleepers == 1, "the watch over the time of sessions"


async def test_what_is_not_there_and_what_is_not_the_caller_s_look_the_same(live: LiveServer) -> None:
    hers = await live.stage.render(Tenant("garden", "fern"))
    gone = await live.stage.render()
    await live.stage.expire(gone.id)
    results = []
    for session_id, bearer in ((hers.id, "phone"), (hers.id, "reed"), (gone.id, "phone"), ("x", "phone")):
        result = await live.server.call_tool("ggui_runtime_pull", {"sessionId": session_id}, bearer=bearer)
        results.append(str(result).replace(f"'{session_id}'", "'X'"))
    assert len(set(results)) == 1
    assert "session_not_found: " in results[0]
    assert "'isError': True" in results[0]
    assert (await pull(live, hers.id, bearer="fern"))["events"]


async def test_a_session_that_ends_meanwhile_is_not_found(live: LiveServer) -> None:
    session = await live.stage.render()
    arguments = {"sessionId": session.id, "sinceSequence": 1, "wait": 10}
    call = asyncio.create_task(live.server.call_tool("ggui_runtime_pull", arguments, bearer="phone"))
    await until(lambda: live.channel.hub.count(session.id) == 1)
    await live.stage.expire(session.id)
    result = await call
    assert result["_meta"]["ai.ggui/error"]["code"] == "session_not_found"


@pytest.mark.parametrize(
    "wrong", [{"sessionId": ""}, {"sinceSequence": -1}, {"limit": 0}, {"wait": -1}, {"streamSince": -1}]
)
async def test_arguments_that_make_no_sense_are_refused(live: LiveServer, wrong: dict[str, Any]) -> None:
    session = await live.stage.render()
    arguments = {"sessionId": session.id, **wrong}
    result = await live.server.call_tool("ggui_runtime_pull", arguments, bearer="phone")
    assert "-32602" in result["content"][0]["text"]


# Pull: streams


@pytest.mark.spec("02 19.17")
async def test_stream_deliveries_come_along_with_a_pull(live: LiveServer) -> None:
    session = await live.stage.render()
    for channel, payload in (("log", 10), ("tick", 20), ("level", None)):
        await live.stage.emit(session.id, channel, payload)
    without = await pull(live, session.id, sinceSequence=1)
    assert set(without) == {"events", "lastSequence", "hasMore"}
    page = await pull(live, session.id, sinceSequence=1, streamSince=0)
    assert page["emissions"] == [
        {"channel": "log", "mode": "append", "payload": 10, "seq": 1},
        {"channel": "level", "mode": "replace", "payload": None, "seq": 3},
    ]
    assert page["streamSeq"] == 3
    again = await pull(live, session.id, sinceSequence=1, streamSince=3)
    assert (again["emissions"], again["streamSeq"]) == ([], 3)


@pytest.mark.spec("02 19.17")
async def test_a_delivery_wakes_it_on_a_channel_that_keeps_nothing_too(live: LiveServer) -> None:
    session = await live.stage.render()
    call = await parked(live, session, sinceSequence=1, streamSince=0, wait=10)
    await live.stage.emit(session.id, "tick", {"n": 1}, complete=True)
    page = await call
    assert page["emissions"] == [
        {"channel": "tick", "mode": "append", "payload": {"n": 1}, "seq": 1, "complete": True}
    ]
    assert (page["streamSeq"], page["events"]) == (1, [])


async def test_what_is_emitted_between_two_pulls_is_not_lost(live: LiveServer, clock: FakeClock) -> None:
    session = await live.stage.render()
    cursor = (await pull(live, session.id, sinceSequence=1, streamSince=0))["streamSeq"]
    heard: list[int] = []
    for number in range(50):
        for channel in ("tick", "log", "level"):
            await live.stage.emit(session.id, channel, number)
        await clock.advance(1)
        if number % 7 == 0:
            page = await pull(live, session.id, sinceSequence=1, streamSince=cursor)
            heard += [emission["seq"] for emission in page["emissions"]]
            cursor = page["streamSeq"]
    page = await pull(live, session.id, sinceSequence=1, streamSince=cursor)
    heard += [emission["seq"] for emission in page["emissions"]]
    assert heard == list(range(1, 151))


async def test_an_answer_that_got_lost_can_be_pulled_again(live: LiveServer) -> None:
    session = await live.stage.render()
    await pull(live, session.id, sinceSequence=1, streamSince=0)
    await live.stage.emit(session.id, "tick", 1)
    first = await pull(live, session.id, sinceSequence=1, streamSince=0)
    assert await pull(live, session.id, sinceSequence=1, streamSince=0) == first
    assert len(first["emissions"]) == 1


async def test_a_delivery_comes_once_whether_or_not_it_was_announced(live: LiveServer) -> None:
    session = await live.stage.render()
    await pull(live, session.id, sinceSequence=1, streamSince=0)
    now_ms = live.stage.now_ms()
    seq = await live.stage.store.emit(
        session.id, "tick", "append", 1, complete=False, replay="none", now_ms=now_ms
    )
    page = await pull(live, session.id, sinceSequence=1, streamSince=0)
    assert ([emission["seq"] for emission in page["emissions"]], page["streamSeq"]) == ([seq], seq)
    await live.setup.bus.publish(StreamEmitted(session.id, Emission("tick", "append", 1, seq)))
    assert (await pull(live, session.id, sinceSequence=1, streamSince=seq))["emissions"] == []


async def test_a_gap_in_the_announcements_ends_a_hold_when_there_is_something(live: LiveServer) -> None:
    session = await live.stage.render()
    call = await parked(live, session, sinceSequence=1, streamSince=0, wait=10)
    await live.setup.bus.publish(AnnouncementsMissed())
    await asyncio.sleep(0.02)
    assert not call.done()
    now_ms = live.stage.now_ms()
    await live.stage.store.emit(session.id, "tick", "append", 1, complete=False, replay="none", now_ms=now_ms)
    await live.setup.bus.publish(AnnouncementsMissed())
    assert [emission["seq"] for emission in (await call)["emissions"]] == [1]


async def test_a_cursor_of_before_a_restart_is_reset(live: LiveServer) -> None:
    session = await live.stage.render()
    await live.stage.emit(session.id, "log", 1)
    page = await pull(live, session.id, sinceSequence=1, streamSince=99)
    assert (page["emissions"], page["streamSeq"]) == ([], 1)


async def test_the_newest_deliveries_are_kept_within_bounds(live: LiveServer) -> None:
    session = await live.stage.render()
    await pull(live, session.id, sinceSequence=1, streamSince=0)
    for number in range(300):
        await live.stage.emit(session.id, "tick", number)
    page = await pull(live, session.id, sinceSequence=1, streamSince=0)
    assert [emission["seq"] for emission in page["emissions"]] == list(range(45, 301))
    for _ in range(5):
        await live.stage.emit(session.id, "tick", "x" * 300_000)
    page = await pull(live, session.id, sinceSequence=1, streamSince=300)
    assert [emission["seq"] for emission in page["emissions"]] == [303, 304, 305]


# Both


async def test_they_are_listed_for_the_view_alone(live: LiveServer) -> None:
    answer = await live.server.rpc("tools/list", {}, bearer="phone")
    tools = {tool["name"]: tool for tool in answer["result"]["tools"]}
    for name in ("ggui_runtime_refresh_ws_token", "ggui_runtime_pull"):
        assert tools[name]["_meta"]["ui"]["visibility"] == ["app"]
    tools.pop("read_meter")
    size = sum(len(json.dumps(tool, separators=(",", ":"))) for tool in tools.values())
    assert size < 2_200, "ruling 19: tools/list is read by every model that connects"

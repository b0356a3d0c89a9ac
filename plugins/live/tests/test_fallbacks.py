"""The HTTP rungs: statuses, bodies, headers, and a stream that says what the socket says (spec 01 section 17)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from ggui_core.bus import GestureRefused
from ggui_core.protocol.session import Session
from ggui_core.testing import FakeClock
from ggui_core.tokens import TokenSigner

from .serving import LiveServer, serving, until

RUNGS = ("stream", "events", "state")
ALWAYS = 1
"""Who sleeps whatever happens: the watch over the time of sessions."""
QUERY = {"stream": "", "events": "&sinceSequence=0", "state": ""}


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    headers: Any


async def get(live: LiveServer, session_id: str, rung: str, token: str | None, more: str = "") -> Answer:
    query = ("" if token is None else f"wsToken={token}") + (more or QUERY[rung])
    url = f"{live.base_url}/api/sessions/{session_id}/{rung}?{query}"
    async with live.client.get(url, headers={"Origin": "null"}) as response:
        return Answer(response.status, await response.text(), response.headers)


# Who may


@pytest.mark.spec("01 22.9", "01 22.10")
@pytest.mark.parametrize("rung", RUNGS)
async def test_the_token_decides_first_and_every_page_can_read_whether_it_is_late_or_wrong(
    live: LiveServer, clock: FakeClock, rung: str
) -> None:
    session, other = await live.stage.render(), await live.stage.render()
    old = live.token(session)
    await clock.advance(180)
    good = live.token(session)
    table: list[tuple[str, str | None, int, str]] = [
        (session.id, None, 401, "wsToken query required"),
        (session.id, "", 401, "wsToken query required"),
        (session.id, "x", 401, "wsToken invalid"),
        (session.id, good[:-2] + "AA", 401, "wsToken invalid"),
        (session.id, live.token(session, kind="session"), 401, "wsToken invalid"),
        (session.id, live.token(other), 401, "wsToken scope mismatch"),
        ("nowhere", good, 401, "wsToken scope mismatch"),
        (session.id, live.token(session, app_id="another"), 401, "wsToken scope mismatch"),
        (session.id, old, 410, "wsToken expired"),
    ]
    for session_id, token, status, text in table:
        answer = await get(live, session_id, rung, token)
        assert (answer.status, answer.text) == (status, text)
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "no-store" in answer.headers["Cache-Control"]
        assert ("WWW-Authenticate" in answer.headers) == (status == 401)


@pytest.mark.spec("01 22.9")
@pytest.mark.parametrize("rung", RUNGS)
async def test_a_session_that_is_gone_is_a_404_to_who_had_a_token(live: LiveServer, rung: str) -> None:
    session = await live.stage.render()
    token = live.token(session)
    await live.stage.expire(session.id)
    answer = await get(live, session.id, rung, token)
    assert (answer.status, answer.text) == (404, "render not found")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("rung", RUNGS)
async def test_no_bearer_and_no_cookie_opens_it(live: LiveServer, rung: str) -> None:
    session = await live.stage.render()
    url = f"{live.base_url}/api/sessions/{session.id}/{rung}?sinceSequence=0"
    headers = {"Authorization": "Bearer phone", "Cookie": "ggui_console_session=x"}
    async with live.client.get(url, headers=headers) as response:
        assert response.status == 401


@pytest.mark.parametrize(
    ("rung", "more"),
    [
        ("events", "&limit=5"),
        *(("events", f"&sinceSequence={bad}") for bad in ("", "-1", "1.5", "x", "+1", "%C2%B2", "9" * 16)),
        *(("events", f"&sinceSequence=0&limit={bad}") for bad in ("0", "501", "-1", "x", "")),
        ("stream", "&sinceSequence=x"),
        ("stream", "&fromSeq=-1"),
    ],
)
async def test_bad_cursors_are_a_400_after_the_token_and_before_the_session(
    live: LiveServer, rung: str, more: str
) -> None:
    session = await live.stage.render()
    token = live.token(session)
    await live.stage.expire(session.id)
    answer = await get(live, session.id, rung, token, more)
    assert answer.status == 400
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert (await get(live, session.id, rung, "x", more)).status == 401


async def test_too_many_requests_of_one_address_are_slowed_down(clock: FakeClock) -> None:
    async with serving(clock=clock, config={"limits": {"callsPerSecond": 1, "burst": 2}}) as live:
        session = await live.stage.render()
        statuses = [(await get(live, session.id, "state", live.token(session))).status for _ in range(3)]
        assert statuses == [200, 200, 429]
        answer = await get(live, session.id, "events", live.token(session))
        assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


# Polling


async def test_polling_pages_through_the_ledger(live: LiveServer) -> None:
    session = await live.stage.render()
    for number in range(4):
        await live.stage.update(session.id, title=str(number))
    token = live.token(session)
    first = await get(live, session.id, "events", token, "&sinceSequence=1&limit=3")
    assert first.status == 200
    body = json.loads(first.text)
    assert [event["seq"] for event in body["events"]] == [2, 3, 4]
    assert (body["lastSequence"], body["hasMore"]) == (5, True)
    assert body["events"][0]["data"]["props"] == {"title": "0"}
    rest = json.loads((await get(live, session.id, "events", token, "&sinceSequence=4")).text)
    assert ([event["seq"] for event in rest["events"]], rest["hasMore"]) == ([5], False)
    head = json.loads((await get(live, session.id, "events", token, "&sinceSequence=5")).text)
    assert head == {"events": [], "lastSequence": 5, "hasMore": False}
    assert first.headers["Cache-Control"] == "no-store, no-cache, must-revalidate"


async def test_a_cursor_outside_of_the_ledger_is_a_410_in_json(live: LiveServer) -> None:
    session = await live.stage.render()
    answer = await get(live, session.id, "events", live.token(session), "&sinceSequence=2")
    assert (answer.status, answer.headers["Content-Type"]) == (410, "application/json")
    assert json.loads(answer.text) == {"reason": "REPLAY_HORIZON_PASSED", "currentSequence": 1}


async def test_state_is_a_slice_with_a_fresh_token(live: LiveServer, clock: FakeClock) -> None:
    session = await live.stage.render()
    token = live.token(session)
    await clock.advance(100)
    answer = await get(live, session.id, "state", token)
    assert answer.status == 200
    members = json.loads(answer.text)["ai.ggui/render"]
    assert members["sessionId"] == session.id
    fresh = live.setup.get(TokenSigner).verify(members["wsToken"], "ws")
    assert fresh.expires_at == 1_800_000_280
    assert members["wsToken"] != token
    assert members["expiresAt"] == "2027-01-15T08:04:40.000Z"
    for name in ("pollingUrl", "sseUrl"):
        assert members[name].endswith(f"?wsToken={members['wsToken']}")
    answer = await get(live, session.id, "events", members["wsToken"], "&sinceSequence=0")
    assert answer.status == 200


@pytest.mark.spec("01 23.1")
async def test_a_token_alone_is_not_kept_alive_beyond_its_own_window(
    live: LiveServer, clock: FakeClock
) -> None:
    session = await live.stage.render()
    token = live.token(session)
    ends = []
    for _ in range(3):
        await clock.advance(119)
        answer = await get(live, session.id, "state", token)
        assert answer.status == 200
        token = json.loads(answer.text)["ai.ggui/render"]["wsToken"]
        ends.append(live.setup.get(TokenSigner).verify(token, "ws").expires_at - 1_800_000_000)
    assert ends == [299, 360, 360]
    await clock.advance(3)
    assert (await get(live, session.id, "state", token)).status == 410


async def test_whoever_proves_to_own_the_session_starts_a_new_window(
    live: LiveServer, clock: FakeClock
) -> None:
    session = await live.stage.render()
    await clock.advance(100)
    answer = await get(live, session.id, "state", live.token(session))
    old = json.loads(answer.text)["ai.ggui/render"]["wsToken"]
    await clock.advance(100)
    output = await live.server.call_tool("ggui_runtime_refresh_ws_token", {"envelope": old}, bearer="phone")
    renewed = live.setup.get(TokenSigner).verify(output["structuredContent"]["envelope"], "ws")
    assert renewed.issued_at == 1_800_000_200


# The stream


class Stream:
    """An open event stream, event by event."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def block(self) -> str:
        """The next event or comment, without its blank line."""
        async with asyncio.timeout(20):
            return (await self.response.content.readuntil(b"\n\n")).decode().removesuffix("\n\n")

    async def next(self) -> tuple[str | None, dict[str, Any]]:
        """The id and frame of the next event."""
        lines = (await self.block()).split("\n")
        (data,) = (line.removeprefix("data: ") for line in lines if line.startswith("data: "))
        ids = [line.removeprefix("id: ") for line in lines if line.startswith("id: ")]
        return (ids[0] if ids else None), json.loads(data)


@asynccontextmanager
async def streaming(
    live: LiveServer, session: Session, more: str = "", **headers: str
) -> AsyncIterator[Stream]:
    url = f"{live.base_url}/api/sessions/{session.id}/stream?wsToken={live.token(session)}{more}"
    async with live.client.get(url, headers={"Origin": "null", **headers}) as response:
        assert response.status == 200, await response.text()
        stream = Stream(response)
        assert await stream.block() == "retry: 3000"
        yield stream


async def test_a_refused_gesture_is_told_on_the_stream_as_well(live: LiveServer) -> None:
    session = await live.stage.render()
    async with streaming(live, session) as stream:
        await stream.next()
        violations = {"error": "contract_violation", "tool": "ggui_event", "violations": []}
        await live.setup.bus.publish(GestureRefused(session.id, "g1", "No.", violations))
        event_id, frame = await stream.next()
    assert event_id is None
    assert (frame["type"], frame["payload"]["code"]) == ("error", "CONTRACT_VIOLATION")


async def test_the_stream_starts_like_the_socket_and_goes_on_like_it(live: LiveServer) -> None:
    session = await live.stage.render()
    view, ack = await live.view(session)
    async with streaming(live, session) as stream:
        headers = stream.response.headers
        assert headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert headers["Cache-Control"] == "no-store, no-cache, must-revalidate"
        assert headers["X-Accel-Buffering"] == "no"
        assert headers["Access-Control-Allow-Origin"] == "*"
        ack["payload"].pop("sessionToken")
        assert await stream.next() == (None, ack)
        await live.stage.emit(session.id, "log", {"line": "a\nb"})
        await live.stage.update(session.id, title="second")
        envelope = {"sessionId": session.id, "type": "data:submit", "payload": {"action": "refresh"}}
        await view.ask("action", envelope)
        frames = [frame for frame in await view.until_quiet() if frame["type"] != "ack"]
        await live.stage.drain(session.id)
        frames.append(await view.next())
        heard = [await stream.next() for _ in range(3)]
        assert {id_ for id_, _ in heard} == {None}
        assert [frame["type"] for _, frame in heard] == ["data", "props_update", "drain_ack"]
        assert heard[-1][1] == frames[-1]
    await view.socket.close()
    await until(lambda: len(live.channel.hub) == 0)


async def test_replay_and_its_ids(live: LiveServer) -> None:
    session = await live.stage.render()
    await live.stage.update(session.id, title="second")
    await live.stage.emit(session.id, "log", 1)
    async with streaming(live, session, "&sinceSequence=0&fromSeq=0") as stream:
        await stream.next()
        heard = [await stream.next() for _ in range(3)]
    assert [(id_, frame["type"], frame["payload"]["seq"]) for id_, frame in heard] == [
        ("1", "render_event", 1),
        ("2", "render_event", 2),
        (None, "data", 1),
    ]


@pytest.mark.parametrize(
    ("header", "query", "first"),
    [
        ("1", "&sinceSequence=0", 2),
        ("1", "&sinceSequence=x", 2),
        ("x", "&sinceSequence=0", 1),
        ("-1", "", None),
    ],
)
async def test_the_browser_s_own_cursor_wins_unless_it_is_none(
    live: LiveServer, header: str, query: str, first: int | None
) -> None:
    session = await live.stage.render()
    await live.stage.update(session.id, title="second")
    async with streaming(live, session, query, **{"Last-Event-ID": header}) as stream:
        await stream.next()
        await live.stage.emit(session.id, "tick", 1)
        _, frame = await stream.next()
    expected = ("data", 1) if first is None else ("render_event", first)
    assert (frame["type"], frame["payload"]["seq"]) == expected


async def test_a_cursor_behind_the_horizon_is_an_event_with_an_id(live: LiveServer) -> None:
    session = await live.stage.render()
    async with streaming(live, session, "&sinceSequence=7") as stream:
        await stream.next()
        id_, frame = await stream.next()
        assert (id_, frame["type"], frame["payload"]["code"]) == ("1", "error", "REPLAY_HORIZON_PASSED")
        await live.stage.emit(session.id, "tick", 1)
        assert (await stream.next())[1]["type"] == "data"


async def test_a_sign_of_life_every_25_seconds(live: LiveServer, clock: FakeClock) -> None:
    session = await live.stage.render()
    async with streaming(live, session) as stream:
        await stream.next()
        for _ in range(2):
            await until(lambda: clock.sleepers == 1 + ALWAYS)
            await clock.advance(25)
            assert await stream.block() == ": hb"


async def test_the_stream_ends_with_its_session(live: LiveServer) -> None:
    session = await live.stage.render()
    async with streaming(live, session) as stream:
        await stream.next()
        await live.stage.emit(session.id, "tick", "last words")
        await live.stage.expire(session.id)
        assert (await stream.next())[1]["payload"]["payload"] == "last words"
        async with asyncio.timeout(20):
            assert await stream.response.content.read() == b""
    await until(lambda: len(live.channel.hub) == 0)


async def test_a_hang_up_leaves_nothing_behind(live: LiveServer, clock: FakeClock) -> None:
    session = await live.stage.render()
    async with streaming(live, session) as stream:
        await stream.next()
        assert live.channel.hub.count(session.id) == 1
        stream.response.close()
    await until(lambda: len(live.channel.hub) == 0 and len(live.setup.calls) == 0)
    await until(lambda: clock.sleepers == ALWAYS)


async def test_the_end_of_the_server_ends_streams() -> None:
    async with aiohttp.ClientSession() as client:
        async with serving() as live:
            session = await live.stage.render()
            url = f"{live.base_url}/api/sessions/{session.id}/stream?wsToken={live.token(session)}"
            response = await client.get(url)
            stream = Stream(response)
            await stream.block()
            await stream.next()
            rest = asyncio.create_task(response.content.read())
        assert await rest == b""
        response.release()


async def test_a_stream_that_nobody_reads_is_ended(clock: FakeClock) -> None:
    async with serving(clock=clock, settings={"queuedFrames": 5}) as live:
        session = await live.stage.render()
        async with streaming(live, session) as stream:
            await stream.next()
            for number in range(7):  # in one go: nothing is written in between
                await live.stage.emit(session.id, "tick", number)
            async with asyncio.timeout(20):
                await stream.response.content.read()
        await until(lambda: len(live.channel.hub) == 0)


async def test_streams_count_as_views(clock: FakeClock) -> None:
    async with serving(clock=clock, settings={"viewsPerSession": 1}) as live:
        session = await live.stage.render()
        async with streaming(live, session) as stream:
            await stream.next()
            answer = await get(live, session.id, "stream", live.token(session))
            assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (429, "*")


async def test_head_opens_no_stream(live: LiveServer) -> None:
    session = await live.stage.render()
    url = f"{live.base_url}/api/sessions/{session.id}/stream?wsToken={live.token(session)}"
    async with live.client.head(url) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert len(live.channel.hub) == 0


async def test_polls_bring_stream_deliveries_of_channels_that_keep_nothing(live: LiveServer) -> None:
    session = await live.stage.render()
    token = live.token(session)

    async def poll(since: int) -> dict[str, Any]:
        answer = await get(live, session.id, "events", token, f"&sinceSequence=1&fromSeq={since}")
        assert answer.status == 200
        body: dict[str, Any] = json.loads(answer.text)
        return body

    assert await poll(0) == {
        "events": [],
        "lastSequence": 1,
        "hasMore": False,
        "emissions": [],
        "streamSeq": 0,
    }
    for number in range(3):
        await live.stage.emit(session.id, "tick", number)
    body = await poll(0)
    assert [row["payload"] for row in body["emissions"]] == [0, 1, 2]
    assert body["streamSeq"] == 3
    assert (await poll(2))["emissions"] == [{"channel": "tick", "mode": "append", "payload": 2, "seq": 3}]
    answer = await get(live, session.id, "events", token, "&sinceSequence=1&fromSeq=x")
    assert answer.status == 400

"""Channels that a tool feeds: whom the server asks for a view, how often, and what it does not tell."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ggui_core.protocol.session import Session
from ggui_core.testing import FakeClock
from ggui_live.polled import sanitised

from .serving import CONTRACT, LiveServer, Meter, View, serving, until

POLLED = {
    **CONTRACT,
    "streamSpec": {
        **CONTRACT["streamSpec"],
        "meter": {
            "schema": {
                "type": "object",
                "properties": {
                    "room": {"type": "string"},
                    "reads": {"type": "integer"},
                    "asker": {"type": "string"},
                },
            },
            "source": {"tool": "read_meter", "args": {"room": "cellar"}},
        },
        "closed": {"schema": {}, "source": {"tool": "ggui_runtime_pull"}},
        "strict": {"schema": {"type": "integer"}, "source": {"tool": "read_meter"}},
    },
}


@pytest.fixture
def meter() -> Meter:
    return Meter()


@pytest.fixture
async def live(clock: FakeClock, meter: Meter) -> AsyncIterator[LiveServer]:
    async with serving(clock=clock, meter=meter, settings={"localTools": ["read_meter"]}) as server:
        yield server


def wish(session: Session, channel: str = "meter", **more: Any) -> dict[str, Any]:
    return {"sessionId": session.id, "appId": "builder", "channelName": channel, **more}


async def subscribed(live: LiveServer, **wanted: Any) -> tuple[Session, View]:
    session = await live.stage.render(contract=POLLED)
    view, _ = await live.view(session)
    await view.send("channel_subscribe", wish(session, **wanted))
    return session, view


async def test_a_tool_is_asked_at_once_and_then_at_intervals(live: LiveServer, clock: FakeClock) -> None:
    session, view = await subscribed(live, args={"room": "attic"}, pollIntervalMs=2_000)
    frame = await view.next()
    assert frame["type"] == "channel_payload"
    assert frame["payload"] == {
        "sessionId": session.id,
        "appId": "builder",
        "channelName": "meter",
        "seq": 1,
        "ts": "2027-01-15T08:00:00.000Z",
        "mode": "replace",
        "payload": {"room": "attic", "reads": 1, "asker": "builder"},
    }
    await clock.advance(1.9)
    assert await view.until_quiet() == []
    await clock.advance(0.1)
    assert (await view.next())["payload"]["seq"] == 2
    await view.socket.close()


@pytest.mark.parametrize(("asked_ms", "granted_s"), [(1, 1), (None, 10), (10**9, 60), (True, 10)])
async def test_the_interval_keeps_its_bounds(
    live: LiveServer, clock: FakeClock, meter: Meter, asked_ms: Any, granted_s: float
) -> None:
    _, view = await subscribed(live, pollIntervalMs=asked_ms)
    assert (await view.next())["payload"]["payload"]["room"] == "cellar"
    await clock.advance(granted_s - 0.01)
    assert meter.reads == 1
    await clock.advance(0.01)
    await until(lambda: meter.reads == 2)
    await view.socket.close()


async def test_nobody_is_asked_for_a_view_that_left_or_unsubscribed(
    live: LiveServer, clock: FakeClock, meter: Meter
) -> None:
    session, view = await subscribed(live)
    await view.next()
    await view.send("channel_unsubscribe", wish(session))
    assert await view.until_quiet() == []
    await clock.advance(60)
    assert meter.reads == 1
    await view.send("channel_subscribe", wish(session))
    assert (await view.next())["payload"]["seq"] == 1, "a new subscription counts from the start"
    await view.socket.close()
    await until(lambda: live.channel.hub.count(session.id) == 0)
    await clock.advance(60)
    assert meter.reads == 2


async def test_a_session_that_is_gone_is_polled_no_more_and_not_kept_alive(
    live: LiveServer, clock: FakeClock, meter: Meter
) -> None:
    session, view = await subscribed(live)
    await view.next()
    kept = await live.stage.store.session(session.id, None)
    await clock.advance(10)
    await until(lambda: meter.reads == 2)
    now = await live.stage.store.session(session.id, None)
    assert kept is not None
    assert now is not None
    assert now.expires_at_ms == kept.expires_at_ms
    await live.stage.store.remove(session.id)
    await clock.advance(30)
    assert meter.reads == 2
    await view.socket.close()


async def test_only_tools_that_the_operator_named_are_asked(live: LiveServer) -> None:
    session, view = await subscribed(live, channel="closed")
    frame = await view.next()
    assert (frame["type"], frame["payload"]["code"]) == ("channel_error", "CHANNEL_NOT_LOCAL")
    for channel in ("level", "nothing"):
        frame = await view.ask("channel_subscribe", wish(session, channel), requestId="c")
        assert (frame["requestId"], frame["payload"]["code"]) == ("c", "CHANNEL_UNKNOWN")
    mount = await live.stage.mount(session)
    assert mount.slice["streamWebSocketLocalTools"] == ["read_meter"]
    await view.socket.close()


async def test_a_failure_is_told_without_credentials_and_the_next_try_goes_on(
    live: LiveServer, clock: FakeClock, meter: Meter
) -> None:
    meter.trouble = "GET https://x.test/?token=abc refused Bearer sk-12345"
    _, view = await subscribed(live)
    frame = await view.next()
    assert (frame["type"], frame["payload"]["code"]) == ("channel_error", "POLL_FAILED")
    assert "abc" not in str(frame)
    assert "sk-12345" not in str(frame)
    assert "x.test" in frame["payload"]["details"]
    meter.trouble = None
    await clock.advance(10)
    assert (await view.next())["payload"]["seq"] == 1
    await view.socket.close()


async def test_many_views_together_poll_no_faster_than_one_caller_may(clock: FakeClock, meter: Meter) -> None:
    limits = {"limits": {"callsPerSecond": 1, "burst": 4}}
    async with serving(
        clock=clock, meter=meter, settings={"localTools": ["read_meter"]}, config=limits
    ) as live:
        session = await live.stage.render(contract=POLLED)
        views = [(await live.view(session))[0] for _ in range(6)]
        frames = []
        for view in views:
            await clock.advance(1)  # enough for the message itself
            frames.append(await view.ask("channel_subscribe", wish(session, pollIntervalMs=1_000)))
        for _ in range(20):
            await clock.advance(1)
            for view in views:
                frames += await view.until_quiet()
        refused = [frame for frame in frames if frame["type"] == "channel_error"]
        assert meter.reads <= 4 + 26
        assert {frame["payload"]["code"] for frame in refused} == {"POLL_FAILED"}
        assert "Too many polls" in refused[0]["payload"]["details"]
        for view in views:
            await view.socket.close()


async def test_what_the_channel_does_not_allow_is_a_failure(live: LiveServer) -> None:
    _, view = await subscribed(live, channel="strict")
    frame = await view.next()
    assert (frame["payload"]["code"], frame["payload"]["channelName"]) == ("POLL_FAILED", "strict")
    await view.socket.close()


@pytest.mark.parametrize(
    "secret",
    [
        "Bearer abc.DEF-1",
        "Basic dXNlcg==",
        "Authorization: anything at all",
        "?api_key=abc",
        "&session_id=abc",
        "AWS_SECRET_ACCESS_KEY=abc",
        "OPENAI_API_KEY=abc",
        "x=OPENAI_API_KEY=abc",
        "DATABASE_URL=postgres://u:p@h/d",
        "DB_MAIN_URL = postgres://u:p@h/d",
        "REDIS_URL=redis://h",
    ],
)
def test_no_credential_is_in_the_words_of_a_failure(secret: str) -> None:
    assert "[REDACTED]" in sanitised(f"it said {secret}")
    for word in ("abc", "dXNlcg", "anything", "postgres:", "redis:"):
        assert word not in sanitised(f"it said {secret}")


@pytest.mark.parametrize("words", ["DB", "API_KEY", "AWS_", "x=", "Bearer ", "Authorization ", "token="])
def test_words_that_a_caller_chose_are_read_at_once(words: str) -> None:
    began = time.perf_counter()
    assert len(sanitised(words * 100_000)) <= 2_048 + len("\n…[truncated]")
    assert time.perf_counter() - began < 0.25


def test_long_words_are_cut() -> None:
    assert sanitised("x" * 3_000) == "x" * 2_048 + "\n…[truncated]"

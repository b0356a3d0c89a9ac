"""News on their way to the card: socket, pulls, tokens (spec 05 section 7)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import expect

from .components import GREETING, LOG
from .harness import Host, Json, LiveServer, ack, render_slice, structured, until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PULL = "ggui_runtime_pull"
REFRESH = "ggui_runtime_refresh_ws_token"


def wired(live: LiveServer, code: str | None, **more: Any) -> Json:
    """A slice with live credentials of the scripted server."""
    return render_slice(code, wsUrl=live.origin.url.replace("http", "ws") + "/ws", wsToken="t-1", **more)


def in_(**delta: float) -> str:
    return (datetime.now(UTC) + timedelta(**delta)).isoformat().replace("+00:00", "Z")


class Pulls:
    """Answers pulls with pages that the test puts in; holds an empty one."""

    def __init__(self) -> None:
        self.pages: asyncio.Queue[Json] = asyncio.Queue()

    async def __call__(self, _: Json) -> Json:
        page = await self.pages.get()
        return structured(page)


def page(*events: Json, last: int = 0, emissions: list[Json] | None = None, stream: int = 0) -> Json:
    return {
        "events": list(events),
        "lastSequence": last,
        "hasMore": False,
        "emissions": emissions or [],
        "streamSeq": stream,
    }


def updated(seq: int, props: Json, epoch: int = 0) -> Json:
    data = {"sessionId": "s-1", "props": props, "epoch": epoch}
    return {"seq": seq, "type": "ui.updated", "timestamp": "2026-03-01T10:00:00Z", "data": data}


async def test_the_subscription_and_a_repaint_in_place(host: Host, live: LiveServer) -> None:
    live.on_subscribe = [ack(props={"title": "From the ack"})]
    frame = await host.open(wired(live, GREETING, props={"title": "From the slice"}))
    await expect(frame.get_by_role("heading", name="From the ack")).to_be_visible()
    assert live.tokens == ["t-1"]
    [subscribe] = live.received("subscribe")
    assert subscribe == {
        "sessionId": "s-1",
        "appId": "shop",
        "wsToken": "t-1",
        "supportedVersions": ["draft-2026-08-19"],
        "fromSeq": 0,
    }
    await frame.get_by_role("button", name="Count 0").click()
    await live.send("props_update", {"sessionId": "s-1", "props": {"title": "Repainted"}, "epoch": 0})
    await expect(frame.get_by_role("heading", name="Repainted")).to_be_visible()
    await expect(frame.get_by_role("button", name="Count 1")).to_be_visible()
    assert await frame.evaluate("evaluations") == 1


async def test_frames_of_another_session_are_ignored(host: Host, live: LiveServer) -> None:
    live.on_subscribe = [ack()]
    frame = await host.open(wired(live, LOG, props={"title": "Mine"}))
    await until(lambda: live.received("subscribe"), "the subscription")
    emission = {"channel": "log", "mode": "append", "payload": "other", "seq": 1}
    await live.send("props_update", {"sessionId": "s-2", "props": {"title": "Other"}})
    await live.send("data", {**emission, "sessionId": "s-2"})
    await live.send("data", {**emission, "sessionId": "s-1", "payload": "mine", "seq": 2})
    await expect(frame.get_by_test_id("stream")).to_have_text('["mine",["mine"],false]')
    await expect(frame.get_by_role("heading", name="Mine")).to_be_visible()


@pytest.mark.spec("01 22.4")
async def test_a_newer_epoch_freezes_the_card_with_its_old_props(host: Host, live: LiveServer) -> None:
    live.on_subscribe = [ack()]
    frame = await host.open(wired(live, GREETING, props={"title": "Old"}, epoch=1))
    await until(lambda: live.received("subscribe"), "the subscription")
    await live.send("props_update", {"sessionId": "s-1", "props": {"title": "New"}, "epoch": 2})
    await expect(frame.get_by_text("A newer version of this card")).to_have_count(2)  # seen and announced
    await live.send("props_update", {"sessionId": "s-1", "props": {"title": "Newer"}, "epoch": 1})
    await expect(frame.locator("[inert] h2")).to_have_text("Old")


async def test_a_burst_of_deliveries_loses_none(host: Host, live: LiveServer) -> None:
    live.on_subscribe = [ack()]
    frame = await host.open(wired(live, LOG))
    await until(lambda: live.received("subscribe"), "the subscription")
    for seq in range(1, 51):
        payload = {"sessionId": "s-1", "channel": "log", "mode": "append", "payload": seq, "seq": seq}
        await live.send("data", {**payload, "complete": seq == 50} if seq == 50 else payload)
    expected = f"[50,[{','.join(map(str, range(1, 51)))}],true]"
    await expect(frame.get_by_test_id("stream")).to_have_text(expected)


async def test_a_view_without_content_mounts_what_the_ack_brings(host: Host, live: LiveServer) -> None:
    live.on_subscribe = [ack(componentCode=GREETING, props={"title": "Over the socket"})]
    frame = await host.open(wired(live, None))
    await expect(frame.get_by_role("heading", name="Over the socket")).to_be_visible()


async def test_another_protocol_version_ends_it(host: Host, live: LiveServer) -> None:
    answer = ack()
    answer["payload"]["serverVersion"] = "draft-2030-01-01"
    live.on_subscribe = [answer]
    frame = await host.open(wired(live, GREETING))
    await expect(frame.get_by_role("alert").filter(has_text="newer version")).to_be_visible()
    assert (await host.signals("ggui:bootstrap-failed"))[0]["reason"] == "UPGRADE_REQUIRED"


async def test_a_reconnect_continues_where_it_was(host: Host, live: LiveServer) -> None:
    live.on_subscribe = [ack()]
    frame = await host.open(wired(live, LOG))
    await until(lambda: live.received("subscribe"), "the subscription")
    await expect(frame.get_by_test_id("connected")).to_have_text("true")
    await live.send(
        "data", {"sessionId": "s-1", "channel": "log", "mode": "append", "payload": "a", "seq": 7}
    )
    await expect(frame.get_by_test_id("stream")).to_contain_text("a")
    live.on_subscribe = []
    await live.sockets[-1].close(code=1012)
    await expect(frame.get_by_test_id("connected")).to_have_text("false")
    await until(lambda: len(live.received("subscribe")) == 2, "the second subscription")
    assert live.received("subscribe")[1]["fromSeq"] == 7


async def test_an_expired_token_is_renewed_before_it_is_used(host: Host, live: LiveServer) -> None:
    live.on_subscribe = [ack()]

    async def refresh(arguments: Json) -> Json:
        assert arguments == {"envelope": "t-1"}
        return structured({"ok": True, "envelope": "t-2", "expiresAt": in_(minutes=3)})

    host.tools[REFRESH] = refresh
    await host.open(wired(live, GREETING, expiresAt=in_(seconds=3)))
    await until(lambda: live.received("subscribe"), "the subscription")
    assert live.tokens == ["t-2"]
    assert live.received("subscribe")[0]["wsToken"] == "t-2"


async def test_a_refused_token_is_renewed_and_tried_once_more(host: Host, live: LiveServer) -> None:
    live.on_subscribe = [{"type": "error", "payload": {"code": "BOOTSTRAP_EXPIRED", "message": "too old"}}]

    async def refresh(_: Json) -> Json:
        live.on_subscribe = [ack(props={"title": "With the new token"})]
        return structured({"ok": True, "envelope": "t-2", "expiresAt": in_(minutes=3)})

    host.tools[REFRESH] = refresh
    frame = await host.open(wired(live, GREETING))
    await expect(frame.get_by_role("heading", name="With the new token")).to_be_visible()
    assert live.tokens == ["t-1", "t-2"]


async def test_a_token_beyond_renewal_comes_from_the_document(host: Host, live: LiveServer) -> None:
    live.on_subscribe = [{"type": "error", "payload": {"code": "BOOTSTRAP_EXPIRED", "message": "too old"}}]

    async def closed(_: Json) -> Json:
        live.on_subscribe = [ack()]
        return structured({"ok": False, "code": "REFRESH_WINDOW_CLOSED", "message": "too late"})

    host.tools[REFRESH] = closed
    fresh = wired(live, GREETING, props={"title": "Read anew"}, lastSequence=9) | {"wsToken": "t-9"}
    host.resources["ui://ggui/render/s-1"] = host.document(fresh)
    frame = await host.open(wired(live, GREETING, props={"title": "Old"}))
    await expect(frame.get_by_role("heading", name="Read anew")).to_be_visible()
    await until(lambda: live.tokens == ["t-1", "t-9"], "the fresh token")


async def test_a_socket_that_the_policy_forbids_gives_way_to_pulls(host: Host, live: LiveServer) -> None:
    pulls = Pulls()
    host.tools[PULL] = pulls
    csp = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'none'"
    frame = await host.open(wired(live, LOG, props={"title": "Before"}), csp=csp)
    await until(lambda: host.called(PULL), "the first pull")
    arguments = {"sessionId": "s-1", "sinceSequence": 0, "limit": 100, "wait": 15, "streamSince": 0}
    assert host.called(PULL)[0] == arguments
    emission = {"channel": "log", "mode": "append", "payload": "pulled", "seq": 4}
    pulls.pages.put_nowait(page(updated(1, {"title": "After"}), last=1, emissions=[emission], stream=4))
    await expect(frame.get_by_role("heading", name="After")).to_be_visible()
    await expect(frame.get_by_test_id("stream")).to_have_text('["pulled",["pulled"],false]')
    await expect(frame.get_by_test_id("connected")).to_have_text("true")
    await until(lambda: len(host.called(PULL)) >= 2, "the next pull")
    assert host.called(PULL)[1] == {**arguments, "sinceSequence": 1, "streamSince": 4}
    assert live.sockets == []


@pytest.mark.spec("01 23.16")
async def test_every_delivery_of_a_pulled_page_counts(host: Host) -> None:
    pulls = Pulls()
    host.tools[PULL] = pulls
    frame = await host.open(render_slice(LOG))
    emissions: list[Json] = [
        {"channel": "log", "mode": "append", "payload": seq, "seq": seq} for seq in range(1, 21)
    ]
    pulls.pages.put_nowait(page(last=0, emissions=emissions, stream=20))
    expected = f"[20,[{','.join(map(str, range(1, 21)))}],false]"
    await expect(frame.get_by_test_id("stream")).to_have_text(expected)


async def test_pulls_freeze_a_superseded_card_too(host: Host) -> None:
    pulls = Pulls()
    host.tools[PULL] = pulls
    frame = await host.open(render_slice(GREETING, props={"title": "Old"}))
    pulls.pages.put_nowait(page(updated(1, {"title": "New"}, epoch=1), last=1))
    await expect(frame.locator("[inert] h2")).to_have_text("Old")


@pytest.mark.spec("01 23.16")
async def test_a_lost_horizon_is_read_anew(host: Host) -> None:
    pulls = Pulls()
    host.tools[PULL] = pulls
    fresh = render_slice(GREETING, props={"title": "Read anew"}, lastSequence=40)
    host.resources["ui://ggui/render/s-1"] = host.document(fresh)
    frame = await host.open(render_slice(GREETING, props={"title": "Old"}))
    pulls.pages.put_nowait({"reason": "REPLAY_HORIZON_PASSED", "currentSequence": 40})
    await expect(frame.get_by_role("heading", name="Read anew")).to_be_visible()
    await until(lambda: len(host.called(PULL)) == 2, "the next pull")
    assert host.called(PULL)[1]["sinceSequence"] == 40


async def test_pulls_go_on_after_a_failure(host: Host) -> None:
    answers: list[Json] = [
        {"error": {"code": -32000, "message": "reset"}},
        structured(page(updated(1, {"title": "Second try"}), last=1)),
    ]

    async def flaky(_: Json) -> Json | None:
        return answers.pop(0) if answers else None

    host.tools[PULL] = flaky
    frame = await host.open(render_slice(GREETING))
    await expect(frame.get_by_role("heading", name="Second try")).to_be_visible()


async def test_what_the_host_says_of_itself_reaches_the_server(host: Host, live: LiveServer) -> None:
    live.on_subscribe = [ack()]
    context = {"displayMode": "inline", "locale": "de-AT", "timeZone": "Europe/Vienna", "platform": "web"}
    await host.open(wired(live, GREETING), context={**context, "theme": "dark"})
    expected = {k: v for k, v in context.items() if k != "displayMode"} | {"currentDisplayMode": "inline"}
    await until(
        lambda: {"sessionId": "s-1", "hostContext": expected} in live.received("host_context_observed"),
        "the observation",
    )
    await host.tell("ui/notifications/host-context-changed", {"displayMode": "fullscreen"})
    await until(
        lambda: (
            live.received("host_context_observed")[-1]["hostContext"]["currentDisplayMode"] == "fullscreen"
        ),
        "the change",
    )


async def test_no_token_is_in_what_is_reported(host: Host, live: LiveServer) -> None:
    secret = "eyJzZXNzaW9uSWQiOiJzLTEifQ.c2lnbmF0dXJlLXNpZ25hdHVyZQ"
    live.on_subscribe = [
        {"type": "error", "payload": {"code": "OTHER", "message": f"ws://x/ws?wsToken={secret}"}}
    ]
    await host.open(wired(live, GREETING) | {"wsToken": secret})
    await until(
        lambda: [
            e
            for t in host.called("ggui_runtime_telemetry")
            for e in t["events"]
            if e["kind"] == "channel.error"
        ],
        "the report",
    )
    assert secret not in str(host.called("ggui_runtime_telemetry"))


async def test_between_socket_and_pulls_there_is_the_event_stream(host: Host, live: LiveServer) -> None:
    live.on_subscribe = [ack(props={"title": "From the stream"})]
    nowhere = {"wsUrl": "ws://127.0.0.1:1/ws", "wsToken": "t-1"}
    sse_url = f"{live.origin.url}/stream?wsToken=t-1"
    frame = await host.open(render_slice(LOG, sseUrl=sse_url, **nowhere))
    await expect(frame.get_by_role("heading", name="From the stream")).to_be_visible()
    emission = {"sessionId": "s-1", "channel": "log", "mode": "replace", "payload": "streamed", "seq": 4}
    await live.say("data", emission)
    await expect(frame.get_by_test_id("stream")).to_have_text('["streamed",["streamed"],false]')
    await expect(frame.get_by_test_id("connected")).to_have_text("true")
    assert live.stream_queries == [{"wsToken": "t-1", "fromSeq": "0"}]
    picked = [s["event"] for s in await host.signals("ggui:observe") if "transport-" in s["event"]["kind"]]
    assert {"kind": "channel-transport-picked", "transport": "sse"} in picked

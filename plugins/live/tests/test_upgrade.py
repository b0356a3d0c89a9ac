"""Who may open a socket, and how long one may stay without a subscription (spec 01 sections 15.2 and 15.8)."""

from __future__ import annotations

import json

import aiohttp
import pytest

from ggui_core.testing import FakeClock

from .serving import LiveServer, View, serving, until

FOREIGN = "https://evil.example"


async def status_and_text(live: LiveServer, path: str, **headers: str) -> tuple[int, str]:
    async with live.client.get(live.base_url + path, headers=headers) as response:
        return response.status, await response.text()


def upgrade(**headers: str) -> dict[str, str]:
    return {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        **headers,
    }


# Where


@pytest.mark.parametrize("path", ["/ws/", "/ws/x", "/WS", "/socket"])
async def test_another_path_is_not_there(live: LiveServer, path: str) -> None:
    status, _ = await status_and_text(live, path, **upgrade())
    assert status == 404


async def test_plain_http_is_told_what_the_path_speaks(live: LiveServer) -> None:
    headers = {"Authorization": "Bearer phone"}
    async with live.client.get(live.base_url + "/ws", headers=headers) as response:
        assert (response.status, response.headers["Upgrade"]) == (426, "websocket")


async def test_a_handshake_without_a_key_is_a_bad_request(live: LiveServer) -> None:
    headers = upgrade(Authorization="Bearer phone", **{"Sec-WebSocket-Key": "short"})
    status, _ = await status_and_text(live, "/ws", **headers)
    assert status == 400


# Origin


@pytest.mark.parametrize("origin", [FOREIGN, "null"])
async def test_a_foreign_page_is_refused_without_a_body(live: LiveServer, origin: str) -> None:
    headers = upgrade(Origin=origin, Authorization="Bearer phone")
    assert await status_and_text(live, "/ws", **headers) == (403, "")


@pytest.mark.spec("01 22.14")
async def test_a_sandboxed_frame_passes_with_a_token_only(live: LiveServer) -> None:
    session = await live.stage.render()
    token = live.token(session)
    view = await live.open(token, headers={"Origin": "null"})
    ack = await view.ask("subscribe", {"sessionId": session.id, "wsToken": token})
    assert ack["type"] == "ack"
    await view.socket.close()
    assert await live.refused(token, headers={"Origin": FOREIGN}) == 403
    assert await live.refused("forged", headers={"Origin": "null"}) == 401


# Credentials


async def test_without_any_proof_the_answer_is_401_in_text(live: LiveServer) -> None:
    for path in ("/ws", "/ws?wsToken=", "/ws?token="):
        assert await status_and_text(live, path, **upgrade()) == (
            401,
            "Unauthorized: No valid credentials",
        )
    async with live.client.get(live.base_url + "/ws", headers=upgrade()) as response:
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("bearer", "query"), [("phone", ""), (None, "?token=phone"), ("fern", ""), (None, "?token=fern")]
)
async def test_a_bearer_opens_it_from_the_header_or_the_query(
    live: LiveServer, bearer: str | None, query: str
) -> None:
    view = await live.open(bearer=bearer, query=query)
    assert (await view.ask("ping", {}))["type"] == "pong"
    await view.socket.close()


@pytest.mark.parametrize(("bearer", "query"), [("nobody", ""), (None, "?token=nobody")])
async def test_an_unknown_bearer_does_not(live: LiveServer, bearer: str | None, query: str) -> None:
    assert await live.refused(bearer=bearer, query=query) == 401


async def test_in_the_any_bearer_mode_nothing_is_asked(clock: FakeClock) -> None:
    async with serving(clock=clock, args=["--dev-allow-all"]) as live:
        session = await live.stage.render()
        view = await live.open()
        assert (await view.ask("subscribe", {"sessionId": session.id}))["type"] == "ack"
        await view.socket.close()
        assert await live.refused("forged") == 401, "a token that is there must be good"


# Tokens


async def test_only_a_genuine_token_of_the_right_kind_opens_it(live: LiveServer) -> None:
    session = await live.stage.render()
    good = live.token(session)
    payload, signature = good.split(".")
    hopeless = [
        "x",
        "a.b",
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        f"{payload}x.{signature}",
        live.token(session, kind="session"),
        live.token(session, kind="viewer"),
        live.token(session, kind="console-session"),
    ]
    for token in hopeless:
        assert await live.refused(token) == 401
    assert await status_and_text(live, "/ws?wsToken=x", **upgrade()) == (401, "Unauthorized: wsToken invalid")
    assert await live.refused("x", bearer="phone") == 401, "a bad token is not mended by a bearer"


@pytest.mark.spec("01 23.7")
async def test_an_expired_token_opens_it_while_it_can_be_refreshed_hears_why_not_and_is_closed_at_once(
    live: LiveServer, clock: FakeClock
) -> None:
    session = await live.stage.render()
    token = live.token(session)
    await clock.advance(360)
    view = await live.open(token)
    frame = await view.ask("subscribe", {"sessionId": session.id, "wsToken": token}, requestId="s")
    assert (frame["type"], frame["requestId"]) == ("error", "s")
    assert frame["payload"]["code"] == "BOOTSTRAP_EXPIRED"
    assert await view.closed() == (1008, "token_expired")


@pytest.mark.spec("01 23.7")
async def test_a_token_past_its_refresh_window_is_refused_so_that_views_go_on_to_the_next_rung(
    live: LiveServer, clock: FakeClock
) -> None:
    session = await live.stage.render()
    token = live.token(session)
    await clock.advance(361)
    assert await live.refused(token) == 401
    path = f"/ws?wsToken={token}"
    assert await status_and_text(live, path, **upgrade()) == (401, "Unauthorized: wsToken expired")


# Before the subscription


async def test_who_does_not_subscribe_is_closed_after_its_time(live: LiveServer, clock: FakeClock) -> None:
    session = await live.stage.render()
    idle, subscribed = await live.open(bearer="phone"), (await live.view(session))[0]
    refused = await live.open(live.token(session))
    assert (await refused.ask("subscribe", {"sessionId": session.id}))["type"] == "error"
    assert (await idle.ask("ping", {}))["type"] == "pong", "a ping is no subscription"
    await clock.advance(29.9)
    assert (await idle.ask("ping", {}))["type"] == "pong"
    await clock.advance(0.1)
    for view in (idle, refused):
        assert await view.closed() == (1008, "pre_subscribe_idle_timeout")
    assert (await subscribed.ask("ping", {}))["type"] == "pong"
    await subscribed.socket.close()
    await until(lambda: live.channel.unsubscribed == 0)


async def test_so_many_may_be_open_without_a_subscription(clock: FakeClock) -> None:
    async with serving(clock=clock, settings={"unsubscribedSockets": 2}) as live:
        session = await live.stage.render()
        first, second = await live.open(bearer="phone"), await live.open(live.token(session))
        third = await live.open(bearer="tablet")
        assert await third.closed() == (1013, "pre_subscribe_connection_ceiling")
        assert (await first.ask("subscribe", {"sessionId": session.id}))["type"] == "ack"
        fourth = await live.open(bearer="tablet")
        assert (await fourth.ask("ping", {}))["type"] == "pong", "a subscription made room"
        await second.socket.close()
        await until(lambda: live.channel.unsubscribed == 1)
        for view in (first, fourth):
            await view.socket.close()
        await until(lambda: live.channel.unsubscribed == 0)


def sized(size: int) -> str:
    """A ping of exactly ``size`` bytes."""
    empty = json.dumps({"type": "ping", "payload": {"x": ""}})
    return json.dumps({"type": "ping", "payload": {"x": "x" * (size - len(empty))}})


async def test_frames_before_the_subscription_are_small(live: LiveServer) -> None:
    session = await live.stage.render()
    view = await live.open(live.token(session))
    await view.socket.send_str(sized(65_536))
    assert (await view.next())["type"] == "pong"
    await view.socket.send_str(sized(65_537))
    assert await view.closed() == (1009, "pre_subscribe_payload_exceeded")


async def test_size_counts_bytes_not_characters(live: LiveServer) -> None:
    view = await live.open(bearer="phone")
    await view.socket.send_str(json.dumps({"type": "ping", "x": "é" * 32_768}, ensure_ascii=False))
    assert (await view.closed())[0] == 1009


async def test_frames_after_the_subscription_may_have_a_mebibyte(live: LiveServer) -> None:
    session = await live.stage.render()
    view, _ = await live.view(session)
    await view.socket.send_str(sized(1 << 20))
    assert (await view.next())["type"] == "pong"
    await view.socket.send_str(sized((1 << 20) + 1))
    assert (await view.closed())[0] == 1009


async def test_one_session_has_so_many_views(clock: FakeClock) -> None:
    async with serving(clock=clock, settings={"viewsPerSession": 2}) as live:
        session, other = await live.stage.render(), await live.stage.render()
        views = [(await live.view(session))[0] for _ in range(2)]
        assert await live.refused(live.token(session)) == 429
        bearer = await live.open(bearer="phone")
        await bearer.send("subscribe", {"sessionId": session.id})
        assert await bearer.closed() == (1013, "too_many_views")
        views.append((await live.view(other))[0])
        await views[0].socket.close()
        await until(lambda: live.channel.hub.count(session.id) == 1)
        views[0] = (await live.view(session))[0]
        for view in views:
            await view.socket.close()


async def test_a_credential_holds_as_many_sockets_as_the_limits_say(clock: FakeClock) -> None:
    async with serving(clock=clock, config={"limits": {"socketsPerPrincipal": 2}}) as live:
        session = await live.stage.render()
        held = [await live.open(bearer="phone") for _ in range(2)]
        assert await live.refused(bearer="phone") == 429
        held.append(await live.open(bearer="tablet"))
        held += [(await live.view(session))[0] for _ in range(3)]
        for view in held:
            await view.socket.close()


async def test_nothing_is_compressed(live: LiveServer) -> None:
    session = await live.stage.render()
    view = View(
        await live.client.ws_connect(f"{live.base_url}/ws?wsToken={live.token(session)}", compress=15)
    )
    assert not view.socket.compress
    await view.socket.close()


async def test_binary_messages_are_read_like_text(live: LiveServer) -> None:
    view = await live.open(bearer="phone")
    await view.socket.send_bytes(b'{"type":"ping","payload":{},"requestId":"b"}')
    message = await view.socket.receive(timeout=20)
    assert message.type is aiohttp.WSMsgType.TEXT
    assert json.loads(message.data) == {"type": "pong", "payload": {}, "requestId": "b"}
    await view.socket.close()

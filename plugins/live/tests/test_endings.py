"""How sockets end: revocation, the end of their session, the end of the server."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from ggui_core.bus import CredentialRevoked
from ggui_core.testing import FakeClock

from .lazy_view import LazyView
from .serving import LiveServer, serving, until


async def test_revoking_a_bearer_closes_its_sockets_and_no_others(live: LiveServer) -> None:
    session = await live.stage.render()
    revoked = [await live.open(bearer="phone") for _ in range(2)]
    assert (await revoked[0].ask("subscribe", {"sessionId": session.id}))["type"] == "ack"
    kept = [await live.open(bearer="tablet"), (await live.view(session))[0]]
    await live.setup.bus.publish(CredentialRevoked("pairing:pair-1"))
    for view in revoked:
        assert await view.closed() == (1008, "credential_revoked")
    for view in kept:
        assert (await view.ask("ping", {}))["type"] == "pong"
        await view.socket.close()
    await until(lambda: len(live.channel.hub) == 0 and len(live.setup.calls) == 0)
    assert live.setup.calls.watching("pairing:pair-1", object) == 0


async def test_the_end_of_a_session_closes_its_sockets(live: LiveServer) -> None:
    session, other = await live.stage.render(), await live.stage.render()
    views = [(await live.view(session))[0] for _ in range(3)]
    kept, _ = await live.view(other)
    await live.stage.expire(session.id)
    for view in views:
        assert await view.closed() == (1008, "session_expired")
    assert (await kept.ask("ping", {}))["type"] == "pong"
    await kept.socket.close()
    await until(lambda: len(live.channel.hub) == 0)


@pytest.mark.spec("01 23.4", "01 23.14")
async def test_the_time_of_a_session_ends_its_views_although_it_is_kept(
    live: LiveServer, clock: FakeClock
) -> None:
    session, used = await live.stage.render(), await live.stage.render()
    view, kept = (await live.view(session))[0], (await live.view(used))[0]
    url = f"{live.base_url}/api/sessions/{session.id}/stream?wsToken={live.token(session)}"
    async with live.client.get(url) as stream:
        await clock.advance(1_800)
        assert await live.stage.session(used.id, None)
        await clock.advance(1_790)
        for one in (view, kept):
            assert (await one.ask("ping", {}))["type"] == "pong"
        await clock.advance(25)
        assert await view.closed() == (1008, "session_expired")
        async with asyncio.timeout(20):
            assert b"ack" in await stream.content.read()
    assert await live.stage.store.session(session.id, None) is not None
    assert (await kept.ask("ping", {}))["type"] == "pong", "somebody used it meanwhile"
    await clock.advance(1_800)
    assert await kept.closed() == (1008, "session_expired")


async def test_an_open_view_does_not_keep_its_session_alive(live: LiveServer, clock: FakeClock) -> None:
    session = await live.stage.render()
    view, ack = await live.view(session)
    for _ in range(10):
        await clock.advance(25)
        await view.ask("ping", {})
    kept = await live.stage.store.session(session.id, None)
    assert kept is not None
    assert kept.expires_at_ms == ack["payload"]["session"]["expiresAt"]
    await view.socket.close()


@pytest.mark.spec("01 23.4")
async def test_a_view_outlives_its_token_by_hours_and_not_for_ever(
    live: LiveServer, clock: FakeClock
) -> None:
    session = await live.stage.render(expires_at_ms=live.stage.now_ms() + 86_400_000)
    view, by_bearer = (await live.view(session))[0], await live.open(bearer="phone")
    await by_bearer.ask("subscribe", {"sessionId": session.id})
    url = f"{live.base_url}/api/sessions/{session.id}/stream?wsToken={live.token(session)}"
    async with live.client.get(url) as stream:
        await clock.advance(14_390)
        await live.stage.emit(session.id, "tick", 1)
        for one in (view, by_bearer):
            assert (await one.next())["type"] == "data"
        await clock.advance(25)
        assert await view.closed() == (1008, "token_expired")
        async with asyncio.timeout(20):
            assert b'"type":"data"' in await stream.content.read()
    assert (await by_bearer.ask("ping", {}))["type"] == "pong"
    again, _ = await live.view(session)
    for one in (again, by_bearer):
        await one.socket.close()


@pytest.mark.spec("01 23.14")
async def test_a_view_that_answers_no_ping_is_let_go(
    live: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ggui_live.socket.HEARTBEAT_S", 0.2)
    session = await live.stage.render()
    token = live.token(session)
    view = await live.open(token, autoping=False)
    assert (await view.ask("subscribe", {"sessionId": session.id, "wsToken": token}))["type"] == "ack"
    assert (await view.socket.receive(timeout=20)).type is aiohttp.WSMsgType.PING
    await until(lambda: live.channel.hub.count(session.id) == 0)
    await view.socket.close()


@pytest.mark.spec("01 22.15")
async def test_the_end_of_the_server_is_a_restart_to_every_socket() -> None:
    async with aiohttp.ClientSession() as client:
        async with serving() as live:
            session = await live.stage.render()
            views = [
                (await live.view(session, client=client))[0],
                await live.open(live.token(session), client=client),
                await live.open(bearer="phone", client=client),
            ]
            endings = [asyncio.create_task(view.closed()) for view in views]
        assert await asyncio.gather(*endings) == [(1012, "service_restart")] * 3


async def test_a_view_that_does_not_read_holds_up_no_shut_down() -> None:
    async with serving() as live:
        session = await live.stage.render()
        lazy = await LazyView.subscribed(live, session)
        for _ in range(60):
            await live.stage.emit(session.id, "tick", "x" * 100_000)
        calls = live.setup.calls
    assert len(calls) == 0
    lazy.hang_up()

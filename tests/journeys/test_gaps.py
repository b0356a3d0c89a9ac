"""Redis is gone, and what one replica did still reaches whoever waits at another, because they look at the store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from ggui_core.bus import (
    AppDeleted,
    CredentialRevoked,
    DefaultAppChosen,
    GestureQueued,
    PropsUpdated,
    SessionExpired,
    StreamEmitted,
)
from ggui_core.testing import PATIENCE_S, Booted, booted, until
from ggui_pairing.api import pairings
from ggui_redis.replica import Replica
from ggui_sql import schema

from .crashing import APP, CONTRACT, postgres_database, project
from .test_replicas import OwnRedis, own_redis

pytestmark = pytest.mark.services

SECRET = "one secret for all replicas of this test"


class Pair:
    """Two replicas whose Redis can be taken away."""

    def __init__(self, here: Booted, there: Booted, redis: OwnRedis, bearer: str, pairing_id: str) -> None:
        self.here, self.there = here, there
        self.bearer, self.pairing_id = bearer, pairing_id
        self._redis = redis

    async def lose_redis(self) -> None:
        """From now on nothing is announced."""
        self._redis.kill()
        for server in (self.here, self.there):
            replica = server.setup.get(Replica)
            await until(lambda replica=replica: not replica.bus.is_sure)

    async def call(self, server: Booted, tool: str, **arguments: Any) -> dict[str, Any]:
        path = "/ops" if tool.startswith("ggui_ops_") else "/mcp"
        result = await server.call_tool(tool, arguments, path=path, bearer=self.bearer)
        assert not result.get("isError"), result
        structured: dict[str, Any] = result["structuredContent"]
        return structured

    async def card(self) -> str:
        """A session."""
        draft = {"contract": CONTRACT}
        agreed = await self.call(self.here, "ggui_handshake", intent="count", blueprintDraft=draft)
        shown = await self.call(self.here, "ggui_render", handshakeId=agreed["handshakeId"], props={"n": 0})
        session_id: str = shown["sessionId"]
        return session_id

    @asynccontextmanager
    async def viewing(self, session_id: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """A socket of a card at the other replica."""
        headers = {"Authorization": f"Bearer {self.bearer}"}
        async with self.there.client.ws_connect(f"{self.there.base_url}/ws", headers=headers) as socket:
            await socket.send_json({"type": "subscribe", "payload": {"sessionId": session_id, "appId": APP}})
            await frame(socket, "ack")
            yield socket

    async def knows(self, server: Booted, bearer: str) -> bool:
        """Whether a replica lets a bearer in."""
        headers = {"Authorization": f"Bearer {bearer}", "Accept": "application/json, text/event-stream"}
        body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        async with server.client.post(f"{server.base_url}/mcp", json=body, headers=headers) as answer:
            return answer.status == 200

    async def until_known(self, bearer: str, *, known: bool) -> None:
        """Wait until the other replica has read of a bearer, or of its end."""
        async with asyncio.timeout(PATIENCE_S):
            while await self.knows(self.there, bearer) is not known:
                await asyncio.sleep(0.05)


async def frame(socket: aiohttp.ClientWebSocketResponse, type_: str) -> dict[str, Any]:
    """The next frame of a kind."""
    while True:
        said: dict[str, Any] = await socket.receive_json(timeout=PATIENCE_S)
        if said["type"] == type_:
            return said


async def ended(socket: aiohttp.ClientWebSocketResponse) -> None:
    """Wait until a socket is closed by the server."""
    async with asyncio.timeout(PATIENCE_S):
        while not socket.closed:
            await socket.receive()


@asynccontextmanager
async def replicas(home: Path) -> AsyncIterator[Pair]:
    """Two replicas that share everything that replicas share."""
    with own_redis() as redis:
        async with postgres_database() as url:
            await asyncio.to_thread(schema.upgrade_postgres, url)
            said = project({"driver": "postgres", "url": url})
            said["plugins"] = {"settings": {"redis": {"url": redis.url}}}
            args = ["--keys-file", str(home / "keys.json")]

            def one() -> Any:
                environ = {"GGUI_TOKEN_SECRET": SECRET}
                return booted(installed=True, config=said, args=args, environ=environ)

            async with one() as here, one() as there:
                for server in (here, there):
                    replica = server.setup.get(Replica)
                    await until(lambda replica=replica: replica.bus.is_sure)
                made = await pairings(here.setup).issue("phone", actor=None, remote_address="")
                pair = Pair(here, there, redis, made.token, made.pairing.pairing_id)
                await pair.until_known(made.token, known=True)
                yield pair


async def props_updated(pair: Pair) -> None:
    session_id = await pair.card()
    async with pair.viewing(session_id) as socket:
        await pair.lose_redis()
        await pair.call(pair.here, "ggui_update", sessionId=session_id, kind="merge", patch={"n": 7})
        assert (await frame(socket, "props_update"))["payload"]["props"] == {"n": 7}


async def stream_emitted(pair: Pair) -> None:
    session_id = await pair.card()
    async with pair.viewing(session_id) as socket:
        await pair.lose_redis()
        for tick in range(3):
            await pair.call(pair.here, "ggui_emit", sessionId=session_id, channel="ticks", payload=tick)
        ticks: list[int] = []
        while len(ticks) < 3:
            said = (await frame(socket, "data"))["payload"]
            ticks += [said["payload"]] if said["channel"] == "ticks" else []
        assert ticks == [0, 1, 2]


async def gesture_queued(pair: Pair) -> None:
    session_id = await pair.card()
    await pair.lose_redis()
    waiting = asyncio.create_task(pair.call(pair.there, "ggui_consume", sessionId=session_id, timeout=20))
    await asyncio.sleep(0.3)
    await pair.call(
        pair.here,
        "ggui_runtime_submit_action",
        kind="dispatch",
        payload={"intent": "press", "actionData": 1, "uiContext": {}},
        sessionId=session_id,
        appId=APP,
        actionId="press-1",
        firedAt="2026-11-25T00:00:00.000Z",
    )
    async with asyncio.timeout(5):
        assert [event["actionId"] for event in (await waiting)["events"]] == ["press-1"]


async def session_expired(pair: Pair) -> None:
    session_id = await pair.card()
    async with pair.viewing(session_id) as socket:
        await pair.lose_redis()
        await pair.call(pair.here, "ggui_ops_end_render", sessionId=session_id)
        await ended(socket)


async def credential_revoked(pair: Pair) -> None:
    async with pair.viewing(await pair.card()) as socket:
        await pair.lose_redis()
        await pairings(pair.here.setup).revoke(pair.pairing_id, actor=None)
        await ended(socket)
        assert not await pair.knows(pair.there, pair.bearer)


async def app_deleted(pair: Pair) -> None:
    app_id = (await pair.call(pair.here, "ggui_ops_create_app", displayName="Shop"))["appId"]
    made = await pairings(pair.here.setup).issue("till", actor=None, remote_address="", app_id=app_id)
    await pair.until_known(made.token, known=True)
    await pair.lose_redis()
    await pair.call(pair.here, "ggui_ops_delete_app", appId=app_id)
    await pair.until_known(made.token, known=False)


async def default_app_chosen(pair: Pair) -> None:
    app_id = (await pair.call(pair.here, "ggui_ops_create_app", displayName="Shop"))["appId"]
    await pair.lose_redis()
    await pair.call(pair.here, "ggui_ops_set_default_app", appId=app_id)
    await until(lambda: pair.there.setup.default_app_id == app_id)


SCENES: dict[type, Callable[[Pair], Awaitable[None]]] = {
    PropsUpdated: props_updated,
    StreamEmitted: stream_emitted,
    GestureQueued: gesture_queued,
    SessionExpired: session_expired,
    CredentialRevoked: credential_revoked,
    AppDeleted: app_deleted,
    DefaultAppChosen: default_app_chosen,
}


@pytest.mark.parametrize("topic", SCENES, ids=lambda topic: topic.__name__)
async def test_what_nobody_could_announce_is_found_in_the_store(topic: type, tmp_path: Path) -> None:
    async with replicas(tmp_path) as pair:
        await SCENES[topic](pair)

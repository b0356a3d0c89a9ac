"""Three processes on one PostgreSQL and one Redis: every step of an agent and of a view may meet another one.

Calls go to the processes in turn, as a plain round-robin proxy sends them: nothing sticks to a process.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from .crashing import (
    APP,
    Caller,
    Truth,
    Victim,
    consume,
    free_port,
    postgres_database,
    project,
    render,
    run,
    serving,
    submit,
)

pytestmark = pytest.mark.services

LOOPS = max(4, int(os.environ.get("GGUI_TEST_REPLICA_LOOPS", "60")))
"""The full run makes 2,000, with ``-o faulthandler_timeout=0``: it takes longer than a test may otherwise."""
LANES = 4
REPLICAS = 3
PATIENCE_S = 60


class InTurn(Caller):
    """A caller that meets another replica with every call, and tries a second one where the first is gone."""

    def __init__(self, http: aiohttp.ClientSession, urls: Sequence[str]) -> None:
        super().__init__(http, urls[0])
        self._turn = itertools.cycle(urls)
        self.retried = 0
        self.failed_twice: list[str] = []

    async def __call__(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        first = self.url = next(self._turn)
        try:
            return await super().__call__(tool, arguments)
        except (aiohttp.ClientError, ConnectionError):
            self.retried += 1
            self.url = next(url for url in self._turn if url != first)
            self.failed_twice.append(tool)
            result = await super().__call__(tool, arguments)
            self.failed_twice.remove(tool)
            return result

    def elsewhere(self) -> str:
        """The replica whose turn it is."""
        return next(self._turn)


class OwnRedis:
    """A Redis that may be killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        options = ["--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self._folder)]
        self._process = subprocess.Popen(
            ["redis-server", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@contextmanager
def own_redis() -> Iterator[OwnRedis]:
    """A Redis for as long as the block runs."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    with tempfile.TemporaryDirectory(prefix="ggui-redis-") as folder:
        redis = OwnRedis(Path(folder))
        redis.start()
        try:
            yield redis
        finally:
            redis.kill()


class Deployment:
    """Replicas of one server, and how an agent meets them."""

    def __init__(self, replicas: list[Victim], redis: OwnRedis, call: InTurn) -> None:
        self.replicas = replicas
        self.redis = redis
        self.call = call


@asynccontextmanager
async def deployed(home: Path) -> AsyncIterator[Deployment]:
    """Three servers that share a database, a Redis and a secret, and have a home of their own each."""
    with own_redis() as redis:
        async with postgres_database() as url, aiohttp.ClientSession() as http:
            said = project({"driver": "postgres", "url": url})
            said["plugins"] = {"settings": {"redis": {"url": redis.url}}}
            homes = [home / f"replica-{number}" for number in range(1, REPLICAS + 1)]
            for each in homes:
                each.mkdir()
                (each / "ggui.json").write_text(json.dumps(said))
            run(homes[0], "db", "upgrade")
            environ = {"GGUI_TOKEN_SECRET": secrets.token_hex(32)}
            with ExitStack() as stack:
                replicas = [stack.enter_context(serving(each, free_port(), environ)) for each in homes]
                yield Deployment(replicas, redis, InTurn(http, [replica.url for replica in replicas]))


class View:
    """A socket of a card, and every frame that it was sent."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, session_id: str) -> None:
        self._socket = socket
        self._session_id = session_id
        self.frames: list[dict[str, Any]] = []

    async def until(self, type_: str, found: Any) -> dict[str, Any]:
        """The first frame of a kind, read or still to come, of which ``found`` is true."""
        for frame in self.frames:
            if frame["type"] == type_ and found(frame):
                return frame
        while True:
            try:
                message = await self._socket.receive(PATIENCE_S)
            except TimeoutError:
                kinds = [frame["type"] for frame in self.frames]
                raise AssertionError(f"no {type_}; there came {kinds}") from None
            if message.type is not aiohttp.WSMsgType.TEXT:
                raise ConnectionResetError("the socket ended")
            frame = json.loads(message.data)
            self.frames.append(frame)
            if frame["type"] == type_ and found(frame):
                return dict(frame)

    async def press(self, truth: Truth, by: str, number: int) -> None:
        """Make a gesture and wait until it is acknowledged."""
        action_id = f"{by}-{number}"
        payload = {"sessionId": self._session_id, "type": "data:submit", "actionId": action_id}
        with truth.writing(self._session_id, "gesture", by, number):
            said = {**payload, "payload": {"action": "press", "data": number}}
            await self._socket.send_json({"type": "action", "payload": said, "requestId": action_id})
            await self.until("ack", lambda frame: frame.get("requestId") == action_id)


@asynccontextmanager
async def viewing(call: InTurn, session_id: str) -> AsyncIterator[View]:
    """A view whose socket is open at some replica."""
    async with call.http.ws_connect(f"{call.elsewhere()}/ws") as socket:
        await socket.send_json({"type": "subscribe", "payload": {"sessionId": session_id, "appId": APP}})
        view = View(socket, session_id)
        await view.until("ack", lambda frame: True)
        yield view


class Polling:
    """A view that can only ask, and what it was told: pulses, of which no channel keeps any, and props."""

    def __init__(self, call: InTurn, session_id: str) -> None:
        self._call = call
        self._session_id = session_id
        self._since = self._stream_since = 0
        self.pulses: list[int] = []
        self.props: list[int] = []

    async def pull(self, wait_s: float) -> None:
        """Ask once, at some replica."""
        cursors = {"sinceSequence": self._since, "streamSince": self._stream_since}
        arguments = {"sessionId": self._session_id, **cursors, "wait": wait_s}
        page = (await self._call("ggui_runtime_pull", arguments))["structuredContent"]
        for event in page["events"]:
            self._since = event["seq"]
            self.props += [event["data"]["props"]["n"]] if event["type"] == "ui.updated" else []
        self._stream_since = page["streamSeq"]
        self.pulses += [said["payload"] for said in page["emissions"] if said["channel"] == "pulse"]

    async def until(self, found: Callable[[], bool]) -> None:
        """Ask until it was told enough."""
        deadline = time.monotonic() + PATIENCE_S
        while not found():
            assert time.monotonic() < deadline, (self.pulses[-5:], self.props[-5:])
            await self.pull(5)


async def heard(call: InTurn, session_id: str, truth: Truth, action_id: str) -> None:
    """Listen, wherever it may be, until a gesture comes."""
    deadline = time.monotonic() + PATIENCE_S
    while not truth.heard[action_id]:
        assert time.monotonic() < deadline, f"{action_id} never came"
        await consume(call, session_id, truth, 10)


async def loop(call: InTurn, truth: Truth, by: str, number: int) -> None:
    """One card from the handshake to its last delivery."""
    session_id = await render(call, truth)
    polling = Polling(call, session_id)
    await polling.pull(0)
    async with viewing(call, session_id) as view:
        parked = asyncio.create_task(heard(call, session_id, truth, f"{by}t-{number}"))
        if number % 2:
            await asyncio.sleep(0.02)  # let it park first
        await submit(call, session_id, truth, f"{by}t", number)
        await parked
        await view.press(truth, f"{by}s", number)
        await heard(call, session_id, truth, f"{by}s-{number}")
        told = asyncio.create_task(polling.until(lambda: polling.pulses[-1:] == [2] and bool(polling.props)))
        await call("ggui_update", {"sessionId": session_id, "kind": "merge", "patch": {"n": number + 1}})
        await view.until("props_update", lambda frame: frame["payload"]["props"]["n"] == number + 1)
        for tick in range(3):
            await call("ggui_emit", {"sessionId": session_id, "channel": "ticks", "payload": tick})
            await call("ggui_emit", {"sessionId": session_id, "channel": "pulse", "payload": tick})
        await view.until("data", lambda frame: frame["payload"]["payload"] == 2)
        ticks = [
            frame["payload"]["payload"]
            for frame in view.frames
            if frame["type"] == "data" and frame["payload"]["channel"] == "ticks"
        ]
        await told
        if call.retried:  # whoever says something twice, because nobody answered, may have said it twice
            ticks, polling.pulses = [*dict.fromkeys(ticks)], [*dict.fromkeys(polling.pulses)]
        assert ticks == [0, 1, 2]
        assert (polling.pulses, polling.props) == ([0, 1, 2], [number + 1])


def verify(truth: Truth) -> None:
    """Everything acknowledged came, and what came twice was called redelivered."""
    assert truth.gestures() <= set(truth.heard)
    twice = {action_id for action_id, times in truth.heard.items() if times > 1}
    assert twice <= truth.flagged, "handed out twice without being called redelivered"


async def test_every_step_may_meet_another_replica(tmp_path: Path) -> None:
    truth = Truth()
    async with deployed(tmp_path) as made:

        async def lane(by: str) -> None:
            for number in range(LOOPS // LANES):
                await loop(made.call, truth, by, number)

        await asyncio.gather(*(lane(f"lane{each}") for each in range(LANES)))
        assert made.call.retried == 0
    verify(truth)
    assert len(truth.gestures()) == 2 * LANES * (LOOPS // LANES)
    assert truth.flagged == set(), "nobody died"


async def test_a_replica_is_killed_and_redis_starts_anew_in_the_middle(tmp_path: Path) -> None:
    truth = Truth()
    over = asyncio.Event()
    views: dict[str, Polling] = {}
    async with deployed(tmp_path) as made:

        async def lane(by: str) -> None:
            """A view that tries again when its socket ends, and an agent that tries a second replica."""
            session_id = await render(made.call, truth)
            polling = views[session_id] = Polling(made.call, session_id)
            listening = [asyncio.create_task(listen(session_id)), asyncio.create_task(ask(polling))]
            number = 0
            while not over.is_set():
                with contextlib.suppress(ConnectionError, aiohttp.ClientError):
                    async with viewing(made.call, session_id) as view:
                        while not over.is_set():
                            number += 1
                            await view.press(truth, f"{by}s", number)
                            await submit(made.call, session_id, truth, f"{by}t", number)
                            await change(session_id, number)
            await asyncio.gather(*listening)
            while await consume(made.call, session_id, truth, 0):
                pass

        async def change(session_id: str, number: int) -> None:
            """One update and one delivery that no channel keeps."""
            with truth.writing(session_id, "update", "updater", number):
                await made.call(
                    "ggui_update", {"sessionId": session_id, "kind": "merge", "patch": {"n": number}}
                )
            with truth.writing(session_id, "emit", "emitter", number):
                await made.call("ggui_emit", {"sessionId": session_id, "channel": "pulse", "payload": number})

        async def ask(polling: Polling) -> None:
            while not over.is_set():
                await polling.pull(2)

        async def listen(session_id: str) -> None:
            while not over.is_set():
                await consume(made.call, session_id, truth, 2)

        lanes = [asyncio.create_task(lane(f"lane{each}")) for each in range(LANES)]
        await asyncio.sleep(2)
        made.replicas[1].kill()
        await asyncio.sleep(2)
        made.redis.kill()
        await asyncio.sleep(2)
        made.redis.start()
        await asyncio.sleep(2)
        before = len(truth.gestures())
        await asyncio.sleep(2)
        assert len(truth.gestures()) > before, "work goes on"
        over.set()
        await asyncio.gather(*lanes)
        # What the dead one had handed out comes back to others once it has been silent for long enough.
        deadline = time.monotonic() + PATIENCE_S
        while not truth.gestures() <= set(truth.heard):
            assert time.monotonic() < deadline, sorted(truth.gestures() - set(truth.heard))[:5]
            for session_id in truth.sessions:
                await consume(made.call, session_id, truth, 1)
        assert made.call.retried > 0
        assert made.call.failed_twice == [], "who tries a second replica meets no error"
        for session_id, polling in views.items():
            await polling.pull(0)
            for kind, told in (("update", polling.props), ("emit", polling.pulses)):
                said = truth.numbers(kind, session_id)
                assert len(said) > 5
                assert said <= set(told), f"{kind}: the view that polls was not told of {said - set(told)}"
                assert told == sorted(told), "in their order; a repeated call may have made one twice"
            shown = (await made.call("ggui_get_session", {"sessionId": session_id}))["structuredContent"]
            assert shown["props"]["n"] >= truth.last("update", session_id)
    verify(truth)

"""Servers that are killed, work that goes on until they are, and an oracle that knows what they acknowledged."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
import socket
import subprocess
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import asyncpg
import pytest

from .test_serve_process import GGUI, environment

APP = "crash"
CONTRACT = {
    "propsSpec": {"properties": {"n": {"schema": {"type": "integer"}, "required": True}}},
    "actionSpec": {"press": {"label": "Press", "schema": {"type": "integer"}}},
    "streamSpec": {
        "ticks": {"schema": {"type": "integer"}, "replay": "all"},
        "pulse": {"schema": {"type": "integer"}},
    },
}
REDELIVERED = "ai.ggui/redelivered"
LIMITS = {"callsPerSecond": 1_000_000, "burst": 1_000_000, "sessionsPerApp": 1_000_000}


def project(storage: dict[str, Any]) -> dict[str, Any]:
    """``ggui.json`` of a server that keeps its state there."""
    app = {"slug": APP, "name": "Crash"}
    return {"schema": "1", "protocol": "1.1", "app": app, "limits": LIMITS, "storage": {"renders": storage}}


@asynccontextmanager
async def postgres_database() -> AsyncIterator[str]:
    """The address of an empty database of its own, which is dropped in the end."""
    url = os.environ.get("GGUI_TEST_POSTGRES_URL")
    if not url:
        pytest.skip("GGUI_TEST_POSTGRES_URL is not set")
    name = f"crash_{uuid.uuid4().hex}"
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    finally:
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await connection.close()


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(home: Path) -> dict[str, str]:
    """Servers start again and again here: let the first keep what it compiled of its modules."""
    return {key: value for key, value in environment(home).items() if key != "PYTHONDONTWRITEBYTECODE"}


def run(home: Path, *arguments: str) -> None:
    """A ``ggui`` command that succeeds."""
    done = subprocess.run(
        [*GGUI, *arguments], cwd=home, env=_environment(home), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


class Victim:
    """A ``ggui serve`` process on a port of its own choice of the test; it has printed its beacons."""

    def __init__(
        self, home: Path, port: int, environ: Mapping[str, str] | None = None, more: Sequence[str] = ()
    ) -> None:
        flags = ["--port", str(port), "--dev-allow-all", "--no-open", *more]
        with (home / "stderr.log").open("ab") as stderr:
            self.process = subprocess.Popen(
                [*GGUI, "serve", *flags],
                cwd=home,
                env={**_environment(home), **(environ or {})},
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        assert self.process.stdout is not None
        self.url = f"http://127.0.0.1:{port}"
        while "Ctrl-C" not in (line := self.process.stdout.readline()):
            assert line, (home / "stderr.log").read_text()[-4_000:]

    def kill(self) -> None:
        """As a power cut ends it."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def serving(
    home: Path, port: int, environ: Mapping[str, str] | None = None, more: Sequence[str] = ()
) -> Iterator[Victim]:
    """A server that runs at most as long as the block, with ``environ`` and ``more`` flags than usual."""
    victim = Victim(home, port, environ, more)
    try:
        yield victim
    finally:
        if victim.process.poll() is None:
            victim.kill()
        victim.process.communicate()


@dataclass
class Write:
    """A write that was acknowledged. Times are of the monotonic clock of the test."""

    session_id: str
    kind: str
    by: str
    number: int
    began: float
    ended: float


@dataclass
class Truth:
    """What the server said it had done, and what came out of it."""

    writes: list[Write] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    heard: Counter[str] = field(default_factory=Counter)
    flagged: set[str] = field(default_factory=set)
    unsure: list[Write] = field(default_factory=list)

    def gestures(self) -> set[str]:
        """Ids of acknowledged gestures."""
        return {f"{write.by}-{write.number}" for write in self.writes if write.kind == "gesture"}

    def numbers(self, kind: str, session_id: str) -> set[int]:
        """The acknowledged numbers of a kind."""
        return {write.number for write in self.writes if (write.kind, write.session_id) == (kind, session_id)}

    def last(self, kind: str, session_id: str) -> int:
        """The highest acknowledged number of a kind."""
        made = (write.number for write in self.writes if (write.kind, write.session_id) == (kind, session_id))
        return max(made, default=0)

    @contextmanager
    def writing(self, session_id: str, kind: str, by: str, number: int) -> Iterator[None]:
        """A write that counts as acknowledged when the block ends without an error, and is unsure until then."""
        write = Write(session_id, kind, by, number, time.monotonic(), float("inf"))
        self.unsure.append(write)
        yield
        write.ended = time.monotonic()
        self.unsure.remove(write)
        self.writes.append(write)


class Caller:
    """Calls tools of one server until it is gone."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.http, self.url = http, url

    async def __call__(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        params = {"name": tool, "arguments": arguments}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        headers = {"Accept": "application/json, text/event-stream"}
        async with self.http.post(f"{self.url}/mcp", json=body, headers=headers) as response:
            result: dict[str, Any] = (await response.json())["result"]
        assert not result["isError"], result
        return result


@asynccontextmanager
async def calling(url: str) -> AsyncIterator[Caller]:
    """A caller for as long as the block runs."""
    async with aiohttp.ClientSession() as http:
        yield Caller(http, url)


async def render(call: Caller, truth: Truth) -> str:
    """The id of a new session."""
    draft = {"intent": "count", "blueprintDraft": {"contract": CONTRACT}}
    agreed = (await call("ggui_handshake", draft))["structuredContent"]
    began = time.monotonic()
    shown = await call("ggui_render", {"handshakeId": agreed["handshakeId"], "props": {"n": 0}})
    session_id: str = shown["structuredContent"]["sessionId"]
    truth.sessions.append(session_id)
    truth.writes.append(Write(session_id, "render", "renderer", 0, began, time.monotonic()))
    return session_id


async def submit(call: Caller, session_id: str, truth: Truth, by: str, number: int) -> None:
    """Make a gesture by tool."""
    arguments = {
        "kind": "dispatch",
        "payload": {"intent": "press", "actionData": number, "uiContext": {}},
        "sessionId": session_id,
        "appId": APP,
        "actionId": f"{by}-{number}",
        "firedAt": "2026-11-25T00:00:00.000Z",
    }
    with truth.writing(session_id, "gesture", by, number):
        answer = await call("ggui_runtime_submit_action", arguments)
        assert answer["structuredContent"]["ok"], answer


async def submitting(call: Caller, session_id: str, truth: Truth, by: str) -> None:
    """One gesture after the other."""
    for number in itertools.count():
        await submit(call, session_id, truth, by, number)


async def submitting_by_socket(call: Caller, session_id: str, truth: Truth, by: str) -> None:
    """The same through a view's socket."""
    async with call.http.ws_connect(f"{call.url}/ws") as view:
        await view.send_json({"type": "subscribe", "payload": {"sessionId": session_id, "appId": APP}})
        for number in itertools.count(-1):
            action_id = f"{by}-{number}"
            if number < 0:
                await _answered(view, None)
                continue
            with truth.writing(session_id, "gesture", by, number):
                payload = {"sessionId": session_id, "type": "data:submit", "actionId": action_id}
                payload["payload"] = {"action": "press", "data": number}
                await view.send_json({"type": "action", "payload": payload, "requestId": action_id})
                await _answered(view, action_id)


async def _answered(view: aiohttp.ClientWebSocketResponse, request_id: str | None) -> None:
    while True:
        message = await view.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise ConnectionResetError("the socket ended")
        frame = json.loads(message.data)
        if frame["type"] in ("ack", "error") and frame.get("requestId") == request_id:
            assert frame["type"] == "ack", frame
            return


async def updating(call: Caller, session_id: str, truth: Truth) -> None:
    """One update after the other."""
    for number in itertools.count(truth.last("update", session_id) + 1):
        with truth.writing(session_id, "update", "updater", number):
            await call("ggui_update", {"sessionId": session_id, "kind": "merge", "patch": {"n": number}})


async def emitting(call: Caller, session_id: str, truth: Truth) -> None:
    """One delivery after the other."""
    for number in itertools.count(truth.last("emit", session_id) + 1):
        with truth.writing(session_id, "emit", "emitter", number):
            await call("ggui_emit", {"sessionId": session_id, "channel": "ticks", "payload": number})


async def rendering(call: Caller, truth: Truth, by: str) -> None:
    """One card after the other, each with an update, a delivery and a gesture."""
    while True:
        made = await render(call, truth)
        with truth.writing(made, "update", "updater", 1):
            await call("ggui_update", {"sessionId": made, "kind": "merge", "patch": {"n": 1}})
        with truth.writing(made, "emit", "emitter", 1):
            await call("ggui_emit", {"sessionId": made, "channel": "ticks", "payload": 1})
        await submit(call, made, truth, f"{by}-{made}", 0)


async def rendering_only(call: Caller, truth: Truth) -> None:
    """One card after the other."""
    while True:
        await render(call, truth)


async def consume(call: Caller, session_id: str, truth: Truth, timeout: int) -> int:
    """Read what is there, or wait for it; returns how many gestures came."""
    answer = await call("ggui_consume", {"sessionId": session_id, "timeout": timeout})
    events = answer["structuredContent"]["events"]
    truth.heard.update(event["actionId"] for event in events)
    truth.flagged.update((answer.get("_meta") or {}).get(REDELIVERED, ()))
    return len(events)


async def consuming(call: Caller, session_id: str, truth: Truth) -> None:
    """Always parked."""
    while True:
        await consume(call, session_id, truth, 20)


async def work_until_killed(
    victim: Victim, session_id: str, truth: Truth, name: str, moment: Awaitable[None]
) -> None:
    """Everything at once until the moment comes; then the server is killed in the middle of it."""
    async with calling(victim.url) as call:
        work = [
            *(submitting(call, session_id, truth, f"{name}-t{each}") for each in range(4)),
            *(submitting_by_socket(call, session_id, truth, f"{name}-s{each}") for each in range(2)),
            updating(call, session_id, truth),
            emitting(call, session_id, truth),
            *(rendering(call, truth, f"{name}-r{each}") for each in range(3)),
            *(rendering_only(call, truth) for _ in range(2)),
            *(consuming(call, session_id, truth) for _ in range(2)),
        ]
        tasks = [asyncio.create_task(each) for each in work]
        await moment
        failed = [task.exception() for task in tasks if task.done()]
        assert failed == [], "nothing may fail before the server is killed"
        victim.kill()
        done, _ = await asyncio.wait(tasks, timeout=30)
        assert len(done) == len(tasks), "every call ends when the server is gone"
        for task in tasks:
            with contextlib.suppress(aiohttp.ClientError, ConnectionError):
                task.result()

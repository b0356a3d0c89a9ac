"""A server with a database is killed in the middle of its work: what it acknowledged is there when it runs again."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from .test_serve_process import Server

CRASHES = int(os.environ.get("GGUI_TEST_CRASHES", "4"))
"""The full run makes 50."""
SEED = 20_261_125
SUBMITTERS = 6

CONTRACT = {
    "propsSpec": {"properties": {"n": {"schema": {"type": "integer"}, "required": True}}},
    "actionSpec": {"press": {"label": "Press", "schema": {"type": "integer"}}},
}
REDELIVERED = "ai.ggui/redelivered"


@dataclass
class Truth:
    """What the server said it had done, and what came out of it."""

    gestures: list[str] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    props: int = 0
    heard: Counter[str] = field(default_factory=Counter)
    flagged: set[str] = field(default_factory=set)


class Caller:
    """Calls tools of one server until it is gone."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http, self._url = http, f"{url}/mcp"

    async def __call__(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        body = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": tool, "arguments": arguments},
        }
        headers = {"Accept": "application/json, text/event-stream"}
        async with self._http.post(self._url, json=body, headers=headers) as response:
            result: dict[str, Any] = (await response.json())["result"]
        assert not result["isError"], result
        return result


@asynccontextmanager
async def calling(url: str) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as http:
        yield Caller(http, url)


async def render(call: Caller, truth: Truth) -> str:
    draft = {"intent": "count", "blueprintDraft": {"contract": CONTRACT}}
    agreed = (await call("ggui_handshake", draft))["structuredContent"]
    shown = await call("ggui_render", {"handshakeId": agreed["handshakeId"], "props": {"n": 0}})
    session_id: str = shown["structuredContent"]["sessionId"]
    truth.sessions.append(session_id)
    return session_id


async def submit(call: Caller, session_id: str, truth: Truth, name: str) -> None:
    for number in range(1_000_000):
        action_id = f"{name}-{number}"
        arguments = {
            "kind": "dispatch",
            "payload": {"intent": "press", "actionData": number, "uiContext": {}},
            "sessionId": session_id,
            "appId": "crash",
            "actionId": action_id,
            "firedAt": "2026-11-25T00:00:00.000Z",
        }
        answer = await call("ggui_runtime_submit_action", arguments)
        assert answer["structuredContent"]["ok"], answer
        truth.gestures.append(action_id)


async def update(call: Caller, session_id: str, truth: Truth) -> None:
    while True:
        arguments = {"sessionId": session_id, "kind": "merge", "patch": {"n": truth.props + 1}}
        await call("ggui_update", arguments)
        truth.props += 1


async def rendering(call: Caller, truth: Truth) -> None:
    while True:
        await render(call, truth)


async def consume(call: Caller, session_id: str, truth: Truth, timeout: int) -> int:
    answer = await call("ggui_consume", {"sessionId": session_id, "timeout": timeout})
    events = answer["structuredContent"]["events"]
    truth.heard.update(event["actionId"] for event in events)
    truth.flagged.update((answer.get("_meta") or {}).get(REDELIVERED, ()))
    return len(events)


async def consuming(call: Caller, session_id: str, truth: Truth) -> None:
    while True:
        await consume(call, session_id, truth, 1)


async def until_killed(server: Server, session_id: str, truth: Truth, round_: int, delay_s: float) -> None:
    async with calling(server.url) as call:
        work = [
            *(submit(call, session_id, truth, f"{round_}-{each}") for each in range(SUBMITTERS)),
            update(call, session_id, truth),
            rendering(call, truth),
            consuming(call, session_id, truth),
        ]
        tasks = [asyncio.create_task(each) for each in work]
        await asyncio.sleep(delay_s)
        failed = [task.exception() for task in tasks if task.done()]
        assert failed == [], "nothing may fail before the server is killed"
        server.stop(signal.SIGKILL)
        done, _ = await asyncio.wait(tasks, timeout=30)
        assert len(done) == len(tasks), "every call ends when the server is gone"
        for task in tasks:
            with contextlib.suppress(aiohttp.ClientError, ConnectionError):
                task.result()


async def test_what_was_acknowledged_survives_being_killed(tmp_path: Path) -> None:
    project = {
        "schema": "1",
        "protocol": "1.1",
        "app": {"slug": "crash", "name": "Crash"},
        "storage": {"renders": {"driver": "sqlite", "path": "state.db"}},
    }
    (tmp_path / "ggui.json").write_text(json.dumps(project))
    chance, truth = random.Random(SEED), Truth()
    session_id = ""
    for round_ in range(CRASHES + 1):
        server = Server(tmp_path, "--dev-allow-all", "--no-open")
        try:
            async with calling(server.url) as call:
                if not session_id:
                    session_id = await render(call, truth)
                while await consume(call, session_id, truth, 0):
                    pass
                lost = set(truth.gestures) - set(truth.heard)
                assert not lost, f"acknowledged and never heard of again: {sorted(lost)[:5]}"
                twice = {action_id for action_id, times in truth.heard.items() if times > 1}
                assert twice <= truth.flagged, "handed out twice without being called redelivered"
                seen = (await call("ggui_get_session", {"sessionId": session_id}))["structuredContent"]
                assert truth.props <= seen["props"]["n"] <= truth.props + 1
                truth.props = seen["props"]["n"]
                for made in truth.sessions[-20:]:
                    kept = (await call("ggui_get_session", {"sessionId": made}))["structuredContent"]
                    assert "error" not in kept
            if round_ < CRASHES:
                await until_killed(server, session_id, truth, round_, chance.uniform(0.3, 1.2))
        finally:
            if server.process.poll() is None:
                server.stop()
            server.process.communicate()
    assert len(truth.gestures) > CRASHES * SUBMITTERS, "the server was killed while it worked"
    assert len(truth.sessions) > CRASHES

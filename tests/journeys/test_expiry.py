"""What ends leaves nothing behind, on the disk or in memory; and what a clock that jumps does to it."""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ggui_core.clock import SystemClock
from ggui_core.consumers import ActiveConsumers
from ggui_core.stores import SessionStore
from ggui_core.testing import Booted, FakeClock, booted
from ggui_sql.storage import Storage

from .consistency import TABLES, faults_of_file
from .crashing import APP, CONTRACT, LIMITS, project

SESSIONS = int(os.environ.get("GGUI_TEST_SESSIONS", "200"))
"""Of each of three rounds; the full run makes 1,000."""
REMEMBERED = 50
HOUR = 3_600.0
STORAGE = {"driver": "sqlite", "path": "state.db"}


def settings() -> dict[str, Any]:
    return {**project(STORAGE), "limits": {**LIMITS, "endedSessionsPerApp": REMEMBERED}}


async def done(server: Booted, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await server.call_tool(tool, arguments)
    assert not result.get("isError"), result
    structured: dict[str, Any] = result["structuredContent"]
    return structured


async def card(server: Booted) -> str:
    agreed = await done(server, "ggui_handshake", intent="count", blueprintDraft={"contract": CONTRACT})
    shown = await done(server, "ggui_render", handshakeId=agreed["handshakeId"], props={"n": 0})
    session_id: str = shown["sessionId"]
    return session_id


async def press(server: Booted, session_id: str, action_id: str) -> None:
    consumers = server.setup.get(ActiveConsumers)
    await consumers.arrive(
        session_id
    )  # somebody listens, so that the answer does not wait for a clock that stands still
    payload = {"intent": "press", "actionData": 1, "uiContext": {}}
    gesture = {"kind": "dispatch", "payload": payload, "actionId": action_id}
    gesture |= {"sessionId": session_id, "appId": APP, "firedAt": "2026-11-25T00:00:00.000Z"}
    assert (await done(server, "ggui_runtime_submit_action", **gesture))["ok"]
    await consumers.leave(session_id, with_events=True)


def rows(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
            for table in TABLES
        }


async def lived(server: Booted, clock: FakeClock, path: Path) -> int:
    """Make many sessions, use them in every way, let them end; returns how many objects Python has then."""
    for number in range(SESSIONS):
        session_id = await card(server)
        await done(server, "ggui_update", sessionId=session_id, kind="merge", patch={"n": number})
        await done(server, "ggui_emit", sessionId=session_id, channel="ticks", payload=number)
        if number % 2:
            await press(server, session_id, f"g{number}")
        if number % 4 == 1:
            await done(server, "ggui_consume", sessionId=session_id)
    await done(server, "ggui_handshake", intent="count", blueprintDraft={"contract": CONTRACT})
    assert rows(path)["ggui_session"] == SESSIONS
    async with asyncio.timeout(60):
        while sum(rows(path).values()) > REMEMBERED:
            await clock.advance(600)
            await asyncio.sleep(0.05)
    gc.collect()
    return len(gc.get_objects())


async def test_what_ended_leaves_nothing_on_the_disk_or_in_memory(tmp_path: Path) -> None:
    clock, path = FakeClock(), tmp_path / "state.db"
    async with booted(
        installed=True, config=settings(), args=["--dev-allow-all"], root=tmp_path, clock=clock
    ) as server:
        objects = [await lived(server, clock, path) for _ in range(4)]
        left = rows(path)
        assert await faults_of_file(path, running=True) == []
    assert left == dict.fromkeys(TABLES, 0) | {"ggui_identity": REMEMBERED}
    # The least growth: what a busy machine leaves for a later round is gone after it, what leaks is not.
    grown = min(after - before for before, after in itertools.pairwise(objects[1:]))
    assert grown < SESSIONS / 2, f"something grows with every session: {objects}"


class JumpingClock(SystemClock):
    """The machine's clock; somebody sets it."""

    ahead_s = 0.0

    def now(self) -> float:
        return super().now() + self.ahead_s


@pytest.mark.parametrize("jump_s", [HOUR, -HOUR])
async def test_a_clock_that_jumps_loses_nothing(jump_s: float, tmp_path: Path) -> None:
    clock = JumpingClock()
    async with booted(
        installed=True, config=settings(), args=["--dev-allow-all"], root=tmp_path, clock=clock
    ) as server:
        session_id = await card(server)
        await press(server, session_id, "one")
        await press(server, session_id, "two")
        store = server.setup.get(SessionStore)
        held = await card(server)
        await press(server, held, "held")
        leased = await store.lease(held, "an answer on its way", int(clock.now() * 1000))
        assert len(leased.gestures) == 1
        clock.ahead_s = jump_s
        await server.setup.get(Storage).upkeep.once()
        assert not (await done(server, "ggui_consume", sessionId=held))["events"], (
            "its answer is still on its way"
        )
        await store.settle(held, "an answer on its way")
        for path in ("/ggui/live", "/ready"):
            async with server.client.get(server.base_url + path) as response:
                assert response.status == 200
        document = await server.rpc("resources/read", {"uri": f"ui://ggui/render/{session_id}"})
        assert "result" in document, "a page brings its session back"
        heard = await done(server, "ggui_consume", sessionId=session_id)
        assert [event["actionId"] for event in heard["events"]] == ["one", "two"]
        assert heard["status"] == "active"
        assert (await done(server, "ggui_update", sessionId=session_id, kind="merge", patch={"n": 5}))[
            "updated"
        ]
        await card(server)
        clock.ahead_s = 0.0
        assert (await done(server, "ggui_get_session", sessionId=session_id))["status"] == "active"
        assert await faults_of_file(tmp_path / "state.db", running=True) == []

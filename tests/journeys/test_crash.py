"""A server with a database is killed in the middle of its work: what it acknowledged is there when it runs again."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from .consistency import faults_of_file, faults_of_postgres
from .crashing import (
    Caller,
    Truth,
    calling,
    consume,
    free_port,
    postgres_database,
    project,
    render,
    run,
    serving,
    work_until_killed,
)

CRASHES = int(os.environ.get("GGUI_TEST_CRASHES", "4"))
"""The full run makes 50, on each database."""
SEED = 20_261_125
FILE = "state.db"


class Sqlite:
    """One file; the dead leave their leases to whoever opens it next."""

    def __init__(self, home: Path) -> None:
        self._home = home

    async def faults(self, *, running: bool) -> list[str]:
        if running:
            return await faults_of_file(self._home / FILE, running=True)
        # Whoever opens what a crash left mends it: that is for the server to do, so we look at a copy.
        copy = self._home / "copy"
        copy.mkdir(exist_ok=True)
        for name in (FILE, f"{FILE}-wal"):
            (copy / name).unlink(missing_ok=True)
            if (self._home / name).exists():
                shutil.copy(self._home / name, copy / name)
        (copy / f"{FILE}-shm").unlink(missing_ok=True)
        return await faults_of_file(copy / FILE, running=False)

    async def let_time_pass(self) -> None:
        """Nothing waits for it here."""


class Postgres:
    """A database that others may use at the same time: leases of the dead come back by their age."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def faults(self, *, running: bool) -> list[str]:
        return await faults_of_postgres(self._url, running=False)

    async def let_time_pass(self) -> None:
        """Make what the dead process left as old as it would be after two minutes."""
        connection = await asyncpg.connect(self._url)
        await connection.execute(
            "UPDATE ggui_gesture SET leased_at_ms = leased_at_ms - 120000 WHERE state = 1"
        )
        await connection.close()


@asynccontextmanager
async def database(backend: str, home: Path) -> AsyncIterator[tuple[Sqlite | Postgres, dict[str, Any]]]:
    """What keeps the state, and how ``ggui.json`` names it."""
    if backend == "sqlite":
        yield Sqlite(home), {"driver": "sqlite", "path": FILE}
        return
    async with postgres_database() as url:
        yield Postgres(url), {"driver": "postgres", "url": url}


async def verify(call: Caller, session_id: str, truth: Truth) -> None:
    """Hold what is there against what was acknowledged."""
    fresh = [made for made in truth.sessions if made != session_id]
    for made in (session_id, *fresh[-100:]):
        while await consume(call, made, truth, 0):
            pass
    lost = truth.gestures() - set(truth.heard)
    assert not lost, f"acknowledged and never heard of again: {sorted(lost)[:5]}"
    twice = {action_id for action_id, times in truth.heard.items() if times > 1}
    assert twice <= truth.flagged, "handed out twice without being called redelivered"
    possible = {f"{write.by}-{write.number}" for write in truth.unsure if write.kind == "gesture"}
    assert set(truth.heard) <= truth.gestures() | possible, "gestures that nobody made"
    for made in (session_id, *fresh[-100:]):
        seen = (await call("ggui_get_session", {"sessionId": made}))["structuredContent"]
        last = truth.last("update", made)
        assert last <= seen["props"]["n"] <= last + 1
        assert "error" not in seen


async def at_work(truth: Truth, then_s: float) -> None:
    """Until ten more gestures were acknowledged, however busy the machine is, and a random while longer."""
    before = len(truth.gestures())
    async with asyncio.timeout(60):
        while len(truth.gestures()) < before + 10:
            await asyncio.sleep(0.01)
    await asyncio.sleep(then_s)


@pytest.mark.parametrize(
    "backend", [pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.services)]
)
async def test_what_was_acknowledged_survives_being_killed(backend: str, tmp_path: Path) -> None:
    chance, truth, port = random.Random(SEED), Truth(), free_port()
    session_id = ""
    async with database(backend, tmp_path) as (kept, storage):
        (tmp_path / "ggui.json").write_text(json.dumps(project(storage)))
        if backend == "postgres":
            run(tmp_path, "db", "upgrade")
        for round_ in range(CRASHES + 1):
            with serving(tmp_path, port) as victim:
                async with calling(victim.url) as call:
                    if not session_id:
                        session_id = await render(call, truth)
                    assert await kept.faults(running=True) == []
                    await verify(call, session_id, truth)
                    await remember(call, session_id, truth)
                if round_ == CRASHES:
                    break
                moment = asyncio.sleep(chance.uniform(0.2, 1.0))
                await work_until_killed(victim, session_id, truth, str(round_), moment)
            assert await kept.faults(running=False) == []
            await kept.let_time_pass()
    print(f"{backend}: {CRASHES} kills; {summary(truth)}")
    assert len(truth.gestures()) > CRASHES * 6, "the server was killed while it worked"
    assert len(truth.sessions) > CRASHES


def summary(truth: Truth) -> str:
    """What the run consisted of."""
    kinds = Counter(write.kind for write in truth.writes)
    twice = sum(times > 1 for times in truth.heard.values())
    return (
        f"{len(truth.sessions)} renders, {kinds['gesture']} gestures, {kinds['update']} updates and {kinds['emit']} "
        f"deliveries acknowledged; {len(truth.flagged)} gestures marked as redelivered, {twice} of them heard twice"
    )


async def remember(call: Caller, session_id: str, truth: Truth) -> None:
    """What was unsure when the server died is certain now; go on from there."""
    seen = (await call("ggui_get_session", {"sessionId": session_id}))["structuredContent"]
    for write in [*truth.unsure]:
        if write.kind == "update" and write.session_id == session_id and write.number == seen["props"]["n"]:
            truth.writes.append(write)
    truth.unsure = [write for write in truth.unsure if write.kind == "gesture"]

"""``ggui serve --workers`` as operators run it: PostgreSQL, Redis, and a port that several processes share."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from .crashing import Truth, free_port, postgres_database, project, run, serving
from .test_replicas import InTurn, loop, own_redis, verify

pytestmark = pytest.mark.services

LANES = 3
LOOPS = 4
PATIENCE_S = 60


def started(home: Path) -> list[dict[str, Any]]:
    """What the parent said of workers that began to serve."""
    lines = (home / "stderr.log").read_text().splitlines()
    said = [json.loads(line) for line in lines if line.startswith("{")]
    return [line for line in said if line["event"] == "worker_serves"]


async def loops(call: InTurn, truth: Truth, name: str) -> None:
    """Cards from the handshake to the last delivery, some at a time."""

    async def lane(by: str) -> None:
        for number in range(LOOPS):
            await loop(call, truth, by, number)

    await asyncio.gather(*(lane(f"{name}{each}") for each in range(LANES)))


async def test_workers_serve_as_one_and_go_on_without_the_one_that_was_killed(tmp_path: Path) -> None:
    truth = Truth()
    with own_redis() as redis:
        async with postgres_database() as url:
            said = project({"driver": "postgres", "url": url})
            said["plugins"] = {"settings": {"redis": {"url": redis.url}}}
            (tmp_path / "ggui.json").write_text(json.dumps(said))
            run(tmp_path, "db", "upgrade")
            port = free_port()
            with serving(tmp_path, port, more=["--workers", "2"]) as parent:
                # Each call has a connection of its own, which either worker may take.
                connector = aiohttp.TCPConnector(force_close=True)
                async with aiohttp.ClientSession(connector=connector) as http:
                    call = InTurn(http, [f"http://127.0.0.1:{port}", f"http://localhost:{port}"])
                    before = spent(parent.process.pid)
                    await loops(call, truth, "both")
                    assert call.retried == 0
                    busy = {pid: now - before[pid] for pid, now in spent(parent.process.pid).items()}
                    assert min(busy.values()) > max(busy.values()) / 20, f"one did all the work: {busy}"

                    killed = started(tmp_path)[0]["pid"]
                    os.kill(killed, signal.SIGKILL)
                    await loops(call, truth, "one")
                    async with asyncio.timeout(PATIENCE_S):
                        while len(started(tmp_path)) < 3:
                            await asyncio.sleep(0.1)
                    await loops(call, truth, "again")
                    assert call.failed_twice == []
    verify(truth)
    assert len(truth.gestures()) == 2 * 3 * LANES * LOOPS


def spent(parent: int) -> dict[int, float]:
    """Seconds of CPU that each worker has used."""
    return {
        child.pid: sum(child.cpu_times()[:2])
        for child in psutil.Process(parent).children()
        if "ggui_core" in child.cmdline()
    }

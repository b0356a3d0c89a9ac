"""A hundred clients that connect and vanish at random offsets leave nothing behind."""

from __future__ import annotations

import asyncio
import gc
import json
import random
import tracemalloc
from dataclasses import dataclass
from types import ModuleType

import psutil
import pytest

from ggui_core.testing import Booted, booted, until

from .raw_http import port_of

SEED = 20_260_728
CYCLES = 100
TOOLS = ["ggui_probe_park", "ggui_probe_echo", "ggui_probe_steps", "ggui_probe_write"]


def request(rng: random.Random, port: int) -> bytes:
    """A tools/call of a random tool, sometimes asking for progress."""
    params: dict[str, object] = {"name": rng.choice(TOOLS), "arguments": {"text": "x" * rng.randrange(2000)}}
    if rng.random() < 0.5:
        params["_meta"] = {"progressToken": 1}
    if params["name"] == "ggui_probe_write":
        params["arguments"] = {"seconds": 0.02}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    head = (
        f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Accept: application/json, text/event-stream\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def vanish(rng: random.Random, port: int) -> None:
    """Connect, send a random part of a request, read a random part of the answer, and hang up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    message = request(rng, port)
    offset = rng.choice([0, rng.randrange(len(message)), len(message), len(message)])
    writer.write(message[:offset])
    await writer.drain()
    await asyncio.sleep(rng.random() * 0.03)
    if offset == len(message) and rng.random() < 0.3:
        reading = asyncio.ensure_future(reader.read(rng.randrange(1, 40)))
        await asyncio.wait({reading}, timeout=0.05)
        reading.cancel()
    if rng.random() < 0.5:
        writer.transport.abort()
    else:
        writer.close()


@dataclass(frozen=True)
class Held:
    """What this process, which is the server and its clients, holds open."""

    tasks: int
    descriptors: int

    @classmethod
    def now(cls) -> Held:
        return cls(len(asyncio.all_tasks()), psutil.Process().num_fds())


async def cycles(server: Booted, rng: random.Random, count: int, before: Held) -> None:
    """So many clients vanish; returns once nothing more is held than ``before``."""
    port = port_of(server)
    for _ in range(count // 10):
        await asyncio.gather(*(vanish(rng, port) for _ in range(10)))
    calls = server.setup.calls
    await until(lambda: not calls.tasks and not len(calls))
    try:
        await until(
            lambda: (held := Held.now()).tasks <= before.tasks and held.descriptors <= before.descriptors
        )
    except TimeoutError:
        raise AssertionError(f"{Held.now()} is left, and before it was {before}") from None
    gc.collect()


async def test_hang_ups_leave_no_task_no_socket_and_no_memory(probe: ModuleType) -> None:
    limits = {"callsPerSecond": 100_000, "burst": 100_000}
    rng = random.Random(SEED)
    async with booted([probe], args=["--dev-allow-all"], config={"limits": limits}) as server:
        before = Held.now()
        tracemalloc.start()
        for _ in range(2):
            await cycles(server, rng, CYCLES, before)  # fills caches that fill once
        first, _ = tracemalloc.get_traced_memory()
        for _ in range(3):
            await cycles(server, rng, CYCLES, before)
        last, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert probe.observed.parked == 0
        assert (last - first) / (3 * CYCLES) < 200, "bytes kept per vanished client"


@pytest.mark.parametrize("held", [20])
async def test_parked_calls_release_their_sockets(probe: ModuleType, held: int) -> None:
    async with booted([probe], args=["--dev-allow-all"]) as server:
        port = port_of(server)
        rng = random.Random(1)
        message = request(rng, port)
        while b"ggui_probe_park" not in message:
            message = request(rng, port)
        writers = []
        for _ in range(held):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(message)
            writers.append(writer)
        await until(lambda: probe.observed.parked == held)
        for writer in writers:
            writer.transport.abort()
        calls = server.setup.calls
        await until(lambda: not calls.tasks and not len(calls))
        assert probe.observed.left == ["disconnected"] * held

"""How long others wait while somebody sends contracts and values that were made to hurt.

    python tests/bench/hostile.py          prints two rows for docs/benchmarks.md

One client measures ``ping``, first alone, then beside another one that sends hostile calls as fast as they are
answered: 300 patterns that backtrack for ever elsewhere, references to other hosts, 10,000 levels, a mebibyte of props.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import time
from typing import Any, Final

import aiohttp
from shapes import Shape, cores, serving

PINGS: Final = 1_000
HEADERS: Final = {
    "Accept": "application/json, text/event-stream",
    "Content-Type": "application/json",
    "Authorization": "Bearer dev",
}


def handshake(contract: str) -> bytes:
    """The call as text: a contract of 10,000 levels is more than the standard library writes."""
    head = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ggui_handshake","arguments":'
    return f'{head}{{"intent":"hurt","blueprintDraft":{{"contract":{contract}}}}}}}}}'.encode()


def props(**schemas: Any) -> str:
    return json.dumps({"propsSpec": {"properties": {name: {"schema": s} for name, s in schemas.items()}}})


def hostile() -> list[bytes]:
    patterns = {f"p{n}": {"type": "string", "pattern": f"^(a+)+{n}$"} for n in range(300)}
    deep = '{"type":"object","properties":{"x":' * 10_000 + "{}" + "}}" * 10_000
    render = {"handshakeId": "none", "props": {"value": "x" * (1 << 20)}}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    return [
        handshake(props(**patterns)),
        handshake(props(a={"$ref": "http://192.0.2.1/schema.json"}, b={"$ref": "file:///etc/hostname"})),
        handshake('{"propsSpec":{"properties":{"deep":{"schema":' + deep + "}}}}"),
        json.dumps({**call, "params": {"name": "ggui_render", "arguments": render}}).encode(),
    ]


async def ask(http: aiohttp.ClientSession, url: str, body: bytes) -> float:
    """Milliseconds until the answer was read."""
    started = time.perf_counter()
    async with http.post(url, data=body, headers=HEADERS) as answer:
        await answer.read()
    return (time.perf_counter() - started) * 1e3


async def pings(http: aiohttp.ClientSession, url: str) -> list[float]:
    body = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
    return sorted([await ask(http, url, body) for _ in range(PINGS)])


async def measure(url: str) -> None:
    async with aiohttp.ClientSession() as http, aiohttp.ClientSession() as other:
        await pings(http, url)
        alone = await pings(http, url)
        sent = 0

        async def hurt() -> None:
            nonlocal sent
            for body in itertools.cycle(hostile()):
                await ask(other, url, body)
                sent += 1

        hurting = asyncio.create_task(hurt())
        beside = await pings(http, url)
        hurting.cancel()
    for name, row in (("alone", alone), (f"beside {sent} hostile calls", beside)):
        p50, p95, worst = row[len(row) // 2], row[int(len(row) * 0.95)], row[-1]
        print(f"| `ping`, {name} | {len(row)} | {p50:.2f} ms | {p95:.2f} ms | {worst:.2f} ms |")


def main() -> None:
    server_core, client_core = cores()
    with serving(Shape("memory"), server_core, client_core) as server:
        os.sched_setaffinity(0, {client_core})
        asyncio.run(measure(server.base_url + "/mcp"))


if __name__ == "__main__":
    main()

"""What this machine takes for the things that no server here can do without; a figure is read beside these."""

from __future__ import annotations

import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Final

from shapes import environment

WRITES: Final = 300
CALLS: Final = 1_000
BODY: Final = b"x" * 1_024

_BARE: Final = """
import sys
import uvloop
from aiohttp import web

async def answer(request):
    return web.Response(body=await request.read())

app = web.Application()
app.router.add_post("/", answer)
uvloop.install()
web.run_app(app, host="127.0.0.1", port=0, access_log=None, print=lambda line: print(line, flush=True))
"""


def import_ms(core: int) -> float:
    """Milliseconds of Python's start and the imports of aiohttp, mcp and SQLModel, nothing else; least of three."""
    took = []
    for _ in range(3):
        begun = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", "import aiohttp, mcp.server, sqlmodel"],
            env=environment(os.environ.get("HOME", "/")),
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
            check=True,
        )
        took.append((time.perf_counter() - begun) * 1e3)
    return min(took)


def write_ms() -> float:
    """Milliseconds until 4 KiB are appended to a file and on the disk, where the servers keep theirs; median."""
    took = []
    with tempfile.NamedTemporaryFile(prefix="ggui-bench-") as file:
        for _ in range(WRITES):
            begun = time.perf_counter()
            file.write(b"x" * 4_096)
            file.flush()
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - begun) * 1e3)
    return statistics.median(took)


def call_ms(server_core: int) -> float:
    """Milliseconds of a call with 1 KiB to an aiohttp server that does nothing but send it back; median."""
    server = subprocess.Popen(
        [sys.executable, "-c", _BARE],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(os.environ.get("HOME", "/")),
        preexec_fn=lambda: os.sched_setaffinity(0, {server_core}),
    )
    try:
        assert server.stdout is not None
        address = server.stdout.readline().split("http://")[1].split()[0]
        connection = http.client.HTTPConnection(address, timeout=30)
        took = []
        for _ in range(CALLS):
            begun = time.perf_counter()
            connection.request("POST", "/", BODY)
            if connection.getresponse().read() != BODY:
                raise SystemExit("the bare server answered something else")
            took.append((time.perf_counter() - begun) * 1e3)
        connection.close()
    finally:
        server.terminate()
        server.wait()
    return statistics.median(took)

"""``ggui serve``: boot, beacons, banner, signals (spec 03 sections 3.3 to 3.8)."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Final, TextIO

import structlog

from ggui_core import SERVER_NAME, __version__, collector, logs
from ggui_core.announce import BannerRow, Beacon, resolved
from ggui_core.boot import Assembly, assemble, durability, running
from ggui_core.http.connection import raise_descriptor_limit
from ggui_core.http.server import bind
from ggui_core.project import Prepared
from ggui_core.workers import Channel, Process, inherited, supervise

log = structlog.get_logger("ggui.serve")

_LABEL_WIDTH: Final = 17


def run(prepared: Prepared) -> int:
    """Serve until a signal says stop; returns the exit status.

    Raises:
        BootError: the server could not start.
    """
    handed = inherited(prepared.project.environ)
    listener, channel, process = _place(prepared) if handed is None else (*handed, handed[1].orders())
    logs.configure(prepared.project.environ, worker=process.number)
    if prepared.project.manifest is None and process.speaks:
        print("ggui serve: no ggui.json found here or above; running with defaults", file=sys.stderr)
    raise_descriptor_limit()
    try:
        assembly = assemble(prepared, listener, process=process)
        with asyncio.Runner(loop_factory=_event_loop()) as runner:
            runner.run(_serve(assembly, channel))
    finally:
        listener.close()
    return 0


def _place(prepared: Prepared) -> tuple[socket.socket, None, Process]:
    """The socket of a server of one process; with ``--workers`` this process becomes the parent instead."""
    listener = bind(prepared.server.host, prepared.server.port)
    if prepared.server.workers > 1:
        supervise(prepared, listener)
    return listener, None, Process()


def _event_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _serve(assembly: Assembly, channel: Channel | None) -> None:
    stop = asyncio.Event()
    listen_for_signals(asyncio.get_running_loop(), stop)
    before = _before_listening(assembly)
    if channel is None:
        for line in before:
            print(line, flush=True)
        async with running(assembly):
            collector.settle()
            announce(assembly, sys.stdout)
            await _until(stop)
        return
    with channel.watched(stop):
        async with running(assembly):
            collector.settle()
            said = io.StringIO()
            print(*before, sep="\n", end="\n" if before else "", file=said)
            announce(assembly, said)
            channel.serves(said.getvalue())
            await _until(stop)


async def _until(stop: asyncio.Event) -> None:
    await stop.wait()
    log.info("stopping")


def listen_for_signals(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Set ``stop`` on SIGINT and SIGTERM; called on the main thread."""

    def wake(number: int, frame: object) -> None:
        loop.call_soon_threadsafe(_on_signal, stop, number)

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, _on_signal, stop, number)
        except NotImplementedError:  # the event loop of Windows has no such thing
            signal.signal(number, wake)


def _on_signal(stop: asyncio.Event, number: int) -> None:
    if stop.is_set():
        os._exit(128 + number)  # a second signal means now
    stop.set()


def _before_listening(assembly: Assembly) -> list[str]:
    if not assembly.mounts:
        return []
    return [f"mcpMounts: {len(assembly.mounts)} declared", *assembly.mounts]


def announce(assembly: Assembly, out: TextIO) -> None:
    """Print beacons, each on a line of its own, then the banner."""
    beacons = [Beacon("READY", assembly.setup.base_url, 0)]
    beacons += [item for item in assembly.announcements if isinstance(item, Beacon)]
    for beacon in sorted(beacons, key=lambda item: item.rank):
        value = resolved(beacon.value)
        if value is not None:
            print(f"{beacon.name} {value}", file=out)
    print(banner(assembly), file=out, flush=True)


def banner(assembly: Assembly) -> str:
    """What a person needs to know once the server listens."""
    setup = assembly.setup
    rows = [
        BannerRow("mcp", f"{setup.base_url}/mcp", 10),
        BannerRow("health", f"{setup.base_url}/ggui/health", 11),
        BannerRow("tools", str(assembly.runtime.tool_count), 20),
        BannerRow("plugins", ", ".join(assembly.plugins.enabled) or "none", 21),
        BannerRow("public", setup.server.public_base_url, 22),
        BannerRow("workers", str(setup.process.of) if setup.process.of > 1 else None, 23),
        BannerRow("state", _state(assembly), 30),
        BannerRow("auth", _auth(assembly), 80),
        BannerRow("browser origins", ", ".join(setup.server.browser_origins) or "loopback only", 81),
        *(item for item in assembly.announcements if isinstance(item, BannerRow)),
    ]
    if setup.server.dev_allow_all and not setup.server.loopback:
        rows.append(
            BannerRow(
                "WARNING", "--dev-allow-all on a public address: anyone who reaches this port is you", 90
            )
        )
    lines = ["", f"  {SERVER_NAME} {__version__} · self-hosted", ""]
    for row in sorted(rows, key=lambda item: item.rank):
        value = resolved(row.value)
        if value is not None:
            lines.append(f"  {row.label:<{_LABEL_WIDTH}}{value}")
    return "\n".join([*lines, "", "  Ctrl-C stops the server.", ""])


def _state(assembly: Assembly) -> str | None:
    if durability(assembly.setup) == "durable":
        return None
    lost = "everything" if assembly.setup.server.ephemeral else "everything but pairings"
    return f"ephemeral: {lost} is lost when the server stops"


def _auth(assembly: Assembly) -> str:
    if assembly.setup.server.dev_allow_all:
        return "DEV ALLOW-ALL: any bearer, or none, is accepted"
    return "strict: only registered bearers pass"

"""The shapes in which a server is measured: its store, its number of processes, and how they are started.

A shape starts the ``ggui`` of this environment in a temporary project. Its bytecode is compiled before, as an installer
does: ``PYTHONDONTWRITEBYTECODE`` of the caller would make every start compile two thousand modules anew.
"""

from __future__ import annotations

import asyncio
import compileall
import contextlib
import json
import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

GGUI: Final = Path(sys.executable).parent / "ggui"
ROOT: Final = Path(__file__).parents[2]
START_S: Final = 60
STOP_S: Final = 20
PROJECT: Final = {
    "schema": "1",
    "protocol": "draft-2026-08-19",
    "app": {"slug": "bench", "name": "Bench"},
}
SHAPES: Final = ("memory", "sqlite", "postgres")
POSTGRES: Final = "GGUI_TEST_POSTGRES_URL"
REDIS: Final = "GGUI_TEST_REDIS_URL"


class NotHere(Exception):
    """This machine or this checkout has not what a shape needs; the text says what."""


@dataclass(frozen=True)
class Shape:
    """What is started.

    Attributes:
        store: ``memory`` (``--ephemeral``), ``sqlite`` (one durable file, the shape of the targets) or ``postgres``
            (with Redis where the plugin ``redis`` is installed).
        processes: Servers on the same database; more than one are reached through a round-robin proxy.
        disabled: Plugins that do not take part.
    """

    store: str
    processes: int = 1
    disabled: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.store if self.processes == 1 else f"{self.store}, {self.processes} processes"


@dataclass(frozen=True)
class Booted:
    """A server, or several behind one address, that runs.

    Attributes:
        base_url: Where clients speak to it.
        pids: The main processes, without those that they started.
    """

    base_url: str
    pids: Sequence[int]

    @property
    def pid_list(self) -> str:
        return ",".join(map(str, self.pids))


def compiled() -> None:
    """Bytecode of everything that the server imports is on disk afterwards."""
    for folder in {*sys.path, str(ROOT / "ggui_core"), str(ROOT / "plugins"), str(ROOT / "migrations")}:
        path = Path(folder)
        if path.is_dir() and path.resolve() != ROOT:
            compileall.compile_dir(path, quiet=2, maxlevels=12)


def environment(home: str, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables of a server: the caller's, without what would change the figures."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "HOME": home, "GGUI_LOG_LEVEL": "error", **(more or {})}


@contextmanager
def project(shape: Shape) -> Iterator[tuple[str, list[str], dict[str, str]]]:
    """A folder with ``ggui.json``, the command that serves it and its variables; gone with the block.

    Raises:
        NotHere: the shape needs a PostgreSQL or a Redis that is not named or does not answer.
    """
    with tempfile.TemporaryDirectory(prefix="ggui-bench-") as home, contextlib.ExitStack() as stack:
        written: dict[str, Any] = {**PROJECT, "plugins": {"disable": list(shape.disabled)}}
        more: dict[str, str] = {}
        command = [str(GGUI), "serve", "--port", "0", "--dev-allow-all", "--no-open"]
        if shape.store == "memory":
            command.append("--ephemeral")
        elif shape.store == "sqlite":
            written["storage"] = {"renders": {"driver": "sqlite"}}
        else:
            written["storage"] = {"renders": {"driver": "postgres", "url": stack.enter_context(_database())}}
            more["GGUI_TOKEN_SECRET"] = secrets.token_hex(32)
            redis = os.environ.get(REDIS)
            if redis and _has_redis():
                written["plugins"]["settings"] = {
                    "redis": {"url": redis, "prefix": f"bench-{secrets.token_hex(4)}"}
                }
            elif shape.processes > 1:
                raise NotHere(f"several processes need the plugin redis and {REDIS}")
        Path(home, "ggui.json").write_text(json.dumps(written), encoding="utf-8")
        variables = environment(home, more)
        if shape.store == "postgres":
            subprocess.run(
                [str(GGUI), "db", "upgrade"], cwd=home, env=variables, check=True, capture_output=True
            )
        yield home, command, variables


@dataclass
class Server:
    """One started process; :meth:`stop` ends it and what it started."""

    process: subprocess.Popen[str]
    base_url: str

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


def start(
    home: str,
    command: Sequence[str],
    variables: Mapping[str, str],
    core: int,
    enter: Callable[[], None] | None = None,
) -> Server:
    """A server pinned to a core, once it said where it listens.

    Args:
        enter: Called in the new process before it becomes the server, to place it in a group.
    """

    def place() -> None:
        os.sched_setaffinity(0, {core})
        if enter is not None:
            enter()

    with tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            command,
            cwd=home,
            env=dict(variables),
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            preexec_fn=place,
        )
        assert process.stdout is not None
        readable, _, _ = select.select([process.stdout], [], [], START_S)
        ready = process.stdout.readline() if readable else ""
        if not ready.startswith("READY "):
            process.kill()
            process.wait()
            complaints.seek(0)
            raise SystemExit(f"the server did not start: {ready!r} {complaints.read()[-2000:]}")
    return Server(process, ready.split()[1].rstrip("/"))


@contextmanager
def serving(
    shape: Shape, server_core: int, client_core: int, enter: Callable[[], None] | None = None
) -> Iterator[Booted]:
    """Everything of a shape, started; it ends with the block.

    Several processes share the server's core, for what counts there is the processor time of a pair; the proxy before
    them shares the client's.
    """
    with project(shape) as (home, command, variables), contextlib.ExitStack() as stack:
        if shape.processes == 1:
            server = start(home, command, variables, server_core, enter)
            stack.callback(server.stop)
            yield Booted(server.base_url, [server.process.pid])
            return
        with socket.create_server(("127.0.0.1", 0)) as listener:
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            servers = []
            for _ in range(shape.processes):
                server = start(home, [*command, "--public-base-url", address], variables, server_core, enter)
                stack.callback(server.stop)
                servers.append(server)
            ports = [server.base_url.rsplit(":", 1)[1] for server in servers]
            proxy = subprocess.Popen(
                [sys.executable, __file__, str(listener.fileno()), *ports],
                pass_fds=[listener.fileno()],
                preexec_fn=lambda: os.sched_setaffinity(0, {client_core}),
            )
            stack.callback(proxy.wait)
            stack.callback(proxy.terminate)
            yield Booted(address, [server.process.pid for server in servers])


def _has_redis() -> bool:
    from importlib.metadata import entry_points

    return any(entry.name == "redis" for entry in entry_points(group="ggui.plugins"))


@contextmanager
def _database() -> Iterator[str]:
    """The address of a new PostgreSQL database, dropped with the block."""
    server = os.environ.get(POSTGRES)
    if not server:
        raise NotHere(f"PostgreSQL is not named: set {POSTGRES}")
    import asyncpg

    name = f"bench_{secrets.token_hex(4)}"

    async def execute(statement: str) -> None:
        connection = await asyncpg.connect(server)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    try:
        asyncio.run(execute(f"CREATE DATABASE {name}"))
    except OSError as error:
        raise NotHere(f"PostgreSQL does not answer: {error}") from error
    try:
        yield f"{server.rsplit('/', 1)[0]}/{name}"
    finally:
        # A server that was just ended may still hold a connection.
        asyncio.run(execute(f"DROP DATABASE {name} WITH (FORCE)"))


async def _round_robin(descriptor: int, ports: Sequence[int]) -> None:
    """Give each connection to the next server and copy bytes until one side ends. No affinity, no retry."""
    turn = 0

    async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await source.read(65536):
                sink.write(piece)
                await sink.drain()
        sink.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal turn
        port = ports[turn % len(ports)]
        turn += 1
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(copy(reader, up_writer), copy(up_reader, writer))

    server = await asyncio.start_server(connected, sock=socket.socket(fileno=descriptor))
    async with server:
        await server.serve_forever()


def cores() -> tuple[int, int]:
    """The cores of server and client: the first and the last that this process may use."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


if __name__ == "__main__":
    with contextlib.suppress(ImportError):
        import uvloop

        uvloop.install()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    asyncio.run(_round_robin(int(sys.argv[1]), [int(port) for port in sys.argv[2:]]))

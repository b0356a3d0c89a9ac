"""Several processes of one server on one machine: what a worker knows of the others (ARCHITECTURE section 11).

The parent (:mod:`ggui_core.supervisor`) holds the listening socket and hands it down. Beside it each worker inherits
one end of a socket pair: it carries the orders of the parent down and one line up once the worker serves. The parent's
end closes when the parent dies, however it dies; a worker stops then.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from ggui_core.errors import BootError

if TYPE_CHECKING:
    from ggui_core.project import Prepared
    from ggui_core.setup import Setup

VARIABLE: Final = "GGUI_WORKER"
"""How the parent names the descriptors of a worker: ``<listener>,<channel>``. Nobody else sets it."""

SEED_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Process:
    """One process of a server.

    Attributes:
        number: 1 for the first worker; 0 for a server of one process.
        of: How many there are.
        speaks: Whether this process announces the server: of several, one does, once in the life of the server.
        seed: Random bytes that all processes of this start share, and no other start has.
    """

    number: int = 0
    of: int = 1
    speaks: bool = True
    seed: bytes = field(default_factory=lambda: secrets.token_bytes(SEED_BYTES), repr=False)


@dataclass(frozen=True, slots=True)
class SharedState:
    """A plugin contributes one for what it lets all processes of a server share.

    ``storage`` is where sessions, pairings and small values are kept, ``announcements`` is how a process hears what
    happened in another one.

    Attributes:
        has_company: Whether another process that shares it is alive; ``None`` where nobody can say. One that was
            killed may count for some seconds more.
    """

    kind: Literal["storage", "announcements"]
    has_company: Callable[[], Awaitable[bool]] | None = None


_REMEDIES: Final = {
    "storage": 'a PostgreSQL database: set "storage": {"renders": {"driver": "postgres", "url": "postgresql://..."}} '
    "in ggui.json and run ggui db upgrade",
    "announcements": "Redis: install ggui-redis and set its address in --redis-url or GGUI_REDIS_URL",
}


def require_shared(setup: Setup) -> None:
    """Refuse to be one of several processes that know nothing of one another.

    Raises:
        BootError: state or announcements stay inside one process; says what is needed.
    """
    if setup.process.of == 1:
        return
    shared = {state.kind for state in setup.contributions(SharedState)}
    missing = [
        f"--workers {setup.process.of} needs {remedy}; or leave --workers out, and one process serves"
        for kind, remedy in _REMEDIES.items()
        if kind not in shared
    ]
    if missing:
        raise BootError(*missing)


class Channel:
    """A worker's line to its parent."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def orders(self) -> Process:
        """What the parent wants of this worker; waits for it."""
        text = b""
        while not text.endswith(b"\n"):
            part = self._end.recv(4096)
            if not part:
                raise BootError("the parent of this worker is gone")
            text += part
        said = json.loads(text)
        return Process(said["number"], said["of"], said["speaks"], bytes.fromhex(said["seed"]))

    def serves(self, announcement: str) -> None:
        """Tell the parent that this worker accepts requests, and what is to be printed once all do."""
        self._end.setblocking(True)
        self._end.sendall(json.dumps({"announcement": announcement}).encode() + b"\n")
        self._end.setblocking(False)

    @contextmanager
    def watched(self, stop: asyncio.Event) -> Iterator[None]:
        """Set ``stop`` when the parent is gone while the block runs."""
        loop = asyncio.get_running_loop()
        self._end.setblocking(False)

        def look() -> None:
            try:
                gone = not self._end.recv(4096)
            except BlockingIOError:
                return
            except OSError:
                gone = True
            if gone:
                loop.remove_reader(self._end)
                stop.set()

        loop.add_reader(self._end, look)
        try:
            yield
        finally:
            loop.remove_reader(self._end)


def inherited(environ: Mapping[str, str]) -> tuple[socket.socket, Channel] | None:
    """What the parent handed down, if this process is a worker."""
    named = environ.get(VARIABLE)
    if named is None:
        return None
    os.environ.pop(VARIABLE, None)  # no child of this worker is one
    listener, channel = (int(number) for number in named.split(","))
    for descriptor in (listener, channel):
        os.set_inheritable(descriptor, False)
    return socket.socket(fileno=listener), Channel(socket.socket(fileno=channel))


def supervise(prepared: Prepared, listener: socket.socket) -> None:
    """Become the parent of ``--workers`` processes; does not return.

    This process loaded every plugin to judge the command line. The parent needs none of them, so it starts anew under
    the same process id, small.

    Raises:
        BootError: this system cannot hand sockets down.
    """
    if os.name != "posix":
        raise BootError(
            "--workers needs a POSIX system; start one server for each port behind a proxy instead"
        )
    os.set_inheritable(listener.fileno(), True)
    sys.stdout.flush()
    sys.stderr.flush()
    arguments = [str(prepared.server.workers), str(listener.fileno()), *prepared.arguments]
    os.execv(sys.executable, [sys.executable, "-m", "ggui_core.supervisor", *arguments])  # noqa: S606

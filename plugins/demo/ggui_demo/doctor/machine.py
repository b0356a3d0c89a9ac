"""The machine: its Python, and whether the port is free."""

from __future__ import annotations

import json
import platform
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from ggui_core import SERVER_NAME
from ggui_core.errors import BootError
from ggui_core.http.server import bind
from ggui_demo.doctor.finding import Finding
from ggui_demo.doctor.place import Place

_OLDEST: Final = (3, 11)
_TIMEOUT_S: Final = 3.0
_LISTEN: Final = "0A"
"""State of a listening socket in ``/proc/net/tcp`` (Linux, include/net/tcp_states.h)."""


def python(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """Whether this interpreter is new enough."""
    name = f"{platform.python_implementation()} {'.'.join(map(str, version))}"
    if version[:2] < _OLDEST:
        return Finding("python", "fail", f"{name} is too old", "install Python 3.11 or newer")
    return Finding("python", "ok", name)


def port(place: Place) -> Finding:
    """Whether ``ggui serve`` can listen, or does already."""
    where = f"{place.host}:{place.port}"
    try:
        bind(place.host, place.port).close()
    except BootError as error:
        health = _health(place.host, place.port)
        if health.get("server") == SERVER_NAME:
            running = f"a ggui server {health.get('version', '')} answers at {where}"
            if health.get("status") == "ok":
                return Finding("port", "ok", running)
            return Finding("port", "warn", f"{running} and is degraded", f"see http://{where}/ggui/health")
        holder = _holder(place.port)
        if holder is None:
            cause, _, remedy = error.problems[0].partition("; ")
            return Finding("port", "fail", cause, remedy)
        return Finding(
            "port",
            "fail",
            f"{where} is in use by {holder}",
            f"stop it, or start on another port: ggui serve --port {_another(place.port)}",
        )
    return Finding("port", "ok", f"{where} is free")


def _another(taken: int) -> int:
    return taken + 1 if taken < 65_535 else taken - 1


def _health(host: str, number: int) -> dict[str, Any]:
    name = host.strip("[]")
    authority = f"[{name}]:{number}" if ":" in name else f"{name}:{number}"
    with suppress(OSError, ValueError):
        try:
            with urllib.request.urlopen(f"http://{authority}/ggui/health", timeout=_TIMEOUT_S) as answer:
                body = json.load(answer)
        except urllib.error.HTTPError as degraded:
            body = json.load(degraded)
        return body if isinstance(body, dict) else {}
    return {}


def _holder(number: int) -> str | None:
    """The process that listens on a port, such as ``nginx (process 812)``; ``None`` where that cannot be told."""
    sockets = {f"socket:[{inode}]" for inode in _listening(number)}
    for directory in Path("/proc").glob("[0-9]*") if sockets else ():
        with suppress(OSError):
            if any(str(link.readlink()) in sockets for link in (directory / "fd").iterdir()):
                return f"{(directory / 'comm').read_text('utf-8').strip()} (process {directory.name})"
    return None


def _listening(number: int) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in Path("/proc/net", table).read_text("ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == number:
                    yield fields[9]

"""``ggui serve --workers``: a parent and several processes on one port, as an operator runs them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from ggui_core.testing import PATIENCE_S

from .replica_databases import fresh_database, upgrade

BUS = """
from ggui_core import hookimpl
from ggui_core.workers import SharedState

PLUGIN_API = 1


@hookimpl
def ggui_provide(setup):
    setup.contribute(SharedState, SharedState("announcements"))
"""
"""A stranger's plugin that says it carries announcements: what is tested here needs none to be carried."""


class Served:
    """A server with workers that has printed its beacons."""

    def __init__(self, home: Path, storage: dict[str, object], *flags: str) -> None:
        manifest = {
            "schema": "1",
            "protocol": "draft-2026-08-19",
            "app": {"slug": "workers", "name": "Workers"},
            "storage": {"renders": storage},
        }
        (home / "ggui.json").write_text(json.dumps(manifest))
        self.log = home / "stderr.log"
        with self.log.open("wb") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ggui_core", "serve", "--port", "0", *flags],
                cwd=home,
                env=environment(home),
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        self.lines: list[str] = []

    def begun(self) -> Served:
        """Wait for the banner."""
        assert self.process.stdout is not None
        while not any("Ctrl-C" in line for line in self.lines):
            line = self.process.stdout.readline()
            assert line, self.log.read_text()
            self.lines.append(line.rstrip("\n"))
        return self

    @property
    def url(self) -> str:
        return self.lines[0].removeprefix("READY ")

    def events(self, name: str) -> list[dict[str, object]]:
        said = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in said if line["event"] == name]

    def workers(self) -> list[int]:
        """The process ids of the workers, by number."""
        newest = {line["number"]: line["pid"] for line in self.events("worker_serves")}
        return [int(str(newest[number])) for number in sorted(newest, key=str)]

    def post(self, path: str, body: object, bearer: str) -> dict[str, object]:
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        headers["Authorization"] = f"Bearer {bearer}"
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            found: dict[str, object] = json.loads(answer.read())
            return found


def environment(home: Path) -> dict[str, str]:
    package = home / "site"
    info = package / "stranger_bus-1.0.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (package / "stranger_bus.py").write_text(BUS)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger-bus\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[ggui.plugins]\nstranger-bus = stranger_bus\n")
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GGUI_")}
    return {**kept, "HOME": str(home), "PYTHONPATH": str(package)}


def eventually(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@pytest.fixture
def storage() -> Iterator[dict[str, object]]:
    with fresh_database() as url:
        upgrade(url)
        yield {"driver": "postgres", "url": url}


@pytest.fixture
def serve(tmp_path: Path, storage: dict[str, object]) -> Iterator[Callable[..., Served]]:
    servers: list[Served] = []

    def start(*flags: str) -> Served:
        servers.append(Served(tmp_path, storage, *flags))
        return servers[-1]

    yield start
    for server in servers:
        family = []
        with contextlib.suppress(psutil.NoSuchProcess):
            family = psutil.Process(server.process.pid).children(recursive=True)
        if server.process.poll() is None:
            server.process.kill()
        server.process.communicate()
        for one in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()


def came_back(server: Served, starts: int) -> bool:
    return len(server.events("worker_serves")) == starts


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_beacons_come_once_when_all_serve_and_the_parent_is_small(serve: Callable[..., Served]) -> None:
    server = serve("--workers", "3").begun()
    assert re.fullmatch(r"READY http://127\.0\.0\.1:\d+", server.lines[0])
    assert [line.split()[0] for line in server.lines[:3]] == ["READY", "PAIR_CODE", "ADMIN_TOKEN"]
    assert sum(line.startswith("PAIR_CODE") for line in server.lines) == 1
    assert len(set(server.workers())) == 3
    resident = psutil.Process(server.process.pid).memory_info().rss
    assert resident < 32 << 20, f"{resident >> 20} MiB"
    code, admin = server.lines[1].split()[1], server.lines[2].split()[1]
    token = server.post("/pair", {"code": code, "deviceName": "phone"}, "")["token"]
    assert isinstance(token, str)
    # Each request is a connection of its own, so all workers get some: all know the operator.
    for _ in range(30):
        server.post("/admin/pair/init", {}, admin)
    served = {
        line["worker"]
        for line in map(json.loads, server.log.read_text().splitlines())
        if "request_id" in line
    }
    assert len(served) > 1, "connections are spread"
    assert served <= {1, 2, 3}, "lines of the log name the worker"
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(PATIENCE_S) == 0
    assert not any(is_running(pid) for pid in server.workers())
    assert server.process.stdout is not None
    assert server.process.stdout.read().strip() == ""


def test_a_worker_that_dies_is_replaced_and_no_new_code_is_made(serve: Callable[..., Served]) -> None:
    server = serve("--workers", "2").begun()
    before = server.workers()
    os.kill(before[0], signal.SIGKILL)
    eventually(lambda: len(server.events("worker_serves")) == 3, "the first worker came back")
    ended = server.events("worker_ended")
    assert [(line["number"], line["status"]) for line in ended] == [(1, -signal.SIGKILL)]
    code = server.lines[1].split()[1]
    paired = server.post("/pair", {"code": code, "deviceName": "phone"}, "")
    assert paired["token"], "the code of the start is still the one"
    for _ in range(10):
        server.post("/admin/pair/init", {}, server.lines[2].split()[1])


def test_a_worker_that_keeps_dying_is_started_later_each_time(serve: Callable[..., Served]) -> None:
    server = serve("--workers", "2").begun()
    for round_ in range(2):
        os.kill(server.workers()[1], signal.SIGKILL)
        eventually(partial(came_back, server, 3 + round_), "it came back")
    assert [line["again_in_s"] for line in server.events("worker_ended")] == [0.0, 0.5]


def test_workers_stop_when_their_parent_is_killed(serve: Callable[..., Served]) -> None:
    server = serve("--workers", "2").begun()
    workers = server.workers()
    server.process.kill()
    server.process.wait()
    eventually(lambda: not any(is_running(pid) for pid in workers), "no worker holds the port")
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(server.url + "/ggui/health", timeout=5)


@pytest.mark.parametrize(
    ("kept", "says"),
    [
        ({"driver": "memory"}, "--workers 2 needs a PostgreSQL database"),
        ({"driver": "sqlite"}, "--workers 2 needs PostgreSQL and Redis, and storage is the file"),
    ],
)
def test_state_that_one_process_keeps_to_itself_is_refused(
    tmp_path: Path, kept: dict[str, object], says: str
) -> None:
    server = Served(tmp_path, kept, "--workers", "2")
    out, _ = server.process.communicate(timeout=PATIENCE_S)
    assert server.process.returncode == 1
    assert out == ""
    text = server.log.read_text()
    assert text.count(says) == 1
    assert "leave --workers out" in text
    assert "Traceback" not in text
    assert not (tmp_path / ".ggui" / "persistent" / "ggui.db").exists(), "nothing was made"

"""``ggui serve`` as a process: beacons, exit codes, signals and what it says when it cannot start."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from ggui_core.testing import PATIENCE_S

GGUI = [sys.executable, "-m", "ggui_core"]


def environment(home: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GGUI_")}
    return {**kept, "HOME": str(home)}


class Server:
    """A ``ggui serve`` process that has printed its beacons."""

    def __init__(self, home: Path, *flags: str) -> None:
        with (home / "stderr.log").open("wb") as stderr:
            self.process = subprocess.Popen(
                [*GGUI, "serve", "--port", "0", *flags],
                cwd=home,
                env=environment(home),
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        assert self.process.stdout is not None
        self.lines: list[str] = []
        while not any("Ctrl-C" in line for line in self.lines):
            line = self.process.stdout.readline()
            assert line, (home / "stderr.log").read_text()
            self.lines.append(line.rstrip("\n"))
        self.url = self.lines[0].removeprefix("READY ")

    def post(self, path: str, body: object, bearer: str | None = None) -> dict[str, object]:
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        if bearer is not None:
            headers["Authorization"] = f"Bearer {bearer}"
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            found: dict[str, object] = json.loads(answer.read())
            return found

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=PATIENCE_S)


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[Server]]:
    servers: list[Server] = []
    yield servers
    for server in servers:
        if server.process.poll() is None:
            server.process.kill()
        server.process.communicate()


def refuse(home: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [*GGUI, *arguments],
        cwd=home,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def test_beacons_come_first_each_on_its_own_line(tmp_path: Path, started: list[Server]) -> None:
    server = Server(tmp_path)
    started.append(server)
    assert re.fullmatch(r"READY http://127\.0\.0\.1:\d+", server.lines[0])
    assert re.fullmatch(r"PAIR_CODE \d{6}", server.lines[1])
    assert re.fullmatch(r"ADMIN_TOKEN ggui_admin_[A-Za-z0-9_-]{22,}", server.lines[2])


def test_stdout_holds_no_log_line_and_stderr_no_secret(tmp_path: Path, started: list[Server]) -> None:
    server = Server(tmp_path)
    started.append(server)
    code, admin = server.lines[1].split()[1], server.lines[2].split()[1]
    token = server.post("/pair", {"code": code, "deviceName": "phone"})["token"]
    assert isinstance(token, str)
    server.post("/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, token)
    server.post("/admin/pair/init", {}, admin)
    assert server.stop() == 0
    assert server.process.stdout is not None
    log = (tmp_path / "stderr.log").read_text()
    assert server.process.stdout.read().strip() == ""
    assert '"request_id"' in log
    assert '"principal":"pairing"' in log
    for secret in (token, admin, code):
        assert not re.search(rf"\b{secret}\b", log)


def test_pairing_survives_a_restart(tmp_path: Path, started: list[Server]) -> None:
    first = Server(tmp_path)
    started.append(first)
    code = first.lines[1].split()[1]
    token = first.post("/pair", {"code": code, "deviceName": "phone"})["token"]
    assert first.stop() == 0
    second = Server(tmp_path)
    started.append(second)
    assert isinstance(token, str)
    answer = second.post("/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, token)
    assert "result" in answer


def test_pairing_survives_kill_nine(tmp_path: Path, started: list[Server]) -> None:
    first = Server(tmp_path)
    started.append(first)
    token = first.post("/pair", {"code": first.lines[1].split()[1], "deviceName": "phone"})["token"]
    first.process.kill()
    first.process.wait()
    second = Server(tmp_path)
    started.append(second)
    assert isinstance(token, str)
    assert "result" in second.post("/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, token)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_stops_the_server_with_status_0(tmp_path: Path, started: list[Server], number: int) -> None:
    server = Server(tmp_path)
    started.append(server)
    assert server.stop(number) == 0


def test_busy_port_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        status, stderr = refuse(tmp_path, "serve", "--port", port)
    assert status == 1
    assert f"ggui serve: cannot listen on 127.0.0.1:{port}: the address is in use" in stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["serve", "--host", "no.such.host.invalid"], "is unknown"),
        (["serve", "--host", "203.0.113.77"], "no such address"),
        (["serve", "--port", "70000"], "ggui serve: --port"),
        (["serve", "--port", "x"], "ggui serve: --port"),
        (["serve", "--port"], "--port requires a value"),
        (["serve", "--nonsense"], 'unknown option "--nonsense"'),
        (["serve", "--public-base-url", "ftp://x"], "--public-base-url"),
        (["serve", "--all"], "--mcp-only"),
        (["serve", "--browser-origin", "*"], "--browser-origin is no origin"),
        (["serve", "--browser-origin", "null"], "--browser-origin is no origin"),
        (["serve", "--browser-origin", "https://app.example/page"], "--browser-origin is no origin"),
    ],
)
def test_bad_flags_are_one_line_and_status_1(tmp_path: Path, arguments: list[str], says: str) -> None:
    status, stderr = refuse(tmp_path, *arguments)
    complaint = [
        line for line in stderr.splitlines() if line.startswith("ggui serve: ") and "no ggui.json" not in line
    ]
    assert status == 1
    assert len(complaint) == 1
    assert says in complaint[0]


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"schema": "1"}', '{"schema": "1", "protocol": "1.1", "nope": 1}']
)
def test_bad_manifest_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    (tmp_path / "ggui.json").write_text(text)
    status, stderr = refuse(tmp_path, "serve", "--port", "0")
    assert status == 1
    assert "ggui.json" in stderr


def test_bad_keys_file_stops_the_boot(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text('{"v": 2}')
    status, stderr = refuse(tmp_path, "serve", "--port", "0", "--keys-file", "keys.json")
    assert status == 1
    assert "keys.json" in stderr

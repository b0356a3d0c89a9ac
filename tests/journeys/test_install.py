"""From the source tree to a running server, in environments that have nothing else.

Each test installs into a fresh virtual environment with ``uv``, runs the console script as a person would, and
looks at it through its port.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

REPOSITORY = Path(__file__).parents[2]
UV = shutil.which("uv")
BOOT_S = 120
CALL_S = 60

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(UV is None, reason="uv is not installed; run tox -e journeys"),
    pytest.mark.skipif(sys.platform == "win32", reason="looks for scripts where POSIX venvs have them"),
]


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment, and a home in which nothing was configured yet."""

    root: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def work(self) -> Path:
        """The working directory of everything that runs here."""
        return self.root / "work"

    def install(self, *arguments: str) -> None:
        """Install the way ``pip install`` does, at the versions that the checks pin."""
        assert UV is not None
        constraints = str(REPOSITORY / "constraints.txt")
        command = [UV, "pip", "install", "--quiet", "--constraint", constraints, *arguments]
        environ = {**os.environ, "VIRTUAL_ENV": str(self.root / "venv")}
        done = subprocess.run(command, cwd=self.work, env=environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def run(self, script: str, *arguments: str) -> str:
        """Run a script of the environment to its end; returns what it printed."""
        command = [self.root / "venv" / "bin" / script, *arguments]
        done = subprocess.run(
            command, cwd=self.work, env=self.environ, capture_output=True, text=True, timeout=BOOT_S
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def serving(self, *flags: str) -> Iterator[Mapping[str, str]]:
        """``ggui serve`` on a free port; yields its beacons, then expects it to stop when asked."""
        command = [self.root / "venv" / "bin" / "ggui", "serve", "--port", "0", *flags]
        log = self.root / "serve.err"
        with log.open("w") as stderr:
            server = subprocess.Popen(
                command, cwd=self.work, env=self.environ, stdout=subprocess.PIPE, stderr=stderr, text=True
            )
        try:
            yield _beacons(server, log)
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.communicate(timeout=BOOT_S)
            except subprocess.TimeoutExpired:
                server.kill()
                server.communicate()
        assert server.returncode == 0, log.read_text()


def _beacons(server: subprocess.Popen[str], log: Path) -> Mapping[str, str]:
    """What the server printed before its banner, which starts with an empty line."""
    assert server.stdout is not None
    beacons: dict[str, str] = {}
    for line in server.stdout:
        name, _, value = line.strip().partition(" ")
        if name.isupper():
            beacons[name] = value
        if not line.strip() and "READY" in beacons:
            return beacons
    raise AssertionError(f"the server ended before it was ready: {log.read_text()}")


def _post(url: str, body: Mapping[str, Any], bearer: str | None = None) -> tuple[int, Any]:
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    if bearer is not None:
        headers["Authorization"] = f"Bearer {bearer}"
    request = Request(url, json.dumps(body).encode(), headers)
    try:
        with urlopen(request, timeout=CALL_S) as response:
            return response.status, json.load(response)
    except HTTPError as refused:
        return refused.code, json.load(refused)


def _rpc(method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}


def _pair(beacons: Mapping[str, str]) -> str:
    status, paired = _post(
        f"{beacons['READY']}/pair", {"code": beacons["PAIR_CODE"], "deviceName": "journey"}
    )
    assert status == 200, paired
    return str(paired["token"])


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    assert UV is not None
    (tmp_path / "work").mkdir()
    venv = tmp_path / "venv"
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, str(venv)], check=True)
    path = f"{venv / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    environ = {"PATH": path, "HOME": str(tmp_path / "home"), "GGUI_CONFIG_DIR": str(tmp_path / "home/.ggui")}
    return Environment(tmp_path, environ)


def test_the_kernel_with_pairing_alone_boots_and_pairs(environment: Environment) -> None:
    environment.install(str(REPOSITORY), str(REPOSITORY / "plugins" / "pairing"))
    with environment.serving() as beacons:
        mcp = f"{beacons['READY']}/mcp"
        assert _post(mcp, _rpc("tools/list"))[0] == 401
        bearer = _pair(beacons)
        status, answer = _post(mcp, _rpc("tools/list"), bearer)
    assert status == 200
    assert answer["result"] == {"tools": []}


def test_a_pairing_outlives_the_server(environment: Environment) -> None:
    environment.install(str(REPOSITORY), str(REPOSITORY / "plugins" / "pairing"))
    with environment.serving() as beacons:
        bearer = _pair(beacons)
    with environment.serving() as beacons:
        status, _ = _post(f"{beacons['READY']}/mcp", _rpc("tools/list"), bearer)
    assert status == 200


def test_a_scaffolded_plugin_installs_tests_itself_and_serves(environment: Environment) -> None:
    environment.install(f"{REPOSITORY}[testing]", str(REPOSITORY / "plugins" / "pairing"))
    environment.run("ggui", "plugins", "new", "hello")
    environment.install("--editable", "ggui-hello[test]")
    assert "hello" in environment.run("ggui", "plugins", "list")
    assert " passed" in environment.run("pytest", "ggui-hello")
    call = _rpc("tools/call", {"name": "ggui_hello_hello", "arguments": {"name": "Ada"}})
    with environment.serving("--hello-greeting", "Good morning") as beacons:
        status, answer = _post(f"{beacons['READY']}/mcp", call, _pair(beacons))
    assert status == 200
    assert answer["result"]["structuredContent"] == {"message": "Good morning, Ada!"}

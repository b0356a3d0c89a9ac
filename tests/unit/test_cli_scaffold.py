"""A scaffolded plugin: built, installed, tested by its own tests, and served."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ggui_core.commands.scaffold import scaffold
from ggui_core.testing import PATIENCE_S

SCRIPTS = Path(sys.executable).parent
CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "ggui_unit_made_hello", "arguments": {"name": "Ada"}},
}


@dataclass(frozen=True)
class Installed:
    """A scaffold whose wheel was unpacked where ``environ`` finds it."""

    source: Path
    project: Path
    environ: dict[str, str]

    def run(self, *command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(word) for word in command],
            cwd=cwd,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE_S,
            check=False,
        )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    root = tmp_path_factory.mktemp("scaffold")
    source, site, project = root / "source", root / "site", root / "project"
    scaffold("unit-made", source)
    build = f"import hatchling.build; print(hatchling.build.build_wheel({str(root)!r}))"
    built = subprocess.run([sys.executable, "-c", build], cwd=source, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    with zipfile.ZipFile(root / built.stdout.split()[-1]) as wheel:
        wheel.extractall(site)
    project.mkdir()
    app = {"slug": "my-app", "name": "My app"}
    manifest = {"schema": "1", "protocol": "1.1", "app": app, "plugins": {"enable": ["unit-made"]}}
    (project / "ggui.json").write_text(json.dumps(manifest))
    environ = {**os.environ, "PYTHONPATH": str(site), "GGUI_CONFIG_DIR": str(root / "config")}
    return Installed(source, project, environ)


def test_its_own_tests_pass(installed: Installed) -> None:
    done = installed.run(SCRIPTS / "pytest", "-q", "-p", "no:cacheprovider", cwd=installed.source)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_it_is_listed_with_its_flag_and_setting(installed: Installed) -> None:
    done = installed.run(SCRIPTS / "ggui", "plugins", "inspect", "unit-made", "--json", cwd=installed.project)

    facts = json.loads(done.stdout)
    assert (facts["state"], facts["distribution"], facts["version"]) == ("enabled", "ggui-unit-made", "0.1.0")
    assert facts["flags"] == ["--unit-made-greeting: The first word of the greeting."]
    assert facts["settings"] == ["ggui.json#plugins.settings.unit-made.greeting: a word or two"]


@pytest.fixture
def served(installed: Installed) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [str(SCRIPTS / "ggui"), "serve", "--port=0", "--dev-allow-all", "--unit-made-greeting", "Ahoy"]
    process = subprocess.Popen(
        command, cwd=installed.project, env=installed.environ, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        line = next((line for line in process.stdout if line.startswith("READY ")), "READY ")
        yield line.split(" ")[1].strip(), process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_server_boots_with_it_answers_its_tool_and_stops_cleanly(
    served: tuple[str, subprocess.Popen[str]],
) -> None:
    base_url, process = served
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    request = urllib.request.Request(f"{base_url}/mcp", json.dumps(CALL).encode(), headers)

    with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:
        answer = json.load(response)
    process.send_signal(signal.SIGINT)

    assert answer["result"]["structuredContent"] == {"message": "Ahoy, Ada!"}
    assert process.wait(timeout=PATIENCE_S) == 0


def test_disabling_it_takes_its_flag_away(installed: Installed, tmp_path: Path) -> None:
    manifest = json.loads((installed.project / "ggui.json").read_text())
    manifest["plugins"] = {"enable": []}
    (tmp_path / "ggui.json").write_text(json.dumps(manifest))

    done = installed.run(SCRIPTS / "ggui", "serve", "--unit-made-greeting", "x", cwd=tmp_path)

    assert done.returncode == 1
    assert done.stderr == 'ggui serve: unknown option "--unit-made-greeting"\n'

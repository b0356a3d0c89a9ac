"""``ggui doctor``: what it says of a healthy installation, and of each thing that can be wrong with one."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner

import ggui_demo.plugin as demo
import ggui_pairing.plugin as pairing
from ggui_core import hookimpl
from ggui_core.plugins import PluginInfo
from ggui_core.setup import Setup
from ggui_demo.commands import doctor
from ggui_demo.doctor import Finding, Place, examine
from ggui_demo.doctor.installation import built, writable
from ggui_demo.doctor.machine import port, python

FREE_PORT = 0


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def place(
    home: Path,
    modules: Sequence[ModuleType] | None = (pairing, demo),
    number: int = FREE_PORT,
    environ: Mapping[str, str] | None = None,
) -> Place:
    told = {"HOME": str(home), "GGUI_CONFIG_DIR": str(home / "config"), **(environ or {})}
    return Place(told, home, "127.0.0.1", number, modules)


def by_check(findings: Sequence[Finding]) -> dict[str, Finding]:
    return {finding.check: finding for finding in findings}


def broken_module() -> ModuleType:
    module = ModuleType("ggui_broken.plugin")
    module.__dict__.update(PLUGIN_NAME="broken", PLUGIN_API=99)
    return module


def faulty_module() -> ModuleType:
    module = ModuleType("ggui_faulty.plugin")

    def ggui_routes(setup: Setup) -> list[Any]:
        raise RuntimeError("no routes today")

    module.__dict__.update(PLUGIN_NAME="faulty", PLUGIN_API=1, ggui_routes=hookimpl(ggui_routes))
    return module


def test_everything_installed_is_well_and_a_card_is_rendered(home: Path) -> None:
    found = by_check(list(examine(place(home, modules=None))))

    assert {check: finding.detail for check, finding in found.items() if finding.verdict != "ok"} == {}
    assert found.keys() >= {
        "python",
        "port",
        "ggui.json",
        "plugins",
        "demo assets",
        "renderer assets",
        "store",
    }
    assert "TSX" in found["compiler"].detail
    assert "rendered" in found["card"].detail


def test_a_server_without_sessions_renders_nothing_and_the_remedy_is_named(home: Path) -> None:
    found = by_check(list(examine(place(home))))

    assert found["server"].verdict == "ok"
    assert found["card"].verdict == "fail"
    assert "ggui-sessions" in found["card"].remedy
    assert found["plugin forms"] == Finding(
        "plugin forms", "warn", "is not installed; a first card needs it", "pip install ggui-forms"
    )


def test_a_python_that_is_too_old_fails() -> None:
    assert python((3, 10, 4)).verdict == "fail"
    assert "3.10.4" in python((3, 10, 4)).detail
    assert python().verdict == "ok"


def test_a_busy_port_names_who_holds_it(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]
        found = port(place(home, number=number))

    assert found.verdict == "fail"
    assert str(number) in found.detail
    if sys.platform == "linux":
        assert f"process {os.getpid()}" in found.detail
        assert f"--port {number + 1}" in found.remedy


def test_a_server_of_ours_on_the_port_is_well(home: Path) -> None:
    command = [
        str(Path(sys.executable).with_name("ggui")),
        "serve",
        "--port",
        "0",
        "--ephemeral",
        "--no-open",
    ]
    environ = {**os.environ, "HOME": str(home), "GGUI_CONFIG_DIR": str(home / "config")}
    with subprocess.Popen(
        command, cwd=home, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            assert server.stdout is not None
            ready = next(line for line in server.stdout if line.startswith("READY "))
            number = int(ready.rpartition(":")[2])
            found = port(place(home, number=number))
        finally:
            server.terminate()

    assert found.verdict == "ok"
    assert "a ggui server" in found.detail


def test_an_address_of_another_machine_fails(home: Path) -> None:
    found = port(Place({"HOME": str(home)}, home, "192.0.2.1", 6781))

    assert found.verdict == "fail"
    assert "--host" in found.remedy


def test_a_bad_ggui_json_fails_with_the_place_and_stops_the_rehearsal(home: Path) -> None:
    (home / "ggui.json").write_text('{"schema": "2", "protocol": "0.1", "app": {"slug": "NO SLUG"}}')

    found = by_check(list(examine(place(home))))

    assert found["ggui.json"].verdict == "fail"
    assert "$.app" in found["ggui.json"].detail
    assert found["server"].verdict == "fail"


def test_a_plugin_that_cannot_be_loaded_fails_by_name(home: Path) -> None:
    found = by_check(list(examine(place(home, modules=[demo, broken_module()]))))

    assert found["plugin broken"].verdict == "fail"
    assert "PLUGIN_API 99" in found["plugin broken"].detail
    assert "ggui plugins disable broken" in found["plugin broken"].remedy
    assert found["ggui.json"].verdict == "ok"
    assert found["server"].verdict == "ok"


def test_a_plugin_that_fails_at_boot_fails_the_rehearsal(home: Path) -> None:
    found = by_check(list(examine(place(home, modules=[demo, faulty_module()]))))

    assert found["server"].verdict == "fail"
    assert "no routes today" in found["server"].detail


def test_a_disabled_plugin_is_told_apart_from_one_that_is_missing(home: Path) -> None:
    (home / "ggui.json").write_text('{"schema": "1", "plugins": {"disable": ["pairing"]}}')

    found = by_check(list(examine(place(home))))

    assert found["plugin pairing"].verdict == "warn"
    assert found["plugin pairing"].remedy == "ggui plugins enable pairing"


INFO = PluginInfo("demo", "ggui-demo", "0.1.0", "ggui_demo.plugin", state="enabled")


def test_assets_that_were_never_built_fail(tmp_path: Path) -> None:
    found = built(INFO, tmp_path / "static")

    assert (found.check, found.verdict) == ("demo assets", "fail")
    assert "ggui-demo" in found.remedy


@pytest.mark.parametrize("damage", ["gone", "cut"])
def test_an_asset_that_is_lost_or_cut_fails_by_name(tmp_path: Path, damage: str) -> None:
    (tmp_path / "build.json").write_text(json.dumps({"sizes": {"app.js": 3, "app.css": 2}}))
    (tmp_path / "app.js").write_text("let")
    (tmp_path / "app.css").write_text("{}")
    assert built(INFO, tmp_path).verdict == "ok"

    if damage == "gone":
        (tmp_path / "app.js").unlink()
    else:
        (tmp_path / "app.js").write_text("l")

    found = built(INFO, tmp_path)
    assert found.verdict == "fail"
    assert "app.js" in found.detail
    assert "app.css" not in found.detail


def test_a_directory_that_cannot_be_written_fails(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    found = writable("store", tmp_path / "file" / "persistent")

    assert found.verdict == "fail"
    assert "--ephemeral" in found.remedy


@pytest.mark.skipif(sys.platform != "linux", reason="the folder that even root cannot write is Linux's")
def test_a_read_only_directory_fails() -> None:
    assert writable("store", Path("/proc/self")).verdict == "fail"


def test_a_directory_that_others_may_change_is_warned_of(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)

    found = writable("store", tmp_path)

    assert found.verdict == "warn"
    assert "chmod go-w" in found.remedy


def test_a_read_only_store_is_found_on_the_whole_run(home: Path) -> None:
    (home / "file").touch()

    found = by_check(
        list(examine(place(home, environ={"GGUI_PERSISTENT_DIR": str(home / "file" / "store")})))
    )

    assert found["store"].verdict == "fail"
    assert found["config folder"].verdict == "ok"


def test_nothing_is_left_behind(home: Path) -> None:
    list(examine(place(home)))

    assert list(home.iterdir()) == []


def test_the_command_prints_one_line_a_check_and_fails_by_its_status(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    monkeypatch.setenv("GGUI_CONFIG_DIR", str(home / "config"))
    (home / "file").touch()
    monkeypatch.setenv("GGUI_PERSISTENT_DIR", str(home / "file" / "store"))

    text = CliRunner().invoke(doctor, ["--port", "0"], standalone_mode=False)
    told = CliRunner().invoke(doctor, ["--port", "0", "--json"], standalone_mode=False)

    lines = text.stdout.splitlines()
    checks = json.loads(told.stdout)
    assert text.return_value == told.return_value == 1
    assert checks["ok"] is False
    assert len(lines) == len(checks["checks"])
    assert [line.split()[0] for line in lines] == [check["verdict"] for check in checks["checks"]]
    (store,) = (line for line in lines if " store " in line)
    assert store.startswith("fail")
    assert " → " in store

"""The executable travels with the plugin, however it is built and installed."""

from __future__ import annotations

import json
import runpy
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

PLUGIN = Path(__file__).resolve().parent.parent
NPM = PLUGIN / "npm"
BIN = PLUGIN / "ggui_compiler" / "bin"


@pytest.fixture(scope="module")
def fetching() -> dict[str, Any]:
    return runpy.run_path(str(NPM / "fetch.py"))


def build(project: Path, target: str, into: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)]
    subprocess.run(command, cwd=project, check=True, capture_output=True, text=True)
    (built,) = into.iterdir()
    return built


def test_the_installed_executable_is_the_locked_one(fetching: dict[str, Any]) -> None:
    record = json.loads((BIN / "build.json").read_text())
    locked = json.loads((NPM / "package-lock.json").read_text())["packages"]["node_modules/esbuild"]
    assert record["lock"] == fetching["digest_of_lock"](NPM)
    assert record["version"] == locked["version"]
    said = subprocess.run(
        [BIN / record["executable"], "--version"], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == locked["version"]


def test_what_is_current_is_not_fetched_again(fetching: dict[str, Any], tmp_path: Path) -> None:
    project, target = tmp_path / "npm", tmp_path / "bin"
    shutil.copytree(NPM, project, ignore=shutil.ignore_patterns("node_modules", ".fetch.lock"))
    shutil.copytree(BIN, target)
    assert not fetching["fetch"](project, target)


def test_a_wheel_carries_the_executable_and_its_license(tmp_path: Path) -> None:
    wheel = build(PLUGIN, "wheel", tmp_path)
    _, _, python, abi, platform = wheel.stem.split("-")
    assert (python, abi) == ("py3", "none")
    assert platform != "any"
    with zipfile.ZipFile(wheel) as archive:
        members = {info.filename: info for info in archive.infolist()}
        (executable,) = (name for name in members if name.startswith("ggui_compiler/bin/esbuild"))
        assert members[executable].external_attr >> 16 & 0o111
        assert "MIT" in archive.read("ggui_compiler/bin/LICENSE.esbuild.md").decode()
        assert "ggui_compiler/py.typed" in members


def test_an_sdist_holds_sources_only(tmp_path: Path) -> None:
    with tarfile.open(build(PLUGIN, "sdist", tmp_path)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"npm/fetch.py", "npm/package-lock.json", "hatch_build.py"} <= names
    assert not any(name.startswith(("npm/node_modules", "ggui_compiler/bin")) for name in names)


def test_the_lock_file_names_no_registry() -> None:
    packages = json.loads((NPM / "package-lock.json").read_text())["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []

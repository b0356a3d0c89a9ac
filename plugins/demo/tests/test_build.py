"""The build of the pages: reproducible, skipped when nothing changed, complete in every distribution."""

from __future__ import annotations

import json
import runpy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PLUGIN = Path(__file__).resolve().parent.parent
WEB = PLUGIN / "web"

Build = Callable[[Path, Path], bool]


@pytest.fixture(scope="module")
def build() -> Build:
    built: Build = runpy.run_path(str(WEB / "bundle.py"))["build"]
    return built


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """A copy of the sources, with the packages that are installed already."""
    copy = tmp_path / "web"
    shutil.copytree(WEB, copy, ignore=shutil.ignore_patterns("node_modules", ".build.lock", "__pycache__"))
    if (WEB / "node_modules").is_dir():
        (copy / "node_modules").symlink_to(WEB / "node_modules")
    return copy


def record(static: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((static / "build.json").read_text())
    return found


def test_what_is_current_is_not_built_again(build: Build, web: Path, tmp_path: Path) -> None:
    static = tmp_path / "static"

    assert [build(web, static), build(web, static)] == [True, False]


def test_a_changed_source_changes_the_name_of_its_asset_only(build: Build, web: Path, tmp_path: Path) -> None:
    static = tmp_path / "static"
    build(web, static)
    before = record(static)["assets"]

    with (web / "src" / "style.css").open("a") as style:
        style.write("main { gap: 3rem }\n")
    rebuilt = build(web, static)
    after = record(static)["assets"]

    assert rebuilt
    assert after["style.css"] != before["style.css"]
    assert after["landing.ts"] == before["landing.ts"]
    assert sorted(path.name for path in (static / "assets").iterdir()) == sorted(after.values())


def test_a_missing_asset_is_built_again(build: Build, web: Path, tmp_path: Path) -> None:
    static = tmp_path / "static"
    build(web, static)
    lost = static / "assets" / record(static)["assets"]["landing.ts"]
    lost.unlink()

    build(web, static)

    assert lost.is_file()


def test_the_installed_pages_match_the_sources(build: Build) -> None:
    digest = runpy.run_path(str(WEB / "bundle.py"))["digest_of_sources"](WEB)

    assert record(PLUGIN / "ggui_demo" / "static")["sources"] == digest


def test_the_lock_file_names_no_registry() -> None:
    packages = json.loads((WEB / "package-lock.json").read_text())["packages"]

    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []

"""The build of what browsers load: skipped when nothing changed, complete, self-contained and small."""

from __future__ import annotations

import gzip
import json
import runpy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ggui_renderer.built import STATIC

PLUGIN = Path(__file__).resolve().parent.parent
WEB = PLUGIN / "web"
Build = Callable[[Path, Path], bool]


@pytest.fixture(scope="module")
def bundle() -> dict[str, Any]:
    return runpy.run_path(str(WEB / "bundle.py"))


@pytest.fixture(scope="module")
def build(bundle: dict[str, Any]) -> Build:
    built: Build = bundle["build"]
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


def test_what_is_current_is_not_built_again_and_what_is_lost_is(
    build: Build, web: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    static = tmp_path / "static"

    assert [build(web, static), build(web, static)] == [True, False]
    said = capfd.readouterr()
    (static / "viewer.js.br").unlink()
    (static / "shell.js").write_text("cut sho")

    assert [build(web, static), build(web, static)] == [True, False]
    assert (static / "viewer.js.br").is_file()
    assert "runtime.js" in said.err, "the build prints its sizes"
    assert said.out == "", "stdout belongs to the build backend"


def test_a_changed_source_is_built_into_its_own_file_only(build: Build, web: Path, tmp_path: Path) -> None:
    static = tmp_path / "static"
    build(web, static)
    before = {path.name: path.read_bytes() for path in static.glob("*.*s")}

    with (web / "packages" / "viewer" / "src" / "viewer.css").open("a") as style:
        style.write("main { gap: 3rem }\n")
    rebuilt = build(web, static)

    after = {path.name: path.read_bytes() for path in static.glob("*.*s")}
    assert rebuilt
    assert [name for name in before if after[name] != before[name]] == ["viewer.css"]


def test_the_compressed_forms_are_those_of_the_files() -> None:
    for name in ("runtime.js", "viewer.js", "viewer.css"):
        plain = (STATIC / name).read_bytes()
        assert gzip.decompress((STATIC / f"{name}.gz").read_bytes()) == plain
        assert (STATIC / f"{name}.br").stat().st_size < (STATIC / f"{name}.gz").stat().st_size


def test_a_build_above_its_budget_fails_and_says_what_it_is_made_of(bundle: dict[str, Any]) -> None:
    sizes = {path.name: path.stat().st_size for path in STATIC.iterdir()}
    assert list(bundle["excesses"](sizes)) == []

    grown = sizes | {"runtime.js.gz": 125_001, "catalog-icons.js.gz": 40_000}
    first, later = bundle["excesses"](grown)

    assert "runtime.js has 125,001 bytes" in first
    assert "40,000 are allowed" in later
    made_of = {wanted.name: {"react-dom": 9, "react": 3} for wanted in bundle["BUNDLES"]}
    assert "react-dom 9, react 3" in bundle["report"](sizes, made_of)


def test_the_licences_of_what_is_inside_come_along() -> None:
    assert "React" in (STATIC / "runtime.js.LEGAL.txt").read_text()


@pytest.mark.parametrize(
    ("meta", "fault"),
    [
        ({"outputs": {"r.js": {"imports": []}}, "inputs": {"packages/a.ts": {}}}, None),
        ({"outputs": {"r.js": {"imports": [{"path": "react"}]}}, "inputs": {}}, "still imports 'react'"),
        (
            {
                "outputs": {},
                "inputs": {"node_modules/react/a.js": {}, "node_modules/x/node_modules/react/a.js": {}},
            },
            "holds react 2 times",
        ),
        ({"outputs": {}, "inputs": {"node_modules/@a/b/c.js": {}, "node_modules/@a/d/c.js": {}}}, None),
    ],
    ids=["sound", "not self-contained", "two copies", "one scope"],
)
def test_a_bundle_that_needs_something_else_is_refused(
    bundle: dict[str, Any], meta: dict[str, Any], fault: str | None
) -> None:
    found = list(bundle["faults"](meta))

    assert found == [] if fault is None else [fault in line for line in found] == [True]


def test_the_installed_files_match_the_sources(bundle: dict[str, Any]) -> None:
    assert record(STATIC)["sources"] == bundle["digest_of_sources"](WEB)

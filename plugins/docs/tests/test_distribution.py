"""The pages travel with the plugin, however it is built and installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from ggui_docs.pages import load, pages_folder

SOURCE = Path(__file__).parents[1]
REPOSITORY = SOURCE.parents[1]
PAGES = {page.name: page.read_bytes() for page in (REPOSITORY / "docs").glob("*.md")}

pytestmark = pytest.mark.skipif(not PAGES, reason="needs the repository, whose docs/*.md are built in")


def build(project: Path, target: str, into: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)]
    subprocess.run(command, cwd=project, check=True, capture_output=True, text=True)
    (built,) = into.iterdir()
    return built


def pages_of(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        prefix = "ggui_docs/pages/"
        return {
            name.removeprefix(prefix): archive.read(name)
            for name in archive.namelist()
            if name.startswith(prefix)
        }


def unpacked(sdist: Path, into: Path) -> Path:
    with tarfile.open(sdist) as archive:
        if hasattr(tarfile, "data_filter"):  # Python 3.11.4 and later
            archive.extraction_filter = tarfile.data_filter
        archive.extractall(into)  # noqa: S202  # an archive that this test has just built
    (project,) = into.iterdir()
    return project


def test_a_wheel_carries_every_page(tmp_path: Path) -> None:
    assert pages_of(build(SOURCE, "wheel", tmp_path)) == PAGES


def test_a_wheel_built_from_the_sdist_carries_every_page(tmp_path: Path) -> None:
    project = unpacked(build(SOURCE, "sdist", tmp_path / "sdist"), tmp_path / "unpacked")
    assert pages_of(build(project, "wheel", tmp_path / "wheel")) == PAGES


def test_an_sdist_built_from_an_sdist_is_still_complete(tmp_path: Path) -> None:
    project = unpacked(build(SOURCE, "sdist", tmp_path / "sdist"), tmp_path / "unpacked")
    again = unpacked(build(project, "sdist", tmp_path / "again"), tmp_path / "unpacked-again")
    assert {page.name: page.read_bytes() for page in (again / "ggui_docs" / "pages").iterdir()} == PAGES


def test_a_build_without_pages_says_what_is_missing(tmp_path: Path) -> None:
    kept = ("pyproject.toml", "README.md", "hatch_build.py")
    (tmp_path / "lonely" / "ggui_docs").mkdir(parents=True)
    for name in kept:
        shutil.copy(SOURCE / name, tmp_path / "lonely" / name)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "out")]
    failed = subprocess.run(command, cwd=tmp_path / "lonely", check=False, capture_output=True, text=True)
    assert failed.returncode != 0
    assert "ggui-docs needs the pages it serves" in failed.stderr


def test_this_installation_serves_the_pages_of_the_repository() -> None:
    """Editable: the folder itself. Built: the copy, which is as old as the build."""
    served = load(pages_folder()).pages
    assert {Path(name).stem for name in PAGES} == set(served)

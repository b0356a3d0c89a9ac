"""Which files of a project a glob means."""

from __future__ import annotations

from pathlib import Path

import pytest

from ggui_blueprints.globs import GlobRefused, matching_files


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in (
        "ggui.ui.json",
        "ui/ggui.ui.json",
        "ui/a/ggui.ui.json",
        "ui/a/deep/ggui.ui.json",
        "ui/b/ggui.ui.json",
        "ui/.hidden/ggui.ui.json",
        ".ggui/installed/x/ggui.ui.json",
        ".ggui/installed/.y/ggui.ui.json",
        "node_modules/pkg/ggui.ui.json",
        "ui/[x]/ggui.ui.json",
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}")
    (tmp_path / "ui" / "c" / "ggui.ui.json").mkdir(parents=True)
    (tmp_path / "ui" / "linked").symlink_to(tmp_path / "ui" / "a")
    (tmp_path / "ui" / "b" / "link").mkdir()
    (tmp_path / "ui" / "b" / "link" / "ggui.ui.json").symlink_to(tmp_path / "ggui.ui.json")
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("ggui.ui.json", ["ggui.ui.json"]),
        ("./ggui.ui.json", ["ggui.ui.json"]),
        ("ui/*/ggui.ui.json", ["ui/[x]/ggui.ui.json", "ui/a/ggui.ui.json", "ui/b/ggui.ui.json"]),
        ("ui/?/ggui.ui.json", ["ui/a/ggui.ui.json", "ui/b/ggui.ui.json"]),
        ("ui/[a-b]/*.json", ["ui/a/ggui.ui.json", "ui/b/ggui.ui.json"]),
        ("ui/[!a]/*.json", ["ui/b/ggui.ui.json"]),
        ("ui/{b,nothing}/ggui.ui.json", ["ui/b/ggui.ui.json"]),
        ("ui/**/deep/ggui.ui.json", ["ui/a/deep/ggui.ui.json"]),
        (
            "ui/**",
            [
                "ui/[x]/ggui.ui.json",
                "ui/a/deep/ggui.ui.json",
                "ui/a/ggui.ui.json",
                "ui/b/ggui.ui.json",
                "ui/ggui.ui.json",
            ],
        ),
        (
            "**/ggui.ui.json",
            [
                "ggui.ui.json",
                "ui/[x]/ggui.ui.json",
                "ui/a/deep/ggui.ui.json",
                "ui/a/ggui.ui.json",
                "ui/b/ggui.ui.json",
                "ui/ggui.ui.json",
            ],
        ),
        ("**/**/deep/**/ggui.ui.json", ["ui/a/deep/ggui.ui.json"]),
        ("ui/.hidden/*.json", ["ui/.hidden/ggui.ui.json"]),
        (
            ".ggui/installed/**/ggui.ui.json",
            [".ggui/installed/.y/ggui.ui.json", ".ggui/installed/x/ggui.ui.json"],
        ),
        ("node_modules/*/ggui.ui.json", ["node_modules/pkg/ggui.ui.json"]),
        ("UI/*/ggui.ui.json", []),
        ("nowhere/**", []),
    ],
)
def test_it_finds_files_and_nothing_else(project: Path, pattern: str, found: list[str]) -> None:
    paths = [path.relative_to(project).as_posix() for path in matching_files(project, pattern)]
    assert sorted(paths) == sorted(found)
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize(
    "pattern",
    [
        "/etc/*",
        "../*",
        "ui/../../*",
        "C:/x",
        "\\x",
        ".",
        "./",
        "",
        "ui/[a",
        "ui/{a",
        "ui/{a,a/b}/x",
        "ui/[z-a]/x",
    ],
)
def test_a_pattern_that_leads_out_or_means_nothing_is_refused(project: Path, pattern: str) -> None:
    with pytest.raises(GlobRefused):
        list(matching_files(project, pattern))

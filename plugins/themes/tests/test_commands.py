"""``ggui theme`` on the command line: words and exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ggui_themes.commands import theme
from ggui_themes.presets import FOLDER, IDS, document


def run(*words: str) -> Result:
    return CliRunner().invoke(theme, list(words))


def written(path: Path, content: Any) -> str:
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def test_the_presets_are_listed_with_their_character() -> None:
    result = run("list")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == list(IDS)
    rows = json.loads(run("list", "--json").stdout)
    assert [row["id"] for row in rows] == list(IDS)
    assert rows[0].keys() == {"id", "name", "description", "modes"}


@pytest.mark.parametrize("name", IDS)
def test_a_preset_is_a_sound_document(name: str) -> None:
    result = run("validate", str(FOLDER / name / "dark.json"))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("✓ ")
    assert "66 colours (dark)" in result.stdout
    assert "motion" in result.stdout


def test_a_pair_is_sound_and_names_what_the_default_lends(tmp_path: Path) -> None:
    pair = {mode: document("claudic", mode) for mode in ("light", "dark")}
    del pair["dark"]["motion"]
    result = run("validate", written(tmp_path / "brand.json", pair))
    assert result.exit_code == 0
    assert "66 colours (light) + 66 colours (dark)" in result.stdout
    assert "light:" not in result.stdout
    assert "dark: 13 tokens come from the preset ggui" in result.stdout


def test_faults_are_listed_with_their_paths(tmp_path: Path) -> None:
    bad = document("claudic", "light")
    bad["color"]["surface"] = {"$value": "a;b"}
    del bad["shape"]
    result = run("validate", written(tmp_path / "brand.json", bad))
    assert result.exit_code == 1
    assert "  · color.surface: " in result.stderr
    assert "  · shape: is required" in result.stderr
    assert result.stdout == ""


def test_what_is_hard_to_read_is_a_warning(tmp_path: Path) -> None:
    pale = document("claudic", "light")
    pale["color"]["onSurface"] = {"$value": "#cccccc"}
    result = run("validate", written(tmp_path / "brand.json", pale))
    assert result.exit_code == 0
    assert "onSurface on surface: 1.5" in result.stderr


@pytest.mark.parametrize("content", ["{", "[]", None])
def test_what_cannot_be_read_exits_with_one(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "brand.json"
    if content is not None:
        path.write_text(content)
    result = run("validate", str(path))
    assert result.exit_code == 1
    assert str(path) in result.stderr


@pytest.mark.parametrize(
    "words", [(), ("validate",), ("validatee", "x"), ("list", "--yaml"), ("validate", "a", "b")]
)
def test_a_wrong_call_exits_with_two(words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


def test_a_misspelt_verb_gets_a_suggestion() -> None:
    assert 'did you mean "validate"?' in run("validat").stderr

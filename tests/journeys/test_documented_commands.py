"""The documentation against the real command line: every command shown exists, every flag and key has its row."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import click
import pytest

from ggui_blueprints import plugin as blueprints
from ggui_core.commands.config import config
from ggui_core.commands.plugins import plugins
from ggui_core.config import Config, parse_config
from ggui_core.loading import survey_plugins
from ggui_core.project import Declarations, declarations
from ggui_core.serve_flags import parse_flags
from ggui_core.settings import file_keys
from ggui_demo import plugin as demo
from ggui_pairing import plugin as pairing
from ggui_sql import plugin as sql
from ggui_themes import plugin as themes

ROOT = Path(__file__).parents[2]
PAGES = [
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "README.md",
    *sorted(ROOT.glob("plugins/*/README.md")),
    *sorted(ROOT.glob("contrib/*/README.md")),
]
_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"(?:^|\s|&& |`)(?:\.venv/bin/)?(ggui [a-z][^`\n&|]*)")


def commands() -> list[str]:
    """Every ``ggui ...`` line in a shell block, and every one in backticks."""
    found: dict[str, None] = {}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for language, block in _FENCE.findall(text):
            if language in ("sh", "bash", "shell"):
                found.update(dict.fromkeys(match.strip() for match in _COMMAND.findall(block)))
        prose = _FENCE.sub("", text)
        found.update(dict.fromkeys(inline.strip() for inline in re.findall(r"`(ggui [a-z][^`\n]*)`", prose)))
    return list(found)


COMMANDS = commands()


def first_party() -> Declarations:
    """What the plugins of this repository declare; what else is installed here is none of its documentation."""
    ours = [name for name in survey_plugins(enable=()).info if (ROOT / "plugins" / name).is_dir()]
    return declarations(survey_plugins(enable=ours).plugins())


def cli() -> click.Group:
    root = click.Group("ggui", commands={"plugins": plugins, "config": config})
    for plugin in (blueprints, demo, pairing, sql, themes):
        plugin.ggui_commands(root)
    return root


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_shown_is_one_the_cli_understands(line: str) -> None:
    _, verb, *words = shlex.split(line, comments=True)
    if verb == "serve":
        if words not in (["--help"], ["..."]):
            parse_flags(first_party().flags, words)
        return
    command: click.Command = cli()
    words = [verb, *words]
    while isinstance(command, click.Group):
        if not words:
            return  # a group named in prose
        context = click.Context(command)
        name, found, words = command.resolve_command(context, words)
        assert found is not None, name
        command = found
    if words or not command.params:
        command.make_context(command.name, list(words))


def test_commands_were_found() -> None:
    assert {"ggui serve", "ggui keys list", "ggui plugins list", "ggui config check"} <= set(COMMANDS)


@pytest.fixture(scope="module")
def operator_guide() -> str:
    return (ROOT / "docs" / "operator.md").read_text(encoding="utf-8")


def test_the_operator_guide_has_a_row_for_every_flag(operator_guide: str) -> None:
    rows = dict(re.findall(r"^\| `(--[a-z-]+)` \|([^|]*)\|", operator_guide, re.MULTILINE))
    flags = {flag.option.flag: flag.option.env for flag in first_party().flags}
    assert set(rows) == set(flags)
    assert {name: env for name, env in flags.items() if env} == {
        name: cell.split("`")[1] for name, cell in rows.items() if "`" in cell
    }


def test_the_operator_guide_has_a_row_for_every_key(operator_guide: str) -> None:
    table = operator_guide.partition("## ggui.json")[2].partition("\n## ")[0]
    rows = set(re.findall(r"^\| `([A-Za-z.]+)` \|", table, re.MULTILINE))
    expected: set[str] = set()
    for name, info in Config.model_fields.items():
        key = info.alias or name
        inner = next(
            (t for t in (info.annotation, *getattr(info.annotation, "__args__", ())) if _is_model(t)), None
        )
        expected.update([key] if inner is None else [f"{key}.{name}" for name in file_keys(inner)])
    declared = first_party()
    for _, section in declared.sections:
        parts = file_keys(section.type) if _is_model(section.type) else {}
        expected.update(f"{section.path}.{key}" for key in parts)
        expected.update(() if parts else [section.path])
    for plugin, model in declared.models.items():
        expected.update(f"plugins.settings.{plugin}.{key}" for key in file_keys(model))
    assert rows == expected


def _is_model(annotation: object) -> bool:
    return isinstance(annotation, type) and hasattr(annotation, "model_fields")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_ggui_json_shown_is_valid(page: Path) -> None:
    declared = first_party()
    warnings: list[str] = []
    for language, block in _FENCE.findall(page.read_text(encoding="utf-8")):
        value = json.loads(block) if language == "json" else None
        if isinstance(value, dict) and value.keys() & {"schema", "plugins"}:
            parse_config(value, sections=declared.sections, complete="schema" in value, warn=warnings.append)
    assert warnings == []

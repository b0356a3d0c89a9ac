"""The ``ggui`` command: verbs, exit codes and texts (spec 03 sections 2 and 3.1)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ggui_core import __version__
from ggui_core.cli import run

Install = Callable[..., Path]
Out = pytest.CaptureFixture[str]

COMMAND = """
import click

@hookimpl
def ggui_commands(cli):
    @cli.command({name!r})
    @click.argument("word")
    def verb(word):
        "Say something."
        if word == "crash":
            raise ValueError("first line\\nsecond line")
        click.echo(word)
        return 3 if word == "three" else None
"""
OPTIONS = """
from pydantic import BaseModel
from ggui_core.config import ServeOption

class Settings(BaseModel):
    depth: int = 1

@hookimpl
def ggui_settings():
    return Settings

@hookimpl
def ggui_serve_options():
    return [ServeOption("--unit-depth", "depth", "How deep.", env="UNIT_DEPTH")]
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory, so that no ggui.json above the tests is found; nine levels, since eight are searched."""
    root = tmp_path.joinpath(*"abcdefghi")
    root.mkdir(parents=True)
    monkeypatch.chdir(root)
    monkeypatch.delenv("GGUI_DEBUG", raising=False)
    return root


def write(project: Path, **content: Any) -> Path:
    manifest = project / "ggui.json"
    base = {"schema": "1", "protocol": "1.1", "app": {"slug": "my-app", "name": "My app"}}
    manifest.write_text(json.dumps(base | content, indent=2))
    return manifest


# Top level


@pytest.mark.parametrize("args", [[], ["-h"], ["--help"]])
def test_help_goes_to_stdout_and_succeeds(args: list[str], capsys: Out) -> None:
    assert run(args) == 0
    out, _ = capsys.readouterr()
    assert out.startswith("Usage: ggui ")
    assert "  serve " in out


def test_the_version_is_bare(capsys: Out) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr() == (f"{__version__}\n", "")


@pytest.mark.parametrize("name", ["x", "keys", "srve"])
def test_an_unknown_command_fails_with_help_on_stderr(name: str, capsys: Out, monkeypatch: Any) -> None:
    if name == "keys":
        Path("ggui.json").write_text('{"plugins": {"enable": []}}')

    assert run([name]) == 1

    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f'ggui: unknown command "{name}"\n')
    assert "Usage: ggui " in err
    hint = {"keys": "ggui-pairing", "srve": 'Did you mean "serve"?'}.get(name, "")
    assert hint in err


def test_an_unknown_option_before_the_verb_fails(capsys: Out) -> None:
    assert run(["--bogus"]) == 1
    assert capsys.readouterr().err.startswith('ggui: unknown option "--bogus"\n')


def test_version_imports_no_plugin_and_the_script_is_installed(install: Install, project: Path) -> None:
    plugin = install("unit-loud", "raise SystemExit('a plugin was imported')")
    environ = {**os.environ, "PYTHONPATH": str(plugin.parent.parent)}

    done = subprocess.run(
        [Path(sys.executable).with_name("ggui"), "--version"], env=environ, capture_output=True, text=True
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, f"{__version__}\n", "")


# Verbs of plugins


def test_a_plugin_adds_a_verb_and_decides_its_exit_status(
    install: Install, project: Path, capsys: Out
) -> None:
    install("unit-verb", COMMAND.format(name="unit-say"))
    write(project, plugins={"enable": ["unit-verb"]})

    assert run(["unit-say", "hi"]) == 0
    assert run(["unit-say", "three"]) == 3
    assert capsys.readouterr().out == "hi\nthree\n"
    assert run(["--help"]) == 0
    assert "unit-say      Say something." in capsys.readouterr().out


def test_a_verb_used_wrongly_exits_2_with_its_name(install: Install, project: Path, capsys: Out) -> None:
    install("unit-verb", COMMAND.format(name="unit-say"))
    write(project, plugins={"enable": ["unit-verb"]})

    assert run(["unit-say"]) == 2
    assert capsys.readouterr().err.startswith("ggui unit-say: Missing argument")


@pytest.mark.parametrize("debug", ["", "1"])
def test_a_crash_exits_2_and_shows_its_trace_only_for_debugging(
    install: Install, project: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch, debug: str
) -> None:
    install("unit-verb", COMMAND.format(name="unit-say"))
    write(project, plugins={"enable": ["unit-verb"]})
    monkeypatch.setenv("GGUI_DEBUG", debug)

    assert run(["unit-say", "crash"]) == 2

    err = capsys.readouterr().err
    assert err.endswith("ggui: ValueError: first line\n")
    assert ("Traceback" in err) is bool(debug)


def test_a_verb_that_is_taken_is_not_replaced(install: Install, project: Path, capsys: Out) -> None:
    install("unit-thief", COMMAND.format(name="serve"))
    write(project, plugins={"enable": ["unit-thief"]})

    assert run(["unit-say"]) == 1

    err = capsys.readouterr().err
    assert 'plugin "unit-thief"' in err
    assert 'the verb "ggui serve" is already taken' in err


def test_a_broken_plugin_does_not_stop_the_verbs_of_others(
    install: Install, project: Path, capsys: Out
) -> None:
    install("unit-broken", "raise ValueError('no')")
    install("unit-verb", COMMAND.format(name="unit-say"))
    write(project, plugins={"enable": ["unit-verb", "unit-broken"]})

    assert run(["unit-say", "hi"]) == 0
    assert run(["unit-sya", "hi"]) == 1
    assert "ValueError: no" in capsys.readouterr().err


# ggui serve: what is refused before anything listens


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (["--x"], 'unknown option "--x"'),
        (["--port"], "--port requires a value"),
        (
            ["--oauth"],
            'unknown option "--oauth"; it belongs to ggui-oauth, which is not installed or is disabled',
        ),
    ],
)
def test_serve_refuses_a_bad_line_with_one_line(
    project: Path, capsys: Out, args: list[str], line: str
) -> None:
    write(project, plugins={"enable": []})

    assert run(["serve", *args]) == 1

    assert capsys.readouterr() == ("", f"ggui serve: {line}\n")


def test_serve_prints_one_prefixed_line_for_each_problem(project: Path, capsys: Out) -> None:
    manifest = write(project, plugins={"enable": []}, limits={"burst": 0}, x=1)

    assert run(["serve"]) == 1

    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split(": $.")[0] for line in err.splitlines()] == [
        f"ggui serve: ggui.json at {manifest}"
    ] * 2


@pytest.mark.parametrize("args", [["--help"], ["-h"]])
def test_serve_help_lists_flags_of_enabled_plugins(
    install: Install, project: Path, capsys: Out, args: list[str]
) -> None:
    install("unit-deep", OPTIONS)
    write(project, plugins={"enable": ["unit-deep"]})
    assert run(["serve", *args]) == 0
    shown = capsys.readouterr().out
    write(project, plugins={"enable": []})
    assert run(["serve", *args]) == 0

    assert "--port N" in shown
    assert "--unit-depth" in shown
    assert "[UNIT_DEPTH]" in shown
    assert "[GGUI_TRUST_PROXY]" in shown  # a switch has its variable as well
    assert "6781" in shown
    assert "--unit-depth" not in capsys.readouterr().out


# ggui config


def test_config_check_says_ok(project: Path, capsys: Out) -> None:
    manifest = write(project, plugins={"enable": []})

    assert run(["config", "check"]) == 0
    assert capsys.readouterr().out == f"OK: ggui.json at {manifest}; 0 plugins enabled\n"


def test_config_check_prints_every_problem_and_fails(
    install: Install, project: Path, capsys: Out, tmp_path: Path
) -> None:
    install("unit-broken", "raise ValueError('no')")
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"schema": "3", "plugins": {"enable": ["unit-broken"]}}))

    assert run(["config", "check", "--file", str(other)]) == 1

    err = capsys.readouterr().err
    assert "ggui config: plugin " in err
    for path in ("$.schema", "$.protocol", "$.app"):
        assert f"ggui config: ggui.json at {other}: {path}: " in err


def test_config_check_loads_the_mounts(project: Path, capsys: Out) -> None:
    write(project, plugins={"enable": []}, mcpMounts=["unit_nowhere:mount"])

    assert run(["config", "check"]) == 1
    assert "mcpMounts: cannot load 'unit_nowhere:mount'" in capsys.readouterr().err


def test_config_check_of_a_file_that_is_not_there_fails(capsys: Out) -> None:
    assert run(["config", "check", "--file", "nowhere.json"]) == 1
    assert "ggui config: ggui.json not found at " in capsys.readouterr().err


def test_config_schema_knows_the_settings_of_enabled_plugins(
    install: Install, project: Path, capsys: Out
) -> None:
    install("unit-deep", OPTIONS)
    write(project, plugins={"enable": ["unit-deep"]})

    assert run(["config", "schema"]) == 0

    schema = json.loads(capsys.readouterr().out)
    assert "``" not in json.dumps(schema)  # descriptions are for people who write the file
    settings = schema["$defs"]["PluginsSection"]["properties"]["settings"]["properties"]
    assert settings["unit-deep"]["properties"]["depth"]["type"] == "integer"

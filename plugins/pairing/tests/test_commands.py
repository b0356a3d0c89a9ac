from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from ggui_core.testing import booted
from ggui_pairing.plugin import ggui_commands
from ggui_pairing.tokens import digest

from .conftest import OLD_TOKEN, WriteFile, old_entry
from .serving import PLUGINS, status_of


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> click.Group:
    monkeypatch.setenv("GGUI_CONFIG_DIR", str(tmp_path / "conf"))
    monkeypatch.delenv("GGUI_KEYS_FILE", raising=False)
    monkeypatch.chdir(tmp_path)
    group = click.Group("ggui")
    ggui_commands(group)
    return group


def run(cli: click.Group, *args: str) -> Result:
    return CliRunner().invoke(cli, ["keys", *args], catch_exceptions=False)


def labelled(result: Result) -> dict[str, str]:
    """The rows that ``create`` prints."""
    return dict(re.findall(r"^\s*([A-Za-z ]+):\s+(.+?)\s*$", result.stdout, re.MULTILINE))


def test_create_prints_the_key_once_and_keeps_only_its_digest(cli: click.Group, keys_path: Path) -> None:
    result = run(cli, "create", "--keys-file", str(keys_path), "--name", "claude")
    assert result.exit_code == 0
    assert result.stdout.startswith("\n")
    rows = labelled(result)
    assert list(rows)[:5] == ["API key", "ID", "Name", "Created", "File"]
    assert rows["API key"].startswith("ggui_user_")
    assert (rows["ID"], rows["Name"], rows["File"]) == ("pair-1", "claude", str(keys_path))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", rows["Created"])
    assert "only once" in result.stdout
    content = keys_path.read_text()
    assert rows["API key"] not in content
    assert digest(rows["API key"]) in content
    assert keys_path.stat().st_mode & 0o777 == 0o600


def test_create_names_the_key_after_the_day(cli: click.Group, keys_path: Path) -> None:
    rows = labelled(run(cli, "create", f"--keys-file={keys_path}"))
    assert rows["Name"] == f"cli-{datetime.now(UTC):%Y-%m-%d}"


def test_expiry_is_refused_and_nothing_is_made(cli: click.Group, keys_path: Path) -> None:
    result = run(cli, "create", "--keys-file", str(keys_path), "--expires-at", "2030-01-01")
    assert result.exit_code == 2
    assert "--expires-at" in result.stderr
    assert result.stdout == ""
    assert not keys_path.exists()


@pytest.mark.parametrize("name", ["", "  ", "a\x1bb", "x" * 121])
def test_bad_name_is_refused(cli: click.Group, keys_path: Path, name: str) -> None:
    result = run(cli, "create", "--keys-file", str(keys_path), "--name", name)
    assert (result.exit_code, keys_path.exists()) == (2, False)


@pytest.mark.parametrize("form", ["apart", "joined"])
def test_list_is_a_table(cli: click.Group, write_file: WriteFile, form: str) -> None:
    unused = old_entry(pairingId="pair-12", deviceName="tablet")
    unused |= {"token": None, "tokenSha256": "b" * 64, "tokenPrefix": "ggui_user_AbCd", "lastUsedAt": None}
    path = write_file([old_entry(), unused])
    args = ["--keys-file", str(path)] if form == "apart" else [f"--keys-file={path}"]
    result = run(cli, "list", *args)
    assert result.exit_code == 0
    assert [line.rstrip() for line in result.stdout.splitlines()] == [
        "ID       PREFIX           NAME    CREATED                   LAST USED",
        "pair-3   ggui_user_…      phone   2026-05-02T08:53:20.000Z  2026-05-02T08:54:10.000Z",
        "pair-12  ggui_user_AbCd…  tablet  2026-05-02T08:53:20.000Z  —",
    ]
    assert OLD_TOKEN not in result.output


def test_empty_list_says_how_to_begin(cli: click.Group, keys_path: Path) -> None:
    result = run(cli, "list", "--keys-file", str(keys_path))
    assert result.exit_code == 0
    assert "ID  PREFIX  NAME  CREATED  LAST USED" in result.stdout
    assert "ggui keys create" in result.stdout
    assert not keys_path.parent.exists()


def test_revoke_removes_the_key(cli: click.Group, write_file: WriteFile) -> None:
    path = write_file([old_entry()])
    result = run(cli, "revoke", "pair-3", "--keys-file", str(path))
    assert (result.exit_code, result.stdout) == (0, f"Revoked pair-3 from {path}.\n")
    assert json.loads(path.read_text()) == {"v": 1, "idCounter": 3, "pairings": []}


def test_revoking_an_unknown_key_fails_on_stderr(cli: click.Group, write_file: WriteFile) -> None:
    result = run(cli, "revoke", "pair-99", "--keys-file", str(write_file([old_entry()])))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "pair-99" in result.stderr


@pytest.mark.parametrize("verb", [["create"], ["list"], ["revoke", "pair-1"]])
def test_broken_file_is_one_line_on_stderr(cli: click.Group, keys_path: Path, verb: list[str]) -> None:
    keys_path.parent.mkdir()
    keys_path.write_text("{")
    result = run(cli, *verb, "--keys-file", str(keys_path))
    assert (result.exit_code, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    assert str(keys_path) in result.stderr
    assert keys_path.read_text() == "{"


def test_no_verb_shows_help_on_stdout(cli: click.Group) -> None:
    result = run(cli)
    assert (result.exit_code, result.stderr) == (2, "")
    assert all(verb in result.stdout for verb in ("create", "list", "revoke"))


def test_unknown_verb_shows_error_and_help_on_stderr(cli: click.Group) -> None:
    result = run(cli, "destroy")
    assert (result.exit_code, result.stdout) == (2, "")
    assert '"destroy"' in result.stderr
    assert "create" in result.stderr


def test_a_misspelt_verb_gets_the_one_that_was_meant(cli: click.Group) -> None:
    assert 'did you mean "create"?' in run(cli, "creat").stderr


@pytest.mark.parametrize("args", [["--help"], ["-h"], ["revoke", "-h"]])
def test_help_is_no_error(cli: click.Group, args: list[str]) -> None:
    result = run(cli, *args)
    assert result.exit_code == 0
    assert "..." not in result.stdout.replace("[ARGS]...", "")


@pytest.mark.parametrize("args", [["revoke"], ["create", "--nonsense"], ["list", "--keys-file="]])
def test_usage_errors_exit_with_2(cli: click.Group, args: list[str]) -> None:
    assert run(cli, *args).exit_code == 2


def test_without_a_database_the_default_file_is_that_of_the_server(cli: click.Group, tmp_path: Path) -> None:
    manifest = {
        "schema": "1",
        "protocol": "draft-2026-08-19",
        "app": {"slug": "my-app", "name": "x"},
        "plugins": {"enable": ["pairing"]},
    }
    (tmp_path / "ggui.json").write_text(json.dumps(manifest))
    assert labelled(run(cli, "create"))["File"] == str(tmp_path / "conf" / "keys.json")


def test_environment_and_project_name_the_file_too(
    cli: click.Group, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = {
        "schema": "1",
        "protocol": "draft-2026-08-19",
        "app": {"slug": "my-app", "name": "x"},
        "plugins": {"settings": {"pairing": {"keysFile": "from-project.json"}}},
    }
    (tmp_path / "ggui.json").write_text(json.dumps(manifest))
    assert labelled(run(cli, "create"))["File"] == str(tmp_path / "from-project.json")
    monkeypatch.setenv("GGUI_KEYS_FILE", str(tmp_path / "from-environment.json"))
    assert labelled(run(cli, "create"))["File"] == str(tmp_path / "from-environment.json")
    assert labelled(run(cli, "create", "--keys-file", "flag.json"))["File"] == str(tmp_path / "flag.json")


async def test_keys_of_another_process_work_on_a_running_server(keys_path: Path) -> None:
    """The real command in a real process, against a server that is already running."""

    def command(*args: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "ggui_core", "keys", *args, "--keys-file", str(keys_path)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        )
        return done.stdout

    async with booted(PLUGINS, args=["--keys-file", str(keys_path)]) as server:
        created = command("create", "--name", "claude desktop")
        match = re.search(r"ggui_user_\S+", created)
        assert match is not None
        assert await status_of(server, match.group()) == 204
        listed = command("list")
        assert "claude desktop" in listed
        assert match.group()[:14] + "…" in listed
        command("revoke", "pair-1")
        assert await status_of(server, match.group()) == 401


def test_list_shows_what_keys_are_bound_to_once_one_is(cli: click.Group, write_file: WriteFile) -> None:
    free = old_entry()
    path = write_file([free, old_entry(pairingId="pair-4", appId="app-1", expiresAt=1777712000000)])
    header, plain, bound = run(cli, "list", "--keys-file", str(path)).stdout.splitlines()
    assert header.split()[-2:] == ["APP", "EXPIRES"]
    assert plain.split()[-2:] == ["—", "—"]
    assert bound.split()[-2:] == ["app-1", "2026-05-02T08:53:20.000Z"]

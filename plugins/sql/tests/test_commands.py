"""``ggui db``: the commands of the operator guide, run as it says."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import ggui_sql.plugin as sql
from ggui_core.testing import booted
from ggui_migrations import REVISIONS
from ggui_sql import schema
from ggui_sql.commands import db

HEAD = REVISIONS[-1]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The database of a project, as ``ggui serve`` makes it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GGUI_PERSISTENT_DIR", str(tmp_path / "kept"))
    path = tmp_path / "kept" / "ggui.db"
    schema.upgrade_file(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO ggui_lock (name) VALUES ('kept')")
    return path


def run(*words: str, given: str | None = None) -> Result:
    return CliRunner().invoke(db, words, input=given)


def names(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM ggui_lock")]


def test_without_a_manifest_the_default_file_is_meant(path: Path) -> None:
    assert run("current").output == f"ggui: {HEAD} (this version needs {HEAD})\n"
    assert run("upgrade").output == f"ggui: {HEAD} -> {HEAD}\n"


def test_a_backup_is_restored_by_putting_it_in_place(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    assert run("backup", str(copy)).exit_code == 0
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM ggui_lock")
    for each in path.parent.glob("ggui.db*"):
        each.unlink()
    shutil.copy(copy, path)
    assert names(path) == ["kept"]
    assert run("current").output.startswith(f"ggui: {HEAD}")


async def test_a_backup_can_be_made_while_the_server_runs_and_a_change_cannot(
    path: Path, tmp_path: Path
) -> None:
    async with booted([sql], root=tmp_path, environ={"GGUI_PERSISTENT_DIR": str(path.parent)}):
        assert run("backup", str(tmp_path / "copy.db")).exit_code == 0
        for words in (("downgrade", "ggui", "nothing", "--yes"), ("vacuum",), ("upgrade",)):
            refused = run(*words)
            assert refused.exit_code == 1, words
            assert "another server uses" in refused.output, words
    assert names(tmp_path / "copy.db") == names(path) == ["kept"]
    done = run("vacuum")
    assert done.exit_code == 0, done.output


def test_a_downgrade_says_what_is_lost_and_keeps_a_copy(path: Path) -> None:
    refused = run("downgrade", "ggui", "nothing", given="n\n")
    assert refused.exit_code == 1
    assert "everything of ggui is lost" in refused.output
    assert names(path) == ["kept"]
    done = run("downgrade", "ggui", "nothing", given="y\n")
    assert done.exit_code == 0, done.output
    assert done.output.endswith(f"ggui: {HEAD} -> nothing\n")
    assert names(path.with_name(f"ggui.db.at-ggui-{HEAD}")) == ["kept"]
    assert run("current").output.startswith("ggui: nothing ")


@pytest.mark.parametrize(
    ("revision", "told"),
    [("0000", "there is no revision 0000"), (HEAD, f"not after {HEAD}")],
)
def test_a_downgrade_to_nowhere_is_refused(path: Path, revision: str, told: str) -> None:
    refused = run("downgrade", "ggui", revision, "--yes")
    assert refused.exit_code == 1
    assert told in refused.output
    assert names(path) == ["kept"]


def test_memory_has_no_database(path: Path, tmp_path: Path) -> None:
    manifest = """{"schema": "1", "protocol": "1.1", "app": {"slug": "shop", "name": "Shop"},
        "storage": {"renders": {"driver": "memory"}}}"""
    (tmp_path / "ggui.json").write_text(manifest)
    refused = run("current")
    assert refused.exit_code == 1
    assert "kept in memory" in refused.output

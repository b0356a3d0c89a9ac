"""The revisions lead to the tables that the code expects, from wherever a database stands."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from ggui_core.errors import BootError
from ggui_migrations import REVISIONS
from ggui_sql import revisions, schema
from ggui_sql.tables import metadata

from .databases import postgres_schema

HEAD = REVISIONS[-1]
VERSION_TABLE = schema.OWN.version_table


def differences(connection: Connection) -> list[Any]:
    """What Alembic would change to make the database look like the tables."""
    context = MigrationContext.configure(
        connection, opts={"version_table": VERSION_TABLE, "compare_type": True}
    )
    return list(compare_metadata(context, metadata))


def test_a_new_file_gets_the_tables_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "ggui.db"
    assert schema.upgrade_file(path) == {}
    assert schema.on_file(path, differences) == []
    assert schema.versions_of_file(path) == {VERSION_TABLE: HEAD}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_list_of_revisions_is_the_history() -> None:
    assert revisions.revisions(schema.OWN) == list(REVISIONS)


def boot(place: Mapping[str, Any]) -> list[str]:
    """Boot a server in a process of its own; returns which of the slow imports it made."""
    program = f"""
import asyncio, sys
import ggui_sql.plugin as sql
from ggui_core.testing import booted

async def main():
    config = {{"storage": {{"renders": {dict(place)!r}}}}}
    async with booted([sql], config=config) as server:
        assert (await server.client.get(server.base_url + "/ggui/health")).status == 200

asyncio.run(main())
print("imported", *(name for name in ("alembic", "sqlalchemy", "sqlmodel") if name in sys.modules))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()[-1].split()[1:]


def test_a_file_that_is_up_to_date_is_served_without_alembic(tmp_path: Path) -> None:
    place = {"driver": "sqlite", "path": str(tmp_path / "ggui.db")}
    assert "alembic" in boot(place), "the first start makes the tables"
    assert boot(place) == []


@pytest.mark.services
async def test_a_postgres_that_is_up_to_date_is_served_without_alembic() -> None:
    async with postgres_schema() as url:
        schema.upgrade_postgres(url)
        assert boot({"driver": "postgres", "url": url}) == []


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "ggui.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE ggui_key_value (stranger TEXT)")
    with pytest.raises(BootError, match="already exists"):
        schema.upgrade_file(path)
    with sqlite3.connect(path) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    assert tables == [("ggui_key_value",)]


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_released_revision_leads_to_the_tables(tmp_path: Path, revision: str) -> None:
    path = tmp_path / "ggui.db"
    schema.on_file(path, lambda connection: revisions.upgrade(connection, schema.OWN, revision))
    assert schema.versions_of_file(path) == {VERSION_TABLE: revision}
    schema.upgrade_file(path)
    assert schema.on_file(path, differences) == []


@pytest.mark.parametrize("revision", [schema.NOTHING, *REVISIONS[:-1]])
def test_the_way_back_to_every_earlier_revision_leads_forward_again(tmp_path: Path, revision: str) -> None:
    path = tmp_path / "ggui.db"
    schema.upgrade_file(path)
    before, kept = schema.downgrade_file(path, schema.OWN, revision)
    assert schema.versions_of_file(kept) == {VERSION_TABLE: before} == {VERSION_TABLE: HEAD}
    assert schema.versions_of_file(path).get(VERSION_TABLE, schema.NOTHING) == revision
    schema.upgrade_file(path)
    assert schema.on_file(path, differences) == []


@pytest.mark.services
@pytest.mark.parametrize("revision", [schema.NOTHING, *REVISIONS[:-1]])
async def test_postgres_goes_back_and_forward_again(revision: str) -> None:
    async with postgres_schema() as url:
        schema.upgrade_postgres(url)
        assert schema.downgrade_postgres(url, schema.OWN, revision) == HEAD
        assert schema.versions_of(url).get(VERSION_TABLE, schema.NOTHING) == revision
        schema.upgrade_postgres(url)
        assert schema.on_postgres(url, differences) == []


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ggui.db"
    schema.upgrade_file(path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE ggui_schema_version SET version_num = 'from-tomorrow'")
    with pytest.raises(BootError, match="newer version of ggui"):
        schema.upgrade_file(path)


def test_a_file_that_is_no_database_is_refused_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "ggui.db"
    path.write_text("a shopping list, long enough to be read as a header of a file that is none" * 20)
    with pytest.raises(BootError, match=r"name another file in ggui\.json#storage"):
        schema.upgrade_file(path)
    assert path.read_text().startswith("a shopping list")


@pytest.mark.services
async def test_postgres_is_changed_by_its_operator_alone() -> None:
    async with postgres_schema() as url:
        with pytest.raises(BootError, match="run: ggui db upgrade"):
            schema.require_current(url)
        assert schema.upgrade_postgres(url) == {}
        schema.require_current(url)
        assert schema.on_postgres(url, differences) == []


def test_a_postgres_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(BootError, match="does not answer") as refusal:
        schema.require_current("postgresql://ann:secret@127.0.0.1:1/ggui")
    assert "secret" not in str(refusal.value)

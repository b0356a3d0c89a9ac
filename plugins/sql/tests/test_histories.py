"""Tables of other plugins: made, changed and taken back beside ours, and never at the cost of anybody else's."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from click.testing import CliRunner, Result

import ggui_sql.plugin as sql
from ggui_core import hookimpl
from ggui_core.database import Database, Transaction
from ggui_core.errors import BootError
from ggui_core.migrations import Migrations
from ggui_core.setup import Setup
from ggui_core.testing import booted
from ggui_sql import schema
from ggui_sql.commands import db

from .databases import BACKENDS, postgres_schema
from .strangers import NO_PAGE, NOT_SEEN, PAGE, SEEN, Stranger, installed

OWN = schema.OWN
BOTH = pytest.mark.parametrize("backend", BACKENDS)


@dataclass
class Place:
    """A database that is empty at first, with a server's settings that name it."""

    where: Path | str

    @property
    def config(self) -> dict[str, Any]:
        sqlite = {"driver": "sqlite", "path": str(self.where)}
        postgres = {"driver": "postgres", "url": str(self.where)}
        return {"storage": {"renders": sqlite if isinstance(self.where, Path) else postgres}}

    def upgrade(self, *tables: Migrations) -> schema.Versions:
        if isinstance(self.where, Path):
            return schema.upgrade_file(self.where, tables)
        return schema.upgrade_postgres(self.where, tables)

    def downgrade(self, tables: Migrations, target: str) -> str:
        if isinstance(self.where, Path):
            return schema.downgrade_file(self.where, tables, target)[0]
        return schema.downgrade_postgres(self.where, tables, target)

    def versions(self) -> schema.Versions:
        return (
            schema.versions_of_file(self.where)
            if isinstance(self.where, Path)
            else schema.versions_of(self.where)
        )

    async def said(self, statement: str) -> Sequence[Any]:
        if isinstance(self.where, Path):
            with closing(sqlite3.connect(self.where, isolation_level=None)) as connection:
                return connection.execute(statement).fetchall()
        postgres = await asyncpg.connect(self.where)
        try:
            return [tuple(row) for row in await postgres.fetch(statement)]
        finally:
            await postgres.close()

    async def tables(self) -> set[str]:
        sqlite = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        postgres = "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()"
        return {row[0] for row in await self.said(sqlite if isinstance(self.where, Path) else postgres)}


@asynccontextmanager
async def empty(backend: str, folder: Path) -> AsyncIterator[Place]:
    if backend == "sqlite":
        yield Place(folder / "ggui.db")
        return
    async with postgres_schema() as url:
        yield Place(url)


@pytest.fixture
def visits(tmp_path: Path) -> Iterator[Stranger]:
    with installed(tmp_path) as stranger:
        yield stranger


@BOTH
async def test_tables_are_made_changed_with_rows_and_taken_back(
    backend: str, tmp_path: Path, visits: Stranger
) -> None:
    async with empty(backend, tmp_path) as place:
        first = visits.write((PAGE, NO_PAGE)).tables
        assert place.upgrade(OWN, first) == {}
        assert place.versions() == {OWN.version_table: OWN.head, "visits_schema_version": "0001"}
        await place.said("INSERT INTO visits_page (page) VALUES ('home')")

        second = visits.write((PAGE, NO_PAGE), (SEEN, NOT_SEEN)).tables
        assert place.upgrade(OWN, second)["visits_schema_version"] == "0001"
        assert await place.said("SELECT page, seen FROM visits_page") == [("home", 1)]

        assert place.downgrade(second, "0001") == "0002"
        assert await place.said("SELECT * FROM visits_page") == [("home",)]
        assert place.downgrade(second, schema.NOTHING) == "0001"
        assert not {name for name in await place.tables() if name.startswith("visits_")}
        assert place.versions() == {OWN.version_table: OWN.head}, "ours are as they were"


async def test_a_file_is_copied_before_tables_of_others_change(tmp_path: Path, visits: Stranger) -> None:
    place = Place(tmp_path / "ggui.db")
    place.upgrade(OWN)
    await place.said("INSERT INTO ggui_lock (name) VALUES ('kept')")
    tables = visits.write((PAGE, NO_PAGE)).tables
    place.upgrade(OWN, tables)
    copy = Place(tmp_path / "ggui.db.before-visits-0001")
    assert await copy.said("SELECT name FROM ggui_lock") == [("kept",)]
    assert stat.S_IMODE((tmp_path / "ggui.db.before-visits-0001").stat().st_mode) == 0o600
    place.downgrade(tables, schema.NOTHING)
    assert "visits_page" in await Place(tmp_path / "ggui.db.at-visits-0001").tables()


OTHERS = {
    "a name without the prefix": ('op.create_table("page", sa.Column("id", sa.Text()))', "page"),
    "a change of a table of ours": (
        'op.add_column("ggui_lock", sa.Column("mine", sa.Text(), nullable=True))',
        "ggui_lock",
    ),
    "an index on a table of ours": ('op.create_index("visits_ix", "ggui_event", ["type"])', "ggui_event"),
    "a table of ours dropped": ('op.drop_table("ggui_lock")', "ggui_lock"),
    "a table of ours renamed": ('op.rename_table("ggui_lock", "visits_lock")', "ggui_lock"),
    "a view without the prefix": ('op.execute("CREATE VIEW pages AS SELECT 1 AS one")', "pages"),
}


@BOTH
@pytest.mark.parametrize("kind", OTHERS)
async def test_tables_outside_the_prefix_are_refused_and_nothing_changes(
    backend: str, kind: str, tmp_path: Path, visits: Stranger
) -> None:
    statement, named = OTHERS[kind]
    async with empty(backend, tmp_path) as place:
        place.upgrade(OWN)
        before = await place.tables()
        tables = visits.write((f"{PAGE}\n{statement}", "")).tables
        with pytest.raises(
            BootError, match=rf'"visits" touch {named}, and the names .* start with "visits_"'
        ):
            place.upgrade(OWN, tables)
        assert await place.tables() == before
        assert place.versions() == {OWN.version_table: OWN.head}


@BOTH
async def test_a_way_back_that_takes_tables_of_others_is_refused(
    backend: str, tmp_path: Path, visits: Stranger
) -> None:
    async with empty(backend, tmp_path) as place:
        tables = visits.write((PAGE, NO_PAGE + '\nop.drop_table("ggui_lock")')).tables
        place.upgrade(OWN, tables)
        with pytest.raises(BootError, match="touch ggui_lock"):
            place.downgrade(tables, schema.NOTHING)
        assert {"visits_page", "ggui_lock"} <= await place.tables()


@BOTH
@pytest.mark.parametrize(
    "fault", ['raise ValueError("half way")', 'op.execute("INSERT INTO nowhere VALUES (1)")']
)
async def test_a_migration_that_fails_undoes_those_of_every_plugin(
    backend: str, fault: str, tmp_path: Path, visits: Stranger
) -> None:
    async with empty(backend, tmp_path) as place:
        tables = visits.write((f"{PAGE}\n{fault}", "")).tables
        with pytest.raises(BootError, match=r'"visits" fail: .*(half way|nowhere).*; nothing was changed'):
            place.upgrade(OWN, tables)
        assert await place.tables() == set()


DYING = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from ggui_core.migrations import Migrations
from ggui_sql import schema
from pathlib import Path
tables = (schema.OWN, Migrations("ggui_visits.versions", "visits", "visits_", "0001"))
where = sys.argv[2]
if "://" in where:
    schema.upgrade_postgres(where, tables)
else:
    schema.upgrade_file(Path(where), tables)
"""


@BOTH
async def test_a_crash_in_the_middle_of_a_migration_leaves_nothing(
    backend: str, tmp_path: Path, visits: Stranger
) -> None:
    async with empty(backend, tmp_path) as place:
        place.upgrade(OWN)
        before = await place.tables()
        many = 'op.bulk_insert(sa.table("visits_page", sa.column("page")), [{"page": str(n)} for n in range(20000)])'
        visits.write((f"{PAGE}\n{many}\nimport os\nos.kill(os.getpid(), 9)", ""))
        command = [sys.executable, "-c", DYING, str(visits.folder), str(place.where)]
        died = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
        assert died.returncode == -signal.SIGKILL, died.stderr
        assert await place.tables() == before
        assert place.versions() == {OWN.version_table: OWN.head}
        place.upgrade(OWN, visits.write((PAGE, NO_PAGE)).tables)
        assert await place.said("SELECT count(*) FROM visits_page") == [(0,)]


@pytest.mark.services
async def test_two_upgrades_at_once_are_one(visits: Stranger) -> None:
    async with postgres_schema() as url:
        slowly = f'{PAGE}\nop.execute("SELECT pg_sleep(0.3)")'
        visits.write((slowly, NO_PAGE))
        command = [sys.executable, "-c", DYING, str(visits.folder), url]
        both = [
            asyncio.to_thread(subprocess.run, command, capture_output=True, check=False) for _ in range(2)
        ]
        for ran in await asyncio.gather(*both):
            assert ran.returncode == 0, ran.stderr
        assert schema.versions_of(url) == {OWN.version_table: OWN.head, "visits_schema_version": "0001"}


def test_a_package_that_is_not_what_the_plugin_says_is_refused(tmp_path: Path, visits: Stranger) -> None:
    place = Place(tmp_path / "ggui.db")
    with pytest.raises(BootError, match=r"the newest revision in ggui_visits.versions is missing"):
        place.upgrade(OWN, visits.tables)
    written = visits.write((PAGE, NO_PAGE), (SEEN, NOT_SEEN))
    with pytest.raises(BootError, match=r'is 0002, but ggui_migrations\(\) says head="0001"'):
        place.upgrade(OWN, written.at("0001").tables)
    with pytest.raises(BootError, match=r'has the label "visits"; write branch_labels = \("visits",\)'):
        place.upgrade(OWN, visits.write((PAGE, NO_PAGE), label="views").tables)
    with pytest.raises(BootError, match=r"package ggui_nowhere\.versions .* is not there"):
        place.upgrade(OWN, Migrations("ggui_nowhere.versions", "nowhere", "nowhere_", "0001"))
    assert place.versions() == {}


def test_tables_of_a_newer_version_are_left_alone(tmp_path: Path, visits: Stranger) -> None:
    place = Place(tmp_path / "ggui.db")
    place.upgrade(OWN, visits.write((PAGE, NO_PAGE), (SEEN, NOT_SEEN)).tables)
    (visits.folder / "ggui_visits/versions/v0002.py").unlink()
    with pytest.raises(BootError, match=r"newer version of visits \(schema 0002\); install that version"):
        place.upgrade(OWN, visits.at("0001").tables)


# Servers


async def test_a_server_makes_them_at_its_first_start_and_needs_no_alembic_at_the_next(
    tmp_path: Path, visits: Stranger
) -> None:
    visits.write((PAGE, NO_PAGE))
    program = f"""
import asyncio, sys
sys.path.insert(0, {str(visits.folder)!r})
import ggui_sql.plugin as sql, ggui_visits.plugin as visits
from ggui_core.testing import booted

async def main():
    async with booted([sql, visits], config={Place(tmp_path / "ggui.db").config!r}):
        pass

asyncio.run(main())
print(*(name for name in ("alembic", "sqlalchemy") if name in sys.modules))
"""

    def boot() -> str:
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.splitlines()[-1]

    assert await asyncio.to_thread(boot) == "alembic sqlalchemy"
    assert "visits_page" in await Place(tmp_path / "ggui.db").tables()
    assert await asyncio.to_thread(boot) == ""


@pytest.mark.services
async def test_postgres_is_not_served_until_their_tables_are_up_to_date(visits: Stranger) -> None:
    async with postgres_schema() as url:
        place = Place(url)
        place.upgrade(OWN)
        stranger = visits.write((PAGE, NO_PAGE))
        with pytest.raises(BootError, match=r"visits at nothing instead of 0001\); run: ggui db upgrade"):
            async with booted([sql, stranger.module()], config=place.config):
                pass
        assert not {"visits_page"} & await place.tables()
        place.upgrade(OWN, stranger.tables)
        async with booted([sql, stranger.module()], config=place.config):
            pass


async def test_tables_of_a_plugin_that_is_gone_stay(tmp_path: Path, visits: Stranger) -> None:
    place = Place(tmp_path / "ggui.db")
    async with booted([sql, visits.write((PAGE, NO_PAGE)).module()], config=place.config):
        pass
    await place.said("INSERT INTO visits_page (page) VALUES ('home')")
    async with booted([sql], config=place.config) as server:
        assert not server.warnings
    async with booted([sql, visits.module()], config=place.config):
        pass
    assert await place.said("SELECT page FROM visits_page") == [("home",)]


def claiming(name: str, label: str, prefix: str) -> Any:
    from types import ModuleType

    module = ModuleType(f"ggui_{name}")

    @hookimpl
    def ggui_migrations() -> Migrations:
        return Migrations(f"ggui_{name}.versions", label, prefix, "0001")

    vars(module).update(PLUGIN_API=1, ggui_migrations=ggui_migrations)
    return module


@pytest.mark.parametrize(
    ("label", "prefix", "told"),
    [
        ("visits", "pages_", 'plugins "one" and "two" both claim the label "visits"'),
        ("pages", "visits_", r'both claim tables that begin alike \("visits_" and "visits_"\)'),
        ("pages", "visits_page_", r'begin alike \("visits_" and "visits_page_"\) .*; choose a prefix'),
        ("ggui", "pages_", 'plugins "sql" and "two" both claim the label "ggui"'),
        ("pages", "ggui_pages_", r'plugins "sql" and "two" .* \("ggui_" and "ggui_pages_"\)'),
        ("Pages", "pages_", "the label 'Pages' .* is not one"),
        ("pages", "pages", "the prefix 'pages' .* is not one"),
        ("pages", "sqlite_", "the prefix 'sqlite_' .* is not one"),
        ("pages", 'p"; DROP TABLE x; --_', "is not one"),
    ],
)
async def test_claims_that_meet_do_not_boot(tmp_path: Path, label: str, prefix: str, told: str) -> None:
    place = Place(tmp_path / "ggui.db")
    with pytest.raises(BootError, match=told):
        async with booted(
            [sql, claiming("one", "visits", "visits_"), claiming("two", label, prefix)], config=place.config
        ):
            pass
    assert not (tmp_path / "ggui.db").exists()


async def test_an_answer_that_is_none_does_not_boot() -> None:
    module = claiming("one", "visits", "visits_")
    module.ggui_migrations = hookimpl(lambda: ["visits"])
    module.ggui_migrations.__name__ = "ggui_migrations"
    with pytest.raises(BootError, match=r'plugin "one": ggui_migrations returned list; return one'):
        async with booted([module]):
            pass


def asking(*, insists: bool) -> Any:
    """A plugin that counts its starts where there is a database."""
    module = claiming("visits", "visits", "visits_")

    @hookimpl
    def ggui_routes(setup: Setup) -> list[Any]:
        module.found = setup.get(Database) if insists else setup.find(Database)
        return []

    vars(module).update(ggui_routes=ggui_routes)
    return module


MEMORY = {"storage": {"renders": {"driver": "memory"}}}


@pytest.mark.parametrize(
    ("config", "args", "remedy"),
    [({}, ["--ephemeral"], "start without --ephemeral"), (MEMORY, [], 'take "storage" out of ggui.json')],
)
async def test_where_all_is_in_memory_a_plugin_asks_or_refuses_to_boot(
    config: dict[str, Any], args: list[str], remedy: str
) -> None:
    plugin = asking(insists=False)
    async with booted([sql, plugin], config=config, args=args):
        assert plugin.found is None
    with pytest.raises(BootError, match=f"'visits' needs a Database, but .* everything in memory; {remedy}"):
        async with booted([sql, asking(insists=True)], config=config, args=args):
            pass
    with pytest.raises(BootError, match="needs a Database, but no enabled plugin provides one"):
        async with booted([asking(insists=True)]):
            pass


# The commands


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a project with nothing in it yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GGUI_PERSISTENT_DIR", str(tmp_path / "kept"))
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(db, words)


def test_the_commands_act_on_the_tables_of_every_plugin(project: Path, visits: Stranger) -> None:
    visits.write((PAGE, NO_PAGE), (SEEN, NOT_SEEN)).module()
    assert run("current").output.splitlines() == [
        f"ggui: nothing (this version needs {OWN.head})",
        "visits: nothing (this version needs 0002)",
    ]
    done = run("upgrade")
    assert done.output.splitlines() == [f"ggui: nothing -> {OWN.head}", "visits: nothing -> 0002"]
    back = run("downgrade", "visits", "0001", "--yes")
    assert back.output.splitlines()[-1] == "visits: 0002 -> 0001"
    assert run("current").output.splitlines() == [
        f"ggui: {OWN.head} (this version needs {OWN.head})",
        "visits: 0001 (this version needs 0002)",
    ]
    refused = run("downgrade", "views", "0001", "--yes")
    assert refused.exit_code == 1
    assert 'no enabled plugin has tables with the label "views"; there are ggui, visits' in refused.output


def test_tables_that_nobody_has_any_more_are_named(project: Path, visits: Stranger) -> None:
    visits.write((PAGE, NO_PAGE)).module()
    assert run("upgrade").exit_code == 0
    manifest = """{"schema": "1", "protocol": "1.1", "app": {"slug": "shop", "name": "Shop"},
        "plugins": {"disable": ["visits"]}}"""
    (project / "ggui.json").write_text(manifest)
    assert run("current").output.splitlines() == [
        f"ggui: {OWN.head} (this version needs {OWN.head})",
        "visits_*: 0001 (no enabled plugin has these tables; they stay as they are)",
    ]
    assert run("upgrade").output == f"ggui: {OWN.head} -> {OWN.head}\n"
    refused = run("downgrade", "visits", "nothing", "--yes")
    assert refused.exit_code == 1
    assert 'no enabled plugin has tables with the label "visits"' in refused.output


def test_a_plugin_that_cannot_be_loaded_is_named_and_its_tables_stay(project: Path, visits: Stranger) -> None:
    visits.write((PAGE, NO_PAGE)).module()
    assert run("upgrade").exit_code == 0
    (visits.folder / "ggui_visits" / "plugin.py").write_text("import nothing_of_the_kind\n")
    sys.modules.pop("ggui_visits.plugin")
    done = run("upgrade")
    assert done.exit_code == 0
    assert 'plugin "visits" (ggui-visits 1.0) cannot be loaded' in done.output
    assert "visits_*: 0001" in run("current").output


async def test_they_write_through_the_seam_in_the_operators_database(
    tmp_path: Path, visits: Stranger
) -> None:
    place = Place(tmp_path / "ggui.db")

    async def fact(tx: Transaction) -> None:
        await tx.run("INSERT INTO visits_page (page) VALUES (?)", "home")

    async with booted([sql, visits.write((PAGE, NO_PAGE)).module()], config=place.config) as server:
        await server.setup.get(Database).write(fact)
    assert await place.said("SELECT page FROM visits_page") == [("home",)]

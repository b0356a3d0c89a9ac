"""``ggui db``: the database from the command line (it acts on what ``ggui.json#storage`` names)."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
from pydantic import ValidationError

from ggui_core.commands.verbs import HELP, VerbGroup
from ggui_core.errors import BootError, first_line
from ggui_core.migrations import VERSION_TABLE, Migrations, table_histories

if TYPE_CHECKING:
    from ggui_sql.settings import PostgresStorage, SqliteStorage


@click.group(cls=VerbGroup)
def db() -> None:
    """Look at the database of this project, change its schema, copy it."""


@db.command(context_settings=HELP)
def current() -> None:
    """Say at which revision the tables of each plugin are, and which one this version needs."""
    from ggui_sql import schema
    from ggui_sql.settings import PostgresStorage

    storage, path = _storage()
    try:
        histories = _histories()
        if isinstance(storage, PostgresStorage):
            versions = schema.versions_of(storage.url)
        else:
            versions = schema.versions_of_file(path)
    except BootError as error:
        _fail(*error.problems)
    for each in histories:
        click.echo(f"{each.label}: {_revision(versions, each)} (this version needs {each.head})")
    known = {each.version_table for each in histories}
    for table in sorted(versions.keys() - known):
        prefix = table.removesuffix(VERSION_TABLE)
        click.echo(
            f"{prefix}*: {versions[table]} (no enabled plugin has these tables; they stay as they are)"
        )


@db.command(context_settings=HELP)
def upgrade() -> None:
    """Bring the tables of every enabled plugin to the revision that is needed; a SQLite file is copied first."""
    from ggui_sql import schema
    from ggui_sql.file_lock import hold
    from ggui_sql.settings import PostgresStorage

    storage, path = _storage()
    try:
        histories = _histories()
        if isinstance(storage, PostgresStorage):
            before = schema.upgrade_postgres(storage.url, histories)
        else:
            with hold(path):
                before = schema.upgrade_file(path, histories)
    except BootError as error:
        _fail(*error.problems)
    for each in histories:
        click.echo(f"{each.label}: {_revision(before, each)} -> {each.head}")


@db.command(context_settings=HELP, short_help="Take tables back, for an earlier version.")
@click.argument("label")
@click.argument("revision")
@click.option("--yes", is_flag=True, help="Do not ask.")
def downgrade(label: str, revision: str, *, yes: bool) -> None:
    """Take the tables of LABEL back to REVISION, for an earlier version; "nothing" removes them.

    "ggui db current" lists the labels: "ggui" stands for the tables of ggui itself. What the revisions after REVISION
    added is lost, with all that is kept in it. A SQLite file is copied first, and its server has to be stopped. Of
    PostgreSQL make a copy with pg_dump, and stop every server yourself.
    """
    from ggui_sql import schema
    from ggui_sql.file_lock import hold
    from ggui_sql.postgres import without_password
    from ggui_sql.settings import PostgresStorage

    storage, path = _storage()
    try:
        tables = _history(label)
    except BootError as error:
        _fail(*error.problems)
    place = without_password(storage.url) if isinstance(storage, PostgresStorage) else str(path)
    lost = "everything" if revision == schema.NOTHING else f"what was added after {revision}"
    if not yes and not click.confirm(f"In {place} {lost} of {label} is lost. Go on?", err=True):
        _fail("nothing was changed")
    try:
        if isinstance(storage, PostgresStorage):
            before = schema.downgrade_postgres(storage.url, tables, revision)
        else:
            if not path.exists():
                _fail(f"there is no database at {path} yet; ggui serve makes it")
            with hold(path):
                before, kept = schema.downgrade_file(path, tables, revision)
            click.echo(f"copy: {kept}")
    except BootError as error:
        _fail(*error.problems)
    click.echo(f"{label}: {before} -> {revision}")


@db.command(context_settings=HELP)
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
def backup(target: Path) -> None:
    """Copy a SQLite database to TARGET, sound also while the server runs. For PostgreSQL use pg_dump."""
    from ggui_sql import schema

    path = _file("ggui db backup", "pg_dump")
    if target.exists():
        _fail(f"{target} is there already; name another file, or remove it")
    schema.copy(path, target)
    click.echo(f"{target} ({target.stat().st_size:,} bytes)")


@db.command(context_settings=HELP)
def vacuum() -> None:
    """Give the room of removed rows back to the disk. The server has to be stopped."""
    from ggui_sql.file_lock import hold

    path = _file("ggui db vacuum", "VACUUM in psql")
    before = path.stat().st_size
    try:
        with hold(path), closing(sqlite3.connect(path, isolation_level=None, timeout=5)) as connection:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("VACUUM")
    except BootError as error:
        _fail(*error.problems)
    except sqlite3.OperationalError as error:
        _fail(f"{path} cannot be vacuumed: {error}; stop the server first")
    click.echo(f"{before:,} -> {path.stat().st_size:,} bytes")


def _histories() -> Sequence[Migrations]:
    """The tables of every enabled plugin; says which plugins cannot be asked.

    Raises:
        BootError: two of them would take each other's tables.
    """
    from ggui_core.project import survey

    loading = survey()
    for problem in loading.complaints():
        click.echo(f"ggui db: {problem}", err=True)
    return table_histories(loading.plugins())


def _history(label: str) -> Migrations:
    """The tables of one plugin.

    Raises:
        BootError: no enabled plugin has that label.
    """
    known = {each.label: each for each in _histories()}
    if label not in known:
        raise BootError(
            f'no enabled plugin has tables with the label "{label}"; there are {", ".join(known)} (the first word is '
            "the label, the second the revision: ggui db downgrade ggui 0001)"
        )
    return known[label]


def _revision(versions: Mapping[str, str], tables: Migrations) -> str:
    from ggui_sql.schema import NOTHING

    return versions.get(tables.version_table, NOTHING)


def _file(command: str, instead: str) -> Path:
    """The SQLite file of this project, which has to be there."""
    from ggui_sql.settings import SqliteStorage

    storage, path = _storage()
    if not isinstance(storage, SqliteStorage):
        _fail(f"{command} is for SQLite; for PostgreSQL use {instead}")
    if not path.exists():
        _fail(f"there is no database at {path} yet; ggui serve makes it")
    return path


def _storage() -> tuple[SqliteStorage | PostgresStorage, Path]:
    """What this project's ``storage`` names, and the file if it is one."""
    from ggui_core.manifest import read_manifest
    from ggui_core.project import locate
    from ggui_sql.settings import SqliteStorage, StorageSection, sqlite_path

    project = locate()
    try:
        manifest = {} if project.manifest is None else read_manifest(project.manifest)
        section = StorageSection.model_validate(manifest.get("storage", {}))
    except BootError as error:
        _fail(*error.problems)
    except ValidationError as error:
        _fail(f"{project.source}: storage is not valid: {first_line(error)}; ggui config check says more")
    chosen = section.database
    if chosen is None:
        _fail('state is kept in memory; to keep it on disk take "storage" out of ggui.json')
    path = Path()
    if isinstance(chosen, SqliteStorage):
        path = sqlite_path(chosen, project.root, project.persistent_dir)
    return chosen, path


def _fail(*problems: str) -> NoReturn:
    for problem in problems:
        click.echo(f"ggui db: {problem}", err=True)
    sys.exit(1)

"""Running the revisions of a plugin's tables, through Alembic, on a connection whose transaction the caller ends.

Each history has a version table of its own, so its revisions are numbered without regard to any other's. What a
history did is compared with its prefix before the transaction ends: a migration with a slip of the pen must not change
the tables of somebody else.

Nobody imports this module where the tables are up to date: Alembic and SQLAlchemy take a fifth of a second.
"""

from __future__ import annotations

import importlib.util
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from ggui_core.errors import BootError, first_line
from ggui_core.migrations import Migrations

_FAULTS_OF_THE_DISK: Final = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_BUSY,
)
"""What no revision is to blame for."""


def revisions(migrations: Migrations) -> list[str]:
    """Every revision of a history, oldest first.

    Raises:
        BootError: its package is not what ``ggui_migrations`` says.
    """
    return [each.revision for each in _script(migrations).walk_revisions()][::-1]


def upgrade(connection: Connection, migrations: Migrations, target: str = "head") -> None:
    """Make or change the tables of a history.

    Raises:
        BootError: a revision fails or touches tables of others, or the package is not what the plugin said of it.
    """
    _script(migrations)
    with _guarded(connection, migrations):
        command.upgrade(_config(migrations, connection), target)


def downgrade(connection: Connection, migrations: Migrations, target: str | None) -> None:
    """Take the tables of a history back to a revision; ``None`` removes them all.

    Raises:
        BootError: a revision fails or touches tables of others.
    """
    with _guarded(connection, migrations):
        command.downgrade(_config(migrations, connection), target or "base")
        if target is None:
            connection.exec_driver_sql(f"DROP TABLE {migrations.version_table}")


def _config(migrations: Migrations, connection: Connection | None = None) -> Config:
    """What Alembic needs to find a history; the environment is the same for all of them."""
    config = Config()
    config.set_main_option("script_location", "ggui_migrations:.")
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", _folder(migrations).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["version_table"] = migrations.version_table
    return config


def _folder(migrations: Migrations) -> str:
    """Where the revisions are."""
    try:
        spec = importlib.util.find_spec(migrations.package)
    except ModuleNotFoundError:
        spec = None
    if spec is None or not spec.submodule_search_locations:
        raise BootError(
            f'the package {migrations.package} of the migrations "{migrations.label}" is not there; name the package '
            "that holds the revisions in ggui_migrations(), and see that its wheel has it"
        )
    return spec.submodule_search_locations[0]


def _script(migrations: Migrations) -> ScriptDirectory:
    """The history, which is what the plugin says of it."""
    script = ScriptDirectory.from_config(_config(migrations))
    try:
        heads = script.get_heads()
        labels = {label for head in heads for label in script.get_revision(head).branch_labels}
    except CommandError as error:
        raise BootError(
            f"the revisions in {migrations.package} cannot be read: {first_line(error)}"
        ) from error
    if heads != [migrations.head]:
        raise BootError(
            f"the newest revision in {migrations.package} is {' and '.join(heads) or 'missing'}, but ggui_migrations() "
            f'says head="{migrations.head}"; a history has one newest revision, and head names it'
        )
    if migrations.label not in labels:
        raise BootError(
            f'no revision in {migrations.package} has the label "{migrations.label}"; write branch_labels = '
            f'("{migrations.label}",) in the first one'
        )
    return script


@contextmanager
def _guarded(connection: Connection, migrations: Migrations) -> Iterator[None]:
    """Hold what runs in the block to the tables of its history."""
    before = _outline(connection)
    try:
        yield
    except DBAPIError as error:
        if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _FAULTS_OF_THE_DISK:
            raise
        raise _failed(migrations, str(error.orig)) from error
    except Exception as error:
        raise _failed(migrations, first_line(error)) from error
    after = _outline(connection)
    touched = {key[0] for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    foreign = sorted(table for table in touched if not table.startswith(migrations.prefix))
    if foreign:
        raise BootError(
            f'the migrations "{migrations.label}" touch {", ".join(foreign)}, and the names of their tables start with '
            f'"{migrations.prefix}"; nothing was changed: correct the names in {migrations.package}, or the prefix in '
            "ggui_migrations()"
        )


def _failed(migrations: Migrations, cause: str) -> BootError:
    return BootError(
        f'the migrations "{migrations.label}" fail: {cause}; nothing was changed: correct {migrations.package}, or '
        "what it found in the database"
    )


_OF_SQLITE: Final = (
    "SELECT tbl_name, type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
)
_OF_POSTGRES: Final = """
WITH own AS (
  SELECT c.oid, c.relname, c.relkind FROM pg_class c
  WHERE c.relnamespace = ANY (SELECT n.oid FROM pg_namespace n WHERE n.nspname = ANY (current_schemas(false)))
)
SELECT relname::text, 'relation', relname::text, relkind::text FROM own WHERE relkind NOT IN ('i', 'I')
UNION ALL SELECT o.relname, 'column', a.attname, format_type(a.atttypid, a.atttypmod) || a.attnotnull::text
  || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
  FROM own o JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = o.oid AND d.adnum = a.attnum WHERE o.relkind NOT IN ('i', 'I', 'S')
UNION ALL SELECT o.relname, 'index', i.relname, pg_get_indexdef(x.indexrelid)
  FROM own o JOIN pg_index x ON x.indrelid = o.oid JOIN pg_class i ON i.oid = x.indexrelid
UNION ALL SELECT o.relname, 'constraint', k.conname, pg_get_constraintdef(k.oid)
  FROM own o JOIN pg_constraint k ON k.conrelid = o.oid
UNION ALL SELECT o.relname, 'trigger', t.tgname, pg_get_triggerdef(t.oid)
  FROM own o JOIN pg_trigger t ON t.tgrelid = o.oid AND NOT t.tgisinternal
UNION ALL SELECT y.typname, 'type', y.typname, y.typtype::text FROM pg_type y
  WHERE y.typtype IN ('e', 'd') AND y.typnamespace = ANY (
    SELECT n.oid FROM pg_namespace n WHERE n.nspname = ANY (current_schemas(false)))
"""


def _outline(connection: Connection) -> Mapping[tuple[str, str, str], str | None]:
    """Everything that the schema holds: by table, kind and name, how it is defined."""
    statement = _OF_SQLITE if connection.dialect.name == "sqlite" else _OF_POSTGRES
    rows = connection.exec_driver_sql(statement)
    return {(str(table), str(kind), str(name)): definition for table, kind, name, definition in rows}

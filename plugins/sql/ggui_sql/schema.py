"""The schema of a database: the tables of every plugin, each with its own history.

A SQLite file is brought up to date when the server starts, after a copy of it was put aside. PostgreSQL may serve
several servers at once, so it changes only when an operator says ``ggui db upgrade``. Either way what is to be done is
one transaction: all tables are up to date afterwards, or nothing changed.

Importing Alembic and SQLAlchemy takes a fifth of a second, so a database that is up to date is recognised without them.
Tables of plugins that are not enabled are left as they are.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import structlog

from ggui_core.errors import BootError, first_line
from ggui_core.migrations import VERSION_TABLE, Migrations
from ggui_migrations import REVISIONS
from ggui_sql.postgres import without_password

if TYPE_CHECKING:
    from sqlalchemy import Connection

log = structlog.get_logger("ggui.sql")

T = TypeVar("T")

OWN: Final = Migrations(package="ggui_migrations.versions", label="ggui", prefix="ggui_", head=REVISIONS[-1])
"""The tables behind the stores of the kernel."""

NOTHING: Final = "nothing"
"""What stands for the revision of tables that are not there."""

PATIENCE_S: Final = 10.0
UPGRADE_LOCK: Final = 0x6767_7569
"""The advisory lock of PostgreSQL that makes the second of two upgrades wait for the first."""

Versions = Mapping[str, str]
"""The revision in each version table of a database."""


def upgrade_file(path: Path, histories: Sequence[Migrations] = (OWN,)) -> Versions:
    """Bring a SQLite file up to date, or make a new one; returns what stood in its version tables before.

    A file with content is copied beside itself first, as ``<name>.before-<label>-<revision>``.

    Raises:
        BootError: the file cannot be used, a newer version wrote it, or a migration fails; then it is as it was.
    """
    with _usable(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        path.chmod(0o600)
        before = versions_of_file(path)
        behind = pending(before, histories, str(path))
        if behind:
            if path.stat().st_size:
                copy(path, path.with_name(f"{path.name}.before-{behind[0].label}-{behind[0].head}"))
            with _placed(str(path)):
                on_file(path, lambda connection: _upgrade(connection, behind))
    _note(before, behind)
    return before


def require_current(url: str, histories: Sequence[Migrations] = (OWN,)) -> None:
    """Refuse to serve from a PostgreSQL database whose tables are not those of this server.

    Raises:
        BootError: some are older, newer or not there, or the server does not answer; with the remedy.
    """
    before = versions_of(url)
    behind = pending(before, histories, without_password(url))
    if behind:
        standing = ", ".join(
            f"{each.label} at {before.get(each.version_table, NOTHING)} instead of {each.head}"
            for each in behind
        )
        raise BootError(
            f"storage: the tables of {without_password(url)} are not up to date ({standing}); run: ggui db upgrade"
        )


def upgrade_postgres(url: str, histories: Sequence[Migrations] = (OWN,)) -> Versions:
    """Bring a PostgreSQL database up to date; returns what stood in its version tables before.

    Raises:
        BootError: the server does not answer, a newer version wrote it, or a migration fails; then it is as it was.
    """
    before = versions_of(url)
    behind = pending(before, histories, without_password(url))
    if behind:
        with _placed(without_password(url)):
            on_postgres(url, lambda connection: _upgrade(connection, behind))
    _note(before, behind)
    return before


def downgrade_file(path: Path, migrations: Migrations, target: str) -> tuple[str, Path]:
    """Take tables of a SQLite file back to a revision; returns the one they had, and the copy that was made first.

    Raises:
        BootError: ``target`` is not before it, a newer version wrote the file, or it cannot be used.
    """
    with _usable(path):
        before = _require_earlier(versions_of_file(path), migrations, target, str(path))
        kept = path.with_name(f"{path.name}.at-{migrations.label}-{before}")
        copy(path, kept)
        with _placed(str(path)):
            on_file(path, lambda connection: _downgrade(connection, migrations, target))
    return before, kept


def downgrade_postgres(url: str, migrations: Migrations, target: str) -> str:
    """Take tables of a PostgreSQL database back to a revision; returns the one they had.

    Raises:
        BootError: ``target`` is not before it, a newer version wrote them, or the server does not answer.
    """
    place = without_password(url)
    before = _require_earlier(versions_of(url), migrations, target, place)
    with _placed(place):
        on_postgres(url, lambda connection: _downgrade(connection, migrations, target))
    return before


def versions_of_file(path: Path) -> Versions:
    """The revision in each version table of a SQLite file; none in one that is empty or not there."""
    if not path.exists():
        return {}
    with closing(sqlite3.connect(path, timeout=PATIENCE_S)) as connection:
        tables = connection.execute(
            "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = 'version_num' "
            "WHERE m.type = 'table' AND m.name LIKE ?",
            (f"%{VERSION_TABLE}",),
        ).fetchall()
        rows = {table: connection.execute(_version(table)).fetchone() for (table,) in tables}
    return {table: str(row[0]) for table, row in rows.items() if row is not None}


def versions_of(url: str) -> Versions:
    """The revision in each version table of a PostgreSQL database.

    Raises:
        BootError: the server does not answer, or refuses.
    """

    async def read() -> Versions:
        import asyncpg

        connection = await asyncpg.connect(url, timeout=PATIENCE_S, command_timeout=PATIENCE_S)
        try:
            tables = await connection.fetch(
                "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
                "WHERE a.attname = 'version_num' AND c.relkind = 'r' AND c.relname LIKE $1 "
                "AND pg_table_is_visible(c.oid)",
                f"%{VERSION_TABLE}",
            )
            rows = {table: await connection.fetchval(_version(table)) for (table,) in tables}
        finally:
            await connection.close()
        return {table: str(revision) for table, revision in rows.items() if revision is not None}

    return _asked(url, read)


def pending(versions: Versions, histories: Sequence[Migrations], place: str) -> Sequence[Migrations]:
    """The histories that have something to do.

    Raises:
        BootError: a newer version of one of them wrote its tables.
    """
    behind = [each for each in histories if versions.get(each.version_table) != each.head]
    for each in behind:
        _refuse_newer(versions.get(each.version_table), each, place)
    return behind


def _version(table: str) -> str:
    return f'SELECT version_num FROM "{table}"'  # noqa: S608  # a name that the database told us


def _refuse_newer(revision: str | None, migrations: Migrations, place: str) -> None:
    if revision is None:
        return
    from ggui_sql.revisions import revisions

    if revision not in revisions(migrations):
        raise BootError(
            f"storage: {place} was written by a newer version of {migrations.label} (schema {revision}); "
            "install that version, or name another database"
        )


def _require_earlier(versions: Versions, migrations: Migrations, target: str, place: str) -> str:
    """The revision of tables that ``target`` comes before."""
    from ggui_sql.revisions import revisions

    before = versions.get(migrations.version_table)
    _refuse_newer(before, migrations, place)
    known = [NOTHING, *revisions(migrations)]
    if target not in known:
        raise BootError(
            f"storage: there is no revision {target} of {migrations.label}; there are {', '.join(known)}"
        )
    if before is None or known.index(target) >= known.index(before):
        raise BootError(
            f"storage: {migrations.label} in {place} is at {before or NOTHING}, which is not after {target}; "
            "to go forward run: ggui db upgrade"
        )
    return before


def _upgrade(connection: Connection, histories: Sequence[Migrations]) -> None:
    from ggui_sql.revisions import upgrade

    for each in histories:
        upgrade(connection, each)


def _downgrade(connection: Connection, migrations: Migrations, target: str) -> None:
    from ggui_sql.revisions import downgrade

    downgrade(connection, migrations, None if target == NOTHING else target)


def _note(before: Versions, behind: Sequence[Migrations]) -> None:
    for each in behind:
        log.info(
            "schema_upgraded",
            tables=each.label,
            before=before.get(each.version_table, NOTHING),
            now=each.head,
        )


@contextmanager
def _placed(place: str) -> Iterator[None]:
    """Say which database it was that a migration could not change."""
    try:
        yield
    except BootError as error:
        raise BootError(*(f"storage: {place}: {problem}" for problem in error.problems)) from error


@contextmanager
def _usable(path: Path) -> Iterator[None]:
    """Say what to do about a file that cannot be opened, read or copied."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise BootError(
            f"storage: the database {path} cannot be used: {first_line(error)}; "
            "give the user of the server the right to it, or name another file in ggui.json#storage"
        ) from error


def on_file(path: Path, run: Callable[[Connection], T]) -> T:
    """Run something on a connection to a SQLite file, in one transaction."""
    from sqlalchemy import create_engine, event
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    # The driver would begin at the first change of a row, and leave half of a failed migration behind.
    engine = create_engine(
        f"sqlite:///{path}", poolclass=NullPool, connect_args={"isolation_level": None, "timeout": PATIENCE_S}
    )
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.begin() as connection:
            return run(connection)
    except DBAPIError as error:
        raise sqlite3.DatabaseError(str(error.orig)) from error
    finally:
        engine.dispose()


def on_postgres(url: str, run: Callable[[Connection], T]) -> T:
    """Run something on a connection to a PostgreSQL database, in one transaction that no other upgrade runs beside.

    Raises:
        BootError: the server does not answer.
    """
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    def alone(connection: Connection) -> T:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})")
        return run(connection)

    async def connected() -> T:
        import asyncpg

        async def connect(*_: Any, **__: Any) -> Any:
            return await asyncpg.connect(url, timeout=PATIENCE_S)

        engine = create_async_engine("postgresql+asyncpg://", poolclass=NullPool, async_creator=connect)
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(alone)
        finally:
            await engine.dispose()

    return _asked(url, connected)


def _asked(url: str, question: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The answer of a PostgreSQL server.

    Raises:
        BootError: it does not answer, or refuses.
    """
    import asyncpg

    try:
        return _in_a_loop_of_its_own(question)
    except (OSError, TimeoutError) as error:
        raise BootError(
            f"storage: {without_password(url)} does not answer: {str(error) or 'it took too long'}; "
            "start PostgreSQL, or correct the address in ggui.json#storage"
        ) from error
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
        raise BootError(
            f"storage: {without_password(url)} refuses: {first_line(error)}; correct user, password and database in "
            "ggui.json#storage"
        ) from error


def _in_a_loop_of_its_own(connected: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The boot is synchronous and may run inside an event loop; a thread has none."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(connected())).result()


def copy(path: Path, target: Path) -> None:
    """A copy that is sound although the file may be in use; made complete, then named."""
    temporary = target.with_name(f"{target.name}.part")
    os.close(os.open(temporary, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600))
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(temporary)) as written:
        source.backup(written)
    temporary.replace(target)

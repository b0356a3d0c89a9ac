"""The schema of a database and its history, through Alembic.

A SQLite file is brought up to date when the server starts, after a copy of it was put aside. PostgreSQL may serve
several servers at once, so it changes only when an operator says ``ggui db upgrade``.

Importing Alembic and SQLAlchemy takes a fifth of a second, so a database that is up to date is recognised without them.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import structlog

from ggui_core.errors import BootError, first_line
from ggui_migrations import REVISIONS
from ggui_sql.file_lock import hold
from ggui_sql.postgres import without_password

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

log = structlog.get_logger("ggui.sql")

T = TypeVar("T")

VERSION_TABLE: Final = "ggui_schema_version"
_VERSION: Final = f"SELECT version_num FROM {VERSION_TABLE}"  # noqa: S608
PATIENCE_S: Final = 10.0
NOTHING: Final = "nothing"
"""What stands for the revision of a database without tables."""


def head() -> str:
    """The newest revision that this version knows."""
    return REVISIONS[-1]


def revisions() -> list[str]:
    """Every revision this version knows, oldest first."""
    return list(REVISIONS)


def upgrade_file(path: Path, target: str = "head") -> str | None:
    """Bring a SQLite file up to date, or make a new one; returns the revision it had before.

    A file with content is copied beside itself first, as ``<name>.before-<revision>``.

    Raises:
        BootError: the file cannot be used, or a newer version of ggui wrote it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        path.chmod(0o600)
        before = revision_of_file(path)
        _refuse_newer(before, str(path))
        if before == head():
            return before
        if before is not None:
            copy(path, path.with_name(f"{path.name}.before-{head()}"))
        _upgrade_file(path, target)
    except (OSError, sqlite3.Error) as error:
        raise BootError(
            f"storage: the database {path} cannot be used: {first_line(error)}; "
            "give the user of the server the right to it, or name another file in ggui.json#storage"
        ) from error
    log.info("schema_upgraded", before=before or "nothing", now=head())
    return before


def upgrade_unused_file(path: Path) -> None:
    """Bring a SQLite file up to date on behalf of a command, unless it is: not while a server has it.

    Raises:
        BootError: a server of another version has the file, or as :func:`upgrade_file`.
    """
    try:
        if revision_of_file(path) == head():
            return
    except sqlite3.Error:
        pass  # said with its remedy below
    with hold(path):
        upgrade_file(path)


def require_current(url: str) -> None:
    """Refuse to serve from a PostgreSQL database whose schema is not that of this version.

    Raises:
        BootError: it is older, newer or empty, or the server does not answer; with the remedy.
    """
    before = revision_of(url)
    _refuse_newer(before, without_password(url))
    if before != head():
        raise BootError(
            f"storage: the schema of {without_password(url)} is at {before or 'nothing'}, this version needs {head()}; "
            "run: ggui db upgrade"
        )


def revision_of(url: str) -> str | None:
    """The revision of a PostgreSQL database; ``None`` for an empty one.

    Raises:
        BootError: the server does not answer, or refuses.
    """

    async def read() -> str | None:
        import asyncpg

        connection = await asyncpg.connect(url, timeout=PATIENCE_S)
        try:
            return cast("str | None", await connection.fetchval(_VERSION, timeout=PATIENCE_S))
        except asyncpg.UndefinedTableError:
            return None
        finally:
            await connection.close()

    return _asked(url, read)


def upgrade_postgres(url: str, target: str = "head") -> str | None:
    """Bring a PostgreSQL database up to date; returns the revision it had before."""
    before = revision_of(url)
    _refuse_newer(before, without_password(url))
    on_postgres(url, lambda connection: _upgrade(connection, target))
    return before


def downgrade_file(path: Path, target: str) -> tuple[str, Path]:
    """Take a SQLite file back to an earlier revision; returns the one it had, and the copy that was made first.

    Raises:
        BootError: ``target`` is not before the revision of the file, a newer version wrote it, or it cannot be used.
    """
    from sqlalchemy.exc import DatabaseError

    try:
        before = _require_earlier(revision_of_file(path), target, str(path))
        kept = path.with_name(f"{path.name}.at-{before}")
        copy(path, kept)
        on_file(path, lambda connection: _downgrade(connection, target))
    except (OSError, sqlite3.Error, DatabaseError) as error:
        raise BootError(f"storage: {path} cannot be changed: {first_line(error)}; it is as it was") from error
    return before, kept


def downgrade_postgres(url: str, target: str) -> str:
    """Take a PostgreSQL database back to an earlier revision; returns the one it had.

    Raises:
        BootError: ``target`` is not before its revision, a newer version wrote it, or the server does not answer.
    """
    before = _require_earlier(revision_of(url), target, without_password(url))
    on_postgres(url, lambda connection: _downgrade(connection, target))
    return before


def revision_of_file(path: Path) -> str | None:
    """The revision of a SQLite file; ``None`` for one that is empty or not there."""
    if not path.exists():
        return None
    with closing(sqlite3.connect(path, timeout=PATIENCE_S)) as connection:
        if (
            connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (VERSION_TABLE,)).fetchone()
            is None
        ):
            return None
        row = connection.execute(_VERSION).fetchone()
        return None if row is None else str(row[0])


def _refuse_newer(revision: str | None, place: str) -> None:
    if revision is not None and revision not in revisions():
        raise BootError(
            f"storage: {place} was written by a newer version of ggui (schema {revision}); "
            "install that version, or name another database"
        )


def _require_earlier(before: str | None, target: str, place: str) -> str:
    """The revision of a database that ``target`` comes before."""
    _refuse_newer(before, place)
    known = [NOTHING, *REVISIONS]
    if target not in known:
        raise BootError(f"storage: there is no revision {target}; there are {', '.join(known)}")
    if before is None or known.index(target) >= known.index(before):
        raise BootError(
            f"storage: {place} is at {before or NOTHING}, which is not after {target}; "
            "to go forward run: ggui db upgrade"
        )
    return before


def alembic_config() -> Config:
    """What Alembic needs to find our history."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "ggui_migrations:.")
    config.set_main_option("path_separator", "os")
    return config


def _upgrade_file(path: Path, target: str) -> None:
    """Upgrade a file; what SQLAlchemy says of it is said as sqlite3 does."""
    from sqlalchemy.exc import DatabaseError

    try:
        on_file(path, lambda connection: _upgrade(connection, target))
    except DatabaseError as error:
        raise sqlite3.DatabaseError(str(error.orig)) from error


def _upgrade(connection: Connection, target: str) -> None:
    from alembic import command

    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, target)


def _downgrade(connection: Connection, target: str) -> None:
    from alembic import command

    config = alembic_config()
    config.attributes["connection"] = connection
    command.downgrade(config, "base" if target == NOTHING else target)


def on_file(path: Path, run: Callable[[Connection], T]) -> T:
    """Run something on a connection to a SQLite file, in one transaction."""
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import NullPool

    # The driver would begin at the first change of a row, and leave half of a failed migration behind.
    engine = create_engine(
        f"sqlite:///{path}", poolclass=NullPool, connect_args={"isolation_level": None, "timeout": PATIENCE_S}
    )
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.begin() as connection:
            return run(connection)
    finally:
        engine.dispose()


def on_postgres(url: str, run: Callable[[Connection], T]) -> T:
    """Run something on a connection to a PostgreSQL database, in one transaction.

    Raises:
        BootError: the server does not answer.
    """
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    async def connected() -> T:
        import asyncpg

        async def connect(*_: Any, **__: Any) -> Any:
            return await asyncpg.connect(url, timeout=10)

        engine = create_async_engine("postgresql+asyncpg://", poolclass=NullPool, async_creator=connect)
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(run)
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

"""SQLite: one file, one process, and many facts to a commit.

Measured on two cores: a statement takes 10 to 20 µs, a commit that reaches the disk a hundred times as long. So
statements run where they are asked for, on the event loop, and commits run in a thread. While one is on its way, new
facts wait; all that came meanwhile are run next and share the following commit.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import structlog

from ggui_sql.database import Fact, Row, StorageUnavailable

log = structlog.get_logger("ggui.sql")

T = TypeVar("T")

MOST_FACTS: Final = 256
"""Facts that share one commit; more of them would hold the event loop for too long."""

BUSY_RETRY_S: Final = 0.05
BUSY_RETRIES: Final = 100
CACHE_KIB: Final = 16 * 1024
PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # what was acknowledged survives a power cut
    "PRAGMA foreign_keys = ON",
    f"PRAGMA cache_size = -{CACHE_KIB}",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA busy_timeout = 0",  # waiting for another process would hold the event loop; we try again instead
)


@lru_cache(maxsize=512)
def _written(statement: str) -> str:
    """A statement without row locks: there is one writer."""
    return statement.replace("{lock}", "")


class _Statements:
    """A transaction whose statements never wait."""

    __slots__ = ("_connection",)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def one(self, statement: str, *parameters: Any) -> Row | None:
        row = self._connection.execute(_written(statement), parameters).fetchone()
        return cast("Row | None", row)

    async def all(self, statement: str, *parameters: Any) -> Sequence[Row]:
        return self._connection.execute(_written(statement), parameters).fetchall()

    async def run(self, statement: str, *parameters: Any) -> int:
        return self._connection.execute(_written(statement), parameters).rowcount


def at_once(running: Coroutine[Any, Any, T]) -> T:
    """The result of a fact on SQLite: it has nothing to wait for."""
    try:
        running.send(None)
    except StopIteration as end:
        return cast("T", end.value)
    running.close()
    raise RuntimeError("a fact may only await statements of its transaction")


@dataclass(slots=True)
class _Job:
    """A fact that somebody waits for."""

    fact: Fact[Any]
    result: asyncio.Future[Any]


class SqliteDatabase:
    """A database in one file, opened by one process.

    Args:
        path: The file; it and its folder are made, readable by their owner only.
    """

    name = "sqlite"

    def __init__(self, path: Path) -> None:
        self.place = str(path)
        self.trouble: str | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        path.chmod(0o600)
        self._writer = connect(path)
        self._reader = connect(path)
        self._reader.execute("PRAGMA query_only = ON")
        self._statements = _Statements(self._writer)
        self._reading = _Statements(self._reader)
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="ggui-sqlite")
        self._waiting: list[_Job] = []
        self._worker: asyncio.Task[None] | None = None

    async def read(self, fact: Fact[T]) -> T:
        try:
            return at_once(cast("Coroutine[Any, Any, T]", fact(self._reading)))
        except sqlite3.Error as error:
            raise StorageUnavailable(_cause(error)) from error

    async def write(self, fact: Fact[T]) -> T:
        job = _Job(fact, asyncio.get_running_loop().create_future())
        job.result.add_done_callback(_look_at)
        self._waiting.append(job)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work(), name="sqlite:writer")
        # The write goes on when its caller leaves: what was begun always finishes (ARCHITECTURE law 6).
        return cast("T", await asyncio.shield(job.result))

    async def close(self) -> None:
        while self._worker is not None and not self._worker.done():
            await asyncio.wait({self._worker})
        self._disk.shutdown(wait=True)
        self._reader.close()
        self._writer.close()

    async def _work(self) -> None:
        """Commit everything that waits, group by group."""
        while self._waiting:
            jobs, self._waiting = self._waiting[:MOST_FACTS], self._waiting[MOST_FACTS:]
            await self._commit(jobs)

    async def _commit(self, jobs: Sequence[_Job]) -> None:
        outcomes: list[Callable[[], None]] = []
        changes = self._writer.total_changes
        try:
            await self._begin()
            outcomes = [self._run(job) for job in jobs]
            await asyncio.get_running_loop().run_in_executor(self._disk, self._writer.commit)
        except sqlite3.Error as error:
            self._roll_back()
            self.trouble = _cause(error)
            log.warning("sqlite_write_failed", cause=self.trouble, facts=len(jobs))
            _fail(jobs, StorageUnavailable(self.trouble))
        except BaseException:
            self._roll_back()
            _fail(jobs, StorageUnavailable("the server was stopped"))
            raise
        else:
            if self._writer.total_changes != changes:  # what writes nothing succeeds on a full disk too
                self.trouble = None
            for tell in outcomes:
                tell()

    async def _begin(self) -> None:
        """Become the writer; another process, such as a backup, may be it for a moment."""
        for _ in range(BUSY_RETRIES):
            try:
                self._writer.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                await asyncio.sleep(BUSY_RETRY_S)
            else:
                return
        raise sqlite3.OperationalError("another process holds the database")

    def _run(self, job: _Job) -> Callable[[], None]:
        """Run one fact inside the group; returns how its caller hears of it once the group is durable.

        A fact that refuses undoes itself and nobody else; a database that fails ends the group.
        """
        self._writer.execute("SAVEPOINT fact")
        try:
            value = at_once(cast("Coroutine[Any, Any, Any]", job.fact(self._statements)))
        except (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError) as refusal:
            return self._undo(job, refusal)
        except sqlite3.Error:
            raise
        except Exception as refusal:
            return self._undo(job, refusal)
        self._writer.execute("RELEASE fact")
        return partial(_answer, job, value)

    def _undo(self, job: _Job, refusal: Exception) -> Callable[[], None]:
        self._writer.execute("ROLLBACK TO fact")
        self._writer.execute("RELEASE fact")
        return partial(_tell, job, refusal)

    def _roll_back(self) -> None:
        try:
            if self._writer.in_transaction:
                self._writer.rollback()
        except sqlite3.Error:
            log.exception("sqlite_rollback_failed")


def connect(path: Path) -> sqlite3.Connection:
    """A connection as this server uses it: no transaction begins by itself, and threads may share it in turns."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
    for pragma in PRAGMAS:
        connection.execute(pragma)
    return connection


def _answer(job: _Job, value: object) -> None:
    if not job.result.done():
        job.result.set_result(value)


def _tell(job: _Job, error: BaseException) -> None:
    if not job.result.done():
        job.result.set_exception(error)


def _look_at(result: asyncio.Future[Any]) -> None:
    """Its caller may have left; then nobody else would."""
    if not result.cancelled():
        result.exception()


def _fail(jobs: Sequence[_Job], error: BaseException) -> None:
    for job in jobs:
        _tell(job, error)


def _cause(error: sqlite3.Error) -> str:
    """What happened, without a path."""
    causes = {
        sqlite3.SQLITE_FULL: "the disk is full",
        sqlite3.SQLITE_READONLY: "the database is read-only",
        sqlite3.SQLITE_IOERR: "the disk reports an error",
        sqlite3.SQLITE_CORRUPT: "the database file is damaged",
        sqlite3.SQLITE_NOTADB: "the file is no database",
    }
    return causes.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, str(error))

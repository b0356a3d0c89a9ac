"""SQLite: one file, one process, and many facts to a commit.

Measured on two cores: a statement takes 10 to 20 µs, a commit that reaches the disk a hundred times as long. So
statements run where they are asked for, on the event loop, and commits run in a thread. While one is on its way, new
facts wait; all that came meanwhile are run next and share the following commit. A group is also held open as long as
each turn of the event loop brings another fact: a loop that is busy makes few large commits, one that is idle waits
for nothing.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, BinaryIO, Final, TypeVar, cast

import structlog

from ggui_core.database import Fact, Row, StorageUnavailable
from ggui_sql.database import translated

log = structlog.get_logger("ggui.sql")

T = TypeVar("T")

MOST_FACTS: Final = 256
"""Facts that share one commit; more of them would hold the event loop for too long."""

MOST_TURNS: Final = 8
"""Turns of the event loop for which a group is held open at most."""

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
    return translated(statement, lambda _: "?", "")


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

    def running(self, transaction: _Statements) -> Coroutine[Any, Any, Any]:
        """The fact, begun."""
        return cast("Coroutine[Any, Any, Any]", self.fact(transaction))


_REFUSALS: Final = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError)
"""What a statement of one fact brings about; every other error of the database is everybody's."""


class _Refused(Exception):
    """A fact of a group refuses."""


_Outcome = Callable[[], None]
"""How the caller of a fact hears of it once the group is durable."""


class _Disk:
    """The thread that commits. It is told of one transaction at a time, and says on the event loop how it went."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._orders: SimpleQueue[
            tuple[asyncio.AbstractEventLoop, Callable[[BaseException | None], None]] | None
        ]
        self._orders = SimpleQueue()
        self._thread: Thread | None = None

    def commit(self, loop: asyncio.AbstractEventLoop, tell: Callable[[BaseException | None], None]) -> None:
        """Commit, then call ``tell`` on the loop with what went wrong."""
        if self._thread is None:
            self._thread = Thread(target=self._run, name="ggui-sqlite", daemon=True)
            self._thread.start()
        self._orders.put((loop, tell))

    def close(self) -> None:
        """End the thread; returns when it has."""
        if self._thread is not None:
            self._orders.put(None)
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while (order := self._orders.get()) is not None:
            loop, tell = order
            failure: BaseException | None = None
            try:
                self._connection.commit()
            except BaseException as error:
                failure = error
            with suppress(RuntimeError):  # nobody is left to be told when the loop was closed
                loop.call_soon_threadsafe(tell, failure)


class SqliteDatabase:
    """A database in one file, opened by one process.

    Args:
        path: The file; it and its folder are made, readable by their owner only.
        lock: Shows that this process has the file to itself; let go of in the end.
    """

    name = "sqlite"
    sole = True

    def __init__(self, path: Path, lock: BinaryIO | None = None) -> None:
        self._lock = lock
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
        self._disk = _Disk(self._writer)
        self._waiting: list[_Job] = []
        self._working = False
        self._idle: asyncio.Event | None = None
        self._version = self._data_version()
        self._listeners: list[Callable[[], None]] = []
        """Told when another process changed the file."""

    async def read(self, fact: Fact[T]) -> T:
        try:
            return at_once(cast("Coroutine[Any, Any, T]", fact(self._reading)))
        except sqlite3.Error as error:
            raise StorageUnavailable(_cause(error)) from error

    async def write(self, fact: Fact[T]) -> T:
        # The write goes on when its caller leaves: what was begun always finishes (ARCHITECTURE law 6).
        loop = asyncio.get_running_loop()
        result: asyncio.Future[T] = loop.create_future()
        self._waiting.append(_Job(fact, result))
        if not self._working:
            self._working = True
            loop.call_soon(self._gather, loop, 0, MOST_TURNS)
        return await result

    def when_changed_elsewhere(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    async def close(self) -> None:
        if self._working:
            self._idle = asyncio.Event()
            await self._idle.wait()
        self._disk.close()
        self._reader.close()
        self._writer.close()
        if self._lock is not None:
            self._lock.close()

    # Groups: each step is called by the loop, and calls for the next one

    def _gather(self, loop: asyncio.AbstractEventLoop, known: int, turns: int) -> None:
        """Hold the group open while facts come in."""
        count = len(self._waiting)
        if known < count < MOST_FACTS and turns:
            loop.call_soon(self._gather, loop, count, turns - 1)
        else:
            jobs, self._waiting = self._waiting[:MOST_FACTS], self._waiting[MOST_FACTS:]
            self._begin(loop, jobs, self._together, BUSY_RETRIES)

    def _begin(
        self,
        loop: asyncio.AbstractEventLoop,
        jobs: Sequence[_Job],
        run: Callable[[Sequence[_Job]], Sequence[_Outcome]],
        tries: int,
    ) -> None:
        """Become the writer and run the facts; another process, such as a backup, may be it for a moment."""
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            self._look_around()
            outcomes = run(jobs)
        except _Refused:
            self._roll_back()
            self._begin(loop, jobs, self._apart, tries)
        except sqlite3.Error as error:
            if self._writer.in_transaction or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                self._fail(loop, jobs, _cause(error))
            elif tries:
                loop.call_later(BUSY_RETRY_S, self._begin, loop, jobs, run, tries - 1)
            else:
                self._fail(loop, jobs, "another process holds the database")
        except BaseException:
            self._fail(loop, jobs, "the server was stopped")
            raise
        else:
            self._disk.commit(loop, partial(self._committed, loop, jobs, outcomes))

    def _together(self, jobs: Sequence[_Job]) -> Sequence[_Outcome]:
        """Run every fact of a group.

        Raises:
            _Refused: one of them refuses; it has to undo itself alone, so all of them are run again, apart.
        """
        try:
            return [partial(_answer, job, at_once(job.running(self._statements))) for job in jobs]
        except _REFUSALS as refusal:
            raise _Refused from refusal
        except sqlite3.Error:
            raise  # a database that fails ends the group
        except Exception as refusal:
            raise _Refused from refusal

    def _apart(self, jobs: Sequence[_Job]) -> Sequence[_Outcome]:
        """Run every fact of a group so that it can undo itself and nobody else."""
        return [self._alone(job) for job in jobs]

    def _alone(self, job: _Job) -> _Outcome:
        self._writer.execute("SAVEPOINT fact")
        try:
            value = at_once(job.running(self._statements))
        except _REFUSALS as refusal:
            return self._undo(job, refusal)
        except sqlite3.Error:
            raise
        except Exception as refusal:
            return self._undo(job, refusal)
        self._writer.execute("RELEASE fact")
        return partial(_answer, job, value)

    def _undo(self, job: _Job, refusal: Exception) -> _Outcome:
        self._writer.execute("ROLLBACK TO fact")
        self._writer.execute("RELEASE fact")
        return partial(_tell, job, refusal)

    def _committed(
        self,
        loop: asyncio.AbstractEventLoop,
        jobs: Sequence[_Job],
        outcomes: Sequence[_Outcome],
        failure: BaseException | None,
    ) -> None:
        if failure is not None:
            self._fail(loop, jobs, _cause(failure))
            return
        for tell in outcomes:
            tell()
        self._next(loop)

    def _fail(self, loop: asyncio.AbstractEventLoop, jobs: Sequence[_Job], cause: str) -> None:
        """Nothing of the group counts."""
        self._roll_back()
        self.trouble = cause
        log.warning("sqlite_write_failed", cause=cause, facts=len(jobs))
        for job in jobs:
            _tell(job, StorageUnavailable(cause))
        self._next(loop)

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._waiting:
            loop.call_soon(self._gather, loop, 0, MOST_TURNS)
            return
        self._working = False
        if self._idle is not None:
            self._idle.set()

    def _look_around(self) -> None:
        """Tell when another process, such as a command of the operator, changed the file since the last group."""
        version = self._data_version()
        if version != self._version:
            self._version = version
            for listener in self._listeners:
                listener()

    def _data_version(self) -> int:
        row: tuple[int] = self._writer.execute("PRAGMA data_version").fetchone()
        return row[0]

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


def _cause(error: BaseException) -> str:
    """What happened, without a path."""
    causes = {
        sqlite3.SQLITE_FULL: "the disk is full",
        sqlite3.SQLITE_READONLY: "the database is read-only",
        sqlite3.SQLITE_IOERR: "the disk reports an error",
        sqlite3.SQLITE_CORRUPT: "the database file is damaged",
        sqlite3.SQLITE_NOTADB: "the file is no database",
    }
    return causes.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, str(error))

"""PostgreSQL: any number of processes behind one database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast
from urllib.parse import urlsplit, urlunsplit

import structlog

from ggui_core.database import Fact, Row, StorageUnavailable
from ggui_sql.database import OutcomeUnknown, translated

if TYPE_CHECKING:
    import asyncpg

log = structlog.get_logger("ggui.sql")

T = TypeVar("T")

POOL: Final = 16
"""Connections of one process."""
PATIENCE_S: Final = 10.0
"""How long a fact waits for a connection, and a statement for its answer."""
ATTEMPTS: Final = 3
"""How often a fact is run when the database undid it to break a tie, or lost the connection before it began."""


@lru_cache(maxsize=512)
def _written(statement: str) -> str:
    """A statement with PostgreSQL's placeholders and its row locks."""
    return translated(statement, lambda number: f"${number}", "FOR UPDATE")


class _Statements:
    """The statements of one connection."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def one(self, statement: str, *parameters: Any) -> Row | None:
        return cast("Row | None", await self._connection.fetchrow(_written(statement), *parameters))

    async def all(self, statement: str, *parameters: Any) -> Sequence[Row]:
        return cast("Sequence[Row]", await self._connection.fetch(_written(statement), *parameters))

    async def run(self, statement: str, *parameters: Any) -> int:
        status: str = await self._connection.execute(_written(statement), *parameters)
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0


class PostgresDatabase:
    """A database on a server, used through a pool of connections that is opened when it is first needed."""

    name = "postgres"
    sole = False

    def __init__(self, url: str) -> None:
        self.place = without_password(url)
        self.trouble: str | None = None
        self._url = url
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._opening = asyncio.Lock()

    async def write(self, fact: Fact[T]) -> T:
        # The write goes on when its caller leaves: what was begun always finishes (ARCHITECTURE law 6).
        writing = asyncio.ensure_future(self._attempt(self._written_once, fact))
        writing.add_done_callback(_look_at)
        return await asyncio.shield(writing)

    async def read(self, fact: Fact[T]) -> T:
        return await self._attempt(self._read_once, fact)

    def when_changed_elsewhere(self, listener: Callable[[], None]) -> None:
        """It always may be: nobody remembers what is in it."""

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()

    async def _attempt(self, once: Callable[[Fact[T]], Awaitable[T]], fact: Fact[T]) -> T:
        import asyncpg

        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await once(fact)
            except OutcomeUnknown as unknown:
                self.trouble = unknown.message
                raise
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                if attempt < ATTEMPTS and isinstance(error, _undone()):
                    continue  # nothing of it was kept, and another attempt may succeed
                cause = _cause(error)
                if cause is None:
                    raise
                self.trouble = cause
                log.warning("postgres_unavailable", cause=str(error) or type(error).__name__)
                raise StorageUnavailable(cause) from error
        raise AssertionError("the last attempt returned or raised")

    async def _written_once(self, fact: Fact[T]) -> T:
        import asyncpg

        pool = await self._opened()
        async with pool.acquire(timeout=PATIENCE_S) as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                value = await fact(_Statements(connection))
            except BaseException:
                with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    await transaction.rollback()
                raise
            try:
                await transaction.commit()
            except (
                OSError,
                TimeoutError,
                asyncpg.InterfaceError,
                asyncpg.PostgresConnectionError,
                asyncpg.OperatorInterventionError,
            ) as error:
                raise OutcomeUnknown from error
        return value

    async def _read_once(self, fact: Fact[T]) -> T:
        pool = await self._opened()
        async with pool.acquire(timeout=PATIENCE_S) as connection:
            return await fact(_Statements(connection))

    async def _opened(self) -> asyncpg.Pool[asyncpg.Record]:
        import asyncpg

        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._url, min_size=1, max_size=POOL, command_timeout=PATIENCE_S, timeout=PATIENCE_S
                )
        return self._pool


def _undone() -> tuple[type[Exception], ...]:
    """What leaves nothing behind and may go better at once: ties that were broken, connections that ended.

    A server that refuses connections is not asked again: whoever calls may wait better than we can.
    """
    import asyncpg

    refused = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
    return (*refused, asyncpg.ConnectionDoesNotExistError, asyncpg.AdminShutdownError, ConnectionResetError)


def _cause(error: Exception) -> str | None:
    """What happened, in words of ours: those of the database may name files. ``None`` for what is our own fault."""
    import asyncpg

    causes: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
        (asyncpg.DiskFullError, "the disk is full"),
        (asyncpg.ReadOnlySQLTransactionError, "the database is read-only"),
        (asyncpg.TooManyConnectionsError, "PostgreSQL has no connection left"),
        (asyncpg.InsufficientResourcesError, "PostgreSQL ran out of memory"),
        (asyncpg.PostgresSystemError, "PostgreSQL reports an error of its disk"),
        (asyncpg.InsufficientPrivilegeError, "the user of the database lacks a right"),
        ((asyncpg.DeadlockDetectedError, asyncpg.SerializationError), "too many write to the same rows"),
        (
            (
                OSError,
                TimeoutError,
                asyncpg.InterfaceError,
                asyncpg.InvalidAuthorizationSpecificationError,
                asyncpg.InvalidCatalogNameError,
                asyncpg.PostgresConnectionError,
                asyncpg.OperatorInterventionError,
            ),
            "PostgreSQL does not answer",
        ),
    )
    return next((cause for kinds, cause in causes if isinstance(error, kinds)), None)


def without_password(url: str) -> str:
    """A database URL for logs and banners."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    user = f"{parts.username}@" if parts.username else ""
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit(parts._replace(netloc=f"{user}{parts.hostname or ''}{port}"))


def _look_at(writing: asyncio.Future[Any]) -> None:
    """Its caller may have left; then nobody else would."""
    if not writing.cancelled():
        writing.exception()

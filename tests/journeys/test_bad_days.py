"""The database fails under a running server: callers are told, readiness turns red, and it ends without a restart."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from ggui_core.testing import Booted, booted
from ggui_sql import schema
from ggui_sql.sqlite import SqliteDatabase
from ggui_sql.storage import Storage

from .consistency import faults_of_file, faults_of_postgres
from .crashing import APP, CONTRACT, postgres_database, project
from .small_disk import SmallDisk, small_disk

PATIENCE_S = 10


class Fault(Protocol):
    """A database with a fault that can be switched on and off."""

    storage: dict[str, Any]

    @property
    def says(self) -> str:
        """What callers are told of it."""
        ...

    def broken(self, server: Booted) -> contextlib.AbstractAsyncContextManager[None]:
        """It is broken while the block runs."""
        ...

    async def faults(self) -> list[str]:
        """What is wrong with what was kept."""
        ...


class OnSqlite:
    """A database in a file."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "state.db"
        self.storage = {"driver": "sqlite", "path": "state.db"}

    async def faults(self) -> list[str]:
        return await faults_of_file(self.path, running=True)


class FullDisk(OnSqlite):
    """What SQLite says of a full disk, without one: the file may not grow any more."""

    says = "the disk is full"

    @asynccontextmanager
    async def broken(self, server: Booted) -> AsyncIterator[None]:
        with little_room(database_of(server), pages=0):
            yield


@contextmanager
def little_room(database: SqliteDatabase, pages: int) -> Iterator[None]:
    writer = database._writer
    with closing(writer.execute("PRAGMA page_count")) as counted:
        (now,) = counted.fetchone()
    writer.execute(f"PRAGMA max_page_count = {now + pages}")
    yield
    writer.execute("PRAGMA max_page_count = 4294967294")


class ReadOnlyFile(OnSqlite):
    """The file system takes no writes any more, as after an error of the disk.

    The user of these tests may be root, whom file modes do not stop; SQLite is told instead, and answers the same.
    """

    says = "the database is read-only"

    @asynccontextmanager
    async def broken(self, server: Booted) -> AsyncIterator[None]:
        writer = database_of(server)._writer
        writer.execute("PRAGMA query_only = ON")
        yield
        writer.execute("PRAGMA query_only = OFF")


def database_of(server: Booted) -> SqliteDatabase:
    database = server.setup.get(Storage).database
    assert isinstance(database, SqliteDatabase)
    return database


class OnPostgres:
    """A database of its own on a PostgreSQL server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.name = urlsplit(url).path[1:]
        self.storage = {"driver": "postgres", "url": url}

    async def faults(self) -> list[str]:
        return await faults_of_postgres(self.url, running=True)

    async def as_operator(self, *statements: str) -> None:
        operator = await asyncpg.connect(urlunsplit(urlsplit(self.url)._replace(path="/postgres")))
        for statement in statements:
            await operator.execute(statement)
        await operator.close()

    @property
    def thrown_out(self) -> str:
        """Ends every connection to it."""
        return f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'"  # noqa: S608


class FullDiskOfPostgres(OnPostgres):
    """A real disk that has no room left."""

    says = "the disk is full"

    def __init__(self, disk: SmallDisk) -> None:
        super().__init__(disk.url)
        self._disk = disk

    @asynccontextmanager
    async def broken(self, server: Booted) -> AsyncIterator[None]:
        async with self._disk.full():
            yield


class ReadOnlyPostgres(OnPostgres):
    """A server that became a standby, or whose operator protects it."""

    says = "the database is read-only"

    @asynccontextmanager
    async def broken(self, server: Booted) -> AsyncIterator[None]:
        setting = f"ALTER DATABASE {self.name} SET default_transaction_read_only"
        await self.as_operator(f"{setting} = on", self.thrown_out)
        yield
        await self.as_operator(f"{setting} = off", self.thrown_out)


class PostgresGone(OnPostgres):
    """Between the two is a line that can be cut: open connections end, new ones are refused.

    It runs in a loop of its own, because a server that boots holds that of the test.
    """

    says = "PostgreSQL does not answer"

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._open: set[asyncio.StreamWriter] = set()
        self._listener: asyncio.Server | None = None
        self._port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def begin(self) -> None:
        """Take connections, and name the port to the server of the test."""
        self._in_its_loop(self._listen())
        parts = urlsplit(self.url)
        user = parts.netloc.rpartition("@")[0]
        self.storage["url"] = urlunsplit(parts._replace(netloc=f"{user}@127.0.0.1:{self._port}"))

    def end(self) -> None:
        """Cut it for good."""
        self._in_its_loop(self._cut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def cut_for_good(self) -> None:
        """Nothing comes through any more."""
        self._in_its_loop(self._cut())

    @asynccontextmanager
    async def broken(self, server: Booted) -> AsyncIterator[None]:
        self._in_its_loop(self._cut())
        yield
        self._in_its_loop(self._listen())

    def _in_its_loop(self, doing: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(doing, self._loop).result(PATIENCE_S)

    async def _listen(self) -> None:
        self._listener = await asyncio.start_server(self._carry, "127.0.0.1", self._port)
        self._port = self._listener.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        assert self._listener is not None
        self._listener.close()
        for writer in [*self._open]:
            writer.transport.abort()
        await asyncio.sleep(0.05)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        parts = urlsplit(self.url)
        return await asyncio.open_connection(parts.hostname, parts.port or 5432)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await self._connect()
        self._open |= {writer, far_writer}
        try:
            await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
        finally:
            self._open -= {writer, far_writer}


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def fault_named(name: str, folder: Path) -> AsyncIterator[Fault]:
    on_file = {"full disk": FullDisk, "read-only file": ReadOnlyFile}
    if name in on_file:
        yield on_file[name](folder)
        return
    if name == "full disk of PostgreSQL":
        async with small_disk() as disk:
            await asyncio.to_thread(schema.upgrade_postgres, disk.url)
            yield FullDiskOfPostgres(disk)
        return
    async with postgres_database() as url:
        await asyncio.to_thread(schema.upgrade_postgres, url)
        if name == "read-only PostgreSQL":
            yield ReadOnlyPostgres(url)
            return
        gone = PostgresGone(url)
        gone.begin()
        yield gone
        gone.end()


FAULTS = [
    pytest.param("full disk"),
    pytest.param("read-only file"),
    pytest.param("full disk of PostgreSQL"),  # on a server of its own, where a disk can be mounted
    pytest.param("read-only PostgreSQL", marks=pytest.mark.services),
    pytest.param("PostgreSQL gone", marks=pytest.mark.services),
]


def gesture(session_id: str, action_id: str) -> dict[str, Any]:
    return {
        "kind": "dispatch",
        "payload": {"intent": "press", "actionData": 1, "uiContext": {}},
        "sessionId": session_id,
        "appId": APP,
        "actionId": action_id,
        "firedAt": "2026-11-25T00:00:00.000Z",
    }


async def done(server: Booted, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    result = await server.call_tool(tool, arguments)
    assert not result.get("isError"), result
    structured: dict[str, Any] = result["structuredContent"]
    return structured


async def refused(server: Booted, tool: str, arguments: dict[str, Any], says: str) -> None:
    result = await server.call_tool(tool, arguments)
    assert result.get("isError"), (tool, result)
    assert result["_meta"]["ai.ggui/error"]["code"] == "storage_unavailable"
    text = result["content"][0]["text"]
    assert says in text, text
    assert "Try again in a moment" in str(result), "with the remedy"
    assert "state.db" not in str(result), "no path reaches the wire"
    assert "Traceback" not in str(result)


async def card(server: Booted) -> str:
    agreed = await done(
        server, "ggui_handshake", {"intent": "count", "blueprintDraft": {"contract": CONTRACT}}
    )
    shown = await done(server, "ggui_render", {"handshakeId": agreed["handshakeId"], "props": {"n": 0}})
    session_id: str = shown["sessionId"]
    return session_id


async def status(server: Booted, path: str) -> int:
    async with server.client.get(server.base_url + path) as response:
        return response.status


async def until_ready(server: Booted, expected: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await status(server, "/ready") != expected:
            await asyncio.sleep(0.1)


async def until_refused(server: Booted, session_id: str) -> int:
    """Make gestures until one is refused; returns how many were taken before."""
    for number in range(1_000):
        result = await server.call_tool("ggui_runtime_submit_action", gesture(session_id, f"try-{number}"))
        if result.get("isError"):
            return number
    raise AssertionError("no write was refused")


@pytest.mark.parametrize("name", FAULTS)
async def test_a_database_that_fails_is_told_and_comes_back_without_a_restart(
    name: str, tmp_path: Path
) -> None:
    async with (
        fault_named(name, tmp_path) as fault,
        booted(
            installed=True, config=project(fault.storage), args=["--dev-allow-all"], root=tmp_path
        ) as server,
    ):
        session_id = await card(server)
        for action_id in ("one", "two"):
            assert (await done(server, "ggui_runtime_submit_action", gesture(session_id, action_id)))["ok"]
        update = {"sessionId": session_id, "kind": "merge", "patch": {"n": 1}}
        assert (await done(server, "ggui_update", update))["updated"]
        assert await status(server, "/ready") == 200
        again = {"sessionId": session_id, "kind": "merge", "patch": {"n": 2}}
        async with fault.broken(server):
            kept = await until_refused(server, session_id)
            await refused(
                server, "ggui_runtime_submit_action", gesture(session_id, f"try-{kept}"), fault.says
            )
            await refused(server, "ggui_handshake", BIG_DRAFT, fault.says)
            if "full disk" not in name:  # which may have room for a little
                await refused(server, "ggui_update", again, fault.says)
                await refused(server, "ggui_consume", {"sessionId": session_id}, fault.says)
            assert await status(server, "/ggui/live") == 200
            assert await status(server, "/ready") == 503
            await asyncio.sleep(1.1)
            assert await status(server, "/ready") == 503, "it tried again, and knows better than to be ready"
            if name != "PostgreSQL gone":
                seen = await done(server, "ggui_get_session", {"sessionId": session_id})
                assert seen["props"] == {"n": 1}, "reading needs no write"
                assert await done(server, "ggui_list_sessions", {})
                document = await server.rpc("resources/read", {"uri": f"ui://ggui/render/{session_id}"})
                assert "result" in document, document
        await until_ready(server, 200)
        heard = await done(server, "ggui_consume", {"sessionId": session_id})
        expected = ["one", "two", *(f"try-{number}" for number in range(kept))]
        assert [event["actionId"] for event in heard["events"]] == expected
        assert (await done(server, "ggui_update", again))["updated"]
        assert (await done(server, "ggui_get_session", {"sessionId": session_id}))["props"] == {"n": 2}
        assert await fault.faults() == []


_CHANCE = random.Random(1)
"""For text that a database cannot make smaller."""

BIG_DRAFT: dict[str, Any] = {
    "intent": "count",
    "blueprintDraft": {
        "contract": {
            **CONTRACT,
            "propsSpec": {
                "properties": {
                    f"n{number}": {"schema": {"type": "integer", "description": _CHANCE.randbytes(100).hex()}}
                    for number in range(300)
                }
            },
        }
    },
}

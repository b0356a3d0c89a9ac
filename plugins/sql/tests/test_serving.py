"""A server with a database, seen from outside: what it acknowledged is there after it was started again."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import ggui_sessions.plugin as sessions
import ggui_sql.plugin as sql
from ggui_core import hookimpl
from ggui_core.errors import BootError
from ggui_core.mcp.tools import Progress
from ggui_core.seams import Generated, GenerationRequest, UiGenerator
from ggui_core.setup import Setup
from ggui_core.stores import AppStore, BlueprintStore, MemoryAppStore, ThemeStore
from ggui_core.testing import Booted, booted
from ggui_sql import schema
from ggui_sql.blueprints import SqlBlueprintStore
from ggui_sql.sqlite import SqliteDatabase
from ggui_sql.storage import Storage

from .databases import BACKENDS, postgres_schema

CONTRACT = {
    "propsSpec": {"properties": {"title": {"schema": {"type": "string"}, "required": True}}},
    "actionSpec": {"go": {"label": "Go"}},
    "streamSpec": {"ticks": {"schema": {"type": "integer"}, "replay": "all"}},
}


class Writer:
    name = "writer"

    def offers(self, request: GenerationRequest) -> bool:
        return True

    async def generate(self, request: GenerationRequest, progress: Progress) -> Generated:
        return Generated("export default () => null;\n", "export default () => null;\n", self.name)


def writing() -> ModuleType:
    module = ModuleType("writing")

    @hookimpl
    def ggui_provide(setup: Setup) -> None:
        setup.contribute(UiGenerator, Writer())

    vars(module).update(PLUGIN_API=1, PLUGIN_NAME="writing", ggui_provide=ggui_provide)
    return module


@asynccontextmanager
async def serving(storage: Mapping[str, Any], folder: Path, *args: str) -> AsyncIterator[Booted]:
    config = {
        "schema": "1",
        "protocol": "1.1",
        "app": {"slug": "shop", "name": "Shop"},
        "storage": {"renders": storage},
    }
    options = ["--dev-allow-all", *args]
    async with booted([sql, sessions, writing()], config=config, args=options, root=folder) as server:
        yield server


async def call(server: Booted, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    answer = await server.rpc("tools/call", {"name": tool, "arguments": dict(arguments)})
    result: dict[str, Any] = answer["result"]
    assert not result.get("isError"), result
    structured: dict[str, Any] = result["structuredContent"]
    return structured


async def card(server: Booted) -> str:
    agreed = await call(server, "ggui_handshake", {"intent": "go", "blueprintDraft": {"contract": CONTRACT}})
    shown = await call(
        server, "ggui_render", {"handshakeId": agreed["handshakeId"], "props": {"title": "Boats"}}
    )
    session_id: str = shown["sessionId"]
    return session_id


def gesture(session_id: str, action_id: str) -> dict[str, Any]:
    return {
        "kind": "dispatch",
        "payload": {"intent": "go", "actionData": None, "uiContext": {}},
        "sessionId": session_id,
        "appId": "shop",
        "actionId": action_id,
        "firedAt": "2026-09-01T10:00:04.120Z",
    }


@asynccontextmanager
async def place(backend: str, folder: Path) -> AsyncIterator[dict[str, Any]]:
    if backend == "sqlite":
        yield {"driver": "sqlite", "path": "state/ggui.db"}
        return
    async with postgres_schema() as url:
        schema.upgrade_postgres(url)
        yield {"driver": "postgres", "url": url}


@pytest.mark.parametrize("backend", BACKENDS)
async def test_what_was_acknowledged_is_there_after_a_restart(backend: str, tmp_path: Path) -> None:
    async with place(backend, tmp_path) as storage:
        async with serving(storage, tmp_path) as server:
            session_id = await card(server)
            for name in ("one", "two"):
                taken = await call(server, "ggui_runtime_submit_action", gesture(session_id, name))
                assert taken["ok"]
            merge = {"sessionId": session_id, "kind": "merge", "patch": {"title": "Ships"}}
            assert (await call(server, "ggui_update", merge))["updated"]
            emitted = {"sessionId": session_id, "channel": "ticks", "payload": 7}
            assert (await call(server, "ggui_emit", emitted))["accepted"]
        async with serving(storage, tmp_path) as server:
            seen = await call(server, "ggui_get_session", {"sessionId": session_id})
            heard = await call(server, "ggui_consume", {"sessionId": session_id})
            again = await call(server, "ggui_runtime_submit_action", gesture(session_id, "one"))
            nothing = await call(server, "ggui_consume", {"sessionId": session_id})
    assert seen["props"] == {"title": "Ships"}
    assert [event["actionId"] for event in heard["events"]] == ["one", "two"]
    assert again["ok"], "a relay may send it once more"
    assert nothing["events"] == [], "and it is not handed out twice"


async def test_the_driver_memory_keeps_nothing(tmp_path: Path) -> None:
    async with serving({"driver": "memory"}, tmp_path) as server:
        assert not isinstance(server.setup.get(BlueprintStore), SqlBlueprintStore)
        async with server.client.get(f"{server.base_url}/ggui/health") as response:
            assert (await response.json())["durability"] == "ephemeral"
    assert not list(tmp_path.rglob("*.db"))


DEFAULT = {"schema": "1", "protocol": "1.1", "app": {"slug": "shop", "name": "Shop"}}


async def test_without_a_word_about_storage_everything_is_in_one_file_of_the_persistent_directory(
    tmp_path: Path,
) -> None:
    environ = {"GGUI_PERSISTENT_DIR": str(tmp_path / "kept")}
    modules = [sql, sessions, writing()]
    args = ["--dev-allow-all"]
    async with booted(modules, config=DEFAULT, args=args, environ=environ) as server:
        session_id = await card(server)
        async with server.client.get(f"{server.base_url}/ggui/health") as response:
            health = await response.json()
        banner = server.stdout
    async with booted(modules, config=DEFAULT, args=args, environ=environ) as server:
        seen = await call(server, "ggui_get_session", {"sessionId": session_id})
    assert seen["props"] == {"title": "Boats"}
    assert health["durability"] == "durable"
    assert any("storage" in line and str(tmp_path / "kept" / "ggui.db") in line for line in banner)
    assert not any("ephemeral" in line for line in banner)
    assert stat.S_IMODE((tmp_path / "kept" / "ggui.db").stat().st_mode) == 0o600


async def test_a_store_of_another_plugin_goes_before_the_default_file(tmp_path: Path) -> None:
    theirs = MemoryAppStore()
    module = ModuleType("theirs")

    @hookimpl
    def ggui_provide(setup: Setup) -> None:
        setup.provide(AppStore, theirs)

    vars(module).update(PLUGIN_API=1, PLUGIN_NAME="theirs", ggui_provide=ggui_provide)
    environ = {"GGUI_PERSISTENT_DIR": str(tmp_path)}
    async with booted([sql, module], config=DEFAULT, environ=environ) as server:
        assert server.setup.get(AppStore) is theirs


async def test_a_second_server_on_one_file_is_refused_with_ways_out(tmp_path: Path) -> None:
    environ = {"GGUI_PERSISTENT_DIR": str(tmp_path)}
    async with booted([sql], config=DEFAULT, environ=environ):
        with pytest.raises(BootError, match=r"another server uses .*ggui\.db.*--ephemeral"):
            async with booted([sql], config=DEFAULT, environ=environ):
                pass
        async with booted([sql], config=DEFAULT, environ=environ, args=["--ephemeral"]):
            pass
    async with booted([sql], config=DEFAULT, environ=environ):
        pass


async def test_ephemeral_beats_storage(tmp_path: Path) -> None:
    async with serving({"driver": "sqlite", "path": "ggui.db"}, tmp_path, "--ephemeral"):
        pass
    assert not (tmp_path / "ggui.db").exists()


async def test_health_says_that_state_is_durable_and_the_file_is_private(tmp_path: Path) -> None:
    async with serving({"driver": "sqlite", "path": "ggui.db"}, tmp_path) as server:
        async with server.client.get(f"{server.base_url}/ggui/health") as response:
            health = await response.json()
        stores = [server.setup.get(each) for each in (BlueprintStore, AppStore, ThemeStore)]
    assert health["durability"] == "durable"
    assert health["checks"]["storage"] is True
    assert all(type(store).__module__.startswith("ggui_sql.") for store in stores)
    assert stat.S_IMODE((tmp_path / "ggui.db").stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_that_cannot_be_written_stops_the_boot_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o500)
    with pytest.raises(BootError, match=r"give the user of the server the right to it"):
        async with serving({"driver": "sqlite", "path": "state/ggui.db"}, tmp_path):
            pass


async def test_a_database_that_fails_is_told_and_forgiven(tmp_path: Path) -> None:
    """Another process holds the write lock for longer than we try, as a stuck backup would."""
    import sqlite3

    async with serving({"driver": "sqlite", "path": "ggui.db"}, tmp_path) as server:
        session_id = await card(server)
        other = sqlite3.connect(tmp_path / "ggui.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        arguments = gesture(session_id, "one")
        refused = await server.rpc(
            "tools/call", {"name": "ggui_runtime_submit_action", "arguments": arguments}
        )
        async with server.client.get(f"{server.base_url}/ggui/health") as response:
            red = (response.status, (await response.json())["checks"]["storage"])
        other.execute("ROLLBACK")
        other.close()
        taken = await call(server, "ggui_runtime_submit_action", arguments)
        async with server.client.get(f"{server.base_url}/ggui/health") as response:
            green = response.status
        heard = await call(server, "ggui_consume", {"sessionId": session_id})
    facts = refused["result"]["_meta"]["ai.ggui/error"]
    assert facts["code"] == "storage_unavailable"
    assert "ggui.db" not in str(refused)
    assert red == (503, False)
    assert taken["ok"]
    assert green == 200
    assert [event["actionId"] for event in heard["events"]] == ["one"]


@contextmanager
def little_room(database: SqliteDatabase) -> Iterator[None]:
    """What SQLite says of a full disk, without one: the file may not grow by more than 40 pages."""
    writer = database._writer
    (pages,) = writer.execute("PRAGMA page_count").fetchone()
    writer.execute(f"PRAGMA max_page_count = {pages + 40}")
    yield
    writer.execute("PRAGMA max_page_count = 4294967294")


async def health(server: Booted) -> int:
    async with server.client.get(f"{server.base_url}/ggui/health") as response:
        return response.status


async def test_a_full_disk_is_told_loses_nothing_and_is_forgiven(tmp_path: Path) -> None:
    async with serving({"driver": "sqlite", "path": "ggui.db"}, tmp_path) as server:
        session_id = await card(server)
        database = server.setup.get(Storage).database
        assert isinstance(database, SqliteDatabase)
        taken: list[str] = []
        with little_room(database):
            refused: dict[str, Any] = {}
            while not refused.get("isError"):
                title = f"{len(taken)} {'T' * 20_000}"
                arguments = {"sessionId": session_id, "kind": "replace", "props": {"title": title}}
                params = {"name": "ggui_update", "arguments": arguments}
                refused = (await server.rpc("tools/call", params))["result"]
                if not refused.get("isError"):
                    taken.append(title)
            assert await health(server) == 503
            seen = await call(server, "ggui_get_session", {"sessionId": session_id})
        assert refused["_meta"]["ai.ggui/error"]["code"] == "storage_unavailable"
        assert "the disk is full" in refused["content"][0]["text"]
        assert seen["props"] == {"title": taken[-1]}, "what was acknowledged, and nothing of what was refused"
        changed = {"sessionId": session_id, "kind": "merge", "patch": {"title": "Ships"}}
        assert (await call(server, "ggui_update", changed))["updated"]
        async with asyncio.timeout(10):  # it tries again once a second
            while await health(server) != 200:
                await asyncio.sleep(0.1)

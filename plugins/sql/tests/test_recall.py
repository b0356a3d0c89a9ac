"""What is remembered of a database: never more than is in it, and nothing of one that others change too."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing, suppress
from dataclasses import replace

import pytest

from ggui_core.database import Transaction
from ggui_core.stores import SessionLimits
from ggui_core.stores.apps import App
from ggui_core.testing.session_kit import ADA, NOW, a_handshake, a_session
from ggui_sql.apps import SqlAppStore
from ggui_sql.database import OpenDatabase
from ggui_sql.recall import MISSING, Recall
from ggui_sql.sessions import SqlSessionStore

from .databases import fresh

_APP = App("app-1", "ada", "Harbour", 1, 1)


def reads_of(database: OpenDatabase) -> list[str]:
    """Statements that are read from now on."""
    seen: list[str] = []
    database._reader.set_trace_callback(seen.append)  # type: ignore[attr-defined]
    return seen


async def test_an_app_is_read_once_and_again_after_each_change() -> None:
    async with fresh("sqlite") as database:
        store = SqlAppStore(database)
        reads = reads_of(database)
        assert await store.read("app-1") is None
        assert await store.add(_APP)
        for _ in range(3):
            assert await store.read("app-1") == _APP
            assert await store.get("app-1", "ben") is None
        assert len(reads) == 2
        changed = await store.change("app-1", "ada", {"rate_limit_per_minute": 3})
        assert changed == replace(_APP, rate_limit_per_minute=3) == await store.read("app-1")
        assert await store.remove("app-1", "ada")
        assert await store.read("app-1") is None


@pytest.mark.services
async def test_another_store_on_a_shared_database_sees_each_change_at_once() -> None:
    async with fresh("postgres") as database:
        one, other = SqlAppStore(database), SqlAppStore(database)
        await one.add(_APP)
        assert await other.read("app-1") == _APP
        await one.change("app-1", "ada", {"rate_limit_per_minute": 3})
        assert await other.read("app-1") == replace(_APP, rate_limit_per_minute=3)


async def test_what_a_command_of_the_operator_changes_is_seen_with_the_next_write() -> None:
    async with fresh("sqlite") as database:
        store = SqlAppStore(database)
        await store.add(_APP)
        assert await store.read("app-1") == _APP
        with closing(sqlite3.connect(database.place)) as other, other:
            other.execute("UPDATE ggui_app SET display_name = 'Quay'")
        await store.add(replace(_APP, app_id="app-2"))
        assert await store.read("app-1") == replace(_APP, display_name="Quay")


async def test_a_caller_that_leaves_leaves_nothing_stale() -> None:
    async with fresh("sqlite") as database:
        store = SqlAppStore(database)
        await store.add(_APP)
        leaving = asyncio.create_task(store.change("app-1", "ada", {"rate_limit_per_minute": 3}))
        await asyncio.sleep(0)
        assert await store.read("app-1") == _APP
        leaving.cancel()
        with suppress(asyncio.CancelledError):
            await leaving
        await store.add(replace(_APP, app_id="app-2"))  # behind it
        assert await store.read("app-1") == replace(_APP, rate_limit_per_minute=3)


async def test_a_handshake_at_hand_is_gone_with_its_render_and_with_its_time() -> None:
    async with fresh("sqlite") as database:
        store = SqlSessionStore(database, SessionLimits(), sole=True)
        kept = a_handshake()
        await store.keep_handshake(kept)
        reads = reads_of(database)
        assert await store.handshake("h-1", ADA, NOW) == kept
        assert reads == []
        assert await store.handshake("h-1", ADA, kept.expires_at_ms) is None
        assert await store.open("h-1", a_session(), NOW)
        assert await store.handshake("h-1", ADA, NOW) is None


async def test_it_stays_within_its_weight() -> None:
    async with fresh("sqlite") as database:
        recall: Recall[str, int] = Recall(database, 10)
        for number in range(20):
            recall.keep("app-1", str(number), number, 3)
        recall.keep("app-1", "huge", 1, 11)
        assert len(recall) == 3
        assert recall.get("app-1", "19") == 19
        assert recall.get("app-1", "0") is MISSING
        assert recall.get("app-1", "huge") is MISSING


async def test_a_fact_that_refuses_takes_nobody_of_its_group_with_it() -> None:
    async with fresh("sqlite") as database:

        async def lock(name: str, *, refuses: bool) -> None:
            async def fact(tx: Transaction) -> None:
                await tx.run("INSERT INTO ggui_lock (name) VALUES (?)", name)
                if refuses:
                    raise LookupError(name)

            await database.write(fact)

        outcomes = await asyncio.gather(
            *(lock(str(number), refuses=number == 1) for number in range(4)), return_exceptions=True
        )
        assert [type(outcome) for outcome in outcomes] == [type(None), LookupError, type(None), type(None)]

        async def names(tx: Transaction) -> list[str]:
            return [row[0] for row in await tx.all("SELECT name FROM ggui_lock ORDER BY name")]

        assert await database.read(names) == ["0", "2", "3"]

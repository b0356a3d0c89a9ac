"""Pairings in a database: remembered where that is sound, and never out of date."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from ggui_core.testing import FakeClock
from ggui_sql.pairings import SqlPairingStore

from .databases import BACKENDS, fresh
from .test_recall import reads_of


async def test_a_bearer_is_read_once_and_again_after_a_change() -> None:
    async with fresh("sqlite") as database:
        store = SqlPairingStore(database, FakeClock())
        made = await store.add("phone", "a" * 64, "", 1)
        reads = reads_of(database)
        for _ in range(3):
            assert await store.by_token("a" * 64) == made
        assert len(reads) == 1
        await store.remove(made.pairing_id)
        assert await store.by_token("a" * 64) is None


async def test_what_another_process_removed_is_refused_at_the_next_lookup() -> None:
    async with fresh("sqlite") as database:
        store = SqlPairingStore(database, FakeClock())
        made = await store.add("phone", "a" * 64, "", 1)
        assert await store.by_token("a" * 64) == made
        with closing(sqlite3.connect(database.place)) as other, other:
            other.execute("DELETE FROM ggui_pairing")
        assert await store.by_token("a" * 64) is None
        assert await store.missing([made.pairing_id]) == {made.pairing_id}


@pytest.mark.parametrize("backend", BACKENDS)
async def test_two_stores_on_one_database_agree(backend: str) -> None:
    async with fresh(backend) as database:
        one, other = SqlPairingStore(database, FakeClock()), SqlPairingStore(database, FakeClock())
        made = await one.add("phone", "a" * 64, "", 1)
        if backend == "postgres":  # two stores of one process stand for two processes
            assert await other.by_token("a" * 64) == made
            await one.remove(made.pairing_id)
            assert await other.by_token("a" * 64) is None
        assert (await other.add("tablet", "b" * 64, "", 2)).pairing_id == "pair-2"


@pytest.mark.parametrize("backend", BACKENDS)
async def test_the_latest_use_stays_whoever_writes_it_last(backend: str) -> None:
    async with fresh(backend) as database:
        one, other = SqlPairingStore(database, FakeClock()), SqlPairingStore(database, FakeClock())
        made = await one.add("phone", "a" * 64, "", 1)
        await one.touch(made.pairing_id, 5, "192.0.2.5")
        await other.touch(made.pairing_id, 9, "192.0.2.9")
        await other.touch("pair-99", 9, "192.0.2.9")
        await other.write_uses()
        await one.write_uses()
        (seen,) = await SqlPairingStore(database, FakeClock()).list()
        assert (seen.last_used_at, seen.last_remote_address) == (9, "192.0.2.9")

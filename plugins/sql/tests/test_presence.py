"""What a process had leased when it died goes back while the others serve."""

from __future__ import annotations

import asyncio

import pytest

from ggui_core.bus import GestureQueued
from ggui_core.database import Database
from ggui_core.errors import BootError
from ggui_core.protocol.session import Session
from ggui_core.stores import SessionLimits
from ggui_core.testing import FakeClock
from ggui_core.testing.session_kit import NOW, a_gesture, a_handshake, a_session
from ggui_sql.key_values import SqlKeyValueStore
from ggui_sql.presence import BEAT_S, DEAD_S, Presence
from ggui_sql.sessions import SqlSessionStore
from ggui_sql.upkeep import Upkeep

from .databases import fresh

pytestmark = pytest.mark.services


class Replica:
    """One process's view of the database it shares."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.presence = Presence(database, clock)
        self.store = SqlSessionStore(database, SessionLimits(), sole=False, holder=self.presence.name)
        self.woken: list[GestureQueued] = []
        values = SqlKeyValueStore(database, clock)
        self.upkeep = Upkeep(
            database, self.store, values, clock, announce=self._announce, presence=self.presence
        )

    async def _announce(self, session_id: str) -> None:
        self.woken.append(GestureQueued(session_id))


async def opened(store: SqlSessionStore, session_id: str) -> Session:
    session = a_session(session_id)
    await store.keep_handshake(a_handshake(f"h-{session_id}"))
    assert await store.open(f"h-{session_id}", session, NOW)
    return session


async def test_gestures_of_the_dead_come_back_and_those_of_the_living_stay() -> None:
    async with fresh("postgres") as database:
        clock = FakeClock()
        dead, living, looking = (Replica(database, clock) for _ in range(3))
        for replica in (living, looking):
            await replica.presence.beat()
        sessions: list[Session] = []
        for replica in (dead, living):
            session = await opened(replica.store, f"s-{len(sessions)}")
            await replica.store.append_gesture(session.id, a_gesture("press-1"), {}, NOW)
            assert (await replica.store.lease(session.id, "lease", NOW)).gestures
            sessions.append(session)
        await looking.upkeep.look_for_the_dead()
        assert [event.session_id for event in looking.woken] == [sessions[0].id]
        again = await looking.store.lease(sessions[0].id, "other", NOW)
        assert again.redelivered == {"press-1"}
        assert not (await looking.store.lease(sessions[1].id, "other", NOW)).gestures
        await living.store.settle(sessions[1].id, "lease")
        await living.store.release(sessions[1].id, "lease")
        assert not (await living.store.lease(sessions[1].id, "last", NOW)).gestures, "it was settled"


async def test_nobody_is_judged_right_after_the_database_was_away() -> None:
    async with fresh("postgres") as database:
        clock = FakeClock()
        presence = Presence(database, clock)
        judged = [presence.may_judge]
        for _ in range(int(DEAD_S / BEAT_S) + 1):
            await presence.beat()
            await clock.advance(BEAT_S)
        judged.append(presence.may_judge)
        await clock.advance(DEAD_S)
        await presence.beat()
        judged.append(presence.may_judge)
        assert judged == [False, True, False]
        assert presence.name in await presence.alive()
        await presence.leave()


async def test_a_process_that_ends_well_is_gone_at_once() -> None:
    async with fresh("postgres") as database:
        leaving, staying = Presence(database, FakeClock()), Presence(database, FakeClock())
        async with leaving.running(lambda: asyncio.sleep(0)):
            assert leaving.name in await staying.alive()
        assert leaving.name not in await staying.alive()


async def nothing() -> None:
    """Nobody is looked for."""


async def test_who_has_another_token_secret_than_the_living_does_not_start() -> None:
    async with fresh("postgres") as database:
        first, same, other = (Presence(database, FakeClock(), mark) for mark in ("a1", "a1", "b2"))
        async with first.running(nothing):
            assert not await first.has_company()
            async with same.running(nothing):
                assert await first.has_company()
                with pytest.raises(BootError, match="GGUI_TOKEN_SECRET") as refused:
                    async with other.running(nothing):
                        pass
                assert "2 other process" in str(refused.value)
                assert "openssl rand -hex 32" in str(refused.value)
                assert await same.alive() == {first.name, same.name}, "it left no trace"
        async with other.running(nothing):
            assert await other.alive() == {other.name}, "the others are gone, and it is the first now"

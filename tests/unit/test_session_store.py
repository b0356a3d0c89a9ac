"""The session store in memory: the contract kit, and that nothing grows with what is gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ggui_core.protocol.session import Component, EventPage, HorizonPassed, Tenant
from ggui_core.stores import MemorySessionStore, SessionLimits, SessionStore
from ggui_core.stores.memory_history import HISTORY_BYTES
from ggui_core.stores.memory_identities import IDENTITY_BYTES
from ggui_core.testing import SessionStoreContract
from ggui_core.testing.session_kit import HOUR, NOW, a_gesture, a_handshake, a_session, at_host


class TestMemorySessionStore(SessionStoreContract):
    async def make(self, limits: SessionLimits) -> SessionStore:
        return MemorySessionStore(limits)


def containers(store: MemorySessionStore) -> Iterator[int]:
    """The sizes of everything the store itself keeps."""
    for value in vars(store).values():
        if hasattr(value, "__len__"):
            yield len(value)


async def open_one(store: MemorySessionStore, number: int, expires_at_ms: int) -> str:
    tenant = Tenant(f"app-{number % 7}", f"user-{number}")
    session = a_session(
        f"s-{number}", tenant=tenant, expires_at_ms=expires_at_ms, **at_host("claude", f"chat-{number}")
    )
    await store.keep_handshake(a_handshake(f"h-{number}", tenant=tenant))
    assert await store.open(f"h-{number}", session, NOW)
    return session.id


@pytest.mark.spec("01 23.13")
@pytest.mark.parametrize("expires_at_ms", [NOW + HOUR, 9_000_000_000_000])
async def test_nothing_is_left_of_sessions_that_are_gone(expires_at_ms: int) -> None:
    store = MemorySessionStore()
    for number in range(2_000):
        await store.remove(await open_one(store, number, expires_at_ms))
    assert len(store) == 0
    assert max(containers(store)) <= 70, "a few stale entries of the expiry heap at most"


async def test_handshakes_nobody_renders_are_swept_by_later_ones() -> None:
    store = MemorySessionStore()
    for number in range(1_000):
        await store.keep_handshake(a_handshake(f"old-{number}"))
    later = NOW + 600_000
    for number in range(200):
        await store.keep_handshake(
            a_handshake(f"new-{number}", created_at_ms=later, expires_at_ms=later + 600_000)
        )
    assert max(containers(store)) == 200


@pytest.mark.spec("01 23.13")
async def test_the_history_of_a_session_is_bounded_in_bytes() -> None:
    store = MemorySessionStore()
    await open_one(store, 1, NOW + HOUR)
    megabyte = "x" * (1024 * 1024)
    for _ in range(20):
        await store.record("s-1", "x-note", {"text": megabyte}, NOW)
        await store.emit("s-1", "chart", "append", megabyte, complete=False, replay="all", now_ms=NOW)
    assert await store.events("s-1", 12, 100) == HorizonPassed(20)
    page = await store.events("s-1", 13, 100)
    assert isinstance(page, EventPage)
    assert len(page.events) == 7
    backlog = await store.backlog("s-1", 0)
    assert (len(backlog.emissions), backlog.truncated) == (7, True)


async def test_an_event_larger_than_the_history_is_kept_until_the_next_one() -> None:
    store = MemorySessionStore()
    await open_one(store, 1, NOW + HOUR)
    await store.record("s-1", "x-note", {}, NOW)
    await store.record("s-1", "x-note", {"text": "x" * HISTORY_BYTES}, NOW)
    page = await store.events("s-1", 1, 100)
    assert isinstance(page, EventPage)
    assert [event.seq for event in page.events] == [2]


@pytest.mark.parametrize("value", [2**80, "\ud800"], ids=["a long integer", "half a pair"])
async def test_json_that_cannot_be_measured_exactly_is_kept_all_the_same(value: object) -> None:
    store = MemorySessionStore()
    await open_one(store, 1, NOW + HOUR)
    gesture = a_gesture("a", data=value)
    assert await store.append_gesture("s-1", gesture, gesture.wire("s-1"), NOW) == ("queued", 1)
    assert (await store.lease("s-1", "l-1", NOW)).gestures == (gesture,)


async def test_a_session_id_or_short_code_is_never_given_twice() -> None:
    store = MemorySessionStore()
    await open_one(store, 1, NOW + HOUR)
    await store.keep_handshake(a_handshake())
    for twin in (a_session("s-1", short_code="other"), a_session("s-2", short_code="code-s-1")):
        with pytest.raises(ValueError, match="there already"):
            await store.open("h-1", twin, NOW)
    assert await store.open("h-1", a_session("s-2"), NOW)


async def test_finding_what_expired_looks_at_little_more_than_that() -> None:
    store = MemorySessionStore()
    for number in range(500):
        await open_one(store, number, NOW + HOUR + number)
    for number in range(500):
        await store.touch(f"s-{number}", NOW, NOW + 2 * HOUR + number)
    assert list(await store.expired(NOW + 2 * HOUR, 100)) == []
    assert list(await store.expired(NOW + 2 * HOUR + 3, 100)) == ["s-0", "s-1", "s-2"]


async def test_records_of_ended_sessions_are_bounded_in_bytes() -> None:
    store = MemorySessionStore()
    count = IDENTITY_BYTES // 60_000 + 5
    for number in range(count):
        session = a_session(f"s-{number}", props={"title": "x" * 60_000})
        await store.keep_handshake(a_handshake(f"h-{number}"))
        assert await store.open(f"h-{number}", session, NOW)
        assert await store.retire(session.id, NOW + HOUR + 1)
    known = [await store.identity(f"s-{number}", None) is not None for number in range(count)]
    assert 0 < sum(known) < count
    assert known == sorted(known), "the newest are kept"


async def test_sessions_that_end_and_come_back_for_ever_cost_nothing_more() -> None:
    store = MemorySessionStore()
    component = Component("a" * 64, "", "forms")
    await store.keep_handshake(a_handshake())
    assert await store.open("h-1", a_session(**at_host("claude", "chat-1")), NOW)
    for _ in range(500):
        session = await store.session("s-1", None)
        assert session is not None
        assert await store.retire("s-1", session.expires_at_ms + 1)
        assert await store.revive(replace(session, component=component), NOW) is not None
    assert max(containers(store)) <= 200
    await store.remove("s-1")
    assert await store.list(Tenant("app-1"), host_name=None, host_session_id=None, limit=9) == []

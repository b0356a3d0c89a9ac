"""The session store in memory: the contract kit, and that nothing grows with what is gone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ggui_core.protocol.session import Tenant
from ggui_core.stores import MemorySessionStore, SessionLimits, SessionStore
from ggui_core.testing import SessionStoreContract
from ggui_core.testing.session_kit import HOUR, NOW, a_handshake, a_session, at_host


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

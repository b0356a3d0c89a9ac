"""The kernel's own stores, limiter and bus: the contract kits, and that nothing grows for ever."""

from __future__ import annotations

import pytest

from ggui_core.audit import AuditEvent, AuditTrail
from ggui_core.bus import Bus, LocalBus
from ggui_core.clock import Clock
from ggui_core.limits import Denied, MemoryRateLimiter, Rate, RateLimiter, Window
from ggui_core.stores import (
    AppStore,
    AuditStore,
    KeyValueStore,
    MemoryAppStore,
    MemoryAuditStore,
    MemoryKeyValueStore,
    MemoryPairingStore,
    PairingStore,
)
from ggui_core.testing import (
    AppStoreContract,
    AuditStoreContract,
    BusContract,
    FakeClock,
    KeyValueStoreContract,
    PairingStoreContract,
    RateLimiterContract,
)


class TestLocalBus(BusContract):
    async def make(self) -> Bus:
        return LocalBus()


class TestMemoryKeyValueStore(KeyValueStoreContract):
    async def make(self, clock: Clock) -> KeyValueStore:
        return MemoryKeyValueStore(clock)


class TestMemoryAppStore(AppStoreContract):
    async def make(self) -> AppStore:
        return MemoryAppStore()


class TestMemoryAuditStore(AuditStoreContract):
    async def make(self) -> AuditStore:
        return MemoryAuditStore()


class TestMemoryPairingStore(PairingStoreContract):
    async def make(self) -> PairingStore:
        return MemoryPairingStore()


class TestMemoryRateLimiter(RateLimiterContract):
    async def make(self, clock: Clock) -> RateLimiter:
        return MemoryRateLimiter(clock)


async def test_abandoned_keys_are_swept_by_later_writes() -> None:
    clock = FakeClock()
    store = MemoryKeyValueStore(clock)
    for number in range(1_000):
        await store.set(f"abandoned-{number}", b"x", ttl_s=10)
    await clock.advance(11)
    for number in range(200):
        await store.increment(f"fresh-{number}", ttl_s=10)
    assert len(store) == 200


async def test_keys_for_good_do_not_keep_expired_ones_from_being_swept() -> None:
    clock = FakeClock()
    store = MemoryKeyValueStore(clock)
    for number in range(100):
        await store.set(f"kept-{number}", b"x")
    for number in range(100):
        await store.set(f"abandoned-{number}", b"x", ttl_s=1)
    await clock.advance(2)
    for _ in range(60):
        await store.set("same", b"x")
    assert len(store) == 101
    assert await store.get("kept-0") == b"x"


async def test_increment_of_something_else_is_refused_and_changes_nothing() -> None:
    store = MemoryKeyValueStore(FakeClock())
    await store.set("key", b"no number")
    with pytest.raises(ValueError, match="invalid literal"):
        await store.increment("key", ttl_s=5)
    assert await store.get("key") == b"no number"


async def test_audit_store_keeps_the_newest_up_to_its_capacity() -> None:
    store = MemoryAuditStore(capacity=3)
    for number in range(10):
        await store.record(AuditEvent(f"action.{number}", float(number)))
    assert [event.action for event in await store.newest(99)] == ["action.9", "action.8", "action.7"]
    assert list(await store.newest(0)) == []


async def test_audit_trail_records_who_did_what_and_when() -> None:
    store = MemoryAuditStore()
    await AuditTrail(FakeClock(start=5.0), store).record("keys.revoked", actor="dev", key="k-1")
    assert list(await store.newest(5)) == [AuditEvent("keys.revoked", 5.0, "dev", {"key": "k-1"})]


async def test_failing_audit_store_does_not_stop_the_action() -> None:
    class Full(MemoryAuditStore):
        attempts = 0

        async def record(self, event: AuditEvent) -> None:
            self.attempts += 1
            raise OSError("disk full")

    store = Full()
    await AuditTrail(FakeClock(), store).record("keys.revoked")
    assert store.attempts == 1


@pytest.mark.parametrize("rule", [Rate(1, 1), Window(1, 60)])
async def test_limiter_forgets_the_least_recently_used_keys(rule: Rate | Window) -> None:
    limiter = MemoryRateLimiter(FakeClock(), capacity=10)
    assert await limiter.take("often", rule) is None
    for number in range(100):
        await limiter.take(f"once-{number}", rule)
        assert await limiter.take("often", rule) is not None
    assert len(limiter) <= 10
    assert await limiter.take("once-0", rule) is None, "evicted keys start anew"


async def test_denied_requests_do_not_lengthen_the_wait() -> None:
    clock = FakeClock()
    limiter = MemoryRateLimiter(clock)
    rule = Rate(per_second=0.1, burst=1)
    assert await limiter.take("a", rule) is None
    assert {await limiter.take("a", rule) for _ in range(50)} == {Denied(10)}
    await clock.advance(10)
    assert await limiter.take("a", rule) is None


async def test_bucket_never_holds_more_than_its_burst() -> None:
    clock = FakeClock()
    limiter = MemoryRateLimiter(clock)
    rule = Rate(per_second=100, burst=2)
    await limiter.take("a", rule)
    await clock.advance(3_600)
    assert [await limiter.take("a", rule) is None for _ in range(3)] == [True, True, False]

"""Contract kits: what every implementation of a Protocol must do.

Subclass a kit in a test module, name it ``Test…`` and implement its factory methods.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from dataclasses import dataclass

import pytest

from ggui_core.audit import AuditEvent
from ggui_core.auth import AuthAdapter, AuthRequest, Plane
from ggui_core.bus import Bus
from ggui_core.clock import Clock
from ggui_core.limits import Denied, Rate, RateLimiter, Window
from ggui_core.stores import AuditStore, KeyValueStore, Pairing, PairingStore
from ggui_core.testing.clock import FakeClock


class KeyValueStoreContract(ABC):
    """Kit for :class:`~ggui_core.stores.KeyValueStore`."""

    @abstractmethod
    async def make(self, clock: Clock) -> KeyValueStore:
        """An empty store that takes its time from ``clock``."""

    @pytest.fixture
    def clock(self) -> FakeClock:
        return FakeClock()

    async def test_missing_key_is_none(self, clock: FakeClock) -> None:
        store = await self.make(clock)
        assert await store.get("missing") is None
        assert await store.take("missing") is None

    async def test_set_replaces_value_and_lifetime(self, clock: FakeClock) -> None:
        store = await self.make(clock)
        await store.set("key", b"first", ttl_s=5)
        await store.set("key", b"second")
        await clock.advance(10)
        assert await store.get("key") == b"second"

    async def test_value_is_gone_when_its_lifetime_ends(self, clock: FakeClock) -> None:
        store = await self.make(clock)
        await store.set("key", b"value", ttl_s=10)
        await clock.advance(9.9)
        assert await store.get("key") == b"value"
        await clock.advance(0.1)
        assert await store.get("key") is None
        assert await store.take("key") is None

    async def test_exactly_one_of_concurrent_takers_gets_the_value(self, clock: FakeClock) -> None:
        store = await self.make(clock)
        await store.set("key", b"value")
        taken = await asyncio.gather(*(store.take("key") for _ in range(20)))
        assert sorted(value is not None for value in taken) == [False] * 19 + [True]

    async def test_delete_is_idempotent(self, clock: FakeClock) -> None:
        store = await self.make(clock)
        await store.set("key", b"value")
        await store.delete("key")
        await store.delete("key")
        assert await store.get("key") is None

    async def test_increment_counts_every_concurrent_caller(self, clock: FakeClock) -> None:
        store = await self.make(clock)
        counts = await asyncio.gather(*(store.increment("n", ttl_s=60) for _ in range(25)))
        assert sorted(counts) == list(range(1, 26))

    async def test_counter_lifetime_starts_with_its_first_increment(self, clock: FakeClock) -> None:
        store = await self.make(clock)
        await store.increment("n", ttl_s=10)
        await clock.advance(6)
        await store.increment("n", ttl_s=10)
        await clock.advance(5)
        assert await store.increment("n", ttl_s=10) == 1

    async def test_keys_and_values_are_arbitrary(self, clock: FakeClock) -> None:
        store = await self.make(clock)
        await store.set("ключ/with spaces:%_'\"", bytes(range(256)))
        assert await store.get("ключ/with spaces:%_'\"") == bytes(range(256))


class AuditStoreContract(ABC):
    """Kit for :class:`~ggui_core.stores.AuditStore`."""

    @abstractmethod
    async def make(self) -> AuditStore:
        """An empty store."""

    async def test_newest_come_first_and_the_limit_holds(self) -> None:
        store = await self.make()
        for number in range(5):
            await store.record(
                AuditEvent(f"action.{number}", float(number), "pairing:pair-1", {"n": str(number)})
            )
        newest = await store.newest(2)
        assert [event.action for event in newest] == ["action.4", "action.3"]
        assert newest[0].details == {"n": "4"}

    async def test_events_come_back_as_they_were(self) -> None:
        store = await self.make()
        event = AuditEvent("pairing.token.issued", 1_800_000_000.25, None, {"device": "télé"})
        await store.record(event)
        assert list(await store.newest(10)) == [event]


class PairingStoreContract(ABC):
    """Kit for :class:`~ggui_core.stores.PairingStore`."""

    @abstractmethod
    async def make(self) -> PairingStore:
        """An empty store."""

    async def test_numbers_are_never_used_again(self) -> None:
        store = await self.make()
        first = await store.add("phone", "a" * 64, "ggui_user_aaaa", 1)
        assert await store.remove(first.pairing_id)
        second = await store.add("tablet", "b" * 64, "ggui_user_bbbb", 2)
        assert (first.pairing_id, second.pairing_id) == ("pair-1", "pair-2")

    async def test_bearer_is_found_by_its_digest_until_removed(self) -> None:
        store = await self.make()
        pairing = await store.add("phone", "a" * 64, "ggui_user_aaaa", 1)
        assert await store.by_token("a" * 64) == pairing
        assert await store.by_token("c" * 64) is None
        await store.remove(pairing.pairing_id)
        assert await store.by_token("a" * 64) is None

    async def test_removing_an_unknown_pairing_says_so(self) -> None:
        store = await self.make()
        assert not await store.remove("pair-99")

    async def test_list_is_oldest_first(self) -> None:
        store = await self.make()
        for number in range(3):
            await store.add(f"device {number}", str(number) * 64, "ggui_user_xxxx", number)
        assert [pairing.device_name for pairing in await store.list()] == ["device 0", "device 1", "device 2"]

    async def test_touch_is_visible_and_ignores_unknown_ids(self) -> None:
        store = await self.make()
        pairing = await store.add("phone", "a" * 64, "ggui_user_aaaa", 1)
        await store.touch(pairing.pairing_id, 5, "192.0.2.7")
        await store.touch("pair-99", 5, "192.0.2.7")
        seen = await store.by_token("a" * 64)
        assert seen is not None
        assert (seen.last_used_at, seen.last_remote_address) == (5, "192.0.2.7")

    async def test_what_bounds_a_bearer_comes_back(self) -> None:
        store = await self.make()
        bounded = await store.add(
            "key", "a" * 64, "ggui_user_aaaa", 1, app_id="app-1", expires_at=1_777_712_000_000
        )
        free = await store.add("phone", "b" * 64, "ggui_user_bbbb", 2)
        assert (bounded.app_id, bounded.expires_at) == ("app-1", 1_777_712_000_000)
        assert await store.by_token("a" * 64) == bounded
        assert (free.app_id, free.expires_at) == (None, None)
        assert list(await store.list()) == [bounded, free]

    async def test_what_expired_is_found_from_its_moment_on(self) -> None:
        store = await self.make()
        await store.add("phone", "a" * 64, "ggui_user_aaaa", 1)
        first = await store.add("key", "b" * 64, "ggui_user_bbbb", 2, expires_at=100)
        second = await store.add("key", "c" * 64, "ggui_user_cccc", 3, expires_at=200)
        assert list(await store.expired(99)) == []
        assert list(await store.expired(100)) == [first]
        assert list(await store.expired(500)) == [first, second]

    async def test_missing_are_those_that_no_pairing_has(self) -> None:
        store = await self.make()
        added = [await store.add("phone", f"{n:064d}", "ggui_user_aaaa", n) for n in range(3)]
        await store.by_token(added[1].token_sha256)
        await store.remove(added[1].pairing_id)
        asked = [pairing.pairing_id for pairing in added]
        assert set(await store.missing([*asked, "pair-9", "x\0y"])) == {"pair-2", "pair-9", "x\0y"}
        assert not await store.missing([])
        assert len(await store.missing([f"x-{n}" for n in range(2_500)])) == 2_500

    async def test_pairings_of_elsewhere_are_taken_over_once(self) -> None:
        store = await self.make()
        old = [
            Pairing("laptop", "laptop", "a" * 64, "ggui_user_", 5, 6, "192.0.2.7"),
            Pairing("pair-4", "key", "b" * 64, "", 7, None, None, "app-1", 9_000),
        ]
        assert await store.take_over(old, issued=6, source="one")
        assert list(await store.list()) == old
        assert [await store.by_token(each.token_sha256) for each in old] == old
        assert await store.was_issued("laptop")
        assert await store.was_issued("pair-6")
        assert (await store.add("phone", "c" * 64, "ggui_user_cccc", 8)).pairing_id == "pair-7"
        assert await store.remove("laptop")
        assert not await store.take_over(old, issued=6, source="one")
        assert await store.by_token("a" * 64) is None, "what was revoked since stays revoked"

    async def test_an_id_that_is_taken_or_was_gets_the_next_number_when_taken_over(self) -> None:
        store = await self.make()
        own = [await store.add(f"own {n}", f"{n:064d}", "ggui_user_aaaa", n) for n in range(2)]
        await store.remove("pair-1")
        old = [
            Pairing("pair-1", "first", "a" * 64, "", 1),
            Pairing("pair-2", "second", "b" * 64, "", 2),
            Pairing("pair-3", "third", "c" * 64, "", 3),
            Pairing("pair-9", "known", own[1].token_sha256, "", 4),
        ]
        assert await store.take_over(old, issued=9, source="one")
        assert [(pairing.pairing_id, pairing.device_name) for pairing in await store.list()] == [
            ("pair-2", "own 1"), ("pair-10", "first"), ("pair-11", "second"), ("pair-3", "third"),
        ]  # fmt: skip
        assert (await store.add("phone", "d" * 64, "ggui_user_dddd", 8)).pairing_id == "pair-12"

    async def test_of_concurrent_takeovers_of_one_source_one_counts(self) -> None:
        store = await self.make()
        old = [Pairing(f"pair-{n}", "old", f"{n:064d}", "", n) for n in range(1, 6)]
        outcomes = await asyncio.gather(
            *(store.take_over(old, issued=5, source="one") for _ in range(4)),
            store.add("new", "a" * 64, "ggui_user_aaaa", 1),
        )
        assert outcomes[:4].count(True) == 1
        kept = await store.list()
        assert len(kept) == len({pairing.pairing_id for pairing in kept}) == 6

    async def test_removed_pairings_were_issued_and_others_never(self) -> None:
        store = await self.make()
        pairing = await store.add("phone", "a" * 64, "ggui_user_aaaa", 1)
        assert await store.was_issued(pairing.pairing_id)
        await store.remove(pairing.pairing_id)
        assert await store.was_issued(pairing.pairing_id)
        for never in ("pair-2", "pair-0", "pair-01", "pair-", "pair--1", "", "x", "pair-1x", "pair-\u0661"):
            assert not await store.was_issued(never)

    async def test_concurrent_additions_get_distinct_numbers(self) -> None:
        store = await self.make()
        added = await asyncio.gather(
            *(store.add(f"d{n}", f"{n:064d}", "ggui_user_xxxx", n) for n in range(10))
        )
        assert len({pairing.pairing_id for pairing in added}) == 10


class RateLimiterContract(ABC):
    """Kit for :class:`~ggui_core.limits.RateLimiter`."""

    @abstractmethod
    async def make(self, clock: Clock) -> RateLimiter:
        """A limiter that has counted nothing."""

    async def test_burst_then_refill(self) -> None:
        clock = FakeClock()
        limiter = await self.make(clock)
        rule = Rate(per_second=2, burst=4)
        outcomes = [await limiter.take("a", rule) for _ in range(5)]
        assert [outcome is None for outcome in outcomes] == [True] * 4 + [False]
        assert outcomes[-1] == Denied(1)
        await clock.advance(0.5)
        assert await limiter.take("a", rule) is None
        assert await limiter.take("a", rule) is not None

    async def test_keys_are_counted_apart(self) -> None:
        limiter = await self.make(FakeClock())
        rule = Rate(per_second=1, burst=1)
        assert await limiter.take("a", rule) is None
        assert await limiter.take("b", rule) is None

    async def test_window_is_aligned_to_the_wall_clock(self) -> None:
        clock = FakeClock(start=1_800_000_000.0 + 290)
        limiter = await self.make(clock)
        rule = Window(count=2, seconds=300)
        assert [await limiter.take("ip", rule) is None for _ in range(3)] == [True, True, False]
        assert await limiter.take("ip", rule) == Denied(10)
        await clock.advance(10)
        assert await limiter.take("ip", rule) is None

    async def test_concurrent_takers_never_exceed_the_burst(self) -> None:
        limiter = await self.make(FakeClock())
        rule = Rate(per_second=1, burst=7)
        outcomes = await asyncio.gather(*(limiter.take("a", rule) for _ in range(30)))
        assert sum(outcome is None for outcome in outcomes) == 7


@dataclass(frozen=True, slots=True)
class Published:
    """An event of :class:`BusContract`; a bus between processes must be able to carry it."""

    text: str


@dataclass(frozen=True, slots=True)
class AlsoPublished:
    """An event of another class."""

    text: str


class BusContract(ABC):
    """Kit for :class:`~ggui_core.bus.Bus`."""

    @abstractmethod
    async def make(self) -> Bus:
        """A bus without subscribers."""

    async def test_every_subscriber_of_the_class_is_told_before_publish_returns(self) -> None:
        bus = await self.make()
        told: list[str] = []

        async def later(event: Published) -> None:
            await asyncio.sleep(0)
            told.append(f"later {event.text}")

        bus.subscribe(Published, lambda event: told.append(f"now {event.text}"))
        bus.subscribe(Published, later)
        await bus.publish(Published("a"))
        assert sorted(told) == ["later a", "now a"]

    async def test_subscribers_of_other_classes_hear_nothing(self) -> None:
        bus = await self.make()
        told: list[object] = []
        bus.subscribe(AlsoPublished, told.append)
        await bus.publish(Published("a"))
        assert told == []

    async def test_events_arrive_in_the_order_of_publication(self) -> None:
        bus = await self.make()
        told: list[str] = []
        bus.subscribe(Published, lambda event: told.append(event.text))
        for number in range(20):
            await bus.publish(Published(str(number)))
        assert told == [str(number) for number in range(20)]

    async def test_nothing_is_heard_after_unsubscribing_and_doing_so_twice_is_fine(self) -> None:
        bus = await self.make()
        told: list[object] = []
        others: list[object] = []
        unsubscribe = bus.subscribe(Published, told.append)
        bus.subscribe(Published, others.append)
        unsubscribe()
        unsubscribe()
        await bus.publish(Published("a"))
        assert (told, others) == ([], [Published("a")])

    async def test_a_handler_that_fails_keeps_nobody_else_from_hearing(self) -> None:
        bus = await self.make()
        told: list[object] = []

        def fail(event: Published) -> None:
            raise RuntimeError(event.text)

        bus.subscribe(Published, fail)
        bus.subscribe(Published, told.append)
        await bus.publish(Published("a"))
        assert told == [Published("a")]

    async def test_a_handler_may_unsubscribe_while_it_is_told(self) -> None:
        bus = await self.make()
        told: list[str] = []

        def once(event: Published) -> None:
            told.append(event.text)
            unsubscribe()

        unsubscribe = bus.subscribe(Published, once)
        bus.subscribe(Published, lambda event: told.append(f"always {event.text}"))
        await bus.publish(Published("a"))
        await bus.publish(Published("b"))
        assert sorted(told) == ["a", "always a", "always b"]


class AuthAdapterContract(ABC):
    """Kit for :class:`~ggui_core.auth.AuthAdapter`."""

    plane: Plane = "data"

    @abstractmethod
    async def make(self) -> AuthAdapter:
        """The adapter."""

    @abstractmethod
    async def good_bearer(self) -> str:
        """A bearer that the adapter made by :meth:`make` accepts."""

    def request(self, bearer: str | None) -> AuthRequest:
        """A request with ``bearer``."""
        headers = {} if bearer is None else {"authorization": f"Bearer {bearer}"}
        return AuthRequest(bearer, headers, "192.0.2.1", self.plane)

    async def test_is_an_adapter(self) -> None:
        assert isinstance(await self.make(), AuthAdapter)

    async def test_recognises_its_own_credential_the_same_way_every_time(self) -> None:
        adapter = await self.make()
        bearer = await self.good_bearer()
        first = await adapter.authenticate(self.request(bearer))
        second = await adapter.authenticate(self.request(bearer))
        assert first is not None
        assert second is not None
        assert first.credential_id == second.credential_id
        assert bearer not in first.credential_id

    async def test_missing_credential_is_none(self) -> None:
        assert await (await self.make()).authenticate(self.request(None)) is None

    @pytest.mark.parametrize("bearer", ["x", "ggui_user_nobody", "a.b.c", "é", "\x00", "A" * 9000])
    async def test_foreign_credential_is_none_not_an_error(self, bearer: str) -> None:
        assert await (await self.make()).authenticate(self.request(bearer)) is None

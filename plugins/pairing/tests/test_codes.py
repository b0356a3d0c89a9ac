from __future__ import annotations

import asyncio
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ggui_core.stores import MemoryKeyValueStore
from ggui_core.testing import FakeClock
from ggui_pairing.codes import CodeSlot, PendingCode, RedeemedCode
from ggui_pairing.errors import CodePaused, CodeRejected


class InterleavedStore(MemoryKeyValueStore):
    """A store as slow as a remote one: every operation lets others run before and after it."""

    async def get(self, key: str) -> bytes | None:
        await asyncio.sleep(0)
        value = await super().get(key)
        await asyncio.sleep(0)
        return value

    async def set(self, key: str, value: bytes, *, ttl_s: float | None = None) -> None:
        await asyncio.sleep(0)
        await super().set(key, value, ttl_s=ttl_s)
        await asyncio.sleep(0)

    async def take(self, key: str) -> bytes | None:
        await asyncio.sleep(0)
        value = await super().take(key)
        await asyncio.sleep(0)
        return value

    async def increment(self, key: str, *, ttl_s: float) -> int:
        await asyncio.sleep(0)
        count = await super().increment(key, ttl_s=ttl_s)
        await asyncio.sleep(0)
        return count


def wrong(pending: PendingCode, offset: int = 1) -> str:
    return f"{(int(pending.code) + offset) % 1_000_000:06d}"


async def outcome(slot: CodeSlot, guess: str) -> str:
    try:
        await slot.redeem(guess)
    except CodePaused:
        return "paused"
    except CodeRejected:
        return "rejected"
    return "won"


@pytest.fixture
def store(clock: FakeClock) -> MemoryKeyValueStore:
    return MemoryKeyValueStore(clock)


@pytest.fixture
def slot(store: MemoryKeyValueStore, clock: FakeClock) -> CodeSlot:
    return CodeSlot(store, clock)


async def test_code_is_six_digits_and_lives_ten_minutes(slot: CodeSlot, clock: FakeClock) -> None:
    pending = await slot.mint("laptop")
    assert re.fullmatch(r"[0-9]{6}", pending.code)
    assert pending.expires_at == int(clock.now() * 1000) + 600_000


async def test_right_code_is_consumed_once_and_brings_the_server_name(slot: CodeSlot) -> None:
    pending = await slot.mint("kitchen laptop")
    redeemed = await slot.redeem(pending.code)
    assert redeemed.server_name == "kitchen laptop"
    with pytest.raises(CodeRejected):
        await slot.redeem(pending.code)


async def test_nothing_pending_is_rejected_like_a_wrong_code(slot: CodeSlot) -> None:
    with pytest.raises(CodeRejected) as nothing:
        await slot.redeem("123456")
    pending = await slot.mint("s")
    with pytest.raises(CodeRejected) as mistaken:
        await slot.redeem(wrong(pending))
    assert nothing.value.message == mistaken.value.message
    assert (nothing.value.code, nothing.value.http_status) == ("pairing_rejected", 401)


@pytest.mark.parametrize(("after_s", "expected"), [(599.9, "won"), (600.0, "rejected"), (7200.0, "rejected")])
async def test_code_expires(slot: CodeSlot, clock: FakeClock, after_s: float, expected: str) -> None:
    pending = await slot.mint("s")
    await clock.advance(after_s)
    assert await outcome(slot, pending.code) == expected


async def test_second_mint_voids_the_first_code(slot: CodeSlot) -> None:
    first = await slot.mint("s")
    second = await slot.mint("s")
    while second.code == first.code:
        second = await slot.mint("s")
    assert await outcome(slot, first.code) == "rejected"
    assert await outcome(slot, second.code) == "won"


async def test_wrong_guesses_leave_the_code_valid(slot: CodeSlot) -> None:
    pending = await slot.mint("s")
    for offset in range(1, 20):
        assert await outcome(slot, wrong(pending, offset)) == "rejected"
    assert await outcome(slot, pending.code) == "won"


@pytest.mark.parametrize("guess", ["", "0", "abcdef", "12345678901234567890", "\ud800", "０４８２１３"])
async def test_odd_guesses_are_just_wrong(slot: CodeSlot, guess: str) -> None:
    await slot.mint("s")
    assert await outcome(slot, guess) == "rejected"


async def test_twenty_wrong_guesses_pause_even_the_right_code(slot: CodeSlot, clock: FakeClock) -> None:
    pending = await slot.mint("s")
    for offset in range(1, 21):
        assert await outcome(slot, wrong(pending, offset)) == "rejected"
    with pytest.raises(CodePaused) as paused:
        await slot.redeem(pending.code)
    assert paused.value.headers == {"Retry-After": "60"}
    assert (paused.value.http_status, paused.value.code) == (429, "rate_limited")
    await clock.advance(59.9)
    assert await outcome(slot, pending.code) == "paused"
    await clock.advance(0.1)
    assert await outcome(slot, pending.code) == "won"


async def test_each_further_pause_is_twice_as_long(slot: CodeSlot, clock: FakeClock) -> None:
    pending = await slot.mint("s")
    for pause_s in (60, 120, 240):
        for offset in range(1, 21):
            await outcome(slot, wrong(pending, offset))
        with pytest.raises(CodePaused) as paused:
            await slot.redeem(pending.code)
        assert paused.value.retry_after_s == pause_s
        await clock.advance(pause_s)
    assert await outcome(slot, pending.code) == "won"


async def test_tireless_guesser_gets_eighty_guesses_in_a_codes_life(slot: CodeSlot, clock: FakeClock) -> None:
    pending = await slot.mint("s")
    compared = 0
    while clock.now() * 1000 < pending.expires_at:
        for offset in range(1, 41):
            compared += await outcome(slot, wrong(pending, offset)) == "rejected"
        await clock.advance(10)
    assert await outcome(slot, pending.code) == "rejected"
    assert compared == 80, "odds must stay at or below 1 in 10,000"


async def test_a_thousand_guesses_in_a_burst_compare_twenty(clock: FakeClock) -> None:
    slot = CodeSlot(InterleavedStore(clock), clock)
    pending = await slot.mint("s")
    outcomes = await asyncio.gather(*(outcome(slot, wrong(pending, n)) for n in range(1, 1001)))
    assert outcomes.count("rejected") == 20
    assert outcomes.count("paused") == 980


async def test_a_new_code_starts_with_a_clean_count(slot: CodeSlot) -> None:
    pending = await slot.mint("s")
    for offset in range(1, 30):
        await outcome(slot, wrong(pending, offset))
    assert await outcome(slot, (await slot.mint("s")).code) == "won"


async def test_pause_holds_when_the_guess_that_caused_it_died_before_writing_it(
    store: MemoryKeyValueStore, slot: CodeSlot, clock: FakeClock
) -> None:
    pending = await slot.mint("s")
    for offset in range(1, 21):
        await outcome(slot, wrong(pending, offset))
    for key in [key for key in store._entries if key.endswith(":pause")]:
        await store.delete(key)
    assert await outcome(slot, pending.code) == "paused"
    await clock.advance(60)
    assert await outcome(slot, pending.code) == "won"


async def test_another_replica_with_the_same_store_checks_the_same_code(
    store: MemoryKeyValueStore, slot: CodeSlot, clock: FakeClock
) -> None:
    pending = await slot.mint("laptop")
    assert (await CodeSlot(store, clock).redeem(pending.code)).server_name == "laptop"
    assert await outcome(slot, pending.code) == "rejected"


async def test_digits_are_nowhere_in_the_store(store: MemoryKeyValueStore, slot: CodeSlot) -> None:
    for _ in range(5):
        pending = await slot.mint("s")
        record = await store.get("pairing:code")
        assert record is not None
        fields = record.decode().replace(str(pending.expires_at), "")
        assert f'"{pending.code}"' not in fields


async def test_code_that_was_given_back_can_be_used_again(slot: CodeSlot) -> None:
    pending = await slot.mint("s")
    redeemed = await slot.redeem(pending.code)
    await slot.give_back(redeemed)
    assert await outcome(slot, pending.code) == "won"


async def test_giving_back_does_not_revive_an_overwritten_code(slot: CodeSlot) -> None:
    old = await slot.mint("s")
    redeemed = await slot.redeem(old.code)
    await slot.mint("s")
    await slot.give_back(redeemed)
    assert await outcome(slot, old.code) == "rejected"


@settings(max_examples=60, deadline=None)
@given(
    guesses=st.lists(st.booleans(), min_size=1, max_size=60),
    shuffle=st.randoms(use_true_random=False),
)
def test_of_concurrent_right_guesses_at_most_one_wins(guesses: list[bool], shuffle: object) -> None:
    """True is a right guess. Exactly one wins unless wrong ones used the round up first."""

    async def race() -> list[str]:
        clock = FakeClock()
        slots = [CodeSlot(store, clock) for store in [InterleavedStore(clock)] * 3]
        pending = await slots[0].mint("s")
        return await asyncio.gather(
            *(
                outcome(slots[n % 3], pending.code if right else wrong(pending, n + 1))
                for n, right in enumerate(guesses)
            )
        )

    outcomes = asyncio.run(race())
    winners = [guess for guess, result in zip(guesses, outcomes, strict=True) if result == "won"]
    assert all(winners)
    assert len(winners) == (1 if any(guesses[:20]) else 0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["mint", "right", "wrong", "wait", "stale"]), max_size=80))
def test_slot_behaves_like_its_state_machine(steps: list[str]) -> None:
    async def run() -> None:
        clock = FakeClock()
        slot = CodeSlot(MemoryKeyValueStore(clock), clock)
        pending: PendingCode | None = None
        last: PendingCode | None = None
        stale: PendingCode | None = None
        misses, paused_until, pauses = 0, 0.0, 0
        for step in steps:
            if pending is not None and clock.now() * 1000 >= pending.expires_at:
                pending = None
            if step == "mint":
                stale, last = last, await slot.mint("s")
                pending, misses, paused_until, pauses = last, 0, 0.0, 0
                continue
            if step == "wait":
                await clock.advance(61)
                continue
            guess = {"right": last, "stale": stale}.get(step)
            text = "x" if guess is None else guess.code
            is_right = pending is not None and guess is not None and guess.code == pending.code
            if pending is None:
                expected = "rejected"
            elif clock.now() < paused_until:
                expected = "paused"
            elif is_right:
                expected, pending = "won", None
            else:
                expected = "rejected"
                misses += 1
                if misses % 20 == 0:
                    paused_until = clock.now() + 60 * 2**pauses
                    pauses += 1
            assert await outcome(slot, text) == expected

    asyncio.run(run())


async def test_redeemed_code_says_when_it_would_have_expired(slot: CodeSlot) -> None:
    pending = await slot.mint("s")
    redeemed = await slot.redeem(pending.code)
    assert isinstance(redeemed, RedeemedCode)
    assert redeemed.expires_at == pending.expires_at

"""The part of the session store's kit about the pipe: law 5, from the person's finger to the agent's answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ggui_core.protocol.session import Batch, EventPage
from ggui_core.stores import SessionLimits, SessionStore
from ggui_core.stores.sessions import Appended
from ggui_core.testing.session_kit import NOW, SessionStoreKit, a_gesture, a_session

_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["append", "append", "repeat", "lease", "settle", "release"]), st.integers(0, 5)
    ),
    max_size=40,
)


async def append(store: SessionStore, action_id: str, session_id: str = "s-1") -> Appended:
    """Queue a gesture; its ledger record is the row that consume returns."""
    gesture = a_gesture(action_id)
    outcome, _ = await store.append_gesture(session_id, gesture, gesture.wire(session_id), NOW)
    return outcome


def ids(batch: Batch) -> list[str]:
    """The action ids of a batch, in its order."""
    return [gesture.action_id for gesture in batch.gestures]


class PipeContract(SessionStoreKit):
    """Gestures are queued once, leased to one consumer, and gone only when they were settled."""

    # Queueing

    async def test_gestures_are_handed_out_in_order_and_as_they_were(self) -> None:
        store = await self.opened()
        gestures = [
            a_gesture("a"),
            a_gesture("b", data=None, ui_context={}, tool=None),
            a_gesture("c", data=0.5),
        ]
        for gesture in gestures:
            await store.append_gesture("s-1", gesture, gesture.wire("s-1"), NOW)
        batch = await store.lease("s-1", "l-1", NOW)
        assert batch == Batch("l-1", tuple(gestures), frozenset())

    async def test_a_queued_gesture_is_in_the_ledger_with_its_record(self) -> None:
        store = await self.opened()
        outcome = await store.append_gesture("s-1", a_gesture("a"), {"type": "data:submit", "n": 1}, NOW + 5)
        assert outcome == ("queued", 1)
        page = await store.events("s-1", 0, 10)
        assert isinstance(page, EventPage)
        (event,) = page.events
        assert event.wire() == {
            "seq": 1,
            "type": "user.submitted",
            "timestamp": "2027-01-15T08:00:00.005Z",
            "data": {"type": "data:submit", "n": 1},
        }

    async def test_a_repeated_action_id_adds_nothing_anywhere(self) -> None:
        store = await self.opened()
        await append(store, "a")
        again = await store.append_gesture("s-1", a_gesture("a", data="other"), {}, NOW + 1)
        assert again == ("duplicate", 1)
        assert ids(await store.lease("s-1", "l-1", NOW)) == ["a"]
        assert (await self.read(store)).event_sequence == 1

    @pytest.mark.parametrize("state", ["leased", "settled", "released"])
    async def test_an_action_id_is_remembered_for_the_life_of_the_pipe(self, state: str) -> None:
        store = await self.opened()
        await append(store, "a")
        await store.lease("s-1", "l-1", NOW)
        if state == "settled":
            await store.settle("s-1", "l-1")
        elif state == "released":
            await store.release("s-1", "l-1")
        assert await append(store, "a") == "duplicate"
        assert ids(await store.lease("s-1", "l-2", NOW)) == (["a"] if state == "released" else [])

    async def test_pipes_of_two_sessions_know_nothing_of_each_other(self) -> None:
        store = await self.opened()
        await self.open(store, a_session("s-2"))
        assert [await append(store, "a", name) for name in ("s-1", "s-2")] == ["queued", "queued"]
        assert ids(await store.lease("s-1", "l-1", NOW)) == ["a"]
        assert ids(await store.lease("s-2", "l-2", NOW)) == ["a"]

    async def test_a_session_that_is_gone_takes_no_gesture(self) -> None:
        store = await self.make(SessionLimits())
        assert await store.append_gesture("nobody", a_gesture("a"), {}, NOW) == ("missing", 0)

    async def test_a_full_pipe_says_so_keeps_nothing_and_takes_the_gesture_later(self) -> None:
        store = await self.opened(limits=SessionLimits(pipe=3))
        for action_id in "abc":
            assert await append(store, action_id) == "queued"
        assert await store.append_gesture("s-1", a_gesture("d"), {}, NOW) == ("full", 3)
        assert await append(store, "a") == "duplicate"
        await store.lease("s-1", "l-1", NOW)
        assert await append(store, "d") == "full"
        await store.settle("s-1", "l-1")
        assert await append(store, "d") == "queued"
        assert ids(await store.lease("s-1", "l-2", NOW)) == ["d"]

    async def test_the_pipe_holds_ten_thousand_by_default(self) -> None:
        store = await self.opened()
        for number in range(10_000):
            assert await append(store, f"{number:08x}") == "queued"
        assert await append(store, "one more") == "full"
        assert len(ids(await store.lease("s-1", "l-1", NOW))) == 10_000

    # Leasing

    async def test_what_is_leased_nobody_else_gets(self) -> None:
        store = await self.opened()
        await append(store, "a")
        assert ids(await store.lease("s-1", "l-1", NOW)) == ["a"]
        await append(store, "b")
        assert ids(await store.lease("s-1", "l-2", NOW)) == ["b"]

    async def test_an_empty_batch_holds_no_lease(self) -> None:
        store = await self.opened()
        for name in ("s-1", "nobody"):
            assert await store.lease(name, "l-1", NOW) == Batch("l-1")
        await append(store, "a")
        await store.settle("s-1", "l-1")
        await store.release("s-1", "l-1")
        assert ids(await store.lease("s-1", "l-2", NOW)) == ["a"]

    async def test_settled_gestures_are_gone_for_good(self) -> None:
        store = await self.opened()
        await append(store, "a")
        await store.lease("s-1", "l-1", NOW)
        await store.settle("s-1", "l-1")
        await store.release("s-1", "l-1")
        assert await store.release_all() == 0
        assert ids(await store.lease("s-1", "l-2", NOW)) == []

    async def test_released_gestures_return_to_the_head_in_order_as_redelivered(self) -> None:
        store = await self.opened()
        await append(store, "a")
        await append(store, "b")
        await store.lease("s-1", "l-1", NOW)
        await append(store, "c")
        await store.release("s-1", "l-1")
        await store.settle("s-1", "l-1")
        batch = await store.lease("s-1", "l-2", NOW)
        assert (ids(batch), sorted(batch.redelivered)) == (["a", "b", "c"], ["a", "b"])

    async def test_a_gesture_stays_redelivered_until_it_is_settled(self) -> None:
        store = await self.opened()
        await append(store, "a")
        for lease_id in ("l-1", "l-2"):
            await store.lease("s-1", lease_id, NOW)
            await store.release("s-1", lease_id)
        assert (await store.lease("s-1", "l-3", NOW)).redelivered == {"a"}

    @pytest.mark.parametrize("order", [("l-1", "l-2"), ("l-2", "l-1")])
    async def test_leases_return_in_the_order_of_their_gestures_whichever_is_released_first(
        self, order: tuple[str, str]
    ) -> None:
        store = await self.opened()
        await append(store, "a")
        await store.lease("s-1", "l-1", NOW)
        await append(store, "b")
        await store.lease("s-1", "l-2", NOW)
        await append(store, "c")
        for lease_id in order:
            await store.release("s-1", lease_id)
        assert ids(await store.lease("s-1", "l-3", NOW)) == ["a", "b", "c"]

    @pytest.mark.parametrize("end", ["settle", "release"])
    async def test_ending_a_lease_of_another_session_or_of_nobody_changes_nothing(self, end: str) -> None:
        store = await self.opened()
        await self.open(store, a_session("s-2"))
        await append(store, "a")
        await store.lease("s-1", "l-1", NOW)
        for session_id, lease_id in (("s-1", "unknown"), ("s-2", "l-1"), ("nobody", "l-1")):
            await getattr(store, end)(session_id, lease_id)
        assert ids(await store.lease("s-1", "l-2", NOW)) == []
        await store.release("s-1", "l-1")
        assert ids(await store.lease("s-1", "l-3", NOW)) == ["a"]

    async def test_release_all_brings_every_lease_back_and_counts_gestures(self) -> None:
        store = await self.opened()
        await self.open(store, a_session("s-2"))
        await append(store, "a")
        await store.lease("s-1", "l-1", NOW)
        await append(store, "b")
        await store.lease("s-1", "l-2", NOW)
        await append(store, "c", "s-2")
        await store.lease("s-2", "l-3", NOW)
        await append(store, "d")
        assert await store.release_all() == 3
        assert await store.release_all() == 0
        first, second = await store.lease("s-1", "l-4", NOW), await store.lease("s-2", "l-5", NOW)
        assert (ids(first), sorted(first.redelivered)) == (["a", "b", "d"], ["a", "b"])
        assert (ids(second), sorted(second.redelivered)) == (["c"], ["c"])

    # Side by side

    async def test_of_concurrent_repeats_one_is_queued(self) -> None:
        store = await self.opened()
        outcomes = await asyncio.gather(*(append(store, "a") for _ in range(10)))
        assert sorted(outcomes) == ["duplicate"] * 9 + ["queued"]
        assert (await self.read(store)).event_sequence == 1

    async def test_every_gesture_is_in_exactly_one_of_concurrent_batches(self) -> None:
        store = await self.opened()
        for number in range(20):
            await append(store, f"{number:02}")
        work = [store.lease("s-1", f"l-{number}", NOW) for number in range(8)]
        work += [store.lease("s-1", f"m-{number}", NOW) for number in range(8)]
        batches = await asyncio.gather(*work)
        assert sorted(_flat(batches)) == [f"{number:02}" for number in range(20)]

    async def test_nothing_is_lost_between_concurrent_appends_and_leases(self) -> None:
        store = await self.opened()

        async def consume(name: str) -> list[Batch]:
            return [await store.lease("s-1", f"{name}-{number}", NOW) for number in range(10)]

        async def gesture(number: int) -> None:
            await append(store, f"{number:02}")

        gestures = asyncio.gather(*(gesture(number) for number in range(30)))
        first, second, _ = await asyncio.gather(consume("l"), consume("m"), gestures)
        left = await store.lease("s-1", "last", NOW)
        assert sorted(_flat([*first, *second, left])) == [f"{number:02}" for number in range(30)]

    async def test_a_full_pipe_stays_within_its_limit_under_concurrent_appends(self) -> None:
        store = await self.opened(limits=SessionLimits(pipe=5))
        outcomes = await asyncio.gather(*(append(store, f"{number:02}") for number in range(12)))
        assert sorted(outcomes) == ["full"] * 7 + ["queued"] * 5

    # Any order of things

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(steps=_STEPS)
    async def test_no_order_of_steps_loses_doubles_or_reorders_a_gesture(
        self, steps: list[tuple[str, int]]
    ) -> None:
        store, model = await self.opened(), _Model()
        for step, choice in steps:
            await _take(store, model, step, choice)
        assert await store.release_all() == sum(len(held) for held in model.leases.values())
        for lease_id in tuple(model.leases):
            model.release(lease_id)
        batch = await store.lease("s-1", "last", NOW)
        assert (ids(batch), set(batch.redelivered)) == (model.queue, model.returned & set(model.queue))


@dataclass
class _Model:
    """What the pipe must hold, kept the simple way: action ids are numbers that grow."""

    queue: list[str] = field(default_factory=list)
    leases: dict[str, list[str]] = field(default_factory=dict)
    returned: set[str] = field(default_factory=set)
    made: int = 0
    leased: int = 0

    def release(self, lease_id: str) -> None:
        held = self.leases.pop(lease_id)
        self.queue = sorted([*held, *self.queue])
        self.returned.update(held)


async def _take(store: SessionStore, model: _Model, step: str, choice: int) -> None:
    """Take one step on the store and on the model, and compare what it shows."""
    open_leases = list(model.leases)
    if step == "append":
        action_id = f"{model.made:04}"
        model.made += 1
        model.queue.append(action_id)
        assert await append(store, action_id) == "queued"
    elif step == "repeat" and model.made:
        assert await append(store, f"{choice % model.made:04}") == "duplicate"
    elif step == "lease":
        lease_id = f"l-{model.leased}"
        model.leased += 1
        batch = await store.lease("s-1", lease_id, NOW)
        assert (ids(batch), set(batch.redelivered)) == (model.queue, model.returned & set(model.queue))
        if model.queue:
            model.leases[lease_id], model.queue = model.queue, []
    elif step in ("settle", "release") and open_leases:
        lease_id = open_leases[choice % len(open_leases)]
        await getattr(store, step)("s-1", lease_id)
        if step == "release":
            model.release(lease_id)
        else:
            del model.leases[lease_id]


def _flat(batches: Iterable[Batch]) -> list[str]:
    return [action_id for batch in batches for action_id in ids(batch)]

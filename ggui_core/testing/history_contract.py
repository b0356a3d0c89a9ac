"""The part of the session store's kit about what is kept of the past: the ledger and the stream buffer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ggui_core.protocol.session import Backlog, Component, Emission, EventPage, HorizonPassed
from ggui_core.stores import SessionLimits, SessionStore
from ggui_core.stores.sessions import POLLED_BYTES, POLLED_MS, Replay
from ggui_core.testing.session_kit import NOW, SessionStoreKit, a_session


async def emit(store: SessionStore, channel: str, payload: Any, replay: Replay) -> int:
    """Deliver ``payload`` on ``channel``."""
    return await store.emit("s-1", channel, "append", payload, complete=False, replay=replay, now_ms=NOW)


def payloads(backlog: Backlog) -> list[Any]:
    """What the deliveries of a backlog carry."""
    return [emission.payload for emission in backlog.emissions]


class HistoryContract(SessionStoreKit):
    """The ledger has no gaps and a horizon; the stream buffer replays what each channel promises."""

    async def page(self, store: SessionStore, since: int, limit: int = 100) -> EventPage:
        """A page that must be there."""
        page = await store.events("s-1", since, limit)
        assert isinstance(page, EventPage)
        return page

    # The ledger

    async def test_the_ledger_starts_empty(self) -> None:
        store = await self.opened()
        assert await store.events("s-1", 0, 10) == EventPage((), 0, has_more=False)

    async def test_events_are_numbered_from_one_without_gaps(self) -> None:
        store = await self.opened()
        numbers = [await store.record("s-1", "x-note", {"n": n, "text": "été"}, NOW + n) for n in range(4)]
        assert numbers == [1, 2, 3, 4]
        page = await self.page(store, 0)
        assert [event.seq for event in page.events] == [1, 2, 3, 4]
        assert page.events[3].wire() == {
            "seq": 4,
            "type": "x-note",
            "timestamp": "2027-01-15T08:00:00.003Z",
            "data": {"n": 3, "text": "été"},
        }
        assert (await self.read(store)).event_sequence == page.last_sequence == 4

    async def test_concurrent_events_leave_no_gap(self) -> None:
        store = await self.opened()
        numbers = await asyncio.gather(*(store.record("s-1", "x-note", {}, NOW) for _ in range(20)))
        assert sorted(numbers) == list(range(1, 21))

    async def test_each_session_counts_for_itself(self) -> None:
        store = await self.opened()
        await self.open(store, a_session("s-2"))
        assert await store.record("s-1", "x-note", {}, NOW) == 1
        assert await store.record("s-2", "x-note", {}, NOW) == 1

    @pytest.mark.parametrize(
        ("since", "limit", "expected", "more"),
        [
            (0, 2, [1, 2], True),
            (2, 3, [3, 4, 5], False),
            (3, 1, [4], True),
            (4, 9, [5], False),
            (5, 9, [], False),
        ],
    )
    async def test_a_page_goes_on_behind_the_cursor_and_says_whether_there_is_more(
        self, since: int, limit: int, expected: list[int], more: bool
    ) -> None:
        store = await self.opened()
        for _ in range(5):
            await store.record("s-1", "x-note", {}, NOW)
        page = await self.page(store, since, limit)
        assert [event.seq for event in page.events] == expected
        assert (page.last_sequence, page.has_more) == (5, more)

    async def test_a_cursor_above_the_head_has_passed_the_horizon(self) -> None:
        store = await self.opened()
        await store.record("s-1", "x-note", {}, NOW)
        assert await store.events("s-1", 2, 10) == HorizonPassed(1)

    async def test_old_events_make_room_and_a_cursor_behind_them_has_passed_the_horizon(self) -> None:
        store = await self.opened(limits=SessionLimits(ledger=5))
        for _ in range(12):
            await store.record("s-1", "x-note", {}, NOW)
        assert await store.events("s-1", 6, 10) == HorizonPassed(12)
        assert await store.events("s-1", 0, 10) == HorizonPassed(12)
        assert [event.seq for event in (await self.page(store, 7)).events] == [8, 9, 10, 11, 12]

    async def test_the_last_props_of_each_epoch_are_known(self) -> None:
        store = await self.opened()
        await store.commit("s-1", Component("a" * 64, "", "forms"), NOW)
        first = (await self.read(store)).props
        for revision, (title, new) in enumerate((("one", True), ("one, later", False), ("two", True))):
            await store.change_props("s-1", revision, {"title": title}, NOW, new_epoch=new)
            await store.record("s-1", "x-note", {"epoch": 0, "props": {"title": "no"}}, NOW)
        known = [await store.props_of_epoch("s-1", epoch) for epoch in range(4)]
        assert known == [first, {"title": "one, later"}, {"title": "two"}, None]
        assert await store.props_of_epoch("nobody", 0) is None

    async def test_props_of_an_epoch_that_the_ledger_forgot_are_not_made_up(self) -> None:
        store = await self.opened(limits=SessionLimits(ledger=2))
        for revision, title in enumerate(("one", "two")):
            await store.change_props("s-1", revision, {"title": title}, NOW, new_epoch=True)
        known = [await store.props_of_epoch("s-1", epoch) for epoch in range(3)]
        assert known == [None, None, {"title": "two"}]

    async def test_a_thousand_events_are_kept_by_default(self) -> None:
        store = await self.opened()
        for _ in range(1_001):
            await store.record("s-1", "x-note", {}, NOW)
        assert await store.events("s-1", 0, 10) == HorizonPassed(1_001)
        page = await self.page(store, 1, 2_000)
        assert (len(page.events), page.has_more) == (1_000, False)

    async def test_a_session_that_is_gone_has_no_events(self) -> None:
        store = await self.make(SessionLimits())
        assert await store.record("nobody", "x-note", {}, NOW) == 0
        assert await store.events("nobody", 0, 10) == EventPage((), 0, has_more=False)

    # Streams

    async def test_deliveries_of_all_channels_share_one_counter(self) -> None:
        store = await self.opened()
        numbers = [
            await emit(store, "chart", 1, "all"),
            await emit(store, "pulse", 2, "none"),
            await emit(store, "count", 3, "latest"),
            await emit(store, "chart", 4, "all"),
        ]
        assert numbers == [1, 2, 3, 4]
        assert await store.backlog("s-1", None) == Backlog((), 4)

    async def test_a_delivery_comes_back_as_it_was(self) -> None:
        store = await self.opened()
        payload = {"t": 1.5, "rows": [None, {"ü": True}]}
        await store.emit("s-1", "count", "replace", payload, complete=True, replay="latest", now_ms=NOW)
        backlog = await store.backlog("s-1", 0)
        assert backlog == Backlog((Emission("count", "replace", payload, 1, complete=True),), 1)

    async def test_each_channel_replays_what_it_promises(self) -> None:
        store = await self.opened()
        for number in range(3):
            await emit(store, "chart", f"chart {number}", "all")
            await emit(store, "pulse", f"pulse {number}", "none")
            await emit(store, "count", f"count {number}", "latest")
        backlog = await store.backlog("s-1", 0)
        assert payloads(backlog) == ["chart 0", "chart 1", "chart 2", "count 2"]
        assert [emission.seq for emission in backlog.emissions] == [1, 4, 7, 9]
        assert (backlog.stream_seq, backlog.truncated) == (9, False)

    async def test_each_latest_channel_has_a_slot_of_its_own(self) -> None:
        store = await self.opened()
        await emit(store, "count", 1, "latest")
        await emit(store, "level", 2, "latest")
        await emit(store, "count", 3, "latest")
        assert payloads(await store.backlog("s-1", 0)) == [2, 3]

    async def test_a_backlog_begins_behind_its_cursor(self) -> None:
        store = await self.opened()
        for number in range(1, 6):
            await emit(store, "chart" if number % 2 else "count", number, "all" if number % 2 else "latest")
        assert payloads(await store.backlog("s-1", 3)) == [4, 5]
        assert payloads(await store.backlog("s-1", 5)) == []

    async def test_channels_that_replay_all_share_one_ring(self) -> None:
        store = await self.opened(limits=SessionLimits(ring=4))
        for number in range(1, 4):
            await emit(store, "chart", number, "all")
        await emit(store, "count", 4, "latest")
        for number in range(5, 8):
            await emit(store, "log", number, "all")
        assert payloads(await store.backlog("s-1", 0)) == [3, 4, 5, 6, 7]

    async def test_the_ring_keeps_256_by_default(self) -> None:
        store = await self.opened()
        for number in range(1, 301):
            await emit(store, "chart", number, "all")
        assert payloads(await store.backlog("s-1", 0)) == list(range(45, 301))

    @pytest.mark.parametrize(("after", "truncated"), [(0, True), (2, True), (3, False), (7, False)])
    async def test_truncated_tells_that_something_behind_the_cursor_made_room(
        self, after: int, truncated: bool
    ) -> None:
        store = await self.opened(limits=SessionLimits(ring=4))
        for number in range(1, 8):
            await emit(store, "chart", number, "all")
        assert (await store.backlog("s-1", after)).truncated is truncated

    @pytest.mark.parametrize("replay", ["none", "latest", "all"])
    async def test_channels_of_the_server_itself_are_kept_whatever_they_say(self, replay: Replay) -> None:
        store = await self.opened()
        for number in range(3):
            await emit(store, "_ggui:lifecycle", number, replay)
        assert payloads(await store.backlog("s-1", 0)) == [0, 1, 2]

    async def test_deliveries_of_the_server_itself_take_no_room_of_those_of_agents(self) -> None:
        store = await self.opened(limits=SessionLimits(ring=4))
        for number in range(1, 5):
            await emit(store, "chart", number, "all")
        for number in range(5, 12):
            await emit(store, "_ggui:lifecycle", number, "all")
        backlog = await store.backlog("s-1", 0)
        assert (payloads(backlog), backlog.truncated) == ([1, 2, 3, 4, 8, 9, 10, 11], False)

    async def test_nothing_is_truncated_for_a_contract_without_a_channel_that_replays_all(self) -> None:
        store = await self.make(SessionLimits(ring=2))
        await self.open(
            store, a_session(contract={"streamSpec": {"count": {"schema": {}, "replay": "latest"}}})
        )
        for number in range(5):
            await emit(store, "_ggui:lifecycle", number, "none")
        backlog = await store.backlog("s-1", 0)
        assert (payloads(backlog), backlog.truncated) == ([3, 4], False)

    async def test_concurrent_deliveries_get_distinct_numbers(self) -> None:
        store = await self.opened()
        numbers = await asyncio.gather(*(emit(store, "chart", number, "all") for number in range(20)))
        assert sorted(numbers) == list(range(1, 21))
        assert [emission.seq for emission in (await store.backlog("s-1", 0)).emissions] == sorted(numbers)

    async def test_a_session_that_is_gone_delivers_nothing(self) -> None:
        store = await self.make(SessionLimits())
        assert await emit(store, "chart", 1, "all") == 0
        assert await store.backlog("s-1", 0) == Backlog((), 0)

    async def test_who_polls_gets_every_delivery_whatever_its_channel_promises(self) -> None:
        store = await self.opened()
        await emit(store, "pulse", "before the first poll", "none")
        await emit(store, "count", "kept anyway", "latest")
        first = await store.poll("s-1", 0, NOW)
        assert (payloads(first), first.stream_seq) == (["kept anyway"], 2)
        for number in range(3):
            await emit(store, "chart", f"chart {number}", "all")
            await emit(store, "pulse", f"pulse {number}", "none")
            await emit(store, "count", f"count {number}", "latest")
        polled = await store.poll("s-1", 2, NOW)
        assert [emission.seq for emission in polled.emissions] == list(range(3, 12))
        assert polled == await store.poll("s-1", 2, NOW), "an answer that got lost can be polled again"
        assert (payloads(await store.poll("s-1", 9, NOW))) == ["pulse 2", "count 2"]
        assert await store.poll("s-1", 11, NOW) == Backlog((), 11)
        assert (await store.poll("s-1", 99, NOW)).stream_seq == 11, "a cursor of another life is reset"

    @pytest.mark.parametrize("cursor", [2**63 - 1, 2**63, 2**64 - 1, 10**30])
    async def test_a_cursor_beyond_every_number_is_behind_everything(self, cursor: int) -> None:
        store = await self.opened()
        await emit(store, "chart", 1, "all")
        assert await store.backlog("s-1", cursor) == Backlog((), 1)
        assert await store.poll("s-1", cursor, NOW) == Backlog((), 1)
        assert await store.events("s-1", cursor, 10) == HorizonPassed(0)

    async def test_what_is_kept_for_who_polls_is_replayed_to_nobody_else(self) -> None:
        store = await self.opened()
        await store.poll("s-1", 0, NOW)
        for number in range(2):
            await emit(store, "pulse", number, "none")
            await emit(store, "count", number, "latest")
        assert payloads(await store.backlog("s-1", 0)) == [1]

    async def test_nothing_is_kept_for_who_polls_no_more(self) -> None:
        store = await self.opened()
        await store.poll("s-1", 0, NOW)
        await emit(store, "pulse", "heard", "none")
        assert payloads(await store.poll("s-1", 0, NOW - POLLED_MS)) == ["heard"], "asking ends nothing early"
        late = NOW + 2 * POLLED_MS
        await store.emit("s-1", "pulse", "append", "lost", complete=False, replay="none", now_ms=late)
        assert await store.poll("s-1", 0, late) == Backlog((), 2)

    async def test_every_poll_counts_for_a_minute(self) -> None:
        store = await self.opened()
        now_ms, cursor = NOW, 0
        for number in range(8):
            backlog = await store.poll("s-1", cursor, now_ms)
            assert payloads(backlog) == ([number - 1] if number else [])
            cursor, now_ms = backlog.stream_seq, now_ms + POLLED_MS - 1
            await store.emit("s-1", "pulse", "append", number, complete=False, replay="none", now_ms=now_ms)

    async def test_the_newest_are_kept_for_who_polls(self) -> None:
        store = await self.opened(limits=SessionLimits(ring=4))
        await store.poll("s-1", 0, NOW)
        for number in range(6):
            await emit(store, "pulse", number, "none")
        assert payloads(await store.poll("s-1", 0, NOW)) == [2, 3, 4, 5]
        for number in range(4):
            await emit(store, "pulse", str(number) * (POLLED_BYTES * 2 // 5), "none")
        assert [emission.seq for emission in (await store.poll("s-1", 0, NOW)).emissions] == [9, 10]

    async def test_a_session_that_is_gone_can_be_polled_in_vain(self) -> None:
        store = await self.make(SessionLimits())
        assert await store.poll("s-1", 3, NOW) == Backlog((), 0)

    async def test_deliveries_are_no_ledger_events(self) -> None:
        store = await self.opened()
        await emit(store, "chart", 1, "all")
        assert (await self.page(store, 0)).events == ()

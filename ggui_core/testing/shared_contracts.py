"""Contract kits of what the processes of one server share."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest

from ggui_core.bus import (
    TOPICS,
    AnnouncementsMissed,
    AppDeleted,
    Bus,
    CredentialRevoked,
    DefaultAppChosen,
    DeliveryFailed,
    GestureQueued,
    GestureRefused,
    GesturesDrained,
    Local,
    PropsUpdated,
    RenderCommitted,
    SessionExpired,
    StreamEmitted,
)
from ggui_core.protocol.session import Emission
from ggui_core.testing.waiting import until

_PROPS: Final[Mapping[str, Any]] = {
    "title": "Füße \u2028 \U0001f600",
    "rows": [1, 2.5, None, True, {"deep": []}],
    "": {},
}

EVENTS: Final = (
    CredentialRevoked("pairing:pair-1"),
    AppDeleted("shop"),
    DefaultAppChosen("shop"),
    GestureQueued("s-1"),
    GestureRefused("s-1", "a-1", "No such action.", {"violations": [{"path": "$.x"}]}),
    GesturesDrained("s-1", "shop", ("a-1", "a-2"), "2026-11-25T00:00:00.000Z"),
    DeliveryFailed("s-1"),
    PropsUpdated("s-1", _PROPS, 1, 7),
    StreamEmitted("s-1", Emission("ticks", "append", {"n": [1, None]}, 3, complete=True)),
    StreamEmitted("s-1", Emission("ticks", "replace", None, 4, complete=False)),
    RenderCommitted("s-1"),
    SessionExpired("s-1"),
)
"""One event at least of each of the kernel's topics."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An event that the kernel does not know."""

    station: str
    degrees: float
    tags: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Restarted(Local):
    """An event that concerns its own process only."""

    why: str


class SharedBusContract(ABC):
    """Kit for a :class:`~ggui_core.bus.Bus` between processes."""

    @abstractmethod
    async def make_two(self) -> tuple[Bus, Bus]:
        """The buses of two processes of one server, joined and without subscribers."""

    def test_there_is_an_event_of_every_topic_of_the_kernel(self) -> None:
        assert {type(event) for event in EVENTS} == set(TOPICS)

    @pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
    async def test_what_the_kernel_announces_arrives_as_it_was(self, event: object) -> None:
        here, there = await self.make_two()
        told: list[object] = []
        there.subscribe(type(event), told.append)
        await here.publish(event)
        await until(lambda: told)
        assert told == [event]

    async def test_a_topic_of_a_plugin_arrives_where_somebody_subscribed_to_it(self) -> None:
        here, there = await self.make_two()
        told: list[object] = []
        there.subscribe(Reading, told.append)
        event = Reading("north", -3.25, {"a": (1, 2)})
        await here.publish(GestureQueued("s-1"))
        await here.publish(event)
        await until(lambda: told)
        assert told == [Reading("north", -3.25, {"a": (1, 2)})]

    async def test_everybody_is_told_once_and_those_of_the_own_process_before_publish_returns(self) -> None:
        here, there = await self.make_two()
        near: list[GestureQueued] = []
        far: list[GestureQueued] = []
        here.subscribe(GestureQueued, near.append)
        there.subscribe(GestureQueued, far.append)
        there.subscribe(GestureQueued, far.append)
        for number in range(50):
            await here.publish(GestureQueued(str(number)))
            assert len(near) == number + 1
        await self._settled(here, there)
        await self._settled(there, here)
        assert [event.session_id for event in near] == [str(number) for number in range(50)]
        assert [event.session_id for event in far] == [str(number) for number in range(50) for _ in range(2)]

    async def test_local_events_stay(self) -> None:
        here, there = await self.make_two()
        near: list[object] = []
        far: list[object] = []
        for topic in (Restarted, AnnouncementsMissed):
            here.subscribe(topic, near.append)
            there.subscribe(topic, far.append)
        events = [Restarted("of itself"), AnnouncementsMissed()]
        for event in events:
            await here.publish(event)
        await self._settled(here, there)
        assert near == events
        assert far == []

    async def test_nothing_is_missed_while_all_is_well(self) -> None:
        here, there = await self.make_two()
        told: list[object] = []
        here.subscribe(AnnouncementsMissed, told.append)
        there.subscribe(AnnouncementsMissed, told.append)
        for number in range(10):
            await here.publish(GestureQueued(str(number)))
        await self._settled(here, there)
        await asyncio.sleep(0.6)  # longer than the store would be looked at twice
        assert told == []

    async def test_an_event_that_cannot_travel_is_looked_for_in_the_store(self) -> None:
        here, there = await self.make_two()
        near: list[object] = []
        missed: list[object] = []
        here.subscribe(PropsUpdated, near.append)
        there.subscribe(AnnouncementsMissed, missed.append)
        event = PropsUpdated("s-1", {"text": "\ud800"}, 0, 1)
        await here.publish(event)
        assert near == [event]
        await until(lambda: missed)

    async def test_a_handler_that_fails_keeps_nobody_else_from_hearing_from_afar(self) -> None:
        here, there = await self.make_two()
        told: list[object] = []

        def fail(event: GestureQueued) -> None:
            raise RuntimeError(event.session_id)

        there.subscribe(GestureQueued, fail)
        there.subscribe(GestureQueued, told.append)
        await here.publish(GestureQueued("s-1"))
        await here.publish(GestureQueued("s-2"))
        await until(lambda: len(told) == 2)

    async def _settled(self, sender: Bus, receiver: Bus) -> None:
        """Whatever ``sender`` said before has arrived."""
        arrived: list[object] = []
        unsubscribe = receiver.subscribe(DefaultAppChosen, arrived.append)
        await sender.publish(DefaultAppChosen("settled"))
        await until(lambda: arrived)
        unsubscribe()

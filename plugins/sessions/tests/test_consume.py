"""``ggui_consume`` on the wire: wake-ups, leases, who gets what, and how it ends (spec 02 section 6.4, law 5)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from ggui_core import logs
from ggui_core.bus import GesturesDrained, SessionExpired, StreamEmitted
from ggui_core.consumers import ActiveConsumers
from ggui_core.http.calls import Handover
from ggui_core.protocol.session import Batch, DeliveryReceipt
from ggui_core.seams import GenerationFailed, SessionService
from ggui_core.setup import Setup
from ggui_core.stores import MemorySessionStore, SessionStore
from ggui_core.testing import FakeClock
from ggui_core.testing.waiting import PATIENCE_S
from ggui_sessions.assembly import Moments
from ggui_sessions.consuming import handover

from .serving import Agent, serving, until
from .stand_ins import Writer, plugin

REDELIVERED = "ai.ggui/redelivered"


def ids(output: dict[str, Any]) -> list[str]:
    """Action ids of an answer, in order."""
    return [event["actionId"] for event in output["events"]]


# Input


@pytest.mark.parametrize("timeout", [26, -1, 1.5, True, "5", None])
async def test_a_timeout_is_a_whole_number_up_to_25(timeout: object) -> None:
    async with serving() as agent:
        session_id = await agent.card()
        error = await agent.error("ggui_consume", {"sessionId": session_id, "timeout": timeout})
    assert error["code"] == "invalid_arguments"
    assert "timeout" in error["text"]


@pytest.mark.parametrize("timeout", [0, 25, 25.0])
async def test_these_are(timeout: float) -> None:
    async with serving() as agent:
        session_id = await agent.card()
        await agent.submit(session_id, "g1")
        output = await agent.ok("ggui_consume", {"sessionId": session_id, "timeout": timeout})
    assert ids(output) == ["g1"]


async def test_the_default_is_a_single_look() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        output = await agent.ok("ggui_consume", {"sessionId": session_id})
    assert output["events"] == []
    assert output["status"] == "active"


# Output


async def test_a_row_says_what_was_done_and_what_to_do_next() -> None:
    async with serving() as agent:
        session_id = await agent.card()
        context = {"filter": "open", "page_size": 20, "stray": 1}
        await agent.submit(session_id, "g1", {"id": "r1"}, ui_context=context)
        await agent.submit(session_id, "g2", None, intent="close")
        output = await agent.consume(session_id)
    assert output["events"] == [
        {
            "type": "action",
            "sessionId": session_id,
            "intent": "book",
            "actionData": {"id": "r1"},
            "uiContext": {"filter": "open", "page_size": 20},
            "actionId": "g1",
            "firedAt": "2026-09-01T10:00:04.120Z",
            "tool": "rooms_book",
        },
        {
            "type": "action",
            "sessionId": session_id,
            "intent": "close",
            "actionData": None,
            "uiContext": {},
            "actionId": "g2",
            "firedAt": "2026-09-01T10:00:04.120Z",
        },
    ]


async def test_gestures_come_once_in_order_and_all_at_once() -> None:
    async with serving() as agent:
        session_id = await agent.card()
        for number in range(5):
            await agent.submit(session_id, f"g{number}")
        first = await agent.consume(session_id)
        await agent.submit(session_id, "g3")  # a relay tries again
        second = await agent.consume(session_id)
    assert ids(first) == [f"g{number}" for number in range(5)]
    assert ids(second) == []


async def test_what_the_host_said_of_itself_comes_along() -> None:
    async with serving() as agent:
        session_id = await agent.card()
        service = agent.server.setup.get(SessionService)
        await service.observe_host(session_id, {"platform": "mobile", "locale": 5})
        output = await agent.consume(session_id)
    assert output["client"] == {"hostContext": {"platform": "mobile"}}


# Waiting, on a clock that never moves


@pytest.mark.spec("02 19.9")
async def test_a_parked_consumer_wakes_for_a_gesture_without_any_clock() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        for number in range(3):
            parked = await agent.parked(session_id)
            await agent.submit(session_id, f"g{number}")
            async with asyncio.timeout(PATIENCE_S):
                assert ids(await parked) == [f"g{number}"]


async def test_of_several_parked_consumers_one_gets_the_batch_and_the_others_wait_on() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        parked = [await agent.parked(session_id, count=count + 1) for count in range(4)]
        for number in range(4):
            await agent.submit(session_id, f"g{number}")
            done, pending = await asyncio.wait(
                parked, return_when=asyncio.FIRST_COMPLETED, timeout=PATIENCE_S
            )
            assert len(done) == 1
            assert ids(done.pop().result()) == [f"g{number}"]
            parked = list(pending)


async def test_gestures_of_another_session_wake_nobody() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        mine, other = await agent.card(), await agent.card()
        parked, elsewhere = await agent.parked(mine), await agent.parked(other)
        await agent.submit(other, "g1")
        assert ids(await elsewhere) == ["g1"]
        assert not parked.done()
        await agent.submit(mine, "g2")
        assert ids(await parked) == ["g2"]


async def test_the_deadline_ends_it_empty() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        parked = await agent.parked(session_id, timeout=10)
        await until(lambda: sleeping(clock, 2))
        await clock.advance(9.9)
        assert not parked.done()
        await clock.advance(0.1)
        output = await parked
    assert (output["events"], output["status"]) == ([], "active")


async def sleeping(clock: FakeClock, count: int) -> bool:
    """Whether so many wait for the clock; the sweeper is one of them."""
    return clock.sleepers >= count


async def test_shutdown_answers_a_parked_consumer_at_once() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        parked = await agent.parked(session_id)
        agent.server.setup.calls.shut_down()
        output = await parked
    assert (output["events"], output["status"]) == ([], "active")


# Presence


@pytest.mark.spec("02 18.7")
async def test_a_hang_up_frees_the_place_at_once() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        parked = await agent.parked(session_id)
        parked.cancel()
        consumers = agent.server.setup.get(ActiveConsumers)

        async def nobody_is_parked() -> bool:
            return (await consumers.attendance(session_id)).parked == 0

        await until(nobody_is_parked)
        assert (await agent.submit(session_id, "g1"))["consumerPresent"] is False
        assert ids(await agent.consume(session_id)) == ["g1"]


async def test_nothing_is_remembered_of_ids_that_somebody_made_up() -> None:
    async with serving() as agent:
        for number in range(5):
            await agent.error("ggui_consume", {"sessionId": f"made-up-{number}"})
        consumers = agent.server.setup.get(ActiveConsumers)
        assert not (await consumers.attendance("made-up-1")).ever


async def test_the_first_parked_consumer_is_announced_on_the_lifecycle_channel() -> None:
    told: list[StreamEmitted] = []
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        agent.server.setup.bus.subscribe(StreamEmitted, told.append)
        for number in range(2):
            parked = await agent.parked(session_id)
            await agent.submit(session_id, f"g{number}")
            await parked
    assert [event.emission.payload for event in told] == [
        {"kind": "consume_polling", "state": "open", "sessionId": session_id}
    ]


# Delivery of the answer (law 5)


async def held(agent: Agent, session_id: str) -> tuple[Handover, Batch]:
    """A batch in the hands of a consumer whose answer is on its way."""
    sessions = agent.server.setup.get(Moments).sessions
    batch = await sessions.store.lease(session_id, "on its way", sessions.now_ms())
    session = await agent.stored(session_id)
    return handover(sessions, session, batch, agent.server.setup.clock.now), batch


async def test_an_answer_that_was_written_is_announced() -> None:
    told: list[GesturesDrained] = []
    clock = FakeClock(start=1_800_000_000)
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        agent.server.setup.bus.subscribe(GesturesDrained, told.append)
        for action_id in ("g1", "g2"):
            parked = await agent.parked(session_id)
            sent = await agent.submit(session_id, action_id)
            assert sent["consumerPresent"] is True
            assert ids(await parked) == [action_id]
        await until(lambda: has(told, 2))
    assert told == [
        GesturesDrained(session_id, "builder", (action_id,), "2027-01-15T08:00:00.000Z")
        for action_id in ("g1", "g2")
    ]


@pytest.mark.parametrize(
    ("fired_at", "ms"),
    [
        ("2027-01-15T07:59:57.500Z", 2_500),
        ("2027-01-15T07:59:58.000Z", None),
        ("2027-01-15T09:00:00.000Z", None),
        ("soon", None),
        ("9999-99-99T00:00:00Z", None),
    ],
)
async def test_a_gesture_that_took_long_to_its_agent_is_a_line_in_the_log(
    fired_at: str, ms: int | None
) -> None:
    told: list[GesturesDrained] = []
    async with serving(clock=FakeClock(start=1_800_000_000)) as agent:
        logs.configure({}, cached=False)
        session_id = await agent.card()
        agent.server.setup.bus.subscribe(GesturesDrained, told.append)
        parked = await agent.parked(session_id)
        with capture_logs() as logged:
            await agent.submit(session_id, "g1", firedAt=fired_at)
            await parked
            await until(lambda: has(told, 1))
    logs.configure({"GGUI_LOG_LEVEL": "warning"}, cached=False)
    lines = [line for line in logged if line["event"] == "action_consume_slow"]
    assert [(line["session"], line["count"], line["ms"]) for line in lines] == (
        [] if ms is None else [(session_id, 1, ms)]
    )


async def has(told: list[GesturesDrained], count: int) -> bool:
    return len(told) >= count


async def test_an_answer_that_was_taken_settles_its_gestures() -> None:
    async with serving() as agent:
        session_id = await agent.card()
        await agent.submit(session_id, "g1")
        promise, _ = await held(agent, session_id)
        await promise.taken()
        assert await agent.server.setup.get(SessionStore).release_all() == 0
        assert ids(await agent.consume(session_id)) == []


@pytest.mark.spec("02 19.9")
async def test_an_answer_that_failed_wakes_another_consumer_with_its_gestures() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        sent = asyncio.create_task(agent.submit(session_id, "g1"))
        await until(lambda: sleeping(clock, 2))
        promise, batch = await held(agent, session_id)
        assert len(batch.gestures) == 1
        parked = await agent.parked(session_id)
        assert (await sent)["consumerPresent"] is True
        await promise.failed()
        async with asyncio.timeout(PATIENCE_S):
            assert ids(await parked) == ["g1"]


async def test_a_hang_up_after_the_answer_was_decided_costs_no_gesture() -> None:
    """The connection is cut in the moment in which the gesture wakes the consumer."""
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        for step in range(12):
            session_id = await agent.card()
            parked = await agent.parked(session_id)
            sent = asyncio.create_task(agent.submit(session_id, "g1"))
            for _ in range(step):
                await asyncio.sleep(0)
            if not parked.done():
                parked.cancel()
            outcome = (await asyncio.gather(parked, return_exceptions=True))[0]
            await sent
            if isinstance(outcome, dict) and ids(outcome):
                continue
            async with asyncio.timeout(PATIENCE_S):
                assert ids(await agent.consume(session_id, 25)) == ["g1"]


async def test_a_consumer_that_hung_up_before_it_leased_loses_nothing() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        gone = await agent.parked(session_id)
        stays = await agent.parked(session_id, count=2)
        gone.cancel()
        await agent.submit(session_id, "g1")
        async with asyncio.timeout(PATIENCE_S):
            assert ids(await stays) == ["g1"]


async def test_gestures_that_came_back_are_marked() -> None:
    async with serving() as agent:
        session_id = await agent.card()
        await agent.submit(session_id, "g1")
        store = agent.server.setup.get(SessionStore)
        batch = await store.lease(session_id, "crashed", 0)
        assert [gesture.action_id for gesture in batch.gestures] == ["g1"]
        await store.release_all()
        await agent.submit(session_id, "g2")
        result = await agent.call("ggui_consume", {"sessionId": session_id})
    assert ids(result["structuredContent"]) == ["g1", "g2"]
    assert result["_meta"] == {REDELIVERED: ["g1"]}


async def test_what_was_leased_when_the_server_died_is_back_after_its_start() -> None:
    store = MemorySessionStore()

    def provide(setup: Setup) -> None:
        setup.provide(SessionStore, store)

    durable = plugin("durable", provide=provide)
    async with serving((), durable) as agent:
        session_id = await agent.card()
        await agent.submit(session_id, "g1")
        await store.lease(session_id, "the one that died", 0)
    async with serving((), durable) as agent:
        result = await agent.call("ggui_consume", {"sessionId": session_id})
    assert ids(result["structuredContent"]) == ["g1"]
    assert result["_meta"] == {REDELIVERED: ["g1"]}


# The end of a session


async def test_after_its_time_a_session_gives_what_is_left_and_says_expired() -> None:
    clock = FakeClock()
    async with serving(clock=clock, settings={"ttlS": 60}) as agent:
        session_id = await agent.card()
        submitting = asyncio.create_task(agent.submit(session_id, "g1"))
        await until(lambda: sleeping(clock, 2))
        await clock.advance(61)
        await submitting
        assert ids(first := await agent.consume(session_id, 25)) == ["g1"]
        second = await agent.consume(session_id, 25)
    assert first["status"] == second["status"] == "expired"
    assert second["events"] == []


async def test_a_session_that_expires_while_somebody_is_parked_ends_it() -> None:
    clock = FakeClock()
    async with serving(clock=clock, settings={"ttlS": 20}) as agent:
        session_id = await agent.card()
        parked = await agent.parked(session_id)
        await until(lambda: sleeping(clock, 2))
        await clock.advance(20)
        async with asyncio.timeout(PATIENCE_S):
            output = await parked
    assert (output["events"], output["status"]) == ([], "expired")


async def test_a_session_that_is_used_meanwhile_does_not() -> None:
    clock = FakeClock()
    async with serving(clock=clock, settings={"ttlS": 20}) as agent:
        session_id = await agent.card()
        await noted(agent, session_id, DeliveryReceipt("painted", 1, "relay"))
        parked = await agent.parked(session_id)
        await until(lambda: sleeping(clock, 2))
        await clock.advance(15)
        await agent.ok("ggui_get_session", {"sessionId": session_id})
        await clock.advance(5)
        await until(lambda: sleeping(clock, 2))
        assert not parked.done()
        await clock.advance(5)
        output = await parked
    assert output["status"] == "active"


async def test_a_session_that_is_removed_while_somebody_is_parked_ends_it() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        parked = await agent.parked(session_id)
        await agent.server.setup.get(SessionStore).remove(session_id)
        await agent.server.setup.bus.publish(SessionExpired(session_id))
        async with asyncio.timeout(PATIENCE_S):
            output = await parked
    assert output == {"events": [], "status": "expired"}


# What the agent hears of the card's way (spec 08)


async def noted(agent: Agent, session_id: str, receipt: DeliveryReceipt) -> None:
    """What a view or a host says of the card."""
    await agent.server.setup.get(SessionService).note_delivery(session_id, receipt)


@pytest.mark.parametrize(
    ("receipt", "words"),
    [
        (None, "No host has fetched"),
        (DeliveryReceipt("read", 1, "resource"), "did not start"),
        (DeliveryReceipt("started", 1, "relay"), "nothing has been painted"),
    ],
)
async def test_an_agent_that_waits_hears_after_five_seconds_that_nothing_was_painted(
    receipt: DeliveryReceipt | None, words: str
) -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        if receipt is not None:
            await noted(agent, session_id, receipt)
        parked = await agent.parked(session_id)
        await until(lambda: sleeping(clock, 2))
        await clock.advance(4.9)
        await until(lambda: sleeping(clock, 2))
        assert not parked.done()
        await clock.advance(0.1)
        output = await parked
    assert (output["events"], output["status"]) == ([], "active")
    assert output["delivery"]["state"] == ("pending" if receipt is None else receipt.state)
    assert words in output["delivery"]["hint"]
    assert "in text" in output["delivery"]["hint"]


async def test_an_agent_that_waits_hears_at_once_of_a_card_that_failed() -> None:
    async with serving(clock=FakeClock()) as agent:
        session_id = await agent.card()
        parked = await agent.parked(session_id)
        await noted(agent, session_id, DeliveryReceipt("started", 1, "relay", "COMPONENT_RENDER_FAILED: no"))
        output = await parked
    assert output["delivery"]["error"] == "COMPONENT_RENDER_FAILED: no"
    assert "failed" in output["delivery"]["hint"]


async def test_each_failure_is_told_once_and_ends_the_waiting_once() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        hints = []
        for error in ("A: one", "A: one", "B: two"):
            await noted(agent, session_id, DeliveryReceipt("started", 1, "relay", error))
            hints.append("hint" in (await agent.consume(session_id))["delivery"])
        parked = await agent.parked(session_id)
        await until(lambda: sleeping(clock, 2))
        await clock.advance(6)
        await until(lambda: sleeping(clock, 2))
        assert not parked.done()
        await agent.submit(session_id, "g1")
        output = await parked
    assert hints == [True, False, True]
    assert ids(output) == ["g1"]


async def test_a_card_that_breaks_after_it_was_seen_is_told_of() -> None:
    async with serving(clock=FakeClock()) as agent:
        session_id = await agent.card()
        await noted(agent, session_id, DeliveryReceipt("painted", 1, "relay"))
        parked = await agent.parked(session_id)
        await noted(agent, session_id, DeliveryReceipt("painted", 1, "relay", "it broke"))
        output = await parked
        await noted(agent, session_id, DeliveryReceipt("painted", 2, "relay"))
        mended = await agent.consume(session_id)
    assert (output["delivery"]["state"], output["delivery"]["error"]) == ("painted", "it broke")
    assert "was there and then failed" in output["delivery"]["hint"]
    assert "error" not in mended["delivery"]


async def test_a_card_that_a_host_comes_for_later_has_its_time_from_then() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        await clock.advance(60)
        now_ms = int(clock.now() * 1000)
        await noted(agent, session_id, DeliveryReceipt("read", now_ms, "resource"))
        await clock.advance(4)
        early = await agent.consume(session_id)
        await clock.advance(1)
        late = await agent.consume(session_id)
    assert "hint" not in early["delivery"]
    assert "did not start" in late["delivery"]["hint"]


async def test_a_card_that_nobody_sees_is_told_of_once() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        early = await agent.consume(session_id)
        await clock.advance(5)
        late = await agent.consume(session_id)
        later = await agent.consume(session_id)
        other = await agent.card()
        await clock.advance(5)
        of_another = await agent.consume(other)
    assert early["delivery"]["state"] == "pending"
    assert "hint" not in early["delivery"]
    assert "in text" in late["delivery"]["hint"]
    assert "hint" not in later["delivery"]
    assert "hint" in of_another["delivery"]


@pytest.mark.parametrize(
    ("receipt", "hinted"),
    [
        (DeliveryReceipt("read", 1, "resource"), True),
        (DeliveryReceipt("started", 1, "ws", error="import failed"), True),
        (DeliveryReceipt("painted", 1, "relay"), False),
        (DeliveryReceipt("touched", 1, "relay"), False),
    ],
)
async def test_a_card_that_got_stuck_is_told_of_too(receipt: DeliveryReceipt, hinted: bool) -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        await agent.server.setup.get(SessionService).note_delivery(session_id, receipt)
        await clock.advance(6)
        output = await agent.consume(session_id)
    assert output["delivery"]["state"] == receipt.state
    assert output["delivery"]["rung"] == receipt.rung
    assert output["delivery"].get("error") == receipt.error
    assert output["delivery"]["at"] == "1970-01-01T00:00:00.001Z"
    assert ("hint" in output["delivery"]) is hinted


async def test_a_failed_render_has_no_delivery() -> None:
    async with serving(Writer(fails=GenerationFailed("no"))) as agent:
        agreed = await agent.handshake()
        arguments = {"handshakeId": agreed["handshakeId"], "props": {"title": "x"}}
        failed = await agent.call("ggui_render", arguments)
        output = await agent.consume(failed["structuredContent"]["sessionId"])
    assert "delivery" not in output


# Many at once


async def test_many_submitters_many_consumers_and_hang_ups() -> None:
    """Each gesture arrives; twice only when marked; each submitter's in order at any one consumer."""
    submitters, gestures = 16, 20
    async with serving() as agent:
        session_id = await agent.card()
        received: list[list[str]] = []
        again: set[str] = set()
        done = asyncio.Event()

        async def consume() -> None:
            mine: list[str] = []
            received.append(mine)
            while not done.is_set():
                result = await agent.call("ggui_consume", {"sessionId": session_id, "timeout": 1})
                mine += ids(result["structuredContent"])
                again.update(result.get("_meta", {}).get(REDELIVERED, ()))

        async def hang_up() -> None:
            own = Agent(agent.server)
            while not done.is_set():
                call = asyncio.create_task(own.consume(session_id, 5))
                await asyncio.sleep(0.01)
                if not call.done():
                    call.cancel()
                outcome = (await asyncio.gather(call, return_exceptions=True))[0]
                if isinstance(outcome, dict):
                    received.append(ids(outcome))

        async def submit(number: int) -> None:
            for step in range(gestures):
                answer = await agent.submit(session_id, f"{number}-{step:03d}")
                assert answer["ok"], answer

        consuming = [asyncio.create_task(consume()) for _ in range(4)]
        hanging = asyncio.create_task(hang_up())
        async with asyncio.timeout(5 * PATIENCE_S):
            await asyncio.gather(*(submit(number) for number in range(submitters)))
            await until(lambda: all_came(received, submitters * gestures))
        done.set()
        await asyncio.gather(hanging, *consuming)
    everything = [action_id for batch in received for action_id in batch]
    twice = {action_id for action_id in everything if everything.count(action_id) > 1}
    assert twice <= again
    for batch in received:
        for number in range(submitters):
            own = [
                action_id
                for action_id in batch
                if action_id.startswith(f"{number}-") and action_id not in again
            ]
            assert own == sorted(own)


async def all_came(received: list[list[str]], count: int) -> bool:
    return len({action_id for batch in received for action_id in batch}) == count

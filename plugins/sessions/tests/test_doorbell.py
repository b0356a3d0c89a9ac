"""Ruling 10: how long a gesture waits for a consumer before it answers that nobody listens."""

from __future__ import annotations

import asyncio

import pytest

from ggui_core.consumers import ActiveConsumers, Attendance
from ggui_core.testing import FakeClock
from ggui_sessions.doorbell import patience_s

from .serving import Agent, serving, until

NOW = 1_000.0


@pytest.mark.parametrize(
    ("known", "seconds"),
    [
        (Attendance(), 0.5),
        (Attendance(missed=True), 0.0),
        (Attendance(agent_seen_at=NOW - 1.9), 2.0),
        (Attendance(agent_seen_at=NOW - 2.0), 0.5),
        (Attendance(agent_seen_at=NOW - 1.9, missed=True), 0.0),
        (Attendance(ever=True, left_at=NOW - 9.9, left_with_events=True), 2.0),
        (Attendance(ever=True, left_at=NOW - 10.0, left_with_events=True), 0.0),
        (Attendance(ever=True, left_at=NOW - 0.1, left_with_events=True, missed=True), 0.0),
        (Attendance(ever=True, left_at=NOW - 0.1, left_with_events=False), 0.0),
        (Attendance(ever=True, left_at=NOW - 0.1, left_with_events=False, agent_seen_at=NOW - 0.1), 2.0),
    ],
)
def test_patience(known: Attendance, seconds: float) -> None:
    assert patience_s(known, NOW) == seconds


class Bell:
    """A gesture on its way, on a clock that only the test moves."""

    def __init__(self, agent: Agent, clock: FakeClock, session_id: str) -> None:
        self.agent, self.clock, self.session_id = agent, clock, session_id
        self.count = 0

    async def rung(self) -> asyncio.Task[dict[str, object]]:
        """A gesture that was sent, once it waits for a consumer."""
        self.count += 1
        before = self.clock.sleepers
        sent = asyncio.create_task(self.agent.submit(self.session_id, f"g{self.count}"))

        async def waits() -> bool:
            return sent.done() or self.clock.sleepers > before

        await until(waits)
        return sent

    async def answered_after(self, seconds: float) -> object:
        """``consumerPresent`` of a gesture that is answered after exactly so long."""
        sent = await self.rung()
        if seconds:
            await self.clock.advance(seconds - 0.001)
            await asyncio.sleep(0.02)
            assert not sent.done()
            await self.clock.advance(0.002)
        answer = await sent
        assert answer["ok"] is True
        return answer["consumerPresent"]


async def drained(agent: Agent, session_id: str, timeout: int = 0) -> int:
    """How many gestures one consume returned."""
    return len((await agent.consume(session_id, timeout))["events"])


@pytest.mark.spec("02 19.10", "01 22.7")
async def test_only_an_agent_that_is_expected_back_is_waited_for() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        bell = Bell(agent, clock, session_id)
        # Nobody ever came: half a second, and nothing after the first miss.
        assert await bell.answered_after(0.5) is False
        assert await bell.answered_after(0) is False
        # A consumer that left with gestures is expected back for ten seconds.
        assert await drained(agent, session_id) == 2
        await clock.advance(5)
        assert await bell.answered_after(2) is False
        assert await bell.answered_after(0) is False
        # One that left with gestures long ago is not.
        assert await drained(agent, session_id) == 2
        await clock.advance(11)
        assert await bell.answered_after(0) is False
        # One that ran to its end empty is not either.
        assert await drained(agent, session_id) == 1
        assert await drained(agent, session_id) == 0
        assert await bell.answered_after(0) is False
        # But whoever works on the session is.
        assert await drained(agent, session_id) == 1
        assert await drained(agent, session_id) == 0
        await agent.ok("ggui_get_session", {"sessionId": session_id})
        await clock.advance(1)
        assert await bell.answered_after(2) is False


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("ggui_get_session", {}),
        ("ggui_update", {"kind": "merge", "patch": {"title": "new"}}),
        ("ggui_update", {"kind": "merge", "patch": {}}),
        ("ggui_amend", {"kind": "merge", "patch": {"title": "new"}}),
        ("ggui_emit", {"channel": "ticks", "payload": {"n": 1}}),
    ],
)
async def test_an_owner_at_work_is_waited_for(tool: str, arguments: dict[str, object]) -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        await agent.ok(tool, {"sessionId": session_id, **arguments})
        assert await Bell(agent, clock, session_id).answered_after(2) is False


async def test_a_parked_consumer_is_present_at_once() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        parked = await agent.parked(session_id)
        assert (await agent.submit(session_id, "g1"))["consumerPresent"] is True
        assert len((await parked)["events"]) == 1


@pytest.mark.spec("02 18.8", "01 22.7")
async def test_a_consumer_that_comes_in_time_is_present() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        sent = await Bell(agent, clock, session_id).rung()
        assert len((await agent.consume(session_id))["events"]) == 1
        assert (await sent)["consumerPresent"] is True
        attendance = await agent.server.setup.get(ActiveConsumers).attendance(session_id)
        assert not attendance.missed


async def test_other_kinds_say_nothing_about_consumers() -> None:
    async with serving() as agent:
        session_id = await agent.card()
        for kind, payload in (
            ("openLink", {"url": "https://x"}),
            ("requestDisplayMode", {"mode": "pip"}),
            ("zoom", {}),
        ):
            answer = await agent.ok(
                "ggui_runtime_submit_action",
                {
                    "kind": kind,
                    "payload": payload,
                    "sessionId": session_id,
                    "appId": "builder",
                    "actionId": kind,
                    "firedAt": "now",
                },
            )
            assert answer == {"ok": True}

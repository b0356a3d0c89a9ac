"""One clock for each session, and what becomes of those whose time is up (ruling 8)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ggui_core.bus import SessionExpired
from ggui_core.consumers import ActiveConsumers
from ggui_core.seams import SessionService
from ggui_core.stores import SessionStore
from ggui_core.testing import FakeClock

from .serving import APP, Agent, serving, until

Use = Callable[[Agent, str], Awaitable[object]]


def tool(name: str, **arguments: Any) -> Use:
    """A use of a session by a tool."""

    async def use(agent: Agent, session_id: str) -> object:
        return await agent.ok(name, {"sessionId": session_id, **arguments})

    return use


async def submit(agent: Agent, session_id: str) -> object:
    # Somebody listens, so that the answer does not wait for a clock that stands still.
    await agent.server.setup.get(ActiveConsumers).arrive(session_id)
    try:
        return await agent.submit(session_id, "g1")
    finally:
        await agent.server.setup.get(ActiveConsumers).leave(session_id, with_events=False)


async def read(agent: Agent, session_id: str) -> object:
    return await agent.read(f"ui://ggui/render/{session_id}")


async def service(agent: Agent, session_id: str) -> object:
    return await agent.server.setup.get(SessionService).session(session_id, None)


async def viewer(agent: Agent, session_id: str) -> object:
    short_code = (await agent.stored(session_id)).short_code
    return await agent.server.setup.get(SessionService).by_short_code(short_code)


USES = {
    "update": tool("ggui_update", kind="merge", patch={"title": "x"}),
    "update without a change": tool("ggui_update", kind="merge", patch={}),
    "amend": tool("ggui_amend", kind="merge", patch={"title": "x"}),
    "emit": tool("ggui_emit", channel="ticks", payload={"n": 1}),
    "consume": tool("ggui_consume"),
    "get_session": tool("ggui_get_session"),
    "sync_context": tool("ggui_runtime_sync_context", appId=APP, snapshot={}),
    "telemetry": tool("ggui_runtime_telemetry", events=[{"at": 1, "kind": "delivery.painted"}]),
    "submit_action": submit,
    "resources/read": read,
    "service": service,
    "viewer": viewer,
}


@pytest.mark.spec("02 19.8")
@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
async def test_every_use_of_a_session_starts_its_hour_again(use: Use) -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        await clock.advance(3_599)
        await use(agent, session_id)
        session = await agent.stored(session_id)
        assert session.expires_at_ms == int(clock.now() * 1000) + 3_600_000
        assert session.last_activity_at_ms == int(clock.now() * 1000)
        await clock.advance(3_599)
        await agent.ok("ggui_get_session", {"sessionId": session_id})


async def test_listing_is_no_use() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        before = await agent.stored(session_id)
        await clock.advance(100)
        await agent.ok("ggui_list_sessions", {})
        assert await agent.stored(session_id) == before


async def test_within_a_second_nothing_is_written() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        before = await agent.stored(session_id)
        await clock.advance(0.5)
        await agent.ok("ggui_get_session", {"sessionId": session_id})
        assert await agent.stored(session_id) == before


GONE: dict[str, dict[str, Any]] = {
    "ggui_update": {"kind": "merge", "patch": {}},
    "ggui_amend": {"kind": "merge", "patch": {}},
    "ggui_emit": {"channel": "ticks", "payload": {"n": 1}},
    "ggui_get_session": {},
}


@pytest.mark.parametrize("name", GONE)
async def test_after_its_time_a_session_is_not_found(name: str) -> None:
    clock = FakeClock()
    async with serving(clock=clock, settings={"ttlS": 100}) as agent:
        session_id = await agent.card()
        await clock.advance(100)
        error = await agent.error(name, {"sessionId": session_id, **GONE[name]})
        refused = await agent.submit(session_id, "g1")
        synced = await agent.ok(
            "ggui_runtime_sync_context", {"sessionId": session_id, "appId": APP, "snapshot": {}}
        )
        assert await service(agent, session_id) is None
        assert await viewer(agent, session_id) is None
    assert error["code"] == "session_not_found"
    assert refused["code"] == "PIPE_NOT_FOUND"
    assert synced["code"] == "SESSION_NOT_FOUND"


async def test_a_hard_end_is_not_moved() -> None:
    clock = FakeClock()
    async with serving(clock=clock, settings={"ttlS": 60, "maxLifetimeS": 100}) as agent:
        session_id = await agent.card()
        for _ in range(3):
            await clock.advance(33)
            await agent.ok("ggui_get_session", {"sessionId": session_id})
        await clock.advance(1)
        assert (await agent.error("ggui_get_session", {"sessionId": session_id}))[
            "code"
        ] == "session_not_found"


# The sweeper


async def swept(clock: FakeClock, agent: Agent, session_id: str) -> bool:
    return await agent.server.setup.get(SessionStore).session(session_id, None) is None


@pytest.mark.spec("02 19.8")
async def test_what_nobody_can_revive_any_more_is_removed_and_announced() -> None:
    clock = FakeClock()
    told: list[SessionExpired] = []
    settings = {"ttlS": 60, "keepExpiredS": 30, "sweepS": 10}
    async with serving(clock=clock, settings=settings) as agent:
        agent.server.setup.bus.subscribe(SessionExpired, told.append)
        session_id = await agent.card()
        await agent.consume(session_id)
        await clock.advance(60)
        kept = await agent.card()
        await clock.advance(30)
        assert not await swept(clock, agent, session_id)
        for _ in range(2):
            await clock.advance(10)
        await until(lambda: swept(clock, agent, session_id))
        assert not await swept(clock, agent, kept)
        consumers = agent.server.setup.get(ActiveConsumers)
        assert not (await consumers.attendance(session_id)).ever
        error = await agent.error("ggui_consume", {"sessionId": session_id})
    assert told == [SessionExpired(session_id)]
    assert error["code"] == "session_not_found"


async def test_a_long_absence_is_swept_in_batches() -> None:
    clock = FakeClock()
    contract: dict[str, Any] = {}
    async with serving(clock=clock, settings={"ttlS": 10, "keepExpiredS": 0, "sweepS": 5}) as agent:
        for _ in range(230):
            await agent.card(contract, {})
        listed = await agent.ok("ggui_list_sessions", {"limit": 200})
        assert len(listed["sessions"]) == 200
        await clock.advance(11)

        async def none_are_left() -> bool:
            return (await agent.ok("ggui_list_sessions", {}))["sessions"] == []

        await until(none_are_left)

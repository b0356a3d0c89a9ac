"""A render that is asked for twice is done once and answered twice (spec 02 section 19, row 21)."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from hashlib import sha256
from types import ModuleType
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

from ggui_core.bus import Bus, LocalBus
from ggui_core.clock import SystemClock
from ggui_core.protocol.session import Component
from ggui_core.seams import GenerationFailed
from ggui_core.setup import Setup
from ggui_core.stores import (
    CodeStore,
    KeyValueStore,
    MemoryCodeStore,
    MemoryKeyValueStore,
    MemorySessionStore,
    SessionLimits,
    SessionStore,
)
from ggui_core.testing import FakeClock
from ggui_core.testing import until as met
from ggui_sessions.idempotency import CLAIM_S, REMEMBERED_S

from .serving import APP, ERROR, PROPS, SLICE, Agent, serving, until
from .stand_ins import Library, Writer, plugin, storing
from .test_render import OTHER, held, is_open, nothing_runs, sessions_are

KEY = "order-17"


async def arguments(agent: Agent, key: str = KEY, **more: Any) -> dict[str, Any]:
    """A call of ``ggui_render`` with a fresh handshake."""
    agreed = await agent.handshake()
    return {"handshakeId": agreed["handshakeId"], "props": PROPS, "idempotencyKey": key, **more}


def without_slice(result: dict[str, Any]) -> dict[str, Any]:
    """What does not carry tokens of the moment."""
    return {**result, "_meta": {name: value for name, value in result["_meta"].items() if name != SLICE}}


async def arrived(agent: Agent, tasks: int) -> None:
    """So many tasks of handlers run, and have come to where they wait."""
    await met(lambda: agent.server.setup.calls.tasks == tasks)
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.spec("02 19.21")
async def test_the_same_call_gets_the_same_session() -> None:
    writer = Writer(notice="Set a key for a richer card.")
    async with serving(writer) as agent:
        call = await arguments(agent)
        first, second = await agent.call("ggui_render", call), await agent.call("ggui_render", call)
        listed = await agent.ok("ggui_list_sessions", {})
    assert not first["isError"]
    assert without_slice(second) == without_slice(first)
    assert second["_meta"][SLICE]["sessionId"] == first["structuredContent"]["sessionId"]
    assert second["structuredContent"]["cache"]["reason"] == writer.notice
    assert (len(writer.asked), len(listed["sessions"])) == (1, 1)


async def test_a_repeated_hit_is_told_as_a_hit() -> None:
    shelf = Library()
    async with serving(Writer(), storing(shelf)) as agent:
        await agent.render()
        call = await arguments(agent)
        first, second = await agent.ok("ggui_render", call), await agent.ok("ggui_render", call)
    assert first["cache"]["hit"] is True
    assert second == first


async def test_the_order_of_members_is_no_difference() -> None:
    async with serving() as agent:
        call = await arguments(agent)
        first = await agent.ok("ggui_render", call)
        turned = {**call, "props": dict(reversed(PROPS.items()))}
        assert (await agent.ok("ggui_render", turned))["sessionId"] == first["sessionId"]


@pytest.mark.parametrize("change", ["props", "handshakeId", "themeId", "override"])
async def test_one_key_stands_for_one_call(change: str) -> None:
    async with serving() as agent:
        call = await arguments(agent)
        await agent.ok("ggui_render", call)
        other = {
            "props": {"props": {"title": "Others"}},
            "handshakeId": {"handshakeId": (await agent.handshake())["handshakeId"]},
            "themeId": {"themeId": "dusk"},
            "override": {"override": {"variance": {"persona": "poet"}}},
        }[change]
        error = await agent.error("ggui_render", {**call, **other})
        if change == "handshakeId":
            assert await is_open(agent, other["handshakeId"])
    assert error["text"].startswith("idempotency_conflict: ")
    assert error["code"] == "idempotency_conflict"
    assert error["hint"]
    assert error["retryable"] is False


async def test_keys_of_different_callers_are_different() -> None:
    async with serving() as agent:
        bob, eve = Agent(agent.server, "user:shop:bob"), Agent(agent.server, "user:shop:eve")
        stranger = Agent(agent.server, "app:meadow")
        ids = {
            (await one.ok("ggui_render", await arguments(one)))["sessionId"]
            for one in (agent, bob, eve, stranger)
        }
        call = await arguments(bob, "bobs")
        await bob.ok("ggui_render", call)
        assert (await eve.error("ggui_render", call))["code"] == "handshake_not_found"
    assert len(ids) == 4


@pytest.mark.parametrize("key", ["", "k" * 129, 7])
async def test_a_key_is_a_short_text(key: Any) -> None:
    async with serving() as agent:
        error = await agent.error("ggui_render", {**await arguments(agent), "idempotencyKey": key})
    assert error["code"] == "invalid_arguments"
    assert "idempotencyKey" in error["text"]


async def test_a_failure_before_the_render_is_not_remembered() -> None:
    async with serving() as agent:
        call = await arguments(agent)
        refused = await agent.error("ggui_render", {**call, "props": {}})
        output = await agent.ok("ggui_render", call)
    assert refused["code"] == "contract_violation"
    assert output["sessionId"]


async def test_nobody_who_writes_is_not_remembered_either() -> None:
    writer = Writer(willing=False)
    async with serving(writer) as agent:
        call = await arguments(agent)
        refused = await agent.call("ggui_render", call)
        writer.willing = True
        output = await agent.ok("ggui_render", call)
    assert refused["structuredContent"]["error"]["code"] == "NO_CREDENTIALS"
    assert output["sessionId"]


async def test_a_failed_generation_is_told_again() -> None:
    writer = Writer(fails=GenerationFailed("The model refused.", hint="Ask for less."))
    async with serving(writer) as agent:
        call = await arguments(agent)
        first, second = await agent.call("ggui_render", call), await agent.call("ggui_render", call)
    assert first["isError"]
    assert "Ask for less." in first["content"][0]["text"]
    assert second == first
    assert len(writer.asked) == 1


async def test_a_call_that_is_repeated_while_it_runs_waits_for_it() -> None:
    writer = Writer()
    writer.held.clear()
    async with serving(writer) as agent:
        call = await arguments(agent)
        calls = [asyncio.create_task(agent.call("ggui_render", call)) for _ in range(5)]
        await until(lambda: held(writer))
        conflict = await agent.error("ggui_render", {**call, "themeId": "dusk"})
        writer.held.set()
        results = await asyncio.gather(*calls)
        listed = await agent.ok("ggui_list_sessions", {})
    assert conflict["code"] == "idempotency_conflict"
    assert len({result["structuredContent"]["sessionId"] for result in results}) == 1
    assert (len(writer.asked), len(listed["sessions"])) == (1, 1)


async def test_two_calls_with_one_key_at_once_are_one_render_and_one_conflict() -> None:
    async with serving() as agent:
        calls = [await arguments(agent), await arguments(agent)]
        results = await asyncio.gather(*(agent.call("ggui_render", call) for call in calls))
        kept = [await is_open(agent, call["handshakeId"]) for call in calls]
    failed = [result["isError"] for result in results]
    assert sorted(failed) == [False, True]
    assert kept == failed
    refused = results[failed.index(True)]
    assert refused["_meta"][ERROR]["code"] == "idempotency_conflict"


async def test_who_repeats_a_call_and_hangs_up_the_first_one_loses_nothing() -> None:
    writer = Writer()
    writer.held.clear()
    async with serving(writer) as agent:
        call = await arguments(agent)
        first = asyncio.create_task(agent.call("ggui_render", call))
        await until(lambda: held(writer))
        calls = agent.server.setup.calls
        of_one = calls.tasks
        second = asyncio.create_task(agent.call("ggui_render", call))
        await arrived(agent, 2 * of_one)
        first.cancel()
        await met(lambda: len(calls) == 1)
        writer.held.set()
        result = await second
        listed = await agent.ok("ggui_list_sessions", {})
    assert not result["isError"]
    assert writer.cancelled == 0
    assert [row["sessionId"] for row in listed["sessions"]] == [result["structuredContent"]["sessionId"]]


async def test_when_all_of_them_leave_the_handshake_is_given_back() -> None:
    writer = Writer()
    writer.held.clear()
    async with serving(writer) as agent:
        call = await arguments(agent)
        calls = [asyncio.create_task(agent.call("ggui_render", call)) for _ in range(3)]
        await until(lambda: held(writer))
        for one in calls:
            one.cancel()
        await until(lambda: nothing_runs(writer))
        await until(lambda: sessions_are(agent, 0))
        assert await is_open(agent, call["handshakeId"])
        writer.held.set()
        output = await agent.ok("ggui_render", call)
    assert output["sessionId"]
    assert writer.cancelled == 1


@pytest.mark.spec("02 19.21")
async def test_a_key_is_forgotten_after_ten_minutes() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        first = await agent.ok("ggui_render", await arguments(agent))
        await clock.advance(REMEMBERED_S)
        second = await agent.ok("ggui_render", await arguments(agent))
    assert second["sessionId"] != first["sessionId"]


async def test_a_session_that_ended_says_nothing_any_more() -> None:
    clock = FakeClock()
    async with serving(clock=clock, settings={"ttlS": 60}) as agent:
        call = await arguments(agent)
        await agent.ok("ggui_render", call)
        await clock.advance(61)
        error = await agent.error("ggui_render", call)
    assert error["code"] == "handshake_not_found"


async def test_a_call_that_hung_up_at_any_moment_can_be_repeated() -> None:
    async with serving() as agent:
        for step in range(40):
            call = await arguments(agent, f"key-{step}")
            gone = asyncio.create_task(agent.call("ggui_render", call))
            for _ in range(step):
                await asyncio.sleep(0)
            gone.cancel()
            output = await agent.ok("ggui_render", call)
            again = await agent.ok("ggui_render", call)
            assert again["sessionId"] == output["sessionId"]
        await until(lambda: sessions_are(agent, 40))


async def test_a_note_that_cannot_be_brought_up_to_date_fails_no_render() -> None:
    class Full(MemoryKeyValueStore):
        """Has room for the first note only."""

        async def set(self, key: str, value: bytes, *, ttl_s: float | None = None) -> None:
            if await self.get(key) is not None:
                raise OSError("no space left")
            await super().set(key, value, ttl_s=ttl_s)

        async def delete(self, key: str) -> None:
            raise OSError("no space left")

    def provide(setup: Setup) -> None:
        setup.provide(KeyValueStore, Full(SystemClock()))

    async with serving(Writer(notice="Set a key."), plugin("full", provide=provide)) as agent:
        call = await arguments(agent)
        with capture_logs():
            first, second = await agent.ok("ggui_render", call), await agent.ok("ggui_render", call)
    assert (first["sessionId"], first["cache"]["reason"]) == (second["sessionId"], "Set a key.")


# Replicas


class Shared:
    """The stores and the bus that replicas have in common."""

    def __init__(self) -> None:
        clock = SystemClock()
        self.bus = LocalBus()
        self.parts: dict[type, object] = {
            KeyValueStore: MemoryKeyValueStore(clock),
            SessionStore: MemorySessionStore(SessionLimits()),
            CodeStore: MemoryCodeStore(),
            Bus: self.bus,
        }

    def plugin(self) -> ModuleType:
        """Provides them to one replica."""

        def provide(setup: Setup) -> None:
            for protocol, part in self.parts.items():
                setup.provide(protocol, part)

        return plugin("shared", provide=provide)


async def replicas(stack: AsyncExitStack, *writers: Writer, **options: Any) -> list[Agent]:
    """Servers that share everything but their process."""
    shared = Shared()
    return [
        await stack.enter_async_context(serving(writer, shared.plugin(), **options)) for writer in writers
    ]


async def test_a_call_that_is_repeated_at_another_replica_waits_there() -> None:
    writer, other = Writer(), Writer()
    writer.held.clear()
    async with AsyncExitStack() as stack:
        here, there = await replicas(stack, writer, other)
        call = await arguments(here)
        first = asyncio.create_task(here.call("ggui_render", call))
        await until(lambda: held(writer))
        second = asyncio.create_task(there.call("ggui_render", call))
        conflict = await there.error("ggui_render", {**call, "themeId": "dusk"})
        await arrived(there, here.server.setup.calls.tasks)
        writer.held.set()
        results = await asyncio.gather(first, second)
        late = await there.call("ggui_render", call)
    assert conflict["code"] == "idempotency_conflict"
    assert len({result["structuredContent"]["sessionId"] for result in (*results, late)}) == 1
    assert (len(writer.asked), len(other.asked)) == (1, 0)


async def test_a_replica_takes_over_when_the_first_caller_left_the_other() -> None:
    writer, other = Writer(), Writer()
    writer.held.clear()
    async with AsyncExitStack() as stack:
        here, there = await replicas(stack, writer, other)
        call = await arguments(here)
        first = asyncio.create_task(here.call("ggui_render", call))
        await until(lambda: held(writer))
        second = asyncio.create_task(there.call("ggui_render", call))
        await arrived(there, here.server.setup.calls.tasks)
        first.cancel()
        result = await second
        listed = await there.ok("ggui_list_sessions", {})
    assert not result["isError"], result
    assert len(other.asked) == 1
    assert [row["sessionId"] for row in listed["sessions"]] == [result["structuredContent"]["sessionId"]]


async def test_many_at_once_on_two_replicas_are_one_render() -> None:
    writers = Writer(), Writer()
    async with AsyncExitStack() as stack:
        agents = await replicas(stack, *writers)
        call = await arguments(agents[0])
        results = await asyncio.gather(*(agent.call("ggui_render", call) for agent in agents * 4))
    assert [result["isError"] for result in results] == [False] * 8
    assert len({result["structuredContent"]["sessionId"] for result in results}) == 1
    assert sum(len(writer.asked) for writer in writers) == 1


async def test_a_claim_of_a_replica_that_died_is_over_soon() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        call = await arguments(agent)
        named = orjson.dumps([APP, None, call["idempotencyKey"]])
        claim = f"sessions:idempotency:{sha256(named).hexdigest()}:claim"
        assert await agent.server.setup.get(KeyValueStore).increment(claim, ttl_s=CLAIM_S) == 1
        before = clock.sleepers
        rendering = asyncio.create_task(agent.ok("ggui_render", call))
        waited = 0.0
        while True:
            await met(lambda: rendering.done() or clock.sleepers > before)
            if rendering.done():
                break
            await clock.advance(0.25)
            waited += 0.25
        output = await rendering
    assert output["sessionId"]
    assert CLAIM_S <= waited <= CLAIM_S + 0.5


async def test_a_render_that_never_ends_elsewhere_is_not_waited_for_for_ever() -> None:
    """Its replica died after it had opened the session."""
    clock = FakeClock()
    async with serving(clock=clock, settings={"generationTimeoutS": 30}) as agent:
        call = await arguments(agent)
        output = await agent.ok("ggui_render", call)
        store = agent.server.setup.get(SessionStore)
        session = await agent.stored(output["sessionId"])
        assert isinstance(session.component, Component)
        await store.remove(session.id)
        agreed = await agent.handshake()
        assert await store.open(
            agreed["handshakeId"], replace(session, component=None), int(clock.now() * 1000)
        )
        before = clock.sleepers
        asking = asyncio.create_task(agent.error("ggui_render", call))
        await met(lambda: clock.sleepers > before)
        await clock.advance(30)
        error = await asking
    assert (error["code"], error["retryable"]) == ("idempotency_pending", True)


async def test_an_override_that_is_repeated() -> None:
    async with serving() as agent:
        call = await arguments(agent, override={"contract": OTHER}, props={"n": 1})
        first, second = await agent.ok("ggui_render", call), await agent.ok("ggui_render", call)
    assert second == first

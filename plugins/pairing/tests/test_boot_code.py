"""The code that a start prints, where several machines start one server."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

import ggui_pairing.plugin as pairing
from ggui_core import hookimpl
from ggui_core.setup import Setup
from ggui_core.stores import KeyValueStore, MemoryKeyValueStore
from ggui_core.testing import Booted, FakeClock, booted
from ggui_core.workers import SharedState
from ggui_pairing.boot_code import TURN_S


class Shared:
    """What the machines of one server share, and what one knows of the others."""

    def __init__(self, clock: FakeClock) -> None:
        self.values = MemoryKeyValueStore(clock)
        self.others_live = False

    async def has_company(self) -> bool:
        return self.others_live

    @property
    def plugin(self) -> ModuleType:
        def provide(setup: Setup) -> None:
            setup.provide(KeyValueStore, self.values)
            setup.contribute(SharedState, SharedState("storage", self.has_company))

        module = ModuleType("shared")
        members = {"PLUGIN_API": 1, "PLUGIN_NAME": "shared", "ggui_provide": hookimpl(provide)}
        vars(module).update(members)
        return module


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def shared(clock: FakeClock) -> Shared:
    return Shared(clock)


def machine(shared: Shared, clock: FakeClock) -> Any:
    return booted([shared.plugin, pairing], clock=clock)


def code_of(server: Booted) -> str | None:
    """The code in the first lines that the server printed."""
    said = [line.split()[1] for line in server.stdout if line.startswith("PAIR_CODE")]
    return said[0] if said else None


async def pairs(server: Booted, code: str | None) -> bool:
    body = {"code": code, "deviceName": "phone"}
    async with server.client.post(server.base_url + "/pair", json=body) as answer:
        return answer.status == 200


async def test_a_replica_that_joins_leaves_the_printed_code_valid(shared: Shared, clock: FakeClock) -> None:
    async with machine(shared, clock) as first:
        code = code_of(first)
        shared.others_live = True
        await clock.advance(TURN_S)
        async with machine(shared, clock) as second:
            assert code_of(second) is None
            assert any("POST /admin/pair/init" in line for line in second.stdout), "and says how to get one"
            assert await pairs(second, code)
        async with machine(shared, clock) as third:
            assert code_of(third) not in (None, code), "the first was used"


async def test_of_two_that_start_together_one_prints_a_code(shared: Shared, clock: FakeClock) -> None:
    async with machine(shared, clock) as first, machine(shared, clock) as second:
        assert code_of(second) is None, "it is not known to be alive yet"
        assert await pairs(second, code_of(first))


async def test_the_only_one_makes_a_new_code_at_each_start(shared: Shared, clock: FakeClock) -> None:
    async with machine(shared, clock) as server:
        before = code_of(server)
    await clock.advance(TURN_S)
    async with machine(shared, clock) as server:
        assert code_of(server) not in (None, before)
        assert not await pairs(server, before)


async def test_a_server_that_shares_nothing_makes_a_new_code_at_each_start(clock: FakeClock) -> None:
    async with booted([pairing], clock=clock) as one, booted([pairing], clock=clock) as other:
        assert None not in (code_of(one), code_of(other))

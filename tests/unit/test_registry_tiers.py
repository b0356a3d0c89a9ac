"""Tiers of reusable components: asked in order, within a budget, and never believed about whose a row is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from ggui_core.protocol.blueprint import SHARED_APP, Blueprint, Provenance
from ggui_core.protocol.digests import contract_hash, variant_key
from ggui_core.protocol.session import Component
from ggui_core.registry import BUDGET_S, RegistryTiers
from ggui_core.seams import BlueprintQuery
from ggui_core.testing import FakeClock, until

CONTRACT: dict[str, Any] = {"propsSpec": {"properties": {"level": {"schema": {"type": "number"}}}}}
QUERY = BlueprintQuery("harbour", "the tide", CONTRACT, contract_hash(CONTRACT), {}, variant_key({}))
ROW = Blueprint(
    id="bp_1",
    app_id="harbour",
    contract=CONTRACT,
    contract_hash=QUERY.contract_hash,
    variance={},
    variant_key=QUERY.variant_key,
    source=Provenance.generated("writer", None),
    code_hash="0" * 64,
    created_at_ms=1,
    created_by="agent",
)


class Shelf:
    """A tier that answers with what it was given, or not at all."""

    def __init__(self, *rows: Blueprint, name: str = "shelf", fails: BaseException | None = None) -> None:
        self.name = name
        self.rows = rows
        self.fails = fails
        self.hangs = False
        self.asked = 0

    async def _answering(self) -> None:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.fails is not None:
            raise self.fails

    async def candidates(self, query: BlueprintQuery) -> Sequence[Blueprint]:
        await self._answering()
        return self.rows

    async def blueprint(self, app_id: str, blueprint_id: str) -> Blueprint | None:
        await self._answering()
        return next(iter(self.rows), None)

    async def component(self, blueprint: Blueprint) -> Component | None:
        await self._answering()
        return Component("0" * 64, "", "writer")


def tiers(*shelves: Shelf, clock: FakeClock | None = None) -> RegistryTiers:
    made = RegistryTiers(clock or FakeClock())
    made.bind(shelves)
    return made


async def found(tiers: RegistryTiers, query: BlueprintQuery = QUERY) -> list[list[str]]:
    return [[one.blueprint.id for one in some] async for some in tiers.matches(query)]


async def test_tiers_are_asked_in_order_and_only_as_far_as_somebody_looks() -> None:
    near, far = Shelf(ROW), Shelf(replace(ROW, id="bp_2"))
    asked = tiers(near, far)
    async for some in asked.matches(QUERY):
        assert [one.blueprint.id for one in some] == ["bp_1"]
        break
    assert (near.asked, far.asked) == (1, 0)
    assert await found(asked) == [["bp_1"], ["bp_2"]]


@pytest.mark.parametrize(
    "failure", [RuntimeError("disk"), asyncio.CancelledError()], ids=["raises", "cancels"]
)
async def test_a_broken_tier_keeps_no_other_from_being_asked(failure: BaseException) -> None:
    asked = tiers(Shelf(ROW, fails=failure), Shelf(ROW))
    with capture_logs():
        assert await found(asked) == [[], ["bp_1"]]
        candidate = await asked.blueprint("harbour", "bp_1")
    assert candidate is not None
    assert candidate.tier.name == "shelf"


async def test_a_tier_that_hangs_costs_its_share_of_the_time() -> None:
    clock = FakeClock()
    slow, quick = Shelf(ROW, name="slow"), Shelf(ROW, name="quick")
    slow.hangs = True
    asking = asyncio.create_task(found(tiers(slow, quick, clock=clock)))
    await until(lambda: clock.sleepers == 1)
    with capture_logs() as logs:
        await clock.advance(BUDGET_S / 2)
        assert await asking == [[], ["bp_1"]]
    assert [(line["event"], line["tier"]) for line in logs] == [("registry_tier_slow", "slow")]


async def test_a_component_that_does_not_come_is_none() -> None:
    clock = FakeClock()
    shelf = Shelf(ROW)
    candidate = await tiers(shelf, clock=clock).blueprint("harbour", "bp_1")
    assert candidate is not None
    assert await candidate.component() is not None
    shelf.hangs = True
    asking = asyncio.create_task(candidate.component())
    await until(lambda: clock.sleepers == 1)
    with capture_logs():
        await clock.advance(BUDGET_S)
        assert await asking is None


@pytest.mark.parametrize(
    ("row", "query", "offered"),
    [
        (ROW, QUERY, True),
        (replace(ROW, app_id=SHARED_APP), QUERY, True),
        (replace(ROW, app_id="meadow"), QUERY, False),
        (replace(ROW, is_yanked=True), QUERY, False),
        (ROW, replace(QUERY, generator="writer"), True),
        (ROW, replace(QUERY, generator="poet"), False),
        (replace(ROW, source=Provenance("user")), replace(QUERY, generator="poet"), True),
    ],
    ids=["own", "shared", "foreign", "yanked", "by the named", "by another", "by a person"],
)
async def test_only_what_the_asker_may_use_is_offered(
    row: Blueprint, query: BlueprintQuery, offered: bool
) -> None:
    with capture_logs():
        assert await found(tiers(Shelf(row)), query) == [["bp_1"] if offered else []]


async def test_a_blueprint_by_its_id_is_that_one_and_its_apps() -> None:
    with capture_logs():
        assert await tiers(Shelf(replace(ROW, app_id="meadow"))).blueprint("harbour", "bp_1") is None
        assert await tiers(Shelf(ROW)).blueprint("harbour", "bp_9") is None
    assert await tiers(Shelf(ROW)).blueprint("harbour", "") is None
    yanked = await tiers(Shelf(replace(ROW, is_yanked=True))).blueprint("harbour", "bp_1")
    assert yanked is not None, "cards that show it go on working"

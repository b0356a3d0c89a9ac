"""Contract kits of reuse: the store, the tiers and the index."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest

from ggui_core.protocol.blueprint import Blueprint, Provenance
from ggui_core.protocol.digests import contract_hash, variant_key
from ggui_core.protocol.session import Component
from ggui_core.seams import BlueprintIndex, BlueprintQuery, Registration, RegistryTier
from ggui_core.stores import BlueprintExists, BlueprintFilter, BlueprintStore, CodeStore

CONTRACT: Final[dict[str, Any]] = {
    "propsSpec": {"properties": {"level": {"schema": {"type": "number"}, "required": True}}}
}
NOW: Final = 1_800_000_000_000


def a_contract(prop: str) -> dict[str, Any]:
    """A contract with one prop."""
    return {"propsSpec": {"properties": {prop: {"schema": {"type": "number"}}}}}


def a_blueprint(blueprint_id: str, **changes: Any) -> Blueprint:
    """A blueprint that an agent's render left behind; its keys follow from contract and variance."""
    contract = changes.pop("contract", CONTRACT)
    variance = changes.pop("variance", {})
    plain = Blueprint(
        id=blueprint_id,
        app_id="app-1",
        contract=contract,
        contract_hash=contract_hash(contract),
        variance=variance,
        variant_key=variant_key(variance),
        source=Provenance.generated("forms", None),
        code_hash="0" * 64,
        created_at_ms=NOW,
        created_by="agent",
    )
    return replace(plain, **changes)


def a_query(app_id: str = "app-1", **changes: Any) -> BlueprintQuery:
    """A request for :data:`CONTRACT`."""
    contract = changes.pop("contract", CONTRACT)
    variance = changes.pop("variance", {})
    return BlueprintQuery(
        app_id, "the tide", contract, contract_hash(contract), variance, variant_key(variance), **changes
    )


def _ids(blueprints: Any) -> list[str]:
    return [blueprint.id for blueprint in blueprints]


class BlueprintStoreContract(ABC):
    """Kit for :class:`~ggui_core.stores.BlueprintStore`."""

    @abstractmethod
    async def make(self) -> BlueprintStore:
        """An empty store."""

    # Keeping

    async def test_a_blueprint_comes_back_as_it_was(self) -> None:
        store = await self.make()
        full = a_blueprint(
            "bp_1",
            variance={"persona": "skipper", "context": {"ä": [1, None, "🌊"]}},
            source=Provenance("user"),
            authored="export default () => <b>é</b>;",
            intent="the tide – été",
            name="Tide",
            description="Now",
            validator_score=0.75,
            created_by="operator",
            is_operator_default=True,
            is_installed=True,
            is_featured=True,
        )
        assert await store.add(full) == full
        assert await store.by_id("app-1", "bp_1") == full
        assert await store.group("app-1", full.contract_hash) == [full]
        assert await store.list("app-1") == [full]

    async def test_it_says_whether_it_outlives_the_process(self) -> None:
        assert (await self.make()).durable in (True, False)

    async def test_the_first_of_a_contract_and_variant_stays(self) -> None:
        store = await self.make()
        first = await store.add(a_blueprint("bp_1"))
        assert await store.add(a_blueprint("bp_2", code_hash="1" * 64)) == first
        assert await store.by_id("app-1", "bp_2") is None

    async def test_of_many_at_once_one_is_kept_and_all_learn_which(self) -> None:
        store = await self.make()
        kept = await asyncio.gather(*(store.add(a_blueprint(f"bp_{number}")) for number in range(20)))
        assert len(set(_ids(kept))) == 1
        assert _ids(await store.list("app-1")) == [kept[0].id]

    async def test_another_variant_contract_or_app_is_another_blueprint(self) -> None:
        store = await self.make()
        others = [
            a_blueprint("bp_1"),
            a_blueprint("bp_2", variance={"persona": "skipper"}),
            a_blueprint("bp_3", contract=a_contract("depth")),
            a_blueprint("bp_4", app_id="app-2"),
        ]
        assert [await store.add(one) for one in others] == others

    async def test_what_an_operator_made_takes_the_place_of_what_an_agent_made(self) -> None:
        store = await self.make()
        await store.add(a_blueprint("bp_agent"))
        chosen = await store.add(a_blueprint("bp_operator", created_by="operator"))
        assert chosen.id == "bp_operator"
        assert _ids(await store.group("app-1", chosen.contract_hash)) == ["bp_operator"]
        old = await store.by_id("app-1", "bp_agent")
        assert old is not None
        assert old.is_yanked

    async def test_nothing_takes_the_place_of_what_an_operator_made(self) -> None:
        store = await self.make()
        first = await store.add(a_blueprint("bp_1", created_by="operator"))
        assert await store.add(a_blueprint("bp_2")) == first
        assert await store.add(a_blueprint("bp_3", created_by="operator")) == first

    # Tenants

    async def test_another_app_sees_and_changes_nothing(self) -> None:
        store = await self.make()
        mine = await store.add(a_blueprint("bp_1"))
        assert await store.by_id("app-2", "bp_1") is None
        assert not await store.group("app-2", mine.contract_hash)
        assert not await store.list("app-2")
        assert await store.pin("app-2", "bp_1") is None
        assert await store.vary("app-2", "bp_1", {}, mine.variant_key) is None
        assert await store.recode(replace(mine, app_id="app-2"), "1" * 64, None, mine.source) is None
        assert await store.yank("app-2", "bp_1") is None
        assert await store.unyank("app-2", "bp_1") is None
        await store.hit("app-2", "bp_1", NOW)
        assert await store.delete("app-2", "bp_1") is False
        assert await store.by_id("app-1", "bp_1") == mine

    # Lists

    async def test_lists_are_newest_first_and_by_id_within_a_moment(self) -> None:
        store = await self.make()
        for name, age in (("b", 1), ("old", 9), ("a", 1), ("new", 0)):
            await store.add(a_blueprint(name, contract=a_contract(name), created_at_ms=NOW - age))
        assert _ids(await store.list("app-1")) == ["new", "a", "b", "old"]

    async def test_pages_of_a_list_join_without_gap_or_overlap(self) -> None:
        store = await self.make()
        for number in range(7):
            name = f"bp_{number}"
            await store.add(a_blueprint(name, contract=a_contract(name), created_at_ms=NOW + number // 3))
        whole = await store.list("app-1")
        pages: list[Blueprint] = []
        after = None
        while page := await store.list("app-1", limit=2, after=after):
            pages += page
            after = (page[-1].created_at_ms, page[-1].id)
        assert pages == list(whole)
        assert len(pages) == 7

    async def test_filters_are_combined(self) -> None:
        store = await self.make()
        llm = Provenance.generated("ui-gen", "m")
        await store.add(
            a_blueprint("bp_1", intent="Show the TIDE", source=llm, variance={"persona": "skipper"})
        )
        await store.add(a_blueprint("bp_2", intent="Show the tide", source=llm))
        await store.add(a_blueprint("bp_3", contract=a_contract("depth"), name="Tide and depth"))

        async def found(**wanted: Any) -> set[str]:
            return set(_ids(await store.list("app-1", BlueprintFilter(**wanted))))

        assert await found() == {"bp_1", "bp_2", "bp_3"}
        assert await found(contract_hash=contract_hash(CONTRACT)) == {"bp_1", "bp_2"}
        assert await found(generator="ui-gen") == {"bp_1", "bp_2"}
        assert await found(persona="skipper") == {"bp_1"}
        assert await found(keywords=("tide",)) == {"bp_1", "bp_2", "bp_3"}
        assert await found(keywords=("tide", "DEPTH")) == {"bp_3"}
        assert await found(generator="ui-gen", keywords=("depth",)) == set()
        assert await found(keywords=("%",)) == set()

    # The operator's choice

    async def test_a_group_has_one_default_at_most(self) -> None:
        store = await self.make()
        for number, persona in enumerate(("a", "b", "c")):
            await store.add(a_blueprint(f"bp_{number}", variance={"persona": persona}))
        await store.add(a_blueprint("bp_9", contract=a_contract("depth"), is_operator_default=True))
        await asyncio.gather(*(store.pin("app-1", f"bp_{number}") for number in range(3)))
        pinned = [one for one in await store.list("app-1") if one.is_operator_default]
        assert len([one for one in pinned if one.contract == CONTRACT]) == 1
        assert "bp_9" in _ids(pinned), "another group is not concerned"
        assert (await store.pin("app-1", "bp_1")) == await store.by_id("app-1", "bp_1")
        assert [
            one.id for one in await store.list("app-1") if one.is_operator_default and one.id != "bp_9"
        ] == ["bp_1"]

    async def test_one_that_comes_as_the_default_ends_that_of_its_group(self) -> None:
        store = await self.make()
        await store.add(a_blueprint("bp_1", is_operator_default=True))
        await store.add(a_blueprint("bp_2", variance={"persona": "b"}, is_operator_default=True))
        assert [one.id for one in await store.list("app-1") if one.is_operator_default] == ["bp_2"]

    async def test_another_variance_moves_it_within_its_group(self) -> None:
        store = await self.make()
        await store.add(a_blueprint("bp_1"))
        variance = {"persona": "skipper"}
        varied = await store.vary("app-1", "bp_1", variance, variant_key(variance))
        assert varied is not None
        assert (varied.variance, varied.variant_key) == (variance, variant_key(variance))
        assert (await store.add(a_blueprint("bp_2"))).id == "bp_2", "its old place is free"
        assert (await store.add(a_blueprint("bp_3", variance=variance))).id == "bp_1"

    async def test_two_cannot_have_one_variance(self) -> None:
        store = await self.make()
        await store.add(a_blueprint("bp_1"))
        other = await store.add(a_blueprint("bp_2", variance={"persona": "b"}))
        with pytest.raises(BlueprintExists) as caught:
            await store.vary("app-1", "bp_2", {}, variant_key({}))
        assert caught.value.existing_id == "bp_1"
        assert await store.by_id("app-1", "bp_2") == other
        assert await store.vary("app-1", "bp_2", {"persona": "b"}, other.variant_key) == other

    # Yanking

    async def test_what_is_yanked_is_there_and_offered_to_nobody(self) -> None:
        store = await self.make()
        kept = await store.add(a_blueprint("bp_1"))
        assert await store.yank("app-1", "bp_1") == replace(kept, is_yanked=True)
        assert not await store.group("app-1", kept.contract_hash)
        assert await store.by_id("app-1", "bp_1") == replace(kept, is_yanked=True)
        assert _ids(await store.list("app-1")) == ["bp_1"]
        assert await store.unyank("app-1", "bp_1") == kept
        assert await store.group("app-1", kept.contract_hash) == [kept]

    async def test_a_yanked_one_makes_room_and_cannot_come_back_into_it(self) -> None:
        store = await self.make()
        await store.add(a_blueprint("bp_1"))
        await store.yank("app-1", "bp_1")
        assert (await store.add(a_blueprint("bp_2"))).id == "bp_2"
        with pytest.raises(BlueprintExists) as caught:
            await store.unyank("app-1", "bp_1")
        assert caught.value.existing_id == "bp_2"
        await store.delete("app-1", "bp_2")
        assert await store.unyank("app-1", "bp_1") is not None

    # Use and room

    async def test_uses_are_counted(self) -> None:
        store = await self.make()
        await store.add(a_blueprint("bp_1"))
        await asyncio.gather(*(store.hit("app-1", "bp_1", NOW + 7) for _ in range(5)))
        found = await store.by_id("app-1", "bp_1")
        assert found is not None
        assert (found.hits, found.last_hit_at_ms) == (5, NOW + 7)
        await store.hit("app-1", "nobody", NOW)

    async def test_the_least_used_then_the_oldest_makes_room(self) -> None:
        store = await self.make()
        for number, name in enumerate(("oldest", "used", "newer")):
            await store.add(a_blueprint(name, contract=a_contract(name), created_at_ms=NOW + number))
        await store.hit("app-1", "used", NOW)
        for number, name in enumerate(("fourth", "fifth")):
            one = a_blueprint(name, contract=a_contract(name), created_at_ms=NOW + 10 + number)
            await store.add(one, capacity=3)
        assert set(_ids(await store.list("app-1"))) == {"used", "fourth", "fifth"}
        assert not await store.group("app-1", contract_hash(a_contract("oldest")))

    async def test_the_room_of_an_app_is_its_own(self) -> None:
        store = await self.make()
        await store.add(a_blueprint("bp_1"))
        await store.add(a_blueprint("bp_2", app_id="app-2"), capacity=1)
        assert await store.by_id("app-1", "bp_1") is not None

    @pytest.mark.parametrize(
        "reason",
        [
            {"created_by": "operator"},
            {"is_operator_default": True},
            {"is_installed": True},
            {"is_featured": True},
        ],
        ids=lambda reason: next(iter(reason)),
    )
    async def test_what_was_chosen_never_makes_room(self, reason: dict[str, Any]) -> None:
        store = await self.make()
        await store.add(a_blueprint("chosen", **reason))
        for number in range(4):
            name = f"bp_{number}"
            await store.add(
                a_blueprint(name, contract=a_contract(name), created_at_ms=NOW + number), capacity=2
            )
        assert set(_ids(await store.list("app-1"))) == {"chosen", "bp_3"}

    async def test_lost_code_is_replaced_once(self) -> None:
        store = await self.make()
        lost = await store.add(a_blueprint("bp_1"))
        source = Provenance.generated("ui-gen", "m")
        mended = await store.recode(lost, "1" * 64, "<b/>", source)
        assert mended == replace(lost, code_hash="1" * 64, authored="<b/>", source=source)
        assert await store.recode(lost, "2" * 64, None, source) is None, "somebody was here first"
        assert await store.by_id("app-1", "bp_1") == mended

    @pytest.mark.parametrize("blueprint_id", ["", "bp_none", "'; --", "x" * 10_000, "\0", "🌊"])
    async def test_forgetting_what_is_not_there_is_no_error(self, blueprint_id: str) -> None:
        store = await self.make()
        assert await store.delete("app-1", blueprint_id) is False
        assert await store.by_id("app-1", blueprint_id) is None

    async def test_what_is_forgotten_leaves_its_place_free(self) -> None:
        store = await self.make()
        await store.add(a_blueprint("bp_1"))
        assert await store.delete("app-1", "bp_1") is True
        assert not await store.list("app-1")
        assert (await store.add(a_blueprint("bp_2"))).id == "bp_2"


@dataclass(frozen=True, slots=True)
class Offering:
    """A tier that has one blueprint for :data:`CONTRACT` and ``app-1``.

    Attributes:
        code: The code store that its components go to.
    """

    tier: RegistryTier
    blueprint: Blueprint
    code: CodeStore


class RegistryTierContract(ABC):
    """Kit for :class:`~ggui_core.seams.RegistryTier`."""

    @abstractmethod
    def offering(self) -> AbstractAsyncContextManager[Offering]:
        """A tier with one usable blueprint, until the block ends."""

    async def test_it_offers_what_has_the_contract_and_variant(self) -> None:
        async with self.offering() as there:
            found = await there.tier.candidates(a_query())
        assert list(found) == [there.blueprint]
        assert found[0].exact_key == (contract_hash(CONTRACT), variant_key({}))

    async def test_it_offers_nothing_for_another_contract(self) -> None:
        async with self.offering() as there:
            assert not await there.tier.candidates(a_query(contract=a_contract("depth")))

    async def test_a_blueprint_is_found_by_its_id(self) -> None:
        async with self.offering() as there:
            assert await there.tier.blueprint("app-1", there.blueprint.id) == there.blueprint
            assert await there.tier.blueprint("app-1", "bp_none") is None

    async def test_its_component_is_in_the_code_store(self) -> None:
        async with self.offering() as there:
            component = await there.tier.component(there.blueprint)
            assert isinstance(component, Component)
            assert component.code_hash == there.blueprint.code_hash
            code = await there.code.get(component.code_hash)
        assert code is not None
        assert "default" in code

    async def test_asking_twice_gives_the_same(self) -> None:
        async with self.offering() as there:
            first = await asyncio.gather(*(there.tier.candidates(a_query()) for _ in range(5)))
        assert all(list(found) == [there.blueprint] for found in first)

    async def test_another_generator_offers_nothing_of_this_one(self) -> None:
        async with self.offering() as there:
            found = await there.tier.candidates(a_query(generator="ui-gen-somebody-else"))
            is_generated = there.blueprint.source.kind == "llm"
        assert not found if is_generated else list(found) == [there.blueprint]


class BlueprintIndexContract(ABC):
    """Kit for :class:`~ggui_core.seams.BlueprintIndex`."""

    @abstractmethod
    def running(self) -> AbstractAsyncContextManager[tuple[BlueprintIndex, CodeStore]]:
        """An empty index and the code store beside it, until the block ends."""

    async def registration(
        self, code: CodeStore, text: str = "export default () => null;", **changes: Any
    ) -> Registration:
        """A fresh component whose code is kept."""
        contract = changes.pop("contract", CONTRACT)
        variance = changes.pop("variance", {})
        plain = Registration(
            app_id="app-1",
            intent="the tide",
            contract=contract,
            contract_hash=contract_hash(contract),
            variance=variance,
            variant_key=variant_key(variance),
            component=Component(await code.put(text), "<b/>", "forms"),
            source=Provenance.generated("forms", None),
        )
        return replace(plain, **changes)

    async def test_what_is_recorded_says_what_it_is(self) -> None:
        async with self.running() as (index, code):
            fresh = await self.registration(code)
            kept = await index.record(fresh)
        assert kept.id.startswith("bp_")
        assert (kept.app_id, kept.intent, kept.contract) == ("app-1", "the tide", CONTRACT)
        assert (kept.exact_key, kept.code_hash) == (
            (fresh.contract_hash, fresh.variant_key),
            fresh.component.code_hash,
        )
        assert (kept.source, kept.created_by) == (fresh.source, "agent")

    async def test_the_first_of_a_contract_and_variant_comes_back(self) -> None:
        async with self.running() as (index, code):
            one, other = await self.registration(code), await self.registration(code, "export default 2;")
            first, second = await asyncio.gather(index.record(one), index.record(other))
            apart = await index.record(replace(one, app_id="app-2"))
        assert first == second
        assert apart.id != first.id

    async def test_noting_a_use_never_fails(self) -> None:
        async with self.running() as (index, code):
            kept = await index.record(await self.registration(code))
            await index.used(kept)
            await index.used(replace(kept, id="bp_none"))
            await index.used(replace(kept, app_id="shared"))

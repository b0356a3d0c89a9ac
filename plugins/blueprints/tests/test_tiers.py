"""The tiers and the index of this plugin against the kits, and what happens when code falls out of the store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ggui_blueprints.app_local import AppLocalIndex, AppLocalTier
from ggui_blueprints.declared import DeclaredBlueprints
from ggui_blueprints.portable import Packed, PortableBlueprint, write_pool
from ggui_core import hookimpl
from ggui_core.protocol.blueprint import SHARED_APP, Blueprint
from ggui_core.protocol.session import Component
from ggui_core.seams import BlueprintIndex, BlueprintQuery, RegistryTier
from ggui_core.setup import Setup
from ggui_core.stores import CodeStore, MemoryBlueprintStore, MemoryCodeStore
from ggui_core.testing import BlueprintIndexContract, FakeClock, RegistryTierContract
from ggui_core.testing.blueprint_contracts import CONTRACT, Offering, a_blueprint, a_query

from .serving import MODULE, OTHER_MODULE, serving, write_ui


class _NoBench:
    """Nothing is declared, so nothing is made."""


def nothing_declared() -> DeclaredBlueprints:
    return DeclaredBlueprints("app-1", [], _NoBench())  # type: ignore[arg-type]


class TestWhatWasKept(RegistryTierContract):
    @asynccontextmanager
    async def offering(self) -> AsyncIterator[Offering]:
        store, code = MemoryBlueprintStore(), MemoryCodeStore()
        kept = await store.add(a_blueprint("bp_1", code_hash=await code.put(MODULE)))
        yield Offering(AppLocalTier(store, code, nothing_declared()), kept, code)


class TestWhatIsDeclared(RegistryTierContract):
    @pytest.fixture(autouse=True)
    def _project(self, tmp_path: Path) -> None:
        self.root = tmp_path

    @asynccontextmanager
    async def offering(self) -> AsyncIterator[Offering]:
        write_ui(self.root / "ui", contract=CONTRACT)
        config = {"app": {"slug": "app-1", "name": "App"}, "blueprints": {"include": ["ui/**"]}}
        async with serving(root=self.root, config=config) as server:
            (found,) = await server.candidates(CONTRACT, app_id="app-1")
            yield Offering(found.tier, found.blueprint, server.booted.setup.get(CodeStore))


class TestPool(RegistryTierContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "pool"

    @asynccontextmanager
    async def offering(self) -> AsyncIterator[Offering]:
        write_pool(self.folder, [Packed(PortableBlueprint.of(a_blueprint("bp_1")), MODULE)])
        async with serving(args=["--seed-pool", str(self.folder)], compiles=False) as server:
            (found,) = await server.candidates(CONTRACT, app_id="app-1")
            assert found.blueprint.app_id == SHARED_APP
            yield Offering(found.tier, found.blueprint, server.booted.setup.get(CodeStore))


class TestIndex(BlueprintIndexContract):
    @asynccontextmanager
    async def running(self) -> AsyncIterator[tuple[BlueprintIndex, CodeStore]]:
        code = MemoryCodeStore()
        yield AppLocalIndex(MemoryBlueprintStore(), code, nothing_declared(), FakeClock(), 100), code


@asynccontextmanager
async def forgetful() -> AsyncIterator[tuple[AppLocalTier, AppLocalIndex, MemoryCodeStore]]:
    """A code store that holds one module."""
    store, code = MemoryBlueprintStore(), MemoryCodeStore(capacity_bytes=len(MODULE) + 4)
    declared = nothing_declared()
    yield AppLocalTier(store, code, declared), AppLocalIndex(store, code, declared, FakeClock(), 100), code


async def test_what_lost_its_code_is_not_offered() -> None:
    async with forgetful() as (tier, index, code):
        kept = await index.record(await TestIndex().registration(code, MODULE))
        assert len(await tier.candidates(a_query())) == 1
        await code.put(OTHER_MODULE)
        assert not await tier.candidates(a_query())
        assert await tier.component(kept) is None
        assert await tier.blueprint("app-1", kept.id) == kept


async def test_what_lost_its_code_comes_back_with_the_next_render_under_its_own_id() -> None:
    async with forgetful() as (tier, index, code):
        first = await index.record(await TestIndex().registration(code, MODULE))
        again = await index.record(await TestIndex().registration(code, OTHER_MODULE))
        assert again.id == first.id
        (offered,) = await tier.candidates(a_query())
        assert offered == again
        assert await code.get(offered.code_hash) == OTHER_MODULE


async def test_uses_are_counted_where_rows_are_kept() -> None:
    store, code, clock = MemoryBlueprintStore(), MemoryCodeStore(), FakeClock()
    index = AppLocalIndex(store, code, nothing_declared(), clock, 100)
    kept = await index.record(await TestIndex().registration(code))
    await index.used(kept)
    await index.used(replace(kept, app_id=SHARED_APP))
    found = await store.by_id("app-1", kept.id)
    assert found is not None
    assert (found.hits, found.last_hit_at_ms) == (1, int(clock.now() * 1000))


class BrokenStore(MemoryBlueprintStore):
    """Counts nothing."""

    asked = 0

    async def hit(self, app_id: str, blueprint_id: str, at_ms: int, times: int = 1) -> None:
        self.asked += 1
        raise RuntimeError("disk")


async def test_a_store_that_does_not_count_fails_no_render() -> None:
    store = BrokenStore()
    index = AppLocalIndex(store, MemoryCodeStore(), nothing_declared(), FakeClock(), 100)
    await index.used(a_blueprint("bp_1"))
    assert store.asked == 1


async def test_tiers_of_other_plugins_are_asked_too() -> None:
    class Elsewhere:
        name = "elsewhere"

        async def candidates(self, query: BlueprintQuery) -> Sequence[Blueprint]:
            return [a_blueprint("bp_far", app_id=SHARED_APP)]

        async def blueprint(self, app_id: str, blueprint_id: str) -> Blueprint | None:
            return a_blueprint(blueprint_id, app_id=SHARED_APP) if blueprint_id == "bp_far" else None

        async def component(self, blueprint: Blueprint) -> Component | None:
            return None

    @hookimpl
    def ggui_registry_tiers(setup: Setup) -> Sequence[RegistryTier]:
        return [Elsewhere()]

    far = ModuleType("ggui_zz_elsewhere")
    far.__dict__.update(PLUGIN_API=1, ggui_registry_tiers=ggui_registry_tiers)
    async with serving(far) as server:
        own = await server.register(MODULE, CONTRACT)
        found = await server.candidates(CONTRACT)
        assert [one.blueprint.id for one in found] == [own["blueprintId"], "bp_far"]
        assert await server.blueprint("bp_far") is not None


async def test_the_room_of_an_app_is_a_setting() -> None:
    config: dict[str, Any] = {"plugins": {"settings": {"blueprints": {"rowsPerApp": 2}}}}
    async with serving(config=config) as server:
        index, code = server.booted.setup.get(BlueprintIndex), server.booted.setup.get(CodeStore)
        for persona in ("a", "b", "c"):
            await index.record(
                await TestIndex().registration(code, app_id="builder", variance={"persona": persona})
            )
        rows = await server.listed()
        assert len(rows) == 2
        assert "c" in [row["variance"]["persona"] for row in rows], "the newest one is kept"

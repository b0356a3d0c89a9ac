"""The blueprint store in memory."""

from __future__ import annotations

from ggui_core.stores import BlueprintStore, MemoryBlueprintStore
from ggui_core.testing import BlueprintStoreContract
from ggui_core.testing.blueprint_contracts import a_blueprint


class TestMemoryBlueprintStore(BlueprintStoreContract):
    async def make(self) -> BlueprintStore:
        return MemoryBlueprintStore()


async def test_it_admits_that_it_forgets() -> None:
    assert MemoryBlueprintStore().durable is False


async def test_reading_of_apps_that_have_nothing_leaves_nothing_behind() -> None:
    store = MemoryBlueprintStore()
    for number in range(100):
        await store.by_id(f"app-{number}", "bp_1")
        await store.list(f"app-{number}")
    await store.add(a_blueprint("bp_1"))
    await store.delete("app-1", "bp_1")
    assert store._shelves == {}

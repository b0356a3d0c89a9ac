"""The blueprint store in memory."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import ClassVar

from ggui_core.stores import BlueprintFilter, BlueprintStore, MemoryBlueprintStore
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


class _Prose(str):
    """Notes in which thread it was read."""

    readers: ClassVar[set[int]] = set()

    def casefold(self) -> str:
        self.readers.add(threading.get_ident())
        return super().casefold()


async def test_prose_is_read_for_keywords_alone_and_beside_the_event_loop() -> None:
    """A thousand intents of ten thousand letters take a few hundred milliseconds."""
    store = MemoryBlueprintStore()
    await store.add(replace(a_blueprint("bp_1"), intent="the Tide"))
    keyword = _Prose("TIDE")
    assert [one.id for one in await store.list("app-1", BlueprintFilter(keywords=(keyword,)))] == ["bp_1"]
    assert keyword.readers
    assert threading.get_ident() not in keyword.readers

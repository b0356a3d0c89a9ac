"""The code store in memory: the contract kit, and what makes room when it is full."""

from __future__ import annotations

from ggui_core.stores import CodeStore, MemoryCodeStore
from ggui_core.testing import CodeStoreContract


class TestMemoryCodeStore(CodeStoreContract):
    async def make(self) -> CodeStore:
        return MemoryCodeStore()


async def test_the_module_nobody_asked_for_longest_makes_room() -> None:
    store = MemoryCodeStore(capacity_bytes=30)
    first, second, third = [await store.put(letter * 10) for letter in "abc"]
    await store.get(first)
    fourth = await store.put("d" * 10)
    assert await store.get(second) is None
    assert [await store.get(address) is not None for address in (first, third, fourth)] == [True, True, True]


async def test_putting_a_module_again_counts_as_asking_for_it() -> None:
    store = MemoryCodeStore(capacity_bytes=20)
    first, second = await store.put("a" * 10), await store.put("b" * 10)
    await store.put("a" * 10)
    await store.put("c" * 10)
    assert await store.get(first) is not None
    assert await store.get(second) is None


async def test_bytes_are_counted_not_characters() -> None:
    store = MemoryCodeStore(capacity_bytes=10)
    await store.put("🌊🌊")
    assert store.size == 8
    await store.put("é")
    assert store.size == 10
    await store.put("x")
    assert store.size == 3


async def test_a_module_larger_than_the_store_is_served_until_the_next_one() -> None:
    store = MemoryCodeStore(capacity_bytes=10)
    await store.put("a")
    large = await store.put("b" * 50)
    assert await store.get(large) == "b" * 50
    assert store.size == 50
    await store.put("c")
    assert store.size == 1


async def test_nothing_grows_with_what_was_ever_put() -> None:
    store = MemoryCodeStore(capacity_bytes=1_000)
    for number in range(5_000):
        await store.put(f"export default {number};")
    assert store.size <= 1_000

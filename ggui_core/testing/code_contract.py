"""Contract kit of the code store."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from hashlib import sha256

import pytest

from ggui_core.stores import CodeStore


class CodeStoreContract(ABC):
    """Kit for :class:`~ggui_core.stores.CodeStore`."""

    @abstractmethod
    async def make(self) -> CodeStore:
        """An empty store with room for a few megabytes."""

    @pytest.mark.parametrize(
        "code", ["", "export default 1;\n", "export default '深 é 🌊';\r\n\0", "x" * 1_000_000]
    )
    async def test_a_module_comes_back_as_it_was_under_the_hash_of_its_bytes(self, code: str) -> None:
        store = await self.make()
        address = await store.put(code)
        assert address == sha256(code.encode()).hexdigest()
        assert await store.get(address) == code

    async def test_the_same_text_has_one_address(self) -> None:
        store = await self.make()
        addresses = {await store.put("export default 1;") for _ in range(2)}
        addresses |= set(await asyncio.gather(*(store.put("export default 1;") for _ in range(10))))
        assert len(addresses) == 1

    async def test_other_texts_have_other_addresses(self) -> None:
        store = await self.make()
        first, second = await asyncio.gather(store.put("export default 1;"), store.put("export default 2;"))
        assert await store.get(first) == "export default 1;"
        assert await store.get(second) == "export default 2;"

    @pytest.mark.parametrize("address", ["0" * 64, "", "../etc/passwd", "0" * 63, "'; --", "é"])
    async def test_there_is_nothing_at_an_unknown_address(self, address: str) -> None:
        store = await self.make()
        await store.put("export default 1;")
        assert await store.get(address) is None

    async def test_an_address_is_written_in_lower_case_alone(self) -> None:
        store = await self.make()
        address = await store.put("export default 1;")
        assert await store.get(address.upper()) is None

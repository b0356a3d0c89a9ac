"""Contract kit of :class:`~ggui_core.stores.AppStore`."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from dataclasses import replace

import pytest

from ggui_core.stores import App, AppLimitReached, AppStore

MINE = App("app-1", "builder", "Shop", 1_777_712_000_000, 1_777_712_000_000)


class AppStoreContract(ABC):
    """Kit for :class:`~ggui_core.stores.AppStore`."""

    @abstractmethod
    async def make(self) -> AppStore:
        """An empty store."""

    async def test_an_app_comes_back_as_it_was(self) -> None:
        store = await self.make()
        app = replace(
            MINE,
            display_name="Läden / 店",
            system_prompt="Be brief.",
            rate_limit_per_minute=30,
            theme={"mode": "dark", "cssVariables": {"--ggui-color-primary-500": "#0af"}},
        )
        assert await store.add(app)
        assert await store.get("app-1", "builder") == app
        assert await store.read("app-1") == app
        assert list(await store.list("builder")) == [app]

    async def test_an_id_is_taken_once_whoever_asks(self) -> None:
        store = await self.make()
        added = await asyncio.gather(*(store.add(replace(MINE, owner=f"user:{n}")) for n in range(10)))
        assert sorted(added) == [False] * 9 + [True]
        first = await store.read("app-1")
        assert not await store.add(replace(MINE, owner="app:x", display_name="Other"))
        assert await store.read("app-1") == first

    async def test_lists_are_oldest_first_and_of_one_owner(self) -> None:
        store = await self.make()
        for age, number in enumerate((2, 1, 3)):
            await store.add(replace(MINE, app_id=f"app-{number}", created_at=MINE.created_at + age))
        await store.add(replace(MINE, app_id="theirs", owner="user:u-1"))
        assert [app.app_id for app in await store.list("builder")] == ["app-2", "app-1", "app-3"]
        assert [app.app_id for app in await store.list("user:u-1")] == ["theirs"]
        assert list(await store.list("user:nobody")) == []

    async def test_what_is_not_yours_is_not_there(self) -> None:
        store = await self.make()
        await store.add(MINE)
        for owner in ("user:u-1", "app:app-1", "app:builder", "user:builder", "Builder", "", "builder%"):
            assert await store.get("app-1", owner) is None
            assert await store.change("app-1", owner, {"display_name": "Stolen"}) is None
            assert not await store.remove("app-1", owner)
        assert await store.read("app-1") == MINE

    async def test_a_change_sets_what_it_names_and_clears_with_none(self) -> None:
        store = await self.make()
        await store.add(replace(MINE, system_prompt="Old.", rate_limit_per_minute=5))
        changed = await store.change("app-1", "builder", {"system_prompt": None, "updated_at": 9})
        expected = replace(MINE, rate_limit_per_minute=5, updated_at=9)
        assert changed == expected
        assert await store.read("app-1") == expected

    async def test_changes_at_the_same_time_both_count(self) -> None:
        store = await self.make()
        await store.add(MINE)
        await asyncio.gather(
            store.change("app-1", "builder", {"system_prompt": "Be brief."}),
            store.change("app-1", "builder", {"rate_limit_per_minute": 7}),
        )
        assert await store.read("app-1") == replace(MINE, system_prompt="Be brief.", rate_limit_per_minute=7)

    async def test_what_is_removed_is_gone_and_its_id_free(self) -> None:
        store = await self.make()
        await store.add(MINE)
        assert await store.remove("app-1", "builder")
        assert not await store.remove("app-1", "builder")
        assert await store.read("app-1") is None
        assert list(await store.list("builder")) == []
        assert await store.change("app-1", "builder", {"display_name": "Ghost"}) is None
        assert await store.add(MINE)

    async def test_an_owner_has_so_many_apps_and_no_more(self) -> None:
        store = await self.make()
        for number in range(2):
            await store.add(replace(MINE, app_id=f"app-{number}"), at_most=2)
        with pytest.raises(AppLimitReached):
            await store.add(replace(MINE, app_id="app-2"), at_most=2)
        assert await store.add(replace(MINE, app_id="app-2", owner="user:u-1"), at_most=2)
        assert await store.remove("app-0", "builder")
        assert await store.add(replace(MINE, app_id="app-3"), at_most=2)

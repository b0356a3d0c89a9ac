"""Contract kits of themes: the store of what operators register, and the catalog that agents choose from."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping

import pytest

from ggui_core.protocol.theme import Theme, document_hash
from ggui_core.seams import ThemeCatalog
from ggui_core.stores import RegisteredTheme, ThemeLimitReached, ThemeStore
from ggui_core.themes import is_theme_id


def theme(theme_id: str, surface: str = "#ffffff") -> Theme:
    """A theme of one variable."""
    light: Mapping[str, str] = {"--ggui-color-surface": surface}
    dark: Mapping[str, str] = {"--ggui-color-surface": "#000000"}
    return Theme(theme_id, theme_id.title(), "Made for a test.", light, dark, document_hash(light, dark))


def entry(app_id: str, theme_id: str, at: int = 1, surface: str = "#ffffff") -> RegisteredTheme:
    """A theme that an app registered at a time."""
    return RegisteredTheme(app_id, theme(theme_id, surface), at, at)


class ThemeStoreContract(ABC):
    """Kit for :class:`~ggui_core.stores.ThemeStore`."""

    @abstractmethod
    async def make(self) -> ThemeStore:
        """An empty store."""

    async def test_a_theme_comes_back_as_it_was_to_its_app_alone(self) -> None:
        store = await self.make()
        kept = await store.put(entry("shop", "dusk", surface="#fefefe"))
        assert kept == entry("shop", "dusk", surface="#fefefe")
        assert await store.get("shop", "dusk") == kept
        assert await store.get("bank", "dusk") is None
        assert await store.get("shop", "dawn") is None
        assert list(await store.list("bank")) == []

    async def test_themes_are_listed_oldest_first_and_an_update_keeps_its_place(self) -> None:
        store = await self.make()
        for at, name in enumerate(("dusk", "dawn", "noon"), start=1):
            await store.put(entry("shop", name, at))
        updated = await store.put(entry("shop", "dusk", 9, surface="#eeeeee"))
        assert (updated.registered_at, updated.updated_at) == (1, 9)
        assert [one.theme.id for one in await store.list("shop")] == ["dusk", "dawn", "noon"]
        assert (await store.list("shop"))[0] == updated

    async def test_only_a_new_theme_counts_against_the_limit_of_its_app(self) -> None:
        store = await self.make()
        await store.put(entry("shop", "dusk"), at_most=1)
        await store.put(entry("shop", "dusk", 2), at_most=1)
        await store.put(entry("bank", "dusk"), at_most=1)
        with pytest.raises(ThemeLimitReached):
            await store.put(entry("shop", "dawn"), at_most=1)
        assert [one.theme.id for one in await store.list("shop")] == ["dusk"]

    async def test_the_limit_holds_when_many_register_at_once(self) -> None:
        store = await self.make()
        tries = [store.put(entry("shop", f"theme-{n}"), at_most=3) for n in range(10)]
        outcomes = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(isinstance(outcome, ThemeLimitReached) for outcome in outcomes) == 7
        assert len(await store.list("shop")) == 3

    async def test_what_is_removed_is_gone_and_makes_room(self) -> None:
        store = await self.make()
        await store.put(entry("shop", "dusk"), at_most=1)
        assert await store.remove("bank", "dusk") is False
        assert await store.remove("shop", "dusk") is True
        assert await store.remove("shop", "dusk") is False
        assert await store.get("shop", "dusk") is None
        await store.put(entry("shop", "dawn"), at_most=1)

    async def test_the_themes_of_a_forgotten_app_are_gone_and_no_others(self) -> None:
        store = await self.make()
        for app in ("shop", "bank"):
            await store.put(entry(app, "dusk"))
        await store.forget("shop")
        await store.forget("nobody")
        assert list(await store.list("shop")) == []
        assert [one.theme.id for one in await store.list("bank")] == ["dusk"]


class ThemeCatalogContract(ABC):
    """Kit for :class:`~ggui_core.seams.ThemeCatalog`."""

    @abstractmethod
    async def make(self) -> tuple[ThemeCatalog, str]:
        """A catalog with at least one theme, and the id of an app that may wear it."""

    async def test_every_theme_that_is_listed_is_found_by_its_id(self) -> None:
        catalog, app_id = await self.make()
        listed = await catalog.themes(app_id)
        assert listed
        for one in listed:
            assert await catalog.theme(app_id, one.id) == one

    async def test_ids_are_well_formed_and_unique(self) -> None:
        catalog, app_id = await self.make()
        ids = [one.id for one in await catalog.themes(app_id)]
        assert len(set(ids)) == len(ids)
        assert all(map(is_theme_id, ids))

    async def test_what_is_not_listed_is_not_found(self) -> None:
        catalog, app_id = await self.make()
        for absent in ("no-such-theme", "", "../etc", "x" * 10_000):
            assert await catalog.theme(app_id, absent) is None

    async def test_every_theme_can_travel(self) -> None:
        catalog, app_id = await self.make()
        for one in await catalog.themes(app_id):
            assert one.modes
            assert one.base.document_hash == one.document_hash

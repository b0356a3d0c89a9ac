"""Themes in the kernel: what plugins bring, the store of what operators register, and the type that travels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from ggui_core.errors import BootError
from ggui_core.protocol.theme import AppTheme, Theme
from ggui_core.seams import ThemeCatalog
from ggui_core.setup import Setup
from ggui_core.stores import MemoryThemeStore, ThemeStore
from ggui_core.testing import ThemeCatalogContract, ThemeStoreContract, booted
from ggui_core.testing.theme_contracts import theme
from ggui_core.themes import ThemePresets

from .test_hooks import plugin


class TestMemoryThemeStore(ThemeStoreContract):
    async def make(self) -> ThemeStore:
        return MemoryThemeStore()


class TestThemePresets(ThemeCatalogContract):
    async def make(self) -> tuple[ThemeCatalog, str]:
        presets = ThemePresets()
        presets.bind([("one", theme("dusk")), ("other", theme("dawn"))])
        return presets, "any-app"


def bringing(name: str, *themes: Theme) -> Any:
    from ggui_core import hookimpl

    @hookimpl
    def ggui_themes(setup: Setup) -> Sequence[Theme]:
        return themes

    return plugin(name, ggui_themes=ggui_themes)


async def test_the_themes_of_every_plugin_are_in_the_catalog() -> None:
    async with booted([bringing("one", theme("dusk")), bringing("two", theme("dawn"))]) as server:
        found = await server.setup.get(ThemeCatalog).themes("shop")
    assert [one.id for one in found] == ["dusk", "dawn"]


async def test_a_server_without_theme_plugins_knows_no_theme() -> None:
    async with booted([plugin("plain")]) as server:
        assert list(await server.setup.get(ThemeCatalog).themes("shop")) == []


async def test_two_themes_of_one_name_do_not_boot() -> None:
    with pytest.raises(BootError, match="'dusk' is offered by plugin 'one' and by plugin 'two'; disable one"):
        async with booted([bringing("one", theme("dusk")), bringing("two", theme("dusk"))]):
            pass


@pytest.mark.parametrize(
    ("faulty", "says"),
    [
        (replace(theme("dusk"), id="Dusk"), "an id is made of"),
        (replace(theme("dusk"), id="x" * 65), "an id is made of"),
        (replace(theme("dusk"), name=""), "a name has"),
        (replace(theme("dusk"), light={"--ggui-color-surface": "red;"}), "light"),
        (replace(theme("dusk"), dark={"--color-surface": "red"}), "dark"),
        (replace(theme("dusk"), document_hash="abc"), "document_hash"),
    ],
)
async def test_a_theme_that_could_not_travel_does_not_boot(faulty: Theme, says: str) -> None:
    with pytest.raises(BootError) as caught:
        async with booted([bringing("one", faulty)]):
            pass
    assert says in str(caught.value)
    assert "plugin 'one'" in str(caught.value)


SOUND: dict[str, Any] = {"mode": "dark", "cssVariables": {"--ggui-color-surface": "#000"}, "name": "Ours"}
BASE: dict[str, Any] = {"documentHash": "a" * 64, "light": {}, "dark": {"--ggui-x": "y"}}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"name": "x" * 64},
        {"base": BASE},
        {"cssVariables": {}},
        {"cssVariables": {f"--ggui-{n}": "x" * 256 for n in range(200)}},
    ],
)
def test_a_theme_within_the_limits_comes_back_as_it_was(change: dict[str, Any]) -> None:
    given = SOUND | change
    assert AppTheme.model_validate(given).model_dump(by_alias=True, exclude_none=True) == given


@pytest.mark.parametrize(
    "change",
    [
        {"mode": "dim"},
        {"mode": None},
        {"name": ""},
        {"name": "x" * 65},
        {"more": 1},
        {"cssVariables": {f"--ggui-{n}": "x" for n in range(201)}},
        {"cssVariables": {"--color-surface": "x"}},
        {"cssVariables": {"--ggui-": "x"}},
        {"cssVariables": {"--ggui-é": "x"}},
        {"cssVariables": {"--ggui-x\n": "x"}},
        {"cssVariables": {"--ggui-x": ""}},
        {"cssVariables": {"--ggui-x": "x" * 257}},
        *({"cssVariables": {"--ggui-x": f"a{bad}b"}} for bad in (";", "{", "}", "<", ">", "@", "/*")),
        {"cssVariables": {"--ggui-x": 7}},
        {"base": {**BASE, "documentHash": "A" * 64}},
        {"base": {**BASE, "documentHash": "a" * 63}},
        {"base": {"documentHash": "a" * 64, "light": {}}},
        {"base": {**BASE, "name": "x"}},
        {"base": {**BASE, "light": {"--ggui-x": "a;b"}}},
    ],
)
def test_a_theme_beyond_the_limits_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AppTheme.model_validate(SOUND | change)

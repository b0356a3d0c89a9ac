"""What a session wears: who has the say, and what travels."""

from __future__ import annotations

import pytest

from ggui_core.protocol.session import Session, Tenant
from ggui_core.protocol.theme import AppTheme
from ggui_core.seams import SliceContributor, ThemeCatalog
from ggui_core.stores import App, AppStore
from ggui_core.testing import Booted, SliceContributorContract, ThemeCatalogContract
from ggui_core.testing.session_kit import a_session
from ggui_themes.presets import preset

from .serving import answered, registering, serving

SHOP = Tenant("shop", None)


async def worn(server: Booted, theme_id: str | None = None) -> dict[str, object]:
    (contributor,) = server.setup.contributions(SliceContributor)
    part = await contributor.slice_part(a_session(tenant=SHOP, theme_id=theme_id))
    return dict(part.fields)


async def set_app_theme(server: Booted, theme: dict[str, object]) -> None:
    await server.setup.get(AppStore).add(App("shop", "builder", "Shop", 1, 1, theme=theme))


class TestThemeSlice(SliceContributorContract):
    @pytest.fixture(autouse=True)
    async def _server(self):  # type: ignore[no-untyped-def]
        async with serving("claudic") as self.server:
            yield

    async def make(self) -> SliceContributor:
        (contributor,) = self.server.setup.contributions(SliceContributor)
        return contributor

    async def session(self) -> Session:
        return a_session(tenant=SHOP, theme_id="premium-zen")


class TestAppThemes(ThemeCatalogContract):
    @pytest.fixture(autouse=True)
    async def _server(self):  # type: ignore[no-untyped-def]
        async with serving() as self.server:
            yield

    async def make(self) -> tuple[ThemeCatalog, str]:
        await answered(self.server, "ggui_ops_register_theme", registering())
        return self.server.setup.get(ThemeCatalog), "shop"


async def test_nothing_is_invented_where_nothing_is_chosen() -> None:
    async with serving() as server:
        assert await worn(server) == {}


async def test_the_theme_of_a_session_travels_with_both_ladders_and_leaves_the_mode_to_the_host() -> None:
    async with serving() as server:
        fields = await worn(server, "premium-zen")
    zen = preset("premium-zen")
    assert fields.keys() == {"theme"}
    theme = AppTheme.model_validate(fields["theme"])
    assert theme.name == "Zen"
    assert theme.css_variables == {}
    assert theme.base == zen.base


async def test_a_session_beats_the_configured_theme_and_that_beats_none() -> None:
    async with serving("claudic") as server:
        plain, own = await worn(server), await worn(server, "premium-zen")
    assert plain["themeId"] == "claudic"
    assert AppTheme.model_validate(plain["theme"]).base == preset("claudic").base
    assert AppTheme.model_validate(own["theme"]).base == preset("premium-zen").base


async def test_configured_overrides_go_with_the_configured_theme_alone() -> None:
    config = {"preset": "claudic", "mode": "dark", "overrides": {"color.surface": "#101010"}}
    async with serving(config) as server:
        plain, own = await worn(server), await worn(server, "premium-zen")
    assert plain["themeMode"] == own["themeMode"] == "dark"
    assert AppTheme.model_validate(plain["theme"]).css_variables == {"--ggui-color-surface": "#101010"}
    assert AppTheme.model_validate(own["theme"]).css_variables == {}


async def test_a_theme_that_is_gone_gives_way_to_the_configured_one() -> None:
    async with serving("claudic") as server:
        fields = await worn(server, "deleted-long-ago")
    assert AppTheme.model_validate(fields["theme"]).base == preset("claudic").base
    async with serving() as server:
        assert await worn(server, "deleted-long-ago") == {}


async def test_the_own_theme_of_an_app_lies_over_the_theme_of_its_session() -> None:
    async with serving() as server:
        await set_app_theme(server, {"mode": "dark", "cssVariables": {"--ggui-color-primary-500": "#0aaff0"}})
        plain, own = await worn(server), await worn(server, "premium-zen")
    assert plain["themeMode"] == own["themeMode"] == "dark"
    alone = AppTheme.model_validate(plain["theme"])
    assert (alone.css_variables, alone.base) == ({"--ggui-color-primary-500": "#0aaff0"}, None)
    over = AppTheme.model_validate(own["theme"])
    assert over.css_variables == {"--ggui-color-primary-500": "#0aaff0"}
    assert over.base == preset("premium-zen").base


async def test_an_app_can_name_a_theme_or_bring_its_base() -> None:
    async with serving() as server:
        await set_app_theme(server, {"mode": "light", "cssVariables": {}, "name": "indigo"})
        named = await worn(server)
    assert (named["themeId"], named["themeMode"]) == ("indigo", "light")
    base = preset("claudic").base.model_dump(by_alias=True)
    async with serving() as server:
        await set_app_theme(server, {"mode": "light", "cssVariables": {}, "name": "Ours", "base": base})
        brought = await worn(server)
    theme = AppTheme.model_validate(brought["theme"])
    assert "themeId" not in brought
    assert (theme.name, theme.base) == ("Ours", preset("claudic").base)


async def test_a_malformed_theme_of_an_app_costs_no_card_its_slice() -> None:
    async with serving("claudic") as server:
        await set_app_theme(server, {"mode": "sepia", "cssVariables": {"color": "red;"}})
        fields = await worn(server)
    assert fields["themeId"] == "claudic"
    assert "themeMode" not in fields


async def test_a_theme_registered_for_an_app_is_worn_by_its_sessions() -> None:
    async with serving() as server:
        await answered(server, "ggui_ops_register_theme", registering(surface={"$value": "#fffdf0"}))
        fields = await worn(server, "harbour")
    base = AppTheme.model_validate(fields["theme"]).base
    assert base is not None
    assert base.light["--ggui-color-surface"] == "#fffdf0"

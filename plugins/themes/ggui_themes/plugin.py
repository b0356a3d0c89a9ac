"""The hooks of ``themes``: presets, the operator's theme, tools, and what a session wears."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from ggui_core import hookimpl

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    import click
    from pydantic import BaseModel

    from ggui_core.announce import BannerRow
    from ggui_core.config import ConfigSection
    from ggui_core.mcp import Tool
    from ggui_core.protocol.theme import Theme
    from ggui_core.setup import Runtime, Setup

PLUGIN_API = 1


@hookimpl
def ggui_settings() -> type[BaseModel]:
    from ggui_themes.settings import ThemesSettings

    return ThemesSettings


@hookimpl
def ggui_config_sections() -> Sequence[ConfigSection]:
    from ggui_themes.settings import SECTIONS

    return SECTIONS


@hookimpl
def ggui_commands(cli: click.Group) -> None:
    from ggui_themes.commands import theme

    cli.add_command(theme)


@hookimpl
def ggui_provide(setup: Setup) -> None:
    from ggui_core.seams import SliceContributor, ThemeCatalog
    from ggui_themes.catalog import AppThemes
    from ggui_themes.slice import ThemeSlice

    catalog = AppThemes(setup)
    setup.provide(ThemeCatalog, catalog)
    setup.provide(AppThemes, catalog)
    # Before others: what the operator says of the mode beats the renderer's word for hosts that say nothing.
    setup.contribute(SliceContributor, ThemeSlice(setup, catalog), rank=-10)


@hookimpl
def ggui_themes(setup: Setup) -> Sequence[Theme]:
    from ggui_themes.chosen import theme_of_file
    from ggui_themes.presets import presets

    own = theme_of_file(setup)
    return presets() if own is None else [*presets(), own]


@hookimpl
def ggui_mcp_tools(setup: Setup) -> Sequence[Tool[Any, Any]]:
    from ggui_themes.catalog import AppThemes
    from ggui_themes.tools import ThemeTools

    return ThemeTools(setup, setup.get(AppThemes)).declared()


@hookimpl
def ggui_announce(setup: Setup) -> Sequence[BannerRow]:
    from ggui_core.announce import BannerRow
    from ggui_themes.catalog import AppThemes

    chosen = setup.get(AppThemes).chosen
    # Without a ggui.json there is nothing to report (spec 03 section 3.3).
    return [BannerRow("theme", chosen.label if setup.config.app is not None else None)]


@hookimpl
def ggui_lifespan(runtime: Runtime) -> AbstractAsyncContextManager[object]:
    return _lifespan(runtime)


@asynccontextmanager
async def _lifespan(runtime: Runtime) -> AsyncIterator[None]:
    from ggui_core.bus import AppDeleted, Bus
    from ggui_core.stores import ThemeStore
    from ggui_themes.catalog import AppThemes

    await runtime.get(AppThemes).check_default()
    store = runtime.get(ThemeStore)
    unsubscribe = runtime.get(Bus).subscribe(AppDeleted, lambda event: store.forget(event.app_id))
    try:
        yield
    finally:
        unsubscribe()

"""The hooks of ``blueprints``: what can be reused, and who looks after it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from ggui_core import hookimpl

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    import click
    from pydantic import BaseModel

    from ggui_core.config import ConfigSection, ServeOption
    from ggui_core.mcp import Tool
    from ggui_core.seams import RegistryTier
    from ggui_core.setup import Runtime, Setup

PLUGIN_API = 1


@hookimpl
def ggui_settings() -> type[BaseModel]:
    from ggui_blueprints.settings import BlueprintSettings

    return BlueprintSettings


@hookimpl
def ggui_config_sections() -> Sequence[ConfigSection]:
    from ggui_blueprints.settings import SECTIONS

    return SECTIONS


@hookimpl
def ggui_serve_options() -> Sequence[ServeOption]:
    from ggui_blueprints.settings import OPTIONS

    return OPTIONS


@hookimpl
def ggui_commands(cli: click.Group) -> None:
    from ggui_blueprints.commands import add_to

    add_to(cli)


@hookimpl
def ggui_provide(setup: Setup) -> None:
    from ggui_blueprints.library import Library

    Library.open(setup)


@hookimpl
def ggui_registry_tiers(setup: Setup) -> Sequence[RegistryTier]:
    from ggui_blueprints.library import Library

    return setup.get(Library).tiers()


@hookimpl
def ggui_mcp_tools(setup: Setup) -> Sequence[Tool[Any, Any]]:
    from ggui_blueprints.library import Library

    return setup.get(Library).tools()


@hookimpl
def ggui_lifespan(runtime: Runtime) -> AbstractAsyncContextManager[object]:
    return _lifespan(runtime)


@asynccontextmanager
async def _lifespan(runtime: Runtime) -> AsyncIterator[None]:
    from ggui_blueprints.library import Library

    async with runtime.get(Library).running():
        yield

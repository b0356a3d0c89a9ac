"""The hooks of ``gadgets``: the packages that the operator declares, and what a view needs to load them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ggui_core import hookimpl

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ggui_core.config import ConfigSection
    from ggui_core.http.routes import Route
    from ggui_core.protocol.gadgets import GadgetDescriptor
    from ggui_core.setup import Setup

PLUGIN_API = 1


@hookimpl
def ggui_settings() -> type[BaseModel]:
    from ggui_gadgets.settings import GadgetsSettings

    return GadgetsSettings


@hookimpl
def ggui_config_sections() -> Sequence[ConfigSection]:
    from ggui_gadgets.settings import SECTIONS

    return SECTIONS


@hookimpl
def ggui_provide(setup: Setup) -> None:
    from ggui_core.seams import SliceContributor
    from ggui_gadgets.declared import Declared
    from ggui_gadgets.slice import GadgetSlice

    setup.provide(Declared, Declared(setup))
    setup.contribute(SliceContributor, GadgetSlice(setup))


@hookimpl
def ggui_gadgets(setup: Setup) -> Sequence[GadgetDescriptor]:
    from ggui_gadgets.declared import Declared

    return setup.get(Declared).rows


@hookimpl
def ggui_routes(setup: Setup) -> Sequence[Route]:
    from ggui_gadgets.bundle_routes import BundleRoutes
    from ggui_gadgets.declared import Declared

    return BundleRoutes(setup.get(Declared).folders).routes()

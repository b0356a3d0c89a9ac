"""The hooks of ``apps``: tools that look after apps, a path for each, and its rate."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from ggui_core import hookimpl

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ggui_core.mcp import AppRate, AppRouting, Tool
    from ggui_core.setup import Runtime, Setup

PLUGIN_API = 1


@hookimpl
def ggui_settings() -> type[BaseModel]:
    from ggui_apps.settings import AppsSettings

    return AppsSettings


@hookimpl
def ggui_policies(setup: Setup) -> Sequence[AppRouting | AppRate]:
    from ggui_apps.access import AppAccess
    from ggui_apps.settings import AppsSettings
    from ggui_core.mcp import AppRate, AppRouting
    from ggui_core.stores import AppStore

    access = AppAccess(setup.get(AppStore))
    prefix = setup.settings(AppsSettings).path_prefix
    return (AppRouting(access.authorise, prefix=prefix), AppRate(access.rate))


@hookimpl
def ggui_mcp_tools(setup: Setup) -> Sequence[Tool[Any, Any]]:
    from ggui_apps.default_app import DefaultApp
    from ggui_apps.tools import AppTools

    return AppTools(setup, DefaultApp(setup)).declared()


@hookimpl
def ggui_lifespan(runtime: Runtime) -> AbstractAsyncContextManager[object]:
    from ggui_apps.default_app import DefaultApp

    return DefaultApp(runtime.setup).following()

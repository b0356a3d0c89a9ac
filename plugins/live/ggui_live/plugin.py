"""The hooks of ``live``: the socket and the rungs below it, the token in every slice, and two tools of the view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ggui_core import hookimpl

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from pydantic import BaseModel

    from ggui_core.http.routes import Route
    from ggui_core.mcp import Tool
    from ggui_core.setup import Runtime, Setup

PLUGIN_API = 1


@hookimpl
def ggui_settings() -> type[BaseModel]:
    from ggui_live.settings import LiveSettings

    return LiveSettings


@hookimpl
def ggui_provide(setup: Setup) -> None:
    from ggui_core.seams import LiveTokens, SliceContributor
    from ggui_live.channel import LiveChannel
    from ggui_live.slice import LiveSlice, ViewTokens

    channel = LiveChannel(setup)
    setup.provide(LiveChannel, channel)
    setup.provide(LiveTokens, ViewTokens(channel))
    setup.contribute(SliceContributor, LiveSlice(channel))


@hookimpl
def ggui_routes(setup: Setup) -> Sequence[Route]:
    from ggui_live.calls import Calls
    from ggui_live.channel import LiveChannel
    from ggui_live.fallbacks import Fallbacks
    from ggui_live.socket import SocketRoute

    channel = setup.get(LiveChannel)
    return (*SocketRoute(channel).routes(), *Fallbacks(channel).routes(), *Calls(channel).routes())


@hookimpl
def ggui_mcp_tools(setup: Setup) -> Sequence[Tool[Any, Any]]:
    from ggui_live.channel import LiveChannel
    from ggui_live.pull import pull_tool
    from ggui_live.refresh import refresh_tool

    channel = setup.get(LiveChannel)
    return (refresh_tool(channel), pull_tool(channel))


@hookimpl
def ggui_lifespan(runtime: Runtime) -> AbstractAsyncContextManager[object]:
    from ggui_live.channel import LiveChannel

    return runtime.get(LiveChannel).open()

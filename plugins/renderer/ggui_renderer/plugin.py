"""The hooks of ``renderer``: documents and assets for views, and the page on which a person sees a session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ggui_core import hookimpl

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ggui_core.auth import AuthAdapter
    from ggui_core.http.routes import Route, SessionCookie
    from ggui_core.setup import Setup

PLUGIN_API = 1


@hookimpl
def ggui_settings() -> type[BaseModel]:
    from ggui_renderer.settings import RendererSettings

    return RendererSettings


@hookimpl
def ggui_provide(setup: Setup) -> None:
    from ggui_core.gadgets import GadgetPackages
    from ggui_core.seams import ComponentCatalog, ShellBuilder, SliceContributor
    from ggui_renderer.built import Built
    from ggui_renderer.catalog import BuiltCatalog
    from ggui_renderer.origin import ServerOrigin
    from ggui_renderer.render_slice import RenderSlice
    from ggui_renderer.settings import RendererSettings
    from ggui_renderer.shells import Shells

    settings = setup.settings(RendererSettings)
    built = Built.load()
    origin = ServerOrigin.of(setup.base_url)
    shells = Shells(
        built, origin, lambda: setup.get(GadgetPackages).all, inline_runtime=settings.inline_runtime
    )
    setup.provide(ShellBuilder, shells)
    setup.contribute(SliceContributor, RenderSlice(setup, built.runtime.hash12, settings.theme_mode))
    setup.provide(ComponentCatalog, BuiltCatalog.load())
    setup.provide(Built, built)


@hookimpl
def ggui_auth_adapters(setup: Setup) -> Sequence[AuthAdapter]:
    from ggui_core.tokens import TokenSigner
    from ggui_renderer.viewer_cookie import ViewerAdapter

    return (ViewerAdapter(setup.get(TokenSigner)),)


@hookimpl
def ggui_policies(setup: Setup) -> Sequence[SessionCookie]:
    from ggui_core.http.routes import SessionCookie
    from ggui_renderer.viewer_cookie import COOKIE

    return (SessionCookie(COOKIE),)


@hookimpl
def ggui_routes(setup: Setup) -> Sequence[Route]:
    from ggui_core.mcp.caller import ToolCaller
    from ggui_core.seams import ComponentCatalog, GadgetCatalog, SessionService, ShellBuilder
    from ggui_core.stores import CodeStore
    from ggui_core.tokens import TokenSigner
    from ggui_renderer.api import tickets
    from ggui_renderer.asset_routes import asset_routes
    from ggui_renderer.audience import Audience
    from ggui_renderer.built import Built
    from ggui_renderer.relay import Relay
    from ggui_renderer.shims import shims
    from ggui_renderer.ticket_routes import TicketRoutes
    from ggui_renderer.viewer import Viewer

    built = setup.get(Built)
    shared = shims(setup.get(ComponentCatalog).modules)
    assets = asset_routes(built, setup.get(CodeStore), shared)
    sessions = setup.find(SessionService)
    if sessions is None:
        return assets  # nothing is rendered on this server; its views are somebody else's
    audience = Audience.of(setup, sessions)
    signer = setup.get(TokenSigner)
    viewer = Viewer(
        built=built,
        sessions=sessions,
        audience=audience,
        shells=setup.get(ShellBuilder),
        signer=signer,
        tickets=tickets(setup),
        gadgets=setup.get(GadgetCatalog),
        clock=setup.clock,
        base_url=setup.base_url,
    )
    return (
        *assets,
        *viewer.routes(),
        *Relay(audience, setup.get(ToolCaller), signer).routes(),
        *TicketRoutes(audience, tickets(setup)).routes(),
    )

"""The hooks of ``pairing``: one pool of bearers, the codes that lead to them, and the operator's token."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from ggui_core import hookimpl

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    import click
    from pydantic import BaseModel

    from ggui_core.announce import BannerRow, Beacon
    from ggui_core.auth import AuthAdapter
    from ggui_core.checks import Check
    from ggui_core.config import ServeOption
    from ggui_core.http.routes import Route, SessionCookie
    from ggui_core.mcp import Tool
    from ggui_core.setup import Runtime, Setup

PLUGIN_API = 1


@hookimpl
def ggui_settings() -> type[BaseModel]:
    from ggui_pairing.settings import PairingSettings

    return PairingSettings


@hookimpl
def ggui_serve_options() -> Sequence[ServeOption]:
    from ggui_pairing.settings import OPTIONS

    return OPTIONS


@hookimpl
def ggui_commands(cli: click.Group) -> None:
    from ggui_pairing.commands import keys

    cli.add_command(keys)


@hookimpl
def ggui_provide(setup: Setup) -> None:
    from ggui_pairing.desk import Desk

    Desk.open(setup)


@hookimpl
def ggui_auth_adapters(setup: Setup) -> Sequence[AuthAdapter]:
    from ggui_core.stores import PairingStore
    from ggui_pairing.adapter import PairingAdapter
    from ggui_pairing.admin import AdminAdapter
    from ggui_pairing.desk import Desk

    desk = setup.get(Desk)
    return (
        AdminAdapter(desk.admin_token, desk.sessions(setup)),
        PairingAdapter(setup.get(PairingStore), setup.clock),
    )


@hookimpl
def ggui_policies(setup: Setup) -> Sequence[SessionCookie]:
    from ggui_core.http.routes import SessionCookie
    from ggui_pairing.admin import COOKIE

    return (SessionCookie(COOKIE),)


@hookimpl
def ggui_routes(setup: Setup) -> Sequence[Route]:
    from ggui_pairing.admin_routes import AdminRoutes
    from ggui_pairing.api import code_slot, pairings, server_name
    from ggui_pairing.desk import Desk
    from ggui_pairing.routes import PairingRoutes
    from ggui_pairing.settings import PairingSettings

    desk = setup.get(Desk)
    pairing = PairingRoutes(
        pairings(setup),
        code_slot(setup),
        builder_may_mint=setup.settings(PairingSettings).builder_may_mint,
        server_name=server_name(setup),
    )
    admin = AdminRoutes(desk.admin_token, desk.sessions(setup), setup.audit, base_url=setup.base_url)
    return (*pairing.routes(), *admin.routes())


@hookimpl
def ggui_mcp_tools(setup: Setup) -> Sequence[Tool[Any, Any]]:
    from ggui_pairing.connector_keys import ConnectorKeyTools

    return ConnectorKeyTools(setup).declared()


@hookimpl
def ggui_checks(setup: Setup) -> Sequence[Check]:
    from ggui_core.checks import Check
    from ggui_pairing.desk import Desk

    desk = setup.get(Desk)
    return (Check("pairings", lambda: desk.is_readable(setup)),)


@hookimpl
def ggui_announce(setup: Setup) -> Sequence[Beacon | BannerRow]:
    from ggui_core.announce import BannerRow, Beacon
    from ggui_pairing.desk import Desk

    desk = setup.get(Desk)
    return (
        Beacon("PAIR_CODE", lambda: desk.boot_code, 10),
        Beacon("ADMIN_TOKEN", desk.admin_token, 20),
        BannerRow("pair code", desk.described_code, 40),
        BannerRow("admin token", desk.admin_token, 41),
    )


@hookimpl
def ggui_lifespan(runtime: Runtime) -> AbstractAsyncContextManager[object]:
    return _lifespan(runtime)


@asynccontextmanager
async def _lifespan(runtime: Runtime) -> AsyncIterator[None]:
    from ggui_pairing.boot_code import boot_code
    from ggui_pairing.desk import Desk, ending_what_is_over

    setup = runtime.setup
    desk = setup.get(Desk)
    if setup.process.speaks and not setup.server.dev_allow_all:
        desk.boot_code = await boot_code(setup)
        desk.is_code_elsewhere = desk.boot_code is None
    async with desk.following_file(setup), ending_what_is_over(setup):
        yield

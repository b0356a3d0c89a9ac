"""Servers that the tests of the wire share, and the identities they know."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from types import ModuleType

import pytest
from aiohttp import web

from ggui_core.auth import AppIdentity, AuthRequest, BuilderIdentity, Principal, UserIdentity
from ggui_core.http.routes import Access, Route, SessionCookie
from ggui_core.testing import Booted, booted

MakePlugin = Callable[..., ModuleType]

PRINCIPALS = {
    "builder": Principal(BuilderIdentity(), "pairing", "pairing:pair-1"),
    "builder-2": Principal(BuilderIdentity(), "pairing", "pairing:pair-2"),
    "user": Principal(UserIdentity("u-1", "w-1"), "oauth", "oauth:u-1"),
    "oidc": Principal(UserIdentity("u-2"), "oidc", "oidc:u-2"),
    "app": Principal(AppIdentity("app-1", "hash"), "apikey", "apikey:1"),
    "admin": Principal(BuilderIdentity(), "admin", "admin", operator=True),
    "staff": Principal(UserIdentity("u-3"), "oidc", "oidc:u-3", operator=True),
}


class Table:
    """Knows the bearers of :data:`PRINCIPALS`, the admin's on the operator plane only; ``crash`` breaks it."""

    name = "table"
    rank = 10

    async def authenticate(self, request: AuthRequest) -> Principal | None:
        if request.bearer == "crash":
            raise ConnectionError("keys at /etc/keys.json cannot be read")
        if request.bearer == "admin" and request.plane == "data":
            return None
        return PRINCIPALS.get(request.bearer or request.cookies.get("session", ""))


async def ok(request: web.Request) -> web.StreamResponse:
    return web.json_response({"ok": True})


@pytest.fixture
def table(plugin: MakePlugin) -> ModuleType:
    return plugin("table", auth_adapters=lambda setup: [Table()])


@pytest.fixture
async def server(probe: ModuleType, table: ModuleType) -> AsyncIterator[Booted]:
    async with booted([probe, table]) as running:
        yield running


@pytest.fixture
async def open_server(probe: ModuleType) -> AsyncIterator[Booted]:
    async with booted([probe], args=["--dev-allow-all"]) as running:
        yield running


@pytest.fixture
async def cookie_server(probe: ModuleType, table: ModuleType, plugin: MakePlugin) -> AsyncIterator[Booted]:
    routes = [
        Route("POST", "/save", ok, Access.BEARER),
        Route("POST", "/login", ok, Access.OPEN, csrf_exempt=True),
        Route("GET", "/page", ok, Access.OPEN),
        Route("GET", "/framed", ok, Access.OPEN, frameable=True),
        Route("GET", "/asset", ok, Access.OPEN, cors="any"),
    ]
    cookies = plugin(
        "cookies",
        policies=lambda setup: [SessionCookie("session"), SessionCookie("other")],
        routes=lambda setup: routes,
    )
    async with booted([probe, table, cookies]) as running:
        yield running

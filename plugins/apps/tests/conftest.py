"""A server with apps, and callers of every kind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel

import ggui_apps.plugin as apps
from ggui_core import hookimpl
from ggui_core.auth import AppIdentity, AuthRequest, BuilderIdentity, Principal, UserIdentity
from ggui_core.mcp import Tool, ToolContext
from ggui_core.mcp.tools import NoArguments
from ggui_core.testing import Booted, FakeClock, booted

CALLERS = {
    "builder": Principal(BuilderIdentity(), "pairing", "pairing:pair-1"),
    "builder-2": Principal(BuilderIdentity(), "pairing", "pairing:pair-2"),
    "ann": Principal(UserIdentity("ann"), "oauth", "oauth:ann"),
    "ben": Principal(UserIdentity("ben"), "email", "email:ben"),
    "called-builder": Principal(UserIdentity("builder"), "oauth", "oauth:builder"),
    "app-garden": Principal(AppIdentity("garden", "h"), "apikey", "apikey:g"),
}


class Callers:
    """Knows the bearers of :data:`CALLERS`; ``app:<id>`` is the key of that app, ``user:<id>`` a user bound to it."""

    name = "callers"
    rank = 1

    async def authenticate(self, request: AuthRequest) -> Principal | None:
        bearer = request.bearer or ""
        kind, _, app_id = bearer.partition(":")
        if kind == "app" and app_id:
            return Principal(AppIdentity(app_id, "h"), "apikey", f"apikey:{app_id}")
        if kind == "user" and app_id:
            return Principal(UserIdentity("eve", app_id=app_id), "oauth", "oauth:eve")
        return CALLERS.get(bearer)


class Where(BaseModel):
    app: str


async def where(_: NoArguments, context: ToolContext) -> Where:
    return Where(app=context.app_id)


def callers() -> ModuleType:
    """A plugin with the adapter, and a tool that says in which app it runs."""
    module = ModuleType("callers")
    tools = [Tool("where", "In which app.", NoArguments, Where, where)]
    vars(module).update(
        PLUGIN_API=1,
        PLUGIN_NAME="callers",
        ggui_auth_adapters=hookimpl(lambda setup: [Callers()], specname="ggui_auth_adapters"),
        ggui_mcp_tools=hookimpl(lambda setup: tools, specname="ggui_mcp_tools"),
    )
    return module


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(start=1_800_000_000.0)


@pytest.fixture
async def server(clock: FakeClock) -> AsyncIterator[Booted]:
    config = {"app": {"slug": "garden", "name": "Garden planner"}}
    async with booted([apps, callers()], config=config, clock=clock) as running:
        yield running


async def ops(server: Booted, tool: str, bearer: str = "builder", **arguments: Any) -> dict[str, Any]:
    """The result of an ops tool, named without its prefix."""
    return await server.call_tool(f"ggui_ops_{tool}", arguments, path="/ops", bearer=bearer)


async def done(server: Booted, tool: str, bearer: str = "builder", **arguments: Any) -> dict[str, Any]:
    """What an ops tool answered; it must have succeeded."""
    result = await ops(server, tool, bearer, **arguments)
    assert not result["isError"], result
    answered: dict[str, Any] = result["structuredContent"]
    return answered


async def refused(server: Booted, tool: str, bearer: str = "builder", **arguments: Any) -> str:
    """The code with which an ops tool failed."""
    result = await ops(server, tool, bearer, **arguments)
    assert result["isError"], result
    code: str = result["_meta"]["ai.ggui/error"]["code"]
    return code


async def created(server: Booted, bearer: str = "builder", name: str = "Shop") -> str:
    """The id of a new app."""
    app_id: str = (await done(server, "create_app", bearer, displayName=name))["appId"]
    return app_id

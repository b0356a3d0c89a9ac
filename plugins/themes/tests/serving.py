"""A booted server with this plugin, and callers of several kinds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

import ggui_themes.plugin as themes
from ggui_core import hookimpl
from ggui_core.auth import AppIdentity, AuthAdapter, AuthRequest, Principal, UserIdentity
from ggui_core.setup import Setup
from ggui_core.testing import Booted, booted
from ggui_themes.presets import document

ERROR = "ai.ggui/error"


class Badges:
    """Knows callers by what their bearers say: ``app:shop``, ``user:shop:ann``."""

    name = "badges"
    rank = 1

    async def authenticate(self, request: AuthRequest) -> Principal | None:
        kind, _, rest = (request.bearer or "").partition(":")
        if kind == "user":
            app, _, user = rest.partition(":")
            return Principal(UserIdentity(user, app_id=app), "apikey", f"badge:{rest}")
        if kind == "app":
            return Principal(AppIdentity(rest, "sha256:badge"), "apikey", f"badge:{rest}")
        return None


def badges() -> ModuleType:
    """The plugin that brings them."""

    @hookimpl
    def ggui_auth_adapters(setup: Setup) -> Sequence[AuthAdapter]:
        return [Badges()]

    module = ModuleType("ggui_badges")
    vars(module).update(PLUGIN_API=1, ggui_auth_adapters=ggui_auth_adapters)
    return module


@asynccontextmanager
async def serving(
    theme: object = None,
    *,
    settings: Mapping[str, Any] | None = None,
    app: Mapping[str, Any] | None = None,
    more: Sequence[ModuleType] = (),
) -> AsyncIterator[Booted]:
    """Boot with ``ggui.json#theme`` and the settings of the plugin."""
    config: dict[str, Any] = {"app": {"slug": "shop", "name": "Shop", **(app or {})}}
    if theme is not None:
        config["theme"] = theme
    if settings is not None:
        config["plugins"] = {"settings": {"themes": dict(settings)}}
    async with booted([themes, badges(), *more], config=config, args=["--dev-allow-all"]) as server:
        yield server


async def called(
    server: Booted, tool: str, arguments: Mapping[str, Any] | None = None, *, bearer: str | None = None
) -> dict[str, Any]:
    """The result of a tool, whichever route lists it."""
    path = "/ops" if tool.startswith("ggui_ops_") else "/mcp"
    return await server.call_tool(tool, arguments or {}, path=path, bearer=bearer)


async def answered(server: Booted, tool: str, arguments: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """The output of a call that succeeds."""
    result = await called(server, tool, arguments, **more)
    assert not result["isError"], result
    output: dict[str, Any] = result["structuredContent"]
    return output


async def refused(server: Booted, tool: str, arguments: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """The facts and the text of a call that fails."""
    result = await called(server, tool, arguments, **more)
    assert result["isError"], result
    return {**result["_meta"][ERROR], "text": result["content"][0]["text"]}


def registration(**changes: Any) -> dict[str, Any]:
    """A pair of complete documents; ``changes`` are merged into the colours of both."""
    pair = {mode: document("claudic", mode) for mode in ("light", "dark")}
    for one in pair.values():
        one["$name"] = "Harbour"
        one["color"].update(changes)
    return pair


def registering(theme_id: str = "harbour", app_id: str = "shop", **changes: Any) -> dict[str, Any]:
    """What ``ggui_ops_register_theme`` takes."""
    return {"appId": app_id, "themeId": theme_id, "registration": registration(**changes)}

"""A plugin that holds things open: a long-poll tool and a socket. For tests only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiohttp import web
from pydantic import BaseModel

from ggui_core import hookimpl
from ggui_core.http.routes import Access, Route
from ggui_core.http.sockets import open_socket
from ggui_core.mcp import Tool
from ggui_core.mcp.tools import NoArguments, ToolContext
from ggui_core.setup import Setup

PLUGIN_API = 1


reasons: dict[str, str | None] = {}
"""Why the last call of each credential ended. The caller may get the result or a 401, whichever is first."""


class Ended(BaseModel):
    reason: str | None


async def park(_: NoArguments, context: ToolContext) -> Ended:
    await context.ended.wait()
    reasons[context.principal.credential_id] = context.call.end_reason
    return Ended(reason=context.call.end_reason)


class Where(BaseModel):
    app: str


async def where(_: NoArguments, context: ToolContext) -> Where:
    return Where(app=context.app_id)


@hookimpl
def ggui_mcp_tools(setup: Setup) -> Sequence[Tool[Any, Any]]:
    return (
        Tool("park", "Waits until it is ended.", NoArguments, Ended, park, long_poll=True),
        Tool("where", "In which app.", NoArguments, Where, where),
    )


@hookimpl
def ggui_routes(setup: Setup) -> Sequence[Route]:
    async def socket(request: web.Request) -> web.StreamResponse:
        async with open_socket(request, setup) as opened:
            async for _ in opened:
                pass
            return opened

    return (Route("GET", "/parked", socket, Access.BEARER, family="text"),)

"""A plugin for tests: tools that park, write slowly, report progress or fail, a service, and a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web
from pydantic import BaseModel, Field

from ggui_core import hookimpl
from ggui_core.checks import Check
from ggui_core.errors import ToolError
from ggui_core.http.routes import Access, Route, json_object, principal_of
from ggui_core.http.sockets import open_socket
from ggui_core.mcp import McpService, Tool, ToolContext
from ggui_core.setup import Runtime, Setup

PLUGIN_API = 1
PLUGIN_NAME = "probe"


@dataclass
class Observed:
    """What the tools saw, for the test to look at."""

    wake: asyncio.Event = field(default_factory=asyncio.Event)
    parked: int = 0
    left: list[str] = field(default_factory=list)
    written: int = 0
    started: int = 0
    steps: int = 0


observed = Observed()


def reset() -> Observed:
    """Forget what was seen; call it before each boot."""
    global observed
    observed = Observed()
    return observed


class Text(BaseModel):
    text: str = Field(default="", max_length=1_000_000)


class Said(BaseModel):
    text: str
    app_id: str = Field(serialization_alias="appId")
    principal: str


class Events(BaseModel):
    events: list[str]
    status: str


class Delay(BaseModel):
    seconds: float = 0.2


class Steps(BaseModel):
    count: int = 3


class Count(BaseModel):
    count: int


async def echo(arguments: Text, context: ToolContext) -> Said:
    return Said(text=arguments.text, app_id=context.app_id, principal=context.principal.source)


async def park(arguments: Text, context: ToolContext) -> Events:
    seen = observed
    seen.parked += 1
    woken = asyncio.ensure_future(seen.wake.wait())
    ended = asyncio.ensure_future(context.ended.wait())
    try:
        await asyncio.wait({woken, ended}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        woken.cancel()
        ended.cancel()
        seen.parked -= 1
        seen.left.append(context.call.end_reason or "woken")
    return Events(events=["woken"] if seen.wake.is_set() else [], status="active")


async def stubborn(arguments: Text, context: ToolContext) -> Events:
    """A long-poll that ignores its ending; the transport has to cancel it."""
    seen = observed
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        seen.left.append("cancelled")
        raise
    return Events(events=[], status="active")


async def write(arguments: Delay, context: ToolContext) -> Count:
    seen = observed
    seen.started += 1
    await asyncio.sleep(arguments.seconds)
    seen.written += 1
    return Count(count=seen.written)


async def hold(arguments: Text, context: ToolContext) -> Count:
    """A write that lasts until the test lets it end."""
    seen = observed
    seen.started += 1
    await seen.wake.wait()
    seen.written += 1
    return Count(count=seen.written)


async def steps(arguments: Steps, context: ToolContext) -> Count:
    seen = observed
    for step in range(arguments.count):
        await context.progress(step + 1, arguments.count, f"step {step + 1}")
        seen.steps += 1
        await asyncio.sleep(0.01)
    return Count(count=arguments.count)


async def refuse(arguments: Text, context: ToolContext) -> Count:
    raise ToolError(
        "The probe refuses.",
        code="probe_refused",
        hint="Call ggui_probe_echo instead.",
        retryable=True,
        retry_after_ms=250,
    )


async def crash(arguments: Text, context: ToolContext) -> Count:
    raise RuntimeError("secret path /etc/passwd")


TOOLS: Sequence[Tool[Any, Any]] = (
    Tool("ggui_probe_echo", "Say it again.", Text, Said, echo, title="Echo", read_only=True),
    Tool("ggui_probe_park", "Wait for an event.", Text, Events, park, long_poll=True),
    Tool("ggui_probe_stubborn", "Wait and never look up.", Text, Events, stubborn, long_poll=True),
    Tool("ggui_probe_write", "Write something slowly.", Delay, Count, write),
    Tool("ggui_probe_hold", "Write something, once woken.", Text, Count, hold),
    Tool("ggui_probe_steps", "Report progress.", Steps, Count, steps),
    Tool("ggui_probe_refuse", "Fail on purpose.", Text, Count, refuse),
    Tool("ggui_probe_crash", "Crash on purpose.", Text, Count, crash),
    Tool("ggui_runtime_probe", "For the app.", Text, Said, echo, audience="runtime"),
    Tool("ggui_protocol_probe", "For designers.", Text, Said, echo, audience="protocol"),
    Tool("ggui_ops_probe", "For operators.", Text, Said, echo, audience="ops", destructive=True),
)


@hookimpl
def ggui_mcp_tools(setup: Setup) -> Sequence[Tool[Any, Any]]:
    return TOOLS


@hookimpl
def ggui_mcp_services(setup: Setup) -> Sequence[McpService]:
    return [
        McpService("open", "/probe/open", [Tool("whoami", "Who calls.", Text, Said, echo)], anonymous=True),
        McpService("closed", "/probe/closed", [Tool("whoami", "Who calls.", Text, Said, echo)]),
    ]


@hookimpl
def ggui_checks(setup: Setup) -> Sequence[Check]:
    async def fine() -> bool:
        return True

    return [Check("probe", fine)]


@hookimpl
def ggui_routes(setup: Setup) -> Sequence[Route]:
    async def socket(request: web.Request) -> web.StreamResponse:
        async with open_socket(request, setup) as connection:
            async for message in connection:
                if message.type is WSMsgType.TEXT:
                    await connection.send_str(message.data)
        return connection

    async def body(request: web.Request) -> web.StreamResponse:
        return web.json_response(dict(await json_object(request)))

    async def slow(request: web.Request) -> web.StreamResponse:
        seen = observed
        seen.started += 1
        await seen.wake.wait()
        seen.written += 1
        return web.json_response({})

    async def who(request: web.Request) -> web.StreamResponse:
        return web.json_response({"source": principal_of(request).source})

    async def boom(request: web.Request) -> web.StreamResponse:
        raise RuntimeError("secret path /etc/passwd")

    return [
        Route("GET", "/probe-socket", socket, Access.BEARER, family="text"),
        Route("POST", "/probe-body", body, Access.OPEN),
        Route("POST", "/probe-write", slow, Access.OPEN),
        Route("GET", "/probe-write", slow, Access.OPEN),
        Route("GET", "/probe-who", who, Access.BEARER),
        Route("GET", "/probe-builder", who, Access.BUILDER, plane="operator"),
        Route("GET", "/probe-operator", who, Access.OPERATOR, plane="operator"),
        Route("GET", "/probe-crash", boom, Access.OPEN),
    ]


@hookimpl
@asynccontextmanager
async def ggui_lifespan(runtime: Runtime) -> AsyncIterator[None]:
    yield

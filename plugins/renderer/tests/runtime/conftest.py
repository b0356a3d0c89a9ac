"""The built runtime in a real browser, under a scripted host."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, ConsoleMessage, expect

from .building import built_runtime
from .harness import HOST_PAGE, Host, Json, LiveServer, Origin, structured

expect.set_options(timeout=30_000)  # the machine may be busy


@pytest.fixture(scope="session")
def runtime() -> str:
    return built_runtime()


@pytest_asyncio.fixture(loop_scope="session")
async def live(runtime: str) -> AsyncIterator[LiveServer]:
    """A scripted server on an origin of its own."""
    server = LiveServer(runtime)
    await server.origin.start()
    yield server
    await server.origin.stop()


async def _host_page(_: web.Request) -> web.FileResponse:
    return web.FileResponse(HOST_PAGE)


async def _nothing_new(_: Json) -> Json | None:
    """A pull that is held until the card is gone."""
    return None


async def _well(_: Json) -> Json:
    return structured({"ok": True})


async def _heard(_: Json) -> Json:
    return structured({"ok": True, "consumerPresent": True})


@pytest_asyncio.fixture(loop_scope="session")
async def host(browser: Browser, runtime: str, live: LiveServer) -> AsyncIterator[Host]:
    """A host page whose tools answer as a healthy server does."""
    async with contextlib.AsyncExitStack() as stack:
        app = web.Application()
        app.router.add_get("/", _host_page)
        origin = Origin(app)
        await origin.start()
        stack.push_async_callback(origin.stop)
        context = await browser.new_context(viewport={"width": 640, "height": 800})
        stack.push_async_callback(context.close)
        context.set_default_timeout(30_000)
        host = Host(await context.new_page(), runtime, live)
        stack.push_async_callback(host.hang_up)
        host.tools |= {
            "ggui_runtime_submit_action": _heard,
            "ggui_runtime_sync_context": _well,
            "ggui_runtime_telemetry": _well,
            "ggui_runtime_pull": _nothing_new,
        }
        await _watch(host)
        await host.page.goto(origin.url)
        yield host


async def _watch(host: Host) -> None:
    """Answer the page's tool calls, and note what it complains about."""

    async def call_tool(name: str, arguments: Json) -> Json | None:
        return await host.call_tool(name, arguments)

    def note(message: ConsoleMessage) -> None:
        host.console.append(f"{message.type}: {message.text}")

    host.page.on("console", note)
    host.page.on("pageerror", lambda error: host.console.append(f"uncaught: {error}"))
    await host.page.expose_function("callTool", call_tool)
    await host.page.expose_function("readResource", host.read_resource)

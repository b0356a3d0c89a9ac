"""The built runtime in a real browser, under a scripted host."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, ConsoleMessage, Error, async_playwright, expect

from .harness import HOST_PAGE, Host, Json, LiveServer, Origin, structured

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
expect.set_options(timeout=30_000)  # the machine may be busy
WEB = Path(__file__).parents[2] / "web"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The system's Chromium; a visible skip where there is none."""
    executable = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if executable is None:
        pytest.skip("Chromium is not installed")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield chromium
        await chromium.close()


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The runtime, bundled as it is served."""
    out = tmp_path_factory.mktemp("runtime") / "runtime.js"
    esbuild = next((WEB / "node_modules" / "@esbuild").glob("*/bin/esbuild"))
    flags = ["--bundle", "--minify", "--format=esm", "--target=es2022", "--jsx=automatic", "--charset=utf8"]
    production = '--define:process.env.NODE_ENV="production"'
    entry = "packages/runtime/src/main.ts"
    subprocess.run([esbuild, entry, *flags, production, f"--outfile={out}"], cwd=WEB, check=True)
    return out.read_text()


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
    app = web.Application()
    app.router.add_get("/", _host_page)
    origin = Origin(app)
    await origin.start()
    context = await browser.new_context(viewport={"width": 640, "height": 800})
    context.set_default_timeout(30_000)
    page = await context.new_page()
    host = Host(page, runtime, live)
    host.tools |= {
        "ggui_runtime_submit_action": _heard,
        "ggui_runtime_sync_context": _well,
        "ggui_runtime_telemetry": _well,
        "ggui_runtime_pull": _nothing_new,
    }

    async def call_tool(name: str, arguments: Json) -> Json | None:
        return await host.call_tool(name, arguments)

    def note(message: ConsoleMessage) -> None:
        host.console.append(f"{message.type}: {message.text}")

    page.on("console", note)
    page.on("pageerror", lambda error: host.console.append(f"uncaught: {error}"))
    await page.expose_function("callTool", call_tool)
    await page.expose_function("readResource", host.read_resource)
    await page.goto(origin.url)
    yield host
    try:
        await context.close()
    except Error:
        pass
    await origin.stop()

"""A booted server, and a real browser that reports whatever a page must not do."""

from __future__ import annotations

import runpy
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from filelock import FileLock
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
)

import ggui_demo.plugin as demo
import ggui_pairing.plugin as pairing
from ggui_core.testing import Booted, booted
from ggui_core.testing.chromium import chromium

PATIENCE_MS = 30_000
"""How long a test waits for what must happen: only a failing test on a busy machine waits that long."""


WEB = Path(__file__).resolve().parent.parent / "web"
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"

Visit = Callable[..., Awaitable[Page]]

expect.set_options(timeout=PATIENCE_MS)


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[Booted]:
    """Pairing and this plugin, nothing else."""
    async with booted([pairing, demo]) as running:
        yield running


@pytest.fixture
def admin_token(server: Booted) -> str:
    token = server.beacon("ADMIN_TOKEN")
    assert token is not None
    return token


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The system's Chromium; a visible skip where there is none."""
    async with chromium() as running:
        yield running


class Watched:
    """A browser context that notes foreign requests, violations of the content security policy and script errors."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.origin = origin
        self.faults: list[str] = []
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"script error: {error.error}"))

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("blob", "data"):
            return  # made by the page itself; nobody is asked
        if f"{parts.scheme}://{parts.netloc}" != self.origin:
            self.faults.append(f"foreign request: {request.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.faults.append(message.text)


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser) -> AsyncIterator[Visit]:
    """Opens a page: ``await visit(server, "/path", **context_options)``. Fails the test for what no page may do."""
    watched: list[Watched] = []
    async with AsyncExitStack() as stack:

        async def open_page(server: Booted, path: str = "/", *, clock: bool = False, **options: Any) -> Page:
            context = await stack.enter_async_context(await browser.new_context(**options))
            context.set_default_timeout(PATIENCE_MS)
            watched.append(Watched(context, server.base_url))
            page = await context.new_page()
            if clock:
                await page.clock.install()
            await page.goto(server.base_url + path)
            return page

        yield open_page
    assert [fault for seen in watched for fault in seen.faults] == []


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, from the locked npm packages."""
    bundle = runpy.run_path(str(WEB / "bundle.py"))
    try:
        with FileLock(WEB / ".build.lock"):
            bundle["install"](WEB, development=True)
    except RuntimeError as error:
        pytest.skip(f"axe-core could not be installed: {error}")
    return AXE.read_text("utf-8")

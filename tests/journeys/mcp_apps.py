"""A host of MCP Apps for tests: a page on an origin of its own, and the backend that relays to the ggui server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web
from playwright.async_api import FrameLocator, Page

from ggui_core.testing import Booted

PAGES = Path(__file__).parent / "mcp_host"
# A srcdoc frame inherits the policy of its page: the card may load nothing and reach nobody.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "connect-src 'self'; frame-src 'self'"
)


@dataclass
class McpAppsHost:
    """The host's backend: it holds the bearer, so that no page does.

    Attributes:
        calls: What the view asked for over the relay, in order.
    """

    server: Booted
    bearer: str
    url: str
    calls: list[dict[str, Any]]

    async def read(self, uri: str) -> str:
        """The HTML of a resource."""
        answer = await self.server.rpc("resources/read", {"uri": uri}, bearer=self.bearer)
        text: str = answer["result"]["contents"][0]["text"]
        return text

    async def show(self, page: Page, uri: str) -> FrameLocator:
        """Open the host's page and mount the resource in it."""
        await page.goto(self.url)
        await page.evaluate("html => mount(html)", await self.read(uri))
        return page.frame_locator("iframe")


@asynccontextmanager
async def mcp_apps_host(server: Booted, bearer: str, *, policy: str = POLICY) -> AsyncIterator[McpAppsHost]:
    """Serve the host's page at a port of its own while the block runs."""
    calls: list[dict[str, Any]] = []

    async def page(request: web.Request) -> web.Response:
        body = (PAGES / "host.html").read_text(encoding="utf-8")
        return web.Response(text=body, content_type="text/html", headers={"Content-Security-Policy": policy})

    async def script(request: web.Request) -> web.Response:
        text = (PAGES / "host.js").read_text(encoding="utf-8")
        return web.Response(text=text, content_type="text/javascript")

    async def rpc(request: web.Request) -> web.Response:
        asked = json.loads(await request.text())
        calls.append(asked)
        answer = await server.rpc(asked["method"], asked["params"], bearer=bearer)
        return web.json_response({key: answer[key] for key in ("result", "error") if key in answer})

    app = web.Application()
    app.add_routes([web.get("/", page), web.get("/host.js", script), web.post("/rpc", rpc)])
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        # Another host name is another origin, and `localhost` is one that needs no resolver.
        yield McpAppsHost(server, bearer, f"http://localhost:{port}/", calls)
    finally:
        await runner.cleanup()

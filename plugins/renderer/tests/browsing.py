"""A real browser, and a page of another origin that hosts a view as MCP Apps hosts do."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from aiohttp import web
from playwright.async_api import BrowserContext, Page

PATIENCE_S = 30.0
PUBLIC_ORIGIN = "https://host.example"

_HOST_PAGE = """<!doctype html><meta charset="utf-8"><title>Host</title>
<script type="application/json" id="told">{told}</script>
<body><script>
const told = JSON.parse(document.getElementById("told").textContent);
const seen = (window.seen = []);
const frame = document.createElement("iframe");
frame.setAttribute("sandbox", "allow-scripts allow-forms");
frame.srcdoc = told.html;
frame.style.cssText = "width:600px;height:500px";
const say = (message) => frame.contentWindow.postMessage(message, "*");
window.deliver = (result) => say({{ jsonrpc: "2.0", method: "ui/notifications/tool-result", params: result }});
addEventListener("message", (event) => {{
  if (event.source !== frame.contentWindow) return;
  const message = event.data;
  seen.push(message);
  if (message.id === undefined || message.method === undefined) {{
    if (message.method === "ui/notifications/initialized" && told.result) window.deliver(told.result);
    return;
  }}
  const answer = (result) => say({{ jsonrpc: "2.0", id: message.id, result }});
  if (message.method === "ui/initialize") {{
    if (window.silent ?? told.silent) return;
    answer({{
      protocolVersion: "2026-01-26",
      hostInfo: {{ name: "test", version: "1" }},
      hostCapabilities: {{ serverTools: {{}}, serverResources: {{}} }},
      hostContext: {{ theme: "light" }},
    }});
  }} else if (message.method === "resources/read") {{
    const text = told.documents[message.params.uri];
    if (text === undefined) say({{ jsonrpc: "2.0", id: message.id, error: {{ code: -32002, message: "gone" }} }});
    else answer({{ contents: [{{ uri: message.params.uri, mimeType: "text/html;profile=mcp-app", text }}] }});
  }} else answer({{}});
}});
document.body.append(frame);
</script></body>
"""


class HostSite:
    """A second server on this machine, with one page: browsers let no public page load from a loopback address.

    Attributes:
        module: What ``/module.js`` answers; 503 while there is nothing.
        released: ``/slow.js`` answers the same once this is set.
    """

    def __init__(self) -> None:
        self.module: bytes | None = None
        self.released = asyncio.Event()
        self._body = ""
        self._headers: dict[str, str] = {}
        self._runner: web.AppRunner | None = None
        self.origin = ""

    async def _page(self, request: web.Request) -> web.Response:
        return web.Response(
            text=self._body, headers={"Content-Type": "text/html; charset=utf-8"} | self._headers
        )

    async def _module(self, request: web.Request) -> web.Response:
        headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "text/javascript"}
        return web.Response(body=self.module, headers=headers, status=503 if self.module is None else 200)

    async def _slow(self, request: web.Request) -> web.Response:
        await self.released.wait()
        return await self._module(request)

    async def __aenter__(self) -> HostSite:
        app = web.Application()
        app.router.add_get("/", self._page)
        app.router.add_get("/module.js", self._module)
        app.router.add_get("/slow.js", self._slow)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        self.released.set()
        await self._runner.cleanup()

    async def show(
        self,
        context: BrowserContext,
        html: str,
        *,
        policy: str | None = None,
        result: dict[str, Any] | None = None,
        documents: dict[str, str] | None = None,
        silent: bool = False,
        public: bool = False,
    ) -> Page:
        """Open the page, which shows ``html`` in a sandboxed ``srcdoc`` frame.

        Args:
            policy: The page's content-security policy, which the frame inherits.
            result: The tool result that the host delivers once the view is initialised.
            documents: What the host answers to ``resources/read``, by URI.
            silent: The host never answers ``ui/initialize``.
            public: The page is on the internet, not on this machine.
        """
        told = {"html": html, "result": result, "documents": documents or {}, "silent": silent}
        self._body = _HOST_PAGE.format(told=json.dumps(told).replace("<", "\\u003c"))
        self._headers = {} if policy is None else {"Content-Security-Policy": policy}
        page = await context.new_page()
        if public:
            await context.route(
                f"{PUBLIC_ORIGIN}/", lambda route: route.fulfill(body=self._body, content_type="text/html")
            )
        await page.goto(f"{PUBLIC_ORIGIN if public else self.origin}/")
        return page


async def heard(page: Page, predicate: str) -> Any:
    """The first message of the view for which the JavaScript ``predicate`` of ``m`` holds."""
    deadline = time.monotonic() + PATIENCE_S
    # Not wait_for_function: it evaluates strings inside the page, which the policies under test forbid.
    while (found := await page.evaluate(f"window.seen.find((m) => {predicate})")) is None:
        assert time.monotonic() < deadline, await page.evaluate("window.seen")
        await asyncio.sleep(0.05)
    return found

"""The two origins of the emulator: the host's page with its relay, and the sandbox that holds cards.

The page relays with the bearer of whoever started the emulator, so that it does so for its own page alone: a request
needs this origin and a body that no form can send. Whatever else runs on the machine can say so of itself, so the page
and its relay stand at an address that only who started the emulator is told. The sandbox has an origin of its own, as
in real hosts; generated code runs there, and can reach the relay no other way than by asking the page.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from ggui_core.apps_host.policy import content_policy
from ggui_core.apps_host.switches import DEFAULT, SWITCHES, UnknownSwitch, switched
from ggui_core.apps_host.upstream import Json, Upstream

PAGES: Final = Path(__file__).parent / "pages"
LARGEST_DOCUMENT: Final = 1_048_576
SLOWEST_READ_S: Final = 10.0
_TYPES: Final = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_RELAYED: Final = frozenset({"tools/list", "tools/call", "resources/read", "resources/list"})
_PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
    "img-src 'self' data:; frame-src {sandbox}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_REJECTED: Final = {"error": {"code": -32601, "message": "This host does not let apps call tools."}}
_PROXY_ERROR: Final = {
    "result": {"isError": True, "content": [{"type": "text", "text": "502 Bad Gateway (proxy of the host)"}]}
}


@dataclass(frozen=True, slots=True)
class Relayed:
    """A request that went through the host.

    Attributes:
        by: ``model`` or ``app``: on whose behalf.
        answer: ``{"result": …}`` or ``{"error": …}``.
    """

    by: str
    method: str
    params: Json
    answer: Json

    @property
    def tool(self) -> str | None:
        """The name of the tool that was called."""
        return self.params.get("name") if self.method == "tools/call" else None


@dataclass
class AppsHost:
    """A running emulator.

    Attributes:
        url: The host's page, at a secret path; its query takes ``switch`` (repeated; ``no:<name>`` turns a default off)
            and ``uri``.
        origin: Of that page.
        calls: What was relayed, in order.
        rewrite: For tests: what becomes of a document on its way to the card.
    """

    upstream: Upstream
    url: str = ""
    origin: str = ""
    sandbox_url: str = ""
    calls: list[Relayed] = field(default_factory=list)
    rewrite: Callable[[str], str] | None = None
    _tools: frozenset[str] | None = None
    _for_models: frozenset[str] = frozenset()
    """Tools whose ``_meta.ui.visibility`` leaves apps out; hosts must refuse an app that calls one (MCP Apps)."""
    _documents: dict[str, Json] = field(default_factory=dict)

    def address(self, *switches: str, uri: str | None = None) -> str:
        """The page with these switches on.

        Raises:
            UnknownSwitch: there is no such switch.
        """
        switched(switches)
        query = [("switch", name) for name in switches] + ([("uri", uri)] if uri else [])
        return self.url + (f"?{urlencode(query)}" if query else "")

    async def relay(self, by: str, method: str, params: Json, on: Set[str]) -> Json:
        """Pass a request on to the server, the way a host with these switches does."""
        answer = self._refusal(by, method, params, on)
        if answer is None:
            answer = await self._passed_on(method, params, on)
        self.calls.append(Relayed(by, method, params, answer))
        return answer

    def _refusal(self, by: str, method: str, params: Json, on: Set[str]) -> Json | None:
        if by != "app" or method != "tools/call":
            return None
        if "reject-calls" in on:
            return _REJECTED
        if "error-calls" in on:
            return _PROXY_ERROR
        if params.get("name") in self._for_models:
            message = f"Tool {params.get('name')} is not for apps."
            return {"error": {"code": -32602, "message": message}}
        if "cached-tool-list" in on and params.get("name") not in (self._tools or ()):
            message = f"Tool {params.get('name')} is not in the list that this host has."
            return {"error": {"code": -32602, "message": message}}
        return None

    async def _passed_on(self, method: str, params: Json, on: Set[str]) -> Json:
        if method == "resources/read":
            return await self._read(params, on)
        answer = await self.upstream.request(method, params, on)
        if method == "tools/list" and "result" in answer:
            tools = answer["result"].get("tools", ())
            self._for_models = frozenset(tool["name"] for tool in tools if not _is_for_apps(tool))
            if self._tools is None:
                self._tools = frozenset(tool["name"] for tool in tools)
        return answer

    async def _read(self, params: Json, on: Set[str]) -> Json:
        uri = str(params.get("uri"))
        frozen = self._documents.get(uri)
        if "frozen-template" in on and frozen is not None:
            return frozen
        began = time.monotonic()
        answer = await self.upstream.request("resources/read", params, on)
        for content in answer.get("result", {}).get("contents", ()):
            if self.rewrite is not None and isinstance(content.get("text"), str):
                content["text"] = self.rewrite(content["text"])
            size = len(str(content.get("text", "")).encode())
            if "small-documents" in on and (
                size > LARGEST_DOCUMENT or time.monotonic() - began > SLOWEST_READ_S
            ):
                return {
                    "error": {
                        "code": -32000,
                        "message": "The document is too large or too slow for this host.",
                    }
                }
        if "result" in answer:
            self._documents.setdefault(uri, answer)
        return answer


def _is_for_apps(tool: Json) -> bool:
    visibility = ((tool.get("_meta") or {}).get("ui") or {}).get("visibility")
    return not isinstance(visibility, list) or "app" in visibility


@asynccontextmanager
async def serving(
    endpoint: str, bearer: str | None = None, *, port: int = 0, sandbox_port: int = 0
) -> AsyncIterator[AppsHost]:
    """Serve an emulator on this machine while the block runs.

    Args:
        endpoint: The MCP route of the server, such as ``http://127.0.0.1:6781/mcp``.
        bearer: What to call it with.
        port: Of the page; 0 takes a free one.
        sandbox_port: The same for the sandbox.

    Raises:
        OSError: a port is taken.
    """
    async with aiohttp.ClientSession() as http:
        host = AppsHost(Upstream(endpoint, bearer, http))
        root = f"/{secrets.token_urlsafe(16)}/"
        sandbox = await _started(_sandbox(host), sandbox_port)
        page = None
        try:
            page = await _started(_page(host, root), port)
            # Two host names, so that page and sandbox are different sites and not only different origins.
            host.origin = f"http://localhost:{page.addresses[0][1]}"
            host.url = host.origin + root
            host.sandbox_url = f"http://127.0.0.1:{sandbox.addresses[0][1]}/"
            yield host
        finally:
            for runner in filter(None, (page, sandbox)):
                await runner.cleanup()


async def _started(app: web.Application, port: int) -> web.AppRunner:
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.5, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
    except OSError:
        await runner.cleanup()
        raise
    return runner


def _page(host: AppsHost, root: str) -> web.Application:
    """The host's own origin; everything is below ``root``."""

    async def facts(request: web.Request) -> web.Response:
        names = request.query.getall("switch", [])
        try:
            on = switched(names)
        except UnknownSwitch as unknown:
            error = {"code": unknown.code, "message": f"{unknown.message} {unknown.hint or ''}".strip()}
            return web.json_response({"error": error}, status=unknown.http_status)
        table = [
            {"name": switch.name, "kind": switch.kind, "about": switch.about, "row": switch.row}
            for switch in SWITCHES
        ]
        told = {
            "sandbox": host.sandbox_url,
            "endpoint": host.upstream.endpoint,
            "switches": table,
            "on": sorted(on),
            "defaults": sorted(DEFAULT),
        }
        return web.json_response(told)

    async def connect(request: web.Request) -> web.Response:
        asked = await _asked(request, host)
        return web.json_response(await host.upstream.connect(switched(asked["switches"])))

    async def rpc(request: web.Request) -> web.Response:
        asked = await _asked(request, host)
        method, params = asked.get("method"), asked.get("params", {})
        if method not in _RELAYED or not isinstance(params, dict):
            raise web.HTTPBadRequest(text="This host does not relay that.")
        on = switched(asked["switches"])
        return web.json_response(await host.relay(str(asked.get("by")), method, params, on))

    policy = _PAGE_POLICY.format(sandbox="http://127.0.0.1:*")
    page = _file("host.html", {"Content-Security-Policy": policy})

    async def front(request: web.Request) -> web.Response:
        # Under another name of this machine the page would load, and then be refused everything it asks for.
        if f"http://{request.headers.get('Host')}" != host.origin:
            raise web.HTTPTemporaryRedirect(f"{host.url}?{request.query_string}")
        return await page(request)

    app = web.Application(client_max_size=8 * 1024 * 1024)
    app.add_routes(
        [
            web.get(root, front),
            web.get(f"{root}facts", facts),
            web.post(f"{root}connect", connect),
            web.post(f"{root}rpc", rpc),
            *(
                web.get(root + path.name, _file(path.name))
                for path in PAGES.iterdir()
                if path.suffix != ".html"
            ),
        ]
    )
    return app


def _sandbox(host: AppsHost) -> web.Application:
    """The origin that cards live under."""

    async def frame(request: web.Request) -> web.StreamResponse:
        try:
            declared = json.loads(request.query.get("csp", "{}"))
            on = switched(request.query.getall("switch", []))
        except (ValueError, UnknownSwitch):
            raise web.HTTPBadRequest(text="The query of this page is not understood.") from None
        script = f"{host.sandbox_url}sandbox.js"
        policy = content_policy(declared if isinstance(declared, dict) else {}, on, script)
        headers = {} if policy is None else {"Content-Security-Policy": policy}
        return await _file("sandbox.html", headers)(request)

    app = web.Application()
    app.add_routes([web.get("/", frame), web.get("/sandbox.js", _file("sandbox.js"))])
    return app


def _file(
    name: str, headers: dict[str, str] | None = None
) -> Callable[[web.Request], Awaitable[web.Response]]:
    path = PAGES / name

    async def handler(request: web.Request) -> web.Response:
        text = await asyncio.to_thread(path.read_text, "utf-8")
        sent = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **(headers or {})}
        return web.Response(text=text, content_type=_TYPES[path.suffix], headers=sent)

    return handler


async def _asked(request: web.Request, host: AppsHost) -> Json:
    """The body of a request that certainly comes from the host's own page.

    Raises:
        web.HTTPForbidden: another page sent it, or one that reached this machine under another name.
        web.HTTPBadRequest: it is no JSON object with a list of known switches.
    """
    own = host.origin
    if request.headers.get("Origin") != own or f"http://{request.headers.get('Host')}" != own:
        raise web.HTTPForbidden(text="Only the page of this host may ask.")
    if request.content_type != "application/json":
        raise web.HTTPForbidden(text="Only JSON is taken.")
    try:
        asked = await request.json()
        switched(map(str, asked["switches"]))
    except (ValueError, TypeError, KeyError, UnknownSwitch):
        raise web.HTTPBadRequest(text="The request is not understood.") from None
    body: Json = asked
    return body

"""Twenty thousand generated requests over every registered route: no 5xx, no HTML where JSON is due, no trace.

Every other one goes to a route that speaks MCP, most of these to a tool with arguments that its schema suggests: no
tool may fail in a way that it did not foresee.

The seed is fixed, so a failure repeats; ``GGUI_FUZZ_SEED`` and ``GGUI_FUZZ_REQUESTS`` choose another run.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import aiohttp

from ggui_core.http.server import DECLARED
from ggui_core.testing import PATIENCE_S, Booted, booted
from ggui_core.tokens import TokenSigner

from .plausible import Plausible

SEED = int(os.environ.get("GGUI_FUZZ_SEED", "20261121"))
REQUESTS = int(os.environ.get("GGUI_FUZZ_REQUESTS", "20000"))
AT_ONCE = 24

LEAKS = re.compile(r"Traceback|File \"|site-packages|/usr/lib|\.py\b|passwd", re.I)
SKIPPED_ROUTES = {"/probe-crash", "/probe-socket"}  # the one crashes on purpose, the other is no HTTP answer
SKIPPED_TOOLS = {
    "ggui_probe_stubborn",
    "ggui_probe_crash",
}  # the one parks for ever, the other crashes on purpose

WORDS = [
    "", "0", "-1", "null", "true", "é", "漢字", "\u0000", "\ud7ff", "a" * 3000, "../../etc/hosts", "%2e%2e%2f",
    "<script>", "'; drop table x; --", "{{7*7}}", "pair-9", "472301", "ggui_user_x", "ui://ggui/render/x",
    "docs://ggui/index", "index.md", "2026-07-28", "tools/call", "__proto__", "constructor", "\n", "\u202e", "1e999",
]  # fmt: skip
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND"]
TYPES = [
    "application/json", "application/json; charset=utf-8", "application/json; charset=nope", "text/plain", "text/html",
    "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/problem+json", "/", ";;", "",
]  # fmt: skip
RPC_METHODS = [
    "initialize", "ping", "tools/list", "tools/call", "tools/call", "tools/call", "resources/list", "resources/read",
    "resources/templates/list", "prompts/list", "completion/complete", "server/discover", "subscriptions/listen",
    "notifications/initialized", "notifications/cancelled", "logging/setLevel", "", "rpc.x",
]  # fmt: skip
VERSIONS = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-10-07", "2026-07-28", "1999-01-01", "x", ""]
META = "io.modelcontextprotocol/"
PLACE = re.compile(r"\{(\w+)\}")
CONTRACT = {
    "propsSpec": {"properties": {"title": {"schema": {"type": "string"}}}},
    "actionSpec": {"press": {"label": "Press"}},
    "streamSpec": {"x": {"schema": {}}},
    "contextSpec": {"x": {"schema": {}}},
}
"""Names that generated arguments use too, so that some of them fit."""


@dataclass
class Generator:
    """Makes requests out of random numbers."""

    rng: random.Random
    routes: list[tuple[str, str]]
    tables: dict[str, list[dict[str, Any]]]
    known: dict[str, list[str]]
    good: str
    bearers: list[str | None]
    base_url: str
    made: Counter[str] = field(default_factory=Counter)
    called: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.tools = sorted({tool["name"] for tools in self.tables.values() for tool in tools})
        self.offers = [(path, tool) for path, tools in self.tables.items() for tool in tools]
        self.plausible = Plausible(self.rng, self.known, self.value)

    def value(self, depth: int = 0) -> Any:
        pick = self.rng.random()
        if depth > 3 or pick < 0.45:
            return self.rng.choice([*WORDS, 0, 1, -1, 2**63, 2**70, 1.5, -0.0, True, False, None])
        if pick < 0.7:
            return [self.value(depth + 1) for _ in range(self.rng.randrange(4))]
        return {self.rng.choice(WORDS)[:40]: self.value(depth + 1) for _ in range(self.rng.randrange(5))}

    def likely(self) -> dict[str, Any]:
        """An object with the keys that handlers look for, and any values."""
        keys = [
            "code",
            "deviceName",
            "serverName",
            "token",
            "text",
            "seconds",
            "count",
            "query",
            "path",
            "limit",
            "uri",
            "section",
        ]
        return {key: self.value(2) for key in self.rng.sample(keys, self.rng.randrange(len(keys)))}

    def tool_call(self, tool: dict[str, Any]) -> bytes:
        """A call of a tool, as its schema suggests."""
        self.called[tool["name"]] += 1
        params = {"name": tool["name"], "arguments": self.plausible.arguments(tool)}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        return json.dumps(body).encode("utf-8", "surrogatepass")

    def message(self) -> Any:
        method = self.rng.choice(RPC_METHODS)
        params: Any = self.likely() if self.rng.random() < 0.7 else self.value()
        if method == "tools/call":
            arguments = self.likely() if self.rng.random() < 0.8 else self.value()
            if isinstance(arguments, dict):
                arguments["seconds"] = self.rng.choice([0, 0.001, -1, "x", None])
            params = {"name": self.rng.choice([*self.tools, *WORDS[:4]]), "arguments": arguments}
        if isinstance(params, dict) and self.rng.random() < 0.4:
            params["_meta"] = self.meta()
        body: dict[str, Any] = {
            "jsonrpc": "2.0",
            "id": self.rng.choice([1, "a", 0, -5]),
            "method": method,
            "params": params,
        }
        for key in list(body):
            if self.rng.random() < 0.04:
                body[key] = self.value()
            elif self.rng.random() < 0.03:
                del body[key]
        return body

    def meta(self) -> Any:
        if self.rng.random() < 0.1:
            return self.value()
        meta: dict[str, Any] = (
            {"progressToken": self.rng.choice([1, "t", None, {}])} if self.rng.random() < 0.4 else {}
        )
        if self.rng.random() < 0.7:
            meta |= {META + "protocolVersion": self.rng.choice(VERSIONS), META + "clientCapabilities": {}}
        return meta

    def body(self) -> bytes:
        pick = self.rng.random()
        if pick < 0.55:
            message: Any = self.message()
            if self.rng.random() < 0.08:
                message = [self.message() for _ in range(self.rng.randrange(4))]
            return json.dumps(message).encode("utf-8", "surrogatepass")
        if pick < 0.75:
            return json.dumps(self.likely()).encode()
        if pick < 0.9:
            return json.dumps(self.value()).encode("utf-8", "surrogatepass")
        return self.rng.choice(
            [b"", b"{", b"[", b"\xff\xfe\x00", b"NaN", b'"', b"{}" * 50, b"[" * 2000, bytes(200), b"a=b&c=d"]
        )

    def headers(self, body: bytes) -> dict[str, str]:
        rng = self.rng
        headers = {"Content-Type": rng.choice(TYPES) if rng.random() < 0.25 else "application/json"}
        # Everybody comes from somewhere else, so that limits by address do not answer for the handlers.
        headers["X-Forwarded-For"] = f"10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(256)}"
        headers["Accept"] = (
            rng.choice(["*/*", "text/html", "", "application/json"])
            if rng.random() < 0.2
            else ("application/json, text/event-stream")
        )
        bearer = rng.choice(self.bearers)
        if bearer is not None:
            headers["Authorization"] = bearer
        if rng.random() < 0.4:
            headers["MCP-Protocol-Version"] = rng.choice(VERSIONS)
        if rng.random() < 0.3:
            headers["Mcp-Method"] = rng.choice(RPC_METHODS)
        if rng.random() < 0.2:
            headers["Mcp-Name"] = rng.choice(self.tools)
        if rng.random() < 0.1:
            headers["Origin"] = rng.choice(
                ["null", "http://localhost:3", "https://evil.example", "x", "http://[", "http://a:b"]
            )
        if rng.random() < 0.03:
            headers["Host"] = rng.choice(["evil.example", "localhost", "[::1]:9", "", "127.0.0.1:1:1"])
        if rng.random() < 0.15:
            name = rng.choice(
                [
                    "Cookie",
                    "X-Ggui-CSRF",
                    "X-Request-Id",
                    "X-Forwarded-For",
                    "Last-Event-ID",
                    "Range",
                    "If-None-Match",
                ]
            )
            value = rng.choice(["ggui_console_admin=x; a=b", "x.y", "1" * 500, "bytes=0-1", '"', ";;=,"])
            headers[name] = value
        return headers

    def url(self, path: str) -> str:
        def segment(match: re.Match[str]) -> str:
            word = self.rng.choice(
                ["pair-9", "x", "..", "%00", "%2e%2e%2f", "a" * 300, "%E6%BC%A2", "app.js", "index"]
            )
            return word if self.rng.random() < 0.9 else "%FF"

        path = re.sub(r"\{[^}]*\}", segment, path)
        if self.rng.random() < 0.05:
            path += self.rng.choice(["/", "//", "/x", ".html", "%20", "/../admin"])
        if self.rng.random() < 0.1:
            path += "?" + self.rng.choice(
                ["a=b", "next=//evil", "wsToken=x", "%zz=1", "=", "next=/%0d%0aSet-Cookie:x"]
            )
        return path

    def well_sent(self) -> dict[str, str]:
        """Headers of a caller who knows how."""
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        bearer = self.good if self.rng.random() < 0.8 else self.rng.choice(self.bearers)
        if bearer is not None:
            headers["Authorization"] = bearer
        return headers

    def addressed(self, path: str) -> str:
        """A path with what it names filled in from what there is."""
        return PLACE.sub(lambda match: self.rng.choice(self.known[match[1]]), path)

    def request(self) -> tuple[str, str, dict[str, str], bytes]:
        if self.rng.random() < 0.4:
            path, tool = self.rng.choice(self.offers)
            self.made[f"POST {path}"] += 1
            return "POST", self.addressed(path), self.well_sent(), self.tool_call(tool)
        own, path = self.rng.choice(self.routes)
        method = own if self.rng.random() < 0.85 else self.rng.choice(METHODS)
        body = (
            b"" if method in ("GET", "HEAD", "OPTIONS", "TRACE") and self.rng.random() < 0.9 else self.body()
        )
        self.made[f"{own} {path}"] += 1
        return method, self.url(path), self.headers(body), body


def complaint(status: int, headers: Any, body: bytes, html_due: bool) -> str | None:
    """What is wrong with an answer, if anything."""
    if status >= 500:
        return f"status {status}"
    text = body.decode("utf-8", "replace")
    kind = headers.get("Content-Type", "")
    if not html_due and ("text/html" in kind or text.lstrip().lower().startswith(("<!doctype", "<html"))):
        return "HTML where JSON is due"
    if "application/json" in kind and body:
        try:
            json.loads(body)
        except ValueError:
            return "a body that claims to be JSON and is not"
    if b'"internal_error"' in body or b'"code":-32603' in body:
        return "a crash"
    if status >= 400 and LEAKS.search(text):
        return f"a leak: {LEAKS.search(text)}"
    if "aiohttp" in headers.get("Server", "") or "X-Powered-By" in headers:
        return "a header that names the stack"
    return None


def routes_of(server: Booted) -> list[tuple[str, str]]:
    found = []
    for route in server.assembly.app.router.routes():
        path = route.resource.canonical if route.resource is not None else ""
        if path and path not in SKIPPED_ROUTES:
            found.append((route.method, path))
    return sorted(found)


HEALTH = re.compile(r"/(?:ggui/)?(?:health|ready)\b")
PAGES = re.compile(r"/(?:admin-login|try|_ggui/catalog)?/*(?:\?|$)|/(?:assets|r)/")
"""What people open in a browser; a viewer page that is not there says so in HTML too."""


async def test_no_generated_request_breaks_the_server(probe: ModuleType) -> None:
    limits = {"callsPerSecond": 1e9, "burst": 10**9, "anonymousPerSecond": 1e9, "anonymousBurst": 10**9}
    rng = random.Random(SEED)
    failures: list[str] = []
    statuses: Counter[int] = Counter()
    probe.observed.wake.set()  # nothing waits
    flags = ["--trust-proxy", "--control-alias", *(["--admin-token", "ggui_admin_fuzz"] if PAIRING else [])]
    async with booted([probe], installed=True, args=flags, config={"limits": limits}) as server:
        good = await bearer_of(server)
        known = await belongings(server, good)
        generator = Generator(
            rng,
            routes_of(server),
            await tables_of(server, good, known),
            known,
            good,
            [
                None,
                good,
                good,
                good,
                "Bearer nobody",
                "Bearer ",
                "Basic eDp5",
                "bearer\t",
                "Bearer ggui_admin_fuzz",
            ],
            server.base_url,
        )
        requests = iter([generator.request() for _ in range(REQUESTS)])

        async def worker(client: aiohttp.ClientSession) -> None:
            for method, path, headers, body in requests:
                url = aiohttp.client.URL(server.base_url + path, encoded=True)
                async with client.request(
                    method, url, headers=headers, data=body, allow_redirects=False
                ) as answer:
                    content = await answer.read()
                    statuses[answer.status] += 1
                    if answer.status == 503 and HEALTH.match(path):
                        continue  # a server under fire may say that it is busy; that is what it is asked
                    wrong = complaint(answer.status, answer.headers, content, bool(PAGES.match(path)))
                    if wrong is not None:
                        failures.append(
                            f"{wrong}: {method} {path} {headers} {body[:300]!r} -> {content[:300]!r}"
                        )

        timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
        connector = aiohttp.TCPConnector(limit=AT_ONCE)
        async with aiohttp.ClientSession(
            connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
        ) as client:
            await asyncio.gather(*(worker(client) for _ in range(AT_ONCE)))
        async with server.client.get(server.base_url + "/ggui/live") as alive:
            assert alive.status == 200
        check = server.base_url + ("/ggui/auth-check" if PAIRING else "/ggui/live")
        async with server.client.get(check, headers={"Authorization": good}) as answer:
            welcome = answer.status if answer.status != 204 else 200
    print(f"seed {SEED}: {sum(statuses.values())} requests, statuses {dict(sorted(statuses.items()))}")
    assert not failures, f"{len(failures)} of {REQUESTS}, first: " + "\n".join(failures[:5])
    assert sum(statuses.values()) == REQUESTS
    assert set(generator.made) == {f"{method} {path}" for method, path in generator.routes}
    print(f"tools: {dict(sorted(generator.called.items()))}")
    assert set(generator.called) == set(generator.tools)
    assert welcome == 200, "somebody revoked the bearer of most requests, so that they proved nothing"


try:
    import ggui_pairing.plugin  # noqa: F401

    PAIRING = True
except ImportError:
    PAIRING = False


async def bearer_of(server: Booted) -> str:
    """Pair a device and return its ``Authorization`` header."""
    if not PAIRING:
        return "Bearer nobody"
    body = {"code": server.beacon("PAIR_CODE"), "deviceName": "fuzz"}
    async with server.client.post(server.base_url + "/pair", json=body) as answer:
        return f"Bearer {(await answer.json())['token']}"


async def belongings(server: Booted, bearer: str) -> dict[str, list[str]]:
    """What there is for tools to find: sessions, an open handshake, tokens, the app."""
    app_id = server.setup.default_app_id
    known: dict[str, list[str]] = {"appId": [app_id], "app_id": [app_id]}
    if not PAIRING:
        return known
    token = bearer.removeprefix("Bearer ")
    for name in ("sessionId", "handshakeId", "envelope"):
        known[name] = []
    for _ in range(8):
        draft = {"intent": "press", "blueprintDraft": {"contract": CONTRACT}}
        shaken = (await server.call_tool("ggui_handshake", draft, bearer=token))["structuredContent"]
        rendered = await server.call_tool(
            "ggui_render", {"handshakeId": shaken["handshakeId"], "props": {}}, bearer=token
        )
        session_id = rendered["structuredContent"]["sessionId"]
        known["sessionId"].append(session_id)
        known["envelope"].append(server.setup.get(TokenSigner).sign("ws", session_id, app_id, 180)[0])
        shaken = (await server.call_tool("ggui_handshake", draft, bearer=token))["structuredContent"]
        known["handshakeId"].append(shaken["handshakeId"])
    return known


async def tables_of(
    server: Booted, bearer: str, known: dict[str, list[str]]
) -> dict[str, list[dict[str, Any]]]:
    """The tools of every route that speaks MCP."""
    found = {}
    for served, route in server.assembly.app[DECLARED].items():
        if route.family == "jsonrpc" and route.method == "POST" and served.resource is not None:
            path = served.resource.canonical
            address = PLACE.sub(lambda match: known[match[1]][0], path)
            answer = await server.rpc("tools/list", path=address, headers={"Authorization": bearer})
            tools = answer.get("result", {}).get("tools", [])
            found[path] = [tool for tool in tools if tool["name"] not in SKIPPED_TOOLS]
    return found

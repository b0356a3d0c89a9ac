"""Headers that every response carries, and requests that no handler answers (spec 03 sections 6.4 and 6.7)."""

from __future__ import annotations

import re

import pytest
from aiohttp import web

from ggui_core.errors import RequestError
from ggui_core.http.routes import Access, ErrorFamily, Route
from ggui_core.testing import Booted, booted

from .conftest import MakePlugin
from .raw_http import get, head, send

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.mark.parametrize("path", ["/page", "/ggui/health", "/nothing", "/probe-who"])
async def test_security_headers_stand_on_ordinary_responses(cookie_server: Booted, path: str) -> None:
    headers = (await send(cookie_server, head("GET", path))).headers
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/mcp", "/MCP/x", "/probe/open", "/framed"])
async def test_mcp_paths_and_framed_pages_may_be_embedded(cookie_server: Booted, path: str) -> None:
    assert "x-frame-options" not in (await send(cookie_server, head("GET", path))).headers


@pytest.mark.spec("02 19.32")
@pytest.mark.parametrize(
    "request_line", [b"GET / HTTP/1.1", b"GET /mcp HTTP/1.1", b"nonsense", b"GET / HTTP/9.9"]
)
async def test_no_response_names_the_software(open_server: Booted, request_line: bytes) -> None:
    headers = (await send(open_server, request_line + b"\nHost: localhost")).headers
    assert "python" not in headers.get("server", "").lower()
    assert "aiohttp" not in str(headers).lower()


async def test_ordinary_responses_have_no_server_header(open_server: Booted) -> None:
    for path in ("/ggui/live", "/nothing", "/mcp"):
        assert "server" not in (await get(open_server, path)).headers


async def test_request_id_comes_back(open_server: Booted) -> None:
    assert (await get(open_server, "/ggui/live", X_Request_Id="trace 7/a")).headers[
        "x-request-id"
    ] == "trace 7/a"


@pytest.mark.parametrize("hostile", ["", "x" * 129, "é", "a\tb", "\udcff", "ünï"])
async def test_hostile_request_ids_are_replaced(open_server: Booted, hostile: str) -> None:
    minted = (await get(open_server, "/ggui/live", X_Request_Id=hostile)).headers["x-request-id"]
    assert UUID.fullmatch(minted)


@pytest.mark.parametrize(
    "path", ["/nothing", "/favicon.ico", "/.well-known/oauth-protected-resource", "/mcp/x", "//"]
)
async def test_missing_path_is_a_json_404(open_server: Booted, path: str) -> None:
    reply = await get(open_server, path)
    assert (reply.status, reply.json["error"]["code"]) == (404, "not_found")


async def test_wrong_method_is_a_json_405_that_names_the_right_ones(open_server: Booted) -> None:
    reply = await send(open_server, head("DELETE", "/probe-who"))
    assert (reply.status, reply.json["error"]["code"]) == (405, "method_not_allowed")
    assert reply.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
async def test_wrong_method_on_an_mcp_path_says_so_in_json_rpc(server: Booted, method: str) -> None:
    reply = await send(server, head(method, "/mcp"))
    assert (reply.status, reply.headers["allow"]) == (405, "POST")
    assert reply.json == {
        "jsonrpc": "2.0", "error": {"code": -32000, "message": "Method not allowed (stateless server)."}, "id": None,
    }  # fmt: skip


async def test_head_is_answered_like_get_without_a_body(open_server: Booted) -> None:
    reply = await send(open_server, head("HEAD", "/ggui/live"))
    assert (reply.status, reply.body) == (200, b"")


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense",
        b"GET /\x00 HTTP/1.1\nHost: localhost",
        b"GET / HTTP/1.1\nHost: localhost\nContent-Length: abc",
        b"GET / HTTP/1.1\nHost: localhost\nbroken header line",
        b"GET /" + b"x" * 20_000 + b" HTTP/1.1\nHost: localhost",
        b"GET / HTTP/1.1\nHost: localhost\nX-Big: " + b"x" * 20_000,
    ],
)
async def test_what_is_no_http_request_is_a_json_400(open_server: Booted, raw: bytes) -> None:
    reply = await send(open_server, raw)
    assert reply.status in (400, 431)
    assert reply.json["error"]["code"] == "bad_request"
    assert b"x" * 50 not in reply.body


async def test_unknown_expectation_is_refused_in_json(open_server: Booted) -> None:
    reply = await send(open_server, head("POST", "/probe-body", Expect="nonsense", Content_Length="0"))
    assert reply.status == 417
    assert reply.json["error"]["code"] == "expectation_failed"


async def test_crash_of_a_handler_tells_nothing(open_server: Booted) -> None:
    reply = await get(open_server, "/probe-crash")
    error = reply.json["error"]
    assert (reply.status, error["code"], error["message"]) == (500, "internal", "Internal server error")
    assert "X-Request-Id" in error["hint"]
    assert UUID.fullmatch(reply.headers["x-request-id"])
    assert b"passwd" not in reply.body


@pytest.mark.parametrize(
    ("family", "body"),
    [
        ("nested", {"error": {"code": "too_early", "message": "Not yet.", "hint": "Wait."}}),
        ("flat", {"error": "too_early", "message": "Not yet.", "hint": "Wait."}),
        ("jsonrpc", {"code": -32000, "message": "Not yet.", "data": {"hint": "Wait."}}),
        ("text", "Not yet. Wait."),
    ],
)
async def test_a_remedy_reaches_the_caller_in_every_family(
    plugin: MakePlugin, family: ErrorFamily, body: object
) -> None:
    async def refuse(request: web.Request) -> web.StreamResponse:
        raise RequestError("Not yet.", status=425, code="too_early", hint="Wait.")

    route = Route("GET", "/early", refuse, Access.OPEN, family=family)
    async with booted([plugin("r", routes=lambda setup: [route])]) as server:
        reply = await get(server, "/early")
    said = reply.body.decode() if family == "text" else reply.json
    assert (reply.status, said["error"] if family == "jsonrpc" else said) == (425, body)


async def test_exceptions_of_aiohttp_keep_status_and_headers_in_the_family(plugin: MakePlugin) -> None:
    async def gone(request: web.Request) -> web.StreamResponse:
        raise web.HTTPServiceUnavailable(headers={"Retry-After": "7"})

    async def moved(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/there")

    routes = [Route("GET", "/gone", gone, Access.OPEN), Route("GET", "/moved", moved, Access.OPEN)]
    async with booted([plugin("r", routes=lambda setup: routes)]) as server:
        reply = await get(server, "/gone")
        assert (reply.status, reply.json["error"]["code"]) == (503, "service_unavailable")
        assert reply.headers["retry-after"] == "7"
        reply = await get(server, "/moved")
        assert (reply.status, reply.headers["location"]) == (302, "/there")
        assert "x-request-id" in reply.headers

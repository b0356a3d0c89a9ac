"""What a page of another origin may send and read (spec 02 sections 1.4 and 1.5, spec 03 section 6.3)."""

from __future__ import annotations

from types import ModuleType

import pytest

from ggui_core.testing import Booted, booted

from .raw_http import head, send

EXPOSED = "Mcp-Session-Id, WWW-Authenticate"
MCP_PATHS = [
    "/mcp",
    "/MCP",
    "/mcp/x",
    "/Mcp/app/x",
    "/protocol",
    "/ops",
    "/OPS/",
    "/probe/open",
    "/Probe/Closed/x",
]


@pytest.mark.parametrize("path", MCP_PATHS)
@pytest.mark.parametrize(
    "origin", ["https://evil.com", "null", "http://localhost.evil", "http://a@localhost"]
)
async def test_foreign_origin_is_refused_on_mcp_paths(open_server: Booted, path: str, origin: str) -> None:
    for method in ("POST", "OPTIONS", "GET"):
        reply = await send(open_server, head(method, path, Origin=origin))
        assert reply.status == 403
        assert reply.json == {
            "jsonrpc": "2.0", "error": {"code": -32000, "message": f"Invalid Origin header: {origin}"}, "id": None,
        }  # fmt: skip
        assert not any(name.startswith("access-control") for name in reply.headers)


@pytest.mark.parametrize("path", ["/ggui/health", "/probe-who", "/nothing", "/mcpx"])
async def test_other_paths_ignore_a_foreign_origin_and_allow_it_nothing(
    open_server: Booted, path: str
) -> None:
    reply = await send(open_server, head("GET", path, Origin="https://evil.com"))
    assert reply.status in (200, 404)
    assert not any(name.startswith("access-control") for name in reply.headers)


@pytest.mark.parametrize(
    "origin", ["http://localhost:5173", "https://127.0.0.1", "http://[::1]:8", "https://chat.example"]
)
async def test_allowed_origin_gets_exactly_these_headers(probe: ModuleType, origin: str) -> None:
    async with booted([probe], args=["--browser-origin", "https://chat.example/"]) as server:
        plain = await send(server, head("GET", "/ggui/live", Origin=origin))
        assert {
            name: value for name, value in plain.headers.items() if name.startswith("access-control")
        } == {
            "access-control-allow-origin": origin,
            "access-control-expose-headers": EXPOSED,
        }
        assert plain.headers["vary"] == "Origin"
        preflight = await send(
            server, head("OPTIONS", "/mcp", Origin=origin, Access_Control_Request_Headers="X-A, Content-Type")
        )
        assert (preflight.status, preflight.body) == (204, b"")
        assert {
            name: value for name, value in preflight.headers.items() if name.startswith("access-control")
        } == {
            "access-control-allow-origin": origin,
            "access-control-expose-headers": EXPOSED,
            "access-control-allow-methods": "GET, POST, DELETE, OPTIONS",
            "access-control-allow-headers": "X-A, Content-Type",
            "access-control-max-age": "600",
        }


async def test_preflight_without_a_wish_gets_the_default_headers(open_server: Booted) -> None:
    reply = await send(open_server, head("OPTIONS", "/mcp", Origin="http://localhost"))
    assert reply.headers["access-control-allow-headers"] == (
        "Authorization, Content-Type, Accept, Mcp-Session-Id, MCP-Protocol-Version, Last-Event-ID"
    )


@pytest.mark.parametrize("wish", [b"x-\xff", b"x-a\t, y", b"x-a;evil=1"])
async def test_preflight_with_odd_wishes_is_still_a_204(open_server: Booted, wish: bytes) -> None:
    request = (
        head("OPTIONS", "/mcp", Origin="http://localhost") + b"\nAccess-Control-Request-Headers: " + wish
    )
    assert (await send(open_server, request)).status == 204


@pytest.mark.parametrize(
    "path", ["/mcp", "/ops", "/probe/open", "/ggui/health", "/probe-who", "/nothing", "/a/b?c=d"]
)
async def test_options_is_204_everywhere(server: Booted, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer builder"}, {"Authorization": "Bearer crash"}):
        reply = await send(server, head("OPTIONS", path, **headers, Content_Length="4"), body=b"{bad")
        assert (reply.status, reply.body) == (204, b"")


async def test_failures_carry_the_headers_that_let_a_page_read_them(server: Booted) -> None:
    reply = await send(server, head("POST", "/mcp", Origin="http://localhost:3", Content_Length="0"))
    assert reply.status == 401
    assert reply.headers["access-control-allow-origin"] == "http://localhost:3"


@pytest.mark.parametrize("origin", ["null", "https://evil.com", "http://localhost:3", ""])
async def test_what_needs_no_credential_is_readable_by_every_page(cookie_server: Booted, origin: str) -> None:
    reply = await send(cookie_server, head("GET", "/asset", Origin=origin, Cookie="session=builder"))

    assert reply.status == 200
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "vary" not in reply.headers
    assert "x-ggui-csrf-token" not in reply.headers, "any page could read it, and any cache keep it"

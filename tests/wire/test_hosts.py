"""Which Host headers a server answers to (spec 02 section 1.4, spec 03 section 6.2)."""

from __future__ import annotations

from types import ModuleType

import pytest

from ggui_core.testing import Booted, booted

from .raw_http import head, send


@pytest.mark.parametrize("path", ["/mcp", "/ggui/health", "/nothing", "/probe/open"])
@pytest.mark.parametrize(
    "host", ["evil.com", "localhost.evil:80", "127.0.0.1.evil", "[::1]evil", "localhost:1@evil.com"]
)
async def test_foreign_host_is_refused_on_every_path(open_server: Booted, path: str, host: str) -> None:
    for method in ("GET", "OPTIONS", "POST"):
        reply = await send(open_server, head(method, path, Host=host))
        assert reply.status == 403
        assert reply.json["error"] == {"code": -32000, "message": f"Invalid Host header: {host}"}


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:6781", "[::1]", "[::1]:9"])
async def test_loopback_hosts_are_served(open_server: Booted, host: str) -> None:
    assert (await send(open_server, head("GET", "/ggui/live", Host=host))).status == 200


async def test_missing_host_is_refused(open_server: Booted) -> None:
    reply = await send(open_server, b"GET /ggui/live HTTP/1.0")
    assert (reply.status, reply.json["id"]) == (403, None)
    assert (await send(open_server, b"GET /ggui/live HTTP/1.1")).status in (400, 403)


async def test_second_host_header_does_not_help(open_server: Booted) -> None:
    reply = await send(open_server, b"GET /ggui/live HTTP/1.1\nHost: evil.com\nHost: localhost")
    assert reply.status in (400, 403)
    reply = await send(open_server, b"GET /ggui/live HTTP/1.1\nHost: localhost\nHost: evil.com")
    assert reply.status in (400, 403)


async def test_bytes_that_are_no_text_are_refused_not_crashed_on(open_server: Booted) -> None:
    reply = await send(open_server, b"GET /mcp HTTP/1.1\nHost: caf\xe9\xff")
    assert (reply.status, reply.json["error"]["code"]) == (403, -32000)
    reply = await send(open_server, b"POST /mcp HTTP/1.1\nHost: localhost\nOrigin: http://\xff")
    assert (reply.status, reply.json["error"]["code"]) == (403, -32000)


async def test_absolute_request_target_is_served_by_its_host_header(open_server: Booted) -> None:
    assert (await send(open_server, head("GET", "http://localhost/ggui/live"))).status == 200
    assert (await send(open_server, head("GET", "http://localhost/ggui/live", Host="evil.com"))).status == 403
    assert (await send(open_server, head("GET", "http://evil.com/ggui/live", Host="evil.com"))).status == 403


async def test_forwarded_host_counts_for_nothing(open_server: Booted) -> None:
    reply = await send(open_server, head("GET", "/ggui/live", Host="evil.com", X_Forwarded_Host="localhost"))
    assert reply.status == 403


async def test_public_base_url_admits_its_host_and_origin(probe: ModuleType) -> None:
    args = ["--dev-allow-all", "--public-base-url", "https://ui.example"]
    async with booted([probe], args=args) as server:
        good = head("OPTIONS", "/mcp", Host="ui.example", Origin="https://ui.example")
        assert (await send(server, good)).headers["access-control-allow-origin"] == "https://ui.example"
        assert (await send(server, head("GET", "/ggui/live", Host="ui.example:443"))).status == 200
        assert (await send(server, head("GET", "/ggui/live", Host="xui.example"))).status == 403


async def test_bind_beyond_loopback_does_not_look_at_the_host(probe: ModuleType) -> None:
    async with booted([probe], args=["--host", "0.0.0.0"]) as server:
        assert (await send(server, head("GET", "/ggui/live", Host="any.example"))).status == 200
        assert (await send(server, b"GET /ggui/live HTTP/1.0")).status == 200
        foreign = head("POST", "/mcp", Host="any.example", Origin="https://evil.com")
        assert (await send(server, foreign)).status == 403
        same = head("OPTIONS", "/mcp", Host="any.example:8080", Origin="http://any.example:8080")
        assert "access-control-allow-origin" in (await send(server, same)).headers

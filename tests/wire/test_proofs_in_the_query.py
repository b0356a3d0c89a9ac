"""Proofs that travel in the query, where no header can: bearers, and tickets that the handler judges."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import ModuleType

import aiohttp
import pytest
from aiohttp import web

from ggui_core.http.routes import Access, Route, call_of, principal_of
from ggui_core.http.sockets import open_socket
from ggui_core.setup import Setup
from ggui_core.testing import Booted, booted

from .conftest import MakePlugin
from .raw_http import get, head, send


async def who(request: web.Request) -> web.StreamResponse:
    principal = call_of(request).principal
    return web.json_response({"source": None if principal is None else principal.source})


@pytest.fixture
async def server(table: ModuleType, plugin: MakePlugin) -> AsyncIterator[Booted]:
    def routes(setup: Setup) -> list[Route]:
        async def socket(request: web.Request) -> web.StreamResponse:
            holder = None if call_of(request).principal else "ticket:" + request.query["ticket"]
            async with open_socket(request, setup, holder=holder, at_most=2 if holder else None) as opened:
                async for _ in opened:
                    await opened.send_str(holder or principal_of(request).credential_id)
            return opened

        return [
            Route("GET", "/who", who, Access.BEARER, bearer_query="token", ticket_query="ticket"),
            Route("GET", "/header-only", who, Access.BEARER),
            Route("GET", "/socket", socket, Access.BEARER, bearer_query="token", ticket_query="ticket"),
        ]

    async with booted([table, plugin("proofs", routes=routes)]) as running:
        yield running


@pytest.mark.parametrize(
    ("query", "bearer", "status", "source"),
    [
        ("?token=user", None, 200, "oauth"),
        ("?token=%20user%20", None, 200, "oauth"),
        ("?token=user", "builder", 200, "pairing"),  # the header wins
        ("?token=builder", "nobody", 401, None),
        ("?token=nobody", None, 401, None),
        ("?token=", None, 401, None),
        ("?token=nobody&token=builder", None, 401, None),
        ("", "builder", 200, "pairing"),
        ("?ticket=x", None, 200, None),
        ("?ticket=x", "builder", 200, None),  # nobody is asked beside a ticket
        ("?ticket=x&token=nobody", None, 200, None),
        ("?ticket=", None, 401, None),
        ("", None, 401, None),
    ],
)
async def test_who_a_route_sees(
    server: Booted, query: str, bearer: str | None, status: int, source: str | None
) -> None:
    reply = await get(server, "/who" + query, bearer)
    assert reply.status == status
    if status == 200:
        assert reply.json == {"source": source}


async def test_a_scheme_that_proves_nothing_is_not_mended_by_the_query(server: Booted) -> None:
    request = head("GET", "/who?token=builder", Authorization="Basic dTpw")
    assert (await send(server, request)).status == 401


@pytest.mark.parametrize("query", ["?token=builder", "?ticket=x"])
async def test_other_routes_do_not_look_into_the_query(server: Booted, query: str) -> None:
    assert (await get(server, "/header-only" + query)).status == 401


async def test_sockets_of_a_ticket_are_counted_for_what_it_is_for(server: Booted) -> None:
    async def opened(ticket: str) -> aiohttp.ClientWebSocketResponse:
        return await server.client.ws_connect(f"{server.base_url}/socket?ticket={ticket}")

    sockets = [await opened("a"), await opened("a"), await opened("b")]
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await opened("a")
    assert refused.value.status == 429
    await sockets[2].send_str("who?")
    assert await sockets[2].receive_str(timeout=5) == "ticket:b"
    for socket in sockets:
        await socket.close()


async def test_a_socket_opened_with_a_bearer_in_the_query_is_that_credential_s(server: Booted) -> None:
    async with server.client.ws_connect(f"{server.base_url}/socket?token=builder") as socket:
        await socket.send_str("who?")
        assert await socket.receive_str(timeout=5) == "pairing:pair-1"

"""Who may call what: identities, access of routes, refusals in every wording (spec 03 sections 6.7 and 9)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from types import ModuleType

import pytest
from aiohttp import web

from ggui_core.errors import RequestError
from ggui_core.http.routes import Access, ErrorFamily, Route, principal_of
from ggui_core.testing import Booted, booted

from .conftest import PRINCIPALS, MakePlugin, ok
from .raw_http import LIST, MCP, get, head, send


@pytest.mark.parametrize(
    ("path", "admitted", "refused"),
    [
        ("/probe-who", {"builder", "user", "oidc", "app", "staff"}, set()),
        ("/probe-builder", {"builder", "admin", "staff"}, {"user", "oidc", "app"}),
        ("/probe-operator", {"admin", "staff"}, {"builder", "user", "oidc", "app"}),
    ],
)
async def test_access_admits_and_refuses_by_identity(
    server: Booted, path: str, admitted: set[str], refused: set[str]
) -> None:
    for bearer in admitted:
        reply = await get(server, path, bearer)
        assert (reply.status, reply.json) == (200, {"source": PRINCIPALS[bearer].source})
    for bearer in refused:
        reply = await get(server, path, bearer)
        assert (reply.status, reply.json["error"]["code"]) == (403, "forbidden")


async def test_admin_token_means_nothing_on_the_data_plane(server: Booted) -> None:
    assert (await get(server, "/probe-who", "admin")).status == 401
    answer = await server.rpc("tools/list", bearer="admin")
    assert answer["error"] == {"code": -32000, "message": "No valid credentials"}


async def test_any_bearer_mode_opens_every_access(open_server: Booted) -> None:
    for path in ("/probe-who", "/probe-builder", "/probe-operator"):
        assert (await get(open_server, path)).json == {"source": "dev"}


@pytest.mark.parametrize("authorization", ["Basic dTpw", "Digest a", "token"])
async def test_other_scheme_is_refused_even_in_any_bearer_mode(
    open_server: Booted, authorization: str
) -> None:
    assert (await get(open_server, "/probe-who", Authorization=authorization)).status == 401


@pytest.mark.parametrize("second", ["Bearer user", "Basic dTpw", "Bearer builder"])
async def test_two_authorization_headers_prove_nothing(open_server: Booted, second: str) -> None:
    request = (
        head("GET", "/probe-who", Authorization="Bearer builder") + f"\nAuthorization: {second}".encode()
    )
    assert (await send(open_server, request)).status in (400, 401)


async def test_bearer_scheme_ignores_case(server: Booted) -> None:
    assert (await get(server, "/probe-who", Authorization="bEaReR builder")).status == 200


@pytest.mark.parametrize("path", ["/protocol", "/ops"])
@pytest.mark.parametrize("bearer", ["oidc", "staff"])
async def test_federated_identities_do_not_reach_operator_routes(
    server: Booted, path: str, bearer: str
) -> None:
    reply = await send(
        server, head("POST", path, Authorization=f"Bearer {bearer}", **MCP, Content_Length="46"), body=LIST
    )
    assert reply.status == 403
    assert reply.json == {
        "jsonrpc": "2.0",
        "error": {"code": -32000, "message": "federated identities are not permitted on this route"},
        "id": None,
    }


@pytest.mark.parametrize("path", ["/protocol", "/ops", "/mcp"])
async def test_builders_reach_every_shared_route(server: Booted, path: str) -> None:
    assert "result" in await server.rpc("tools/list", path=path, bearer="builder")


@pytest.mark.parametrize("path", ["/mcp", "/ops", "/probe/closed", "/probe/open"])
async def test_adapter_that_fails_is_a_500_and_no_401(server: Booted, path: str) -> None:
    reply = await send(
        server, head("POST", path, Authorization="Bearer crash", **MCP, Content_Length="46"), body=LIST
    )
    assert reply.status == 500
    assert reply.json["error"]["code"] == -32603
    assert b"/etc" not in reply.body


async def test_adapter_that_fails_is_worded_in_the_family_of_the_route(server: Booted) -> None:
    nested = await get(server, "/probe-who", "crash")
    assert (nested.status, nested.json["error"]["code"]) == (500, "auth_unavailable")
    text = await get(server, "/probe-socket", "crash")
    assert (text.status, text.headers["content-type"]) == (500, "text/plain; charset=utf-8")


FAMILIES: Sequence[tuple[ErrorFamily, bytes]] = (
    ("jsonrpc", b'{"jsonrpc":"2.0","error":{"code":-32000,"message":"No valid credentials"},"id":null}'),
    ("nested", b'{"error":{"code":"unauthenticated","message":"No valid credentials"}}'),
    ("flat", b'{"error":"unauthenticated","message":"No valid credentials"}'),
    ("text", b"Unauthorized: No valid credentials"),
    ("empty", b""),
)


@pytest.mark.parametrize(("family", "body"), FAMILIES)
async def test_missing_credential_is_worded_in_each_family_with_a_challenge(
    plugin: MakePlugin, table: ModuleType, family: ErrorFamily, body: bytes
) -> None:
    route = Route("GET", "/x", ok, Access.BEARER, family=family)
    async with booted([table, plugin("one", routes=lambda setup: [route])]) as server:
        reply = await get(server, "/x")
        assert (reply.status, reply.body) == (401, body)
        assert reply.headers["www-authenticate"].startswith("Bearer")


async def test_401_raised_by_a_handler_carries_a_challenge_too(plugin: MakePlugin) -> None:
    async def wrong_code(request: web.Request) -> web.StreamResponse:
        raise RequestError("Wrong code.", status=401, code="invalid_code")

    route = Route("GET", "/x", wrong_code, Access.OPEN)
    async with booted([plugin("one", routes=lambda setup: [route])]) as server:
        reply = await get(server, "/x")
        assert reply.json == {"error": {"code": "invalid_code", "message": "Wrong code."}}
        assert reply.headers["www-authenticate"].startswith("Bearer")


async def test_open_routes_resolve_no_identity(plugin: MakePlugin, table: ModuleType) -> None:
    async def who(request: web.Request) -> web.StreamResponse:
        with pytest.raises(LookupError):
            principal_of(request)
        return web.Response(status=204)

    handler: Callable[[web.Request], Awaitable[web.StreamResponse]] = who
    route = Route("GET", "/x", handler, Access.OPEN)
    async with booted([table, plugin("r", routes=lambda setup: [route])]) as server:
        assert (await get(server, "/x", "crash")).status == 204

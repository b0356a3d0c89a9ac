"""A session cookie alone changes nothing (spec 03 section 6.5)."""

from __future__ import annotations

import re

import pytest

from ggui_core.testing import Booted

from .raw_http import LIST, MCP, head, post, send

REFUSED = {"error": {"code": "csrf_required", "message": "Missing or invalid CSRF token."}}


async def token_for(server: Booted, cookie: str) -> str:
    reply = await send(server, head("GET", "/ggui/csrf-token", Cookie=cookie))
    token: str = reply.json["token"]
    return token


async def test_cookie_alone_saves_nothing(cookie_server: Booted) -> None:
    reply = await post(cookie_server, "/save", Cookie="session=builder")
    assert (reply.status, reply.json) == (403, REFUSED)


async def test_cookie_with_its_token_saves(cookie_server: Booted) -> None:
    token = await token_for(cookie_server, "session=builder")
    assert (await post(cookie_server, "/save", Cookie="session=builder", X_Ggui_CSRF=token)).status == 200
    assert (
        await post(cookie_server, "/save", Cookie="theme=dark; session=builder", X_Ggui_CSRF=token)
    ).status == 200


@pytest.mark.parametrize("forged", ["", ".", "a.b", "a", "é.é", "\udcff.\udcff", "x" * 5_000])
async def test_forged_tokens_are_refused(cookie_server: Booted, forged: str) -> None:
    assert (await post(cookie_server, "/save", Cookie="session=builder", X_Ggui_CSRF=forged)).json == REFUSED


async def test_token_belongs_to_its_cookie(cookie_server: Booted) -> None:
    for cookie in ("session=builder-2", "", "session=", "other=builder"):
        token = await token_for(cookie_server, cookie)
        assert (
            await post(cookie_server, "/save", Cookie="session=builder", X_Ggui_CSRF=token)
        ).json == REFUSED


async def test_cookie_value_that_is_no_text_breaks_nothing(cookie_server: Booted) -> None:
    assert (await send(cookie_server, head("GET", "/page", Cookie="session=\udcff"))).status == 200
    assert (await post(cookie_server, "/save", Cookie="session=\udcff", X_Ggui_CSRF="a.b")).status == 403


async def test_authorization_header_proves_itself(cookie_server: Booted) -> None:
    reply = await post(cookie_server, "/save", Cookie="session=builder", Authorization="Bearer user")
    assert reply.status == 200


async def test_requests_without_a_session_cookie_need_no_token(cookie_server: Booted) -> None:
    assert (await post(cookie_server, "/save", Cookie="theme=dark")).status == 401


async def test_exempt_routes_need_no_token(cookie_server: Booted) -> None:
    assert (await post(cookie_server, "/login", Cookie="session=builder")).status == 200


async def test_csrf_refusal_is_worded_the_same_on_mcp_routes(cookie_server: Booted) -> None:
    reply = await send(
        cookie_server, head("POST", "/mcp", **MCP, Cookie="session=builder", Content_Length="46"), body=LIST
    )
    assert (reply.status, reply.json) == (403, REFUSED)


@pytest.mark.spec("02 19.32")
async def test_token_is_offered_on_safe_responses_with_a_session_only(cookie_server: Booted) -> None:
    offered = await send(cookie_server, head("GET", "/page", Cookie="session=builder"))
    token = offered.headers["x-ggui-csrf-token"]
    assert (await post(cookie_server, "/save", Cookie="session=builder", X_Ggui_CSRF=token)).status == 200
    assert "x-ggui-csrf-token" not in (await send(cookie_server, head("GET", "/page"))).headers
    assert "x-ggui-csrf-token" not in (await post(cookie_server, "/login", Cookie="session=builder")).headers


async def test_token_endpoint_answers_everybody_and_is_never_cached(cookie_server: Booted) -> None:
    reply = await send(cookie_server, head("GET", "/ggui/csrf-token"))
    assert re.fullmatch(r"[\w-]{22}\.[\w-]{43}", reply.json["token"])
    assert isinstance(reply.json["expiresAt"], int)
    assert reply.headers["cache-control"] == "no-store"
    assert (await token_for(cookie_server, "")) != reply.json["token"]

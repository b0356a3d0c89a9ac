"""Pairing over HTTP (spec 03 section 10) and the answer to "is this bearer good" (section 9.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from ggui_core.clock import iso
from ggui_core.errors import RequestError
from ggui_core.http.errors import json_response, not_found
from ggui_core.http.routes import Access, Handler, Route, call_of, json_object, principal_of
from ggui_core.limits import Window
from ggui_core.stores import Pairing
from ggui_pairing.codes import CodeSlot
from ggui_pairing.names import MAX_CHARS, clean_name
from ggui_pairing.pairings import Pairings

GUESSES = Window(count=5, seconds=300)
"""Requests under ``/pair``, and separately sign-ins, of one address (spec 03 section 6.6)."""

_SECRET = {"Cache-Control": "no-store"}


class PairingRoutes:
    """Minting and exchanging codes, listing and revoking pairings.

    Args:
        builder_may_mint: Whether paired devices may do what the operator may.
        server_name: What a pairing is called when ``/admin/pair/init`` names no server.
    """

    def __init__(
        self, pairings: Pairings, codes: CodeSlot, *, builder_may_mint: bool, server_name: str
    ) -> None:
        self._pairings = pairings
        self._codes = codes
        self._access = Access.BUILDER if builder_may_mint else Access.OPERATOR
        self._server_name = server_name

    def routes(self) -> Sequence[Route]:
        """The declarations of every path below."""
        return (
            self._admin("POST", "/admin/pair/init", self.init),
            self._admin("POST", "/admin/pair/{pairing_id}/revoke", self.revoke),
            self._admin("GET", "/admin/pair", self.list),
            self._public("POST", "/pair", self.pair),
            # Whatever else is asked of /pair counts as an attempt too, so that no method probes for free.
            self._public("*", "/pair", self.wrong_method),
            self._public("*", "/pair/{rest:.*}", self.nothing),
            Route("GET", "/ggui/auth-check", self.auth_check, Access.BEARER, family="empty"),
        )

    def _admin(self, method: str, path: str, handler: Handler) -> Route:
        return Route(method, path, handler, self._access, plane="operator")

    def _public(self, method: str, path: str, handler: Handler) -> Route:
        return Route(method, path, handler, Access.OPEN, limit=GUESSES, limit_scope="pair", csrf_exempt=True)

    async def init(self, request: web.Request) -> web.Response:
        """``POST /admin/pair/init``: mint a code; the one before it is void."""
        body = await json_object(request)
        server_name = self._server_name
        if body.get("serverName") is not None:
            server_name = _name(body, "serverName")
        pending = await self._codes.mint(server_name)
        return json_response(
            {
                "code": pending.code,
                "codeExpiresAt": iso(pending.expires_at / 1000),
                "codeExpiresAtMs": pending.expires_at,
                "serverName": pending.server_name,
            },
            headers=_SECRET,
        )

    async def pair(self, request: web.Request) -> web.Response:
        """``POST /pair``: exchange the code for a bearer."""
        body = await json_object(request)
        code = body.get("code")
        if not isinstance(code, str):
            raise RequestError(
                "code must be a string.",
                hint='Send {"code":"048213","deviceName":"phone"} with Content-Type: application/json.',
            )
        device_name = _name(body, "deviceName")
        address = call_of(request).remote_address
        device = await self._pairings.pair(code, device_name, remote_address=address)
        return json_response(
            {
                "pairingId": device.bearer.pairing.pairing_id,
                "token": device.bearer.token,
                "serverName": device.server_name,
                "deviceName": device_name,
            },
            headers=_SECRET,
        )

    async def revoke(self, request: web.Request) -> web.Response:
        """``POST /admin/pair/{pairing_id}/revoke``: idempotent."""
        pairing_id = request.match_info["pairing_id"]
        actor = principal_of(request).credential_id
        await self._pairings.revoke(pairing_id, actor=actor)
        return json_response({"ok": True, "pairingId": pairing_id})

    async def list(self, request: web.Request) -> web.Response:
        """``GET /admin/pair``: every pairing, without anything that could be used as a bearer."""
        return json_response({"pairings": [_row(pairing) for pairing in await self._pairings.list()]})

    async def wrong_method(self, request: web.Request) -> web.Response:
        """Any other method on ``/pair``."""
        raise RequestError(
            f"This path answers POST, not {request.method}.",
            status=405,
            code="method_not_allowed",
            headers={"Allow": "POST"},
        )

    async def nothing(self, request: web.Request) -> web.Response:
        """Anything below ``/pair``."""
        raise not_found()

    async def auth_check(self, request: web.Request) -> web.Response:
        """``GET /ggui/auth-check``: 204 for a bearer that MCP would accept, else 401; no body."""
        return web.Response(status=204)


def _row(pairing: Pairing) -> dict[str, object]:
    bounds = {"appId": pairing.app_id, "expiresAt": pairing.expires_at}
    return {
        "pairingId": pairing.pairing_id,
        "deviceName": pairing.device_name,
        "createdAt": pairing.created_at,
        "lastUsedAt": pairing.last_used_at,
        "lastRemoteAddress": pairing.last_remote_address,
        "prefix": pairing.prefix,
        **{name: bound for name, bound in bounds.items() if bound is not None},
    }


def _name(body: Mapping[str, Any], field: str) -> str:
    name = clean_name(body.get(field))
    if name is None:
        raise RequestError(f"{field} must be a string of 1 to {MAX_CHARS} printable characters.")
    return name

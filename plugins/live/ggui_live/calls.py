"""``POST /api/sessions/{id}/calls``: what a view calls where its host passes no tool calls on (spec 08, quirk 16).

The body is ``{"wsToken", "name", "arguments"}``, the answer the ``CallToolResult`` that the host's relay would have
brought. A gesture keeps its ``actionId`` on either way, so the server knows it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from ggui_core.auth import AppIdentity, Identity, Principal, UserIdentity
from ggui_core.errors import RequestError
from ggui_core.http.body import decode
from ggui_core.http.errors import json_response
from ggui_core.http.routes import Access, Route, call_of
from ggui_core.mcp.caller import ToolCaller
from ggui_core.protocol.session import Session, Tenant
from ggui_core.tokens import Claims, TokenKind, TokenRefused
from ggui_live.channel import LiveChannel

MOST_BYTES: Final = 262_144
"""Of a body: what the three tools take at most comes to two thirds of it."""
CALLABLE: Final = frozenset(
    {
        "ggui_runtime_submit_action",
        "ggui_runtime_sync_context",
        "ggui_runtime_telemetry",
    }
)
"""What a card has to say. Reading has rungs of its own, and a token alone does not renew itself."""


class Calls:
    """Calls tools in the name of a session's owner, for the holder of a token of that session alone."""

    def __init__(self, channel: LiveChannel) -> None:
        self._channel = channel

    def routes(self) -> Sequence[Route]:
        """The route; it verifies its token itself.

        The token stands in the body, so no address holds it, and a body of plain text needs no preflight: a sandboxed
        view has no origin that could be listed for one.
        """
        return (
            Route(
                "POST",
                "/api/sessions/{session_id}/calls",
                self._call,
                Access.OPEN,
                body_bytes=MOST_BYTES,
                csrf_exempt=True,
                cors="any",
            ),
        )

    async def _call(self, request: web.Request) -> web.Response:
        """Raises:
        RequestError: 400 ``bad_request``; 401 or 410 for the token; 403 ``tool_not_allowed``; 404 ``not_found``;
            429 ``rate_limited``.

        A body of more than :data:`MOST_BYTES` was refused with 413 before: its token is read last of all.
        """
        body = decode(call_of(request).body)
        if not isinstance(body, dict):
            raise _malformed()
        claims = self._claims(body.get("wsToken"), request.match_info["session_id"])
        denied = await self._channel.charge(call_of(request), claims.session_id)
        if denied is not None:
            raise RequestError(
                f"Too many requests; retry after {denied.retry_after_s} s.",
                status=429,
                code="rate_limited",
                headers={"Retry-After": str(denied.retry_after_s)},
            )
        name, arguments = body.get("name"), body.get("arguments")
        if not isinstance(name, str) or not isinstance(arguments, dict):
            raise _malformed()
        if name not in CALLABLE:
            raise RequestError("A card may not call this tool.", status=403, code="tool_not_allowed")
        if arguments.get("sessionId") != claims.session_id:
            raise _not_found()
        session = await self._channel.sessions.session(claims.session_id, None)
        if session is None or session.tenant.app_id != claims.app_id:
            raise _not_found()
        result = await self._run(request, session, name, arguments)
        return json_response(result, headers={"Cache-Control": "no-store"})

    def _claims(self, token: object, session_id: str) -> Claims:
        """What the token says; that of an ack lasts longer than that of a slice.

        Raises:
            RequestError: 401, or 410 for one that was good once.
        """
        kinds: tuple[TokenKind, ...] = ("ws", "session")
        for kind in kinds:
            try:
                claims = self._channel.signer.verify(token if isinstance(token, str) else "", kind)
            except TokenRefused as refused:
                if refused.fault == "wrong_kind":
                    continue
                if refused.fault == "expired":
                    raise RequestError("The token expired.", status=410, code="token_expired") from None
                break
            if claims.session_id == session_id:
                return claims
            break
        raise RequestError("The body needs the 'wsToken' of this session.", status=401, code="token_refused")

    async def _run(
        self, request: web.Request, session: Session, name: str, arguments: Mapping[str, Any]
    ) -> dict[str, Any]:
        caller = self._channel.setup.get(ToolCaller)
        return await caller.call(
            name, arguments, principal=owner(session.id, session.tenant), call=call_of(request)
        )


def owner(session_id: str, tenant: Tenant) -> Principal:
    """Whoever a session belongs to, as the caller of a tool that its view asks for."""
    identity: Identity = (
        AppIdentity(tenant.app_id, "")
        if tenant.user_id is None
        else UserIdentity(tenant.user_id, app_id=tenant.app_id)
    )
    return Principal(identity, "viewer", f"view:{session_id}")


def _malformed() -> RequestError:
    return RequestError(
        "A call needs a token, the name of a tool and an object of arguments.",
        hint='Send {"wsToken": "…", "name": "ggui_runtime_submit_action", "arguments": {…}}.',
    )


def _not_found() -> RequestError:
    return RequestError("There is no such session.", status=404, code="not_found")

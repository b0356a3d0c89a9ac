"""``POST /api/sessions/{id}/tools-call``: the calls that a viewer page makes for the card it shows (ruling 12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from ggui_core.auth import AppIdentity, Identity, Principal, UserIdentity
from ggui_core.errors import RequestError
from ggui_core.http.errors import json_response
from ggui_core.http.routes import Access, Route, call_of, json_object, principal_of
from ggui_core.mcp.caller import ToolCaller
from ggui_core.protocol.session import Session, Tenant
from ggui_core.tokens import TokenRefused, TokenSigner
from ggui_renderer.audience import Audience
from ggui_renderer.viewer_cookie import calls_path

REFRESH: Final = "ggui_runtime_refresh_ws_token"
BY_SESSION: Final = frozenset(
    {
        "ggui_runtime_submit_action",
        "ggui_runtime_sync_context",
        "ggui_runtime_pull",
        "ggui_runtime_telemetry",
    }
)
"""Tools that a card needs and whose ``sessionId`` says for whom it asks. What else the runtime audience has, such as
the tool catalogue of a whole app, is no card's business."""

_ANY_AGE_S: Final = 10**9


class Relay:
    """Calls tools in the name of one session's owner, for that session alone."""

    def __init__(self, audience: Audience, tools: ToolCaller, signer: TokenSigner) -> None:
        self._audience = audience
        self._tools = tools
        self._signer = signer

    def routes(self) -> Sequence[Route]:
        """The declaration."""
        return (Route("POST", calls_path("{session_id}"), self.call, Access.BEARER, plane="viewer"),)

    async def call(self, request: web.Request) -> web.Response:
        """Call ``{"name", "arguments"}`` and answer its ``CallToolResult``.

        Raises:
            RequestError: 404 ``not_found``, there is no such session for this caller, or the call is about
                another one; 403 ``tool_not_allowed``; 400 ``bad_request``.
        """
        session = await self._audience.by_id(request, request.match_info["session_id"])
        if session is None:
            raise _not_found()
        body = await json_object(request)
        name, arguments = body.get("name"), body.get("arguments", {})
        if not isinstance(name, str) or not isinstance(arguments, dict):
            raise RequestError(
                "A call needs the name of a tool and an object of arguments.",
                hint='Send {"name": "ggui_runtime_submit_action", "arguments": {…}}.',
            )
        if name not in BY_SESSION and name != REFRESH:
            raise RequestError("A card may not call this tool.", status=403, code="tool_not_allowed")
        if not self._concerns(session, name, arguments):
            raise _not_found()
        result = await self._tools.call(
            name, arguments, principal=_owner(session.tenant, principal_of(request)), call=call_of(request)
        )
        return json_response(result, headers={"Cache-Control": "no-store"})

    def _concerns(self, session: Session, name: str, arguments: Mapping[str, Any]) -> bool:
        """Whether a call is about ``session``; a token that says nothing is left for the tool to word."""
        if name in BY_SESSION:
            return arguments.get("sessionId") == session.id
        token = arguments.get("envelope")
        try:
            return self._signer.verify(str(token), "ws", refreshable_s=_ANY_AGE_S).session_id == session.id
        except TokenRefused:
            return True


def _owner(tenant: Tenant, caller: Principal) -> Principal:
    """The owner of a session, counted and logged as whoever looks at it."""
    identity: Identity = (
        AppIdentity(tenant.app_id, "")
        if tenant.user_id is None
        else UserIdentity(tenant.user_id, app_id=tenant.app_id)
    )
    return Principal(identity, caller.source, caller.credential_id)


def _not_found() -> RequestError:
    return RequestError("There is no such session.", status=404, code="not_found")

"""Signing the operator's browser in and out (spec 03 section 11)."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from ggui_core.audit import AuditTrail
from ggui_core.http.cookies import over_tls
from ggui_core.http.errors import json_response
from ggui_core.http.routes import Access, Route, call_of, json_object
from ggui_pairing.admin import COOKIE, SESSION_S, AdminSessions
from ggui_pairing.routes import GUESSES
from ggui_pairing.tokens import same_token


class AdminRoutes:
    """``/ggui/console/admin-login`` and ``admin-logout``; their errors are flat (spec 03 section 6.7)."""

    def __init__(self, token: str, sessions: AdminSessions, audit: AuditTrail, *, base_url: str) -> None:
        self._token = token
        self._sessions = sessions
        self._audit = audit
        self._base_url = base_url

    def routes(self) -> Sequence[Route]:
        """The declarations of both paths."""
        return (
            # Exempt from CSRF: the body proves knowledge of the token, and a stale cookie must not lock out.
            Route(
                "POST",
                "/ggui/console/admin-login",
                self.login,
                Access.OPEN,
                family="flat",
                limit=GUESSES,
                limit_scope="admin-login",
                csrf_exempt=True,
            ),
            Route("POST", "/ggui/console/admin-logout", self.logout, Access.OPEN, family="flat"),
        )

    async def login(self, request: web.Request) -> web.Response:
        """Exchange the admin token for a session cookie."""
        given = (await json_object(request)).get("token")
        address = call_of(request).remote_address
        if not isinstance(given, str) or not same_token(given, self._token):
            await self._audit.record("admin.login.failure", remoteAddress=address)
            return json_response({"error": "invalid_token"}, status=401)
        await self._audit.record("admin.login.success", actor="admin", remoteAddress=address)
        response = web.Response(status=204, headers={"Cache-Control": "no-store"})
        response.set_cookie(
            COOKIE,
            await self._sessions.start(),
            max_age=SESSION_S,
            path="/",
            httponly=True,
            samesite="Lax",
            secure=over_tls(request, self._base_url),
        )
        return response

    async def logout(self, request: web.Request) -> web.Response:
        """End the session of this browser; also fine without one."""
        cookie = request.cookies.get(COOKIE)
        if cookie is not None:
            await self._sessions.end(cookie)
        response = web.Response(status=204)
        response.del_cookie(COOKIE, path="/", httponly=True, samesite="Lax")
        return response

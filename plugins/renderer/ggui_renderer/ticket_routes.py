"""``POST /ggui/viewer/tickets``: a one-time link to a session's page, for its owner or the operator."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from aiohttp import web

from ggui_core.errors import RequestError
from ggui_core.http.errors import json_response
from ggui_core.http.routes import Access, Route, json_object
from ggui_renderer.audience import Audience
from ggui_renderer.tickets import Tickets


class TicketRoutes:
    """Mints tickets for sessions that the caller can see."""

    def __init__(self, audience: Audience, tickets: Tickets) -> None:
        self._audience = audience
        self._tickets = tickets

    def routes(self) -> Sequence[Route]:
        """The declaration."""
        return (Route("POST", "/ggui/viewer/tickets", self.mint, Access.BUILDER, plane="operator"),)

    async def mint(self, request: web.Request) -> web.Response:
        """``{"sessionId"}`` to ``{"url", "expiresAt", "expiresAtMs"}``.

        Raises:
            RequestError: 400 ``bad_request``; 404 ``not_found``, there is no such session for this caller.
        """
        session_id = (await json_object(request)).get("sessionId")
        if not isinstance(session_id, str) or not session_id:
            raise RequestError("A ticket is for one session.", hint='Send {"sessionId": "…"}.')
        session = await self._audience.by_id(request, session_id)
        if session is None:
            raise RequestError("There is no such session.", status=404, code="not_found")
        link = await self._tickets.link(session)
        expires = datetime.fromtimestamp(link.expires_at_ms / 1000, UTC).isoformat(timespec="milliseconds")
        body = {
            "url": link.url,
            "expiresAt": expires.replace("+00:00", "Z"),
            "expiresAtMs": link.expires_at_ms,
        }
        return json_response(body, headers={"Cache-Control": "no-store"})

"""Who may see the page of a session (ruling 12). "Not yours" and "not there" are the same answer: ``None``."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from ggui_core.auth import Principal, UserIdentity
from ggui_core.http.routes import principal_of
from ggui_core.protocol.session import Session, Tenant
from ggui_core.seams import SessionService
from ggui_core.setup import Setup
from ggui_renderer.viewer_cookie import viewed_session


class Audience:
    """Finds sessions in the name of whoever asks for their page."""

    def __init__(
        self, sessions: SessionService, *, default_app_id: Callable[[], str], loopback: bool
    ) -> None:
        self._sessions = sessions
        self._default_app_id = default_app_id
        self._loopback = loopback

    @classmethod
    def of(cls, setup: Setup, sessions: SessionService) -> Audience:
        """The audience of this server's sessions."""
        return cls(sessions, default_app_id=lambda: setup.default_app_id, loopback=setup.server.loopback)

    async def by_short_code(self, request: web.Request, short_code: str) -> Session | None:
        """The session of a page, if the caller may see it."""
        if principal_of(request).is_anonymous:
            return None
        session = await self._sessions.by_short_code(short_code)
        return session if session is not None and self._may_see(request, session) else None

    async def by_id(self, request: web.Request, session_id: str) -> Session | None:
        """The session with this id, if the caller may see it."""
        principal = principal_of(request)
        if self._sees_all(principal) or viewed_session(principal) == session_id:
            return await self._sessions.session(session_id, None)
        if not self._owns_something(request, principal):
            return None
        return await self._sessions.session(session_id, self._tenant(principal))

    def _may_see(self, request: web.Request, session: Session) -> bool:
        principal = principal_of(request)
        if self._sees_all(principal) or viewed_session(principal) == session.id:
            return True
        return self._owns_something(request, principal) and self._tenant(principal).may_see(session.tenant)

    def _sees_all(self, principal: Principal) -> bool:
        """The operator; and everybody on a developer's own machine, under ``--dev-allow-all``."""
        return principal.operator or (principal.source == "dev" and self._loopback)

    def _owns_something(self, request: web.Request, principal: Principal) -> bool:
        """Whether the credential is that of an app or a person, of whose sessions it may see all.

        Under ``--dev-allow-all`` a caller without any credential is the builder too. On a machine that others
        reach, that must not open pages to whoever learns an address: such a caller has to send a bearer.
        """
        if principal.is_anonymous or principal.source == "viewer":
            return False
        return principal.source != "dev" or "Authorization" in request.headers

    def _tenant(self, principal: Principal) -> Tenant:
        user_id = principal.identity.user_id if isinstance(principal.identity, UserIdentity) else None
        return Tenant(principal.app_id(self._default_app_id()), user_id)

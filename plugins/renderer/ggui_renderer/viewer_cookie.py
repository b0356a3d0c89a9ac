"""The credential of a browser that was shown one session, and who it stands for."""

from __future__ import annotations

from http.cookies import Morsel
from typing import Final

from aiohttp import web

from ggui_core.auth import AppIdentity, AuthRequest, Principal
from ggui_core.http.cookies import over_tls
from ggui_core.protocol.session import Session
from ggui_core.tokens import TokenRefused, TokenSigner
from ggui_renderer.tickets import page_path

COOKIE: Final = "ggui_viewer"
LIFETIME_S: Final = 28_800

_SESSION: Final = "sessionId"


class ViewerAdapter:
    """Recognises the cookie, on the viewer plane only: it opens one page and the calls that page makes."""

    name = "viewer"
    rank = 30

    def __init__(self, signer: TokenSigner) -> None:
        self._signer = signer

    async def authenticate(self, request: AuthRequest) -> Principal | None:
        if request.plane != "viewer" or request.bearer is not None or "authorization" in request.headers:
            return (
                None  # the CSRF check skips requests with that header, so the cookie must not count beside it
            )
        token = request.cookies.get(COOKIE)
        if token is None:
            return None
        try:
            claims = self._signer.verify(token, "viewer")
        except TokenRefused:
            return None
        return Principal(
            AppIdentity(claims.app_id, ""),
            "viewer",
            f"viewer:{claims.session_id}",
            metadata={_SESSION: claims.session_id},
        )


def viewed_session(principal: Principal) -> str | None:
    """The id of the one session that a viewer's cookie opens; ``None`` for any other caller."""
    return principal.metadata.get(_SESSION) if principal.source == "viewer" else None


def grant(
    response: web.Response, request: web.Request, session: Session, signer: TokenSigner, base_url: str
) -> None:
    """Give the browser the cookie for ``session``.

    It is set twice, for the page and for the calls of that page: a browser that shows several cards keeps one
    cookie for each, and no other path of the server ever receives them.
    """
    token, claims = signer.sign("viewer", session.id, session.tenant.app_id, LIFETIME_S)
    for path in (page_path(session), calls_path(session.id)):
        cookie: Morsel[str] = Morsel()
        cookie.set(COOKIE, token, token)
        cookie.update(
            {
                "path": path,
                "max-age": str(claims.expires_at - claims.issued_at),
                "httponly": "yes",
                "samesite": "Strict",
                "secure": "yes" if over_tls(request, base_url) else "",
            }
        )
        # Not set_cookie: it keeps one cookie for each name.
        response.headers.add("Set-Cookie", cookie.OutputString())


def calls_path(session_id: str) -> str:
    """Where the page of a session sends its tool calls."""
    return f"/api/sessions/{session_id}/tools-call"

"""Double-submit protection for requests that a cookie authenticates (spec 03 section 6.5)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Final

from aiohttp import web

from ggui_core.errors import RequestError

HEADER: Final = "X-Ggui-CSRF"
TOKEN_HEADER: Final = "X-Ggui-CSRF-Token"  # noqa: S105  # the name of a header
LIFETIME_HINT_S: Final = 300
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class CsrfRequired(RequestError):
    """A cookie alone does not authorise an unsafe request; worded the same on every route."""

    code = "csrf_required"
    http_status = 403


def _b64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _bytes(header: str) -> bytes:
    return header.encode("utf-8", "surrogateescape")  # as it came: a cookie may hold bytes that are no text


class Csrf:
    """Mints and checks tokens ``R.M``: random bytes, and their MAC bound to the session cookies."""

    def __init__(self, cookies: Iterable[str], secret: bytes | None = None) -> None:
        self._cookies = tuple(sorted(set(cookies)))
        self._secret = secret or secrets.token_bytes(32)

    def session(self, request: web.Request) -> str | None:
        """The session cookies of this request, joined; ``None`` when it carries none."""
        if not self._cookies or "Cookie" not in request.headers:
            return None
        found = [f"{name}={request.cookies[name]}" for name in self._cookies if name in request.cookies]
        return ";".join(found) if found else None

    def mint(self, session: str | None) -> str:
        """A token for the holder of ``session``."""
        nonce = _b64url(secrets.token_bytes(16))
        return f"{nonce}.{self._mac(nonce, session)}"

    def check(self, request: web.Request) -> None:
        """Refuse an unsafe request that relies on a cookie and brings no valid token.

        A request with an ``Authorization`` header proves itself; browsers never add one unasked.

        Raises:
            CsrfRequired: 403.
        """
        if request.method in SAFE or "Authorization" in request.headers:
            return
        session = self.session(request)
        if session is None:
            return
        nonce, _, mac = request.headers.get(HEADER, "").partition(".")
        expected = self._mac(nonce, session)
        if not nonce or not hmac.compare_digest(_bytes(mac), _bytes(expected)):
            raise CsrfRequired("Missing or invalid CSRF token.")

    def _mac(self, nonce: str, session: str | None) -> str:
        message = _bytes(f"{nonce}|{session or ''}")
        return _b64url(hmac.new(self._secret, message, hashlib.sha256).digest())

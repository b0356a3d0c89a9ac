"""Signed, short-lived tokens that bind a view to its session (spec 01 section 18)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

import orjson

from ggui_core.clock import Clock
from ggui_core.errors import GguiError

TokenKind = Literal["ws", "session", "console-session", "viewer"]
"""What a token opens; a verifier accepts only the kind it expects."""

TokenFault = Literal[
    "invalid_format",
    "invalid_signature",
    "expired",
    "wrong_kind",
    "malformed_claims",
    "refresh_window_closed",
]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says. Times are whole seconds since the epoch."""

    session_id: str
    app_id: str
    kind: TokenKind
    issued_at: int
    expires_at: int


class TokenRefused(GguiError):
    """A token does not verify; ``fault`` says why, for the caller's own wording."""

    code = "token_refused"
    http_status = 401

    def __init__(self, fault: TokenFault) -> None:
        super().__init__("The token is not valid.", hint="Ask for a new one.")
        self.fault = fault


class TokenSigner(Protocol):
    """Signs and verifies tokens; replicas that share its secret accept one another's."""

    def sign(
        self, kind: TokenKind, session_id: str, app_id: str, ttl_s: int, *, issued_at: int | None = None
    ) -> tuple[str, Claims]:
        """A new token and what it says; it lives for ``ttl_s`` from now.

        Args:
            issued_at: When the token that it follows was issued, so that the time in which both can be refreshed
                ends together; now unless given.
        """
        ...

    def verify(self, token: str, kind: TokenKind, *, refreshable_s: int | None = None) -> Claims:
        """The claims of a genuine token of this kind.

        Args:
            refreshable_s: Accept an expired token whose ``issued_at`` is at most so many seconds ago.

        Raises:
            TokenRefused: it is forged, malformed, of another kind, or too old.
        """
        ...


_TOKEN: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)", re.ASCII)
_LONGEST: Final = 4096
"""Characters of a token that are looked at; ids are short, so a longer one is none of ours."""
_NONCE_BYTES: Final = 12


class HmacTokenSigner:
    """Writes ``<claims>.<signature>``: unpadded base64url of the JSON claims and of their HMAC-SHA256.

    Stateless: whoever holds the secret can verify, and a token may be used as often as one likes until it expires.
    """

    def __init__(self, secret: bytes, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock

    def sign(
        self, kind: TokenKind, session_id: str, app_id: str, ttl_s: int, *, issued_at: int | None = None
    ) -> tuple[str, Claims]:
        now = int(self._clock.now())
        claims = Claims(session_id, app_id, kind, now if issued_at is None else issued_at, now + ttl_s)
        said = {
            "sessionId": session_id,
            "appId": app_id,
            "kind": kind,
            "iat": claims.issued_at,
            "exp": claims.expires_at,
            "jti": _base64url(secrets.token_bytes(_NONCE_BYTES)),
        }
        payload = _base64url(orjson.dumps(said))
        return f"{payload}.{self._signature(payload)}", claims

    def verify(self, token: str, kind: TokenKind, *, refreshable_s: int | None = None) -> Claims:
        parts = _TOKEN.fullmatch(token) if len(token) <= _LONGEST else None
        if parts is None:
            raise TokenRefused("invalid_format")
        # The text is compared, not the bytes it stands for: the last character of base64url has bits to spare,
        # and a token that can be written in two ways is one that somebody changed.
        if not hmac.compare_digest(self._signature(parts[1]), parts[2]):
            raise TokenRefused("invalid_signature")
        claims = _claims(parts[1])
        if claims is None:
            raise TokenRefused("malformed_claims")
        if claims.kind != kind:
            raise TokenRefused("wrong_kind")
        now = self._clock.now()
        if claims.expires_at <= now:
            if refreshable_s is None:
                raise TokenRefused("expired")
            if now > claims.issued_at + refreshable_s:
                raise TokenRefused("refresh_window_closed")
        return claims

    def _signature(self, payload: str) -> str:
        return _base64url(hmac.digest(self._secret, payload.encode("ascii"), hashlib.sha256))


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _claims(payload: str) -> Claims | None:
    """What a signed payload says; ``None`` when it is not what this server signs. Further members are ignored."""
    try:
        said = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    members: list[Any] = [said.get(name) for name in ("sessionId", "appId", "kind", "jti", "iat", "exp")]
    session_id, app_id, kind, nonce, issued_at, expires_at = members
    if not all(isinstance(text, str) and text for text in (session_id, app_id, kind, nonce)):
        return None
    if not all(type(time) is int for time in (issued_at, expires_at)) or not 0 <= issued_at <= expires_at:
        return None
    return Claims(session_id, app_id, kind, issued_at, expires_at)

"""The operator: one token, and browser sessions that stand for it (spec 03 section 11)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

import structlog

from ggui_core.auth import AuthRequest, BuilderIdentity, Principal
from ggui_core.errors import BootError
from ggui_core.stores import KeyValueStore
from ggui_pairing.tokens import new_admin_token, same_token

log = structlog.get_logger(__name__)

COOKIE = "ggui_console_admin"
SESSION_S = 28_800

_SESSION = "pairing:admin-session:"
_MIN_TOKEN_CHARS = 8
_STRONG_TOKEN_CHARS = 20
_TOKEN = re.compile(r"[\x21-\x7e]+")
_OPERATOR = Principal(BuilderIdentity(), "admin", "admin", operator=True)


def admin_token(pinned: str | None, seed: bytes) -> str:
    """The operator's token: the pinned one, or a fresh one for this boot.

    Raises:
        BootError: the pinned token cannot travel in a header, or is too short to withstand guessing.
    """
    if pinned is None:
        return new_admin_token(seed)
    if not _TOKEN.fullmatch(pinned) or len(pinned) < _MIN_TOKEN_CHARS:
        raise BootError(
            f"the admin token needs at least {_MIN_TOKEN_CHARS} printable ASCII characters without spaces; "
            "make one with: python3 -c 'import secrets; print(\"ggui_admin_\" + secrets.token_urlsafe(24))'"
        )
    if len(pinned) < _STRONG_TOKEN_CHARS:
        log.warning("admin_token_is_short", chars=len(pinned), hint="use 20 random characters or more")
    return pinned


class AdminSessions:
    """Browser sessions of the operator.

    A cookie is a random id and its MAC. The MAC is keyed by the admin token, so another token ends every session
    and replicas that share the token and the store share sessions. The store holds only digests of ids.
    """

    def __init__(self, store: KeyValueStore, token: str) -> None:
        self._store = store
        self._key = hashlib.sha256(b"ggui admin session\0" + token.encode()).digest()

    async def start(self) -> str:
        """A new session's cookie value, good for :data:`SESSION_S` seconds."""
        session_id = secrets.token_urlsafe(24)
        await self._store.set(_key(session_id), b"1", ttl_s=SESSION_S)
        return f"{session_id}.{self._mac(session_id)}"

    async def is_live(self, cookie: str) -> bool:
        """Whether ``cookie`` is one of ours, not expired and not logged out."""
        session_id = self._verified(cookie)
        return session_id is not None and await self._store.get(_key(session_id)) is not None

    async def end(self, cookie: str) -> None:
        """Log the session out; a cookie that is none of ours changes nothing."""
        session_id = self._verified(cookie)
        if session_id is not None:
            await self._store.delete(_key(session_id))

    def _verified(self, cookie: str) -> str | None:
        session_id, _, mac = cookie.partition(".")
        genuine = hmac.compare_digest(mac.encode("utf-8", "surrogatepass"), self._mac(session_id).encode())
        return session_id if genuine else None

    def _mac(self, session_id: str) -> str:
        raw = hmac.digest(self._key, session_id.encode("utf-8", "surrogatepass"), "sha256")
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class AdminAdapter:
    """The admin token as a bearer and the admin session cookie; neither counts on the data plane."""

    name = "admin"
    rank = 10

    def __init__(self, token: str, sessions: AdminSessions) -> None:
        self._token = token
        self._sessions = sessions

    async def authenticate(self, request: AuthRequest) -> Principal | None:
        if request.plane not in ("operator", "viewer"):
            return None
        if "authorization" in request.headers or request.bearer is not None:
            # The CSRF check skips requests with this header, so the cookie must not count beside it.
            matches = request.bearer is not None and same_token(request.bearer, self._token)
            return _OPERATOR if matches else None
        cookie = request.cookies.get(COOKIE)
        return _OPERATOR if cookie is not None and await self._sessions.is_live(cookie) else None


def _key(session_id: str) -> str:
    return _SESSION + hashlib.sha256(session_id.encode("utf-8", "surrogatepass")).hexdigest()

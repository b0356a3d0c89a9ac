"""Signed, short-lived tokens that bind a view to its session (spec 01 section 18)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

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

    def sign(self, kind: TokenKind, session_id: str, app_id: str, ttl_s: int) -> tuple[str, Claims]:
        """A new token and what it says."""
        ...

    def verify(self, token: str, kind: TokenKind, *, refreshable_s: int | None = None) -> Claims:
        """The claims of a genuine token of this kind.

        Args:
            refreshable_s: Accept an expired token whose ``issued_at`` is at most so many seconds ago.

        Raises:
            TokenRefused: it is forged, malformed, of another kind, or too old.
        """
        ...

"""The one clock of a session: sliding, with an optional hard end (ruling 8; spec 02 section 5.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ggui_core.protocol.session import Session
from ggui_sessions.settings import SessionSettings

COARSE_MS: Final = 1_000
"""An expiry that would move by less than this stays: a busy session need not write for every gesture."""


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long sessions live. Times are milliseconds."""

    ttl_ms: int
    longest_ms: int | None
    kept_ms: int

    @classmethod
    def of(cls, settings: SessionSettings) -> Lifetimes:
        """As the operator set them."""
        longest = settings.max_lifetime_s
        return cls(
            round(settings.ttl_s * 1000),
            None if longest is None else round(longest * 1000),
            round(settings.keep_expired_s * 1000),
        )

    def expiry(self, now_ms: int, created_at_ms: int) -> int:
        """When a session that is active now will end."""
        end = now_ms + self.ttl_ms
        return end if self.longest_ms is None else min(end, created_at_ms + self.longest_ms)

    def renewed(self, session: Session, now_ms: int) -> int | None:
        """The new end of a session that is used now; None when it is not worth moving."""
        end = self.expiry(now_ms, session.created_at_ms)
        coarse = min(COARSE_MS, self.ttl_ms // 10)
        return end if end - session.expires_at_ms >= coarse else None

"""One-time links to a viewer page (ruling 12)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

from ggui_core.clock import Clock
from ggui_core.protocol.session import Session
from ggui_core.stores import KeyValueStore

TICKET_S: Final = 60
PARAMETER: Final = "t"

_KEY: Final = "renderer:viewer-ticket:"
_LONGEST: Final = 128


@dataclass(frozen=True, slots=True)
class ViewerLink:
    """An address that opens a viewer page once, in one browser.

    Attributes:
        expires_at_ms: Until when it must have been opened; milliseconds since the epoch.
    """

    url: str
    expires_at_ms: int


class Tickets:
    """Mints and redeems tickets. The store holds their digests only, and of two who redeem one, one gets it."""

    def __init__(self, store: KeyValueStore, clock: Clock, base_url: str) -> None:
        self._store = store
        self._clock = clock
        self._base_url = base_url

    async def link(self, session: Session) -> ViewerLink:
        """A link to the page of ``session``, good for :data:`TICKET_S` seconds and one use."""
        ticket = secrets.token_urlsafe(24)
        expires_at_ms = int((self._clock.now() + TICKET_S) * 1000)
        await self._store.set(_key(ticket), session.id.encode(), ttl_s=TICKET_S)
        return ViewerLink(f"{self._base_url}{page_path(session)}?{PARAMETER}={ticket}", expires_at_ms)

    async def redeem(self, ticket: str) -> str | None:
        """The id of the session that a ticket opens; the ticket is used up."""
        if not 0 < len(ticket) <= _LONGEST:
            return None
        session_id = await self._store.take(_key(ticket))
        return session_id.decode() if session_id is not None else None


def page_path(session: Session) -> str:
    """The path of a session's viewer page."""
    return f"/r/{session.short_code}"


def _key(ticket: str) -> str:
    return _KEY + hashlib.sha256(ticket.encode("utf-8", "surrogatepass")).hexdigest()

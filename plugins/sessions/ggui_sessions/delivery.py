"""What an agent is told of its card's way to a person (spec 08, "Delivery receipts").

A card that silently does not appear is the commonest complaint in this field. So the agent hears of it, once, with what
happened and what it can do instead: at once when the card says what is wrong, and five seconds after the render when
nothing was painted.
"""

from __future__ import annotations

import hashlib
from typing import Final, Literal

from ggui_core.errors import GguiError
from ggui_core.mcp.wire import Output
from ggui_core.protocol.session import Session
from ggui_core.stores import KeyValueStore
from ggui_sessions.service import iso_ms

UNSEEN_MS: Final = 5_000
"""A card that has not painted so long after its render probably never will."""

FALLBACK: Final = "Say in your reply what it would show, or ask your question in text."
_WORDS: Final = {
    "pending": "No host has fetched or started the card, so the person sees none.",
    "read": "A host read the card, but its script did not start: blocked, or never put in a frame.",
    "started": "The card's script runs, but nothing has been painted.",
    "failed": "The card failed, so the person sees an error in its place.",
    "broken": "The card was there and then failed, so the person may see an error in its place.",
}


class Delivery(Output):
    """How far the card got."""

    state: Literal["pending", "read", "started", "painted", "touched"]
    at: str
    rung: str | None = None
    error: str | None = None
    hint: str | None = None


def is_seen(session: Session) -> bool:
    """Whether a person has seen the card."""
    return session.delivery is not None and session.delivery.state in ("painted", "touched")


def described(session: Session) -> Delivery:
    """The receipt of a session; ``pending`` since its render when there is none."""
    receipt = session.delivery
    if receipt is None:
        return Delivery(state="pending", at=iso_ms(session.created_at_ms))
    return Delivery(state=receipt.state, at=iso_ms(receipt.at_ms), rung=receipt.rung, error=receipt.error)


class DeliveryNews:
    """What is to be said of a card, each thing once for its session.

    Args:
        said: Remembers what was said.
    """

    def __init__(self, said: KeyValueStore) -> None:
        self._said = said

    async def due_in_s(self, session: Session, now_ms: int) -> float | None:
        """Seconds until there will be something to say, 0 when there is; ``None`` when nothing will be.

        A failure that is reported later makes news of its own.
        """
        subject = _subject(session)
        if subject is None or await self._was_said(session, subject):
            return None
        return _wait_s(session, now_ms)

    async def advised(self, session: Session, now_ms: int) -> Delivery:
        """The receipt, with advice the first time that there is something to say."""
        delivery = described(session)
        subject = _subject(session)
        if subject is None or _wait_s(session, now_ms) > 0:
            return delivery
        ttl_s = max(1.0, (session.expires_at_ms - now_ms) / 1000)
        try:
            if await self._said.increment(_key(session, subject), ttl_s=ttl_s) != 1:
                return delivery
            if subject != _UNSEEN:
                await self._said.increment(_key(session, _UNSEEN), ttl_s=ttl_s)
        except GguiError:
            return delivery  # gestures are not withheld because it cannot be noted that advice was given
        return delivery.model_copy(update={"hint": f"{_words(delivery)} {FALLBACK}"})

    async def _was_said(self, session: Session, subject: str) -> bool:
        try:
            return await self._said.get(_key(session, subject)) is not None
        except GguiError:
            return True


_UNSEEN: Final = "unseen"


def _wait_s(session: Session, now_ms: int) -> float:
    """Seconds until a card counts as not painted; a failure needs no waiting.

    A card that a host comes for later, such as one of an old conversation, has its time from then.
    """
    began_ms = session.created_at_ms
    if session.delivery is not None:
        if session.delivery.error is not None:
            return 0.0
        if session.delivery.at_ms - began_ms >= UNSEEN_MS:
            began_ms = session.delivery.at_ms
    return max(0.0, (began_ms + UNSEEN_MS - now_ms) / 1000)


def _subject(session: Session) -> str | None:
    """What is to be said: of which error, or that nothing was painted; ``None`` when all is well."""
    if not session.is_mountable:
        return None
    if session.delivery is not None and session.delivery.error is not None:
        return hashlib.sha256(session.delivery.error.encode()).hexdigest()[:16]
    return None if is_seen(session) else _UNSEEN


def _key(session: Session, subject: str) -> str:
    return f"sessions:undelivered:{session.id}:{subject}"


def _words(delivery: Delivery) -> str:
    if delivery.error is None:
        return _WORDS[delivery.state]
    return _WORDS["broken" if delivery.state in ("painted", "touched") else "failed"]

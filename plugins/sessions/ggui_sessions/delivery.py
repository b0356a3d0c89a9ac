"""How far a card got on its way to a person, and what an agent is told about it (spec 08).

A card that silently does not appear is the commonest complaint in this field. So the agent hears of it: once, and
with what it can do instead.
"""

from __future__ import annotations

from typing import Final, Literal

from ggui_core.errors import GguiError
from ggui_core.mcp.wire import Output
from ggui_core.protocol.session import DeliveryReceipt, DeliveryState, Session
from ggui_core.stores import KeyValueStore
from ggui_sessions.service import iso_ms

UNSEEN_MS: Final = 5_000
"""A card that has not painted so long after its render probably never will."""

HINT: Final = (
    "Nothing has been painted yet, so the person may see no card. Say in your reply what it would show, "
    "or ask your question in text."
)
KINDS: Final[dict[str, DeliveryState]] = {
    "delivery.started": "started",
    "delivery.painted": "painted",
}
"""Telemetry kinds that report a state."""

ERROR_KIND: Final = "delivery.error"


class Delivery(Output):
    """How far the card got."""

    state: Literal["pending", "read", "started", "painted", "touched"]
    at: str
    rung: str | None = None
    error: str | None = None
    hint: str | None = None


def is_seen(session: Session) -> bool:
    """Whether a person can see the card."""
    return session.delivery is not None and session.delivery.state in ("painted", "touched")


def described(session: Session) -> Delivery:
    """The receipt of a session; ``pending`` since its render when there is none."""
    receipt = session.delivery
    if receipt is None:
        return Delivery(state="pending", at=iso_ms(session.created_at_ms))
    return Delivery(state=receipt.state, at=iso_ms(receipt.at_ms), rung=receipt.rung, error=receipt.error)


async def advised(session: Session, said: KeyValueStore, now_ms: int) -> Delivery:
    """The receipt, with advice the first time that nothing was painted for too long."""
    delivery = described(session)
    if is_seen(session) or now_ms - session.created_at_ms < UNSEEN_MS:
        return delivery
    ttl_s = max(1.0, (session.expires_at_ms - now_ms) / 1000)
    try:
        times = await said.increment(f"sessions:undelivered:{session.id}", ttl_s=ttl_s)
    except GguiError:
        return delivery  # gestures are not withheld because it cannot be noted that advice was given
    return delivery.model_copy(update={"hint": HINT}) if times == 1 else delivery


def reported(session: Session, kind: str, detail: str | None, now_ms: int) -> DeliveryReceipt | None:
    """The receipt that a telemetry event stands for; None for an event of another kind."""
    if kind in KINDS:
        return DeliveryReceipt(KINDS[kind], now_ms, "relay")
    if kind == ERROR_KIND:
        reached: DeliveryState = "read" if session.delivery is None else session.delivery.state
        return DeliveryReceipt(reached, now_ms, "relay", error=detail or "unknown")
    return None

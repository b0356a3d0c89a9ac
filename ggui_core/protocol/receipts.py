"""How what a view says of itself becomes a delivery receipt (spec 08, "Delivery receipts")."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ggui_core.protocol.session import DeliveryReceipt, DeliveryState

STATES: Final[dict[str, DeliveryState]] = {"delivery.started": "started", "delivery.painted": "painted"}
"""Telemetry kinds that report a state."""
RUNGS: Final = frozenset({"relay", "ws", "http"})
ERROR: Final = "delivery.error"
ORDER: Final[tuple[DeliveryState, ...]] = ("read", "started", "painted", "touched")


def receipt_of(
    before: DeliveryReceipt | None, kind: str, detail: str | None, now_ms: int
) -> DeliveryReceipt | None:
    """The receipt that a telemetry event stands for; ``None`` for an event of another kind.

    Args:
        before: What is known of the card so far.
        detail: Of a state, the way on which the view reports it; of an error, what went wrong.
    """
    rung = detail if detail in RUNGS and kind in STATES else "relay"
    if kind in STATES:
        return DeliveryReceipt(STATES[kind], now_ms, rung)
    if kind == ERROR:
        reached: DeliveryState = "read" if before is None else before.state
        return DeliveryReceipt(reached, now_ms, rung, error=detail or "unknown")
    return None


def further(before: DeliveryReceipt | None, now: DeliveryReceipt) -> DeliveryReceipt:
    """What is known after a receipt: the furthest state with the time it was first reached, and the last error.

    A card that paints, or is used, after it had failed has got over its error.
    """
    if before is None:
        return now
    furthest = now if ORDER.index(now.state) > ORDER.index(before.state) else before
    recovered = now.error is None and now.state in ("painted", "touched")
    return replace(furthest, error=None if recovered else now.error or before.error)

"""Which content coding a client prefers (RFC 9110 section 12.5.3)."""

from __future__ import annotations

from collections.abc import Iterable


def preferred(accept_encoding: str | None, offered: Iterable[str]) -> str | None:
    """The coding to answer with.

    Args:
        accept_encoding: The request's header.
        offered: Codings in the order in which the server would rather send them.

    Returns:
        The offered coding that the client weighs highest, the earlier one of two equals; ``None`` to send the
        bytes as they are.
    """
    weights = _weights(accept_encoding or "")
    others = weights.get("*", 0.0)
    best, best_weight = None, 0.0
    for coding in offered:
        weight = weights.get(coding, others)
        if weight > best_weight:
            best, best_weight = coding, weight
    return best


def _weights(header: str) -> dict[str, float]:
    found = {}
    for part in header.lower().split(","):
        coding, _, parameter = part.partition(";")
        name, _, value = parameter.partition("=")
        try:
            weight = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            weight = 0.0  # what is no weight asks for nothing
        found[coding.strip().removeprefix("x-")] = weight
    return found

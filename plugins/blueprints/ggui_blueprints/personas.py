"""Names of personas: how they are written, and when two are nearly the same (spec 06 section 2.7)."""

from __future__ import annotations

from collections.abc import Iterable


def normalised(persona: str) -> str:
    """Without space around it and in lower case; empty means none."""
    return persona.strip().lower()


def near_duplicate(persona: str, known: Iterable[str]) -> str | None:
    """A known persona that one typing mistake makes of this one: same letters but for one."""
    return next(
        (other for other in sorted(known) if other != persona and _one_edit_apart(persona, other)), None
    )


def _one_edit_apart(one: str, other: str) -> bool:
    """Whether inserting, deleting or changing a single letter turns one into the other."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    start = 0
    while start < len(short) and short[start] == long[start]:
        start += 1
    rest = short[start + 1 :] if len(short) == len(long) else short[start:]
    return rest == long[start + 1 :]

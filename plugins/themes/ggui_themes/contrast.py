"""Whether what is written can be read: contrast of text and ground as WCAG 2 counts it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

MINIMUM: Final = 4.5
"""WCAG 2, success criterion 1.4.3, for text of ordinary size."""

STATUSES: Final = ("success", "warning", "error", "info")
GROUNDS: Final = ("surface", "surfaceVariant", "container")

PAIRS: Final[Sequence[tuple[str, str]]] = (
    *(
        (text, ground)
        for text in (
            "onSurface",
            "onSurfaceVariant",
            "neutral-500",
            *(f"{status}-600" for status in STATUSES),
        )
        for ground in GROUNDS
    ),
    ("onContainer", "container"),
    ("surface", "onSurface"),
    ("onSurface", "primary-50"),
    *((text, ground) for text in ("primary-500", "primary-700") for ground in ("surface", "container")),
    ("onPrimary", "primary-500"),
    ("onPrimaryContainer", "primaryContainer"),
    ("onError", "error-500"),
    ("onError", "error-600"),
    ("onErrorContainer", "errorContainer"),
    ("error-50", "error-700"),
    ("onTertiary", "tertiary"),
    ("onTertiaryContainer", "tertiaryContainer"),
    *((f"{status}-700", f"{status}-100") for status in STATUSES),
    *((f"{status}-800", f"{status}-50") for status in STATUSES),
)
"""Every text and the ground it stands on, as the component catalog uses them."""

_HEX: Final = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
_RGB: Final = re.compile(r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)\s*\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Illegible:
    """A pair below the minimum; ``ratio`` is from 1 to 21."""

    text: str
    ground: str
    ratio: float

    def __str__(self) -> str:
        return f"{self.text} on {self.ground}: {self.ratio:.2f}"


def illegible(variables: Mapping[str, str]) -> list[Illegible]:
    """The pairs of a ladder that are hard to read.

    Pairs of which a colour is missing, translucent or written in a way that is not computed here are left out.
    """
    found = []
    for text, ground in PAIRS:
        one, other = (luminance(variables.get(f"--ggui-color-{name}", "")) for name in (text, ground))
        if one is not None and other is not None and contrast(one, other) < MINIMUM:
            found.append(Illegible(text, ground, contrast(one, other)))
    return found


def luminance(colour: str) -> float | None:
    """Relative luminance of ``#rgb``, ``#rrggbb`` or ``rgb(…)``, 0 to 1; ``None`` for anything else."""
    channels = _channels(colour.strip())
    if channels is None:
        return None
    red, green, blue = (_linear(channel / 255) for channel in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: float, other: float) -> float:
    """The ratio of two luminances, 1 to 21."""
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def _channels(colour: str) -> tuple[int, int, int] | None:
    if found := _HEX.fullmatch(colour):
        digits = found[1] if len(found[1]) == 6 else "".join(2 * digit for digit in found[1])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if found := _RGB.fullmatch(colour):
        red, green, blue = (int(channel) for channel in found.groups())
        return red, green, blue
    return None


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4

"""The ``instructions`` of ``initialize``: who says what, and which preset shows it (spec 02 section 2.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Preset = Literal["minimal", "default", "aggressive", "always", "off"]

PRESETS: tuple[Preset, ...] = ("default", "aggressive", "always", "minimal", "off")
_LEVEL = {"minimal": 0, "default": 1, "aggressive": 2, "always": 3}

IDENTITY = "ggui puts interactive user interfaces in front of people and brings their gestures back to you."


@dataclass(frozen=True, slots=True)
class InstructionPart:
    """One paragraph.

    Attributes:
        text: Written for a model: neutral, short.
        since: The smallest preset that shows it.
        rank: Order among the parts; lower comes first.
    """

    text: str
    since: Literal["default", "aggressive", "always"] = "default"
    rank: int = 50


def compose(choice: str, parts: Iterable[InstructionPart]) -> str | None:
    """The text for a preset name; any other string is used verbatim, ``off`` and the empty string send none."""
    if choice in ("", "off"):
        return None
    level = _LEVEL.get(choice)
    if level is None:
        return choice
    shown = sorted((part for part in parts if _LEVEL[part.since] <= level), key=lambda part: part.rank)
    return "\n\n".join([IDENTITY, *(part.text for part in shown)])

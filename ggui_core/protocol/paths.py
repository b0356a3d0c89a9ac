"""Where in a JSON value something is: ``rows[2].title`` (spec 01 section 5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""Segments from the root: names of members and positions of items."""

LONGEST_FIELD: Final = 512
"""Characters after which a field path is cut; names inside a value are a stranger's text."""


def field_path(segments: Sequence[str | int]) -> str:
    """Write a path with dots between names and whole numbers in brackets.

    A name made of digits alone is written like a position, as readers of these paths expect.
    """
    written = ""
    for segment in segments:
        if isinstance(segment, int) or (segment.isascii() and segment.isdigit()):
            written += f"[{segment}]"
        else:
            written += f".{segment}" if written else segment
    return clipped(written, LONGEST_FIELD)


def clipped(text: str, length: int) -> str:
    """Text of at most ``length`` characters, marked where it was cut."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def utf16(text: str) -> bytes:
    """The sort key of ECMAScript: UTF-16 code units, not code points."""
    return text.encode("utf-16-be", "surrogatepass")

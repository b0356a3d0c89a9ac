"""What the server prints once it listens: beacons for machines, a banner for people (spec 03 section 3.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Beacon:
    """One machine-readable line ``NAME value`` on stdout; lower ranks first, ``READY`` is 0.

    ``value`` may be a function, asked once the server listens; ``None`` prints nothing.
    """

    name: str
    value: str | Callable[[], str | None]
    rank: int


@dataclass(frozen=True, slots=True)
class BannerRow:
    """One labelled row of the banner; a value of ``None`` leaves the row out."""

    label: str
    value: str | Callable[[], str | None] | None
    rank: int = 50


def resolved(value: str | Callable[[], str | None] | None) -> str | None:
    """The text of a beacon or row."""
    return value() if callable(value) else value

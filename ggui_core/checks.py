"""Readiness checks (spec 03 section 8)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """A named probe of something the server depends on.

    Attributes:
        probe: Returns True when all is well. Raising, or taking more than a second, counts as False.
        required: A required check that fails turns health to 503; an advisory one is only shown.
    """

    name: str
    probe: Callable[[], Awaitable[bool]]
    required: bool = True

"""What validation finds, in the words of the wire (spec 02 section 8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tier = Literal["compile", "selfCheck", "runtime"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault or one remark.

    Attributes:
        code: Stable; says which check spoke.
        message: One sentence of cause.
        fix: One sentence of remedy.
    """

    tier: Tier
    code: str
    message: str
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """What one tier found; errors end the run."""

    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()

"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import click

Verdict = Literal["ok", "warn", "fail"]

_WIDTH: Final = len("renderer assets")
_COLOURS: Final = {"ok": "green", "warn": "yellow", "fail": "red"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        check: What was looked at, in a word or two.
        detail: What was seen.
        remedy: What to do about it; empty for ``ok``.
    """

    check: str
    verdict: Verdict
    detail: str
    remedy: str = ""

    def line(self) -> str:
        """As a person reads it."""
        verdict = click.style(f"{self.verdict:<4}", fg=_COLOURS[self.verdict], bold=self.verdict != "ok")
        remedy = f" → {self.remedy}" if self.remedy else ""
        return f"{verdict}  {self.check:<{_WIDTH}}  {self.detail}{remedy}"

    def wire(self) -> dict[str, str]:
        """As a program reads it."""
        told = {"check": self.check, "verdict": self.verdict, "detail": self.detail}
        return told | {"remedy": self.remedy} if self.remedy else told

"""The example blueprints: one that shows, one that asks, one that talks. Each is a component and the facts about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

Kind = Literal["display", "collect", "converse"]
KINDS: Final[tuple[Kind, ...]] = ("display", "collect", "converse")

_FOLDER: Final = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Example:
    """A blueprint that works.

    Attributes:
        summary: What an author learns from it.
        fixture: Props for which it was designed.
    """

    kind: Kind
    title: str
    summary: str
    source: str
    contract: Mapping[str, Any]
    fixture: Mapping[str, Any]


@cache
def examples() -> tuple[Example, ...]:
    """All of them, in the order of :data:`KINDS`."""
    return tuple(_example(kind) for kind in KINDS)


def _example(kind: Kind) -> Example:
    facts = json.loads((_FOLDER / f"{kind}.json").read_text("utf-8"))
    return Example(
        kind,
        facts["title"],
        facts["summary"],
        (_FOLDER / f"{kind}.tsx").read_text("utf-8"),
        facts["contract"],
        facts["fixtureProps"],
    )

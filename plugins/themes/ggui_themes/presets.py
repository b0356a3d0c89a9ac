"""The seven presets: pairs of documents in this package (spec 05 section 10.4)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from ggui_core.protocol.theme import Theme
from ggui_themes.documents import read_document
from ggui_themes.ladder import theme_of

FOLDER: Final = Path(__file__).resolve().parent / "presets"
DEFAULT: Final = "ggui"
IDS: Final = (
    DEFAULT,
    "indigo",
    "claudic",
    "premium-cyberpunk",
    "premium-zen",
    "premium-neon-noir",
    "premium-botanical",
)
"""In the order in which they are listed."""


@cache
def preset(theme_id: str) -> Theme:
    """One of :data:`IDS`."""
    light, dark = (read_document(document(theme_id, mode)) for mode in ("light", "dark"))
    return theme_of(theme_id, light, dark)


def presets() -> Sequence[Theme]:
    """All of them."""
    return [preset(theme_id) for theme_id in IDS]


def document(theme_id: str, mode: str) -> dict[str, Any]:
    """The document behind one mode of a preset."""
    value: dict[str, Any] = json.loads((FOLDER / theme_id / f"{mode}.json").read_text(encoding="utf-8"))
    return value

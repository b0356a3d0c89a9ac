"""What a component may import (spec 06 section 11.3)."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

STANDARD: Final = ("react", "react-dom", "@ggui-ai/design", "@ggui-ai/wire", "@ggui-ai/gadgets")
"""Packages that every view provides, with their subpaths."""

_SUBPATH: Final = re.compile(r"(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+")
"""No empty, ``.`` or ``..`` segment: a view resolves the name as it stands, and must not be led elsewhere."""


def is_allowed(specifier: str, packages: Collection[str]) -> bool:
    """True for a standard package or one below it, and for exactly the names in ``packages``."""
    if specifier in packages or specifier in STANDARD:
        return True
    return any(
        specifier.startswith(f"{package}/") and _SUBPATH.fullmatch(specifier, len(package)) is not None
        for package in STANDARD
    )


def refusal(specifier: str) -> str:
    """Why an import is refused, and what is allowed instead."""
    shown = specifier if len(specifier) <= 80 else f"{specifier[:77]}…"
    return (
        f"The import of {shown!r} is not allowed; a component imports react, @ggui-ai/design, @ggui-ai/wire "
        "and the gadget packages of its contract"
    )

"""What a theme says about colours."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from ggui_core.protocol.theme import AppTheme

MANY_FAMILIES: Final = 3

_COLOUR: Final = re.compile(r"--ggui-color-(?:on(?=[A-Z]))?([A-Za-z]+?)(?:Variant|Container)?(?:-.*)?")


def colour_families(theme: AppTheme) -> tuple[str, ...]:
    """The families of colours that a theme sets: ``primary`` for ``primary-500`` and ``onPrimaryContainer``."""
    found = (_COLOUR.fullmatch(name) for name in theme.css_variables)
    return tuple(dict.fromkeys(match[1].lower() for match in found if match))


def half_a_theme(theme: AppTheme, registered: Collection[str]) -> str | None:
    """A warning for a theme that recolours much of a base that this server does not know (spec 02 section 9.2).

    What such a theme leaves out comes from colours that were never tried against it: the view's own default, where
    there is no base.

    Args:
        registered: The document hashes of the themes that the app can wear.
    """
    families = colour_families(theme)
    known = theme.base is not None and theme.base.document_hash in registered
    if known or len(families) < MANY_FAMILIES:
        return None
    return (
        f"This theme sets colours of {len(families)} families ({', '.join(families)}) over a base that is not "
        "registered here. What it leaves out keeps other colours: check that text stays readable, or set "
        "the other families too."
    )

"""Names that people give to devices and servers."""

from __future__ import annotations

import unicodedata

MAX_CHARS = 120

_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})


def clean_name(raw: object) -> str | None:
    """``raw`` without surrounding white space, or ``None`` when it cannot be a name.

    A name is a string of 1 to 120 characters without control characters, lone surrogates, line separators or
    characters that reorder the text around them: names are printed in terminals and lists beside each other.
    """
    if not isinstance(raw, str):
        return None
    name = raw.strip()
    if not 1 <= len(name) <= MAX_CHARS:
        return None
    return name if all(_printable(char) for char in name) else None


def printable(name: str) -> str:
    """``name`` fit for a terminal, whatever another program wrote into the file."""
    return "".join(char if _printable(char) else "\ufffd" for char in name)


def _printable(char: str) -> bool:
    return unicodedata.category(char) not in _REFUSED_CATEGORIES and char not in _REORDERING

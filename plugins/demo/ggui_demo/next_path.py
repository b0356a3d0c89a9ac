"""Where the sign-in page may lead to."""

from __future__ import annotations

from typing import Final

MAX_LENGTH: Final = 2_048


def next_path(given: str | None, default: str) -> str:
    """``given`` when it is a path of this site, else ``default``: a link must not lead a person elsewhere.

    Browsers read a backslash as a slash and drop tabs and line breaks inside URLs (WHATWG URL standard,
    section 4.4), so ``/\\host`` and ``/<TAB>/host`` name another host just as ``//host`` does.
    """
    if given is None or len(given) > MAX_LENGTH:
        return default
    if not given.startswith("/") or given.startswith("//"):
        return default
    if "\\" in given or any(ord(character) <= 0x20 or ord(character) == 0x7F for character in given):
        return default
    return given

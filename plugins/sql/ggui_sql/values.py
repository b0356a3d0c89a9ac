"""How values of ours stand in columns: JSON as text, and text that every database takes."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Final

import orjson

_WIDE: Final = " "
"""Starts JSON that the fast reader would change: whole numbers beyond 64 bits, half surrogate pairs."""

_ESCAPED: Final = "\ufffe"
"""Starts text that stands in a column as JSON: PostgreSQL takes no NUL, and UTF-8 no half of a surrogate pair."""


def dump(value: Any) -> str:
    """A JSON value as text of ASCII and clean UTF-8."""
    try:
        return orjson.dumps(value).decode()
    except (orjson.JSONEncodeError, UnicodeDecodeError):
        return _WIDE + json.dumps(value, separators=(",", ":"))


def load(text: str) -> Any:
    """The JSON value that was :func:`dump`\\ ed."""
    return json.loads(text) if text.startswith(_WIDE) else orjson.loads(text)


def dump_optional(value: Any) -> str | None:
    """As :func:`dump`; ``None`` stays away, it is no value here."""
    return None if value is None else dump(value)


def load_optional(text: str | None) -> Any:
    """As :func:`load`, and ``None`` for an empty column."""
    return None if text is None else load(text)


def clean(text: str) -> str:
    """Any text as a column takes it. Equal texts stay equal, others stay different."""
    if "\0" not in text and not text.startswith(_ESCAPED) and _is_unicode(text):
        return text
    return _ESCAPED + json.dumps(text)


def original(text: str) -> str:
    """The text that was made :func:`clean`."""
    if not text.startswith(_ESCAPED):
        return text
    decoded: str = json.loads(text[1:])
    return decoded


def clean_optional(text: str | None) -> str | None:
    """As :func:`clean`."""
    return None if text is None else clean(text)


def original_optional(text: str | None) -> str | None:
    """As :func:`original`."""
    return None if text is None else original(text)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(maxsize=2_048)
def _parsed(text: str) -> Any:
    return load(text)


def load_shared(text: str) -> Any:
    """As :func:`load` for texts that come again and again; the values are shared and never changed in place."""
    return _parsed(text) if len(text) <= 64 * 1024 else load(text)

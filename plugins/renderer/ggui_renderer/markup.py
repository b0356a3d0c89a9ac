"""Putting values into documents so that they stay values."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

_TELLTALE: Final = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)
_SCRIPT_END: Final = re.compile(r"</(?=script)", re.IGNORECASE)


def text(value: str) -> str:
    """``value`` as element or attribute content."""
    return html.escape(value.encode("utf-8", "replace").decode("utf-8"), quote=True)


def json_literal(value: Mapping[str, Any] | str) -> str:
    """``value`` as a JavaScript expression that can end no script element (spec 05 section 1.2)."""
    try:
        written = orjson.dumps(value).decode()
    except TypeError:  # integers beyond 64 bits and lone surrogates, which JSON allows
        written = json.dumps(value, separators=(",", ":"))
    return written.translate(_TELLTALE)


def script(code: str) -> str:
    """JavaScript as the content of a script element.

    The two sequences that HTML would act on only occur inside string, template and regular expression literals
    of minified code, where a backslash before the character changes nothing.
    """
    return _SCRIPT_END.sub(r"<\\/", code).replace("<!--", "<\\!--")

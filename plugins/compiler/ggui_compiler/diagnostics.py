"""esbuild's messages as diagnostics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ggui_compiler.packets import Value
from ggui_core.seams import Diagnostic

NOT_ALLOWED: Final = "IMPORT_NOT_ALLOWED"
IMPORT_PLUGIN: Final = "imports"
"""The name under which our own refusals come back from esbuild, with the place that it knows."""

NO_REQUIRE: Final = "require() does not exist in a browser module; write an import"

NO_FILES: Final = "A component is one file; it cannot import from a computed path"

_UNKNOWN_TARGETS: Final = {
    "unsupported-dynamic-import": "The target of import() must be a string literal",
    "unsupported-require-call": NO_REQUIRE,
    "indirect-require": NO_REQUIRE,
}
"""What esbuild calls an import whose target it cannot know, and what we say of it."""

RAISED: Final = tuple(f"--log-override:{message_id}=error" for message_id in _UNKNOWN_TARGETS)
"""Flags that make errors of what esbuild would leave in the output with a remark."""

_LONGEST: Final = 300


def diagnostic(message: Value) -> Diagnostic:
    """One message; a column is counted in characters from 1, where esbuild counts bytes from 0."""
    if not isinstance(message, Mapping):
        return Diagnostic("The compiler refused the source")
    text = _UNKNOWN_TARGETS.get(str(message.get("id")), str(message.get("text")))
    refused = message.get("pluginName") == IMPORT_PLUGIN or message.get("id") in _UNKNOWN_TARGETS
    line, column = _place(message.get("location"))
    text = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return Diagnostic(text, line, column, NOT_ALLOWED if refused else "COMPILE_ERROR")


def _place(location: Value) -> tuple[int, int]:
    if not isinstance(location, Mapping):
        return 0, 0
    line, octets, text = location.get("line"), location.get("column"), location.get("lineText")
    if not isinstance(line, int) or not isinstance(octets, int) or not isinstance(text, str):
        return 0, 0
    return line, len(text.encode()[:octets].decode(errors="ignore")) + 1

"""Identifiers for code, made from names that a stranger chose."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+")
_LONGEST_IDENTIFIER: Final = 40

_KEYWORDS: Final = frozenset(
    [
        "abstract",
        "any",
        "arguments",
        "as",
        "async",
        "await",
        "boolean",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "debugger",
        "declare",
        "default",
        "delete",
        "do",
        "else",
        "enum",
        "eval",
        "export",
        "extends",
        "false",
        "finally",
        "for",
        "from",
        "function",
        "get",
        "if",
        "implements",
        "import",
        "in",
        "infer",
        "instanceof",
        "interface",
        "is",
        "keyof",
        "let",
        "module",
        "namespace",
        "never",
        "new",
        "null",
        "number",
        "object",
        "of",
        "package",
        "private",
        "protected",
        "public",
        "readonly",
        "require",
        "return",
        "set",
        "static",
        "string",
        "super",
        "switch",
        "symbol",
        "this",
        "throw",
        "true",
        "try",
        "type",
        "typeof",
        "undefined",
        "unique",
        "unknown",
        "var",
        "void",
        "while",
        "with",
        "yield",
    ]
)
_GLOBALS: Final = frozenset(
    [
        "Array",
        "Boolean",
        "Date",
        "Error",
        "Infinity",
        "Intl",
        "JSON",
        "Map",
        "Math",
        "NaN",
        "Number",
        "Object",
        "Promise",
        "Record",
        "RegExp",
        "Set",
        "String",
        "Symbol",
        "URL",
        "Partial",
        "ReturnType",
        "console",
        "document",
        "event",
        "exports",
        "globalThis",
        "isNaN",
        "key",
        "module",
        "props",
        "ref",
        "window",
    ]
)


def words(name: str) -> tuple[str, ...]:
    """The words of a name, lower case: ``dueDate``, ``due_date`` and ``Due date`` are all ``due``, ``date``."""
    return tuple(found.lower() for found in _WORD.findall(name))


def is_identifier(name: str) -> bool:
    """True for names that may stand after a dot and as a bare key: ASCII, and nothing that needs escaping."""
    return re.fullmatch(r"[A-Za-z_$][A-Za-z0-9_$]*", name) is not None


class Identifiers:
    """Hands out identifiers, each once. They are made from the letters of a name and never taken as they stand."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {*_KEYWORDS, *_GLOBALS, *taken}

    def variable(self, name: str, otherwise: str = "value") -> str:
        """An identifier such as ``dueDate``."""
        pascal = _pascal(name)
        return self._free(pascal[:1].lower() + pascal[1:] if pascal else otherwise, "Value")

    def type(self, name: str, otherwise: str = "Item", suffix: str = "") -> str:
        """An identifier such as ``DueDate``; a clash gets another word, then a number."""
        return self._free((_pascal(name) or otherwise) + suffix, "Info")

    def constant(self, name: str, otherwise: str = "OPTIONS") -> str:
        """An identifier such as ``DUE_DATES``."""
        ascii_words = [word for word in words(name) if word.isascii()]
        text = "_".join(ascii_words).upper()[:_LONGEST_IDENTIFIER].rstrip("_")
        return self._free(text if text and text[0].isalpha() else otherwise, "_VALUES")

    def _free(self, wanted: str, suffix: str) -> str:
        candidate = wanted
        number = 1
        while candidate in self._taken:
            candidate = wanted + suffix if number == 1 else f"{wanted}{number}"
            number += 1
        self._taken.add(candidate)
        return candidate


def _pascal(name: str) -> str:
    joined = "".join(word[:1].upper() + word[1:] for word in words(name) if word.isascii())
    return joined[:_LONGEST_IDENTIFIER] if joined[:1].isalpha() else ""

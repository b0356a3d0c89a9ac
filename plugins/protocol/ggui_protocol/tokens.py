"""The tokens of a compiled module.

A scanner as the runtime in the browser has one, for the same texts: what esbuild wrote. Strings, templates, comments
and regular expressions are told apart from code, so text that looks like a call is left alone. Time and memory are
linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, Literal, NamedTuple

Kind = Literal["word", "string", "template", "part", "number", "regex", "sign"]
"""``template`` is one without substitutions; the pieces of one with substitutions are ``part``."""


class Token(NamedTuple):
    """One token; ``text`` of a string or template is its value, without quotes. A tuple, because there are many."""

    kind: Kind
    text: str


MOST_TOKENS: Final = 100_000
"""Ten times what a large component has; whoever writes more wants to cost time."""


class Unreadable(Exception):
    """The text is no module that this scanner understands."""


_BLANK: Final = re.compile(r"(?:[\s\ufeff]++|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/)++")
_WORD: Final = re.compile(r"(?:[^\W\d]|\$)[\w$\u200c\u200d]*+")
_NUMBER: Final = re.compile(
    r"0[xXbBoO][\da-fA-F_]++n?|(?:\d[\d_]*+(?:\.[\d_]*+)?|\.\d[\d_]*+)(?:[eE][+-]?\d[\d_]*+)?n?"
)
_STRING: Final = re.compile(r""""(?:[^"\\]++|\\.)*+"|'(?:[^'\\]++|\\.)*+'""", re.DOTALL)
_CHUNK: Final = re.compile(r"((?:[^`\\$]++|\\.|\$(?!\{))*+)(`|\$\{)", re.DOTALL)
_REGEX: Final = re.compile(r"/(?:[^/\\\[\n]++|\\.|\[(?:[^\]\\\n]++|\\.)*+\])++/[\w$]*+")
_SIGN: Final = re.compile(r"\.\.\.|\?\.(?!\d)|=>|\+\+|--|[^\w\s]")

_BEFORE_EXPRESSION: Final = frozenset(
    [
        "return",
        "typeof",
        "instanceof",
        "in",
        "of",
        "new",
        "delete",
        "void",
        "throw",
        "case",
        "do",
        "else",
        "yield",
        "await",
        "default",
        "extends",
    ]
)
"""Keywords after which a slash starts a regular expression."""

_BEFORE_STATEMENT: Final = frozenset(["if", "while", "for", "with"])
"""Keywords whose parenthesis is followed by a statement."""

_AFTER_STATEMENT: Final = frozenset(["", ";", "{", "}", ")", "=>", "else", "do"])
"""Tokens after which a brace opens a block."""

_ESCAPE: Final = re.compile(
    r"\\(?:u\{([\da-fA-F]{1,6})\}|u([\da-fA-F]{4})|x([\da-fA-F]{2})|(\r\n|.))", re.DOTALL
)
_SIMPLE: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_CONTINUATIONS: Final = frozenset(["\n", "\r", "\r\n", "\u2028", "\u2029"])


def tokens(code: str) -> tuple[Token, ...]:
    """All of them, without blanks and comments.

    Raises:
        Unreadable: something has no end, a character belongs to no token, or there are too many.
    """
    found = tuple(islice(_Scanner(code).scan(), MOST_TOKENS + 1))
    if len(found) > MOST_TOKENS:
        raise Unreadable(f"it has more than {MOST_TOKENS:,} tokens")
    return found


class _Scanner:
    def __init__(self, code: str) -> None:
        self._code = code
        self._at = 0
        self._last = ""
        self._regex_allowed = True
        self._brackets: list[tuple[str, bool]] = []

    def scan(self) -> Iterator[Token]:
        is_property = False
        while True:
            self._take(_BLANK)
            if self._at >= len(self._code):
                break
            if self._code.startswith("/*", self._at):  # once, not again from each place in it
                raise Unreadable("a comment has no end")
            token = self._next(is_property)
            is_property = token.kind == "sign" and token.text in (".", "?.", "#")
            yield token
        if self._brackets:
            raise Unreadable("a bracket is never closed")

    def _next(self, is_property: bool) -> Token:
        sign = self._code[self._at]
        if sign in "\"'":
            return self._value("string", _unescaped(self._needed(_STRING)[1:-1]))
        if sign == "`":
            self._at += 1
            return self._chunk("template")
        if sign == "/" and self._regex_allowed:
            return self._value("regex", self._needed(_REGEX))
        if sign.isdigit() or sign == ".":
            number = self._take(_NUMBER)
            if number is not None:
                return self._value("number", number)
        word = self._take(_WORD)
        if word is not None:
            self._regex_allowed = not is_property and word in _BEFORE_EXPRESSION
            self._last = "." if is_property else word
            return Token("word", word)
        return self._sign(self._needed(_SIGN))

    def _sign(self, sign: str) -> Token:
        if sign == "}" and self._brackets and self._brackets[-1][0] == "${":
            self._brackets.pop()
            return self._chunk("part")
        if sign in "([{":
            after = self._last in _BEFORE_STATEMENT if sign == "(" else sign == "{" and self._opens_block()
            self._brackets.append((sign, after))
            self._regex_allowed = True
        elif sign in ")]}":
            if not self._brackets:
                raise Unreadable("a bracket is closed that was never opened")
            self._regex_allowed = self._brackets.pop()[1]
        elif sign not in ("++", "--"):  # after these the same holds as before them
            self._regex_allowed = True
        self._last = sign
        return Token("sign", sign)

    def _opens_block(self) -> bool:
        return self._last in _AFTER_STATEMENT or not self._regex_allowed

    def _chunk(self, alone: Literal["template", "part"]) -> Token:
        """From within a template to its end, or to the next substitution."""
        found = _CHUNK.match(self._code, self._at)
        if found is None:
            raise Unreadable("a template literal has no end")
        self._at = found.end()
        if found[2] == "`":
            return self._value(alone, _unescaped(found[1]))
        self._brackets.append(("${", False))
        self._regex_allowed, self._last = True, "${"
        return Token("part", _unescaped(found[1]))

    def _value(self, kind: Kind, text: str) -> Token:
        self._regex_allowed, self._last = False, "value"
        return Token(kind, text)

    def _take(self, pattern: re.Pattern[str]) -> str | None:
        found = pattern.match(self._code, self._at)
        if found is None:
            return None
        self._at = found.end()
        return found[0]

    def _needed(self, pattern: re.Pattern[str]) -> str:
        found = self._take(pattern)
        if found is None:
            raise Unreadable(f"the syntax is not understood at offset {self._at}")
        return found


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2] or escape[3]
    if code is not None:
        point = int(code, 16)
        return chr(point) if point < 0x110000 else "\ufffd"
    character = escape[4]
    return "" if character in _CONTINUATIONS else _SIMPLE.get(character, character)

"""Is a text the ES module that a view can load, or TSX that has to be compiled first? (spec 06 section 11.3)

A scan over tokens, no parser. It rests on facts of the grammar: where an operand is due, ``<`` cannot stand in
JavaScript, and inside parentheses a colon can only belong to a ``?``. So JSX and annotated parameters give TSX away,
and strings, templates, comments and regular expressions do not confuse it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
      | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<number>\.?[0-9][0-9A-Za-z_.]*)
      | (?P<word>[\w$#@\\\x80-\U0010ffff]+)
      | (?P<mark>=>|<<=?|<=|\?\.(?![0-9])|\?\?=?|\.\.\.|\+\+|--|[{}()\[\];,<>=!&|?:+\-*%/^~.`])
    """,
    re.VERBOSE | re.DOTALL,
)
_TEMPLATE: Final = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*", re.DOTALL)
_REGEX: Final = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[A-Za-z]*")

_WANT_OPERAND: Final = frozenset(
    re.findall(
        r"\w+",
        "return typeof case in of delete void throw new instanceof do else yield await default extends",
    )
)
_CONDITIONS: Final = frozenset({"if", "while", "for", "with"})
_TICK: Final = "`"
_CLOSING: Final = "}"
_DECLARATIONS: Final = frozenset({"const", "let", "var"})
_STATEMENTS: Final = _DECLARATIONS | {"function", "class", "async"}
_TYPES: Final = frozenset({"interface", "type", "enum", "namespace", "declare", "abstract"})


@dataclass(frozen=True, slots=True)
class ModuleSyntax:
    """What a text is.

    Attributes:
        is_tsx: It has JSX or types; only a compiler can say more.
        has_default_export: It exports a component as default.
    """

    is_tsx: bool
    has_default_export: bool = False


NEITHER: Final = ModuleSyntax(is_tsx=False)
"""No program of either language."""


def module_syntax(text: str) -> ModuleSyntax:
    """Look at a text. Takes about a millisecond for 10 KB."""
    return _Scan(text).run()


@dataclass(slots=True)
class _Frame:
    """An open bracket.

    Attributes:
        ends_operand: Whether a value stands where it closes: not after a block or a condition.
        questions: ``?`` that wait for their colon.
    """

    mark: str
    ends_operand: bool
    questions: int = 0


class _Scan:
    def __init__(self, text: str) -> None:
        self._text = text
        self._frames = [_Frame("", ends_operand=False)]
        self._operand = False  # a value ended just now
        self._before = ("", "")  # the two tokens before this one, the nearer one last
        self._clause = False  # within the names of an import or export
        self._casing = False
        self._default = False
        self._export = False

    def run(self) -> ModuleSyntax:
        at, text = 0, self._text
        while at < len(text):
            if text[at] == "/" and not self._operand and text[at + 1 : at + 2] not in ("/", "*"):
                regex = _REGEX.match(text, at)
                if regex is None:
                    return NEITHER
                at = regex.end()
                self._value("/")
                continue
            found = _TOKEN.match(text, at)
            # What does not end is looked for once, not again from each place in it.
            if found is None or (found[0] == "/" and text.startswith("/*", at)):
                return NEITHER
            at = found.end()
            kind, token = found.lastgroup, found[0]
            if kind == "space":
                continue
            if kind == "mark":
                if token == _TICK:
                    at = self._template(at)
                elif self._frames[-1].mark == _TICK and token == _CLOSING:
                    self._frames.pop()
                    at = self._template(at)
                elif self._mark(token):
                    return ModuleSyntax(is_tsx=True)
            elif kind == "word":
                if self._word(token, at):
                    return ModuleSyntax(is_tsx=True)
            else:
                self._value(token)
                self._clause = False
        return ModuleSyntax(is_tsx=False, has_default_export=self._default)

    def _template(self, at: int) -> int:
        """Go on to the end of a template, or to the next value in it."""
        found = _TEMPLATE.match(self._text, at)
        assert found is not None, "it matches the empty text"
        end = found.end()
        if self._text[end : end + 1] == "$":
            self._frames.append(_Frame(_TICK, ends_operand=True))
            self._after("${", operand=False)
            return end + 2
        self._value(_TICK)
        return end + 1

    def _word(self, word: str, at: int) -> bool:
        """Take a word that ends at a place; True when only TypeScript has it there."""
        nearest = self._before[1]
        is_member = nearest in (".", "?.")
        if not is_member:
            if self._is_typescript(word, nearest, at):
                return True
            if word in ("import", "export") and len(self._frames) == 1:
                self._clause, self._export = True, word == "export"
            elif word == "default" and self._clause and self._export:
                self._exported_default(nearest, at)
            elif word in _STATEMENTS:
                self._clause = False
        self._casing = self._casing or (word in ("case", "default") and not is_member)
        self._after(word, operand=is_member or word not in _WANT_OPERAND | _DECLARATIONS)
        return False

    def _is_typescript(self, word: str, nearest: str, at: int) -> bool:
        if word == "type" and nearest in ("import", "export") and _names_follow(self._text, at):
            return True
        starts = nearest in ("", ";", "}", "export") or (nearest == ")" and not self._operand)
        if word in _TYPES and starts and _name_follows(self._text, at):
            return True
        return word in ("as", "satisfies") and self._operand and not self._clause

    def _exported_default(self, nearest: str, at: int) -> None:
        """``export default …``, ``export { x as default }``, ``export { default } from …``."""
        if nearest == "export":
            self._default, self._clause = True, False
        elif nearest == "as" or (nearest in ("{", ",") and _ENDS.match(self._text, at)):
            self._default = True

    def _mark(self, mark: str) -> bool:
        """Take a punctuator; True when only JSX or TypeScript has it there."""
        frame = self._frames[-1]
        if mark == "<":
            if not self._operand:
                return True
            self._after(mark, operand=False)
        elif mark == "?":
            frame.questions += 1
            self._after(mark, operand=False)
        elif mark == ":":
            if self._before[1] == "?":
                return True
            if frame.questions:
                frame.questions -= 1
            elif frame.mark in ("(", "[") or self._annotates():
                return True
            self._casing = False
            self._after(mark, operand=False)
        elif mark in "({[":
            self._open(mark)
        elif mark in ")}]":
            self._close()
        else:
            if mark == ";" or (mark == "=" and len(self._frames) == 1):
                self._clause = False
            operand = self._operand if mark in ("++", "--") else False
            self._after(mark, operand=operand)
        return False

    def _annotates(self) -> bool:
        """Whether a colon outside parentheses gives a type: of a variable, or of what a function returns."""
        further, nearest = self._before
        if self._casing:
            return False
        return further in _DECLARATIONS or nearest == ")"

    def _open(self, mark: str) -> None:
        _, nearest = self._before
        if mark == "(":
            frame = _Frame(mark, ends_operand=nearest not in _CONDITIONS)
        elif mark == "[":
            frame = _Frame(mark, ends_operand=True)
        else:
            is_block = self._operand or nearest in (
                "",
                ";",
                "{",
                "}",
                ")",
                "=>",
                "else",
                "do",
                "try",
                "finally",
            )
            frame = _Frame(mark, ends_operand=not is_block)
        self._frames.append(frame)
        self._after(mark, operand=False)

    def _close(self) -> None:
        frame = self._frames.pop() if len(self._frames) > 1 else _Frame("", ends_operand=False)
        self._after(
            ")" if frame.mark == "(" else "}" if frame.mark == "{" else "]", operand=frame.ends_operand
        )

    def _value(self, token: str) -> None:
        self._after(token[:1], operand=True)

    def _after(self, token: str, *, operand: bool) -> None:
        self._before = (self._before[1], token)
        self._operand = operand


_ENDS: Final = re.compile(r"\s*[},]")
_NAME: Final = re.compile(r"\s+[A-Za-z_$][\w$]*\s*[={<(:\[;]?|\s+[A-Za-z_$][\w$]*\s+extends\b")
_NAMES: Final = re.compile(r"\s*(?:\{|\*|[A-Za-z_$][\w$]*\s*(?:=|,|<|\bfrom\b))")


def _name_follows(text: str, at: int) -> bool:
    """Whether a name follows on the same line, as after ``interface``."""
    found = _NAME.match(text, at)
    return found is not None and "\n" not in found[0].rstrip("={<(:[;").rstrip()


def _names_follow(text: str, at: int) -> bool:
    """Whether ``import type`` goes on like an import of types, and is not the import of a value called type."""
    rest = _NAMES.match(text, at)
    if rest is None:
        return False
    return not re.match(r"\s*(?:,|from\b\s*['\"])", text[at : at + 40])

"""A compiled module as its checks see it: tokens, what it imports, what it exports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ggui_protocol.tokens import Token, Unreadable, tokens

_KEY_BEFORE: Final = frozenset(["{", ","])
_METHOD_BEFORE: Final = frozenset(["{", ",", "}", ";", "*"])
_MODIFIERS: Final = frozenset(["async", "get", "set", "static"])
_NOTHING: Final = Token("sign", "")
_COLON: Final = Token("sign", ":")
_COMMA: Final = Token("sign", ",")
_SEMICOLON: Final = Token("sign", ";")
_OPEN: Final = Token("sign", "(")
_CLOSE: Final = Token("sign", ")")
_BODY: Final = Token("sign", "{")


@dataclass(frozen=True, slots=True)
class Binding:
    """One imported name; ``imported`` is ``*`` for a namespace, ``default``, or a name."""

    specifier: str
    imported: str
    local: str


@dataclass(frozen=True, slots=True)
class Module:
    """A module that was read.

    Attributes:
        tokens: Of everything but its import and export statements.
        bindings: What it imports by name.
        exports: The names it exports.
        dynamic: Ways of loading code that a view refuses: ``import()``, ``import.meta``, ``export … from``.
        closers: Where each parenthesis that opens at an index of ``tokens`` is closed.
    """

    tokens: Sequence[Token]
    bindings: Sequence[Binding]
    exports: frozenset[str]
    dynamic: frozenset[str]
    closers: Mapping[int, int]

    def before(self, index: int) -> Token:
        """The token before one."""
        return self.tokens[index - 1] if index > 0 else _NOTHING

    def after(self, index: int, steps: int = 1) -> Token:
        """A token after one."""
        return self.tokens[index + steps] if index + steps < len(self.tokens) else _NOTHING

    def references(self) -> Iterator[tuple[int, str]]:
        """Every word that stands for a variable, a keyword included: not a member, not a key, not a method's name."""
        for index, token in enumerate(self.tokens):
            if token.kind == "word" and not self._is_name(index):
                yield index, token.text

    def members(self) -> Iterator[tuple[int, str]]:
        """Every member that is read or written by its name: after a dot, as a key, as a constant subscript."""
        for index, token in enumerate(self.tokens):
            if (token.kind == "word" and self._is_name(index)) or (
                token.kind in ("string", "template") and self._is_subscript_or_key(index)
            ):
                yield index, token.text

    def _is_name(self, index: int) -> bool:
        before, after = self.before(index), self.after(index)
        if before.kind == "sign" and before.text in (".", "?.", "#"):
            return True
        if after == _COLON:
            return before.kind == "sign" and before.text in _KEY_BEFORE
        if after == _OPEN:
            may_be = before.text in _METHOD_BEFORE or (before.kind == "word" and before.text in _MODIFIERS)
            return may_be and self.after(self.closers.get(index + 1, index)) == _BODY
        return False

    def _is_subscript_or_key(self, index: int) -> bool:
        before, after = self.before(index), self.after(index)
        if before == Token("sign", "[") and after == Token("sign", "]"):
            return True
        return after == _COLON and before.kind == "sign" and before.text in _KEY_BEFORE


def read(code: str) -> Module:
    """Read a compiled module.

    Raises:
        Unreadable: it is none that a view could load.
    """
    reader = _Reader(tokens(code))
    return reader.module()


class _Reader:
    def __init__(self, found: Sequence[Token]) -> None:
        self._found = found
        self._at = 0
        self._body: list[Token] = []
        self._bindings: list[Binding] = []
        self._exports: set[str] = set()
        self._dynamic: set[str] = set()

    def module(self) -> Module:
        depth = 0
        while self._at < len(self._found):
            token = self._found[self._at]
            if token.kind == "word" and token.text == "import" and not self._is_member():
                self._import(depth)
                continue
            if token.kind == "word" and token.text == "export" and depth == 0 and not self._is_member():
                self._export()
                continue
            if token.kind == "sign":
                depth += (token.text in "([{") - (token.text in ")]}")
            self._body.append(token)
            self._at += 1
        return Module(
            tuple(self._body),
            tuple(self._bindings),
            frozenset(self._exports),
            frozenset(self._dynamic),
            dict(_closers(self._body)),
        )

    def _is_member(self) -> bool:
        before = self._found[self._at - 1] if self._at else _NOTHING
        after = self._peek(1)
        is_key = after.text == ":" and before.kind == "sign" and before.text in _KEY_BEFORE
        return (before.kind == "sign" and before.text in (".", "?.", "#")) or is_key

    def _peek(self, steps: int = 0) -> Token:
        at = self._at + steps
        return self._found[at] if at < len(self._found) else _NOTHING

    def _step(self) -> Token:
        token = self._peek()
        if token is _NOTHING:
            raise Unreadable("an import or export has no end")
        self._at += 1
        return token

    def _import(self, depth: int) -> None:
        after = self._peek(1)
        if (after.kind == "sign" and after.text in ("(", ".")) or depth:
            self._dynamic.add("import.meta" if after.text == "." else "import()")
            self._body.append(self._step())
            return
        self._step()
        clause: list[Token] = []
        while self._peek().kind != "string":
            clause.append(self._step())
        specifier = self._step().text
        self._bindings += _bindings(specifier, clause)
        self._end()

    def _export(self) -> None:
        self._step()
        token = self._step()
        if token.kind == "word" and token.text == "default":
            self._exports.add("default")
            return
        if token.text == "{":
            self._exports.update(name for _, name in _pairs(self._until("}")))
        elif token.text == "*":
            self._dynamic.add("export … from")
        else:  # a declaration: its name is exported and the rest is code
            if self._peek().kind == "word":
                self._exports.add(self._peek().text)
            self._body.append(token)
            return
        if self._peek().text in ("from", "as"):
            self._dynamic.add("export … from")
            while self._step().kind != "string":
                pass
        self._end()

    def _until(self, sign: str) -> list[Token]:
        inside: list[Token] = []
        while (token := self._step()) != Token("sign", sign):
            inside.append(token)
        return inside

    def _end(self) -> None:
        if self._peek() == _SEMICOLON:
            self._at += 1


def _closers(found: Sequence[Token]) -> Iterator[tuple[int, int]]:
    opened: list[int] = []
    for index, token in enumerate(found):
        if token == _OPEN:
            opened.append(index)
        elif token == _CLOSE and opened:
            yield opened.pop(), index


def _bindings(specifier: str, clause: Sequence[Token]) -> Iterator[Binding]:
    """``a, { b as c }, * as d`` in front of ``from``."""
    texts = [token.text for token in clause]
    if "{" in texts:
        start, end = texts.index("{"), texts.index("}") if "}" in texts else len(texts)
        for imported, local in _pairs(clause[start + 1 : end]):
            yield Binding(specifier, imported, local)
        texts = texts[:start]
    if "*" in texts:
        at = texts.index("*")
        yield Binding(specifier, "*", texts[at + 2] if len(texts) > at + 2 else "")
        texts = texts[:at]
    if texts and texts[0] not in ("from", ","):
        yield Binding(specifier, "default", texts[0])


def _pairs(inside: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """``a, b as c``: the names before and after ``as``."""
    entry: list[str] = []
    for token in (*inside, _COMMA):
        if token == _COMMA:
            if entry:
                yield entry[0], entry[-1]
            entry = []
        else:
            entry.append(token.text)

"""A document that is laid out when it is printed: on one line where it fits, over several where it does not.

The idea is that of Wadler's "A prettier printer": a :class:`Group` is flat when its text fits into what is left of
the line, and otherwise every :class:`Line` directly in it becomes a line break.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

WIDTH: Final = 100
INDENT: Final = 2
_NEVER_FLAT: Final = 1_000_000


class Line:
    """A possible line break; ``flat`` stands in its place when there is none."""

    __slots__ = ("flat", "width")

    def __init__(self, flat: str | None) -> None:
        self.flat = flat
        self.width = _NEVER_FLAT if flat is None else len(flat)


LINE: Final = Line(" ")
SOFT: Final = Line("")
HARD: Final = Line(None)
"""Always a break; the groups around it break too."""


class Either:
    """One text in a broken group, another in a flat one."""

    __slots__ = ("broken", "flat", "width")

    def __init__(self, broken: str, flat: str) -> None:
        self.broken = broken
        self.flat = flat
        self.width = len(flat)


class Sequenced:
    """Documents one after the other."""

    __slots__ = ("parts", "width")

    def __init__(self, parts: Iterable[Doc]) -> None:
        self.parts = tuple(parts)
        self.width = sum(map(width_of, self.parts))


class Indented:
    """A document whose line breaks are indented by one step more."""

    __slots__ = ("inner", "width")

    def __init__(self, *parts: Doc) -> None:
        self.inner: Doc = Sequenced(parts)
        self.width = width_of(self.inner)


class Group:
    """A document that is laid out flat or broken as a whole."""

    __slots__ = ("inner", "width")

    def __init__(self, *parts: Doc) -> None:
        self.inner: Doc = Sequenced(parts)
        self.width = width_of(self.inner)


Doc: TypeAlias = "str | Line | Either | Sequenced | Indented | Group"


def width_of(doc: Doc) -> int:
    """The width of a document on one line; huge when it never is on one."""
    return len(doc) if isinstance(doc, str) else doc.width


def never_flat(doc: Doc) -> bool:
    """True when a document has a line break in any layout."""
    return width_of(doc) >= _NEVER_FLAT


def joined(parts: Sequence[Doc], *between: Doc) -> Doc:
    """The parts with something between each two."""
    out: list[Doc] = []
    for index, part in enumerate(parts):
        if index:
            out.extend(between)
        out.append(part)
    return Sequenced(out)


def printed(doc: Doc) -> str:
    """The text of a document, without blanks at line ends."""
    out: list[str] = []
    column = 0
    pending: list[tuple[int, bool, Doc]] = [(0, False, doc)]
    while pending:
        indent, flat, node = pending.pop()
        match node:
            case str():
                out.append(node)
                column += len(node)
            case Sequenced():
                pending.extend((indent, flat, part) for part in reversed(node.parts))
            case Indented():
                pending.append((indent + INDENT, flat, node.inner))
            case Group():
                fits = node.width <= WIDTH - column
                pending.append((indent, flat or fits, node.inner))
            case Either():
                text = node.flat if flat else node.broken
                out.append(text)
                column += len(text)
            case Line():
                if flat and node.flat is not None:
                    out.append(node.flat)
                    column += len(node.flat)
                else:
                    out.append("\n" + " " * indent)
                    column = indent
    lines = "".join(out).split("\n")
    return "\n".join(line.rstrip() for line in lines)

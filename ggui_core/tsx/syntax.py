"""Pieces of TypeScript and JSX as documents.

Whatever comes from a contract passes through :func:`literal`, :func:`key`, :func:`member` or :class:`Words`: these are
the only ways for its text to get into a source, and each of them writes a JSON string unless the text is plain.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from ggui_core.tsx.documents import (
    HARD,
    LINE,
    SOFT,
    Doc,
    Either,
    Group,
    Indented,
    Sequenced,
    joined,
    never_flat,
)
from ggui_core.tsx.identifiers import is_identifier

_PLAIN_TEXT: Final = re.compile(
    r"[A-Za-z0-9À-ÖØ-öø-ÿ.,:;!?()'/…—%+#@*=–_-]+(?: [A-Za-z0-9À-ÖØ-öø-ÿ.,:;!?()'/…—%+#@*=–_-]+)*"
)
"""Text that means itself between tags and in a quoted attribute: no braces, angles, entities or line breaks."""

Attribute: TypeAlias = "Doc | Words | bool | None"


INHERITED: Final = frozenset(
    [
        "constructor",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toLocaleString",
        "toString",
        "valueOf",
        "__defineGetter__",
        "__defineSetter__",
        "__lookupGetter__",
        "__lookupSetter__",
    ]
)
"""Members that every object seems to have."""


class Words:
    """Text that a reader sees, not code."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def literal(value: Any) -> str:
    """A JSON value as an expression. Characters that nobody sees, or that end a script element, are escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    return _escaped(text)


def _escaped(text: str) -> str:
    if text.isascii() and text.isprintable() and "</" not in text and "<!" not in text:
        return text
    safe = "".join(c if c.isprintable() else _code_units(c) for c in text)
    return safe.replace("</", "<\\/").replace("<!", "\\u003c!")


def _code_units(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def key(name: str) -> str:
    """A property name in an object literal or a type."""
    if name == "__proto__":
        return '["__proto__"]'  # bare it would set the prototype
    return name if is_identifier(name) else literal(name)


def member(owner: str, name: str, *, optional: bool = False) -> str:
    """A property of an expression: ``todo.title``, ``todo?.["due date"]``."""
    if name in INHERITED:
        there = f"{owner} != null && " if optional else ""
        return f"({there}Object.hasOwn({owner}, {literal(name)}) ? {owner}.{name} : undefined)"
    if is_identifier(name):
        return f"{owner}?.{name}" if optional else f"{owner}.{name}"
    return f"{owner}?.[{literal(name)}]" if optional else f"{owner}[{literal(name)}]"


def element(tag: str, attributes: Mapping[str, Attribute], *children: Doc | Words) -> Doc:
    """A JSX element. A true attribute stands alone; false and absent ones are left out."""
    written = [
        _attribute(name, value)
        for name, value in attributes.items()
        if value is not None and value is not False
    ]
    opening: list[Doc] = [f"<{tag}", Indented(*(part for each in written for part in (LINE, each)))]
    if not children:
        if not tag:
            return "<></>"
        return Group(*opening, LINE, "/>") if written else f"<{tag} />"
    open_tag: Doc = Group(*opening, SOFT, ">") if written else f"<{tag}>"
    inside = [_child(child) for child in children]
    lines = joined(inside, HARD)
    return Group(open_tag, Indented(SOFT, lines), SOFT, f"</{tag}>")


def fragment(*children: Doc | Words) -> Doc:
    """Several nodes where one is expected."""
    return element("", {}, *children)


def braced(expression: Doc) -> Doc:
    """An expression as a child: ``{count}``."""
    return Sequenced(["{", expression, "}"])


def parenthesised(jsx: Doc) -> Doc:
    """JSX as an expression, in parentheses when it takes several lines."""
    return Group(Either("(", ""), Indented(SOFT, jsx), SOFT, Either(")", ""))


def when(condition: str, jsx: Doc) -> Doc:
    """A child that is there under a condition."""
    return Sequenced(["{", condition, " && ", parenthesised(jsx), "}"])


def either(condition: str, jsx: Doc, otherwise: Doc) -> Doc:
    """An expression that is one thing or another."""
    ways = [
        Sequenced([Either("(", ""), Indented(SOFT, way), SOFT, Either(")", "")]) for way in (jsx, otherwise)
    ]
    return Group(condition, " ? ", ways[0], " : ", ways[1])


def arrow(parameters: str, body: Doc) -> Doc:
    """A function whose body is JSX."""
    return Sequenced([f"({parameters}) => ", parenthesised(body)])


def each(rows: str, parameters: str, body: Doc) -> Doc:
    """A child for every row."""
    return Sequenced(["{", rows, ".map(", arrow(parameters, body), ")}"])


def object_of(members: Sequence[Doc]) -> Doc:
    """An object literal."""
    if not members:
        return "{}"
    return Group("{", Indented(LINE, joined(members, ",", LINE), Either(",", "")), LINE, "}")


def array_of(items: Sequence[Doc]) -> Doc:
    """An array literal."""
    if not items:
        return "[]"
    return Group("[", Indented(SOFT, joined(items, ",", LINE), Either(",", "")), SOFT, "]")


def call(function: str, arguments: Sequence[Doc]) -> Doc:
    """A call."""
    if not arguments:
        return f"{function}()"
    if len(arguments) == 1:
        return Sequenced([f"{function}(", arguments[0], ")"])
    return Group(f"{function}(", Indented(SOFT, joined(arguments, ",", LINE), Either(",", "")), SOFT, ")")


def chained(alternatives: Sequence[Doc]) -> Doc:
    """The first alternative that is there: ``a ?? b``."""
    if len(alternatives) == 1:
        return alternatives[0]
    first, *rest = alternatives
    return Group(first, Indented(*(part for alternative in rest for part in (LINE, "?? ", alternative))))


def block(head: Doc, lines: Sequence[Doc], tail: str = "}") -> Doc:
    """Lines between braces; the head brings its own."""
    return Sequenced([head, Indented(*(part for line in lines for part in (HARD, line))), HARD, tail])


def returned(jsx: Doc) -> Doc:
    """A return statement."""
    if never_flat(jsx):
        return Sequenced(["return (", Indented(HARD, jsx), HARD, ");"])
    return Group("return ", parenthesised(jsx), ";")


def _attribute(name: str, value: Attribute) -> Doc:
    if value is True:
        return name
    if isinstance(value, Words):
        if _PLAIN_TEXT.fullmatch(value.text):
            return f'{name}="{value.text}"'
        return f"{name}={{{literal(value.text)}}}"
    assert value is not None, "absent attributes are left out before"
    assert not isinstance(value, bool), "so are false ones"
    return Sequenced([f"{name}={{", value, "}"])


def _child(child: Doc | Words) -> Doc:
    if isinstance(child, Words):
        return child.text if _PLAIN_TEXT.fullmatch(child.text) else f"{{{literal(child.text)}}}"
    return child

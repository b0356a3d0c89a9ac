"""The TypeScript type of what a schema of a contract accepts.

A type says less than a schema (no lengths, no patterns), and never something else: where a schema says what no type
can, the type is wider. Reading is bounded, because a schema may be recursive; beyond the bounds a value is ``unknown``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ggui_core.protocol.closed import is_object_node
from ggui_core.protocol.dialect import ref_target
from ggui_core.tsx.documents import LINE, Doc, Either, Group, Indented, Sequenced, joined, printed
from ggui_core.tsx.syntax import key, literal

DEEPEST: Final = 8
MOST_NODES: Final = 1_000
_MOST_LITERALS: Final = 24
_LONGEST_LITERAL: Final = 60

_PLAIN: Final = {
    "string": "string",
    "number": "number",
    "integer": "number",
    "boolean": "boolean",
    "null": "null",
}


@dataclass(frozen=True, slots=True)
class Type:
    """A type; ``is_compound`` when it needs parentheses in an array or an intersection."""

    doc: Doc
    is_compound: bool = False

    @property
    def tight(self) -> Doc:
        """As part of another type."""
        return Sequenced(["(", self.doc, ")"]) if self.is_compound else self.doc


_UNKNOWN: Final = Type("unknown")


class TypeReader:
    """Reads the schemas of one contract, within one budget."""

    def __init__(self) -> None:
        self._left = MOST_NODES

    def type_of(self, schema: Mapping[str, Any]) -> Doc:
        """The type of a schema that has passed the gate."""
        return self._type(schema, schema, 0).doc

    def _type(self, schema: object, root: Mapping[str, Any], depth: int) -> Type:
        self._left -= 1
        if not isinstance(schema, Mapping) or depth > DEEPEST or self._left < 0:
            return _UNKNOWN if schema is not False else Type("never")
        if "$ref" in schema:
            return self._type(_target(schema["$ref"], root), root, depth + 1)
        parts = [part for part in self._parts(schema, root, depth) if part != _UNKNOWN]
        whole = _joined(parts, " & ")
        return _joined([whole, Type("null")], " | ") if schema.get("nullable") is True and parts else whole

    def _parts(self, schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> list[Type]:
        """What every value of a schema is at once."""
        if "const" in schema:
            return [_values([schema["const"]])]
        if "enum" in schema:
            return [_values(schema["enum"])]
        parts = [self._own(schema, root, depth)]
        parts += [
            _joined([self._type(branch, root, depth + 1) for branch in schema[keyword]], " | ")
            for keyword in ("anyOf", "oneOf")
            if schema.get(keyword)
        ]
        parts += [self._type(each, root, depth + 1) for each in schema.get("allOf", ())]
        return parts

    def _own(self, schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Type:
        kinds = schema.get("type", "object" if is_object_node(schema) else [])
        found = [
            self._kind(kind, schema, root, depth) for kind in ([kinds] if isinstance(kinds, str) else kinds)
        ]
        return _joined(found, " | ")

    def _kind(self, kind: str, schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Type:
        if kind == "array":
            items = schema.get("items", True)
            if not isinstance(items, list):
                return Type(Sequenced([self._type(items, root, depth + 1).tight, "[]"]))
            # Tuples of a schema may be shorter or longer; an array of what can stand in them is true of all.
            return Type("unknown[]")
        if kind == "object":
            return self._object(schema, root, depth)
        return Type(_PLAIN[kind])

    def _object(self, schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Type:
        properties, required = schema.get("properties", {}), schema.get("required", ())
        members: list[Doc] = [
            Sequenced(
                [
                    f"{key(name)}{'' if name in required else '?'}: ",
                    self._type(member, root, depth + 1).doc,
                ]
            )
            for name, member in properties.items()
        ]
        others = schema.get("additionalProperties", False)
        if schema.get("patternProperties") or (others is not False and members):
            members.append("[name: string]: unknown")
        elif others is not False:
            return Type(Sequenced(["Record<string, ", self._type(others, root, depth + 1).doc, ">"]))
        return Type(object_type(members))


def object_type(members: Sequence[Doc]) -> Doc:
    """An object type with its members one by one."""
    if not members:
        return "Record<string, never>"
    return Group("{", Indented(LINE, joined(members, ";", LINE), Either(";", "")), LINE, "}")


def _target(ref: object, root: Mapping[str, Any]) -> object:
    pointer = ref_target(ref) if isinstance(ref, str) else None
    node: object = root
    for segment in pointer or ():
        if isinstance(node, Mapping):
            node = node.get(segment)
        elif isinstance(node, list) and segment.isdigit() and int(segment) < len(node):
            node = node[int(segment)]
        else:
            return None
    return node if pointer is not None else None


def _values(values: Sequence[object]) -> Type:
    if len(values) > _MOST_LITERALS or not all(_is_short(value) for value in values):
        return _joined([Type(_kind_of(value)) for value in values], " | ")
    return _joined([Type(literal(value)) for value in values], " | ")


def _is_short(value: object) -> bool:
    return value is None or (
        isinstance(value, (str, bool, int, float)) and len(literal(value)) <= _LONGEST_LITERAL
    )


def _kind_of(value: object) -> str:
    if value is None or isinstance(value, (bool, str)):
        return "null" if value is None else "boolean" if isinstance(value, bool) else "string"
    return "number" if isinstance(value, (int, float)) else "unknown"


def _joined(parts: Sequence[Type], sign: str) -> Type:
    """A union or an intersection, each part once."""
    distinct = {printed(part.doc): part for part in parts}
    if not distinct or (sign == " | " and "unknown" in distinct):
        return _UNKNOWN
    if len(distinct) == 1:
        return next(iter(distinct.values()))
    docs = [part.doc if sign == " | " else part.tight for part in distinct.values()]
    return Type(joined(docs, sign), is_compound=True)

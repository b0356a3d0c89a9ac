"""What exactly is wrong with a value: the walk that turns a failed verdict into violations (spec 01 section 5).

The engine's own list of errors is not asked for, because it is complete before it can be cut short: half a million
wrong items would cost seconds. The walk descends only where a part of the schema fails, asks the engine for each
verdict, and stops at :data:`MOST_VIOLATIONS`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from ggui_core.protocol.bounds import Bounds
from ggui_core.protocol.dialect import Pointer, declared_types, ref_target
from ggui_core.protocol.errors import Violation
from ggui_core.protocol.paths import Path, clipped, field_path
from ggui_core.protocol.schema import CompiledSchema

MOST_VIOLATIONS: Final = 100
_LONGEST_VALUE: Final = 256
_DEEPEST: Final = 150
"""Schemas inside one another that are explained; chains of references can be longer than a stack is deep."""

_LONGEST_LIST: Final = 1_024
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_ROOT_NAME: Final = "(root)"
ROOT_FIELD: Final = "value"
"""``field`` of a violation that concerns a whole value without a prefix."""


def violations(
    compiled: CompiledSchema, value: object, bounds: Bounds, prefix: str = ""
) -> tuple[Violation, ...]:
    """Judge a value; an empty tuple means that it is accepted.

    Args:
        compiled: The schema to hold it against.
        value: Any JSON value of any provenance.
        bounds: What the value may weigh.
        prefix: What field paths start with, such as ``book.data``.

    Returns:
        At most :data:`MOST_VIOLATIONS`, sorted by field.
    """
    base: Path = (prefix,) if prefix else ()
    if excess := compiled.refuses(value, bounds):
        where = field_path((*base, *excess.path)) or ROOT_FIELD
        return (Violation(where, f"This value is refused: {excess.message}"),)
    if compiled.accepts(value):
        return ()
    found = islice(_Report(compiled, base).of((), value, ()), MOST_VIOLATIONS)
    return tuple(sorted(dict.fromkeys(found), key=lambda violation: (violation.field, violation.message)))


class _Report:
    """The walk through one schema and one value."""

    def __init__(self, compiled: CompiledSchema, base: Path) -> None:
        self._compiled = compiled
        self._base = base
        self._level = 0

    def of(self, at: Pointer, value: object, path: Path) -> Iterator[Violation]:
        """What the node at a pointer finds wrong with a value at a path."""
        if self._compiled.part_accepts(at, value):
            return
        self._level += 1
        try:
            yield from self._explained(at, value, path)
        finally:
            self._level -= 1

    def _explained(self, at: Pointer, value: object, path: Path) -> Iterator[Violation]:
        schema = self._compiled.tree.nodes[at].schema
        if self._level > _DEEPEST:
            yield self._violation(path, "$ref", "must match a schema many references away", None, value)
            return
        if isinstance(schema, bool):
            yield self._violation(path, "false schema", "boolean schema is false", None, value)
            return
        yield from self._own(schema, at, value, path)
        if "$ref" in schema:
            yield from self.of(ref_target(schema["$ref"]), value, path)
        if isinstance(value, dict):
            yield from self._members(schema, at, value, path)
        if isinstance(value, list):
            yield from self._items(schema, at, value, path)
        yield from self._combined(schema, at, value, path)

    def _own(self, schema: Mapping[str, Any], at: Pointer, value: object, path: Path) -> Iterator[Violation]:
        if isinstance(value, dict):
            for name in schema.get("required", ()):
                if name not in value:
                    yield self._missing(name, path)
        for error in self._compiled.own_errors(at, value):
            match error.kind.name:
                case _ if error.evaluation_path[:1] == ["allOf"]:  # how number formats are spelled
                    yield self._violation(path, "format", *_plain("format", schema), value)
                case "type":
                    types = declared_types(schema)
                    message = f"must be {' or '.join(types)}"
                    yield self._violation(
                        path, "type", message, "|".join(types), value, received=json_type(value)
                    )
                case "enum":
                    message = "must be equal to one of the allowed values"
                    yield self._violation(path, "enum", message, _alternatives(schema["enum"]), value)
                case keyword:
                    yield self._violation(path, keyword, *_plain(keyword, schema), value)

    def _members(
        self, schema: Mapping[str, Any], at: Pointer, value: Mapping[str, object], path: Path
    ) -> Iterator[Violation]:
        declared: Mapping[str, Any] = schema.get("properties", {})
        for name in declared:
            if name in value:
                yield from self.of((*at, "properties", name), value[name], (*path, name))
        patterned: set[str] = set()
        for pattern in schema.get("patternProperties", {}):
            for name, member in value.items():
                if self._compiled.name_matches(pattern, name):
                    patterned.add(name)
                    yield from self.of((*at, "patternProperties", pattern), member, (*path, name))
        rest = schema.get("additionalProperties", True)
        for name, member in value.items() if rest is not True else ():
            if name in declared or name in patterned:
                continue
            if rest is False:
                yield self._undeclared(name, schema, value, path)
            else:
                yield from self.of((*at, "additionalProperties"), member, (*path, name))
        if "propertyNames" in schema:
            for name in value:
                if not self._compiled.part_accepts((*at, "propertyNames"), name):
                    message = f"property name '{clipped(name, _LONGEST_VALUE)}' is invalid"
                    yield self._violation((*path, name), "propertyNames", message, None, name)
        for name, needed in schema.get("dependencies", {}).items():
            if name not in value:
                continue
            if isinstance(needed, list):
                for other in needed:
                    if other not in value:
                        message = f"must have property '{other}' when property '{name}' is present"
                        yield self._violation(
                            (*path, other), "dependencies", message, "present", None, received="undefined"
                        )
            else:
                yield from self.of((*at, "dependencies", name), value, path)

    def _items(
        self, schema: Mapping[str, Any], at: Pointer, value: list[object], path: Path
    ) -> Iterator[Violation]:
        items = schema.get("items")
        tuple_length = len(items) if isinstance(items, list) else 0
        if tuple_length and schema.get("additionalItems") is False and len(value) > tuple_length:
            message = f"must NOT have more than {tuple_length} items"
            yield self._violation(path, "additionalItems", message, str(tuple_length), value)
        for index, item in enumerate(value):
            if index < tuple_length:
                yield from self.of((*at, "items", str(index)), item, (*path, index))
            elif isinstance(items, (Mapping, bool)):
                yield from self.of((*at, "items"), item, (*path, index))
        if "contains" in schema and not any(
            self._compiled.part_accepts((*at, "contains"), item) for item in value
        ):
            yield self._violation(path, "contains", "must contain at least 1 valid item", None, value)

    def _combined(
        self, schema: Mapping[str, Any], at: Pointer, value: object, path: Path
    ) -> Iterator[Violation]:
        for index in range(len(schema.get("allOf", ()))):
            yield from self.of((*at, "allOf", str(index)), value, path)
        for keyword, message in (
            ("anyOf", "must match a schema in anyOf"),
            ("oneOf", "must match exactly one schema in oneOf"),
        ):
            branches = [(*at, keyword, str(index)) for index in range(len(schema.get(keyword, ())))]
            accepted = sum(self._compiled.part_accepts(branch, value) for branch in branches)
            if not branches or accepted == 1 or (accepted and keyword == "anyOf"):
                continue
            yield self._violation(path, keyword, message, None, value)
            if not accepted:
                for branch in branches:
                    yield from self.of(branch, value, path)
        if "not" in schema and self._compiled.part_accepts((*at, "not"), value):
            yield self._violation(path, "not", "must NOT be valid", None, value)
        if "if" in schema:
            then = "then" if self._compiled.part_accepts((*at, "if"), value) else "else"
            if then in schema:
                yield from self.of((*at, then), value, path)

    def _missing(self, name: str, path: Path) -> Violation:
        where = self._where(path)
        return Violation(
            self._field((*path, name)),
            f"Required field '{clipped(name, _LONGEST_VALUE)}' missing at '{where}'",
            "present",
            "undefined",
            "required",
        )

    def _undeclared(
        self, name: str, schema: Mapping[str, Any], value: Mapping[str, object], path: Path
    ) -> Violation:
        declared = clipped(", ".join(schema.get("properties", {})) or "(none)", _LONGEST_LIST)
        where = self._where(path)
        return Violation(
            self._field((*path, name)),
            f"Undeclared field '{clipped(name, _LONGEST_VALUE)}' at '{where}'. Declared keys: [{declared}].",
            "<declared key>",
            json_type(value[name]),
            "additionalProperties",
        )

    def _violation(
        self,
        path: Path,
        keyword: str,
        message: str,
        expected: str | None,
        value: object,
        *,
        received: str | None = None,
    ) -> Violation:
        shown = received if received is not None else compact(value)
        return Violation(self._field(path), message, expected, shown, keyword)

    def _field(self, path: Path) -> str:
        return field_path((*self._base, *path)) or ROOT_FIELD

    def _where(self, path: Path) -> str:
        return field_path((*self._base, *path)) or _ROOT_NAME


def json_type(value: object) -> str:
    """The JSON name of a value's type; whole numbers are ``number`` too."""
    if value is None:
        return "null"
    for kind, name in ((bool, "boolean"), (str, "string"), (dict, "object"), (list, "array")):
        if isinstance(value, kind):
            return name
    return "number"


def compact(value: object, length: int = _LONGEST_VALUE) -> str:
    """JSON text of a value for a message, written no further than it is shown."""
    text = ""
    for piece in _ENCODER.iterencode(value):
        text += piece
        if len(text) > length:
            break
    return clipped(text, length)


def _alternatives(members: Sequence[object]) -> str:
    text = compact(members[0])
    for member in members[1:]:
        if len(text) > _LONGEST_LIST:
            break
        text += f"|{compact(member)}"
    return clipped(text, _LONGEST_LIST)


def _plain(keyword: str, schema: Mapping[str, Any]) -> tuple[str, str | None]:
    """Message and ``expected`` of a keyword whose value is a limit."""
    limit = schema.get(keyword)
    shown = compact(limit) if limit is not None else None
    match keyword:
        case "minimum":
            return f"must be >= {shown}", f">= {shown}"
        case "maximum":
            return f"must be <= {shown}", f"<= {shown}"
        case "exclusiveMinimum":
            return f"must be > {shown}", f"> {shown}"
        case "exclusiveMaximum":
            return f"must be < {shown}", f"< {shown}"
        case "multipleOf":
            return f"must be multiple of {shown}", shown
        case "minLength":
            return f"must NOT have fewer than {shown} characters", shown
        case "maxLength":
            return f"must NOT have more than {shown} characters", shown
        case "minItems":
            return f"must NOT have fewer than {shown} items", shown
        case "maxItems":
            return f"must NOT have more than {shown} items", shown
        case "minProperties":
            return f"must NOT have fewer than {shown} properties", shown
        case "maxProperties":
            return f"must NOT have more than {shown} properties", shown
        case "pattern":
            return f"must match pattern {shown}", shown
        case "format":
            return f"must match format {shown}", str(limit)
        case "const":
            return "must be equal to constant", compact(schema.get("const"))
        case "uniqueItems":
            return "must NOT have duplicate items", None
        case _:
            return f"must satisfy '{keyword}'", shown

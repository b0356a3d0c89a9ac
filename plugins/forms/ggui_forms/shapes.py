"""What a schema means for a person: text, a number, a choice, a list, a record.

A schema of a contract has passed the gate, so it is well-formed draft-07; it may still be recursive, wide, or of a kind
that no form shows well. Reading it is bounded: beyond the bounds everything is :class:`Anything`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from ggui_core.protocol.dialect import ref_target
from ggui_forms.names import humanised, shortened

DEEPEST: Final = 6
"""Records and lists inside one another."""

MOST_SHAPES: Final = 600
"""Of one contract, ``$ref`` s counted wherever they are used."""

MOST_OPTIONS: Final = 500

Schema: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A string; what it stands for is for :mod:`.meaning` to say."""

    schema: Schema
    nullable: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Number:
    """A number, ``whole`` or not."""

    schema: Schema
    whole: bool
    nullable: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Flag:
    """A boolean; ``must`` is True where only yes is right, such as the consent to terms."""

    must: bool = False
    nullable: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """One value to choose, and what it is called."""

    value: Any
    label: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One of several values."""

    options: tuple[Option, ...]
    nullable: bool = False

    @property
    def is_textual(self) -> bool:
        """True when every value is a distinct text that is not empty: it can be its own key in a control."""
        values = [option.value for option in self.options]
        return all(isinstance(value, str) and value for value in values) and len(set(values)) == len(values)


@dataclass(frozen=True, slots=True, eq=False)
class Fixed:
    """A single value that needs no asking."""

    value: Any


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """An array of like items."""

    item: Shape
    least: int = 0
    most: int | None = None
    distinct: bool = False
    nullable: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One property of a record."""

    name: str
    shape: Shape
    required: bool
    title: str | None = None
    description: str | None = None
    default: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """An object with known properties."""

    members: tuple[Member, ...]
    nullable: bool = False

    def member(self, name: str) -> Member | None:
        """The property of that name."""
        return next((found for found in self.members if found.name == name), None)


@dataclass(frozen=True, slots=True, eq=False)
class Mapped:
    """An object with any names and like values."""

    value: Shape
    nullable: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Variants:
    """One of several records."""

    alternatives: tuple[Record, ...]
    labels: tuple[str | None, ...]
    nullable: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Anything:
    """Any JSON, or what cannot be read better."""

    nullable: bool = False


Shape: TypeAlias = "Text | Number | Flag | Choice | Fixed | Items | Record | Mapped | Variants | Anything"
Scalar: TypeAlias = Text | Number | Flag | Choice | Fixed


def label_of(member: Member) -> str:
    """What a member is called: its title as somebody wrote it, or the words of its name."""
    return shortened(member.title) if member.title else humanised(member.name)


def is_nullable(shape: Shape) -> bool:
    """Whether null is among its values."""
    return not isinstance(shape, Fixed) and shape.nullable


def has_one_value(shape: Shape) -> bool:
    """True where there is nothing to ask: a fixed value, or a record of such; null is not offered beside it."""
    if isinstance(shape, Record):
        return all(has_one_value(member.shape) for member in shape.members)
    return isinstance(shape, Fixed)


def only_value(shape: Shape) -> Any:
    """The value of a shape that has one; optional members are left out."""
    if isinstance(shape, Record):
        return {member.name: only_value(member.shape) for member in shape.members if member.required}
    assert isinstance(shape, Fixed), "it has one value"
    return shape.value


@dataclass(slots=True)
class Reader:
    """Reads the schemas of one contract."""

    _left: int = MOST_SHAPES

    def read(self, schema: object) -> Shape:
        """The shape of an entry's schema; its ``$ref`` s lead into itself."""
        root = schema if isinstance(schema, Mapping) else {}
        return _Reading(self, root).shape(schema, 0, ())

    def take(self) -> bool:
        """Count one more shape; False when there were too many."""
        self._left -= 1
        return self._left >= 0


class _Reading:
    """One schema being read, with its root for references."""

    def __init__(self, reader: Reader, root: Schema) -> None:
        self._reader = reader
        self._root = root
        self._targets: dict[tuple[str, int], Shape] = {}

    def shape(self, schema: object, depth: int, path: tuple[str, ...]) -> Shape:
        """The shape of a schema; ``path`` names the references it came through."""
        if not isinstance(schema, Mapping) or depth > DEEPEST or not self._reader.take():
            return Anything()
        ref = schema.get("$ref")
        if isinstance(ref, str) and not (
            schema.keys() - {"$ref", "title", "description", "default", "examples"}
        ):
            # every place that refers to the same schema gets the same shape, and so the same code
            if ref in path:
                return Anything()
            shared = self._targets.get((ref, depth))
            if shared is None:
                shared = self.shape(self._target(ref), depth, (*path, ref))
                self._targets[ref, depth] = shared
            return shared
        return self._of_kind(self._flattened(schema, path), depth, path)

    def _target(self, ref: str) -> object:
        node: object = self._root
        for segment in ref_target(ref):
            if isinstance(node, Mapping):
                node = node.get(segment)
            elif isinstance(node, list) and segment.isdigit() and int(segment) < len(node):
                node = node[int(segment)]
            else:
                return None
        return node

    def _flattened(self, schema: Schema, path: tuple[str, ...], level: int = 0) -> Schema:
        """A schema with what ``$ref`` and ``allOf`` add to it; its own keywords win."""
        if level > DEEPEST or not schema.keys() & {"$ref", "allOf"}:
            return schema
        merged: dict[str, Any] = {
            name: value for name, value in schema.items() if name not in ("$ref", "allOf")
        }
        ref = schema.get("$ref")
        parts = [*schema.get("allOf", ())]
        if isinstance(ref, str) and ref not in path:
            parts.append(self._target(ref))
        for part in parts:
            if not isinstance(part, Mapping):
                continue
            added = self._flattened(part, path, level + 1)
            properties = {**added.get("properties", {}), **merged.get("properties", {})}
            required = [*merged.get("required", ()), *added.get("required", ())]
            merged = {**added, **merged}
            if properties:
                merged["properties"] = properties
            if required:
                merged["required"] = required
        return merged

    def _of_kind(self, schema: Schema, depth: int, path: tuple[str, ...]) -> Shape:
        kind = schema.get("type")
        kinds = kind if isinstance(kind, list) else [kind]
        nullable = "null" in kinds or schema.get("nullable") is True
        if "const" in schema:
            return Flag(must=True) if schema["const"] is True else Fixed(schema["const"])
        if "enum" in schema:
            return _choice([Option(value) for value in schema["enum"]], None in schema["enum"])
        if not schema.get("properties"):
            for keyword in ("oneOf", "anyOf"):
                if keyword in schema:
                    return self._alternatives(schema, schema[keyword], depth, path, nullable)
        match next((name for name in kinds if name != "null"), None):
            case "string":
                return Text(schema, nullable)
            case "number" | "integer" as name:
                return Number(schema, name == "integer" or schema.get("multipleOf") == 1, nullable)
            case "boolean":
                return Flag(nullable=nullable)
            case "array":
                return self._items(schema, depth, path, nullable)
            case "object":
                return self._record(schema, depth, path, nullable)
            case _:
                return Fixed(None) if kinds == ["null"] else Anything(nullable or kind is None)

    def _alternatives(
        self, schema: Schema, parts: object, depth: int, path: tuple[str, ...], nullable: bool
    ) -> Shape:
        assert isinstance(parts, list), "the dialect has it so"
        flat = [self._flattened(part, path) if isinstance(part, Mapping) else {} for part in parts]
        real = [part for part in flat if not _is_null(part)]
        nullable = nullable or len(real) < len(flat)
        options = [option for part in real if (option := _constant(part)) is not None]
        if options and len(options) == len(real):
            return _choice(options, nullable)
        own = {
            name: value
            for name, value in schema.items()
            if name not in ("oneOf", "anyOf", "definitions", "$defs")
        }
        shapes = [self._of_kind({**own, **part}, depth, path) for part in real]
        if len(shapes) > 1 and all(isinstance(shape, Record) and shape.members for shape in shapes):
            records = tuple(shape for shape in shapes if isinstance(shape, Record))
            titles = tuple(title if isinstance(title := part.get("title"), str) else None for part in real)
            return Variants(records, titles, nullable)
        usable = [shape for shape in shapes if not isinstance(shape, Anything)]
        return _nullable(usable[0]) if usable and nullable else usable[0] if usable else Anything(nullable)

    def _items(self, schema: Schema, depth: int, path: tuple[str, ...], nullable: bool) -> Shape:
        if isinstance(schema.get("items"), list):
            return Anything(nullable)  # a tuple
        most = schema.get("maxItems")
        return Items(
            self.shape(schema.get("items"), depth + 1, path),
            int(schema.get("minItems") or 0),
            None if most is None else int(most),
            schema.get("uniqueItems") is True,
            nullable,
        )

    def _record(self, schema: Schema, depth: int, path: tuple[str, ...], nullable: bool) -> Shape:
        properties = schema.get("properties") or {}
        rest = schema.get("additionalProperties")
        if not properties and isinstance(rest, Mapping):
            return Mapped(self.shape(rest, depth + 1, path), nullable)
        if not properties and (rest is True or schema.get("patternProperties")):
            return Anything(nullable)
        required = set(schema.get("required", ()))
        members = tuple(
            self.member(name, part, name in required, depth + 1, path) for name, part in properties.items()
        )
        return Record(members, nullable)

    def member(self, name: str, schema: object, required: bool, depth: int, path: tuple[str, ...]) -> Member:
        """A property with its annotations. Those of what it refers to are about that, not about this property."""
        own = schema if isinstance(schema, Mapping) else {}
        return Member(
            name,
            self.shape(schema, depth, path),
            required,
            _text(own.get("title")),
            _text(own.get("description")),
            own.get("default"),
        )


def entry_member(reader: Reader, name: str, entry: Mapping[str, Any]) -> Member:
    """A prop or a slot of a contract as a member: its entry's own words win over those of its schema."""
    schema = entry.get("schema")
    root = schema if isinstance(schema, Mapping) else {}
    inner = _Reading(reader, root).member(name, schema, entry.get("required") is True, 0, ())
    described = _text(entry.get("description")) or inner.description
    default = entry.get("default", inner.default)
    return Member(name, inner.shape, inner.required, inner.title, described, default)


def _choice(options: list[Option], nullable: bool) -> Shape:
    real = [option for option in options if option.value is not None]
    if not real:
        return Fixed(None)
    if {json.dumps(option.value) for option in real} == {"true", "false"}:
        return Flag(nullable=nullable)
    if len(real) == 1 and not nullable:
        return Flag(must=True) if real[0].value is True else Fixed(real[0].value)
    return Choice(tuple(real[:MOST_OPTIONS]), nullable)


def _constant(schema: Schema) -> Option | None:
    title = _text(schema.get("title")) or _text(schema.get("description"))
    if "const" in schema:
        return Option(schema["const"], title)
    enum = schema.get("enum")
    return Option(enum[0], title) if isinstance(enum, list) and len(enum) == 1 else None


def _is_null(schema: Schema) -> bool:
    return (
        schema.get("type") == "null"
        or ("const" in schema and schema["const"] is None)
        or schema.get("enum") == [None]
    )


def _nullable(shape: Shape) -> Shape:
    match shape:
        case Text():
            return Text(shape.schema, nullable=True)
        case Number():
            return Number(shape.schema, shape.whole, nullable=True)
        case Flag():
            return Flag(shape.must, nullable=True)
        case Choice():
            return Choice(shape.options, nullable=True)
        case Items():
            return Items(shape.item, shape.least, shape.most, shape.distinct, nullable=True)
        case Record():
            return Record(shape.members, nullable=True)
        case Mapped():
            return Mapped(shape.value, nullable=True)
        case Variants():
            return Variants(shape.alternatives, shape.labels, nullable=True)
        case Fixed():
            return shape
        case Anything():
            return Anything(nullable=True)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None

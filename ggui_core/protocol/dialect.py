"""Which JSON Schemas a contract may carry: draft-07 read strictly (spec 01 section 4.1).

A schema is read here before the engine sees it. Strict means that what would be silently ignored is refused: an
unknown keyword, a keyword whose type is not declared, a ``$ref`` to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import unquote

from ggui_core.protocol.bounds import CONTRACT_BOUNDS, Bounds, Excess, measure
from ggui_core.protocol.errors import SchemaRefused
from ggui_core.protocol.formats import FORMATS

Pointer: TypeAlias = tuple[str, ...]
"""Segments of a JSON pointer into a schema, decoded."""

TYPES: Final = frozenset(["string", "number", "integer", "boolean", "array", "object", "null"])
DRAFT_07: Final = frozenset(
    ["http://json-schema.org/draft-07/schema", "http://json-schema.org/draft-07/schema#"]
)

NAMED_SCHEMAS: Final = ("properties", "patternProperties", "definitions", "$defs", "dependencies")
LISTED_SCHEMAS: Final = ("allOf", "anyOf", "oneOf")
SINGLE_SCHEMAS: Final = ("not", "if", "then", "else", "additionalItems", "additionalProperties", "contains")
NAME_SCHEMA: Final = "propertyNames"

_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(
        ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"], ("number",)
    ),
    **dict.fromkeys(["minLength", "maxLength", "pattern"], ("string",)),
    "format": ("string", "number"),
    **dict.fromkeys(
        ["minItems", "maxItems", "uniqueItems", "contains", "items", "additionalItems"], ("array",)
    ),
    **dict.fromkeys(["minProperties", "maxProperties", "required", "dependencies"], ("object",)),
    **dict.fromkeys(
        ["properties", "patternProperties", "additionalProperties", "propertyNames"], ("object",)
    ),
}
"""The types for which a keyword means something; one of them must be declared at the same value."""

ANNOTATIONS: Final = frozenset(
    {
        "title",
        "description",
        "default",
        "examples",
        "example",
        "$comment",
        "deprecated",
        "readOnly",
        "writeOnly",
        "contentEncoding",
        "contentMediaType",
        "contentSchema",
    }
)
KEYWORDS: Final = (
    frozenset(["$schema", "$id", "$ref", "type", "nullable", "enum", "const", *_NEEDS])
    | ANNOTATIONS
    | frozenset([*NAMED_SCHEMAS, *LISTED_SCHEMAS, *SINGLE_SCHEMAS, NAME_SCHEMA])
)

EdgeKind = Literal["same", "property", "pattern", "rest", "item", "contains", "name"]
"""How a subschema's value relates to its parent's: the same value, a declared member, a member that matches a
pattern, any other member, an item, some item, or the name of a member."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A subschema that is applied while a schema node is applied."""

    kind: EdgeKind
    target: Pointer


@dataclass(frozen=True, slots=True)
class SchemaNode:
    """One place in a schema where a schema stands."""

    pointer: Pointer
    schema: Mapping[str, Any] | bool
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class SchemaTree:
    """Every node of a schema that was found to be in the dialect, by pointer; the root is ``()``."""

    nodes: Mapping[Pointer, SchemaNode]


def read(schema: object, bounds: Bounds = CONTRACT_BOUNDS) -> SchemaTree:
    """Read a schema of the dialect.

    Raises:
        SchemaRefused: It is outside the dialect or the bounds; ``path`` leads to the node.
    """
    weighed = measure(schema, bounds)
    if isinstance(weighed, Excess):
        raise SchemaRefused(f"This schema is refused: {weighed.message}.", weighed.path)
    if not isinstance(schema, Mapping):
        raise SchemaRefused("A schema is a JSON object.")
    nodes: dict[Pointer, SchemaNode] = {}
    _read(schema, (), (), nodes, rebased=False)
    for node in nodes.values():
        for edge in node.edges:
            if edge.target not in nodes:
                pointer = "#" + "".join(f"/{segment}" for segment in edge.target)
                raise SchemaRefused(
                    f"$ref '{pointer}' leads to no schema.",
                    node.pointer,
                    hint="Define it under 'definitions' or '$defs' of the same schema.",
                )
    return SchemaTree(nodes)


def declared_types(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The types of a node, ``nullable`` included."""
    kind = schema.get("type")
    types = (kind,) if isinstance(kind, str) else tuple(kind or ())
    return (*types, "null") if schema.get("nullable") is True and "null" not in types else types


def subschemas(schema: Mapping[str, Any]) -> Iterator[tuple[Pointer, object]]:
    """Everything in one node that is a schema itself, with its pointer relative to the node."""
    for keyword in NAMED_SCHEMAS:
        for name, member in schema.get(keyword, {}).items():
            if keyword != "dependencies" or not isinstance(member, list):
                yield (keyword, name), member
    for keyword in LISTED_SCHEMAS:
        for index, member in enumerate(schema.get(keyword, ())):
            yield (keyword, str(index)), member
    if isinstance(items := schema.get("items"), list):
        for index, member in enumerate(items):
            yield ("items", str(index)), member
    elif items is not None:
        yield ("items",), items
    for keyword in (*SINGLE_SCHEMAS, NAME_SCHEMA):
        if keyword in schema:
            yield (keyword,), schema[keyword]


def ref_target(ref: str) -> Pointer:
    """The pointer of a local ``$ref`` such as ``#/definitions/a~1b``."""
    pointer = unquote(ref[1:])
    return tuple(segment.replace("~1", "/").replace("~0", "~") for segment in pointer.split("/")[1:])


def _read(
    schema: object,
    at: Pointer,
    inherited: tuple[str, ...],
    nodes: dict[Pointer, SchemaNode],
    *,
    rebased: bool,
) -> None:
    if isinstance(schema, bool):
        nodes[at] = SchemaNode(at, schema, ())
        return
    if not isinstance(schema, Mapping):
        raise SchemaRefused("Here a schema is expected: a JSON object or a boolean.", at)
    _check_keywords(schema, at)
    types = _check_types(schema, at) or inherited
    _check_needs(schema, at, types)
    _check_members(schema, at)
    rebased = rebased or ("$id" in schema and at != ())
    edges = [Edge("same", _checked_ref(schema["$ref"], at, rebased))] if "$ref" in schema else []
    for below, member in subschemas(schema):
        kind = _edge_kind(below[0])
        if kind is not None:
            edges.append(Edge(kind, (*at, *below)))
        _read(member, (*at, *below), types if kind == "same" else (), nodes, rebased=rebased)
    nodes[at] = SchemaNode(at, schema, tuple(edges))


def _edge_kind(keyword: str) -> EdgeKind | None:
    match keyword:
        case "definitions" | "$defs":
            return None
        case "properties":
            return "property"
        case "patternProperties":
            return "pattern"
        case "additionalProperties":
            return "rest"
        case "items" | "additionalItems":
            return "item"
        case "contains":
            return "contains"
        case "propertyNames":
            return "name"
        case _:
            return "same"


def _check_keywords(schema: Mapping[str, Any], at: Pointer) -> None:
    for keyword in schema:
        if keyword not in KEYWORDS:
            raise SchemaRefused(
                f"Unknown keyword '{keyword}'.", at, hint="Use the keywords of JSON Schema draft-07 only."
            )
    for keyword in ("$schema", "$id", "format"):
        if keyword in schema and not isinstance(schema[keyword], str):
            raise SchemaRefused(f"'{keyword}' must be text.", at)
    if "$schema" in schema and schema["$schema"] not in DRAFT_07:
        raise SchemaRefused(f"$schema is '{schema['$schema']}'; only draft-07 is understood.", at)
    for keyword in NAMED_SCHEMAS:
        if keyword in schema and not isinstance(schema[keyword], Mapping):
            raise SchemaRefused(f"'{keyword}' must be an object.", at)
    for keyword in LISTED_SCHEMAS:
        if keyword in schema and not (isinstance(schema[keyword], list) and schema[keyword]):
            raise SchemaRefused(f"'{keyword}' must be an array of at least one schema.", at)
    if "items" in schema and not isinstance(schema["items"], (Mapping, bool, list)):
        raise SchemaRefused("'items' must be a schema or an array of schemas.", at)
    if "enum" in schema and not (isinstance(schema["enum"], list) and schema["enum"]):
        raise SchemaRefused("'enum' must be an array of at least one value.", at)
    if "format" in schema and schema["format"] not in FORMATS:
        raise SchemaRefused(
            f"Unknown format '{schema['format']}'.", at, hint=f"Known formats: {', '.join(sorted(FORMATS))}."
        )
    if "if" in schema and "then" not in schema and "else" not in schema:
        raise SchemaRefused("'if' without 'then' and 'else' decides nothing.", at)
    if "if" not in schema and ("then" in schema or "else" in schema):
        raise SchemaRefused("'then' and 'else' need an 'if' beside them.", at)


def _check_types(schema: Mapping[str, Any], at: Pointer) -> tuple[str, ...]:
    kind = schema.get("type")
    names = kind if isinstance(kind, list) else [kind]
    if "type" in schema:
        if not names or not all(isinstance(name, str) and name in TYPES for name in names):
            raise SchemaRefused(f"'type' names no type of JSON Schema: {kind!r}.", at)
        if len(set(names)) < len(names):
            raise SchemaRefused("'type' names a type twice.", at)
        if len([name for name in names if name != "null"]) > 1:
            raise SchemaRefused(
                "'type' may join one type with null; other unions are ambiguous.",
                at,
                hint="Write the alternatives with 'anyOf'.",
            )
    if "nullable" in schema:
        if not isinstance(schema["nullable"], bool):
            raise SchemaRefused("'nullable' must be true or false.", at)
        if "type" not in schema:
            raise SchemaRefused("'nullable' needs a 'type' beside it.", at)
        if schema["nullable"] is False and "null" in names:
            raise SchemaRefused("'nullable' is false, and 'type' allows null.", at)
    return declared_types(schema)


def _check_needs(schema: Mapping[str, Any], at: Pointer, types: tuple[str, ...]) -> None:
    for keyword in schema:
        needs = _NEEDS.get(keyword, ())
        if needs and not any(kind in types or (kind == "number" and "integer" in types) for kind in needs):
            raise SchemaRefused(f'\'{keyword}\' needs "type": "{needs[0]}" in the same schema.', at)


def _check_members(schema: Mapping[str, Any], at: Pointer) -> None:
    if "required" in schema:
        required = schema["required"]
        if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
            raise SchemaRefused("'required' must be an array of names.", at)
        for name in required:
            if name not in schema.get("properties", {}):
                raise SchemaRefused(f"'required' names '{name}', which 'properties' does not declare.", at)
    items = schema.get("items")
    if isinstance(items, list):
        closed = schema.get("maxItems") == len(items) or schema.get("additionalItems") is False
        if not items or schema.get("minItems") != len(items) or not closed:
            raise SchemaRefused(
                "A tuple needs 'minItems' equal to its length, and 'additionalItems': false or 'maxItems'.",
                at,
            )
    elif "additionalItems" in schema:
        raise SchemaRefused("'additionalItems' means nothing without an array of 'items'.", at)


def _checked_ref(ref: object, at: Pointer, rebased: bool) -> Pointer:
    if not isinstance(ref, str) or not (ref == "#" or ref.startswith("#/")):
        raise SchemaRefused(
            "'$ref' must stay inside its own schema.",
            at,
            hint="Copy the schema under 'definitions' and refer to it as '#/definitions/<name>'.",
        )
    if rebased:
        raise SchemaRefused("'$ref' below a nested '$id' would lead elsewhere.", at, hint="Remove the '$id'.")
    return ref_target(ref)

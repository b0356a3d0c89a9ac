"""The dialect: what compiles and what does not (spec 01 section 4.1), and what values then mean."""

from __future__ import annotations

import copy
import gc
import weakref
from typing import Any

import pytest

from ggui_core.protocol.bounds import PROPS_BOUNDS
from ggui_core.protocol.errors import SchemaRefused
from ggui_core.protocol.formats import FORMATS
from ggui_core.protocol.report import violations
from ggui_core.protocol.schema import compile_schema

OBJECT = {"type": "object"}

COMPILES: list[dict[str, Any]] = [
    {},
    OBJECT,
    {"type": "array"},
    {"type": ["string", "null"]},
    {"type": ["null", "object"], "properties": {}},
    {
        "title": "t",
        "examples": [1],
        "$comment": "c",
        "deprecated": True,
        "readOnly": True,
        "writeOnly": False,
    },
    {"default": {"anything": [1]}},
    {"type": "string", "example": "ignored"},
    {"enum": [1, "a", None]},
    {"const": {"a": 1}},
    {"definitions": {"a": {"type": "string"}}, "$ref": "#/definitions/a"},
    {"$defs": {"a b/c~%": {"type": "string"}}, "$ref": "#/$defs/a b~1c~0%25"},
    {"allOf": [{"type": "string"}], "anyOf": [{}], "oneOf": [{}], "not": {"type": "null"}},
    {"type": "object", "patternProperties": {"^a": {}}, "propertyNames": {"type": "string", "minLength": 1}},
    {"type": "object", "minProperties": 1, "maxProperties": 2},
    {"type": "array", "uniqueItems": True, "contains": {"type": "string"}},
    {"type": "number", "multipleOf": 0.5, "exclusiveMinimum": 0},
    {"type": "integer", "minimum": 1},
    {"type": "string", "contentEncoding": "base64"},
    {"$schema": "http://json-schema.org/draft-07/schema#"},
    {"$schema": "http://json-schema.org/draft-07/schema"},
    {"type": "string", "nullable": True},
    {"type": "array", "items": [{"type": "string"}], "minItems": 1, "additionalItems": False},
    {"type": "array", "items": [{"type": "string"}], "minItems": 1, "maxItems": 1},
    {"type": "object", "properties": {"a": {}}, "required": ["a"]},
    {"type": "object", "properties": {"a": True, "b": False}},
    {"type": "object", "properties": {"next": {"$ref": "#"}}},
    {"type": "object", "dependencies": {"a": ["b"], "c": {"properties": {"d": {}}}}},
    {"if": {"type": "string"}, "then": {"type": "string", "minLength": 1}, "else": {"type": "number"}},
    {"type": "object", "allOf": [{"properties": {"a": {}}, "required": ["a"]}]},
    {"$id": "https://example.net/a", "type": "string"},
    {"type": "string", "pattern": "^\\p{L}+$"},
    {"type": "string", "pattern": "^(?=.*\\d)(?!x).{3,}$"},
    {"type": "number", "format": "int32"},
]

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"properties": {"a": {}}}, "'properties' needs"),
    ({"type": ["string", "number"]}, "'type' may join"),
    ({"type": ["string", "number", "null"]}, "'type' may join"),
    ({"type": "string", "format": "phone"}, "Unknown format 'phone'"),
    ({"type": "string", "aliases": ["a"]}, "Unknown keyword 'aliases'"),
    ({"type": "array", "prefixItems": []}, "Unknown keyword 'prefixItems'"),
    ({"type": "object", "dependentRequired": {}}, "Unknown keyword 'dependentRequired'"),
    ({"oneOf": [{}], "discriminator": {}}, "Unknown keyword 'discriminator'"),
    ({"unevaluatedProperties": False}, "Unknown keyword"),
    ({"enum": []}, "'enum' must be"),
    ({"$ref": "https://example.net/schema"}, "must stay inside"),
    ({"$ref": "file:///etc/hostname"}, "must stay inside"),
    ({"$ref": "other.json"}, "must stay inside"),
    ({"$ref": "//example.net/a#/definitions/b"}, "must stay inside"),
    ({"$ref": "#/definitions/none"}, "leads to no schema"),
    ({"$ref": "#/definitions", "definitions": {"a": {}}}, "leads to no schema"),
    ({"type": "object", "required": ["a"]}, "'required' names 'a'"),
    ({"type": "object", "properties": {"b": {}}, "required": ["a"]}, "'required' names 'a'"),
    ({"minimum": 1}, "'minimum' needs"),
    ({"type": "string", "minimum": 1}, "'minimum' needs"),
    ({"minLength": 1}, "'minLength' needs"),
    ({"type": "object", "items": {}}, "'items' needs"),
    ({"format": "email"}, "'format' needs"),
    ({"type": "array", "items": [{"type": "string"}]}, "A tuple needs"),
    ({"type": "array", "items": [{}, {}], "minItems": 1, "additionalItems": False}, "A tuple needs"),
    ({"type": "array", "items": {}, "additionalItems": False}, "'additionalItems' means nothing"),
    ({"$schema": "https://json-schema.org/draft/2019-09/schema"}, "only draft-07"),
    ({"$schema": "https://json-schema.org/draft/2020-12/schema"}, "only draft-07"),
    ({"nullable": True}, "'nullable' needs"),
    ({"type": "null", "nullable": False}, "'nullable' is false"),
    ({"type": "str"}, "'type' names no type"),
    ({"type": []}, "'type' names no type"),
    ({"type": ["null", "null"]}, "twice"),
    ({"type": "number", "exclusiveMinimum": True}, "no draft-07 schema"),
    ({"type": "string", "minLength": -1}, "no draft-07 schema"),
    ({"type": "string", "pattern": "("}, "no draft-07 schema"),
    ({"type": "string", "pattern": "((a{100}){100}){100}"}, "patterns of this schema are too large"),
    ({"type": "object", "patternProperties": {"(": {}}}, "no draft-07 schema"),
    ({"if": {}}, "decides nothing"),
    ({"then": {}}, "need an 'if'"),
    ({"type": "object", "properties": {"a": {"$id": "b", "$ref": "#"}}}, "nested '$id'"),
    (
        {"type": "object", "properties": {"a": {"$id": "b", "type": "array", "items": {"$ref": "#"}}}},
        "nested '$id'",
    ),
    ({"anyOf": []}, "at least one"),
    ({"type": "string", "nullable": "yes"}, "'nullable' must be"),
    ({"type": "object", "required": "a"}, "'required' must be"),
    ({"type": "array", "items": 1}, "'items' must be"),
    ({"type": "object", "properties": []}, "must be an object"),
    ({"$schema": []}, "'$schema' must be text"),
    ({"$id": 5}, "'$id' must be text"),
    ({"type": "string", "format": {}}, "'format' must be text"),
    ({"type": "object", "properties": {"a": "string"}}, "a schema is expected"),
]


@pytest.mark.parametrize("schema", COMPILES, ids=repr)
def test_compiles(schema: dict[str, Any]) -> None:
    assert compile_schema(schema).schema == schema


@pytest.mark.parametrize(("schema", "cause"), REFUSED, ids=repr)
@pytest.mark.parametrize("nested", [False, True], ids=["root", "nested"])
def test_does_not_compile(schema: dict[str, Any], cause: str, nested: bool) -> None:
    written = {"type": "array", "items": {"type": "array", "items": schema}} if nested else schema
    with pytest.raises(SchemaRefused) as refusal:
        compile_schema(written)
    assert cause in refusal.value.message
    assert (
        not nested
        or refusal.value.path[:2] == ("items", "items")
        or "this schema" in cause
        or cause == "no draft-07 schema"
    )


def accepts(schema: dict[str, Any], value: object) -> bool:
    compiled = compile_schema(schema)
    assert compiled.refuses(value, PROPS_BOUNDS) is None
    return compiled.accepts(value)


@pytest.mark.parametrize(
    ("schema", "value", "verdict"),
    [
        ({"type": "string", "maxLength": 1}, "\U0001f600", True),
        ({"type": "integer"}, 1.0, True),
        ({"type": "integer"}, 1.5, False),
        ({"type": "integer"}, 10**30, True),
        ({"type": "string", "nullable": True, "enum": ["a"]}, None, False),
        ({"type": "string", "nullable": True}, None, True),
        ({"type": "array", "uniqueItems": True}, [{"a": [1]}, {"a": [1]}], False),
        ({"type": "array", "uniqueItems": True}, [1, True], True),
        ({"enum": [1]}, True, False),
        ({"const": 1}, True, False),
        ({"const": 0}, False, False),
        ({"enum": [1]}, 1.0, True),
        ({"type": "number"}, True, False),
        ({"type": "string", "pattern": "b"}, "abc", True),
        ({"type": "string", "pattern": "^a$"}, "a\n", False),
        ({"type": "string", "pattern": "^\\d$"}, "\u0663", False),
        ({"definitions": {"s": {"type": "string"}}, "$ref": "#/definitions/s", "minLength": 2, "type": "string"},
         "a", False),
        ({"type": "object", "properties": {"next": {"$ref": "#"}}, "additionalProperties": False},
         {"next": {"next": {"x": 1}}}, False),
        ({"type": "number", "multipleOf": 0.01}, 4.35, True),
        ({"type": "string", "default": "a"}, "b", True),
        ({"type": "number"}, "1", False),
    ],
)  # fmt: skip
def test_values(schema: dict[str, Any], value: object, verdict: bool) -> None:
    assert accepts(schema, value) is verdict


FORMAT_CASES = [
    ("date", "2024-02-29", "2023-02-29"),
    ("date", "2000-02-29", "1900-02-29"),
    ("date", "2024-12-31", "2024-13-01"),
    ("time", "23:59:60Z", "23:58:60Z"),
    ("time", "00:59:60+01:00", "12:00:00"),
    ("time", "12:00:00.5z", "12:00:00+24:00"),
    ("date-time", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00"),
    ("date-time", "2024-01-01 00:00:00+01:00", "2024-01-01"),
    ("iso-time", "12:00:00", "25:00:00"),
    ("iso-date-time", "2024-01-01T00:00:00", "2024-01-01T"),
    ("duration", "P1DT12H", "P"),
    ("duration", "P2W", "P1DT"),
    ("uri", "https://example.net/a?b#c", "no uri"),
    ("uri-reference", "/a/b", "\\a"),
    ("uri-template", "/a/{b}", "/a/{b"),
    ("url", "https://example.net:8080/a", "example.net"),
    ("url", "ftp://example.net", "javascript:alert(1)"),
    ("email", "a.b+c@example.net", "a@b"),
    ("email", "a@b.c", "a@@b.c"),
    ("hostname", "example.net", "-example"),
    ("ipv4", "127.0.0.1", "127.0.0.256"),
    ("ipv6", "::1", ":::"),
    ("regex", "^a+$", "("),
    ("uuid", "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "f81d4fae"),
    ("json-pointer", "/a~1b", "a"),
    ("json-pointer-uri-fragment", "#/a%20b", "/a"),
    ("relative-json-pointer", "1/a", "a"),
    ("byte", "YWI=", "YWI"),
]


@pytest.mark.parametrize(("name", "good", "bad"), FORMAT_CASES)
def test_string_formats_are_asserted(name: str, good: str, bad: str) -> None:
    assert accepts({"type": "string", "format": name}, good)
    assert not accepts({"type": "string", "format": name}, bad)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("int32", 2**31 - 1, 2**31),
        ("int32", -5.0, 1.5),
        ("int64", 2**63 - 1, 2**63),
        ("int64", 0, -(2**63) - 1),
    ],
)
def test_number_formats_are_asserted(name: str, good: float, bad: float) -> None:
    assert accepts({"type": "number", "format": name}, good)
    assert not accepts({"type": "number", "format": name}, bad)


@pytest.mark.parametrize("name", ["float", "double", "password", "binary"])
def test_formats_that_only_describe_accept_everything(name: str) -> None:
    assert accepts({"type": "number", "format": name}, 1.5)
    assert accepts({"type": "string", "format": name}, "x")


def test_every_format_of_the_specification_is_known() -> None:
    listed = """date time date-time iso-time iso-date-time duration uri uri-reference uri-template url email hostname
        ipv4 ipv6 regex uuid json-pointer json-pointer-uri-fragment relative-json-pointer byte int32 int64 float
        double password binary"""
    assert set(listed.split()) == FORMATS


def test_equal_schemas_are_compiled_once() -> None:
    assert compile_schema({"type": "string", "minLength": 7}) is compile_schema(
        {"type": "string", "minLength": 7}
    )


@pytest.mark.spec("01 23.19")
def test_compiled_schemas_make_room_for_newer_ones() -> None:
    def numbered(number: int) -> dict[str, Any]:
        return {"type": "string", "minLength": 10_000 + number}

    oldest = weakref.ref(compile_schema(numbered(0)))
    kept = [weakref.ref(compile_schema(numbered(number))) for number in range(1, 1_200)]
    gc.collect()
    assert oldest() is None
    assert sum(reference() is not None for reference in kept) <= 1_024
    assert kept[-1]() is compile_schema(numbered(1_199))


def test_a_compiled_schema_does_not_follow_its_source() -> None:
    source: dict[str, Any] = {"type": "object", "properties": {"unshared": {"type": "string"}}}
    first = copy.deepcopy(source)
    compile_schema(source)
    source["properties"]["unshared"]["type"] = "boolean"
    (found,) = violations(compile_schema(first), {"unshared": 1}, PROPS_BOUNDS)
    assert found.expected == "string"


@pytest.mark.spec("01 23.19")
def test_a_schema_that_reuses_an_id_compiles_beside_the_other() -> None:
    one = {"$id": "https://example.net/same", "type": "string"}
    other = {"$id": "https://example.net/same", "type": "number"}
    assert accepts(one, "a")
    assert not accepts(other, "a")

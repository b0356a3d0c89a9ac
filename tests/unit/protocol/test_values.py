"""Runtime values against a contract: fields, messages and payloads of spec 01 section 5."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ggui_core.protocol.bounds import PROPS_BOUNDS
from ggui_core.protocol.errors import ContractViolated, Violation
from ggui_core.protocol.paths import field_path
from ggui_core.protocol.props_schema import enforce
from ggui_core.protocol.report import violations
from ggui_core.protocol.schema import compile_schema
from ggui_core.protocol.values import (
    action_violations,
    context_violations,
    props_violations,
    snapshot_violations,
    stream_violations,
)

ROOM = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "free": {"type": "boolean"}},
    "required": ["id", "free"],
}
CONTRACT: dict[str, Any] = {
    "propsSpec": {"properties": {"rooms": {"required": True, "schema": {"type": "array", "items": ROOM}}}},
    "actionSpec": {
        "book": {
            "label": "Book room",
            "schema": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
        },
        "refresh": {"label": "Refresh"},
    },
    "contextSpec": {"filter": {"schema": {"type": "string"}, "default": ""}},
    "streamSpec": {"occupancy": {"schema": {"type": "number"}}},
}


def of_props(props: object) -> list[dict[str, object]]:
    return [violation.to_wire() for violation in props_violations(enforce(CONTRACT["propsSpec"]), props)]


def against(schema: dict[str, Any], value: object) -> list[dict[str, object]]:
    found = violations(compile_schema(schema), value, PROPS_BOUNDS)
    return [violation.to_wire() for violation in found]


def test_a_missing_member_is_named_with_its_own_path() -> None:
    assert of_props({"rooms": [{"free": True}]}) == [
        {
            "field": "rooms[0].id",
            "message": "Required field 'id' missing at 'rooms[0]'",
            "expected": "present",
            "received": "undefined",
            "keyword": "required",
        }
    ]


def test_an_undeclared_member_is_named_with_what_is_declared() -> None:
    assert of_props({"rooms": [{"id": "a", "free": True, "day": 1}]}) == [
        {
            "field": "rooms[0].day",
            "message": "Undeclared field 'day' at 'rooms[0]'. Declared keys: [free, id].",
            "expected": "<declared key>",
            "received": "number",
            "keyword": "additionalProperties",
        }
    ]


def test_where_nothing_is_declared_the_message_says_so() -> None:
    (found,) = against({"type": "object", "properties": {"a": {"type": "object", "additionalProperties": False}}},
                       {"a": {"b": None}})  # fmt: skip
    assert found["message"] == "Undeclared field 'b' at 'a'. Declared keys: [(none)]."
    assert found["received"] == "null"


@pytest.mark.parametrize(
    ("value", "received"),
    [(1, "number"), (1.5, "number"), (True, "boolean"), (None, "null"), ([], "array"), ({}, "object")],
)
def test_a_wrong_type_names_both(value: object, received: str) -> None:
    (found,) = against({"type": "object", "properties": {"a": {"type": "string"}}}, {"a": value})
    assert (found["field"], found["expected"], found["received"]) == ("a", "string", received)
    assert found["keyword"] == "type"


def test_a_nullable_type_is_expected_as_a_union() -> None:
    (found,) = against({"type": "array", "items": {"type": "string", "nullable": True}}, [1])
    assert (found["field"], found["expected"]) == ("[0]", "string|null")


def test_an_enum_lists_its_values_as_json() -> None:
    (found,) = against({"type": "object", "properties": {"a": {"enum": ["x", 1, None]}}}, {"a": "y"})
    assert (found["expected"], found["received"]) == ('"x"|1|null', '"y"')
    assert found["keyword"] == "enum"


@pytest.mark.parametrize(
    ("schema", "value", "keyword", "expected"),
    [
        ({"const": {"a": 1}}, 2, "const", '{"a":1}'),
        ({"type": "string", "pattern": "^a"}, "b", "pattern", '"^a"'),
        ({"type": "string", "format": "email"}, "b", "format", "email"),
        ({"type": "integer", "format": "int32"}, 2**40, "format", "int32"),
        ({"type": "number", "minimum": 2}, 1, "minimum", ">= 2"),
        ({"type": "number", "exclusiveMaximum": 2}, 2, "exclusiveMaximum", "< 2"),
        ({"type": "number", "exclusiveMinimum": 2}, 2, "exclusiveMinimum", "> 2"),
        ({"type": "number", "maximum": 2}, 3, "maximum", "<= 2"),
        ({"type": "number", "multipleOf": 2}, 1, "multipleOf", "2"),
        ({"type": "string", "maxLength": 1}, "ab", "maxLength", "1"),
        ({"type": "array", "minItems": 1}, [], "minItems", "1"),
        (
            {"type": "object", "maxProperties": 0, "additionalProperties": True},
            {"x": 1},
            "maxProperties",
            "0",
        ),
        ({"type": "string", "minLength": 2}, "a", "minLength", "2"),
        ({"type": "array", "maxItems": 0}, [1], "maxItems", "0"),
        ({"type": "array", "uniqueItems": True}, [1, 1], "uniqueItems", None),
        ({"type": "array", "contains": {"const": 1}}, [2], "contains", None),
        ({"type": "object", "minProperties": 1}, {}, "minProperties", "1"),
        ({"not": {"type": "null"}}, None, "not", None),
    ],
)
def test_other_keywords_say_what_they_expect(
    schema: dict[str, Any], value: object, keyword: str, expected: str | None
) -> None:
    (found,) = against({"type": "object", "properties": {"a": schema}}, {"a": value})
    assert (found["field"], found["keyword"], found.get("expected")) == ("a", keyword, expected)
    assert found["message"]


def test_failed_alternatives_are_reported_with_their_reasons() -> None:
    schema = {"anyOf": [{"type": "object", "properties": {"a": {"type": "string"}}}, {"type": "null"}]}
    assert [(found["field"], found["keyword"]) for found in against(schema, {"a": 1})] == [
        ("a", "type"),
        ("value", "type"),
        ("value", "anyOf"),
    ]


def test_two_alternatives_at_once_break_one_of() -> None:
    (found,) = against({"oneOf": [{"type": "number"}, {"type": "integer"}]}, 1)
    assert found["keyword"] == "oneOf"


@pytest.mark.parametrize(
    ("schema", "value", "field"),
    [
        ({"if": {"type": "string"}, "then": {"type": "string", "minLength": 3}}, "a", "value"),
        ({"definitions": {"s": {"type": "string"}}, "type": "object",
          "properties": {"a": {"$ref": "#/definitions/s"}}}, {"a": 1}, "a"),
        ({"type": "object", "patternProperties": {"^x": {"type": "string"}}}, {"xa": 1, "b": 1}, "xa"),
        ({"type": "object", "properties": {"b": {}}, "additionalProperties": {"type": "string"}},
         {"c": 1, "b": 1}, "c"),
        ({"type": "object", "propertyNames": {"type": "string", "maxLength": 1}}, {"ab": 1}, "ab"),
        ({"type": "object", "dependencies": {"a": ["b"]}}, {"a": 1}, "b"),
        ({"type": "array", "items": [{"type": "string"}], "minItems": 1, "additionalItems": False}, ["a", 1],
         "value"),
        ({"type": "array", "items": [{"type": "string"}], "minItems": 1, "maxItems": 1}, [1], "[0]"),
        ({"type": "object", "dependencies": {"a": {"properties": {"b": {"type": "null"}}}}}, {"a": 1, "b": 1}, "b"),
        ({"allOf": [{"type": "array", "items": {"type": "string"}}]}, ["a", 1], "[1]"),
        ({"type": "object", "properties": {"a/b~c d": {"type": "string"}}}, {"a/b~c d": 1}, "a/b~c d"),
        ({"type": "object", "properties": {"a": False}}, {"a": 1}, "a"),
    ],
)  # fmt: skip
def test_the_walk_enters_every_kind_of_subschema(schema: dict[str, Any], value: object, field: str) -> None:
    (found,) = against(schema, value)
    assert found["field"] == field


@pytest.mark.parametrize("props", [None, [], "x", 1])
def test_props_that_are_no_object_are_reported_as_value(props: object) -> None:
    (found,) = of_props(props)
    assert (found["field"], found["expected"]) == ("value", "object")


def test_props_without_a_spec_are_undeclared() -> None:
    (found,) = props_violations(enforce(None), {"a": 1})
    assert found.field == "a"
    assert "[(none)]" in found.message


def test_violations_are_sorted_by_field() -> None:
    found = of_props({"z": 1, "rooms": [{"id": 1, "free": 1}], "a": 1})
    assert [each["field"] for each in found] == ["a", "rooms[0].free", "rooms[0].id", "z"]


def test_an_action_payload_is_held_against_its_closed_schema() -> None:
    assert action_violations(CONTRACT, "book", {"id": "r1"}) == ()
    (missing,) = action_violations(CONTRACT, "book", {})
    assert missing == Violation(
        "book.data.id", "Required field 'id' missing at 'book.data'", "present", "undefined", "required"
    )
    (extra,) = action_violations(CONTRACT, "book", {"id": "r1", "x": 1})
    assert extra.field == "book.data.x"
    (null,) = action_violations(CONTRACT, "book", None)
    assert (null.field, null.received) == ("book.data", "null")


def test_an_undeclared_action_lists_the_declared_ones() -> None:
    (found,) = action_violations(CONTRACT, "cancel", {})
    assert (found.field, found.expected) == ("action", "book | refresh")


@pytest.mark.parametrize("action", ["", None, 7, {}])
def test_a_missing_action_name_is_reported(action: object) -> None:
    (found,) = action_violations(CONTRACT, action, {})
    assert found.field == "action"


@pytest.mark.parametrize("data", [None, {"any": ["thing"]}, 1])
def test_a_void_action_takes_any_payload(data: object) -> None:
    assert action_violations(CONTRACT, "refresh", data) == ()


def test_without_an_action_spec_nothing_is_checked() -> None:
    assert action_violations({}, "anything", {"a": 1}) == ()


def test_an_empty_action_spec_declares_that_there_is_no_action() -> None:
    (found,) = action_violations({"actionSpec": {}}, "anything", {})
    assert (found.field, found.expected) == ("action", "(none)")


@pytest.mark.spec("02 19.30")
def test_even_a_void_payload_keeps_the_size_limit() -> None:
    (found,) = action_violations(CONTRACT, "refresh", "x" * 70_000)
    assert found.field == "refresh.data"
    assert "65,536" in found.message


def test_a_stream_payload_is_held_against_its_schema() -> None:
    assert stream_violations(CONTRACT, "occupancy", 7) == ()
    (found,) = stream_violations(CONTRACT, "occupancy", "7")
    assert found.field == "occupancy.payload"
    (unknown,) = stream_violations(CONTRACT, "_ggui:preview", 7)
    assert (unknown.field, unknown.expected) == ("channel", "occupancy")


def test_a_context_value_is_held_against_its_schema() -> None:
    assert context_violations(CONTRACT, "filter", "x") == ()
    (found,) = context_violations(CONTRACT, "filter", 7)
    assert found.field == "filter.value"
    (unknown,) = context_violations(CONTRACT, "sort", 7)
    assert (unknown.field, unknown.expected) == ("contextSpec", "filter")
    (large,) = context_violations(CONTRACT, "filter", "x" * 16_384)
    assert "16,384" in large.message


def test_a_snapshot_is_bounded_as_a_whole() -> None:
    spec = {f"s{i}": {"schema": {"type": "string"}} for i in range(51)}
    contract = {"contextSpec": spec}
    assert snapshot_violations(contract, {"s0": "x", "s1": ""}) == ()
    assert "too many" in snapshot_violations(contract, dict.fromkeys(spec, ""))[0].message
    assert "too large" in snapshot_violations(contract, {f"s{i}": "x" * 16_000 for i in range(5)})[0].message
    assert [found.field for found in snapshot_violations(contract, {"s1": 1, "s0": 1})] == [
        "s0.value",
        "s1.value",
    ]
    assert snapshot_violations(contract, [])[0].field == "contextSpec"


def test_the_payload_of_a_refusal_carries_everything_structured() -> None:
    refusal = ContractViolated(
        "ggui_render", props_violations(enforce(CONTRACT["propsSpec"]), {}), props_schema_hash="d746"
    )
    wire = refusal.to_wire()
    assert wire["error"] == refusal.code == "contract_violation"
    assert (wire["tool"], wire["rpcCode"], wire["propsSchemaHash"]) == ("ggui_render", -32020, "d746")
    assert wire["hint"]
    assert refusal.message == (
        "Contract violation in ggui_render:\n"
        "- rooms: Required field 'rooms' missing at '(root)' (expected: present, got: undefined)"
    )
    assert "propsSchemaHash" not in ContractViolated("ggui_event", refusal.violations).to_wire()


@pytest.mark.parametrize(
    ("segments", "written"),
    [
        ((), ""),
        (("rows", 2, "title"), "rows[2].title"),
        ((0, 1), "[0][1]"),
        (("a", "0"), "a[0]"),
        (("a/b", "c~d"), "a/b.c~d"),
    ],
)
def test_paths_are_written_with_dots_and_brackets(segments: tuple[str | int, ...], written: str) -> None:
    assert field_path(segments) == written


names = st.sampled_from(["a", "b", "c"])
schemas = st.recursive(
    st.sampled_from(
        [
            {"type": "string"},
            {"type": "integer", "minimum": 0},
            {"type": "boolean"},
            {"type": "null"},
            {"enum": ["x", 1]},
            {"type": "string", "nullable": True},
        ]
    ),
    lambda inner: st.one_of(
        st.builds(lambda item: {"type": "array", "items": item}, inner),
        st.builds(
            lambda members, closed: {
                "type": "object",
                "properties": members,
                "required": sorted(members)[:1],
                "additionalProperties": not closed,
            },
            st.dictionaries(names, inner, max_size=3),
            st.booleans(),
        ),
        st.builds(lambda first, second: {"anyOf": [first, second]}, inner, inner),
    ),
    max_leaves=6,
)
instances = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["x", "y"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


def at(value: object, field: str) -> object:
    """The value that a field path leads to."""
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", field):
        if index:
            assert isinstance(value, list)
            value = value[int(index)]
        else:
            assert isinstance(value, dict)
            value = value[name]
    return value


odd_names = st.text('ab/~01%.[]"\\ é\n#$', min_size=1, max_size=6).filter(lambda name: name != "__proto__")


@given(odd_names, odd_names, st.integers(0, 3))
def test_a_name_is_written_as_it_is_whatever_a_json_pointer_makes_of_it(
    outer: str, inner: str, index: int
) -> None:
    items = {"type": "array", "items": {"type": "object", "properties": {inner: {"type": "string"}}}}
    schema = {"type": "object", "properties": {outer: items}}
    value = {outer: [{} for _ in range(index)] + [{inner: 5}]}
    (found,) = against(schema, value)
    assert (found["field"], found["keyword"]) == (field_path((outer, index, inner)), "type")


@pytest.mark.spec("01 23.20")
@pytest.mark.parametrize("name", ["a/b", "a~b", "a~1b", "a~0b", "a%2Fb", "/", "~", "~01"])
@pytest.mark.parametrize("keyword", ["type", "required", "additionalProperties"])
def test_escapes_of_json_pointers_never_show(name: str, keyword: str) -> None:
    members = {} if keyword == "additionalProperties" else {name: {"type": "string"}}
    required = [name] if keyword == "required" else []
    schema = {"type": "object", "properties": members, "required": required, "additionalProperties": False}
    contract = {"actionSpec": {"go": {"label": "Go", "schema": schema}}}
    (found,) = action_violations(contract, "go", {} if keyword == "required" else {name: 5})
    assert (found.field, found.keyword) == (f"go.data.{name}", keyword)


@given(schemas, instances)
def test_there_are_violations_exactly_when_the_value_is_refused(
    schema: dict[str, Any], value: object
) -> None:
    compiled = compile_schema(schema)
    assert bool(violations(compiled, value, PROPS_BOUNDS)) is not compiled.accepts(value)


@given(schemas, instances)
def test_the_path_of_a_violation_leads_to_the_offending_value(schema: dict[str, Any], value: object) -> None:
    for violation in violations(compile_schema(schema), value, PROPS_BOUNDS):
        if violation.field == "value":
            continue
        if violation.keyword == "required":
            parent, _, name = violation.field.rpartition(".")
            holder = at(value, parent)
            assert isinstance(holder, dict)
            assert name not in holder
            continue
        offending = at(value, violation.field)
        if violation.keyword == "type":
            assert violation.received == json_name(offending)
            assert violation.expected is not None
            assert json_name(offending) not in violation.expected.split("|")


def json_name(value: object) -> str:
    kinds = {bool: "boolean", int: "number", str: "string", list: "array", dict: "object"}
    return kinds.get(type(value), "null")


@given(schemas, instances)
def test_mending_what_is_reported_as_extra_or_missing_leaves_no_such_violation(
    schema: dict[str, Any], value: object
) -> None:
    extra = [
        violation
        for violation in violations(compile_schema(schema), value, PROPS_BOUNDS)
        if violation.keyword == "additionalProperties"
    ]
    for violation in extra:
        parent, _, name = violation.field.rpartition(".")
        holder = at(value, parent)
        assert isinstance(holder, dict)
        holder.pop(name, None)
    if schema.get("type") == "object":
        again = violations(compile_schema(schema), value, PROPS_BOUNDS)
        fields = {violation.field for violation in extra}
        assert not fields & {each.field for each in again if each.keyword == "additionalProperties"}

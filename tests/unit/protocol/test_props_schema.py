"""The enforced props schema: vectors of spec 01 section 7.3, closed shapes, profile."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ggui_core.protocol import values
from ggui_core.protocol.closed import close
from ggui_core.protocol.digests import props_schema_hash
from ggui_core.protocol.gate import check
from ggui_core.protocol.props_schema import enforce
from ggui_core.protocol.schema import compile_schema
from ggui_core.protocol.values import props_violations

FULL = json.loads(
    '{"properties":{"zeta":{"schema":{"type":"string","nullable":true,"example":"e","description":"kept"},"required":true},"alpha":{"schema":{"type":"array","items":{"type":"object","properties":{"b":{"type":"integer","minimum":1},"a":{"type":"string","format":"email"}},"required":["b","a"]}},"required":true,"default":[]}}}'
)
FULL_BYTES = '{"additionalProperties":false,"properties":{"alpha":{"items":{"additionalProperties":false,"properties":{"a":{"format":"email","type":"string"},"b":{"minimum":1,"type":"integer"}},"required":["a","b"],"type":"object"},"type":"array"},"zeta":{"description":"kept","type":["string","null"]}},"required":["alpha","zeta"],"type":"object"}'  # noqa: E501
EMPTY_BYTES = '{"additionalProperties":false,"properties":{},"required":[],"type":"object"}'
EMPTY_HASH = "d746974fa9afd5e951f76f9af38954b0ad7f436f2120dc974da65e5ee39f856f"
FULL_HASH = "62d3d0e937808eb7efba4e07857071e1de4a2e6c3bd1221aa9245a4db1b858cb"


@pytest.mark.parametrize(
    ("spec", "octets", "digest", "profile"),
    [
        pytest.param({"properties": {}}, EMPTY_BYTES, EMPTY_HASH, "grammar-safe", id="empty"),
        pytest.param(None, EMPTY_BYTES, EMPTY_HASH, "grammar-safe", id="missing"),
        pytest.param(FULL, FULL_BYTES, FULL_HASH, "full", id="full"),
    ],
)
def test_enforced_schema_vectors(spec: dict[str, Any] | None, octets: str, digest: str, profile: str) -> None:
    enforced = enforce(spec)
    assert enforced.canonical.decode() == octets
    assert enforced.hash == digest == props_schema_hash(enforced.schema)
    assert enforced.profile == profile


def prop(schema: dict[str, Any]) -> dict[str, Any]:
    return {"properties": {"p": {"schema": schema}}}


def enforced_prop(schema: dict[str, Any]) -> Any:
    return enforce(prop(schema)).schema["properties"]["p"]


@pytest.mark.spec("01 22.11")
@pytest.mark.parametrize(
    ("schema", "closed"),
    [
        ({"type": "object"}, {"type": "object", "additionalProperties": False}),
        ({"type": ["object", "null"]}, {"type": ["object", "null"], "additionalProperties": False}),
        ({"properties": {}}, {"properties": {}, "additionalProperties": False}),
        ({"type": "object", "additionalProperties": True}, {"type": "object", "additionalProperties": True}),
        (
            {"type": "object", "additionalProperties": {"type": "object"}},
            {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": False}},
        ),
        (
            {"type": "object", "oneOf": [{"type": "object"}], "anyOf": [{"type": "object"}]},
            {
                "type": "object",
                "additionalProperties": False,
                "oneOf": [{"type": "object", "additionalProperties": False}],
                "anyOf": [{"type": "object", "additionalProperties": False}],
            },
        ),
        (
            {"type": "array", "items": {"type": "object"}, "anyOf": [{"type": "object"}]},
            {
                "type": "array",
                "items": {"type": "object", "additionalProperties": False},
                "anyOf": [{"type": "object"}],
            },
        ),
        (
            {"anyOf": [{"type": "object"}, {"type": "null"}]},
            {"anyOf": [{"type": "object", "additionalProperties": False}, {"type": "null"}]},
        ),
        ({"allOf": [{"type": "object"}]}, {"allOf": [{"type": "object"}]}),
        (
            {"type": "object", "oneOf": [{"type": "object", "properties": {"a": {}}}, {"$ref": "#/x"}]},
            {
                "type": "object",
                "properties": {"a": {}},
                "additionalProperties": False,
                "oneOf": [
                    {"type": "object", "properties": {"a": {}}, "additionalProperties": False},
                    {"$ref": "#/x"},
                ],
            },
        ),
        (
            {"type": "object", "properties": {"a": {}}, "allOf": [{"properties": {"b": {}}}]},
            {
                "type": "object",
                "properties": {"a": {}},
                "additionalProperties": False,
                "allOf": [{"properties": {"b": {}}}],
            },
        ),
        ({"not": {"type": "object"}}, {"not": {"type": "object"}}),
        ({"definitions": {"a": {"type": "object"}}}, {"definitions": {"a": {"type": "object"}}}),
        ({"type": "array"}, {"type": "array"}),
        ({}, {}),
        (
            {"type": "object", "properties": {"a": {"type": "array", "items": {"properties": {}}}}},
            {
                "type": "object",
                "properties": {
                    "a": {"type": "array", "items": {"properties": {}, "additionalProperties": False}}
                },
                "additionalProperties": False,
            },
        ),
    ],
)
def test_every_object_is_closed_unless_its_author_says_otherwise(
    schema: dict[str, Any], closed: dict[str, Any]
) -> None:
    before = json.dumps(schema)
    assert close(schema) == closed
    assert json.dumps(schema) == before
    assert close(closed) == closed


def with_parts(keyword: str) -> dict[str, Any]:
    """An object whose properties are declared below a keyword only."""
    circle = {"type": "object", "properties": {"r": {"type": "number"}}, "required": ["r"]}
    label = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
    return {"type": "object", keyword: [circle, label]}


@pytest.mark.spec("01 23.19")
@pytest.mark.parametrize(
    ("keyword", "accepted"),
    [
        ("oneOf", [{"r": 1}, {"text": "x"}]),
        ("anyOf", [{"r": 1}, {"text": "x"}]),
        ("allOf", [{"r": 1, "text": "x"}]),
    ],
)
def test_an_object_that_leaves_its_properties_to_its_parts_takes_them_and_no_others(
    keyword: str, accepted: list[dict[str, Any]]
) -> None:
    spec = prop(with_parts(keyword))
    assert check({"propsSpec": spec}).failed_phase is None
    for value in accepted:
        assert props_violations(enforce(spec), {"p": value}) == ()
        assert props_violations(enforce(spec), {"p": {**value, "more": 1}})
    assert props_violations(enforce(spec), {"p": {"r": "wide"}})
    assert (
        values.action_violations(
            {"actionSpec": {"draw": {"schema": with_parts(keyword)}}}, "draw", accepted[0]
        )
        == ()
    )


def test_nullable_type_arrays_gain_null_once() -> None:
    assert enforced_prop({"type": ["string", "null"], "nullable": True})["type"] == ["string", "null"]
    assert enforced_prop({"type": ["string"], "nullable": True})["type"] == ["string", "null"]
    assert enforced_prop({"type": "string", "nullable": False}) == {"type": "string"}


def test_a_property_called_nullable_or_example_is_no_keyword() -> None:
    schema = {"type": "object", "properties": {"nullable": {"type": "string"}, "example": {"type": "string"}}}
    assert set(enforced_prop(schema)["properties"]) == {"nullable", "example"}


def test_data_of_an_author_is_left_as_it_is() -> None:
    data = {"example": 1, "nullable": True, "b": 1, "a": 2}
    schema = {"enum": [data], "default": data}
    assert enforced_prop(schema) == schema
    assert list(enforced_prop(schema)["default"]) == list(data)


def test_the_order_of_declarations_does_not_count() -> None:
    reordered = {"properties": dict(reversed(FULL["properties"].items()))}
    assert enforce(reordered).hash == FULL_HASH


@pytest.mark.parametrize(
    ("schema", "profile"),
    [
        ({"type": "string", "format": "date"}, "grammar-safe"),
        ({"type": "string", "title": "t", "description": "d", "enum": ["a"]}, "grammar-safe"),
        ({"type": "array", "items": {"type": "object", "properties": {}}}, "grammar-safe"),
        ({"anyOf": [{"type": "string"}, {"const": 1}]}, "grammar-safe"),
        ({"type": "string", "format": "iso-time"}, "full"),
        ({"type": "object", "additionalProperties": True}, "full"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "full"),
        ({"type": "string", "maxLength": 3}, "full"),
        ({"oneOf": [{"type": "string", "pattern": "a"}]}, "full"),
        ({"type": "string", "default": "a"}, "full"),
    ],
)
def test_profile(schema: dict[str, Any], profile: str) -> None:
    assert enforce(prop(schema)).profile == profile


def test_only_schemas_up_to_the_ceiling_fit_the_wire() -> None:
    small, large = prop({"enum": ["x" * 1000]}), prop({"enum": ["x" * 262_144]})
    assert enforce(small).fits_the_wire
    assert not enforce(large).fits_the_wire


@pytest.mark.parametrize("name", ["p", "a/b~c", "\u00e9 %41"])
def test_references_of_a_prop_lead_to_its_own_definitions(name: str) -> None:
    schema = {
        "$id": "https://example.net/tree",
        "type": "object",
        "properties": {"label": {"$ref": "#/definitions/label"}, "child": {"$ref": "#"}},
        "definitions": {"label": {"type": "string"}},
        "default": {"$ref": "#/definitions/data"},
    }
    spec = {"properties": {name: {"schema": schema}, "other": {"schema": {"type": "number"}}}}
    assert check({"propsSpec": spec}).contract is not None
    enforced = enforce(spec)
    assert props_violations(enforced, {name: {"label": "a", "child": {"label": "b"}}}) == ()
    (found,) = props_violations(enforced, {name: {"child": {"label": 1}}})
    assert found.field.endswith("child.label")
    assert enforced.schema["properties"][name]["default"] == schema["default"]


prop_names = st.sampled_from(["id", "title", "z", "\u00e9", "\U0001f600", "\uff5e"])
prop_schemas = st.recursive(
    st.sampled_from(
        [
            {"type": "string", "example": "e"},
            {"type": "integer", "minimum": 1},
            {"type": "string", "nullable": True},
            {"enum": ["b", "a"]},
        ]
    ),
    lambda inner: st.one_of(
        st.builds(lambda item: {"type": "array", "items": item}, inner),
        st.builds(
            lambda members: {"type": "object", "properties": members, "required": list(members)},
            st.dictionaries(prop_names, inner, max_size=3),
        ),
        st.builds(lambda one, other: {"anyOf": [one, other]}, inner, inner),
    ),
    max_leaves=6,
)
prop_specs = st.dictionaries(
    prop_names, st.builds(lambda schema: {"schema": schema, "required": True}, prop_schemas), max_size=3
).map(lambda properties: {"properties": properties})


def rewritten(node: Any, draw: Any) -> Any:
    """The same schema with its members, and its lists of required names, in another order."""
    if isinstance(node, list):
        return [rewritten(item, draw) for item in node]
    if not isinstance(node, dict):
        return node
    shuffled = {name: rewritten(node[name], draw) for name in draw(st.permutations(list(node)))}
    if isinstance(shuffled.get("required"), list):
        shuffled["required"] = draw(st.permutations(shuffled["required"]))
    return shuffled


@given(prop_specs, st.data())
def test_no_order_of_names_counts(spec: dict[str, Any], data: st.DataObject) -> None:
    again = rewritten(spec, data.draw)
    assert enforce(again).canonical == enforce(spec).canonical
    assert enforce(again).hash == enforce(spec).hash


@given(prop_specs)
def test_what_is_enforced_compiles_and_says_neither_example_nor_nullable(spec: dict[str, Any]) -> None:
    enforced = enforce(spec)
    compile_schema(enforced.schema)
    assert b'"example"' not in enforced.canonical
    assert b'"nullable"' not in enforced.canonical
    assert json.loads(enforced.canonical) == enforced.schema


@given(prop_specs)
def test_objects_are_closed_wherever_they_stand(spec: dict[str, Any]) -> None:
    def opened(node: Any) -> bool:
        if isinstance(node, list):
            return any(map(opened, node))
        if not isinstance(node, dict):
            return False
        is_open = node.get("type") == "object" and node.get("additionalProperties") is not False
        return is_open or any(map(opened, node.values()))

    assert not opened(enforce(spec).schema)

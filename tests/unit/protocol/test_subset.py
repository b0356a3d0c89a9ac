"""Does one schema accept all that another produces? Rules of spec 01 section 3.1 and the faults not inherited."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ggui_core.protocol.schema import compile_schema
from ggui_core.protocol.subset import json_equal, subset_mismatches

STRING = {"type": "string"}


def closed(properties: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def opened(properties: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


COMPATIBLE = [
    pytest.param({"oneOf": [STRING], "minLength": 1}, {"oneOf": [STRING], "minLength": 1}, id="deep-equal"),
    pytest.param({"$ref": "#/definitions/a"}, {"$ref": "#/definitions/a"}, id="equal references at the root"),
    pytest.param({"type": "number"}, {}, id="empty superset"),
    pytest.param({"enum": [1]}, {}, id="empty superset of an enum"),
    pytest.param(STRING, {"description": "anything"}, id="superset without a type"),
    pytest.param(STRING, {"type": ["string", "null"]}, id="listed type"),
    pytest.param({"type": ["string", "null"]}, {"type": ["null", "string"]}, id="same union"),
    pytest.param(STRING, {"type": "string", "nullable": True}, id="nullable superset"),
    pytest.param(closed({"a": STRING}), closed({"a": STRING, "b": STRING}), id="fewer properties"),
    pytest.param(closed({"a": STRING}, ("a",)), closed({"a": STRING}), id="optional for the superset"),
    pytest.param(opened({"a": STRING}), opened({}), id="extra property into an open object"),
    pytest.param({"type": "null"}, {"type": "object", "nullable": True, "properties": {"a": {}},
                                    "required": ["a"]}, id="null into a nullable object"),
    pytest.param({"type": "array", "items": STRING}, {"type": "array"}, id="items of one side"),
    pytest.param({"type": "array"}, {"type": "array", "items": STRING}, id="items of the other side"),
    pytest.param({"type": "string"}, {"type": "string", "minLength": 3, "pattern": "a"}, id="bounds ignored"),
    pytest.param({"type": "integer"}, {"type": "number"}, id="integer is a number"),
    pytest.param({"enum": ["a", "b"]}, STRING, id="enum into its type"),
    pytest.param({"type": "string", "enum": ["a"]}, {"type": "string", "enum": ["b", "a"]}, id="fewer values"),
    pytest.param({"const": 1}, {"enum": [1, 2]}, id="const into an enum"),
    pytest.param({"anyOf": [STRING, {"type": "null"}]}, {"type": ["string", "null"]}, id="every alternative"),
    pytest.param(STRING, {"anyOf": [{"type": "number"}, STRING]}, id="into one alternative"),
    pytest.param(STRING, {"oneOf": [{"type": "number"}, STRING]}, id="into exactly one alternative"),
]  # fmt: skip

INCOMPATIBLE = [
    pytest.param(STRING, {"type": "number"}, "type-mismatch", (), id="other type"),
    pytest.param({"type": ["string", "null"]}, STRING, "type-mismatch", (), id="null not accepted"),
    pytest.param({"type": "number"}, {"type": "integer"}, "type-mismatch", (), id="number is no integer"),
    pytest.param({}, STRING, "type-mismatch", (), id="anything into a type"),
    pytest.param(closed({"a": STRING}), closed({}), "extra-property", ("a",), id="unknown to a closed superset"),
    pytest.param(opened({}), closed({}), "additional-properties-widens", (), id="open into closed"),
    pytest.param(opened({"a": STRING}), closed({"a": STRING}, ("a",)), "missing-required", ("a",), id="optional"),
    pytest.param(closed({}), opened({"a": STRING}, ("a",)), "missing-required", ("a",), id="never produced"),
    pytest.param(closed({"a": STRING}), closed({"a": {"type": "number"}}), "type-mismatch", ("a",), id="nested"),
    pytest.param({"type": "array", "items": STRING}, {"type": "array", "items": {"type": "number"}},
                 "items-mismatch", ("[]",), id="items"),
    pytest.param({"enum": ["a", 1]}, STRING, "type-mismatch", (), id="a value of another type"),
    pytest.param(STRING, {"type": "string", "enum": ["a"]}, "unsupported", (), id="open set into an enum"),
    pytest.param({"$ref": "#/definitions/a"}, STRING, "unsupported", (), id="reference"),
    pytest.param(STRING, {"allOf": [STRING]}, "unsupported", (), id="allOf"),
    pytest.param({"anyOf": [STRING, {"type": "null"}]}, STRING, "type-mismatch", (), id="one alternative too many"),
    pytest.param(STRING, {"anyOf": [{"type": "number"}]}, "type-mismatch", (), id="no alternative"),
    pytest.param({"type": "integer"}, {"oneOf": [{"type": "number"}, {"type": "integer"}]}, "unsupported", (),
                 id="two alternatives of oneOf"),
]  # fmt: skip


@pytest.mark.spec("01 23.21")
@pytest.mark.parametrize(("subset", "superset"), COMPATIBLE)
def test_what_a_schema_provably_accepts_is_compatible(
    subset: dict[str, Any], superset: dict[str, Any]
) -> None:
    assert subset_mismatches(subset, superset) == ()


@pytest.mark.parametrize(("subset", "superset", "reason", "path"), INCOMPATIBLE)
def test_incompatible(
    subset: dict[str, Any], superset: dict[str, Any], reason: str, path: tuple[str, ...]
) -> None:
    found = subset_mismatches(subset, superset)
    assert (reason, path) in [(mismatch.reason, mismatch.path) for mismatch in found]
    assert all(mismatch.message for mismatch in found)


def test_the_same_reference_below_the_root_may_mean_two_things() -> None:
    one = {**closed({"a": {"$ref": "#/definitions/x"}}), "definitions": {"x": STRING}}
    other = {**closed({"a": {"$ref": "#/definitions/x"}}), "definitions": {"x": {"type": "number"}}}
    assert [mismatch.reason for mismatch in subset_mismatches(one, other)] == ["unsupported"]


def test_the_same_reference_in_an_alternative_may_mean_two_things() -> None:
    either = opened({"a": {"$ref": "#/anyOf/1"}})
    one = {"anyOf": [either, STRING, {"type": "integer"}]}
    other = {"anyOf": [either, {"type": "integer"}, STRING]}
    assert compile_schema(one).accepts({"a": "s"})
    assert not compile_schema(other).accepts({"a": "s"})
    assert subset_mismatches(one, other)


@pytest.mark.parametrize(
    "superset",
    [
        {
            **opened({"a": {**opened({"b": {"$ref": "#/definitions/x"}}), "definitions": {"x": {}}}}),
            "definitions": {"x": {"type": "number"}},
        },
        opened({"a": opened({"b": {"$ref": "#"}})}, required=("a",)),
    ],
    ids=["shadowed definition", "reference to the root"],
)
def test_a_reference_keeps_its_root_when_single_values_are_asked_about(superset: dict[str, Any]) -> None:
    value: dict[str, Any] = {"a": {"b": {}}}
    produced = closed({"a": {"const": value["a"]}}, required=("a",))
    assert not compile_schema(superset).accepts(value)
    assert [mismatch.reason for mismatch in subset_mismatches(produced, superset)] == ["unsupported"]


def test_equality_of_json_tells_booleans_from_numbers() -> None:
    assert json_equal({"a": [1, 1.0]}, {"a": [1.0, 1]})
    assert not json_equal(True, 1)
    assert not json_equal([0], [False])
    assert subset_mismatches({"const": True}, {"const": 1})


def test_alternatives_that_multiply_end_in_unsupported() -> None:
    left: dict[str, Any] = STRING
    right: dict[str, Any] = {"type": "number"}
    for _ in range(12):
        left, right = {"anyOf": [left] * 4}, {"anyOf": [right] * 4}
    assert subset_mismatches(left, right)


names = st.sampled_from(["a", "b"])
leaves = st.sampled_from(
    [
        STRING,
        {"type": "integer"},
        {"type": "number"},
        {"type": "boolean"},
        {"type": ["string", "null"]},
        {"type": "number", "nullable": True},
        {"enum": ["x", 1]},
        {"enum": ["x"]},
        {"const": 1},
    ]
)


def an_object(properties: dict[str, Any], required: set[str]) -> dict[str, Any]:
    return closed(properties, tuple(sorted(required & properties.keys())))


def grown(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(
        st.builds(lambda item: {"type": "array", "items": item}, inner),
        st.builds(an_object, st.dictionaries(names, inner, max_size=2), st.sets(names)),
        st.builds(lambda one, two: {"anyOf": [one, two]}, inner, inner),
        st.builds(lambda one, two: {"oneOf": [one, two]}, inner, inner),
    )


schemas = st.recursive(leaves, grown, max_leaves=5)
"""Closed shapes with items everywhere and no bounds: what the rules decide without ignoring anything."""

instances = st.recursive(
    st.none() | st.booleans() | st.sampled_from([1, 2, 1.5, "x", "y"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2),
    max_leaves=5,
)


@settings(max_examples=300)
@given(schemas, schemas, st.lists(instances, min_size=1, max_size=30))
def test_a_value_that_is_produced_and_not_accepted_is_never_overlooked(
    subset: dict[str, Any], superset: dict[str, Any], values: list[object]
) -> None:
    produced, accepted = compile_schema(subset), compile_schema(superset)
    if any(produced.accepts(value) and not accepted.accepts(value) for value in values):
        assert subset_mismatches(subset, superset)


def instance_of(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values of a generated schema, so that the property above is not left to luck."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "const" in schema:
        return st.just(schema["const"])
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            return st.one_of([instance_of(branch) for branch in schema[keyword]])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    kinds = [*kinds, *(["null"] if schema.get("nullable") else [])]
    return st.one_of([instance_of_type(kind, schema) for kind in kinds])


def instance_of_type(kind: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    match kind:
        case "string":
            return st.sampled_from(["", "x", "y"])
        case "integer":
            return st.integers(-2, 2)
        case "number":
            return st.sampled_from([1, 0.5, -1.5])
        case "boolean":
            return st.booleans()
        case "array":
            return st.lists(instance_of(schema["items"]), max_size=2)
        case "object":
            members = {name: instance_of(member) for name, member in schema["properties"].items()}
            needed = {name: members[name] for name in schema["required"]}
            return st.fixed_dictionaries(
                needed, optional={name: each for name, each in members.items() if name not in needed}
            )
        case _:
            return st.none()


@settings(max_examples=300)
@given(st.data(), schemas, schemas)
def test_instances_made_from_a_compatible_subset_validate_against_its_superset(
    data: st.DataObject, subset: dict[str, Any], other: dict[str, Any]
) -> None:
    wider = data.draw(
        st.sampled_from([other, {"anyOf": [subset, other]}, {"oneOf": [subset, other]}, widened(subset)])
    )
    if subset_mismatches(subset, wider):
        return
    value = data.draw(instance_of(subset))
    if compile_schema(subset).accepts(value):
        assert compile_schema(wider).accepts(value)


def widened(schema: dict[str, Any]) -> dict[str, Any]:
    """The same objects with one more member allowed, integers as numbers, enums left out."""
    if schema.get("type") == "object":
        members = {name: widened(member) for name, member in schema["properties"].items()}
        return {**schema, "properties": {**members, "more": {}}, "required": schema["required"][:1]}
    if schema.get("type") == "array":
        return {"type": "array", "items": widened(schema["items"])}
    return {"type": "number"} if schema.get("type") == "integer" else schema


@given(schemas)
def test_every_schema_fits_itself_and_its_widening(schema: dict[str, Any]) -> None:
    assert subset_mismatches(schema, schema) == ()
    assert subset_mismatches(schema, widened(schema)) == ()

"""Schemas and values that were made to hurt: bounded before the engine works on them (ARCHITECTURE law 9)."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from ggui_core.protocol.bounds import PROPS_BOUNDS, Bounds, Excess, measure
from ggui_core.protocol.breadth import WIDEST, breadth
from ggui_core.protocol.dialect import read
from ggui_core.protocol.errors import SchemaRefused
from ggui_core.protocol.gate import check
from ggui_core.protocol.patterns import effort
from ggui_core.protocol.report import MOST_VIOLATIONS, violations
from ggui_core.protocol.schema import compile_schema

WIDE = Bounds(octets=1 << 20, depth=64, containers=100_000)


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "array", "items": schema}
    return schema


def contract(schema: object) -> dict[str, Any]:
    return {"propsSpec": {"properties": {"p": {"schema": schema}}}}


def test_a_schema_10_000_nodes_deep_is_refused_with_its_limit() -> None:
    verdict = check(contract(nested(10_000)))
    assert [issue.code for issue in verdict.issues] == ["CTR_SHAPE_INVALID"]
    assert "deeper than 32" in verdict.issues[0].message


def test_a_contract_of_too_many_nodes_is_refused_with_its_limit() -> None:
    verdict = check(contract({"enum": [[] for _ in range(2_001)]}))
    assert "2,000" in verdict.issues[0].message


@pytest.mark.spec("01 23.13")
def test_a_contract_of_too_many_bytes_is_refused_with_its_limit() -> None:
    verdict = check(contract({"enum": ["x" * (256 * 1024)]}))
    assert "262,144" in verdict.issues[0].message


@pytest.mark.parametrize("sign", [1, -1])
def test_whole_numbers_are_refused_from_the_first_without_a_double(sign: int) -> None:
    first = sign * (2**1024 - 2**970)
    assert not isinstance(measure([first - sign], PROPS_BOUNDS), Excess)
    assert isinstance(measure([first], PROPS_BOUNDS), Excess)


def test_nothing_is_fetched(tmp_path: Path) -> None:
    canary = tmp_path / "canary.json"
    canary.write_text('{"type": "string"}')
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/schema.json"
        for target in (url, canary.as_uri(), f"{url}#/definitions/a"):
            verdict = check(contract({"$ref": target}))
            assert [issue.code for issue in verdict.issues] == ["CTR_SCHEMA_META_INVALID"]
        for around in ({"$id": url, "$ref": "#/definitions/a"}, {"$id": url, "type": "string"}):
            check(contract(around))
        with pytest.raises(BlockingIOError):  # nobody has connected
            listener.accept()


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|aa)+$", "(.*)*x$", "^(?=a)(a+)+$", "^(a+)+\\1$"])
def test_catastrophic_patterns_end(pattern: str) -> None:
    schema = {"type": "array", "items": {"type": "string", "pattern": pattern}}
    compiled = compile_schema(schema)
    assert violations(compiled, ["a" * 5_000 + "b"] * 40, PROPS_BOUNDS)


@pytest.mark.parametrize(
    ("pattern", "least", "most"),
    [
        ("^a$", 40, 50),
        ("^[a-z]{1,5000}$", 5_000, 6_000),
        ("((a{50}){50}){50}", 125_000, 130_000),
        ("^[\\p{L} ]{1,100}$", 15_000, 16_000),
        ("(\\p{L}{50}){2,50}", 375_000, 380_000),
        ("a{1000000000}", 10**9, 2 * 10**9),
        ("\\(a{9}\\){3}[\\]{7}]", 40, 70),
    ],
)
def test_the_effort_of_a_pattern_follows_its_counts(pattern: str, least: int, most: int) -> None:
    assert least <= effort(pattern) <= most


def test_an_honest_rule_for_names_compiles() -> None:
    compiled = compile_schema({"type": "string", "pattern": "^[\\p{L}\\s'-]{1,100}$"})
    assert compiled.accepts("Zo\u00eb O'Neil-\u0141")
    assert not compiled.accepts("R2D2")


def as_wide_as_allowed() -> dict[str, Any]:
    """An object schema of exactly WIDEST looks, made of definitions that refer twice to one another."""
    definitions: dict[str, Any] = {"d0": {}}
    widths = [1]
    for level in range(14):
        definitions[f"d{level + 1}"] = {"anyOf": [{"$ref": f"#/definitions/d{level}"}] * 2}
        widths.append(1 + 2 * (1 + widths[-1]))
    parts: list[dict[str, Any]] = []
    missing = WIDEST - 1
    for level, width in reversed([*enumerate(widths)]):
        count, missing = divmod(missing, width + 1)
        parts += [{"$ref": f"#/definitions/d{level}"}] * count
    return {"type": "object", "allOf": [*parts, *[{}] * missing], "definitions": definitions}


@pytest.mark.parametrize(
    "spec",
    [
        {"propsSpec": {"properties": {"p": {"schema": as_wide_as_allowed()}}}},
        {"actionSpec": {"a": {"label": "A", "schema": as_wide_as_allowed()}}},
        {"contextSpec": {"s": {"default": {}, "schema": as_wide_as_allowed()}}},
    ],
    ids=["props", "action", "context"],
)
def test_a_schema_that_is_too_wide_once_it_is_closed_is_an_error_of_the_gate(spec: dict[str, Any]) -> None:
    assert breadth(read(as_wide_as_allowed())) == WIDEST
    (issue,) = [issue for issue in check(spec).issues if issue.severity == "error"]
    assert issue.code == "CTR_SCHEMA_META_INVALID"
    assert "too often" in issue.message


def test_patterns_are_refused_before_they_cost_seconds_wherever_they_stand() -> None:
    large = {"type": "string", "pattern": "[\\p{L}]{100}x"}
    together = {"type": "object", "properties": {f"p{i}": large for i in range(10)}}
    apart = {"propsSpec": {"properties": {f"p{i}": {"schema": large} for i in range(10)}}}
    for refused in (contract(together), apart):
        (issue,) = [issue for issue in check(refused).issues if issue.severity == "error"]
        assert issue.code == "CTR_SCHEMA_META_INVALID"
        assert "patterns" in issue.message


def test_a_pattern_that_looks_around_costs_more_looks() -> None:
    plain = breadth(read({"type": "string", "pattern": "^a+$"}))
    assert breadth(read({"type": "string", "pattern": "^(?=a)a+$"})) > 10 * plain


def test_definitions_that_double_one_another_are_refused() -> None:
    definitions: dict[str, Any] = {
        f"d{i}": {"anyOf": [{"$ref": f"#/definitions/d{i + 1}"}, {"$ref": f"#/definitions/d{i + 1}"}]}
        for i in range(40)
    }
    definitions["d40"] = {"type": "string"}
    with pytest.raises(SchemaRefused, match="too often"):
        compile_schema({"definitions": definitions, "$ref": "#/definitions/d0"})


def test_definitions_that_name_one_another_in_a_row_are_cheap() -> None:
    definitions: dict[str, Any] = {f"d{i}": {"$ref": f"#/definitions/d{i + 1}"} for i in range(900)}
    definitions["d900"] = {"type": "string"}
    compiled = compile_schema({"definitions": definitions, "$ref": "#/definitions/d0"})
    assert violations(compiled, "a", PROPS_BOUNDS) == ()
    (violation,) = violations(compiled, 1, PROPS_BOUNDS)
    assert (violation.field, violation.keyword) == ("value", "$ref")


def test_long_references_at_every_level_of_a_deep_value_are_explained_without_overflow() -> None:
    definitions: dict[str, Any] = {f"d{i}": {"$ref": f"#/definitions/d{i + 1}"} for i in range(100)}
    definitions["d100"] = {"type": "array", "items": {"$ref": "#/definitions/d0"}}
    compiled = compile_schema({"definitions": definitions, "$ref": "#/definitions/d0"})
    deep: object = 1
    for _ in range(60):
        deep = [deep]
    assert len(violations(compiled, deep, PROPS_BOUNDS)) == 1


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}}},
        {"anyOf": [{"type": "string"}, {"$ref": "#"}]},
        {"not": {"$ref": "#"}},
        {"definitions": {"a": {"allOf": [{"$ref": "#/definitions/a"}]}}},
    ],
    ids=repr,
)  # fmt: skip
def test_references_without_an_end_are_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(SchemaRefused, match="without descending"):
        compile_schema(schema)


@pytest.mark.parametrize(
    "schema",
    [
        {"anyOf": [{"type": "object", "properties": {"x": {"$ref": "#"}}},
                   {"type": "object", "properties": {"x": {"$ref": "#"}}}]},
        {"type": "object", "properties": {"x": {"$ref": "#"}}, "patternProperties": {"x": {"$ref": "#"}}},
        {"type": "array", "items": {"$ref": "#"}, "contains": {"$ref": "#"}},
    ],
    ids=repr,
)  # fmt: skip
def test_recursion_in_two_ways_into_one_value_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(SchemaRefused, match="two ways"):
        compile_schema(schema)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "object", "properties": {"l": {"$ref": "#"}, "r": {"$ref": "#"}}}, {"l": {"r": {}}}),
        ({"anyOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#"}},
                    {"type": "object", "additionalProperties": {"$ref": "#"}}]}, {"a": [["b", {"c": "d"}]]}),
        ({"definitions": {"n": {"type": "object", "properties": {"kids": {"type": "array", "items":
            {"$ref": "#/definitions/n"}}}}}, "$ref": "#/definitions/n"}, {"kids": [{"kids": []}]}),
    ],
    ids=["binary tree", "any JSON", "tree"],
)  # fmt: skip
def test_honest_recursion_compiles(schema: dict[str, Any], value: object) -> None:
    assert compile_schema(schema).accepts(value)


def test_many_values_against_many_alternatives_are_refused_unread() -> None:
    compiled = compile_schema({"type": "array", "items": {"anyOf": [{"const": i} for i in range(600)]}}, WIDE)
    assert violations(compiled, [599] * 100, PROPS_BOUNDS) == ()
    (refused,) = violations(compiled, [599] * 100_000, PROPS_BOUNDS)
    assert "too many for a schema" in refused.message


def test_a_long_list_of_nested_enum_members_counts_as_alternatives() -> None:
    compiled = compile_schema({"type": "array", "items": {"enum": [[i] for i in range(1_500)]}}, WIDE)
    (refused,) = violations(compiled, [[1]] * 20_000, PROPS_BOUNDS)
    assert "too many for a schema" in refused.message


def test_a_huge_enum_of_text_is_no_hardship() -> None:
    compiled = compile_schema({"type": "array", "items": {"enum": [str(i) for i in range(20_000)]}})
    assert violations(compiled, ["19999"] * 20_000, PROPS_BOUNDS) == ()


def test_half_a_million_faults_are_reported_up_to_the_limit() -> None:
    compiled = compile_schema({"type": "array", "items": {"type": "string"}})
    assert len(violations(compiled, [1] * 400_000, PROPS_BOUNDS)) == MOST_VIOLATIONS


def test_a_large_value_that_misses_many_names_is_reported_in_small_pieces() -> None:
    names = [f"n{i}" for i in range(500)]
    compiled = compile_schema(
        {"type": "object", "properties": {name: {"type": "string"} for name in names}, "required": names}
    )
    found = violations(compiled, {"other": "x" * 900_000}, PROPS_BOUNDS)
    assert len(found) == MOST_VIOLATIONS
    assert sum(len(str(violation.to_wire())) for violation in found) < 100_000


def test_values_of_strangers_are_quoted_short() -> None:
    compiled = compile_schema({"const": 1})
    (violation,) = violations(compiled, [["x" * 100] * 100] * 80, PROPS_BOUNDS)
    assert violation.received is not None
    assert len(violation.received) <= 256


def test_values_are_bounded_before_they_are_judged() -> None:
    compiled = compile_schema({})
    deep: list[object] = []
    for _ in range(5_000):
        deep = [deep]
    assert "deeper than 64" in violations(compiled, deep, PROPS_BOUNDS)[0].message
    assert "bytes as JSON" in violations(compiled, "x" * (1 << 20), PROPS_BOUNDS)[0].message
    assert "NaN" in violations(compiled, {"a": [float("nan")]}, PROPS_BOUNDS)[0].message
    assert violations(compiled, {"a": [float("nan")]}, PROPS_BOUNDS)[0].field == "a[0]"
    assert "surrogate" in violations(compiled, ["\ud800"], PROPS_BOUNDS)[0].message


def test_measure_counts_what_it_weighs() -> None:
    measured = measure({"a": [1, {"b": None}], "c": "x"}, PROPS_BOUNDS)
    assert not isinstance(measured, Excess)
    assert (measured.values, measured.containers, measured.depth) == (6, 3, 3)


@pytest.mark.parametrize(
    ("value", "bounds"),
    [
        ([[[]]], Bounds(octets=99, depth=3, containers=9)),
        ([[], {}], Bounds(octets=99, depth=9, containers=3)),
        ([10**30], Bounds(octets=33, depth=9, containers=9)),
        ("xx", Bounds(octets=4, depth=0, containers=0)),
    ],
)
def test_limits_are_the_last_value_that_passes(value: object, bounds: Bounds) -> None:
    assert not isinstance(measure(value, bounds), Excess)
    assert isinstance(measure([value], bounds), Excess)


def test_bytes_are_those_of_compact_utf8_json() -> None:
    exact = Bounds(octets=len('{"é":[1,null]}'.encode()), depth=9, containers=9)
    assert not isinstance(measure({"é": [1, None]}, exact), Excess)
    assert isinstance(measure({"é": [10, None]}, exact), Excess)

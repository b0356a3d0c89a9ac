"""The contract gate, phase by phase (spec 01 sections 2 and 3), and that it answers to everything."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ggui_core.protocol.compatibility import SchemaMismatch, compatibility_findings, require_compatible
from ggui_core.protocol.contract import SlotDefault, slot_default
from ggui_core.protocol.errors import ContractRefused
from ggui_core.protocol.gate import Verdict, check

ROOMS: dict[str, Any] = {
    "propsSpec": {
        "properties": {
            "rooms": {
                "required": True,
                "schema": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"id": {"type": "string"}, "free": {"type": "boolean"}},
                        "required": ["id", "free"],
                    },
                },
            }
        }
    },
    "actionSpec": {
        "book": {
            "label": "Book room",
            "schema": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
            "nextStep": "rooms_book",
        }
    },
    "contextSpec": {"filter": {"schema": {"type": "string"}, "default": ""}},
    "streamSpec": {"occupancy": {"schema": {"type": "number"}, "mode": "replace", "replay": "latest"}},
    "agentCapabilities": {
        "tools": {
            "rooms_book": {
                "serverInfo": {"name": "rooms"},
                "toolInfo": {
                    "inputSchema": {
                        "type": "object",
                        "properties": {"id": {"type": "string"}},
                        "required": ["id"],
                    }
                },
            }
        }
    },
    "clientCapabilities": {"gadgets": {"@ggui-ai/gadgets": {"useGeolocation": {}}}},
}
STRING = {"schema": {"type": "string"}}


def found(contract: object, **options: Any) -> list[tuple[str, str, str]]:
    return [(issue.code, issue.severity, issue.path) for issue in check(contract, **options).issues]


def errors(contract: object) -> list[tuple[str, str]]:
    return [(issue.code, issue.path) for issue in check(contract).issues if issue.severity == "error"]


def test_the_example_of_the_specification_passes() -> None:
    verdict = check(copy.deepcopy(ROOMS))
    assert verdict.failed_phase is None
    contract = verdict.accepted()
    assert contract.action_spec is not None
    assert contract.action_spec["book"].next_step == "rooms_book"
    assert contract.stream_spec is not None
    assert (contract.stream_spec["occupancy"].mode, contract.stream_spec["occupancy"].complete) == (
        "replace",
        False,
    )
    assert {issue.severity for issue in verdict.issues} == {"warn"}


def test_defaults_of_entries_are_those_of_the_wire() -> None:
    contract = check({"streamSpec": {"a": STRING}, "contextSpec": {"b": STRING}}).accepted()
    assert contract.stream_spec is not None
    assert contract.context_spec is not None
    stream, slot = contract.stream_spec["a"], contract.context_spec["b"]
    assert (stream.mode, stream.replay, stream.complete) == ("append", "none", False)
    assert (slot.debounce_ms, slot.has("default")) == (300, False)


def test_a_given_null_default_is_told_from_none() -> None:
    contract = check({"contextSpec": {"a": {"schema": {"type": "null"}, "default": None}}}).accepted()
    assert contract.context_spec is not None
    assert contract.context_spec["a"].has("default")


@pytest.mark.parametrize(
    "contract",
    [{}, {"interaction": {"any": 1}}, {"x-later": [1]}, {"agentCapabilities": {"tools": {}, "later": 1}}],
)
def test_unknown_top_level_keys_survive(contract: dict[str, Any]) -> None:
    assert check(contract).accepted().model_dump(by_alias=True, exclude_unset=True) == contract


SHAPES = [
    ([], "CTR_SHAPE_INVALID_TYPE", ""),
    (None, "CTR_SHAPE_INVALID_TYPE", ""),
    ("{}", "CTR_SHAPE_INVALID_TYPE", ""),
    ({"propsSpec": None}, "CTR_SHAPE_INVALID_TYPE", "propsSpec"),
    ({"propsSpec": {}}, "CTR_SHAPE_INVALID_TYPE", "propsSpec.properties"),
    ({"propsSpec": {"properties": {}, "x": 1}}, "CTR_SHAPE_UNRECOGNIZED_KEYS", "propsSpec.x"),
    ({"propsSpec": {"properties": {"a": {}}}}, "CTR_SHAPE_INVALID_TYPE", "propsSpec.properties.a.schema"),
    ({"propsSpec": {"properties": {"a": {**STRING, "required": 1}}}}, "CTR_SHAPE_INVALID_TYPE",
     "propsSpec.properties.a.required"),
    ({"propsSpec": {"properties": {"a": {"schema": True}}}}, "CTR_SHAPE_INVALID_TYPE",
     "propsSpec.properties.a.schema"),
    ({"actionSpec": {"a": {}}}, "CTR_SHAPE_INVALID_TYPE", "actionSpec.a.label"),
    ({"actionSpec": {"a": {"label": "A", "nextStep": ""}}}, "CTR_SHAPE_INVALID", "actionSpec.a.nextStep"),
    ({"actionSpec": {"a": {"label": "A", "description": None}}}, "CTR_SHAPE_INVALID_TYPE", "actionSpec.a.description"),
    ({"actionSpec": {"a": {"label": "A", "tool": "x"}}}, "CTR_SHAPE_UNRECOGNIZED_KEYS", "actionSpec.a.tool"),
    ({"streamSpec": {"a": {**STRING, "mode": "merge"}}}, "CTR_SHAPE_INVALID", "streamSpec.a.mode"),
    ({"streamSpec": {"a": {**STRING, "source": {"tool": "x", "y": 1}}}}, "CTR_SHAPE_UNRECOGNIZED_KEYS",
     "streamSpec.a.source.y"),
    ({"contextSpec": {"a": {**STRING, "debounceMs": -1}}}, "CTR_SHAPE_INVALID", "contextSpec.a.debounceMs"),
    ({"contextSpec": {"a": {**STRING, "debounceMs": 1.5}}}, "CTR_SHAPE_INVALID_TYPE",
     "contextSpec.a.debounceMs"),
    ({"contextSpec": {"a": {**STRING, "usage": "x"}}}, "CTR_SHAPE_UNRECOGNIZED_KEYS", "contextSpec.a.usage"),
    ({"agentCapabilities": {"tools": {"t": {"toolInfo": {}}}}}, "CTR_SHAPE_INVALID_TYPE",
     "agentCapabilities.tools.t.toolInfo.inputSchema"),
    ({"agentCapabilities": {"tools": {"t": {"toolInfo": {"inputSchema": {}}, "example": {"input": 1}}}}},
     "CTR_SHAPE_INVALID_TYPE", "agentCapabilities.tools.t.example.output"),
    ({"clientCapabilities": {"gadgets": {"@a/b": {}}}}, "CTR_SHAPE_INVALID",
     "clientCapabilities.gadgets.@a/b"),
    ({"clientCapabilities": {"gadgets": {"Bad": {"useA": {}}}}}, "CTR_SHAPE_INVALID",
     "clientCapabilities.gadgets.Bad"),
    ({"clientCapabilities": {"gadgets": {"a": {"useless": {}}}}}, "CTR_SHAPE_INVALID",
     "clientCapabilities.gadgets.a.useless"),
    ({"clientCapabilities": {"gadgets": {}, "x": 1}}, "CTR_SHAPE_UNRECOGNIZED_KEYS", "clientCapabilities.x"),
    ({"propsSpec": {"properties": {"a": {"schema": {"type": 1}}}}}, "CTR_SHAPE_INVALID_TYPE",
     "propsSpec.properties.a.schema.type"),
    ({"propsSpec": {"properties": {"a": {"schema": {"type": "array", "items": {"required": "x"}}}}}},
     "CTR_SHAPE_INVALID_TYPE", "propsSpec.properties.a.schema.items.required"),
    ({"x": float("nan")}, "CTR_SHAPE_INVALID_TYPE", "x"),
    ({"x": ["\ud800"]}, "CTR_SHAPE_INVALID_TYPE", "x[0]"),
    ({"x": {"__proto__": 1}}, "CTR_SHAPE_INVALID", "x.__proto__"),
]  # fmt: skip


@pytest.mark.parametrize(("contract", "code", "path"), SHAPES, ids=lambda case: repr(case)[:60])
def test_wrong_shapes_are_named_with_their_place(contract: object, code: str, path: str) -> None:
    assert (code, path) in errors(contract)
    assert check(contract).failed_phase == "shape"


@pytest.mark.parametrize(
    ("contract", "path"),
    [({"propsSpec": None}, "propsSpec"), ({"actionSpec": {"a": {"label": None}}}, "actionSpec.a.label")],
)
def test_a_null_is_named_with_its_own_place(contract: dict[str, Any], path: str) -> None:
    assert errors(contract) == [("CTR_SHAPE_INVALID_TYPE", path)]


def test_every_wrong_shape_is_reported_at_once() -> None:
    contract = {"actionSpec": {"a": {}, "b": {"label": 1}}, "streamSpec": {"c": {}}}
    assert {path for _, path in errors(contract)} == {
        "actionSpec.a.label",
        "actionSpec.b.label",
        "streamSpec.c.schema",
    }


@pytest.mark.parametrize(
    "field", ["libraries", "dispatch", "wiredTools", "clientTools", "broadcast", "capabilities"]
)
def test_retired_fields_are_errors(field: str) -> None:
    assert errors({field: None}) == [("CTR_RETIRED_FIELD", field)]


def test_every_schema_that_does_not_compile_is_named_with_its_node() -> None:
    contract = {
        "propsSpec": {"properties": {"p": {"schema": {"type": "array", "items": {"minimum": 1}}}}},
        "actionSpec": {"a": {"label": "A", "schema": {"type": "str"}}},
        "agentCapabilities": {
            "tools": {"t": {"toolInfo": {"inputSchema": {}, "outputSchema": {"enum": []}}}}
        },
    }
    assert errors(contract) == [
        ("CTR_SCHEMA_META_INVALID", "propsSpec.properties.p.schema.items"),
        ("CTR_SCHEMA_META_INVALID", "actionSpec.a.schema"),
        ("CTR_SCHEMA_META_INVALID", "agentCapabilities.tools.t.toolInfo.outputSchema"),
    ]
    assert all(issue.fix_hint for issue in check(contract).issues)


@pytest.mark.parametrize("schema", [{"$schema": []}, {"anyOf": [{"type": "string", "format": {}}]}], ids=repr)
def test_a_keyword_that_cannot_be_looked_up_is_an_error_and_raises_nothing(schema: dict[str, Any]) -> None:
    contract = {"propsSpec": {"properties": {"p": {"schema": schema}}}}
    assert [code for code, _ in errors(contract)] == ["CTR_SCHEMA_META_INVALID"]


def test_messages_of_schemas_are_cut() -> None:
    verdict = check({"actionSpec": {"a": {"label": "A", "schema": {"k" * 5_000: 1}}}})
    assert len(verdict.issues[0].message) <= 240


@pytest.mark.parametrize(
    ("entry", "default"),
    [
        ({"schema": {"type": "string"}}, ""),
        ({"schema": {"type": "number"}}, 0),
        ({"schema": {"type": "integer"}}, 0),
        ({"schema": {"type": "boolean"}}, False),
        ({"schema": {"type": "array"}}, []),
        ({"schema": {"type": "object"}}, {}),
        ({"schema": {"type": "null"}}, None),
        ({"schema": {"type": "string"}, "default": None}, None),
        ({"schema": {}, "default": [1]}, [1]),
    ],
)
def test_slot_defaults_are_derived(entry: dict[str, Any], default: object) -> None:
    assert slot_default(entry) == SlotDefault(default)


@pytest.mark.parametrize("schema", [{}, {"type": ["string", "null"]}, {"anyOf": [{"type": "string"}]}])
def test_a_slot_without_a_derivable_default_is_an_error(schema: dict[str, Any]) -> None:
    assert slot_default({"schema": schema}) is None
    assert errors({"contextSpec": {"a": {"schema": schema}}}) == [
        ("CTR_SCHEMA_META_INVALID", "contextSpec.a.default")
    ]


@pytest.mark.spec("01 23.18")
def test_a_default_that_breaks_its_schema_is_an_error() -> None:
    contract = {"contextSpec": {"a": {"schema": {"type": "string"}, "default": None}}}
    assert errors(contract) == [("CTR_SCHEMA_META_INVALID", "contextSpec.a.default")]


def test_a_derived_default_that_breaks_its_schema_is_a_warning() -> None:
    contract = {"contextSpec": {"a": {"schema": {"type": "string", "enum": ["x"]}}}}
    assert found(contract) == [("CTR_SCHEMA_META_INVALID", "warn", "contextSpec.a.default")]
    assert check(contract).accepted()


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ({}, ""),
        ({"type": "array"}, ""),
        ({"type": "object", "properties": {"a": {"type": "array"}}}, ".properties.a"),
        ({"type": "object", "oneOf": [{"properties": {"a": {}}}]}, ""),
    ],
)
def test_schemas_that_will_disappoint_are_warned_of(schema: dict[str, Any], path: str) -> None:
    warned = found({"propsSpec": {"properties": {"p": {"schema": schema}}}})
    assert ("CTR_SCHEMA_META_INVALID", "warn", f"propsSpec.properties.p.schema{path}") in warned


TOOL = {"toolInfo": {"inputSchema": {"type": "object", "properties": {}}}}
REFERENCES = [
    ({"actionSpec": {"a": {"label": "A", "nextStep": "t"}}}, "CTR_REF_NEXT_STEP", "actionSpec.a.nextStep"),
    ({"streamSpec": {"s": {**STRING, "source": {"tool": "t"}}}}, "CTR_REF_STREAM_SOURCE",
     "streamSpec.s.source.tool"),
    ({"actionSpec": {"a": {"label": "A"}}, "streamSpec": {"a": STRING}}, "CTR_DUP_NAME", "streamSpec.a"),
    ({"actionSpec": {"a": {"label": "A"}}, "contextSpec": {"a": STRING}}, "CTR_DUP_NAME", "contextSpec.a"),
    ({"streamSpec": {"a": STRING}, "contextSpec": {"a": STRING}}, "CTR_DUP_NAME", "contextSpec.a"),
    ({"propsSpec": {"properties": {"a": STRING}}, "contextSpec": {"a": STRING}}, "CTR_DUP_NAME",
     "contextSpec.a"),
    ({"actionSpec": {"_ggui:x": {"label": "A"}}}, "CTR_RESERVED_NAME", "actionSpec._ggui:x"),
    ({"contextSpec": {"_ggui:x": STRING}}, "CTR_RESERVED_NAME", "contextSpec._ggui:x"),
    ({"streamSpec": {"_ggui:preview": STRING}}, "CTR_RESERVED_NAME", "streamSpec._ggui:preview"),
    ({"contextSpec": {"constructor": STRING}}, "CTR_RESERVED_NAME", "contextSpec.constructor"),
    ({"contextSpec": {"prototype": STRING}}, "CTR_RESERVED_NAME", "contextSpec.prototype"),
    ({"contextSpec": {"my-slot": STRING}}, "CTR_RESERVED_NAME", "contextSpec.my-slot"),
    ({"contextSpec": {"1st": STRING}}, "CTR_RESERVED_NAME", "contextSpec.1st"),
]  # fmt: skip


@pytest.mark.spec("01 23.18")
@pytest.mark.parametrize(("contract", "code", "path"), REFERENCES, ids=lambda case: repr(case)[:60])
def test_names_that_lead_nowhere_or_clash_are_errors(contract: dict[str, Any], code: str, path: str) -> None:
    assert errors(contract) == [(code, path)]
    assert check(contract).failed_phase == "references"


def test_an_action_and_a_prop_may_share_a_name() -> None:
    contract = {"propsSpec": {"properties": {"a": STRING}}, "actionSpec": {"a": {"label": "A"}}}
    assert errors(contract) == []


def test_an_empty_props_spec_is_a_warning() -> None:
    assert found({"propsSpec": {"properties": {}}}) == [("CTR_SHAPE_INVALID", "warn", "propsSpec.properties")]


def booking(payload: dict[str, Any] | None, accepted: dict[str, Any]) -> dict[str, Any]:
    action: dict[str, Any] = {"label": "Book", "nextStep": "t"}
    if payload is not None:
        action["schema"] = payload
    return {
        "actionSpec": {"book": action},
        "agentCapabilities": {"tools": {"t": {"toolInfo": {"inputSchema": accepted}}}},
    }


ID = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
STRICT_ID = {**ID, "additionalProperties": False}


@pytest.mark.parametrize(
    ("payload", "accepted"),
    [
        (ID, ID),
        (ID, STRICT_ID),
        (None, {"type": "object", "properties": {}, "additionalProperties": False}),
        (None, {"type": "object", "properties": {"id": {"type": "string"}}}),
        (
            {"type": "object", "properties": {"id": {"type": "string", "enum": ["a"]}}, "required": ["id"]},
            STRICT_ID,
        ),
    ],
)
def test_actions_that_fit_their_tool_pass(payload: dict[str, Any] | None, accepted: dict[str, Any]) -> None:
    assert errors(booking(payload, accepted)) == []


@pytest.mark.parametrize(
    ("payload", "accepted", "reason"),
    [
        (None, ID, "missing-required"),
        (
            {"type": "object", "properties": {"id": {"type": "number"}}, "required": ["id"]},
            ID,
            "type-mismatch",
        ),
        ({"type": "object", "properties": {"id": {"type": "string"}}}, ID, "missing-required"),
        ({**ID, "properties": {**ID["properties"], "x": {}}}, STRICT_ID, "extra-property"),  # type: ignore[dict-item]
        ({**ID, "additionalProperties": True}, STRICT_ID, "additional-properties-widens"),
    ],
)
def test_actions_that_their_tool_would_refuse_are_errors(
    payload: dict[str, Any] | None, accepted: dict[str, Any], reason: str
) -> None:
    (issue,) = [each for each in check(booking(payload, accepted)).issues if each.severity == "error"]
    assert (issue.code, issue.phase, issue.path) == (
        "CTR_SCHEMA_INCOMPAT",
        "schema-compat",
        "actionSpec.book.schema",
    )
    assert reason in issue.message


@pytest.mark.parametrize(("produced", "fits"), [("number", True), ("integer", True), ("string", False)])
def test_a_channel_must_take_what_its_tool_yields(produced: str, fits: bool) -> None:
    info = {"inputSchema": {}, "outputSchema": {"type": produced}}
    contract = {
        "streamSpec": {"s": {"schema": {"type": "number"}, "source": {"tool": "t"}}},
        "agentCapabilities": {"tools": {"t": {"toolInfo": info}}},
    }
    assert (errors(contract) == []) is fits


def test_hygiene_warns_and_never_blocks() -> None:
    contract = {
        "agentCapabilities": {"tools": {"t": TOOL}},
        "clientCapabilities": {"gadgets": {"a": {"useX": {}}, "b": {"useX": {}}, "c": {"useY": {}}}},
    }
    assert found(contract, gadgets={"c": {"useZ"}}) == [
        ("LINT_ORPHAN_AGENT_TOOL", "warn", "agentCapabilities.tools.t"),
        ("LINT_MISSING_USAGE", "warn", "agentCapabilities.tools.t"),
        ("LINT_MISSING_EXAMPLE", "warn", "agentCapabilities.tools.t"),
        ("LINT_GADGET_DUPLICATE_EXPORT", "warn", "clientCapabilities.gadgets.b.useX"),
        ("LINT_GADGET_UNKNOWN_HOOK", "warn", "clientCapabilities.gadgets.c.useY"),
    ]
    assert check(contract).accepted()


def test_the_first_phase_with_an_error_ends_the_run() -> None:
    contract = {"dispatch": 1, "actionSpec": {"a": {"label": "A", "schema": {"type": "str"}}}}
    assert errors(contract) == [("CTR_RETIRED_FIELD", "dispatch")]


def test_a_refusal_carries_phase_and_issues() -> None:
    with pytest.raises(ContractRefused) as refusal:
        check({"dispatch": 1}).accepted()
    assert refusal.value.code == "contract_validation_failed"
    assert refusal.value.phase == "retired"
    assert "Contract validation failed at phase 'retired': [CTR_RETIRED_FIELD]" in refusal.value.message
    (issue,) = refusal.value.issues
    assert issue.to_wire() == {
        "code": "CTR_RETIRED_FIELD",
        "severity": "error",
        "phase": "retired",
        "path": "dispatch",
        "message": "'dispatch' is no longer part of a contract.",
        "fixHint": "Remove it; tools belong under 'agentCapabilities', gadgets under 'clientCapabilities'.",
    }


def test_registered_tools_are_compared_in_the_mode_of_the_server() -> None:
    contract = check(booking(ID, ID)).accepted()
    registered = {"t": {"type": "object", "properties": {"id": {"type": "number"}}}}
    assert require_compatible(contract, {"t": STRICT_ID}) == ()
    assert compatibility_findings(contract, registered, "off") == ()
    (warning,) = require_compatible(contract, registered, "warn")
    assert (warning.kind, warning.severity) == ("schema-mismatch", "warn")
    with pytest.raises(SchemaMismatch, match="SCHEMA_MISMATCH_ERROR"):
        require_compatible(contract, registered)
    assert compatibility_findings(contract, {}) == ()


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["string", "object", "array", "#", "#/definitions/a", "(", "email", "a"])
)
WORDS = """
    propsSpec actionSpec streamSpec contextSpec agentCapabilities clientCapabilities properties schema label
    nextStep source tool tools toolInfo inputSchema gadgets type items required enum const anyOf oneOf allOf not
    $ref definitions $id pattern format minimum minLength additionalProperties patternProperties nullable default
    a b __proto__ debounceMs if then else dependencies contains propertyNames
"""
words = st.sampled_from(WORDS.split()) | st.text(max_size=3)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=5),
    max_leaves=25,
)
keyword_schemas = st.dictionaries(words, anything, max_size=5) | st.fixed_dictionaries(
    {"type": st.sampled_from(["string", "object", "array", "number"])},
    optional={
        "properties": st.dictionaries(st.sampled_from("ab"), st.dictionaries(words, anything, max_size=3)),
        "items": st.dictionaries(words, anything, max_size=3),
        "enum": st.lists(scalars, max_size=3),
        "pattern": st.text(max_size=6),
        "$ref": st.sampled_from(["#", "#/properties/a", "#/items", "http://x"]),
        "anyOf": st.lists(st.dictionaries(words, anything, max_size=2), max_size=3),
    },
)
entries = st.fixed_dictionaries(
    {"schema": keyword_schemas}, optional={"label": scalars, "default": anything, "nextStep": scalars}
)
contracts = st.fixed_dictionaries(
    {},
    optional={
        "propsSpec": st.fixed_dictionaries({"properties": st.dictionaries(words, entries, max_size=3)}),
        "actionSpec": st.dictionaries(words, entries, max_size=2),
        "streamSpec": st.dictionaries(words, entries, max_size=2),
        "contextSpec": st.dictionaries(words, entries, max_size=2),
        "agentCapabilities": anything,
        "clientCapabilities": anything,
    },
)


def assert_total(verdict: Verdict) -> None:
    refused = verdict.contract is None
    assert refused is any(issue.severity == "error" for issue in verdict.issues)
    assert refused is (verdict.failed_phase is not None)
    assert all(issue.code and issue.message for issue in verdict.issues)


@given(anything)
def test_the_gate_answers_to_any_json(value: object) -> None:
    assert_total(check(value))


@settings(max_examples=400)
@given(contracts)
def test_the_gate_answers_to_anything_that_looks_like_a_contract(value: dict[str, Any]) -> None:
    assert_total(check(value))


@given(keyword_schemas)
def test_the_gate_answers_to_any_schema(schema: dict[str, Any]) -> None:
    assert_total(check({"actionSpec": {"go": {"label": "Go", "schema": schema}}}))


@pytest.mark.parametrize("value", [object(), {1: 2}, {"a": {1, 2}}, (1,), b"x", {"a": (1,)}], ids=repr)
def test_the_gate_answers_to_what_is_no_json(value: object) -> None:
    verdict = check(value)
    assert_total(verdict)
    assert verdict.failed_phase == "shape"


@pytest.mark.parametrize(
    "unusable",
    [
        {"properties": None},
        {"required": None},
        {"type": 5},
        {"anyOf": 5},
        {"type": "object", "properties": {"a": 1}},
    ],
)
def test_tool_with_an_unusable_schema_is_a_warning_not_a_crash(unusable: dict[str, Any]) -> None:
    contract = check(booking(ID, ID)).accepted()
    (finding,) = compatibility_findings(contract, {"t": unusable})
    assert (finding.kind, finding.severity, finding.tool) == ("schema-mismatch", "warn", "t")

"""The answer to a draft: verbatim, normalised, partial or declined; deterministic, and nothing lost in silence."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ggui_core.protocol import gate
from ggui_core.protocol.digests import contract_hash
from ggui_sessions.negotiation import Negotiated, Negotiations, negotiate
from ggui_sessions.normalisation import normalised
from ggui_sessions.salvage import located

from .serving import CONTRACT

STRING = {"type": "string"}


def props(**schemas: Any) -> dict[str, Any]:
    """A contract of props with these schemas."""
    return {"propsSpec": {"properties": {name: {"schema": schema} for name, schema in schemas.items()}}}


def schema_of(negotiated: Negotiated, name: str) -> Any:
    """The schema of one prop of an effective contract."""
    return negotiated.contract["propsSpec"]["properties"][name]["schema"]


# Verbatim


@pytest.mark.parametrize("draft", [{}, CONTRACT, props(a=STRING)])
def test_a_sound_draft_is_not_rewritten(draft: dict[str, Any]) -> None:
    negotiated = negotiate(draft)
    assert (negotiated.outcome, negotiated.origin) == ("verbatim", "agent")
    assert negotiated.contract is draft
    assert negotiated.contract_hash == contract_hash(draft)
    assert negotiated.amendments == ()
    assert negotiated.implies(negotiated.props_schema)


@pytest.mark.spec("02 19.24")
def test_members_that_no_contract_has_are_left_out_and_change_no_hash() -> None:
    negotiated = negotiate({**CONTRACT, "x-later": {"kept": 1}, "version": "2", "a/b": None})
    assert (negotiated.outcome, negotiated.origin) == ("normalised", "synth")
    assert negotiated.contract == CONTRACT
    assert negotiated.contract_hash == contract_hash(CONTRACT)
    assert [(f.severity, f.path) for f in negotiated.findings] == [
        ("warn", name) for name in ("x-later", "version", "a/b")
    ]
    assert [change["path"] for change in negotiated.amendments] == ["/x-later", "/version", "/a~1b"]
    assert negotiated.implies(negotiated.props_schema)


def test_a_member_that_is_left_out_is_never_called_kept() -> None:
    misspelt = negotiate({"propSpec": props(a=STRING)["propsSpec"]})
    assert (misspelt.outcome, misspelt.contract) == ("normalised", {})
    assert [finding.message.endswith("Did you mean 'propsSpec'?") for finding in misspelt.findings] == [True]
    assert "left out" in misspelt.rationale
    assert "nothing of it was lost" not in misspelt.rationale
    both = negotiate({**props(a={"type": "str"}), "title": "Rooms"})
    assert (both.outcome, both.rationale) == ("normalised", misspelt.rationale)
    unlike = negotiate({**CONTRACT, "title": "Rooms"})
    assert "clientCapabilities" in unlike.findings[-1].message
    assert "nothing of it was lost" in negotiate(props(a={"type": "str"})).rationale


def test_strange_members_do_not_hide_what_is_wrong_with_the_others() -> None:
    mended = negotiate({**props(a={"type": "str"}), "x": 1})
    assert (mended.outcome, mended.contract) == ("normalised", props(a=STRING))
    assert [change["op"] for change in mended.amendments] == ["remove", "replace"]
    declined = negotiate({"propsSpec": {"properties": {"a": 5}}, "x": 1})
    assert (declined.outcome, declined.amendments) == ("declined", ())
    assert [finding.path for finding in declined.findings][-1] == "x"
    retired = negotiate({**props(a=STRING), "libraries": []})
    assert [finding.code for finding in retired.findings] == ["CTR_RETIRED_FIELD"]
    many = negotiate({f"x{number}": number for number in range(1_000)})
    assert (many.contract, len(many.findings), len(many.amendments)) == ({}, 20, 1_000)
    assert negotiate({"x": "y" * 300_000}).outcome == "declined"


def test_warnings_of_a_sound_draft_are_told_and_advice_about_tools_is_not() -> None:
    negotiated = negotiate({**CONTRACT, **props(list={"type": "array"})})
    assert [(f.code, f.severity, f.path) for f in negotiated.findings] == [
        ("CTR_SCHEMA_META_INVALID", "warn", "propsSpec.properties.list.schema")
    ]


def test_an_unknown_gadget_is_told() -> None:
    draft = {**props(a=STRING), "clientCapabilities": {"gadgets": {"@ggui-ai/gadgets": {"useTelepathy": {}}}}}
    assert [finding.code for finding in negotiate(draft).findings] == ["LINT_GADGET_UNKNOWN_HOOK"]


# Normalised


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({"type": "str"}, {"type": "string"}),
        ({"type": "Text"}, {"type": "string"}),
        ({"type": "char"}, {"type": "string"}),
        ({"type": "int"}, {"type": "integer"}),
        ({"type": "long"}, {"type": "integer"}),
        ({"type": "short"}, {"type": "integer"}),
        ({"type": "float"}, {"type": "number"}),
        ({"type": "double"}, {"type": "number"}),
        ({"type": "decimal"}, {"type": "number"}),
        ({"type": "num"}, {"type": "number"}),
        ({"type": "numeric"}, {"type": "number"}),
        ({"type": "bool"}, {"type": "boolean"}),
        ({"type": "STRING"}, {"type": "string"}),
        ({"type": "list", "items": {"type": "str"}}, {"type": "array", "items": {"type": "string"}}),
        ({"type": "tuple", "items": STRING}, {"type": "array", "items": STRING}),
        ({"type": "sequence", "items": STRING}, {"type": "array", "items": STRING}),
        ({"type": "dict"}, {"type": "object"}),
        ({"type": "map"}, {"type": "object"}),
        ({"type": "record"}, {"type": "object"}),
        ({"type": "hash"}, {"type": "object"}),
        ({"type": "any"}, {}),
        ({"type": "unknown"}, {}),
        ({"type": "mixed"}, {}),
        ({"type": "void"}, {}),
        ({"type": "str|null"}, {"type": ["string", "null"]}),
        ({"type": "int | float"}, {"type": ["integer", "number"]}),
        ({"type": ["str", "null"]}, {"type": ["string", "null"]}),
        ({"type": ["text", "str"]}, {"type": ["string"]}),
        ({"type": "enum", "enum": ["a", "b"]}, {"type": "string", "enum": ["a", "b"]}),
        ({"type": "enum", "enum": ["a", 1]}, {"type": ["string", "number"], "enum": ["a", 1]}),
        ({"type": "enum", "enum": []}, {"enum": []}),
        ("str", {"type": "string"}),
    ],
)
def test_type_names_of_other_languages(written: Any, meant: Any) -> None:
    (entry,) = normalised(props(a=written))["propsSpec"]["properties"].values()
    assert entry["schema"] == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (
            {"type": "object", "properties": {"a": {"type": "str", "required": True}, "b": {"type": "int"}}},
            {
                "type": "object",
                "properties": {"a": {"type": "string"}, "b": {"type": "integer"}},
                "required": ["a"],
            },
        ),
        (
            {"type": "object", "properties": {"a": {"type": "string", "required": False}}},
            {"type": "object", "properties": {"a": STRING}},
        ),
        (
            {"type": "object", "properties": {"a": {"anyOf": [{"type": "int"}, {"type": "null"}]}}},
            {"type": "object", "properties": {"a": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}},
        ),
        (
            {"type": "object", "additionalProperties": {"type": "bool"}, "description": None},
            {"type": "object", "additionalProperties": {"type": "boolean"}},
        ),
        (
            {"type": "string", "default": None, "enum": ["int"]},
            {"type": "string", "default": None, "enum": ["int"]},
        ),
        (
            {"type": "object", "properties": {"type": {"type": "str"}}},
            {"type": "object", "properties": {"type": STRING}},
        ),
    ],
)
def test_types_are_mended_wherever_a_schema_can_stand(written: Any, meant: Any) -> None:
    (entry,) = normalised(props(a=written))["propsSpec"]["properties"].values()
    assert entry["schema"] == meant


def test_an_entry_that_is_its_own_schema_gets_one() -> None:
    draft = {
        "propsSpec": {"properties": {"title": {"type": "string", "description": "Head", "required": True}}},
        "contextSpec": {"page": {"type": "integer", "default": 1}},
        "actionSpec": {"save": {"type": "object", "properties": {"id": STRING}, "required": ["id"]}},
    }
    negotiated = negotiate(draft)
    assert negotiated.outcome == "normalised"
    assert negotiated.contract == {
        "propsSpec": {
            "properties": {
                "title": {"description": "Head", "required": True, "schema": {"type": "string"}},
            }
        },
        "contextSpec": {"page": {"default": 1, "schema": {"type": "integer"}}},
        "actionSpec": {
            "save": {
                "schema": {"type": "object", "properties": {"id": STRING}, "required": ["id"]},
                "label": "Save",
            }
        },
    }


@pytest.mark.parametrize(
    ("name", "label"),
    [("save_draft", "Save draft"), ("saveDraft", "Save draft"), ("go", "Go"), ("x-1", "X 1"), ("___", "___")],
)
def test_an_action_without_a_label_is_called_by_its_name(name: str, label: str) -> None:
    negotiated = negotiate({"actionSpec": {name: {}}})
    assert negotiated.contract["actionSpec"] == {name: {"label": label}}


def test_names_without_their_properties_and_lists_of_required_names() -> None:
    draft = {"propsSpec": {"title": "str", "count": {"type": "int"}, "required": ["title"]}}
    negotiated = negotiate(draft)
    assert negotiated.contract == {
        "propsSpec": {
            "properties": {
                "title": {"schema": {"type": "string"}, "required": True},
                "count": {"schema": {"type": "integer"}},
            }
        }
    }


def test_unknown_keys_and_nulls_go_and_legal_stream_keys_stay() -> None:
    stream = {"schema": STRING, "mode": "replace", "replay": "latest", "complete": True, "example": None}
    draft = {
        "propsSpec": {
            "properties": {"a": {"schema": STRING, "title": "x", "description": None}},
            "title": "y",
        },
        "streamSpec": {"s": {**stream, "kind": "z"}},
        "actionSpec": None,
        "agentCapabilities": {
            "tools": {"t": {"toolInfo": {"inputSchema": {"type": "dict"}, "strict": True}, "cost": 1}},
            "later": 1,
        },
        "clientCapabilities": {"gadgets": {}, "screen": "wide"},
    }
    negotiated = negotiate(draft)
    assert negotiated.outcome == "normalised"
    assert negotiated.contract == {
        "propsSpec": {"properties": {"a": {"schema": STRING}}},
        "streamSpec": {"s": stream},
        "agentCapabilities": {"tools": {"t": {"toolInfo": {"inputSchema": {"type": "object"}}}}, "later": 1},
        "clientCapabilities": {"gadgets": {}},
    }


def test_a_normalised_draft_says_what_was_wrong_and_what_changed() -> None:
    draft = props(a={"type": "str"})
    negotiated = negotiate(draft)
    assert negotiated.origin == "synth"
    assert [(f.code, f.severity, f.path) for f in negotiated.findings] == [
        ("CTR_SCHEMA_META_INVALID", "error", "propsSpec.properties.a.schema")
    ]
    assert negotiated.amendments == (
        {"op": "replace", "path": "/propsSpec/properties/a/schema/type", "value": "string"},
    )
    assert not negotiated.implies(negotiated.props_schema)


def test_the_schema_stays_unsaid_when_only_other_parts_were_mended() -> None:
    negotiated = negotiate({**props(a=STRING), "actionSpec": {"save": {}}})
    assert negotiated.outcome == "normalised"
    assert negotiated.implies(negotiated.props_schema)


# Partial


def cut_paths(negotiated: Negotiated) -> tuple[str, ...]:
    assert negotiated.outcome == "partial", negotiated
    return negotiated.left_out


def test_the_leaf_goes_first() -> None:
    negotiated = negotiate(props(a={"type": "string", "pattern": "("}, b=STRING))
    assert cut_paths(negotiated) == ("propsSpec.properties.a.schema.pattern",)
    assert schema_of(negotiated, "a") == {"type": "string"}
    assert negotiated.summary.startswith("PARTIAL, left out: propsSpec.properties.a.schema.pattern; slots=")


def test_then_the_whole_entry() -> None:
    draft = props(a={"type": "string", "pattern": "(", "minLength": -1}, b=STRING)
    negotiated = negotiate(draft)
    assert set(negotiated.contract["propsSpec"]["properties"]) == {"b"}


def test_a_hint_that_names_no_tool_goes_and_the_action_stays() -> None:
    negotiated = negotiate({"actionSpec": {"save": {"label": "Save", "nextStep": "gone"}}})
    assert cut_paths(negotiated) == ("actionSpec.save.nextStep",)
    assert negotiated.contract == {"actionSpec": {"save": {"label": "Save"}}}


def test_a_payload_that_does_not_fit_its_tool_loses_the_hint_not_the_payload() -> None:
    action = {"label": "Save", "schema": {"type": "object", "properties": {"id": {"type": "number"}}}}
    tool = {"toolInfo": {"inputSchema": {"type": "object", "properties": {"id": STRING}}}}
    draft = {
        "actionSpec": {"save": {**action, "nextStep": "t"}},
        "agentCapabilities": {"tools": {"t": tool}},
    }
    negotiated = negotiate(draft)
    assert cut_paths(negotiated) == ("actionSpec.save.nextStep",)
    assert negotiated.contract["actionSpec"] == {"save": action}


def test_an_action_never_loses_its_payload_alone() -> None:
    draft = {
        "actionSpec": {
            "save": {"label": "Save", "schema": {"$ref": "http://localhost:1/x"}},
            "close": {"label": "Close"},
        }
    }
    negotiated = negotiate(draft)
    kept = negotiated.contract["actionSpec"]
    assert "save" not in kept or "schema" in kept["save"]
    assert "close" in kept


@pytest.mark.parametrize(
    "field", ["libraries", "dispatch", "wiredTools", "clientTools", "broadcast", "capabilities"]
)
def test_retired_fields_are_left_out(field: str) -> None:
    negotiated = negotiate({**props(a=STRING), field: {}})
    assert cut_paths(negotiated) == (field,)
    assert [finding.code for finding in negotiated.findings] == ["CTR_RETIRED_FIELD"]


def test_reserved_and_clashing_names_are_left_out() -> None:
    draft = {
        **props(a=STRING),
        "streamSpec": {"_ggui:preview": {"schema": STRING}},
        "contextSpec": {"a": {"schema": STRING}, "constructor": {"schema": STRING}, "ok": {"schema": STRING}},
    }
    negotiated = negotiate(draft)
    assert set(cut_paths(negotiated)) == {
        "streamSpec._ggui:preview",
        "contextSpec.a",
        "contextSpec.constructor",
    }
    assert negotiated.contract["contextSpec"] == {"ok": {"schema": STRING}}


def test_a_slot_without_a_default_goes_and_a_wrong_default_goes_alone() -> None:
    draft = {
        "contextSpec": {
            "either": {"schema": {"anyOf": [STRING, {"type": "number"}]}},
            "size": {"schema": {"type": "integer"}, "default": "many"},
        }
    }
    negotiated = negotiate(draft)
    assert negotiated.contract["contextSpec"] == {"size": {"schema": {"type": "integer"}}}


def test_names_with_dots_and_brackets_are_found() -> None:
    draft = {
        "actionSpec": {"a.b": {"label": "x", "nextStep": "gone"}, "a": {"label": "y"}, "c[0]": {"label": 5}}
    }
    negotiated = negotiate(draft)
    assert negotiated.contract["actionSpec"] == {"a.b": {"label": "x"}, "a": {"label": "y"}}


def test_what_was_left_out_is_a_finding_with_a_path() -> None:
    draft = {
        **props(a={"type": "string", "pattern": "("}),
        "actionSpec": {"save": {"label": "S", "nextStep": "t"}},
    }
    findings = negotiate(draft).findings
    assert [(f.code, f.path) for f in findings] == [
        ("CTR_SCHEMA_META_INVALID", "propsSpec.properties.a.schema.pattern"),
        ("CTR_REF_NEXT_STEP", "actionSpec.save.nextStep"),
    ]


def test_the_draft_is_never_changed_in_place() -> None:
    draft = {**props(a={"type": "string", "pattern": "("}, b={"type": "str"}), "libraries": []}
    before = copy.deepcopy(draft)
    negotiate(draft)
    assert draft == before


# Declined


@pytest.mark.parametrize(
    "draft",
    [
        {"propsSpec": [], "actionSpec": 5},
        {"propsSpec": {"properties": {"a": 1}}},
        {"libraries": ["x"]},
        {"actionSpec": {"save": 5}},
        {"streamSpec": {"_ggui:x": {"schema": STRING}}},
    ],
)
def test_a_draft_of_which_nothing_can_be_kept_is_declined(draft: dict[str, Any]) -> None:
    negotiated = negotiate(draft)
    assert (negotiated.outcome, negotiated.origin, negotiated.contract) == ("declined", "agent", {})
    assert negotiated.findings
    assert all(finding.path for finding in negotiated.findings)
    assert negotiated.summary.startswith("DECLINED")


def deep(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"a": schema}}
    return props(a=schema)


@pytest.mark.parametrize(
    "draft",
    [
        deep(10_000),
        props(a={"type": "string", "description": "x" * 300_000}),
        props(a={"type": "string", "minLength": float("nan")}),
    ],
    ids=["deep", "large", "nan"],
)
def test_what_is_too_much_is_declined_unread(draft: dict[str, Any]) -> None:
    assert negotiate(draft).outcome == "declined"


# Properties

NAMES = st.sampled_from(
    ["a", "b", "a.b", "c[0]", "_ggui:x", "constructor", "title", "schema", "properties", "__proto__"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["string", "str", "object", "t", ""]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "schema",
                    "properties",
                    "items",
                    "required",
                    "label",
                    "nextStep",
                    "default",
                    "enum",
                    "$ref",
                    "a",
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
SPECS = st.dictionaries(NAMES, VALUES, max_size=3)
DRAFTS = st.fixed_dictionaries(
    {},
    optional={
        "propsSpec": VALUES | st.fixed_dictionaries({"properties": SPECS}),
        "actionSpec": VALUES | SPECS,
        "streamSpec": VALUES | SPECS,
        "contextSpec": VALUES | SPECS,
        "agentCapabilities": VALUES | st.fixed_dictionaries({"tools": SPECS}),
        "clientCapabilities": VALUES,
        "libraries": VALUES,
        "extra": VALUES,
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DRAFTS)
def test_whatever_is_sent_gets_a_sound_contract_or_none(draft: dict[str, Any]) -> None:
    before = copy.deepcopy(draft)
    negotiated = negotiate(draft)
    assert draft == before
    assert negotiate(copy.deepcopy(draft)).contract == negotiated.contract
    assert gate.check(negotiated.contract).contract is not None
    assert negotiated.summary
    assert negotiated.props_schema.hash
    if negotiated.outcome == "verbatim":
        assert negotiated.contract == draft
    if negotiated.outcome in ("partial", "normalised"):
        assert negotiated.findings
        assert negotiated.amendments


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DRAFTS)
def test_normalising_twice_changes_nothing_more(draft: dict[str, Any]) -> None:
    once = normalised(draft)
    assert normalised(once) == once


def test_located_takes_the_longest_name_that_leads_there() -> None:
    contract = {"actionSpec": {"a": {"b": {"label": 1}}, "a.b": {"label": 2}}}
    assert located(contract, "actionSpec.a.b.label") == ("actionSpec", "a.b", "label")
    assert located(contract, "actionSpec.a.nextStep") == ("actionSpec", "a")
    assert located({"x": [{"y": 1}]}, "x[0].y") == ("x", 0, "y")
    assert located(contract, "") == ()


# Memory


def test_answers_are_remembered_by_content_and_forgotten_by_age() -> None:
    negotiations = Negotiations(capacity=2)
    first, second, third = props(a=STRING), props(b=STRING), props(c=STRING)
    for draft in (first, second):
        key, known = negotiations.known(draft)
        assert key is not None
        assert known is None
        negotiations.remember(key, negotiate(draft))
    assert negotiations.known(copy.deepcopy(first))[1] is not None
    key, _ = negotiations.known(third)
    assert key is not None
    negotiations.remember(key, negotiate(third))
    assert negotiations.known(second)[1] is None
    assert negotiations.known(first)[1] is not None


def test_large_drafts_are_not_remembered() -> None:
    assert Negotiations(largest=10).known(props(a=STRING)) == (None, None)


def test_equal_numbers_of_different_types_are_different_drafts() -> None:
    negotiations = Negotiations()
    draft = props(a={"type": "integer", "default": 1})
    key, _ = negotiations.known(draft)
    assert key is not None
    negotiations.remember(key, negotiate(draft))
    assert negotiations.known(props(a={"type": "integer", "default": True}))[1] is None

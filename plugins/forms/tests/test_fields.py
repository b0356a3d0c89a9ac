"""What is asked for, checked and sent."""

from __future__ import annotations

import pytest

from ggui_core.testing.any_contract import TEXT, Json
from ggui_forms.layout import source_of
from ggui_forms.names import humanised, singular
from ggui_forms.patterns import is_safe


def form(required: bool = True, **schema: Json) -> str:
    """The code for an action that asks for one thing, ``it``."""
    payload: Json = {"type": "object", "properties": {"it": schema["it"]}}
    if required:
        payload["required"] = ["it"]
    return source_of({"actionSpec": {"send": {"label": "Send", "schema": payload}}})


@pytest.mark.parametrize(
    ("schema", "control"),
    [
        (TEXT, "<Input\n"),
        ({"type": "string", "maxLength": 1000}, "<TextArea"),
        ({"type": "string", "contentMediaType": "text/markdown"}, "<TextArea"),
        ({"type": "string", "format": "email"}, 'type="email"'),
        ({"type": "string", "format": "uri"}, 'type="url"'),
        ({"type": "string", "format": "date"}, 'type="date"'),
        ({"type": "string", "format": "time"}, 'type="time"'),
        ({"type": "string", "format": "date-time"}, 'type="datetime-local"'),
        ({"type": "integer"}, 'type="number"'),
        ({"type": "boolean"}, "<Checkbox"),
        ({"enum": ["a", "b", "c", "d"]}, "<RadioGroup"),
        ({"enum": ["a", "b", "c", "d", "e"]}, "<Select"),
        ({"oneOf": [{"const": "a", "title": "First"}, {"const": "b"}]}, "<RadioGroup"),
        ({"type": "array", "items": TEXT}, "<Rows"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, "<Checks"),
        ({"type": "array", "items": {"type": "object", "properties": {"a": TEXT}}}, "<Rows"),
        ({"type": "object", "properties": {"a": TEXT}}, "<Group"),
        ({"anyOf": [{"type": "null"}, {"type": "integer"}]}, 'type="number"'),
        ({}, 'helperText="JSON"'),
        ({"type": "array", "items": [TEXT, TEXT], "minItems": 2, "maxItems": 2}, 'helperText="JSON"'),
    ],
)
def test_the_control_of_a_schema(schema: Json, control: str) -> None:
    assert control in form(it=schema)


@pytest.mark.parametrize(
    ("schema", "check"),
    [
        ({"type": "string", "minLength": 3}, 'atLeastLong(draft.it, 3, "It")'),
        ({"type": "string", "maxLength": 9}, 'atMostLong(draft.it, 9, "It")'),
        ({"type": "string", "pattern": "^[a-z]+$"}, 'matching(draft.it, "^[a-z]+$", "It")'),
        ({"type": "string", "format": "email"}, 'likeMail(draft.it, "It")'),
        ({"type": "integer", "minimum": 2}, 'atLeast(draft.it, 2, "It")'),
        ({"type": "number", "exclusiveMaximum": 1.5}, 'below(draft.it, 1.5, "It")'),
        ({"type": "number", "multipleOf": 0.5}, 'inStepsOf(draft.it, 0.5, "It")'),
        ({"type": "array", "items": TEXT, "minItems": 1}, 'enough(draft.it, 1, "It")'),
        ({"type": "array", "items": TEXT, "uniqueItems": True}, 'allDifferent(draft.it, "It")'),
        ({"const": True}, 'accepted(draft.it, "It")'),
        ({}, 'return problemsOf({ it: likeJson(draft.it, "It") })'),
    ],
)
def test_what_is_checked_before_sending(schema: Json, check: str) -> None:
    assert check in form(it=schema)


def test_what_is_required_has_to_be_filled_and_the_rest_is_left_out() -> None:
    assert 'filled(draft.it, "It")' in form(it=TEXT)
    assert 'filled(draft.it, "It")' not in form(required=False, it=TEXT)
    assert '...(draft.it !== "" && { it: draft.it })' in form(required=False, it=TEXT)


def test_null_is_sent_where_it_is_an_answer() -> None:
    source = form(it={"type": ["string", "null"]})
    assert 'it: draft.it === "" ? null : draft.it' in source
    assert "filled(" not in source


def test_a_constant_is_sent_and_not_asked_for() -> None:
    payload = {
        "type": "object",
        "properties": {"kind": {"const": "x"}, "it": TEXT},
        "required": ["kind", "it"],
    }
    source = source_of({"actionSpec": {"send": {"label": "Send", "schema": payload}}})
    assert 'kind: "x" as const' in source
    assert 'label="Kind"' not in source


def test_confirm_asks_once_more() -> None:
    assert "<ConfirmedButton" in source_of({"actionSpec": {"wipe": {"label": "Wipe", "confirm": True}}})
    assert "<ActionButton" in source_of({"actionSpec": {"wipe": {"label": "Wipe"}}})


@pytest.mark.parametrize(
    "pattern", ["^[a-z]+$", "^\\d{3}-\\d{4}$", "^(?:a|b)$", "^[^@]+@[^@]+$", "^([a-z])$", "a|b"]
)
def test_a_pattern_that_a_browser_may_run(pattern: str) -> None:
    assert is_safe(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a|a)*$",
        "^(?=x)y",
        "(?<!a)b",
        "(a)\\1",
        "(a*){2,}",
        "a*a*a*a*b",
        "(?<n>a)",
        "(",
        ")",
        "x" * 301,
    ],
)
def test_a_pattern_that_is_left_to_the_server(pattern: str) -> None:
    assert not is_safe(pattern)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("dueDate", "Due date"),
        ("due_date", "Due date"),
        ("imageURL", "Image URL"),
        ("userIds", "User IDs"),
        ("id", "ID"),
        ("Already a label", "Already a label"),
        ("", "Value"),
        ("日本", "日本"),
    ],
)
def test_a_name_as_a_label(name: str, label: str) -> None:
    assert humanised(name) == label


@pytest.mark.parametrize(
    ("name", "one"),
    [
        ("todos", "todo"),
        ("categories", "category"),
        ("boxes", "box"),
        ("people", "person"),
        ("status", "status"),
        ("address", "address"),
        ("openIssues", "openIssue"),
        ("userIds", "userId"),
    ],
)
def test_one_of_many(name: str, one: str) -> None:
    assert singular(name) == one

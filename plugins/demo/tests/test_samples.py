"""The sample cards: sound contracts, first props that keep them, and answers that keep them after every gesture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ggui_core.protocol import gate
from ggui_core.protocol.merge_patch import merge_patch
from ggui_core.protocol.props_schema import enforce
from ggui_core.protocol.values import (
    action_violations,
    props_violations,
    snapshot_violations,
    stream_violations,
)
from ggui_demo.reactions import Moment, emissions, filled, react
from ggui_demo.samples import CARDS, NAMES, Sample, sample

NOW_MS = 1_764_000_000_000
GESTURES: Mapping[str, list[tuple[str, Any]]] = {
    "feedback": [
        ("submit_feedback", {"rating": "good", "comment": "Quick.\nAnd friendly."}),
        ("submit_feedback", {"rating": "poor", "comment": "", "email": "ada@example.com"}),
    ],
    "todo": [
        ("complete_todo", {"todoId": "keys"}),
        ("rename_todo", {"todoId": "post", "title": "Redirect all post"}),
        ("add_todo", {"title": "Buy paint"}),
        ("add_todo", {"title": "Hire a van", "due": "2026-12-01"}),
        ("remove_todo", {"todoId": "boxes"}),
        ("complete_todo", {"todoId": "gone"}),
    ],
    "status": [("acknowledge", {"note": "I am on it."})],
}


def first_props(card: Sample) -> dict[str, Any]:
    props: dict[str, Any] = filled(card.props, Moment(NOW_MS))
    return props


def replies(card: Sample) -> Iterator[tuple[dict[str, Any], Any]]:
    """The props after each gesture of the table, and the reply that made them."""
    props: Any = first_props(card)
    for serial, (action, data) in enumerate(GESTURES[card.name], start=1):
        reply = react(card.reactions[action], Moment(NOW_MS, serial, data, {}, props))
        props = merge_patch(props, reply.patch)
        yield props, reply


@pytest.fixture(params=NAMES)
def card(request: pytest.FixtureRequest) -> Sample:
    return sample(request.param)


def test_every_card_is_offered() -> None:
    assert sorted(NAMES) == sorted(path.stem for path in CARDS.glob("*.json"))


def test_an_unknown_card_is_no_card() -> None:
    with pytest.raises(KeyError):
        sample("../pyproject")


def test_contracts_pass_the_gate_without_a_warning(card: Sample) -> None:
    verdict = gate.check(card.contract)

    assert verdict.issues == ()
    assert verdict.contract is not None


def test_first_props_keep_the_contract(card: Sample) -> None:
    assert not props_violations(enforce(card.contract["propsSpec"]), first_props(card))


def test_every_action_has_a_reaction_and_a_gesture_here(card: Sample) -> None:
    actions = set(card.contract["actionSpec"])

    assert set(card.reactions) == actions
    assert {action for action, _ in GESTURES[card.name]} == actions


def test_gestures_and_examples_keep_the_contract(card: Sample) -> None:
    examples = [(name, action["example"]) for name, action in card.contract["actionSpec"].items()]

    for action, data in [*GESTURES[card.name], *examples]:
        assert not action_violations(card.contract, action, data), action


def test_answers_keep_the_contract(card: Sample) -> None:
    schema = enforce(card.contract["propsSpec"])

    for props, reply in replies(card):
        assert not props_violations(schema, props)
        for channel, payload in reply.emits:
            assert not stream_violations(card.contract, channel, payload)


def test_everything_streamed_keeps_the_contract() -> None:
    card = sample("status")
    assert card.stream is not None

    sent = [pair for tick in card.stream.ticks for pair in emissions(tick, Moment(NOW_MS))]

    assert {channel for channel, _ in sent} == {"load", "log"}
    for channel, payload in sent:
        assert not stream_violations(card.contract, channel, payload)


def test_context_defaults_keep_the_contract() -> None:
    card = sample("feedback")
    snapshot = {name: slot["default"] for name, slot in card.contract["contextSpec"].items()}

    assert not snapshot_violations(card.contract, snapshot)


def test_feedback_is_thanked_for_on_the_card() -> None:
    (props, _), *_ = replies(sample("feedback"))

    assert props["reply"] == "Thank you! You found it good and wrote: “Quick.\nAnd friendly.”"


def test_row_actions_change_their_row_only() -> None:
    before = first_props(sample("todo"))["todos"]
    after = [props["todos"] for props, _ in replies(sample("todo"))]

    completed, renamed, added, *_, removed, missed = after
    assert [todo["status"] for todo in completed] == ["done", "done", "open", "open"]
    assert [todo["title"] for todo in renamed] == [
        *(todo["title"] for todo in before[:3]),
        "Redirect all post",
    ]
    assert added[4:] == [{"id": "task-3", "title": "Buy paint", "status": "open"}]
    assert [todo["id"] for todo in removed] == ["keys", "meter", "post", "task-3", "task-4"]
    assert missed == removed


def test_a_gesture_on_a_row_that_is_gone_changes_nothing() -> None:
    *_, (_, reply) = replies(sample("todo"))

    assert reply.patch == {}


def test_a_note_reaches_the_card_and_the_log() -> None:
    ((props, reply),) = replies(sample("status"))

    assert props["acknowledged"] == "I am on it."
    assert [(channel, payload["message"]) for channel, payload in reply.emits] == [
        ("log", "Acknowledged: I am on it.")
    ]

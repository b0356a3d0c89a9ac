"""Three cards to try a server with: what the agent asks for, and how it answers gestures.

Each file of ``cards/`` is plain JSON, which the page *Try it*, ``ggui demo``, the tests and the documentation share:
``contract``, ``intent`` and first ``props`` as an agent would send them, ``reactions`` by the name of the action,
and, where the card has channels, a ``stream`` of ticks. Strings may hold placeholders, see
:mod:`ggui_demo.reactions`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

CARDS: Final = Path(__file__).resolve().parent / "cards"
NAMES: Final = ("feedback", "todo", "status")
"""In the order in which they are offered."""


@dataclass(frozen=True, slots=True)
class Stream:
    """What the agent sends unasked: one list of emissions every ``every_ms``, from the start again after the last.

    An emission is ``{"channel": name, "payload": template}``.
    """

    every_ms: int
    ticks: Sequence[Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Sample:
    """One card.

    Attributes:
        about: What it shows, for a person who chooses.
        hint: What to do with it.
        intent, contract: As ``ggui_handshake`` takes them.
        props: Template of the first props.
        reactions: How the agent answers each action (:func:`ggui_demo.reactions.react`).
    """

    name: str
    title: str
    about: str
    hint: str
    intent: str
    contract: Mapping[str, Any]
    props: Mapping[str, Any]
    reactions: Mapping[str, Mapping[str, Any]]
    stream: Stream | None = None


def sample(name: str) -> Sample:
    """The card of this name.

    Raises:
        KeyError: there is none.
    """
    if name not in NAMES:
        raise KeyError(name)
    told = wire(name)
    stream = told.get("stream")
    return Sample(
        name=told["name"],
        title=told["title"],
        about=told["about"],
        hint=told["hint"],
        intent=told["intent"],
        contract=told["contract"],
        props=told["props"],
        reactions=told["reactions"],
        stream=None if stream is None else Stream(stream["everyMs"], stream["ticks"]),
    )


def wire(name: str) -> dict[str, Any]:
    """The JSON of a card, as the page reads it."""
    told: dict[str, Any] = json.loads((CARDS / f"{name}.json").read_text("utf-8"))
    return told

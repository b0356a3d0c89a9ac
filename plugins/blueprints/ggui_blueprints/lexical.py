"""How well a text answers a query by its words. No meaning is looked at: "client" does not find "customer"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+")
_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_PREFIX: Final = 4
"""Letters from which on the start of a word counts as a weaker match."""

_WEAKER: Final = 0.7
_ENDINGS: Final = ("ies", "es", "s", "ing", "ed")
_STOP: Final = frozenset(
    re.findall(r"\w+", "a an and are as at be by for from in is it of on or that the this to with")
)


def terms(text: str) -> frozenset[str]:
    """The words of a text, identifiers by their parts too, without the commonest endings."""
    found: set[str] = set()
    for word in _WORD.findall(text.replace("_", " ")):
        parts = _PART.findall(word)
        found.update(_stem(part.lower()) for part in (word, *(parts if len(parts) > 1 else ())))
    return frozenset(found - _STOP)


def bag(fields: Iterable[tuple[str, float]]) -> Mapping[str, float]:
    """Words and what finding them is worth: the most that any field gives."""
    weights: dict[str, float] = {}
    for text, weight in fields:
        for term in terms(text):
            weights[term] = max(weight, weights.get(term, 0.0))
    return weights


def score(query: frozenset[str], weights: Mapping[str, float]) -> float:
    """0 to 1: what share of the words of a query is found, each as much as its place is worth."""
    if not query:
        return 0.0
    return sum(_worth(term, weights) for term in query) / len(query)


def _worth(term: str, weights: Mapping[str, float]) -> float:
    if term in weights:
        return weights[term]
    if len(term) < _PREFIX:
        return 0.0
    near = (weight for word, weight in weights.items() if _share_start(term, word))
    return _WEAKER * max(near, default=0.0)


def _share_start(one: str, other: str) -> bool:
    return len(other) >= _PREFIX and (one.startswith(other) or other.startswith(one))


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            root = word[: -len(ending)]
            return f"{root}y" if ending == "ies" else root.removesuffix("e")
    return word.removesuffix("e") if len(word) > 3 else word

"""Full-text search over sections: BM25 with weighted fields.

Made for a few hundred sections of technical prose: identifiers match whole and by their parts, words match by
a light stem, and a word that stands nowhere matches as a prefix. A query has one answer: nothing is random.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from ggui_docs.pages import Page, Section

K1 = 1.2
B = 0.75
HEADING_BONUS = 3.0
TITLE_BONUS = 0.5
"""Added to a term's score, whose frequency part never exceeds ``K1 + 1``."""
CODE_WEIGHT = 0.4
"""Examples repeat words that the prose around them means."""
PART_WEIGHT = 0.5
"""How much a part of an identifier counts beside the whole of it."""
PREFIX_WEIGHT = 0.6
PREFIX_LENGTH = 3
SNIPPET_CHARS = 240
SNIPPET_WORDS = 36
LEAD_WORDS = 4
"""Words a snippet shows before its first match."""

_WORD = re.compile(r"[A-Za-z0-9]+(?:[_.\-/][A-Za-z0-9]+)*")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_FENCED = re.compile(r"^ *```[^\n]*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_STOP = frozenset(
    re.findall(
        r"\w+",
        """
        a an and are as at be by can do does for from has have how i if in is it its of on or that the this to
        was what when where which who why will with you your
        """,
    )
)
_SUFFIXES = ("ings", "ing", "ies", "edly", "ed", "es", "s", "ly")


@dataclass(frozen=True, slots=True)
class Hit:
    """A section that matches; a higher ``score`` is a better match."""

    page: Page
    section: Section
    snippet: str
    score: float


@dataclass(frozen=True, slots=True)
class _Document:
    page: Page
    section: Section
    length: float
    words: Sequence[tuple[str, frozenset[str]]]


class Index:
    """An inverted index of the sections of ``pages``. Building it takes tens of milliseconds."""

    def __init__(self, pages: Iterable[Page]) -> None:
        self._documents: list[_Document] = []
        self._postings: defaultdict[str, list[tuple[int, float, float]]] = defaultdict(list)
        for page in pages:
            for section in page.sections:
                self._add(page, section)
        self._terms = sorted(self._postings)
        total = sum(document.length for document in self._documents)
        self._average = total / len(self._documents) if self._documents else 1.0

    def _add(self, page: Page, section: Section) -> None:
        prose, code = _parted(section.text)
        weights: defaultdict[str, float] = defaultdict(float)
        for text, weight in ((section.heading, 1.0), (prose, 1.0), (code, CODE_WEIGHT)):
            for term, share in terms(text):
                weights[term] += weight * share
        bonuses: defaultdict[str, float] = defaultdict(float)
        for text, bonus in ((section.heading, HEADING_BONUS), (page.title, TITLE_BONUS)):
            named = list(terms(text))
            for term, share in named:
                # A heading that says little else is more about the word than one that says much.
                bonuses[term] += bonus * share / math.sqrt(len(named))
        number = len(self._documents)
        words = [
            (word, frozenset(term for term, _ in terms(word)))
            for line in section.text.splitlines()
            if not line.lstrip().startswith(("```", "~~~"))
            for word in line.split()
        ]
        self._documents.append(_Document(page, section, sum(weights.values()), words))
        for term in weights.keys() | bonuses.keys():
            self._postings[term].append((number, weights[term], bonuses[term]))

    def search(self, query: str, limit: int) -> list[Hit]:
        """The best ``limit`` sections; none when no word of the query stands anywhere.

        A section that has more of the query's words comes before one that has a single word often.
        """
        wanted = dict.fromkeys(term for term, _ in terms(query))
        scores: defaultdict[int, float] = defaultdict(float)
        matched: defaultdict[int, set[str]] = defaultdict(set)
        for word in wanted:
            best: dict[int, float] = {}
            for term, share in self._expand(word):
                for number, score in self._scored(term):
                    best[number] = max(best.get(number, 0.0), share * score)
            for number, score in best.items():
                scores[number] += score
                matched[number].add(word)
        ranked = sorted(
            ((score * len(matched[number]) / len(wanted), number) for number, score in scores.items()),
            key=lambda entry: (-entry[0], entry[1]),
        )
        return [self._hit(number, score, wanted) for score, number in ranked[:limit]]

    def _expand(self, word: str) -> list[tuple[str, float]]:
        """``word`` and the terms that begin with it: ``cancel`` also finds ``cancellation``."""
        if len(word) < PREFIX_LENGTH:
            return [(word, 1.0)] if word in self._postings else []
        found = []
        for term in self._terms[bisect_left(self._terms, word) :]:
            if not term.startswith(word):
                break
            found.append((term, 1.0 if term == word else PREFIX_WEIGHT))
        return found

    def _scored(self, term: str) -> Iterator[tuple[int, float]]:
        postings = self._postings[term]
        count = len(self._documents)
        rarity = math.log(1 + (count - len(postings) + 0.5) / (len(postings) + 0.5))
        for number, weight, bonus in postings:
            norm = K1 * (1 - B + B * self._documents[number].length / self._average)
            yield number, rarity * (weight * (K1 + 1) / (weight + norm) + bonus)

    def _hit(self, number: int, score: float, wanted: Iterable[str]) -> Hit:
        document = self._documents[number]
        text = stretch(document.words, set(wanted)) or document.page.summary
        return Hit(document.page, document.section, text, round(score, 4))


def _parted(text: str) -> tuple[str, str]:
    """The prose of a section, and what stands in its code blocks."""
    parts = _FENCED.split(text)
    return "\n".join(parts[::2]), "\n".join(parts[1::2])


def terms(text: str) -> Iterator[tuple[str, float]]:
    """The search terms of a text with their weight: words, and the parts of identifiers at half weight."""
    for word in _WORD.findall(text):
        lowered = word.lower()
        if lowered in _STOP:
            continue
        parts = _PART.findall(word)
        if len(parts) > 1:
            yield lowered, 1.0
            for part in parts:
                if part.lower() not in _STOP:
                    yield stem(part.lower()), PART_WEIGHT
        else:
            yield stem(lowered), 1.0


def stem(word: str) -> str:
    """Cut the commonest English endings so that ``pairings`` and ``paired`` meet; three letters stay."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= PREFIX_LENGTH and not word.endswith("ss"):
            root = word[: -len(suffix)]
            if suffix == "ies":
                return root + "y"
            return root.removesuffix("e")
    return word.removesuffix("e") if len(word) > PREFIX_LENGTH else word


def stretch(words: Sequence[tuple[str, frozenset[str]]], wanted: Set[str]) -> str:
    """The stretch of ``words`` with the most different wanted terms, the first of the best, on one line."""
    matches = [at for at, (_, found) in enumerate(words) if found & wanted]
    starts = [max(0, at - LEAD_WORDS) for at in matches] or [0]

    def variety(start: int) -> int:
        near = (found for _, found in words[start : start + SNIPPET_WORDS])
        return len(frozenset().union(*near) & wanted)

    start = max(starts, key=lambda at: (variety(at), -at))
    shown = " ".join(word for word, _ in words[start : start + SNIPPET_WORDS])
    cut = start + SNIPPET_WORDS < len(words) or len(shown) > SNIPPET_CHARS
    return f"{'… ' if start else ''}{shown[:SNIPPET_CHARS].rstrip()}{' …' if cut else ''}"

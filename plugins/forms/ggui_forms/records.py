"""What a record looks like in full, and where its parts go."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Final

from ggui_core.tsx.documents import Doc
from ggui_core.tsx.identifiers import words
from ggui_core.tsx.syntax import Words, braced, either, fragment
from ggui_forms.meaning import Sense, is_currency, sense
from ggui_forms.names import shortened
from ggui_forms.page import Page
from ggui_forms.shapes import (
    Anything,
    Choice,
    Fixed,
    Flag,
    Items,
    Mapped,
    Member,
    Number,
    Record,
    Text,
    Variants,
    is_nullable,
    label_of,
)
from ggui_forms.values import MISSING, Scope, Values

DEEPEST_HEADING: Final = 6
_DEEPEST_RECORD: Final = 3
_FACT_WIDTH: Final = "130"

_REMARKS: Final = frozenset(["comment", "message", "note", "reason", "summary", "text"])
"""Prose that is a line or two as a rule."""

Lists = Callable[[Member, Scope, int], Sequence[Doc]]
"""Writes a list of records within a record: member, scope of the record, level of its heading."""


class Records:
    """Writes records in full."""

    def __init__(self, page: Page, values: Values) -> None:
        self._page = page
        self._values = values

    def body(
        self,
        record: Record,
        scope: Scope,
        lists: Lists,
        *,
        level: int,
        skip: Collection[str] = (),
        figures: bool = False,
        depth: int = 0,
    ) -> list[Doc]:
        """Everything in a record, top to bottom: pictures, figures, facts, prose, then what has parts of its own.

        Args:
            level: Of the headings within.
            skip: Names of members that are shown elsewhere.
            figures: Show counted numbers large.
        """
        members = [m for m in record.members if m.name not in skip and not is_currency(m, record)]
        senses = {m.name: sense(m.name, m.shape, scope.owners) for m in members}
        large = [
            m
            for m in members
            if isinstance(m.shape, Number) and senses[m.name] in (Sense.QUANTITY, Sense.MONEY)
        ]
        large = large if figures and len(large) > 1 else []
        out: list[Doc] = []
        facts: list[Doc] = []
        later: list[Doc] = []
        for m in members:
            match m.shape:
                case Record() if m.shape.members and depth < _DEEPEST_RECORD:
                    later += self._nested(m, m.shape, scope, lists, level, depth)
                case Items(item=Record(members=(_, *_))) if depth < _DEEPEST_RECORD:
                    later += lists(m, scope, level)
                case Mapped():
                    later += [self.heading(m, level), self._page.el("Entries", {"of": scope.get(m.name)})]
                case Text() if senses[m.name] is Sense.IMAGE:
                    out.append(self._values.shown(m, scope).child)
                case Text() if senses[m.name] is Sense.PROSE:
                    later.append(self._labelled(m, scope))
                case Number() if m in large or senses[m.name] is Sense.SHARE:
                    continue
                case _:
                    facts.append(self._fact(m, scope))
        if large:
            stats = [
                self._page.el(
                    "Stat", {"label": Words(label_of(m)), "value": self._values.shown(m, scope).doc}
                )
                for m in large
            ]
            out.append(self._page.el("Grid", {"minColumnWidth": "150"}, *stats))
        out += [self._values.shown(m, scope).child for m in members if senses[m.name] is Sense.SHARE]
        if facts:
            out.append(
                self._page.el(
                    "Grid",
                    {"as": Words("dl"), "minColumnWidth": _FACT_WIDTH, "style": "{ margin: 0 }"},
                    *facts,
                )
            )
        return [*out, *later]

    def heading(self, member: Member, level: int) -> Doc:
        """A heading with what a member is called."""
        return self.titled(label_of(member), level)

    def titled(self, text: str, level: int) -> Doc:
        """A heading."""
        return self._page.el("Heading", {"level": str(min(level, DEEPEST_HEADING))}, Words(text))

    def note(self, text: str | None) -> list[Doc]:
        """What is said about something, below its heading."""
        if not text:
            return []
        return [self._page.el("Text", {"tone": Words("muted")}, Words(shortened(text, 1_000)))]

    def _fact(self, member: Member, scope: Scope) -> Doc:
        return self._page.el(
            "Fact", {"label": Words(label_of(member))}, self._values.shown(member, scope).child
        )

    def _labelled(self, member: Member, scope: Scope) -> Doc:
        label = self._page.el("Text", {"size": Words("sm"), "tone": Words("muted")}, Words(label_of(member)))
        return self._page.el("div", {}, label, self._values.shown(member, scope).child)

    def _nested(
        self, member: Member, record: Record, scope: Scope, lists: Lists, level: int, depth: int
    ) -> list[Doc]:
        expression = scope.get(member.name)
        inner = self.body(record, scope.below(record, expression), lists, level=level + 1, depth=depth + 1)
        if not member.required or is_nullable(record):
            body: Doc = braced(either(expression, inner[0] if len(inner) == 1 else fragment(*inner), MISSING))
            inner = [body]
        return [self.heading(member, level), *self.note(member.description), *inner]


def is_simple(member: Member, owners: Sequence[Record]) -> bool:
    """True for what fits into the cell of a table."""
    match member.shape:
        case Text():
            return sense(member.name, member.shape, owners) is not Sense.PROSE or not _REMARKS.isdisjoint(
                words(member.name)[-1:]
            )
        case Number() | Flag() | Choice() | Fixed():
            return True
        case Items():
            return isinstance(member.shape.item, (Text, Number, Choice))
        case Record() | Mapped() | Variants() | Anything():
            return False

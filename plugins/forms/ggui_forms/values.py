"""How a single value is shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ggui_core.tsx.documents import Doc, Sequenced, printed
from ggui_core.tsx.syntax import Words, arrow, braced, each, element, key, literal, member, object_of
from ggui_forms.meaning import Sense, currency_of, full_share, sense, tone_of
from ggui_forms.names import humanised, shortened
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
    Shape,
    Text,
    Variants,
    is_nullable,
    label_of,
)

MISSING: Final = '"—"'
_LONGEST_CODE: Final = 2
"""Letters; ``de`` and ``xl`` are no words."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where values come from: a record, how code reaches its members, and what is around it."""

    record: Record
    get: Callable[[str], str]
    outer: Scope | None = None

    @property
    def owners(self) -> tuple[Record, ...]:
        """The records around a value, innermost first."""
        return (self.record, *(self.outer.owners if self.outer else ()))

    def below(self, record: Record, expression: str) -> Scope:
        """The scope of a record within this one."""
        return Scope(record, lambda name: member(expression, name), self)


@dataclass(frozen=True, slots=True)
class Shown:
    """A value as code; ``is_jsx`` tells an element from an expression."""

    doc: Doc
    is_jsx: bool = True

    @property
    def child(self) -> Doc:
        """As the child of an element."""
        return self.doc if self.is_jsx else braced(self.doc)


class Values:
    """Writes code that shows values."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def shown(self, member_: Member, scope: Scope, *, small: bool = False) -> Shown:
        """A member of a record; ``small`` for the cell of a table."""
        expression = scope.get(member_.name)
        optional = not member_.required or is_nullable(member_.shape)
        meaning = sense(member_.name, member_.shape, scope.owners)
        match member_.shape:
            case Text():
                return self._text(meaning, expression, label_of(member_), optional=optional, small=small)
            case Number() as shape if meaning is Sense.MONEY:
                return Shown(
                    f"{self._page.use('formatMoney')}({expression}, {_currency(scope)})", is_jsx=False
                )
            case Number() as shape:
                return self._number(
                    meaning, expression, shape, None if small else label_of(member_), optional=optional
                )
            case Items() as shape:
                return self._many(member_, shape, expression, small=small)
            case shape:
                return self._other(shape, member_.name, expression)

    def _text(self, meaning: Sense, expression: str, label: str, *, optional: bool, small: bool) -> Shown:
        use = self._page.el
        match meaning:
            case Sense.PROSE if not small:
                return Shown(use("Prose", {"text": expression}))
            case Sense.DATE:
                return Shown(use("Moment", {"value": expression, "isDay": True}))
            case Sense.MOMENT:
                return Shown(use("Moment", {"value": expression}))
            case Sense.TIME:
                return Shown(use("Clock", {"value": expression}))
            case Sense.LINK:
                return Shown(use("WebLink", {"address": expression}))
            case Sense.MAIL:
                return Shown(use("MailLink", {"address": expression}))
            case Sense.IMAGE:
                return Shown(
                    use(
                        "Picture",
                        {"address": expression, "alt": Words(label), "width": "56" if small else None},
                    )
                )
            case Sense.CODE:
                return Shown(element("code", {}, braced(_or_missing(expression, optional=optional))))
            case _:
                return Shown(_or_missing(expression, optional=optional), is_jsx=False)

    def _number(
        self, meaning: Sense, expression: str, shape: Number, label: str | None, *, optional: bool
    ) -> Shown:
        match meaning:
            case Sense.SHARE:
                words = Words(label) if label else None
                full = literal(_trimmed(full_share(shape.schema)))
                return Shown(self._page.el("Share", {"value": expression, "full": full, "label": words}))
            case Sense.SCORE:
                most = literal(_trimmed(float(shape.schema["maximum"])))
                text = f"`${{{expression}}} / {most}`"
                return Shown(f"{expression} == null ? {MISSING} : {text}" if optional else text, is_jsx=False)
            case Sense.CODE:
                return Shown(f"{expression} ?? {MISSING}" if optional else expression, is_jsx=False)
            case _:
                return Shown(f"{self._page.use('formatNumber')}({expression})", is_jsx=False)

    def _many(self, member_: Member, shape: Items, expression: str, *, small: bool) -> Shown:
        item = shape.item
        name = member_.name
        match item:
            case Text() if sense(name, item) in (Sense.PLAIN, Sense.CODE, Sense.PROSE):
                return Shown(self._page.el("Tags", {"values": expression}))
            case Text() | Choice() | Flag():
                inner = Member(name, item, required=True)
                scope = Scope(Record((inner,)), lambda _: "value")
                shown = self.shown(inner, scope, small=True)
                body = self._page.el("span", {"key": "index"}, shown.child)
                rows = f"({expression} ?? [])"
                return Shown(self._page.el("Row", {"gap": Words("xs")}, each(rows, "value, index", body)))
            case Number():
                return Shown(self._page.el("Tags", {"values": expression}))
            case _:
                return Shown(f"{self._page.use('inWords')}({expression})", is_jsx=False)

    def _other(self, shape: Shape, name: str, expression: str) -> Shown:
        match shape:
            case Flag():
                return Shown(self._page.el("YesNo", {"value": expression}))
            case Choice() if shape.is_textual:
                return Shown(self._page.el("Chip", {"value": expression, "known": self._known(shape, name)}))
            case Fixed() if isinstance(shape.value, str):
                return Shown(literal(shape.value), is_jsx=False)
            case Record() | Mapped() | Variants() | Anything() | Fixed() | Choice():
                return Shown(f"{self._page.use('inWords')}({expression})", is_jsx=False)
            case _:
                raise AssertionError(f"a {type(shape).__name__} is shown elsewhere")

    def _known(self, shape: Choice, name: str) -> str:
        """The constant that says how each state is called and coloured."""
        self._page.use("Chip")
        states: list[Doc] = []
        for option in shape.options:
            tone = tone_of(option.value)
            words = [f"label: {literal(option_label(option.value, option.label))}"]
            words += [f"variant: {literal(tone)}"] if tone else []
            states.append(object_member(option.value, object_of(words)))
        return self._page.constant(name, object_of(states), type_="Known")


def object_member(name: str, value: Doc) -> Doc:
    """A member of an object literal."""
    return Sequenced([f"{key(name)}: ", value])


def option_label(value: object, label: str | None) -> str:
    """What a value of a choice is called."""
    if label is not None:
        return shortened(label)
    if isinstance(value, str):
        return (humanised(value) if len(value) > _LONGEST_CODE else value) if value.strip() else "(empty)"
    return literal(value)


def column(header: str, name: str, shown: Shown, variable: str, *, align: str | None) -> Doc:
    """One column of a table."""
    parameter = variable if re.search(rf"\b{re.escape(variable)}\b", printed(shown.doc)) else ""
    render = arrow(parameter, shown.doc) if shown.is_jsx else Sequenced([f"({parameter}) => ", shown.doc])
    members: list[Doc] = [f"key: {literal(name)}", f"header: {literal(header)}"]
    if align:
        members.append(f"align: {literal(align)}")
    members.append(Sequenced(["render: ", render]))
    return object_of(members)


def _or_missing(expression: str, *, optional: bool) -> str:
    return f"{expression} || {MISSING}" if optional else expression


def _currency(scope: Scope) -> str:
    at: Scope | None = scope
    while at is not None:
        found = currency_of(at.record)
        if found is not None:
            return literal(found.shape.value) if isinstance(found.shape, Fixed) else at.get(found.name)
        at = at.outer
    raise AssertionError("money has a currency")


def _trimmed(number: float) -> float | int:
    return int(number) if number.is_integer() else number

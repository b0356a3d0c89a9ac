"""Fields that offer what can be answered."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ggui_core.tsx.documents import Doc
from ggui_core.tsx.syntax import Attribute, Words, array_of, literal, member, object_of
from ggui_forms.fields import Field, Place
from ggui_forms.matching import Match
from ggui_forms.meaning import title_of
from ggui_forms.names import humanised
from ggui_forms.page import Page
from ggui_forms.shapes import Choice, Items, Member, Number, is_nullable, label_of
from ggui_forms.values import option_label

MOST_RADIOS: Final = 4
_SHORT_ROW: Final = 40


class Options:
    """The values of a choice, and the keys that controls know them by."""

    def __init__(self, page: Page, shape: Choice, name: str) -> None:
        self.page = page
        self.shape = shape
        self.name = name
        self.is_textual = shape.is_textual

    @property
    def direction(self) -> Words | None:
        """Of radio buttons: beside one another when all of them are short."""
        return direction_of([option_label(option.value, option.label) for option in self.shape.options])

    def constant(self, *extra: tuple[str, str]) -> str:
        """The constant that lists the options of a control."""
        options = [
            *extra,
            *(
                (option.value if self.is_textual else str(index), option_label(option.value, option.label))
                for index, option in enumerate(self.shape.options)
            ),
        ]
        listed = array_of(
            [object_of([f"value: {literal(value)}", f"label: {literal(label)}"]) for value, label in options]
        )
        return self.page.constant(f"{self.name} options", listed)

    def values(self) -> str:
        """The constant that lists the values themselves, by position."""
        listed = array_of([literal(option.value) for option in self.shape.options])
        return self.page.constant(f"{self.name} values", listed, type_="as const")

    def key(self, expression: str) -> str:
        """The key of a value."""
        return expression if self.is_textual else f"{self.page.use('keyOf')}({self.values()}, {expression})"

    def value(self, expression: str, type_: str) -> str:
        """The value of a key."""
        found = expression if self.is_textual else f"{self.values()}[Number({expression})]"
        return f"{found} as {type_}"

    def has(self, value: object) -> bool:
        """True for one of the values."""
        return value is not None and any(option.value == value for option in self.shape.options)


class Pick(Field):
    """One of several: all of them visible when they are few."""

    def __init__(self, page: Page, asked: Member, shape: Choice, type_: str) -> None:
        super().__init__(page, asked)
        self.options = Options(page, shape, asked.name)
        self.type = type_

    def start(self, given: str | None) -> Doc:
        default = self.asked.default if self.options.has(self.asked.default) else None
        if self.options.is_textual:
            fallback = literal(default or "")
            return f"({given} ?? {fallback}) as string" if given else f"{fallback} as string"
        if given is None and default is None:
            return '""'
        sources = [*([given] if given else []), *([literal(default)] if default is not None else [])]
        return self.options.key(" ?? ".join(sources))

    def checks(self, value: str, label: str) -> list[Doc]:
        return [self.ruled("filled", value, label)] if self.must else []

    def payload(self, value: str) -> Doc:
        return self.options.value(value, self.type)

    def control(self, place: Place) -> Doc:
        few = len(self.options.shape.options) <= MOST_RADIOS
        extra = [("", "No answer")] if few and not self.must else []
        attributes: dict[str, Attribute] = {
            **self.texts(place),
            "direction": self.options.direction if few else None,
            "options": self.options.constant(*extra),
            "placeholder": None if few else Words("Choose…"),
            "value": place.value,
            "onChange": place.on_change(),
            "error": place.error,
        }
        return self.page.el("RadioGroup" if few else "Select", attributes)


class PickSeveral(Field):
    """Any number of several."""

    def __init__(self, page: Page, asked: Member, shape: Items, type_: str) -> None:
        super().__init__(page, asked)
        assert isinstance(shape.item, Choice), "a list of choices"
        self.options = Options(page, shape.item, asked.name)
        self.shape = shape
        self.type = type_

    def start(self, given: str | None) -> Doc:
        default = self.asked.default
        known = [value for value in default if self.options.has(value)] if isinstance(default, list) else []
        if given is None:
            return f"{literal(known if self.options.is_textual else [])} as string[]"
        source = f"({given} ?? {literal(known)})"
        return (
            f"{source} as string[]"
            if self.options.is_textual
            else f"{source}.map((value) => {self.options.key('value')})"
        )

    def checks(self, value: str, label: str) -> list[Doc]:
        return counted(self, self.shape, value, label)

    def payload(self, value: str) -> Doc:
        if self.options.is_textual:
            return f"{value} as {self.type}"
        return f"{value}.map((value) => {self.options.values()}[Number(value)]) as {self.type}"

    def is_blank(self, value: str) -> str | None:
        return f"{value}.length === 0"

    def control(self, place: Place) -> Doc:
        return self.page.el(
            "Checks",
            {
                "legend": place.label,
                "required": self.must and self.shape.least > 0,
                "help": self.help,
                "options": self.options.constant(),
                "picked": place.value,
                "onChange": place.on_change(),
                "error": place.error,
            },
        )


class PickRow(Field):
    """One row of a list in the props, or several of them, by id."""

    def __init__(self, page: Page, asked: Member, match: Match, rows: str, row: str) -> None:
        super().__init__(page, asked)
        self.match = match
        self.rows = rows
        self.row = row
        self.shape = asked.shape if isinstance(asked.shape, Items) else None

    @property
    def label(self) -> str:
        named = re.sub(r"_?[iI][dD](s?)$", r"\1", self.asked.name)
        return label_of(self.asked) if self.asked.title or not named else humanised(named)

    def start(self, given: str | None) -> Doc:
        if self.shape is None:
            return f"{self.page.use('asText')}({given})" if given else '""'
        return f"({given} ?? []).map(String)" if given else "[] as string[]"

    def checks(self, value: str, label: str) -> list[Doc]:
        if self.shape is not None:
            return counted(self, self.shape, value, label)
        return [self.ruled("filled", value, label)] if self.must else []

    def payload(self, value: str) -> Doc:
        if not isinstance(self.match.item.shape, Number):
            return value
        return f"Number({value})" if self.shape is None else f"{value}.map(Number)"

    def is_blank(self, value: str) -> str | None:
        return f'{value} === ""' if self.shape is None else f"{value}.length === 0"

    def control(self, place: Place) -> Doc:
        own = member(self.row, self.match.item.name)
        named = title_of(self.match.listing.record)
        label = f"String({own})"
        if named is not None and (not named.required or is_nullable(named.shape)):
            label = f"{member(self.row, named.name)} || {label}"
        elif named is not None:
            label = member(self.row, named.name)
        options = f"{self.rows}.map(({self.row}) => ({{ value: String({own}), label: {label} }}))"
        shared: dict[str, Attribute] = {
            "options": options,
            "onChange": place.on_change(),
            "error": place.error,
        }
        if self.shape is not None:
            more: dict[str, Attribute] = {
                "legend": place.label,
                "required": self.must and self.shape.least > 0,
                "help": self.help,
                "picked": place.value,
            }
            return self.page.el("Checks", {**more, **shared})
        more = {**self.texts(place), "placeholder": Words("Choose…"), "value": place.value}
        return self.page.el("Select", {**more, **shared})


def direction_of(labels: Iterable[str]) -> Words | None:
    """The direction of radio buttons with these labels."""
    return Words("row") if sum(map(len, labels)) <= _SHORT_ROW else None


def counted(field: Field, shape: Items, value: str, label: str) -> list[Doc]:
    """The rules about how many answers there are."""
    found: list[Doc] = []
    if shape.least > 0 and field.must:
        found.append(field.ruled("enough", value, label, shape.least))
    if shape.most is not None:
        found.append(field.ruled("notTooMany", value, label, shape.most))
    if shape.distinct and not isinstance(shape.item, Choice):
        found.append(field.ruled("allDifferent", value, label))
    return found

"""How a value is asked for: the control, what is checked before it is sent, and what is sent.

A form keeps a draft, in which every answer has the type of its control: numbers are text until they are sent. Each
kind of field says how its part of the draft starts, is checked and becomes a payload.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeGuard

from ggui_core.tsx.documents import Doc
from ggui_core.tsx.identifiers import is_identifier, words
from ggui_core.tsx.syntax import Attribute, Words, array_of, call, literal, object_of
from ggui_forms.meaning import Sense, is_long, sense
from ggui_forms.page import Page
from ggui_forms.patterns import is_safe
from ggui_forms.shapes import Flag, Member, Number, Text, is_nullable, label_of

_LONGEST_RULE: Final = 1_000_000

_INPUT_TYPES: Final[Mapping[str, str]] = {
    "date": "date",
    "time": "time",
    "iso-time": "time",
    "date-time": "datetime-local",
    "iso-date-time": "datetime-local",
    "email": "email",
    "uri": "url",
    "url": "url",
    "password": "password",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the control of a field stands.

    Attributes:
        value: Expression of the answer in the draft.
        set: Code that replaces it by another expression.
        part: Expression of its name among the problems; ``None`` where the problems are its own.
        error: Expression of what is wrong with it; ``None`` where nothing can be.
        label: What it is called; an expression where it is numbered.
    """

    value: str
    set: Callable[[str], str]
    part: str | None
    error: str | None
    label: Attribute

    def on_change(self) -> str:
        """The callback of a control that hands over a value."""
        setting = self.set("value")
        function = setting.removesuffix("(value)")
        return function if is_identifier(function) else f"(value) => {setting}"


class Field(ABC):
    """One thing that is asked for."""

    def __init__(self, page: Page, asked: Member) -> None:
        self.page = page
        self.asked = asked

    @property
    def label(self) -> str:
        """What it is called."""
        return label_of(self.asked)

    @property
    def must(self) -> bool:
        """Whether it has to be answered; where null is an answer, leaving it blank is one too."""
        return self.asked.required and not is_nullable(self.asked.shape)

    @property
    def help(self) -> Words | None:
        """What is said beside it."""
        return Words(self.asked.description) if self.asked.description else None

    @abstractmethod
    def start(self, given: str | None) -> Doc:
        """The first answer: made of an expression, or blank."""

    def checks(self, value: str, label: str) -> list[Doc]:
        """Expressions, each a sentence about what is wrong, or undefined."""
        return []

    def inner(self, value: str) -> Doc | None:
        """An expression of the problems inside the answer, by field; ``None`` where nothing is inside."""
        return None

    @abstractmethod
    def payload(self, value: str) -> Doc:
        """What is sent for an answer."""

    def is_blank(self, value: str) -> str | None:
        """A condition under which nothing was answered; ``None`` where that cannot be."""
        return f'{value} === ""'

    @abstractmethod
    def control(self, place: Place) -> Doc:
        """The control."""

    def texts(self, place: Place) -> dict[str, Attribute]:
        """The attributes that every labelled control has."""
        return {"label": place.label, "required": self.must, "helperText": self.help}

    def ruled(self, rule: str, value: str, label: str, limit: object = None) -> Doc:
        """The call of a rule."""
        arguments: list[Doc] = [value]
        if limit is not None:
            arguments.append(literal(limit))
        return call(self.page.use(rule), [*arguments, literal(label)])


class Line(Field):
    """Text of one line or several."""

    def __init__(self, page: Page, asked: Member, shape: Text) -> None:
        super().__init__(page, asked)
        self.schema = shape.schema
        self.format = str(shape.schema.get("format"))

    @property
    def _type(self) -> str:
        known = _INPUT_TYPES.get(self.format)
        if known is not None:
            return known
        match sense(self.asked.name, Text(self.schema)):
            case Sense.MAIL:
                return "email"
            case Sense.PHONE:
                return "tel"
            case _:
                return "text"

    def start(self, given: str | None) -> Doc:
        default = self.asked.default
        fallback = literal(default if isinstance(default, str) else "")
        if self._type == "datetime-local":
            made = given or (fallback if isinstance(default, str) else None)
            return f"{self.page.use('asLocalTime')}({made})" if made else '""'
        text = f"{given} ?? {fallback}" if given else fallback
        return f"({text}).slice(0, 5)" if self._type == "time" and given else text

    def checks(self, value: str, label: str) -> list[Doc]:
        found = [self.ruled("filled", value, label)] if self.must else []
        if self._type == "datetime-local":
            return [*found, self.ruled("likeDate", value, label)]
        if self._type in ("date", "time"):
            return found
        least, most = _whole(self.schema.get("minLength")), _whole(self.schema.get("maxLength"))
        if least is not None and least > (1 if self.must else 0):
            found.append(self.ruled("atLeastLong", value, label, least))
        if most is not None and most < _LONGEST_RULE:
            found.append(self.ruled("atMostLong", value, label, most))
        pattern = self.schema.get("pattern")
        if isinstance(pattern, str) and is_safe(pattern):
            found.append(self.ruled("matching", value, label, pattern))
        rule = {"email": "likeMail", "uri": "likeAddress", "url": "likeAddress", "uuid": "likeUuid"}.get(
            self.format
        )
        return [*found, self.ruled(rule, value, label)] if rule else found

    def payload(self, value: str) -> Doc:
        if self._type == "datetime-local":
            return f"new Date({value}).toISOString()"
        return f"{self.page.use('withZone')}({value})" if self._type == "time" else value

    def control(self, place: Place) -> Doc:
        shared: dict[str, Attribute] = {
            **self.texts(place),
            "value": place.value,
            "onChange": place.on_change(),
            "error": place.error,
        }
        if self._type == "text" and is_long(words(self.asked.name), self.schema):
            return self.page.el("TextArea", {**shared, "rows": "4"})
        type_ = None if self._type == "text" else Words(self._type)
        return self.page.el("Input", {"type": type_, **shared})

    def texts(self, place: Place) -> dict[str, Attribute]:
        texts = super().texts(place)
        most = _whole(self.schema.get("maxLength"))
        if texts["helperText"] is None and most is not None and 40 <= most <= 10_000 and self._type == "text":
            texts["helperText"] = Words(f"At most {most} characters.")
        return texts


class Figure(Field):
    """A number."""

    def __init__(self, page: Page, asked: Member, shape: Number) -> None:
        super().__init__(page, asked)
        self.shape = shape

    def start(self, given: str | None) -> Doc:
        default = self.asked.default
        known = literal(default) if _is_number(default) else None
        if given is None:
            return literal(known) if known else '""'
        return (
            f"{self.page.use('asText')}({given} ?? {known})"
            if known
            else f"{self.page.use('asText')}({given})"
        )

    def checks(self, value: str, label: str) -> list[Doc]:
        schema = self.shape.schema
        found = [self.ruled("filled", value, label)] if self.must else []
        found.append(self.ruled("likeWhole" if self.shape.whole else "likeNumber", value, label))
        for keyword, rule in (
            ("minimum", "atLeast"),
            ("exclusiveMinimum", "above"),
            ("maximum", "atMost"),
            ("exclusiveMaximum", "below"),
        ):
            if _is_number(schema.get(keyword)):
                found.append(self.ruled(rule, value, label, schema[keyword]))
        step = schema.get("multipleOf")
        if _is_number(step) and not (self.shape.whole and step == 1):
            found.append(self.ruled("inStepsOf", value, label, step))
        return found

    def payload(self, value: str) -> Doc:
        return f"Number({value})"

    def control(self, place: Place) -> Doc:
        scores = self._scores()
        if scores:
            listed = array_of([object_of([f'value: "{score}"', f'label: "{score}"']) for score in scores])
            return self.page.el(
                "RadioGroup",
                {
                    **super().texts(place),
                    "direction": Words("row"),
                    "options": self.page.constant(f"{self.asked.name} options", listed),
                    "value": place.value,
                    "onChange": place.on_change(),
                    "error": place.error,
                },
            )
        return self.page.el(
            "Input",
            {
                "type": Words("number"),
                **self.texts(place),
                "value": place.value,
                "onChange": place.on_change(),
                "error": place.error,
            },
        )

    def _scores(self) -> list[int]:
        """What to choose from, when it is a score of a few steps."""
        low, high = self.shape.schema.get("minimum"), self.shape.schema.get("maximum")
        is_score = sense(self.asked.name, self.shape) is Sense.SCORE and self.shape.whole and self.must
        if not is_score or not _is_number(low) or not _is_number(high) or not 0 < high - low <= 10:
            return []
        return [*range(int(low), int(high) + 1)]

    def texts(self, place: Place) -> dict[str, Attribute]:
        texts = super().texts(place)
        low, high = self.shape.schema.get("minimum"), self.shape.schema.get("maximum")
        if texts["helperText"] is None and _is_number(low) and _is_number(high):
            texts["helperText"] = Words(f"From {literal(low)} to {literal(high)}.")
        return texts


class Tick(Field):
    """Yes or no."""

    def __init__(self, page: Page, asked: Member, shape: Flag) -> None:
        super().__init__(page, asked)
        self.yes = shape.must

    def start(self, given: str | None) -> Doc:
        default = literal(self.asked.default is True)
        return f"{given} ?? {default}" if given else default

    def checks(self, value: str, label: str) -> list[Doc]:
        return [self.ruled("accepted", value, label)] if self.yes and self.must else []

    def payload(self, value: str) -> Doc:
        return f"{value} as true" if self.yes else value

    def is_blank(self, value: str) -> str | None:
        return f"!{value}" if self.yes else None

    def control(self, place: Place) -> Doc:
        return self.page.el(
            "Checkbox",
            {
                "label": place.label,
                "required": self.yes and self.must,
                "description": self.help,
                "checked": place.value,
                "onChange": place.on_change(),
                "error": place.error,
            },
        )


def _whole(value: object) -> int | None:
    return int(value) if _is_number(value) else None


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)

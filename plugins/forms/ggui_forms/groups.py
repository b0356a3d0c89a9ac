"""Fields with fields inside: records, lists, alternatives, and whatever only JSON can say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ggui_core.tsx.documents import Doc, Sequenced, printed
from ggui_core.tsx.identifiers import is_identifier
from ggui_core.tsx.syntax import Words, array_of, arrow, call, chained, literal, member, object_of, when
from ggui_forms.choices import PickSeveral, counted, direction_of
from ggui_forms.fields import Field, Place, Tick
from ggui_forms.page import Page
from ggui_forms.shapes import Items, Mapped, Member


@dataclass(frozen=True, slots=True)
class RecordNames:
    """What a record's parts are called on the page.

    Attributes:
        blank: An expression of the draft in which nothing is answered.
        draft: The function that makes a draft of a value; ``None`` where no draft starts from one.
        check: ``None`` when all drafts are right.
    """

    blank: str
    draft: str | None
    draft_type: str
    check: str | None
    payload: str
    fields: str


class Part(Field):
    """A record: its fields together, in functions of their own."""

    def __init__(self, page: Page, asked: Member, names: RecordNames) -> None:
        super().__init__(page, asked)
        self.names = names

    def start(self, given: str | None) -> Doc:
        return f"{self.names.draft}({given} ?? {{}})" if given and self.names.draft else self.names.blank

    def inner(self, value: str) -> Doc | None:
        if self.names.check is None:
            return None
        found = f"{self.names.check}({value})"
        return found if self.must else f"{self.is_blank(value)} ? {{}} : {found}"

    def payload(self, value: str) -> Doc:
        return f"{self.names.payload}({value})"

    def is_blank(self, value: str) -> str | None:
        return f"{self.page.use('isUntouched')}({value}, {self.names.blank})"

    def control(self, place: Place) -> Doc:
        return self.page.el(
            "Group",
            {"legend": place.label, "required": self.must, "help": self.help, "error": place.error},
            self.fields(place, place.value),
        )

    def fields(self, place: Place, value: str) -> Doc:
        """The fields without a frame."""
        return self.page.el(
            self.names.fields,
            {
                "draft": value,
                "change": f"(part) => {place.set(f'{{ ...{value}, ...part }}')}",
                "problems": self._problems(place),
            },
        )

    def _problems(self, place: Place) -> str:
        return "problems" if place.part is None else f"{self.page.use('inside')}(problems, {place.part})"


@dataclass(frozen=True, slots=True)
class Alternative:
    """One record of several: its key in the draft, what it is called, how it is recognised, and its part."""

    key: str
    label: str
    sign: tuple[str, object] | None
    part: Part


class Variation(Field):
    """One of several records: which, and then its fields."""

    def __init__(self, page: Page, asked: Member, alternatives: Sequence[Alternative], type_: str) -> None:
        super().__init__(page, asked)
        self.alternatives = alternatives
        self.type = type_

    def start(self, given: str | None) -> Doc:
        first = self.alternatives[0].key if self.must else ""
        which: Doc = literal(first)
        if given:
            for alternative in reversed(self.alternatives):
                if alternative.sign is not None:
                    name, value = alternative.sign
                    asked = f"({given} as Record<string, unknown> | undefined)"
                    own = f"{member(asked, name, optional=True)} === {literal(value)}"
                    which = Sequenced([own, f" ? {literal(alternative.key)} : ", which])
        return object_of(
            [
                Sequenced(["which: ", which, "" if given and which != literal(first) else " as string"]),
                *(
                    Sequenced(
                        [
                            f"{alternative.key}: ",
                            alternative.part.start(f"({given} as object)" if given else None),
                        ]
                    )
                    for alternative in self.alternatives
                ),
            ]
        )

    def _chosen(self, value: str, of: Sequence[Doc | None], otherwise: str) -> Doc:
        """A conditional expression over the alternatives; absent ones are like the last."""
        out: Doc = otherwise
        for alternative, doc in reversed(list(zip(self.alternatives, of, strict=True))):
            if doc is not None:
                out = Sequenced([f"{value}.which === {literal(alternative.key)} ? ", doc, " : ", out])
        return out

    def inner(self, value: str) -> Doc | None:
        inner = [alternative.part.inner(f"{value}.{alternative.key}") for alternative in self.alternatives]
        if all(doc is None for doc in inner):
            return None
        return self._chosen(value, inner, "{}")

    def payload(self, value: str) -> Doc:
        *firsts, last = [
            alternative.part.payload(f"{value}.{alternative.key}") for alternative in self.alternatives
        ]
        return self._chosen(value, [*firsts, None], printed(last))

    def is_blank(self, value: str) -> str | None:
        return f'{value}.which === ""'

    def control(self, place: Place) -> Doc:
        options = [("", "None")] if not self.must else []
        options += [(alternative.key, alternative.label) for alternative in self.alternatives]
        listed = array_of(
            [object_of([f"value: {literal(value)}", f"label: {literal(label)}"]) for value, label in options]
        )
        kind = self.page.el(
            "RadioGroup",
            {
                "label": Words("Kind"),
                "direction": direction_of(label for _, label in options),
                "options": self.page.constant(f"{self.asked.name} kinds", listed),
                "value": f"{place.value}.which",
                "onChange": f"(which) => {place.set(f'{{ ...{place.value}, which }}')}",
            },
        )
        parts = [
            when(
                f"{place.value}.which === {literal(alternative.key)}",
                alternative.part.fields(
                    Place(
                        value=place.value,
                        set=lambda expression, own=alternative.key: place.set(  # type: ignore[misc]
                            f"{{ ...{place.value}, {own}: {expression} }}"
                        ),
                        part=place.part,
                        error=place.error,
                        label=place.label,
                    ),
                    f"{place.value}.{alternative.key}",
                ),
            )
            for alternative in self.alternatives
        ]
        return self.page.el(
            "Group", {"legend": place.label, "required": self.must, "help": self.help}, kind, *parts
        )


class Listed(Field):
    """A list that the person writes, row by row."""

    def __init__(self, page: Page, asked: Member, shape: Items, row: Field) -> None:
        super().__init__(page, asked)
        self.shape = shape
        self.row = row

    def start(self, given: str | None) -> Doc:
        if given is None:
            return Sequenced(["[] as ", f"{self._row_type()}[]"])
        known = literal(self.asked.default) if isinstance(self.asked.default, list) else "[]"
        return Sequenced([f"({given} ?? {known}).map((row) => ", bracketed(self.row.start("row")), ")"])

    def _row_type(self) -> str:
        match self.row:
            case Tick():
                return "boolean"
            case PickSeveral():
                return "string[]"
            case Part():
                return self.row.names.draft_type
            case Variation():
                return "any"
            case _:
                return "string"

    def checks(self, value: str, label: str) -> list[Doc]:
        return counted(self, self.shape, value, label)

    def inner(self, value: str) -> Doc | None:
        own = self.row.checks("row", self.row.label)
        inside = self.row.inner("row")
        if isinstance(self.row, Part) and self.row.names.check is not None:
            return f"{self.page.use('ofEach')}({value}, {self.row.names.check})"
        if inside is not None:
            found: Doc = bracketed(inside)
        elif own:
            found = call(self.page.use("problemsOf"), [object_of([Sequenced(['"": ', chained(own)])])])
        else:
            return None
        return Sequenced([f"{self.page.use('ofEach')}({value}, (row) => ", found, ")"])

    def payload(self, value: str) -> Doc:
        sent = self.row.payload("row")
        if sent == "row":
            return value
        return Sequenced([f"{value}.map((row) => ", bracketed(sent), ")"])

    def is_blank(self, value: str) -> str | None:
        return f"{value}.length === 0"

    def control(self, place: Place) -> Doc:
        item = self.row.label
        part = self.asked.name
        spot = f"`{part}.${{index}}`" if is_identifier(part) else f"{literal(part + '.')} + index"
        if place.part is None:
            spot = "`${index}`"
        is_plain = is_identifier(item.replace(" ", "_"))
        control = self.row.control(
            Place(
                value="row",
                set=lambda expression: f"replace({expression})",
                part=spot,
                error=f"problems[{spot}]",
                label=f"`{item} ${{index + 1}}`" if is_plain else f"{literal(item + ' ')} + (index + 1)",
            )
        )
        parameters = "row, replace, index" if "index" in printed(control) else "row, replace"
        return self.page.el(
            "Rows",
            {
                "legend": place.label,
                "required": self.must and self.shape.least > 0,
                "help": self.help,
                "item": Words(item[:1].lower() + item[1:]),
                "rows": place.value,
                "blank": self.row.start(None),
                "most": None if self.shape.most is None else literal(self.shape.most),
                "onChange": place.on_change(),
                "error": place.error,
            },
            Sequenced(["{", arrow(parameters, control), "}"]),
        )


class Json(Field):
    """Whatever has no control of its own, as JSON."""

    def start(self, given: str | None) -> Doc:
        default = self.asked.default
        sources = [*([given] if given else []), *([literal(default)] if default is not None else [])]
        return f"{self.page.use('asJson')}({' ?? '.join(sources)})" if sources else '""'

    def checks(self, value: str, label: str) -> list[Doc]:
        found = [self.ruled("filled", value, label)] if self.must else []
        return [*found, self.ruled("likeJson", value, label)]

    def payload(self, value: str) -> Doc:
        return f"JSON.parse({value})"

    def is_blank(self, value: str) -> str | None:
        return f'{value}.trim() === ""'

    def control(self, place: Place) -> Doc:
        texts = self.texts(place)
        if texts["helperText"] is None:
            example = '{"name": "value"}' if isinstance(self.asked.shape, Mapped) else None
            texts["helperText"] = Words(f"JSON, such as {example}" if example else "JSON")
        return self.page.el(
            "TextArea",
            {**texts, "rows": "4", "value": place.value, "onChange": place.on_change(), "error": place.error},
        )


class Constant(Field):
    """A value that needs no asking."""

    def __init__(self, page: Page, asked: Member, value: object) -> None:
        super().__init__(page, asked)
        self.value = value

    def start(self, given: str | None) -> Doc:
        return literal(self.value)

    def payload(self, value: str) -> Doc:
        text = literal(self.value)
        return f"{text} as const" if isinstance(self.value, str) else text

    def is_blank(self, value: str) -> str | None:
        return "true"

    def control(self, place: Place) -> Doc:
        raise AssertionError("a constant has no control")


def bracketed(expression: Doc) -> Doc:
    """An expression where an object literal would be read as a block."""
    return Sequenced(["(", expression, ")"]) if printed(expression).startswith("{") else expression

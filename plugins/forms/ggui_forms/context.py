"""Context slots: controls whose values the agent can read at any time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ggui_core.tsx.documents import Doc, Sequenced
from ggui_core.tsx.syntax import Words, arrow, block, call, chained, literal, object_of
from ggui_forms.choices import MOST_RADIOS, Options
from ggui_forms.component import Component
from ggui_forms.drafts import Drafts
from ggui_forms.fields import Line, Place
from ggui_forms.groups import Part, bracketed
from ggui_forms.names import humanised, singular
from ggui_forms.page import Page
from ggui_forms.shapes import (
    Choice,
    Flag,
    Items,
    Member,
    Number,
    Reader,
    Record,
    Text,
    entry_member,
    has_one_value,
    is_nullable,
    label_of,
)
from ggui_forms.typescript import Types
from ggui_forms.values import Values

_CONVERTED = ("date-time", "iso-date-time", "time", "iso-time")
"""Formats whose control has another text than their value."""


class Slots:
    """Writes the context slots of a page."""

    def __init__(self, page: Page, types: Types, values: Values, drafts: Drafts, reader: Reader) -> None:
        self._page = page
        self._types = types
        self._values = values
        self._drafts = drafts
        self._reader = reader

    def control(self, name: str, entry: Mapping[str, Any]) -> Component | None:
        """The component of a slot; ``None`` when it has a single possible value."""
        slot = entry_member(self._reader, name, entry)
        if has_one_value(slot.shape):
            return None
        component = Component(self._page, name, "Control")
        value = self._page.identifiers.variable(name, "slot")
        setter = self._page.identifiers.variable(f"set {name}", "setSlot")
        hook = self._page.take("@ggui-ai/wire", "useGguiContext")
        type_ = self._types.of(slot.shape, name)
        component.line(f"const [{value}, {setter}] = {hook}<{type_}>({literal(name)});")
        component.write(
            self._bound(slot, value, setter, type_) or self._drafted(slot, value, setter, component)
        )
        return component

    def _bound(self, slot: Member, value: str, setter: str, type_: str) -> Doc | None:
        """A control that holds the value itself; ``None`` where its text would be another."""
        label = Words(label_of(slot))
        help_ = Words(slot.description) if slot.description else None
        match slot.shape:
            case Text() if str(slot.shape.schema.get("format")) not in _CONVERTED:
                held = f'{value} ?? ""' if is_nullable(slot.shape) else value
                field = Line(
                    self._page,
                    Member(slot.name, slot.shape, required=False, description=slot.description),
                    slot.shape,
                )
                return field.control(
                    Place(held, lambda new: f"{setter}({new})", literal(slot.name), None, label)
                )
            case Number():
                return self._page.el(
                    "NumberInput", {"label": label, "helperText": help_, "value": value, "onChange": setter}
                )
            case Flag():
                checked = f"{value} === true" if is_nullable(slot.shape) else value
                return self._page.el(
                    "Toggle", {"label": label, "description": help_, "checked": checked, "onChange": setter}
                )
            case Choice():
                return self._choice(slot, slot.shape, value, setter, type_, label, help_)
            case Items(item=Choice() as choice) if choice.is_textual:
                options = Options(self._page, choice, slot.name)
                return self._page.el(
                    "Checks",
                    {
                        "legend": label,
                        "help": help_,
                        "options": options.constant(),
                        "picked": f"{value} ?? []" if is_nullable(slot.shape) else value,
                        "onChange": f"(value) => {setter}(value as {type_})",
                    },
                )
            case Items(item=Text()) as shape:
                item = humanised(singular(slot.name))
                numbered = f"{literal(item + ' ')} + (index + 1)"
                row = self._page.el("Input", {"label": numbered, "value": "row", "onChange": "replace"})
                return self._page.el(
                    "Rows",
                    {
                        "legend": label,
                        "help": help_,
                        "item": Words(item[:1].lower() + item[1:]),
                        "rows": f"{value} ?? []" if is_nullable(shape) else value,
                        "blank": '""',
                        "most": None if shape.most is None else literal(shape.most),
                        "onChange": setter,
                    },
                    Sequenced(["{", arrow("row, replace, index", row), "}"]),
                )
            case _:
                return None

    def _choice(
        self,
        slot: Member,
        shape: Choice,
        value: str,
        setter: str,
        type_: str,
        label: Words,
        help_: Words | None,
    ) -> Doc:
        options = Options(self._page, shape, slot.name)
        few = len(shape.options) <= MOST_RADIOS
        key = options.key(value)
        chosen = options.value("value", type_)
        blank = 'value === "" ? null : ' if is_nullable(shape) else ""
        extra = [("", "None")] if is_nullable(shape) and few else []
        return self._page.el(
            "RadioGroup" if few else "Select",
            {
                "label": label,
                "helperText": help_,
                "direction": options.direction if few else None,
                "options": options.constant(*extra),
                "placeholder": Words("Choose…") if is_nullable(shape) and not few else None,
                "value": f'{key} ?? ""' if is_nullable(shape) and options.is_textual else key,
                "onChange": f"(value) => {setter}({blank}{chosen})",
            },
        )

    def _drafted(self, slot: Member, value: str, setter: str, component: Component) -> Doc:
        """Controls that keep a draft and hand it on whenever it is right."""
        page = self._page
        whole = isinstance(slot.shape, Record) and not is_nullable(slot.shape)
        asked = Member(slot.name, slot.shape, required=whole, title=slot.title, description=slot.description)
        field = self._drafts.field(asked, known=True)
        use_state = page.take("react", "useState")
        component.line(
            Sequenced([f"const [draft, setDraft] = {use_state}(() => ", bracketed(field.start(value)), ");"])
        )
        page.use("Problems")
        component.line(f"const [problems, setProblems] = {use_state}<Problems>({{}});")
        checks = field.checks("next", label_of(slot))
        own = (
            call(page.use("problemsOf"), [object_of([Sequenced(["own: ", chained(checks)])])])
            if checks
            else None
        )
        inner = field.inner("next")
        found = [doc for doc in (own, inner) if doc is not None]
        problems = (
            object_of([Sequenced(["...", bracketed(doc)]) for doc in found]) if len(found) != 1 else found[0]
        )
        blank = None if whole else field.is_blank("next")
        sent = field.payload("next")
        emptied = sent if blank is None else Sequenced([f"{blank} ? {_nothing(slot)} : ", sent])
        component.line(
            block(
                "function change(next: typeof draft) {",
                [
                    "setDraft(next);",
                    Sequenced(["const found: Problems = ", problems, ";"]),
                    "setProblems(found);",
                    Sequenced([f"if (Object.keys(found).length === 0) {setter}(", emptied, ");"]),
                ],
            )
        )
        error = "problems.own" if checks else None
        label = Words(label_of(slot))
        place = Place("draft", lambda new: f"change({new})", None, error, label)
        if isinstance(field, Part):
            return page.el("Group", {"legend": label, "help": field.help}, field.fields(place, "draft"))
        return field.control(place)


def _nothing(slot: Member) -> str:
    """What a slot holds when its control is emptied: null where that is allowed, else its default."""
    if is_nullable(slot.shape):
        return "null"
    match slot.shape:
        case Items():
            return "[]"
        case _:
            return f"{literal(slot.default)} as never" if slot.default is not None else "undefined as never"

"""Context slots: controls whose values the agent can read at any time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ggui_forms.choices import MOST_RADIOS, Options
from ggui_forms.component import Component
from ggui_forms.documents import Doc, Sequenced
from ggui_forms.drafts import Drafts
from ggui_forms.fields import Line, Place
from ggui_forms.names import humanised, singular
from ggui_forms.page import Page
from ggui_forms.shapes import Choice, Flag, Items, Member, Number, Reader, Text, entry_member, is_nullable, label_of
from ggui_forms.syntax import Words, arrow, block, fragment, literal
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

    def control(self, name: str, entry: Mapping[str, Any]) -> Component:
        """The component of a slot."""
        slot = entry_member(self._reader, name, entry)
        component = Component(self._page, name, "Control")
        value = self._page.identifiers.variable(name, "slot")
        setter = self._page.identifiers.variable(f"set {name}", "setSlot")
        hook = self._page.take("@ggui-ai/wire", "useGguiContext")
        type_ = self._types.of(slot.shape, name)
        component.line(f"const [{value}, {setter}] = {hook}<{type_}>({literal(name)});")
        component.write(self._bound(slot, value, setter, type_) or self._drafted(slot, value, setter, type_, component))
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
                return field.control(Place(held, lambda new: f"{setter}({new})", literal(slot.name), None, label))
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
        self, slot: Member, shape: Choice, value: str, setter: str, type_: str, label: Words, help_: Words | None
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
                "options": options.constant(*extra),
                "placeholder": Words("Choose…") if is_nullable(shape) and not few else None,
                "value": f'{key} ?? ""' if is_nullable(shape) and options.is_textual else key,
                "onChange": f"(value) => {setter}({blank}{chosen})",
            },
        )

    def _drafted(self, slot: Member, value: str, setter: str, type_: str, component: Component) -> Doc:
        """Controls that keep a draft and hand it on whenever it is right."""
        page = self._page
        only = Member("value", slot.shape, required=True, title=label_of(slot), description=slot.description)
        wrapped = f"{{ value: {type_} }}"
        made = self._drafts.form(f"{slot.name} slot", [only], type_=wrapped, known=["value"])
        use_state = page.take("react", "useState")
        component.line(f"const [draft, setDraft] = {use_state}(() => {made.draft}({{ value: {value} }}));")
        page.use("FormParts")
        component.line(f"const [problems, setProblems] = {use_state}<Problems>({{}});")
        check = f"{made.check}(next)" if made.check else "{}"
        component.line(
            block(
                f"function change(part: Partial<{made.draft_type}>) {{",
                [
                    "const next = { ...draft, ...part };",
                    f"const found: Problems = {check};",
                    "setDraft(next);",
                    "setProblems(found);",
                    f"if (Object.keys(found).length === 0) {setter}({made.payload}(next).value);",
                ],
            )
        )
        controls = self._drafts.controls(made.fields)
        return controls[0] if len(controls) == 1 else fragment(*controls)

"""What goes where on a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ggui_core.tsx.documents import LINE, Doc, Either, Group, Indented, Sequenced, joined
from ggui_core.tsx.syntax import INHERITED, Words, block, braced, key, literal, member, returned
from ggui_forms.actions import Action, Actions, read_actions
from ggui_forms.component import Component
from ggui_forms.context import Slots
from ggui_forms.drafts import Drafts
from ggui_forms.matching import listings
from ggui_forms.names import humanised, shortened
from ggui_forms.page import Page
from ggui_forms.props import PageProps
from ggui_forms.records import Records
from ggui_forms.rows import Rows
from ggui_forms.shapes import Items, Member, Reader, Record, Text, entry_member, label_of
from ggui_forms.streams import Streams
from ggui_forms.typescript import Types
from ggui_forms.values import Scope, Values

_HEADINGS: Final = ("title", "heading", "headline")
_INTROS: Final = ("subtitle", "intro", "introduction", "tagline")
_LONGEST_HEADING: Final = 60


def source_of(contract: Mapping[str, Any]) -> str:
    """The TSX of a component for a contract that has passed the gate."""
    return _Layout(contract).source()


class _Layout:
    def __init__(self, contract: Mapping[str, Any]) -> None:
        self._contract = contract
        props_spec = _mapping(contract, "propsSpec")
        props_reader, actions_reader = Reader(), Reader()
        self._described = _text(props_spec.get("description"))
        self._members = [
            entry_member(props_reader, name, entry)
            for name, entry in _mapping(props_spec, "properties").items()
        ]
        lists = listings(self._members)
        actions = read_actions(_mapping(contract, "actionSpec"), self._members, lists, actions_reader)
        self._page = page = Page()
        self._props = PageProps(page, self._members)
        self._types = Types(page)
        self._values = Values(page)
        self._records = Records(page, self._values)
        drafts = Drafts(page, self._types)
        self._actions = Actions(page, self._types, drafts, self._props, actions, lists)
        self._rows = Rows(page, self._values, self._records, self._actions.of_row)
        self._streams = Streams(page, self._types, self._values, self._records, self._rows, Reader())
        self._slots = Slots(page, self._types, self._values, drafts, Reader())
        self._main = Component(page, self._heading(), "View")

    def source(self) -> str:
        """The whole module."""
        page = self._page
        interface = self._types.lines(self._members)
        if interface:
            page.declare_type(block("interface Props {", interface))
        sections = [*self._summary(), *self._controls(), *self._lists(), *self._channels(), *self._forms()]
        body = page.el("Stack", {"gap": Words("lg")}, self._header(), *sections)
        self._write_main(page.el("Container", {"maxWidth": Words("md"), "padding": Words("md")}, body))
        return page.source()

    # The parts, top to bottom

    def _header(self) -> Doc:
        heading = self._named(_HEADINGS)
        intro = self._named(_INTROS)
        text = self._heading()
        scope = self._props.scope(self._main)
        if heading is None:
            title = self._records.titled(text, 1)
        else:
            expression = scope.get(heading.name)
            shown = expression if heading.required else f"{expression} || {literal(text)}"
            title = self._page.el("Heading", {"level": "1"}, braced(shown))
        notes: list[Doc] = []
        if intro is not None:
            notes.append(self._page.el("Text", {"tone": Words("muted")}, braced(scope.get(intro.name))))
        if self._described and self._described != text:
            notes += self._records.note(self._described)
        buttons = [self._actions.button(action, self._main) for action in self._actions.buttons]
        row = [self._page.el("Row", {"align": Words("start")}, *buttons)] if buttons else []
        if not notes and not row:
            return title
        return self._page.el("Stack", {"as": Words("header"), "gap": Words("sm")}, title, *notes, *row)

    def _summary(self) -> list[Doc]:
        """Everything in the props that is no list."""
        told = {
            member.name for member in (self._named(_HEADINGS), self._named(_INTROS)) if member is not None
        }
        members = tuple(m for m in self._members if m.name not in told and not _is_list(m))
        if not members:
            return []
        record = Record(members)
        scope = self._props.scope(self._main)
        whole = Scope(self._props.record, scope.get)

        def lists(asked: Member, inner: Scope, level: int) -> Sequence[Doc]:
            return self._rows.section(asked, inner, self._main, level)

        body = self._records.body(record, whole, lists, level=2, figures=True)
        return [
            self._page.el(
                "Card", {"as": Words("section")}, self._page.el("Stack", {"gap": Words("md")}, *body)
            )
        ]

    def _lists(self) -> list[Doc]:
        out = []
        for asked in self._members:
            if not _is_list(asked):
                continue
            component = Component(self._page, asked.name, "Section")
            headed = not (self._named(_HEADINGS) is None and self._heading() == label_of(asked))
            shown = self._rows.section(asked, self._props.scope(component), component, 2, headed=headed)
            component.write(self._page.el("Stack", {"as": Words("section"), "gap": Words("md")}, *shown))
            self._props.pass_on(component, self._main)
            out.append(component.used())
        return out

    def _channels(self) -> list[Doc]:
        return [
            self._streams.section(name, entry, 2).used()
            for name, entry in _mapping(self._contract, "streamSpec").items()
        ]

    def _controls(self) -> list[Doc]:
        entries = _mapping(self._contract, "contextSpec").items()
        slots = [self._slots.control(name, entry) for name, entry in entries]
        controls = [slot.used() for slot in slots if slot is not None]
        if not controls:
            return []
        return [self._page.el("Grid", {"as": Words("section"), "minColumnWidth": "260"}, *controls)]

    def _forms(self) -> list[Doc]:
        return [self._form(action) for action in self._actions.forms]

    def _form(self, action: Action) -> Doc:
        form = self._actions.form(action, self._main)
        headed = self._heading() != action.label or self._named(_HEADINGS) is not None
        heading = [self._records.titled(action.label, 2)] if headed else []
        parts = [*heading, *self._records.note(action.description), form]
        content = self._page.el("Stack", {"gap": Words("md")}, *parts) if len(parts) > 1 else parts[0]
        return self._page.el("Card", {"as": Words("section")}, content)

    # What the page is called

    def _named(self, names: Sequence[str]) -> Member | None:
        for name in names:
            for asked in self._members:
                if asked.name == name and isinstance(asked.shape, Text):
                    return asked
        return None

    def _heading(self) -> str:
        """What the page is about, from the words of the contract."""
        if (
            self._described
            and len(self._described) <= _LONGEST_HEADING
            and not self._described.rstrip().endswith(".")
        ):
            return shortened(self._described)
        for asked in self._members:
            if _is_list(asked):
                return label_of(asked)
        labels = [action.label for action in self._actions.forms]
        if len(labels) == 1 and not self._members:
            return labels[0]
        for section in ("streamSpec", "propsSpec", "actionSpec", "contextSpec"):
            names = _mapping(self._contract, section)
            found = _mapping(names, "properties") if section == "propsSpec" else names
            told = [name for name in found if name not in (*_HEADINGS, *_INTROS)]
            if told:
                return humanised(told[0])
        return "Overview"

    def _write_main(self, jsx: Doc) -> None:
        used = set(self._props.used_by(self._main))
        names = []
        lines: list[Doc] = []
        for asked in self._members:
            if asked.name in used and asked.name in INHERITED:
                lines.append(f"const {self._props.identifier(asked.name)} = {member('props', asked.name)};")
            elif asked.name in used:
                identifier = self._props.identifier(asked.name)
                names.append(identifier if identifier == asked.name else f"{key(asked.name)}: {identifier}")
        signature: Doc = ""
        if names:
            listed = Group("{", Indented(LINE, joined(names, ",", LINE), Either(",", "")), LINE, "}")
            signature = Sequenced([listed, ": Props"])
            if lines:
                lines.insert(0, Sequenced(["const ", listed, " = props;"]))
        if lines:
            signature = "props: Props"
        head = Sequenced([f"export default function {self._main.name}(", signature, ") {"])
        self._page.add(block(head, [*lines, *self._main.lines, returned(jsx)]))


def _is_list(asked: Member) -> bool:
    shape = asked.shape
    return isinstance(shape, Items) and isinstance(shape.item, Record) and bool(shape.item.members)


def _mapping(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = of.get(name)
    return found if isinstance(found, Mapping) else {}


def _text(value: object) -> str | None:
    return value.strip() if isinstance(value, str) and value.strip() else None

"""What a person can do: buttons and forms, on the page and on the rows that they are about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ggui_core.tsx.documents import Doc, Sequenced
from ggui_core.tsx.identifiers import words
from ggui_core.tsx.syntax import Attribute, Words, arrow, fragment, key, literal, object_of
from ggui_forms.component import Component
from ggui_forms.drafts import Drafts, RowSource, parts_used
from ggui_forms.matching import CREATES, Listing, Match, best_match, is_id, reference
from ggui_forms.names import humanised, shortened, singular
from ggui_forms.page import Page
from ggui_forms.props import PageProps
from ggui_forms.rows import Row
from ggui_forms.shapes import (
    Choice,
    Flag,
    Items,
    Member,
    Number,
    Reader,
    Record,
    Shape,
    Text,
    has_one_value,
    is_nullable,
    only_value,
)
from ggui_forms.typescript import Types
from ggui_forms.values import Scope

_EDITS = frozenset(
    [
        "adjust",
        "change",
        "configure",
        "correct",
        "edit",
        "modify",
        "patch",
        "rename",
        "revise",
        "save",
        "set",
        "update",
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class Action:
    """One entry of the action spec, read.

    Attributes:
        record: Its payload; ``None`` for a void action. A payload that is no object is a record of one ``value``.
        is_wrapped: Whether ``record`` is such a stand-in.
        match: The rows it belongs to.
        filled: Members of the payload that props fill in, with the name of the prop.
    """

    name: str
    label: str
    description: str | None
    confirm: bool
    record: Record | None
    is_wrapped: bool
    match: Match | None
    filled: Mapping[str, str] = field(default_factory=dict)

    @property
    def asked(self) -> tuple[Member, ...]:
        """What a person is asked for."""
        if self.record is None:
            return ()
        own = {self.match.payload.name} if self.match else set()
        given = own | self.filled.keys()
        return tuple(
            asked
            for asked in self.record.members
            if asked.name not in given and not has_one_value(asked.shape)
        )

    @property
    def constants(self) -> tuple[Member, ...]:
        """Required members with a single value."""
        members = self.record.members if self.record else ()
        return tuple(asked for asked in members if has_one_value(asked.shape) and asked.required)


def read_actions(
    spec: Mapping[str, Any], props: Sequence[Member], lists: Sequence[Listing], reader: Reader
) -> tuple[Action, ...]:
    """The actions of a contract, in its order."""
    return tuple(_read(name, entry, props, lists, reader) for name, entry in spec.items())


def _read(
    name: str, entry: Mapping[str, Any], props: Sequence[Member], lists: Sequence[Listing], reader: Reader
) -> Action:
    label = str(entry.get("label") or "").strip()
    shown = shortened(label) if label else humanised(name)
    described = entry.get("description")
    description = described if isinstance(described, str) and described.strip() else None
    confirm = entry.get("confirm") is True
    if "schema" not in entry:
        return Action(name, shown, description, confirm, None, is_wrapped=False, match=None)
    shape = reader.read(entry["schema"])
    wrapped = not isinstance(shape, Record)
    record = Record((Member("value", shape, required=True, title=shown),)) if wrapped else shape
    assert isinstance(record, Record), "wrapped if it was none"
    match = None if wrapped else best_match(name, record, lists)
    filled = {} if wrapped else dict(_filled(record, props, match))
    return Action(name, shown, description, confirm, record, wrapped, match, filled)


def _filled(record: Record, props: Sequence[Member], match: Match | None) -> Iterable[tuple[str, str]]:
    """Ids of the payload that the props know under the same name."""
    for asked in record.members:
        if (match is not None and asked is match.payload) or not is_id(asked.name):
            continue
        for prop in props:
            same = prop.name == asked.name and prop.required and not is_nullable(prop.shape)
            if same and _alike(asked.shape, prop.shape):
                yield asked.name, prop.name


def _alike(asked: Shape, known: Shape) -> bool:
    match asked, known:
        case (Text(), Text()) | (Number(), Number()) | (Flag(), Flag()):
            return True
        case (Choice(), Choice()):
            return {literal(o.value) for o in known.options} <= {literal(o.value) for o in asked.options}
        case (Items(), Items()):
            return _alike(asked.item, known.item) and not isinstance(asked.item, (Record, Items))
        case _:
            return False


class Actions:
    """Writes the actions of a page."""

    def __init__(
        self,
        page: Page,
        types: Types,
        drafts: Drafts,
        props: PageProps,
        actions: Sequence[Action],
        lists: Sequence[Listing],
    ) -> None:
        self._page = page
        self._types = types
        self._drafts = drafts
        self._props = props
        self._lists = [listing for listing in lists if len(listing.path) == 1]
        self._of_page = [action for action in actions if action.match is None]
        self._of_rows = [action for action in actions if action.match is not None]
        self._variables: dict[str, str] = {}
        self._forms: dict[str, Component] = {}

    @property
    def forms(self) -> tuple[Action, ...]:
        """The actions of the page that ask for something."""
        return tuple(action for action in self._of_page if action.asked)

    @property
    def buttons(self) -> tuple[Action, ...]:
        """The actions of the page that ask for nothing."""
        return tuple(action for action in self._of_page if not action.asked)

    def button(self, action: Action, component: Component) -> Doc:
        """A button of the page, and what is said about it."""
        control = self._button(action, component, {})
        if action.description is None:
            return control
        text = self._page.el("Text", {"size": Words("sm"), "tone": Words("muted")}, Words(action.description))
        return self._page.el("Stack", {"gap": Words("xs")}, control, text)

    def form(self, action: Action, component: Component) -> Doc:
        """A form of the page."""
        form = self._form(action, None)
        self._props.pass_on(form, component)
        return form.used()

    def of_row(self, items: Items, row: Row, component: Component) -> list[Doc]:
        """The controls of a row."""
        own = [action for action in self._of_rows if action.match and action.match.listing.items is items]
        return [
            self._row_form(action, row, component)
            if action.asked
            else self._button(action, component, self._of(action, row), about=row.about)
            for action in own
        ]

    def _button(
        self, action: Action, component: Component, given: Mapping[str, str], about: str | None = None
    ) -> Doc:
        attributes: dict[str, Attribute] = {
            "label": Words(action.label),
            "about": about,
            "act": self._act(action, component),
            "payload": self._payload(action, component, given),
        }
        return self._page.el("ConfirmedButton" if action.confirm else "ActionButton", attributes)

    def _of(self, action: Action, row: Row) -> dict[str, str]:
        """The member of the payload that names the row, with its value there."""
        assert action.match is not None, "an action of rows"
        return {action.match.payload.name: row.scope.get(action.match.item.name)}

    def _row_form(self, action: Action, row: Row, component: Component) -> Doc:
        form = self._form(action, row)
        self._props.pass_on(form, component)
        component.line(f'const [open, setOpen] = {self._page.take("react", "useState")}("");')
        opened = f"`{form.name} ${{{row.key}}}`"
        used = form.used(onSent="onSent", onCancel='() => setOpen("")')
        return self._page.el(
            "RowForm",
            {
                "label": Words(action.label),
                "about": row.about,
                "isOpen": f"open === {opened}",
                "onToggle": f'(isOpen) => setOpen(isOpen ? {opened} : "")',
            },
            Sequenced(["{", arrow("onSent", used), "}"]),
        )

    def _form(self, action: Action, row: Row | None) -> Component:
        """The component of a form, written once."""
        written = self._forms.get(action.name)
        if written is not None:
            return written
        form = self._forms[action.name] = Component(self._page, action.name, "Form")
        if row is not None:
            form.parameter(
                row.variable, f": {self._types.interface(row.scope.record, singular(row.name))}", row.variable
            )
        scope = self._props.scope(form) if row is None else row.scope
        starts = _starts(action, scope)
        made = self._drafts.form(
            action.name,
            action.asked,
            type_=self._answered_type(action),
            known=[name for name, _ in starts],
            sources=self._sources(action, form),
        )
        fields = self._drafts.controls(made.fields)
        content = fields[0] if len(fields) == 1 else fragment(*fields)
        known = object_of([name if name == value else f"{key(name)}: {value}" for name, value in starts])
        attributes: dict[str, Attribute] = {
            "label": Words(action.label),
            "act": self._act(action, form),
            "blank": Sequenced([f"{made.draft}(", known, ")"]) if made.draft else made.blank,
            "check": made.check or "() => ({})",
            "payload": self._payload_function(
                action, form, self._of(action, row) if row else {}, made.payload
            ),
        }
        if row is not None:
            attributes["onSent"] = form.parameter("onSent", ": () => void")
            attributes["onCancel"] = form.parameter("onCancel", ": () => void")
        form.write(
            self._page.el(
                "ConfirmedForm" if action.confirm else "ActionForm",
                attributes,
                Sequenced(["{", arrow(f"{{ {parts_used(content)} }}", content), "}"]),
            )
        )
        return form

    def _sources(self, action: Action, form: Component) -> dict[str, RowSource]:
        """Lists of the props that members choose their value from."""
        sources = {}
        for asked in action.asked:
            found = None if action.is_wrapped else reference(asked, self._lists)
            if found is not None and (action.match is None or found.listing is not action.match.listing):
                scope = self._props.scope(form)
                listed = scope.record.member(found.listing.name)
                rows = scope.get(found.listing.name)
                if listed is not None and (not listed.required or is_nullable(listed.shape)):
                    rows = f"({rows} ?? [])"
                row = self._page.identifiers.variable(singular(found.listing.name), "row")
                sources[asked.name] = RowSource(found, rows, row)
        return sources

    def _payload_function(
        self, action: Action, form: Component, given: Mapping[str, str], payload: str
    ) -> Doc:
        if action.is_wrapped:
            return f"(draft) => {payload}(draft).value"
        known = self._known_members(action, form, given)
        if not known:
            return payload
        return Sequenced(["(draft) => (", object_of([*known, f"...{payload}(draft)"]), ")"])

    def _payload(self, action: Action, component: Component, given: Mapping[str, str]) -> Doc | None:
        """The payload of a button."""
        if action.record is None:
            return None
        if action.is_wrapped:
            (only,) = action.record.members
            return literal(only_value(only.shape))
        return object_of(self._known_members(action, component, given))

    def _known_members(self, action: Action, component: Component, given: Mapping[str, str]) -> list[Doc]:
        scope = self._props.scope(component)
        known: list[tuple[str, str]] = [
            *given.items(),
            *((name, scope.get(prop)) for name, prop in action.filled.items()),
            *((fixed.name, _constant(fixed)) for fixed in action.constants),
        ]
        return [name if name == value else f"{key(name)}: {value}" for name, value in known]

    def _act(self, action: Action, component: Component) -> str:
        """The identifier of an action in a component; its hook comes with it."""
        variable = self._variables.get(action.name)
        if variable is None:
            variable = self._variables[action.name] = self._page.identifiers.variable(action.name, "act")
        hook = self._page.take("@ggui-ai/wire", "useAction")
        typed = f"<{self._payload_type(action)}>" if action.record is not None else ""
        component.line(f"const {variable} = {hook}{typed}({literal(action.name)});")
        return variable

    def _payload_type(self, action: Action) -> str:
        assert action.record is not None, "a void action has no payload"
        if action.is_wrapped:
            return self._types.of(action.record.members[0].shape, action.name)
        if not action.record.members:
            return "Record<string, never>"
        return self._types.interface(action.record, action.name)

    def _answered_type(self, action: Action) -> str:
        """The type of what a form itself answers: the payload without what is known already."""
        type_ = self._payload_type(action)
        if action.is_wrapped:
            return f"{{ value: {type_} }}"
        assert action.record is not None, "a form has a payload"
        asked = {member.name for member in action.asked}
        known = [member.name for member in action.record.members if member.name not in asked]
        left_out = " | ".join(literal(name) for name in known)
        return f"Omit<{type_}, {left_out}>" if known else type_


def _starts(action: Action, scope: Scope) -> list[tuple[str, str]]:
    """What a draft starts from: members that are known under the same name, when the action changes what is known."""
    if action.is_wrapped:
        return []
    known = [(asked, found) for asked in action.asked if (found := _known(asked, scope.record)) is not None]
    names = {asked.name for asked, _ in known}
    is_edit = not _EDITS.isdisjoint(words(action.name) + words(action.label))
    is_whole = len(known) > 1 and all(asked.name in names for asked in action.asked if asked.required)
    is_new = not CREATES.isdisjoint(words(action.name) + words(action.label))
    if is_new or not (is_edit or is_whole):
        return []
    return [(asked.name, _present(found, scope.get(found.name))) for asked, found in known]


def _known(asked: Member, record: Record) -> Member | None:
    """The member of a record that an answer may start from."""
    known = record.member(asked.name)
    return known if known is not None and _alike(asked.shape, known.shape) else None


def _present(known: Member, expression: str) -> str:
    """A value that is undefined where it is missing."""
    return f"{expression} ?? undefined" if is_nullable(known.shape) else expression


def _constant(member: Member) -> str:
    value = only_value(member.shape)
    return f"{literal(value)} as const" if isinstance(value, str) else literal(value)

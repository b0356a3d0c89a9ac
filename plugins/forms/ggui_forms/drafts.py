"""The functions around a draft: how it starts, what is wrong with it, what is sent, and its fields."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ggui_core.tsx.documents import Doc, Sequenced, printed
from ggui_core.tsx.syntax import (
    Words,
    block,
    call,
    chained,
    fragment,
    key,
    literal,
    member,
    object_of,
    returned,
)
from ggui_forms.choices import Pick, PickRow, PickSeveral
from ggui_forms.fields import Field, Figure, Line, Place, Tick
from ggui_forms.groups import Alternative, Constant, Json, Listed, Part, RecordNames, Variation
from ggui_forms.matching import Match
from ggui_forms.names import humanised, singular
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
    has_one_value,
    only_value,
)
from ggui_forms.typescript import Types


@dataclass(frozen=True, slots=True)
class RowSource:
    """Where the options of a field come from that names rows of a list."""

    match: Match
    rows: str
    row: str


@dataclass(frozen=True, slots=True)
class Draft:
    """The parts of one form.

    Attributes:
        blank: An expression of the draft in which nothing is answered.
        draft: The function that makes a draft of what is known; ``None`` where nothing is.
        check: ``None`` when every draft is right.
    """

    blank: str
    draft: str | None
    draft_type: str
    check: str | None
    payload: str
    fields: Sequence[Field]


class Drafts:
    """Writes the functions of records, each record once."""

    def __init__(self, page: Page, types: Types) -> None:
        self._page = page
        self._types = types
        self._parts: dict[tuple[int, bool], RecordNames] = {}
        self._kept: list[Record] = []

    def form(
        self,
        name: str,
        members: Sequence[Member],
        *,
        type_: str,
        known: Collection[str] = (),
        sources: Mapping[str, RowSource] | None = None,
    ) -> Draft:
        """The parts of a form.

        Args:
            name: What they are called after.
            members: What is asked for.
            type_: The type of what is sent for it.
            known: Names of the members that a draft may start with a value of.
            sources: Lists that members choose their value from, by name.
        """
        sources = sources or {}
        fields = [self.field(asked, sources.get(asked.name), known=asked.name in known) for asked in members]
        identifiers = self._page.identifiers
        draft_type = identifiers.type(f"{name} draft")
        starts = [
            Sequenced(
                [
                    f"{key(field.asked.name)}: ",
                    field.start(member("from", field.asked.name) if field.asked.name in known else None),
                ]
            )
            for field in fields
            if not isinstance(field, Constant)
        ]
        if known:
            draft = identifiers.variable(f"{name} draft")
            blank = f"{draft}()"
            given = f"Partial<{type_}>"
            self._page.add(block(f"function {draft}(from: {given} = {{}}) {{", [_returned_object(starts)]))
            self._page.add(f"type {draft_type} = ReturnType<typeof {draft}>;")
        else:
            draft = None
            blank = identifiers.variable(f"new {name}")
            self._page.add(Sequenced([f"const {blank} = ", object_of(starts), ";"]))
            self._page.add(f"type {draft_type} = typeof {blank};")
        check = self._check_function(f"check {name}", draft_type, fields)
        payload = identifiers.variable(f"{name} payload")
        self._page.add(self._payload_function(payload, draft_type, type_, fields))
        return Draft(blank, draft, draft_type, check, payload, fields)

    def controls(self, fields: Sequence[Field]) -> list[Doc]:
        """The controls of a form, in order; ``draft``, ``change`` and ``problems`` are in reach."""
        return [field.control(self._place(field)) for field in fields if not isinstance(field, Constant)]

    def field(self, asked: Member, source: RowSource | None = None, *, known: bool = False) -> Field:
        """The field for a member; ``known`` when its answer may start from a value."""
        page = self._page
        if source is not None:
            return PickRow(page, asked, source.match, source.rows, source.row)
        match asked.shape:
            case Text() as shape:
                return Line(page, asked, shape)
            case Number() as shape:
                return Figure(page, asked, shape)
            case Flag() as shape:
                return Tick(page, asked, shape)
            case Choice() as shape:
                return Pick(page, asked, shape, self._types.of(shape, asked.name))
            case Fixed():
                return Constant(page, asked, only_value(asked.shape))
            case Items() as shape:
                return self._items(asked, shape, known)
            case Record() as shape:
                if has_one_value(shape):
                    return Constant(page, asked, only_value(shape))
                return Part(page, asked, self.record(shape, asked.name, known=known))
            case Variants() as shape:
                return self._variation(asked, shape, known)
            case Mapped() | Anything():
                return Json(page, asked)

    def _items(self, asked: Member, shape: Items, known: bool) -> Field:
        page = self._page
        if isinstance(shape.item, Choice):
            return PickSeveral(page, asked, shape, self._types.of(shape, asked.name))
        if isinstance(shape.item, (Items, Fixed)):
            return Json(page, asked)
        title = singular(asked.title) if asked.title else humanised(singular(asked.name))
        row = self.field(
            Member(singular(asked.name) or "item", shape.item, required=True, title=title), known=known
        )
        return Json(page, asked) if isinstance(row, Constant) else Listed(page, asked, shape, row)

    def _variation(self, asked: Member, shape: Variants, known: bool) -> Field:
        alternatives = []
        for index, (record, title) in enumerate(zip(shape.alternatives, shape.labels, strict=True)):
            sign = _sign(record, shape.alternatives)
            label = title or (
                humanised(sign[1]) if sign and isinstance(sign[1], str) else f"Option {index + 1}"
            )
            names = self.record(record, f"{label} {asked.name}", known=known)
            part = Part(self._page, Member(asked.name, record, required=True), names)
            alternatives.append(Alternative(f"option{index + 1}", label, sign, part))
        return Variation(self._page, asked, alternatives, self._types.of(shape, asked.name))

    def record(self, record: Record, name: str, *, known: bool) -> RecordNames:
        """The functions and the fields of a record within a payload."""
        written = self._parts.get((id(record), known))
        if written is not None:
            return written
        type_ = self._types.interface(record, name)
        names_known = [asked.name for asked in record.members] if known else []
        made = self.form(type_, record.members, type_=type_, known=names_known)
        fields = self._page.identifiers.type(f"{type_} fields")
        names = RecordNames(made.blank, made.draft, made.draft_type, made.check, made.payload, fields)
        self._parts[id(record), known] = names
        self._kept.append(record)
        body = fragment(*self.controls(made.fields))
        parts = parts_used(body)
        signature = f"{{ {parts} }}: FormParts<{made.draft_type}>" if parts else ""
        if parts:
            self._page.use("FormParts")
        self._page.add(block(f"function {fields}({signature}) {{", [returned(body)]))
        return names

    def _place(self, field: Field) -> Place:
        name = field.asked.name
        return Place(
            value=member("draft", name),
            set=lambda expression: f"change({{ {_assigned(name, expression)} }})",
            part=literal(name),
            # Also where nothing is checked here: the server may refuse the answer.
            error=member("problems", name),
            label=Words(field.label),
        )

    def _check_function(self, name: str, draft_type: str, fields: Sequence[Field]) -> str | None:
        own: list[Doc] = []
        inner: list[Doc] = []
        for field in fields:
            value = member("draft", field.asked.name)
            checks = field.checks(value, field.label)
            if checks:
                own.append(Sequenced([f"{key(field.asked.name)}: ", chained(checks)]))
            inside = field.inner(value)
            if inside is not None:
                inner.append(
                    Sequenced(["...", call(self._page.use("within"), [literal(field.asked.name), inside])])
                )
        if not own and not inner:
            return None
        self._page.use("Problems")
        found = call(self._page.use("problemsOf"), [object_of(own)]) if own else None
        if found is not None and not inner:
            result: Doc = Sequenced(["return ", found, ";"])
        else:
            result = _returned_object([*([Sequenced(["...", found])] if found is not None else []), *inner])
        function = self._page.identifiers.variable(name)
        self._page.add(block(f"function {function}(draft: {draft_type}): Problems {{", [result]))
        return function

    def _payload_function(self, payload: str, draft_type: str, sent: str, fields: Sequence[Field]) -> Doc:
        members = [found for field in fields if (found := _sent(field)) is not None]
        return block(f"function {payload}(draft: {draft_type}): {sent} {{", [_returned_object(members)])


def parts_used(body: Doc) -> str:
    """Which parts of a form its fields use."""
    text = printed(body)
    return ", ".join(part for part in ("draft", "change", "problems") if re.search(rf"\b{part}\b", text))


def _sent(field: Field) -> Doc | None:
    """A field's member of the payload: left out, or null, when nothing was answered."""
    name = field.asked.name
    value = member("draft", name)
    sent = field.payload(value)
    if isinstance(field, Constant):
        return Sequenced([f"{key(name)}: ", sent]) if field.asked.required else None
    if field.must:
        return Sequenced([f"{key(name)}: ", sent])
    blank = field.is_blank(value)
    if field.asked.required:
        if blank is not None:
            return Sequenced([f"{key(name)}: {blank} ? null : ", sent])
        return Sequenced([f"{key(name)}: ", sent])
    if blank is None:
        return Sequenced([f"{key(name)}: ", sent])
    return Sequenced([f"...({_negated(blank)} && {{ {key(name)}: ", sent, " })"])


def _negated(condition: str) -> str:
    if condition.endswith('=== ""'):
        return condition.removesuffix('=== ""') + '!== ""'
    if condition.endswith(".length === 0"):
        return condition.removesuffix("=== 0") + "> 0"
    return condition[1:] if condition.startswith("!") else f"!{condition}"


def _assigned(name: str, expression: str) -> str:
    return f"{key(name)}: {expression}"


def _returned_object(members: Sequence[Doc]) -> Doc:
    if not members:
        return "return {};"
    return block("return {", [Sequenced([entry, ","]) for entry in members], "};")


def _sign(record: Record, among: Sequence[Record]) -> tuple[str, object] | None:
    """The fixed member that tells a record from its alternatives."""
    for member_ in record.members:
        if isinstance(member_.shape, Fixed) and all(
            isinstance(found.shape, Fixed)
            for other in among
            if (found := other.member(member_.name)) is not None
        ):
            return member_.name, member_.shape.value
    return None

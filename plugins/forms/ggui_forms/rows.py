"""Lists of records: a table where the columns fit, cards where they do not, and the actions of each row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ggui_core.tsx.documents import Doc, Sequenced
from ggui_core.tsx.syntax import Words, array_of, arrow, braced, each, either, literal, member, object_of
from ggui_forms.component import Component
from ggui_forms.meaning import Sense, is_currency, sense, title_of
from ggui_forms.names import humanised, singular
from ggui_forms.page import Page
from ggui_forms.records import Records, is_simple
from ggui_forms.shapes import Items, Member, Number, Record, Text, is_nullable, label_of
from ggui_forms.values import Scope, Values, column

MOST_COLUMNS: Final = 6
_CARD_WIDTH: Final = "260"
_ID_NAMES: Final = ("id", "_id", "uuid", "key")


@dataclass(frozen=True, slots=True)
class Row:
    """One row while it is written.

    Attributes:
        name: Of its list.
        variable: The identifier of the row.
        scope: Its members.
        about: An expression of text that tells it apart.
        key: An expression that stays the same while the row does.
    """

    name: str
    variable: str
    scope: Scope
    about: str
    key: str

    @property
    def parameters(self) -> str:
        """Of the function that writes it."""
        return f"{self.variable}, index" if "index" in self.key + self.about else self.variable


Actions = Callable[[Items, Row, Component], Sequence[Doc]]
"""Writes the controls of the actions that belong to the rows of a list."""


class Rows:
    """Writes lists of records."""

    def __init__(self, page: Page, values: Values, records: Records, actions: Actions) -> None:
        self._page = page
        self._values = values
        self._records = records
        self._actions = actions

    def section(
        self, asked: Member, scope: Scope, component: Component, level: int, *, headed: bool = True
    ) -> list[Doc]:
        """A list of the props or of a record, with its heading and what stands in its place when it is empty."""
        assert isinstance(asked.shape, Items), "a list"
        expression = scope.get(asked.name)
        optional = not asked.required or is_nullable(asked.shape)
        rows = f"({expression} ?? [])" if optional else expression
        nothing = Words(f"No {lowered(label_of(asked))} yet")
        empty = self._page.el("EmptyState", {"title": nothing})
        if level > 2:
            empty = self._page.el("Text", {"tone": Words("muted")}, nothing)
        shown = self.rows(asked.name, asked.shape, rows, scope, component, level + 1)
        condition = f"{expression}?.length" if optional else f"{expression}.length > 0"
        heading = [self._records.heading(asked, level)] if headed else []
        return [*heading, *self._records.note(asked.description), braced(either(condition, shown, empty))]

    def rows(
        self, name: str, items: Items, rows: str, scope: Scope | None, component: Component, level: int
    ) -> Doc:
        """The rows themselves; there is at least one."""
        record = items.item
        assert isinstance(record, Record), "a list of records"
        variable = self._page.identifiers.variable(singular(name), "row")
        inner = Scope(record, lambda found: member(variable, found), scope)
        row = Row(name, variable, inner, self._about(record, inner, name), self._key(record, inner))
        actions = self._actions(items, row, component)
        columns = self._columns(record, inner)
        fits = len(columns) + bool(actions) <= MOST_COLUMNS
        if columns and fits and all(is_simple(asked, inner.owners) for asked in columns):
            return self._table(name, rows, row, columns, actions)
        return self._cards(rows, row, record, actions, component, level)

    def _columns(self, record: Record, scope: Scope) -> list[Member]:
        members = [m for m in record.members if not is_currency(m, record)]
        told = [m for m in members if m.name not in _ID_NAMES]
        return told or members

    def _table(
        self, name: str, rows: str, row: Row, columns: Sequence[Member], actions: Sequence[Doc]
    ) -> Doc:
        written = []
        for asked in columns:
            is_figure = isinstance(asked.shape, Number) and sense(
                asked.name, asked.shape, row.scope.owners
            ) in (
                Sense.QUANTITY,
                Sense.MONEY,
            )
            shown = self._values.shown(asked, row.scope, small=True)
            align = "right" if is_figure else None
            written.append(column(label_of(asked), asked.name, shown, row.variable, align=align))
        if actions:
            written.append(self._action_column(row, actions))
        return self._page.el("Table", {"data": rows, "columns": array_of(written)})

    def _action_column(self, row: Row, actions: Sequence[Doc]) -> Doc:
        cell = self._page.el("Row", {"key": row.key, "gap": Words("xs"), "align": Words("start")}, *actions)
        render = Sequenced(["render: ", arrow(row.parameters, cell)])
        return object_of([f"key: {literal('actions')}", 'header: ""', render])

    def _cards(
        self, rows: str, row: Row, record: Record, actions: Sequence[Doc], component: Component, level: int
    ) -> Doc:
        title = title_of(record)
        hidden = {m.name for m in record.members if m.name in _ID_NAMES} if len(record.members) > 1 else set()
        skip = hidden | ({title.name} if title else set())

        def lists(asked: Member, scope: Scope, inner_level: int) -> Sequence[Doc]:
            return self.section(asked, scope, component, inner_level)

        body = self._records.body(record, row.scope, lists, level=level + 1, skip=skip, depth=1)
        heading: list[Doc] = []
        if title:
            shown = self._values.shown(title, row.scope)
            heading = [self._page.el("Heading", {"level": str(min(level, 6))}, shown.child)]
        footer = [self._page.el("Row", {"align": Words("start")}, *actions)] if actions else []
        content = self._page.el("Stack", {"gap": Words("md")}, *heading, *body, *footer)
        card = self._page.el("Card", {"key": row.key, "as": Words("li"), "padding": Words("md")}, content)
        plain = '{ listStyle: "none", margin: 0, padding: 0 }'
        cards = each(rows, row.parameters, card)
        wide = any(isinstance(m.shape, Items) and isinstance(m.shape.item, Record) for m in record.members)
        if wide:
            return self._page.el("Stack", {"as": Words("ul"), "gap": Words("md"), "style": plain}, cards)
        return self._page.el(
            "Grid", {"as": Words("ul"), "minColumnWidth": _CARD_WIDTH, "style": plain}, cards
        )

    def _about(self, record: Record, scope: Scope, name: str) -> str:
        title = title_of(record)
        if title is not None:
            expression = scope.get(title.name)
            return expression if title.required and not is_nullable(title.shape) else f'{expression} ?? ""'
        own = id_of(record)
        if own is not None:
            return f"String({scope.get(own.name)})"
        return f"{literal(humanised(singular(name)) + ' ')} + (index + 1)"

    def _key(self, record: Record, scope: Scope) -> str:
        own = id_of(record)
        return scope.get(own.name) if own is not None else "index"


def id_of(record: Record) -> Member | None:
    """The member that names a row to the machine."""
    for asked in record.members:
        if asked.name in _ID_NAMES and asked.required and isinstance(asked.shape, (Text, Number)):
            return None if is_nullable(asked.shape) else asked
    last = [asked for asked in record.members if asked.name.lower().endswith("id") and asked.required]
    if last and isinstance(last[0].shape, (Text, Number)) and not is_nullable(last[0].shape):
        return last[0]
    return None


def lowered(text: str) -> str:
    """A label within a sentence; an acronym stays as it is."""
    first = text.split(" ", 1)[0]
    return text if len(first) > 1 and first.isupper() else text[:1].lower() + text[1:]

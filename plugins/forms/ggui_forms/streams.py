"""Channels: a list that grows at its top, or a value that changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ggui_core.tsx.documents import Doc
from ggui_core.tsx.syntax import Words, braced, each, either, literal, member, when
from ggui_forms.component import Component
from ggui_forms.names import singular
from ggui_forms.page import Page
from ggui_forms.records import Records
from ggui_forms.rows import Rows
from ggui_forms.shapes import Items, Member, Reader, Record, entry_member
from ggui_forms.typescript import Types
from ggui_forms.values import Scope, Shown, Values

MOST_SHOWN = 50


class Streams:
    """Writes the channels of a page."""

    def __init__(
        self, page: Page, types: Types, values: Values, records: Records, rows: Rows, reader: Reader
    ) -> None:
        self._page = page
        self._types = types
        self._values = values
        self._records = records
        self._rows = rows
        self._reader = reader

    def section(self, name: str, entry: Mapping[str, Any], level: int) -> Component:
        """The component of a channel."""
        channel = entry_member(self._reader, name, {**entry, "required": True})
        component = Component(self._page, name, "Stream")
        if entry.get("mode") == "replace":
            shown = self._latest(channel, component, level)
        else:
            shown = self._newest(channel, component, level)
        mark = self._page.el("LiveMark", {"isComplete": "isComplete"})
        head = self._page.el(
            "Row", {"justify": Words("between")}, self._records.heading(channel, level), mark
        )
        live = self._page.el("div", {"aria-live": Words("polite")}, *shown)
        component.write(
            self._page.el(
                "Stack",
                {"as": Words("section"), "gap": Words("md")},
                head,
                *self._records.note(channel.description),
                live,
            )
        )
        return component

    def _hook(self, channel: Member, component: Component, parts: str) -> None:
        hook = self._page.take("@ggui-ai/wire", "useStream")
        type_ = self._types.of(channel.shape, singular(channel.name))
        component.line(f"const {{ {parts}, isComplete }} = {hook}<{type_}>({literal(channel.name)});")

    def _newest(self, channel: Member, component: Component, level: int) -> list[Doc]:
        self._hook(channel, component, "all")
        component.line(f"const newest = all.slice(-{MOST_SHOWN}).reverse();")
        waiting = self._waiting("Nothing yet. What happens shows up here.")
        if isinstance(channel.shape, Record) and channel.shape.members:
            shown = self._rows.rows(channel.name, Items(channel.shape), "newest", None, component, level + 1)
        else:
            item = self._item(channel, "value")
            entry = self._page.el("li", {"key": "all.length - index"}, item.child)
            rows = each("newest", "value, index", entry)
            shown = self._page.el(
                "ul", {"style": '{ margin: 0, paddingInlineStart: "var(--ggui-spacing-5)" }'}, rows
            )
        most = self._page.el(
            "Text",
            {"size": Words("sm"), "tone": Words("muted")},
            braced(f"`The newest {MOST_SHOWN} of ${{all.length}}.`"),
        )
        return [braced(either("newest.length > 0", shown, waiting)), when(f"all.length > {MOST_SHOWN}", most)]

    def _latest(self, channel: Member, component: Component, level: int) -> list[Doc]:
        self._hook(channel, component, "latest")
        waiting = self._waiting("Waiting for the first value.")
        if isinstance(channel.shape, Record) and channel.shape.members:
            scope = Scope(channel.shape, lambda name: member("latest", name))

            def lists(asked: Member, inner: Scope, inner_level: int) -> list[Doc]:
                return self._rows.section(asked, inner, component, inner_level)

            body = self._records.body(channel.shape, scope, lists, level=level + 1, figures=True)
            stacked = self._page.el("Stack", {"gap": Words("md")}, *body)
            return [braced(either("latest", stacked, waiting))]
        shown = self._item(channel, "latest")
        look = {"is": Words("div"), "size": Words("2xl"), "weight": Words("semibold")}
        large = self._page.el("Text", look, shown.child)
        return [braced(either("latest !== null", large, waiting))]

    def _item(self, channel: Member, expression: str) -> Shown:
        inner = Member(channel.name, channel.shape, required=True, title=channel.title)
        return self._values.shown(inner, Scope(Record((inner,)), lambda _: expression))

    def _waiting(self, text: str) -> Doc:
        return self._page.el("Text", {"tone": Words("muted")}, Words(text))

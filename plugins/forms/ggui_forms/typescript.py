"""The types of a contract's data in TypeScript, for whoever reads or changes the source."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ggui_core.tsx.documents import Doc
from ggui_core.tsx.syntax import block, key, literal
from ggui_forms.names import singular
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
    Shape,
    Text,
    Variants,
    is_nullable,
)

_MOST_LITERALS = 12
_LONGEST_UNION = 80


class Types:
    """Names the records of a contract and writes the types of its values."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._names: dict[int, str] = {}
        self._kept: list[Record] = []  # so that no other record gets the id of one that is named

    def of(self, shape: Shape, name: str) -> str:
        """The type of a shape; a record gets an interface called like ``name``."""
        text = self._of(shape, name)
        return f"{text} | null" if is_nullable(shape) and text != "unknown" else text

    def interface(self, record: Record, name: str) -> str:
        """The name of the interface of a record."""
        known = self._names.get(id(record))
        if known is not None:
            return known
        declared = self._page.identifiers.type(name)
        self._names[id(record)] = declared
        self._kept.append(record)
        lines = self.lines(record.members)
        self._page.declare_type(block(f"interface {declared} {{", lines))
        return declared

    def lines(self, members: Iterable[Member]) -> list[Doc]:
        """The members of an interface."""
        return [
            f"{key(member.name)}{'' if member.required else '?'}: {self.of(member.shape, member.name)};"
            for member in members
        ]

    def _of(self, shape: Shape, name: str) -> str:
        match shape:
            case Text():
                return "string"
            case Number():
                return "number"
            case Flag():
                return "boolean"
            case Choice():
                return _union([option.value for option in shape.options])
            case Fixed():
                return _union([shape.value])
            case Items():
                item = self.of(shape.item, singular(name))
                return f"({item})[]" if " " in item else f"{item}[]"
            case Record():
                return self.interface(shape, name) if shape.members else "Record<string, never>"
            case Mapped():
                return f"Record<string, {self.of(shape.value, singular(name))}>"
            case Variants():
                named = [
                    self.interface(record, f"{label or ''} {name}")
                    for record, label in zip(shape.alternatives, shape.labels, strict=True)
                ]
                return " | ".join(dict.fromkeys(named))
            case Anything():
                return "unknown"


def _union(values: list[object]) -> str:
    if all(value is None or isinstance(value, (str, int, float, bool)) for value in values):
        text = " | ".join(dict.fromkeys(literal(value) for value in values))
        if len(values) <= _MOST_LITERALS and len(text) <= _LONGEST_UNION:
            return text
    kinds = dict.fromkeys(_kind(value) for value in values)
    return " | ".join(kinds)


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if value is None or isinstance(value, str):
        return "null" if value is None else "string"
    return "number" if isinstance(json.loads(json.dumps(value)), (int, float)) else "unknown"

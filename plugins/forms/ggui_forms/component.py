"""One function component of a page while it is written."""

from __future__ import annotations

from ggui_core.tsx.documents import LINE, Doc, Either, Group, Indented, Sequenced, joined, printed
from ggui_core.tsx.syntax import block, returned
from ggui_forms.page import Page


class Component:
    """A component: what it is given, and what it declares before it returns.

    Attributes:
        name: Its identifier, unique on the page.
    """

    def __init__(self, page: Page, name: str, suffix: str = "") -> None:
        self.page = page
        self.name = page.identifiers.type(name, "Part", suffix)
        self._lines: dict[str, Doc] = {}
        self._parameters: dict[str, tuple[str, Doc | None]] = {}

    def parameter(self, name: str, type_: str, argument: Doc | None = None) -> str:
        """Something it is given.

        Args:
            type_: With its colon: ``: string`` or ``?: string``.
            argument: What stands for it where the component is used; ``None`` where :meth:`used` gets it.
        """
        self._parameters.setdefault(name, (type_, argument))
        return name

    def line(self, statement: Doc) -> None:
        """Add a statement before the return, once."""
        self._lines.setdefault(printed(statement), statement)

    @property
    def lines(self) -> list[Doc]:
        """The statements before the return."""
        return [*self._lines.values()]

    def used(self, **more: Doc) -> Doc:
        """The component as an element."""
        given = {name: argument for name, (_, argument) in self._parameters.items() if argument is not None}
        return self.page.el(self.name, {**given, **more})

    def write(self, jsx: Doc) -> None:
        """Put it on the page."""
        body = [*self.lines, returned(jsx)]
        self.page.add(block(Sequenced([f"function {self.name}(", self._signature(), ") {"]), body))

    def _signature(self) -> Doc:
        if not self._parameters:
            return ""
        names = joined(list(self._parameters), ",", LINE)
        types = joined([f"{name}{type_}" for name, (type_, _) in self._parameters.items()], ";", LINE)
        return Group(
            "{",
            Indented(LINE, names, Either(",", "")),
            LINE,
            "}: {",
            Indented(LINE, types, Either(";", "")),
            LINE,
            "}",
        )

"""The props within a page: which component uses which, and how they reach it."""

from __future__ import annotations

from collections.abc import Sequence

from ggui_core.tsx.syntax import literal
from ggui_forms.component import Component
from ggui_forms.page import Page
from ggui_forms.shapes import Member, Record
from ggui_forms.values import Scope


class PageProps:
    """A prop has the same identifier in every component that is given it."""

    def __init__(self, page: Page, members: Sequence[Member]) -> None:
        self.record = Record(tuple(members))
        self._names = {asked.name: page.identifiers.variable(asked.name, "prop") for asked in members}
        self._used: dict[str, dict[str, None]] = {}

    def scope(self, component: Component) -> Scope:
        """The props as a component reaches them; what it asks for becomes a parameter of it."""

        def get(name: str) -> str:
            self._used.setdefault(component.name, {})[name] = None
            identifier = self._names[name]
            return component.parameter(identifier, f": Props[{literal(name)}]", identifier)

        return Scope(self.record, get)

    def identifier(self, name: str) -> str:
        """What a prop is called in code."""
        return self._names[name]

    def used_by(self, component: Component) -> tuple[str, ...]:
        """The names of the props that a component uses."""
        return tuple(self._used.get(component.name, ()))

    def pass_on(self, inner: Component, outer: Component) -> None:
        """Let one component have what another within it needs."""
        scope = self.scope(outer)
        for name in self.used_by(inner):
            scope.get(name)

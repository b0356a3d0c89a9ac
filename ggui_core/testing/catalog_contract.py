"""Contract kit for :class:`~ggui_core.seams.ComponentCatalog`."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from ggui_core.seams import ComponentCatalog

_MODULE = re.compile(r"(?:@[a-z0-9-]+/)?[a-z0-9-]+(?:/[a-z0-9-]+)*")


class ComponentCatalogContract(ABC):
    """Kit for :class:`~ggui_core.seams.ComponentCatalog`."""

    @abstractmethod
    async def make(self) -> ComponentCatalog:
        """The catalog."""

    async def test_it_has_what_every_compiled_component_imports(self) -> None:
        modules = (await self.make()).modules
        assert {"jsx", "jsxs", "Fragment"} <= set(modules["react/jsx-runtime"])
        assert {"useState", "useEffect", "default"} <= set(modules["react"])
        assert {"useAction", "useStream", "useGguiContext"} <= set(modules["@ggui-ai/wire"])
        assert modules["@ggui-ai/design"]

    async def test_modules_are_bare_specifiers_and_names_can_be_imported(self) -> None:
        for specifier, names in (await self.make()).modules.items():
            assert _MODULE.fullmatch(specifier), specifier
            assert all(name.isidentifier() for name in names), specifier

    async def test_every_component_and_hook_is_explained_and_nothing_that_is_not_there(self) -> None:
        catalog = await self.make()
        declared = {(entry.module, entry.name) for entry in catalog.declarations}
        assert len(declared) == len(catalog.declarations)
        for module in ("@ggui-ai/design", "@ggui-ai/wire"):
            assert {name for of, name in declared if of == module} == set(catalog.modules[module])
        for entry in catalog.declarations:
            assert entry.name in catalog.modules[entry.module]
            assert entry.name in entry.declaration
            assert entry.summary == " ".join(entry.summary.split()) != ""

    async def test_every_type_is_mentioned_somewhere_else(self) -> None:
        catalog = await self.make()
        for text in catalog.types:
            (name,) = re.findall(r"^(?:interface|type) (\w+)", text)
            others = [
                *(other for other in catalog.types if other != text),
                *(d.declaration for d in catalog.declarations),
            ]
            assert any(re.search(rf"\b{name}\b", other) for other in others), name

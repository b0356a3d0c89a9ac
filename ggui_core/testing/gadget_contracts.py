"""Kit for what knows the gadgets of an app."""

from __future__ import annotations

from abc import ABC, abstractmethod

from ggui_core.protocol.gadgets import BUILT_IN_PACKAGE, GadgetDescriptor
from ggui_core.seams import GadgetCatalog


class GadgetCatalogContract(ABC):
    """Kit for :class:`~ggui_core.seams.GadgetCatalog`."""

    @abstractmethod
    async def make(self) -> tuple[GadgetCatalog, str]:
        """A catalog, and the id of an app that it knows gadgets of."""

    async def test_every_package_stands_under_its_own_name(self) -> None:
        catalog, app_id = await self.make()
        for package, gadget in (await catalog.gadgets(app_id)).items():
            assert gadget.package == package

    async def test_the_built_in_package_is_there(self) -> None:
        catalog, app_id = await self.make()
        assert BUILT_IN_PACKAGE in await catalog.gadgets(app_id)

    async def test_no_export_is_in_two_packages(self) -> None:
        catalog, app_id = await self.make()
        names = [export.name for one in (await catalog.gadgets(app_id)).values() for export in one.exports]
        assert len(set(names)) == len(names)

    async def test_every_descriptor_survives_being_listed(self) -> None:
        catalog, app_id = await self.make()
        for gadget in (await catalog.gadgets(app_id)).values():
            written = gadget.model_dump_json(by_alias=True, exclude_none=True, exclude_defaults=True)
            assert GadgetDescriptor.model_validate_json(written).model_dump() == gadget.model_dump()

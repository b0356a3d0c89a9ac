"""Gadgets in the kernel: what plugins bring, and which catalogs do not boot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ggui_core import hookimpl
from ggui_core.errors import BootError
from ggui_core.gadgets import GadgetPackages
from ggui_core.protocol.gadgets import BUILT_IN, GadgetDescriptor
from ggui_core.seams import GadgetCatalog
from ggui_core.setup import Setup
from ggui_core.testing import GadgetCatalogContract, booted

from .test_hooks import plugin


def gadget(package: str, *hooks: str) -> GadgetDescriptor:
    exports = [{"hook": hook, "example": {"city": "Bremen"}} for hook in hooks]
    return GadgetDescriptor.model_validate({"package": package, "version": "1.0.0", "exports": exports})


MAP = gadget("@acme/map", "useMap", "useRoute")


def bringing(name: str, *gadgets: GadgetDescriptor) -> Any:
    @hookimpl
    def ggui_gadgets(setup: Setup) -> Sequence[GadgetDescriptor]:
        return gadgets

    return plugin(name, ggui_gadgets=ggui_gadgets)


class TestGadgetPackages(GadgetCatalogContract):
    async def make(self) -> tuple[GadgetCatalog, str]:
        packages = GadgetPackages()
        packages.bind([("one", MAP), ("other", gadget("@acme/chart", "useChart"))])
        return packages, "any-app"


async def test_the_gadgets_of_every_plugin_join_the_built_in_ones() -> None:
    chart = gadget("@acme/chart", "useChart")
    async with booted([bringing("one", MAP), bringing("two", chart)]) as server:
        found = await server.setup.get(GadgetCatalog).gadgets("shop")
    assert list(found.values()) == [BUILT_IN, MAP, chart]


async def test_a_server_without_gadget_plugins_knows_the_built_in_ones() -> None:
    async with booted([plugin("plain")]) as server:
        assert list(await server.setup.get(GadgetCatalog).gadgets("shop")) == ["@ggui-ai/gadgets"]


async def test_one_package_of_two_plugins_does_not_boot() -> None:
    with pytest.raises(BootError, match="'@acme/map' is offered by plugin 'one' and by plugin 'two'"):
        async with booted([bringing("one", MAP), bringing("two", MAP)]):
            pass


@pytest.mark.parametrize("second", ["useMap", "useCamera"])
async def test_one_export_of_two_packages_does_not_boot(second: str) -> None:
    with pytest.raises(BootError, match=f"'{second}' is exported by") as refused:
        async with booted([bringing("one", MAP, gadget("@acme/other", second))]):
            pass
    assert "LINT_GADGET_DUPLICATE_EXPORT_IN_CATALOG" in str(refused.value)


async def test_what_is_named_like_the_built_in_package_takes_its_place() -> None:
    own = gadget("@ggui-ai/gadgets", "useCamera")
    async with booted([bringing("one", own)]) as server:
        assert (await server.setup.get(GadgetCatalog).gadgets("shop"))["@ggui-ai/gadgets"] is own

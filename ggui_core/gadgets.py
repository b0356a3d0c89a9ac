"""The gadget packages that plugins bring (``ggui_gadgets``), as a catalog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ggui_core.errors import BootError
from ggui_core.protocol.gadgets import BUILT_IN, GadgetDescriptor


class GadgetPackages:
    """Every gadget package of the plugins, the same for all apps: the kernel's :class:`~ggui_core.seams.GadgetCatalog`.

    The built-in package is always there. Plugins get this with ``setup.get(GadgetPackages)``; it is filled while
    booting.
    """

    def __init__(self) -> None:
        self._packages: dict[str, GadgetDescriptor] = {BUILT_IN.package: BUILT_IN}

    def bind(self, offered: Sequence[tuple[str, GadgetDescriptor]]) -> None:
        """What the plugins returned, each with the plugin's name; the kernel says so once.

        Raises:
            BootError: a package is offered twice, or an export by two packages: no contract could name it then
                (spec 07 section 15.2).
        """
        owners: dict[str, str] = {}
        problems = []
        for plugin, gadget in offered:
            first = owners.setdefault(gadget.package, plugin)
            if first is not plugin or (
                gadget.package in self._packages and gadget.package != BUILT_IN.package
            ):
                problems.append(
                    f"LINT_GADGET_DUPLICATE_PACKAGE: the gadget package {gadget.package!r} is offered by plugin "
                    f"{first!r} and by plugin {plugin!r}; remove one of them"
                )
                continue
            self._packages[gadget.package] = gadget
        problems += _shared_exports(self._packages)
        if problems:
            raise BootError(*problems)

    @property
    def all(self) -> Mapping[str, GadgetDescriptor]:
        """By package, the built-in one first."""
        return self._packages

    async def gadgets(self, app_id: str) -> Mapping[str, GadgetDescriptor]:
        """See :class:`~ggui_core.seams.GadgetCatalog`."""
        return self._packages


def _shared_exports(packages: Mapping[str, GadgetDescriptor]) -> Iterator[str]:
    owners: dict[str, str] = {}
    for package, gadget in packages.items():
        for export in gadget.exports:
            first = owners.setdefault(export.name, package)
            if first != package:
                yield (
                    f"LINT_GADGET_DUPLICATE_EXPORT_IN_CATALOG: {export.name!r} is exported by the gadget packages "
                    f"{first!r} and {package!r}; a contract could not tell them apart"
                )

"""The packages that the operator declares: rows of ``app.gadgets``, and folders on this machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import structlog

from ggui_core.errors import BootError
from ggui_core.protocol.gadgets import GadgetDescriptor
from ggui_core.setup import Setup
from ggui_gadgets.folders import GadgetFolder, read_folder
from ggui_gadgets.settings import GADGETS, GadgetsSettings

log = structlog.get_logger("ggui.gadgets")


class Declared:
    """What ``ggui.json`` says of gadgets. Read once, while the server boots, which finds every fault of it."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    @cached_property
    def folders(self) -> Sequence[GadgetFolder]:
        """The gadgets of ``plugins.settings.gadgets.folders``.

        Raises:
            BootError: a folder holds no built gadget, or two hold the same one.
        """
        found: list[GadgetFolder] = []
        problems: list[str] = []
        for shown in self._setup.settings(GadgetsSettings).folders:
            try:
                found.append(read_folder(self._setup.root / Path(shown).expanduser(), shown.rstrip("/")))
            except BootError as bad:
                problems += [
                    f"ggui.json: $.plugins.settings.gadgets.folders: {fault}" for fault in bad.problems
                ]
        counted = Counter(folder.manifest.package for folder in found)
        problems += [
            f"ggui.json: $.plugins.settings.gadgets.folders: LINT_GADGET_DUPLICATE_PACKAGE: {package} is in "
            f"{count} folders; keep one"
            for package, count in counted.items()
            if count > 1
        ]
        if problems:
            raise BootError(*problems)
        return found

    @cached_property
    def rows(self) -> Sequence[GadgetDescriptor]:
        """Folders, overlaid by rows: where both name a package the row counts (spec 07 section 15.1).

        Raises:
            BootError: two rows name one package, or see :attr:`folders`.
        """
        declared: Sequence[GadgetDescriptor] = self._setup.config.section(GADGETS)
        counted = Counter(row.package for row in declared)
        if twice := [package for package, count in counted.items() if count > 1]:
            raise BootError(
                *(
                    f"ggui.json: $.app.gadgets: LINT_GADGET_DUPLICATE_PACKAGE: {package} has "
                    f"{counted[package]} rows; keep one"
                    for package in twice
                )
            )
        for row in declared:
            _advise(row)
        local = {folder.manifest.package: folder.row(self._setup.base_url) for folder in self.folders}
        return [*(row for package, row in local.items() if package not in counted), *declared]


def _advise(row: GadgetDescriptor) -> None:
    """What is no fault, and should be known."""
    if not row.package.startswith("@"):
        log.warning(
            "LINT_GADGET_UNSCOPED_PACKAGE",
            package=row.package,
            hint="anybody may own an unscoped name on another registry; use @scope/name",
        )
    if row.bundle_location is not None and row.bundle_sri is None:
        log.warning(
            "gadget_unpinned",
            package=row.package,
            hint="whoever controls its host controls what cards run; set bundleSri to its sha384",
        )

"""What a component may import in the views of this renderer, as the build wrote it down."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ggui_core.errors import BootError
from ggui_core.seams import Declaration
from ggui_renderer.built import STATIC


@dataclass(frozen=True, slots=True)
class BuiltCatalog:
    """The :class:`~ggui_core.seams.ComponentCatalog` of this plugin."""

    modules: Mapping[str, frozenset[str]]
    declarations: Sequence[Declaration]
    types: Sequence[str]

    @classmethod
    def load(cls, static: Path = STATIC) -> BuiltCatalog:
        """Read it.

        Raises:
            BootError: there is none, because the distribution was not installed by a build backend.
        """
        try:
            written = json.loads((static / "catalog.json").read_text("utf-8"))
        except FileNotFoundError:
            raise BootError(
                "the catalog of plugin 'renderer' was not built; install its distribution again "
                "(pip install ./plugins/renderer) or disable the plugin (ggui plugins disable renderer)"
            ) from None
        return cls(
            modules={specifier: frozenset(names) for specifier, names in written["modules"].items()},
            declarations=tuple(Declaration(**entry) for entry in written["declarations"]),
            types=tuple(written["types"]),
        )

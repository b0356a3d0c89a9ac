"""The hooks of ``forms``: a generator that stands in until another one offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ggui_core import hookimpl

if TYPE_CHECKING:
    from ggui_core.setup import Setup

PLUGIN_API = 1

LAST_RESORT = 100
"""Every generator with a language model comes first."""


@hookimpl
def ggui_provide(setup: Setup) -> None:
    from ggui_core.seams import UiGenerator
    from ggui_forms.generator import FormsGenerator

    setup.contribute(UiGenerator, FormsGenerator(setup), rank=LAST_RESORT)

"""What an operator can set: which gadget packages contracts may name (spec 07 section 3.5)."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from ggui_core.config import ConfigSection, Section
from ggui_core.protocol.gadgets import RegistryDescriptor

Text = Annotated[str, StringConstraints(min_length=1, max_length=1024)]

GADGETS: Final = "app.gadgets"


class GadgetsSettings(Section):
    """``ggui.json#plugins.settings.gadgets``."""

    folders: tuple[Text, ...] = Field(
        (),
        description="folders with a ggui.gadget.json and its built dist/bundle.js, relative to ggui.json; "
        "this server serves them",
    )


SECTIONS: Final = (
    ConfigSection(
        GADGETS,
        tuple[RegistryDescriptor, ...],
        default=(),
        description="a list of gadget packages with package, version and exports (docs/gadgets.md)",
    ),
)

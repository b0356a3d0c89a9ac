"""What an operator can set."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ggui_core.config import Section


class RendererSettings(Section):
    """``ggui.json#plugins.settings.renderer``."""

    inline_runtime: bool = Field(
        True,
        description="true puts the whole runtime into each document, so that it works where a host admits no "
        "other address; false lets documents load it from this server",
    )
    theme_mode: Literal["light", "dark"] | None = Field(
        None, description="light or dark, for hosts that do not say which one they show"
    )

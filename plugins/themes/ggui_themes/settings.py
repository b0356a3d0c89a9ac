"""What an operator can set: which theme the server wears, and which ones agents may choose from."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema, model_validator

from ggui_core.config import ConfigSection, Section
from ggui_core.protocol.theme import Mode
from ggui_core.stores.themes import PER_APP

Text = Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class ThemesSettings(Section):
    """``ggui.json#plugins.settings.themes``."""

    offered: tuple[str, ...] | None = Field(
        None, description="ids of the themes that agents may choose from; all of them unless set"
    )
    themes_per_app: int = Field(
        PER_APP, ge=1, description="themes that operators may register for one app, at least 1"
    )


class ThemeChoice(Section):
    """``ggui.json#theme``: a preset or a file of design tokens."""

    preset: Text | None = Field(None, description="the id of a theme (ggui theme list)")
    file: Text | None = Field(None, description="the path of a theme document, relative to ggui.json")
    mode: Mode | None = Field(None, description="light or dark; leave it out to follow each host")
    overrides: dict[Text, str | float | int] = Field(
        default_factory=dict,
        description='an object from token path to value: {"color.primary.500": "#0a7d4d"}',
    )

    @model_validator(mode="after")
    def _one_source(self) -> ThemeChoice:
        if (self.preset is None) == (self.file is None):
            raise ValueError("needs either preset or file")
        if self.file is not None and self.overrides:
            raise ValueError("overrides go with a preset; change the file itself")
        return self


def _short_form(value: object) -> object:
    return {"preset": value} if isinstance(value, str) else value


_SCHEMA: Final[dict[str, Any]] = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        {
            "type": "object",
            "required": ["preset"],
            "additionalProperties": False,
            "properties": {
                "preset": {"type": "string", "minLength": 1},
                "mode": {"enum": ["light", "dark"]},
                "overrides": {"type": "object", "additionalProperties": {"type": ["string", "number"]}},
            },
        },
        {
            "type": "object",
            "required": ["file"],
            "additionalProperties": False,
            "properties": {
                "file": {"type": "string", "minLength": 1},
                "mode": {"enum": ["light", "dark"]},
            },
        },
    ]
}

THEME: Final = "theme"
SECTIONS: Final = (
    ConfigSection(
        THEME,
        Annotated[ThemeChoice, BeforeValidator(_short_form), WithJsonSchema(_SCHEMA)],
        default=None,
        description='the id of a theme, {"preset", "mode", "overrides"} or {"file", "mode"}',
    ),
)

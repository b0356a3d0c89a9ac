"""The theme of an app: variables of the design vocabulary, as one snapshot (spec 01 section 13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from ggui_core.protocol.canonical import canonical_bytes, sha256_hex

MAX_VARIABLES: Final = 200

Mode = Literal["light", "dark"]
MODES: Final[tuple[Mode, ...]] = ("light", "dark")


def _without_comment(value: str) -> str:
    if "/*" in value:
        raise ValueError("must not start a comment")
    return value


VariableName = Annotated[str, StringConstraints(pattern=r"^--ggui-[A-Za-z0-9-]+$", max_length=256)]
VariableValue = Annotated[
    str,
    StringConstraints(min_length=1, max_length=256, pattern=r"^[^;{}<>@]+$"),
    AfterValidator(_without_comment),
]
"""No value can end its declaration, open a rule or a tag, or start a comment."""

Variables = Annotated[dict[VariableName, VariableValue], Field(max_length=MAX_VARIABLES)]


class ThemeBase(BaseModel):
    """The registered theme that an app's theme builds on, as it was when it was chosen."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    document_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] = Field(alias="documentHash")
    light: Variables
    dark: Variables


class AppTheme(BaseModel):
    """A theme as ``ggui_ops_set_app_theme`` takes it and slices carry it."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    mode: Mode
    css_variables: Variables = Field(alias="cssVariables")
    name: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    base: ThemeBase | None = None


@dataclass(frozen=True, slots=True)
class Theme:
    """A named theme: what views are dressed in, in light and in dark.

    Attributes:
        id: What agents and ``ggui.json`` call it.
        description: One sentence on its character.
        light, dark: Variables of the design vocabulary by name (``--ggui-color-surface``) under the rules of
            :data:`Variables`.
        document_hash: 64 hex digits that change with either mode.
        modes: The modes it has a ladder of its own for; a theme that knows one mode has the same in both.
    """

    id: str
    name: str
    description: str
    light: Mapping[str, str]
    dark: Mapping[str, str]
    document_hash: str
    modes: tuple[Mode, ...] = MODES

    @property
    def base(self) -> ThemeBase:
        """Both ladders as they travel inside an :class:`AppTheme`.

        Raises:
            pydantic.ValidationError: a variable breaks the rules.
        """
        return ThemeBase(document_hash=self.document_hash, light=dict(self.light), dark=dict(self.dark))


def document_hash(light: Mapping[str, str], dark: Mapping[str, str]) -> str:
    """The digest that identifies both ladders of a theme: SHA-256 over their canonical JSON."""
    return sha256_hex(canonical_bytes({"light": dict(light), "dark": dict(dark)}))

"""The theme of an app: variables of the design vocabulary, as one snapshot (spec 01 section 13)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

MAX_VARIABLES: Final = 200


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

    mode: Literal["light", "dark"]
    css_variables: Variables = Field(alias="cssVariables")
    name: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    base: ThemeBase | None = None

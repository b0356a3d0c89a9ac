"""Arguments and answers of the tools (spec 02 section 8); camelCase on the wire."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.alias_generators import to_camel

from ggui_protocol.boilerplate import Screen, Shell
from ggui_protocol.examples import Kind
from ggui_protocol.finding import Tier

Json = Annotated[dict[str, Any], WithJsonSchema({"type": "object"})]
Anything = Annotated[Any, WithJsonSchema({})]


class Model(BaseModel):
    """Arguments or structured output of a tool; members that are ``None`` stay away."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class BlueprintParts(Model):
    """A component, its contract, props to try it with."""

    source: str
    contract: Json
    fixture_props: Json | None = None


class BlueprintFormat(Model):
    format: Literal["AgentBlueprint"] = "AgentBlueprint"
    documentation: str
    example: BlueprintParts


class TitledContract(Model):
    title: str
    contract: Json


class ContractFormat(Model):
    format: Literal["DataContract"] = "DataContract"
    documentation: str
    examples: list[TitledContract]


class BoilerplateInput(Model):
    contract: Anything = Field(description="A DataContract.")
    intent: Annotated[str, Field(max_length=2_000)] | None = Field(None, description="Becomes the heading.")
    shell: Shell = Field(
        "fullscreen", description="Where it is shown: a chat column, a page, a panel in space."
    )
    screen: Screen = Field("universal", description="What it is mostly seen on.")


class Boilerplate(Model):
    source: str


class ExamplesInput(Model):
    kind: Kind | Literal["all"] = "all"


class ExampleBlueprint(Model):
    title: str
    kind: Kind
    summary: str
    blueprint: BlueprintParts


class Examples(Model):
    examples: list[ExampleBlueprint]


class Primitives(Model):
    documentation: str
    import_path: str


class ValidateInput(Model):
    source: str = Field(min_length=1, description="TSX with a default export.")
    contract: Anything = Field(None, description="A DataContract; without it less can be said.")
    fixture_props: Anything = Field(None, description="Props to hold against the contract.")


class Item(Model):
    tier: Tier
    code: str
    message: str
    fix: str | None = None


NOWHERE: Final = "nowhere"
"""Stands for null: what is None stays away from the wire, and this member is always there."""

FailedAt = Annotated[
    Tier | Literal["nowhere"],
    PlainSerializer(lambda tier: None if tier == NOWHERE else tier),
    WithJsonSchema({"enum": [*get_args(Tier), None]}),
]


class Validity(Model):
    """Whether it is a blueprint, and the tier that says no."""

    valid: bool
    failed_at: FailedAt
    errors: list[Item]
    warnings: list[Item]

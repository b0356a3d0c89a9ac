"""Variance as ops tools take it, and provenance as they answer it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ggui_blueprints.personas import normalised
from ggui_core.mcp.wire import ClosedInput, Json, Output
from ggui_core.protocol.blueprint import Provenance
from ggui_core.protocol.bounds import VARIANCE_BOUNDS, Excess, describe, measure

Persona = Annotated[str, Field(max_length=120)]
Look = Annotated[str, Field(max_length=4_000)]
Given = Annotated[Json, Field(max_length=200)]


class VarianceInput(ClosedInput):
    """How a component should look and sound."""

    persona: Persona | None = None
    aesthetic: Look | None = None
    context: Given | None = None
    seed_prompt: Look | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        """What a handshake would refuse must not be kept either: nobody could ask for it."""
        excess = measure(self.as_json(), VARIANCE_BOUNDS)
        if isinstance(excess, Excess):
            raise PydanticCustomError("too_large", "is refused: {why}", {"why": describe(excess)})
        return self

    def as_json(self) -> dict[str, Any]:
        """What was given, persona normalised; empty members too, because in an update they take away."""
        given = self.model_dump(by_alias=True, exclude_none=True, include=set(VarianceInput.model_fields))
        if "persona" in given:
            given["persona"] = normalised(given["persona"])
        return given


def without_empties(variance: dict[str, Any]) -> dict[str, Any]:
    """A variance as it is kept."""
    return {name: member for name, member in variance.items() if member not in ("", {})}


class SourceOutput(Output):
    """Where a component comes from."""

    kind: Literal["llm", "user", "curated"]
    generator: str | None = None
    model: str | None = None


def source_output(source: Provenance) -> SourceOutput:
    """As tools answer it."""
    return SourceOutput.model_validate(source.wire())

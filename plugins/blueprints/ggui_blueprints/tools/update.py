"""``ggui_ops_update_blueprint`` (spec 02 section 9.2)."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from ggui_blueprints.curation import Curation
from ggui_blueprints.errors import blueprint_not_found
from ggui_blueprints.tools.variance import VarianceInput, without_empties
from ggui_core.clock import iso
from ggui_core.errors import ToolError
from ggui_core.mcp import Tool, ToolContext
from ggui_core.mcp.wire import ClosedInput, Id, Output
from ggui_core.protocol.digests import variant_key
from ggui_core.stores import BlueprintExists


class UpdateInput(ClosedInput):
    """What to change."""

    blueprint_id: Id
    app_id: Id | None = None
    is_operator_default: Literal[True] | None = None
    variance: VarianceInput | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> UpdateInput:
        if self.is_operator_default is None and self.variance is None:
            raise PydanticCustomError("nothing_to_change", "give isOperatorDefault, variance or both")
        return self


class UpdateOutput(Output):
    """When it was changed."""

    blueprint_id: str
    updated_at: str


DESCRIPTION: Final = (
    "Change the variance of a blueprint (members that are given overwrite; an empty text or object takes one away), or "
    "make it the operator's default of its contract. Everything else of it stays as it is."
)


class UpdateTool:
    """Changes blueprints."""

    def __init__(self, curation: Curation) -> None:
        self._curation = curation

    def declared_tool(self) -> Tool[UpdateInput, UpdateOutput]:
        """The tool as it is listed."""
        return Tool(
            "ggui_ops_update_blueprint",
            DESCRIPTION,
            UpdateInput,
            UpdateOutput,
            self.handle,
            title="Update blueprint",
            audience="ops",
            idempotent=True,
        )

    async def handle(self, given: UpdateInput, calling: ToolContext) -> UpdateOutput:
        """The variance first: what is refused must not leave a pin behind."""
        curation = self._curation
        app_id = curation.app(given.app_id, calling)
        found = await curation.mine(app_id, given.blueprint_id)
        if given.variance is not None:
            merged = without_empties({**found.variance, **given.variance.as_json()})
            await self._vary(app_id, given.blueprint_id, merged)
        pinned = given.is_operator_default is None or await curation.store.pin(app_id, given.blueprint_id)
        if not pinned:
            raise blueprint_not_found(given.blueprint_id)
        await curation.note("blueprint.updated", given.blueprint_id, calling)
        return UpdateOutput(blueprint_id=given.blueprint_id, updated_at=iso(calling.clock.now()))

    async def _vary(self, app_id: str, blueprint_id: str, variance: dict[str, Any]) -> None:
        try:
            changed = await self._curation.store.vary(app_id, blueprint_id, variance, variant_key(variance))
        except BlueprintExists as taken:
            raise ToolError(taken.message, code=taken.code, hint=taken.hint) from taken
        if changed is None:
            raise blueprint_not_found(blueprint_id)

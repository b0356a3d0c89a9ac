"""``ggui_ops_delete_blueprint``, ``…_yank_blueprint`` and ``…_unyank_blueprint`` (spec 02 section 9.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from ggui_blueprints.curation import Curation
from ggui_blueprints.errors import blueprint_not_found, declared_by_project
from ggui_core.errors import ToolError
from ggui_core.mcp import Tool, ToolContext
from ggui_core.mcp.wire import ClosedInput, Id, Output
from ggui_core.stores import BlueprintExists


class OneBlueprint(ClosedInput):
    """Which one."""

    blueprint_id: Id
    app_id: Id | None = None


class DeleteOutput(Output):
    """It is not there, whether it was or not."""

    deleted: Literal[True] = True


class YankOutput(Output):
    """Whether it is offered."""

    blueprint_id: str
    yanked: bool


class RemovalTools:
    """Takes blueprints away, for good or for a while."""

    def __init__(self, curation: Curation) -> None:
        self._curation = curation

    def declared_tools(self) -> Sequence[Tool[Any, Any]]:
        """The tools as they are listed."""
        return (
            Tool(
                "ggui_ops_delete_blueprint",
                "Forget a blueprint. Cards that show it go on.",
                OneBlueprint,
                DeleteOutput,
                self.delete,
                title="Delete blueprint",
                audience="ops",
                destructive=True,
                idempotent=True,
            ),
            Tool(
                "ggui_ops_yank_blueprint",
                "Offer a blueprint to nobody any more: the next render of its contract gets a fresh component. "
                "Cards that show it go on.",
                OneBlueprint,
                YankOutput,
                self.yank,
                title="Yank blueprint",
                audience="ops",
                destructive=True,
                idempotent=True,
            ),
            Tool(
                "ggui_ops_unyank_blueprint",
                "Offer a yanked blueprint again, unless another one has taken its place.",
                OneBlueprint,
                YankOutput,
                self.unyank,
                title="Unyank blueprint",
                audience="ops",
                idempotent=True,
            ),
        )

    async def delete(self, given: OneBlueprint, calling: ToolContext) -> DeleteOutput:
        """The same answer for what was there, what was not, and what is another app's."""
        curation = self._curation
        app_id = curation.app(given.app_id, calling)
        if curation.declared.named(app_id, given.blueprint_id) is not None:
            raise declared_by_project(given.blueprint_id)
        if await curation.store.delete(app_id, given.blueprint_id):
            await curation.note("blueprint.deleted", given.blueprint_id, calling)
        return DeleteOutput()

    async def yank(self, given: OneBlueprint, calling: ToolContext) -> YankOutput:
        """It keeps its place in lists."""
        curation = self._curation
        app_id = curation.app(given.app_id, calling)
        await curation.mine(app_id, given.blueprint_id)
        if await curation.store.yank(app_id, given.blueprint_id) is None:
            raise blueprint_not_found(given.blueprint_id)
        await curation.note("blueprint.yanked", given.blueprint_id, calling)
        return YankOutput(blueprint_id=given.blueprint_id, yanked=True)

    async def unyank(self, given: OneBlueprint, calling: ToolContext) -> YankOutput:
        """Two cannot be offered for one contract and variance."""
        curation = self._curation
        app_id = curation.app(given.app_id, calling)
        await curation.mine(app_id, given.blueprint_id)
        try:
            found = await curation.store.unyank(app_id, given.blueprint_id)
        except BlueprintExists as taken:
            raise ToolError(taken.message, code=taken.code, hint=taken.hint) from taken
        if found is None:
            raise blueprint_not_found(given.blueprint_id)
        await curation.note("blueprint.unyanked", given.blueprint_id, calling)
        return YankOutput(blueprint_id=given.blueprint_id, yanked=False)

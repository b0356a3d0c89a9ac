"""``ggui_render_blueprint``: the module of a UI, without a session (spec 02 section 6.9)."""

from __future__ import annotations

from typing import Final

from ggui_blueprints.declared import DeclaredBlueprints
from ggui_blueprints.errors import blueprint_not_found
from ggui_core.errors import ToolError
from ggui_core.mcp import Tool, ToolContext
from ggui_core.mcp.wire import Id, Input, Output
from ggui_core.registry import RegistryTiers
from ggui_core.stores import CodeStore

CONTENT_TYPE: Final = "text/javascript"
_CACHED: Final = "c_"


class RenderBlueprintInput(Input):
    """An id from a search or a list."""

    blueprint_id: Id


class RenderBlueprintOutput(Output):
    """The ES module of a component, for whoever mounts it on his own."""

    blueprint_id: str
    blueprint_name: str
    code: str
    content_type: str = CONTENT_TYPE


class RenderBlueprintTool:
    """Gives out modules."""

    def __init__(self, declared: DeclaredBlueprints, tiers: RegistryTiers, code: CodeStore) -> None:
        self._declared = declared
        self._tiers = tiers
        self._code = code

    def declared_tool(self) -> Tool[RenderBlueprintInput, RenderBlueprintOutput]:
        """The tool as it is listed."""
        return Tool(
            "ggui_render_blueprint",
            "Get the compiled component of a blueprint as an ES module. Shows nothing: ggui_render does.",
            RenderBlueprintInput,
            RenderBlueprintOutput,
            self.handle,
            title="Render blueprint",
            read_only=True,
        )

    async def handle(self, given: RenderBlueprintInput, calling: ToolContext) -> RenderBlueprintOutput:
        """Find it in any tier, by the id of its row, of its manifest, or as a search names it."""
        asked = given.blueprint_id
        declared = self._declared.named(calling.app_id, asked)
        row_id = asked.removeprefix(_CACHED) if declared is None else declared.outline.id
        found = await self._tiers.blueprint(calling.app_id, row_id)
        if found is None or found.blueprint.is_yanked:
            raise blueprint_not_found(asked)
        component = await found.component()
        code = None if component is None else await self._code.get(component.code_hash)
        if code is None:
            raise ToolError(
                f"The component of the blueprint '{asked}' is not there any more.",
                code="blueprint_code_unavailable",
                hint="Render its contract once more; that keeps a new one.",
            )
        name = found.blueprint.name or found.blueprint.intent or found.blueprint.id
        return RenderBlueprintOutput(blueprint_id=asked, blueprint_name=name, code=code)

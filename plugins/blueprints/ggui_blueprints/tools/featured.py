"""``ggui_list_featured_blueprints`` (spec 02 section 6.9)."""

from __future__ import annotations

from ggui_blueprints.declared import Declared, DeclaredBlueprints
from ggui_core.clock import iso
from ggui_core.mcp import Tool, ToolContext
from ggui_core.mcp.tools import NoArguments
from ggui_core.mcp.wire import Output


class Source(Output):
    """Where a component comes from."""

    kind: str


class Featured(Output):
    """One UI that the operator put forward."""

    id: str
    name: str
    description: str | None = None
    source: Source
    updated_at: str
    tags: list[str] | None = None


class FeaturedOutput(Output):
    """All of them, in the order of the project."""

    blueprints: list[Featured]
    total: int


class FeaturedTool:
    """Lists what the project declares."""

    def __init__(self, declared: DeclaredBlueprints) -> None:
        self._declared = declared

    def declared_tool(self) -> Tool[NoArguments, FeaturedOutput]:
        """The tool as it is listed."""
        return Tool(
            "ggui_list_featured_blueprints",
            "List the UIs that the operator of this server put forward.",
            NoArguments,
            FeaturedOutput,
            self.handle,
            title="List featured blueprints",
            read_only=True,
        )

    async def handle(self, given: NoArguments, calling: ToolContext) -> FeaturedOutput:
        """Those of the caller's app."""
        listed = [_featured(one) for one in self._declared.all(calling.app_id)]
        return FeaturedOutput(blueprints=listed, total=len(listed))


def _featured(one: Declared) -> Featured:
    manifest = one.entry.manifest
    return Featured(
        id=manifest.id,
        name=manifest.name,
        description=manifest.description,
        source=Source(kind="user"),
        updated_at=iso(one.entry.changed_at_ms / 1000),
        tags=None if manifest.category is None else [manifest.category],
    )

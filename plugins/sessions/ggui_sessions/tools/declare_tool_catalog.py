"""``ggui_runtime_declare_tool_catalog``: which server owns which tool of the app's agent (spec 02 section 7.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import Field

from ggui_core.mcp import Tool, ToolContext
from ggui_core.mcp.wire import ClosedInput, Id, Input, Output
from ggui_sessions.tool_catalog import ToolCatalogs

MOST_TOOLS: Final = 500


class ToolServer(ClosedInput):
    """The server of a tool."""

    name: Id
    version: Id | None = None


class CatalogInput(Input):
    """What ``ggui_runtime_declare_tool_catalog`` is called with."""

    tool_catalog: Annotated[dict[Id, ToolServer], Field(max_length=MOST_TOOLS)]


class CatalogOutput(Output):
    """What ``ggui_runtime_declare_tool_catalog`` answers."""

    saved: bool = True
    app_id: str


@dataclass(frozen=True, slots=True)
class CatalogTool:
    """Keeps the catalog of the caller's app."""

    catalogs: ToolCatalogs

    def declared(self) -> Tool[CatalogInput, CatalogOutput]:
        """The tool as it is listed."""
        return Tool(
            "ggui_runtime_declare_tool_catalog",
            "Declare the server of each tool of the agent; replaces the whole catalog of the app.",
            CatalogInput,
            CatalogOutput,
            self.handle,
            title="Declare tool catalog",
            audience="runtime",
            idempotent=True,
        )

    async def handle(self, given: CatalogInput, calling: ToolContext) -> CatalogOutput:
        """Replace it."""
        servers: dict[str, dict[str, Any]] = {
            tool: server.model_dump(exclude_none=True) for tool, server in given.tool_catalog.items()
        }
        await self.catalogs.declare(calling.app_id, servers)
        return CatalogOutput(app_id=calling.app_id)

"""MCP: tool declarations, tables per audience route, the HTTP transport, services and mounts (spec 02)."""

from ggui_core.mcp.apps import AppRate, AppRouting
from ggui_core.mcp.resources import Resource, ResourceContents, ResourceFailed, ResourceTemplate
from ggui_core.mcp.services import McpService, ToolMount
from ggui_core.mcp.tools import Audience, Tool, ToolContext, ToolResult

__all__ = [
    "AppRate",
    "AppRouting",
    "Audience",
    "McpService",
    "Resource",
    "ResourceContents",
    "ResourceFailed",
    "ResourceTemplate",
    "Tool",
    "ToolContext",
    "ToolMount",
    "ToolResult",
]

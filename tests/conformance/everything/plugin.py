"""The plugin: everything at ``/everything``, and what a declared tool can express on ``/mcp``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import mcp_types as types
from pydantic import BaseModel, Field

from everything import content, service, tools
from ggui_core import hookimpl
from ggui_core.errors import ToolError
from ggui_core.mcp import McpService, Tool, ToolContext, ToolResult
from ggui_core.mcp.tools import NoArguments
from ggui_core.setup import Setup

PLUGIN_API = 1
PLUGIN_NAME = "everything"


class Blocks(BaseModel):
    """The structured half of an answer; the suite looks at the content blocks beside it."""

    blocks: int


class Region(BaseModel):
    """An argument that the caller mirrors in the header ``Mcp-Param-Region`` (SEP-2243)."""

    region: str = Field(json_schema_extra={"x-mcp-header": "Region"})


Handler = Callable[[Any, ToolContext], Awaitable[Blocks | ToolResult[Blocks]]]


def _fixed(*blocks: types.ContentBlock) -> Handler:
    wire = [block.model_dump(mode="json", by_alias=True, exclude_none=True) for block in blocks]

    async def handler(arguments: BaseModel, context: ToolContext) -> ToolResult[Blocks]:
        return ToolResult(output=Blocks(blocks=len(wire)), content=wire)

    return handler


async def _fail(arguments: BaseModel, context: ToolContext) -> ToolResult[Blocks]:
    raise ToolError("This tool intentionally returns an error for testing")


async def _progress(arguments: BaseModel, context: ToolContext) -> ToolResult[Blocks]:
    for percent in (0, 50, 100):
        await context.progress(percent, 100)
        await asyncio.sleep(tools.STEP_S)
    return ToolResult(output=Blocks(blocks=1), content=[{"type": "text", "text": "Three steps done."}])


def _tool(
    name: str, description: str, handler: Handler, arguments: type[BaseModel] = NoArguments
) -> Tool[Any, Any]:
    return Tool(
        name=name,
        description=description,
        input=arguments,
        output=Blocks,
        handler=handler,
        audience="agent",
        read_only=True,
    )


@hookimpl
def ggui_mcp_services(setup: Setup) -> Sequence[McpService]:
    return [McpService(name=service.NAME, path="/everything", server=service.build(), anonymous=True)]


@hookimpl
def ggui_mcp_tools(setup: Setup) -> Sequence[Tool[Any, Any]]:
    return [
        _tool("test_simple_text", "Answers one text block", _fixed(*content.SIMPLE_TEXT)),
        _tool("test_image_content", "Answers one image", _fixed(*content.IMAGE)),
        _tool("test_audio_content", "Answers one sound", _fixed(*content.AUDIO)),
        _tool("test_embedded_resource", "Answers one resource", _fixed(*content.EMBEDDED_RESOURCE)),
        _tool("test_multiple_content_types", "Answers three kinds", _fixed(*content.MULTIPLE_TYPES)),
        _tool("test_error_handling", "Always fails", _fail),
        _tool("test_tool_with_progress", "Reports progress in three steps", _progress),
        _tool("test_header_parameter", "Mirrors an argument", _fixed(*content.SIMPLE_TEXT), Region),
    ]

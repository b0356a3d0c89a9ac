"""The SDK server behind ``/everything``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mcp_types as types
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.lowlevel import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.shared.exceptions import MCPError

from everything import multi_round, prompts, resources, tools
from everything.tools import Context, Outcome, Params, SuiteTool

NAME = "everything"
_TOOLS: Mapping[str, SuiteTool] = {tool.name: tool for tool in (*tools.TOOLS, *multi_round.TOOLS)}
_MINUTE = CacheHint(ttl_ms=60_000, scope="public")
_HINTS: Mapping[CacheableMethod, CacheHint] = {
    "tools/list": _MINUTE,
    "prompts/list": _MINUTE,
    "resources/list": _MINUTE,
    "resources/templates/list": _MINUTE,
    "resources/read": _MINUTE,
}


async def _list_tools(context: Context, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
    return types.ListToolsResult(tools=[tool.declaration() for tool in _TOOLS.values()])


async def _call_tool(context: Context, params: Params) -> Outcome:
    tool = _TOOLS.get(params.name)
    if tool is None:
        raise MCPError(types.INVALID_PARAMS, f"There is no tool {params.name!r}.")
    return await tool.handler(context, params)


async def _set_level(context: Context, params: types.SetLevelRequestParams) -> types.EmptyResult:
    return types.EmptyResult()


def _input_schema(name: str) -> Mapping[str, Any] | None:
    tool = _TOOLS.get(name)
    return tool.input_schema if tool is not None else None


def build() -> Server[Any]:
    """A fresh server with everything on it.

    It serves no ``subscriptions/listen``: that answer is a stream without an end, and a stateless front sends
    frames before the answer only to a caller that sent a ``progressToken``.
    """
    server: Server[Any] = Server(
        NAME,
        version="1.0.0",
        cache_hints=_HINTS,
        get_tool_input_schema=_input_schema,
        on_list_tools=_list_tools,
        on_call_tool=_call_tool,
        on_list_resources=resources.list_resources,
        on_list_resource_templates=resources.list_templates,
        on_read_resource=resources.read_resource,
        on_subscribe_resource=resources.subscribe,
        on_unsubscribe_resource=resources.unsubscribe,
        on_list_prompts=prompts.list_prompts,
        on_get_prompt=prompts.get_prompt,
        on_completion=prompts.complete,
    )
    # Not through the constructor: it warns that logging is deprecated, and the old era still asks for it.
    server.add_request_handler("logging/setLevel", types.SetLevelRequestParams, _set_level)
    server.middleware.append(RequestStateBoundary(RequestStateSecurity.ephemeral(), default_audience=NAME))
    return server

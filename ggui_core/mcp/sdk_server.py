"""Our tables and resources behind the SDK's low-level server, whose dispatcher answers both protocol eras."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast, get_args

import mcp_types as types
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.shared.exceptions import MCPError
from opentelemetry import trace

from ggui_core import SERVER_NAME
from ggui_core.auth import IdentityKind, Principal
from ggui_core.clock import Clock
from ggui_core.errors import GguiError
from ggui_core.http.calls import Call
from ggui_core.mcp.messages import MODERN_SINCE
from ggui_core.mcp.resources import APP_MIME, Resource, ResourceContents, ResourceFailed, ResourceTemplate
from ggui_core.mcp.table import ToolTable
from ggui_core.mcp.tools import Progress, ToolContext

RESOURCE_NOT_FOUND: Final = -32002
APPS: Final = "io.modelcontextprotocol/ui"
"""The extension of hosts that show documents; advertised where there are some (spec 02 section 2.2)."""
DESCRIPTION: Final = "Self-hosted server that lets agents put interactive user interfaces in front of people."

COMPLETE: Final = {"resultType": "complete"}
"""What every result of 2026-07-28 says of itself; the SDK leaves it out for earlier revisions."""

_LISTED: Final = CacheHint(ttl_ms=60_000, scope="private")
_CACHE_HINTS: Final[Mapping[CacheableMethod, CacheHint]] = {
    "tools/list": _LISTED,
    "resources/list": _LISTED,
    "resources/templates/list": _LISTED,
    "resources/read": CacheHint(ttl_ms=0, scope="private"),
}

Context = ServerRequestContext[Any]


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What every server of this process says about itself."""

    version: str
    default_app_id: Callable[[], str]
    clock: Clock
    name: str = SERVER_NAME


@dataclass(frozen=True, slots=True)
class _Pattern:
    template: ResourceTemplate
    regex: re.Pattern[str]


def _compile(template: ResourceTemplate) -> _Pattern:
    parts = re.split(r"\{[A-Za-z_][A-Za-z0-9_]*\}", template.uri_template)
    return _Pattern(template, re.compile("[^/]+".join(re.escape(part) for part in parts)))


def build_server(
    facts: ServerFacts,
    table: ToolTable,
    *,
    instructions: str | None,
    resources: Sequence[Resource] = (),
    templates: Sequence[ResourceTemplate] = (),
) -> Server[Any]:
    """A low-level SDK server that lists and calls ``table`` and reads the given resources.

    List methods answer even where there is nothing to list; capabilities name only what there is.
    """
    fixed = {resource.uri: resource for resource in resources}
    patterns = [_compile(template) for template in templates]
    tools_answers = {kind: {**COMPLETE, "tools": table.listed_for(kind)} for kind in get_args(IdentityKind)}
    resources_answer = {**COMPLETE, "resources": [_listed(r, "uri", r.uri) for r in resources]}
    listed_templates = [_listed(template, "uriTemplate", template.uri_template) for template in templates]
    templates_answer = {**COMPLETE, "resourceTemplates": listed_templates}

    async def list_tools(ctx: Context, params: types.PaginatedRequestParams | None) -> Any:
        return tools_answers[_principal(ctx).identity.kind]

    async def call_tool(ctx: Context, params: types.CallToolRequestParams) -> Any:
        return {**COMPLETE, **await table.call(params.name, params.arguments, _tool_context(facts, ctx))}

    async def list_resources(ctx: Context, params: types.PaginatedRequestParams | None) -> Any:
        return resources_answer

    async def list_templates(ctx: Context, params: types.PaginatedRequestParams | None) -> Any:
        return templates_answer

    async def read_resource(ctx: Context, params: types.ReadResourceRequestParams) -> Any:
        uri = str(params.uri)
        context = _tool_context(facts, ctx)
        try:
            contents = await _read(uri, fixed, patterns, context)
        except ResourceFailed as error:
            data = {"code": error.code} | ({"detail": error.detail} if error.detail else {})
            raise MCPError(code=error.jsonrpc_code, message=error.message, data=data) from error
        except GguiError as error:
            raise MCPError(
                code=RESOURCE_NOT_FOUND, message=error.message, data={"uri": uri, "code": error.code}
            ) from error
        if contents is None:
            code = RESOURCE_NOT_FOUND if ctx.protocol_version < MODERN_SINCE else types.INVALID_PARAMS
            raise MCPError(code=code, message="Resource not found", data={"uri": uri})
        return {**COMPLETE, "contents": [_wire(uri, contents)]}

    mime_types = {*(r.mime_type for r in resources), *(t.mime_type for t in templates)}
    server: Server[Any] = (_AppsServer if APP_MIME in mime_types else Server)(
        facts.name,
        version=facts.version,
        description=DESCRIPTION,
        instructions=instructions,
        cache_hints=_CACHE_HINTS,
        get_tool_input_schema=table.mirrored_schema,
        on_list_tools=cast("Callable[..., Any]", list_tools),
        on_call_tool=cast("Callable[..., Any]", call_tool),
        on_list_resources=cast("Callable[..., Any]", list_resources),
        on_list_resource_templates=cast("Callable[..., Any]", list_templates),
        on_read_resource=cast("Callable[..., Any]", read_resource),
    )
    server.middleware[:] = [_WhileTraced(tracing) for tracing in server.middleware]
    return server


class _WhileTraced:
    """The SDK's own middleware, which wraps every message in a span, only while somebody collects spans.

    Without a tracer provider a span goes nowhere and costs a tenth of a light call.
    """

    def __init__(self, tracing: ServerMiddleware[Any]) -> None:
        self._tracing = tracing

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
            return await call_next(ctx)
        return await self._tracing(ctx, call_next)


class _AppsServer(Server[Any]):
    """Advertises MCP Apps in both places: clients of the published extension look into ``extensions`` only, those
    of its drafts into ``experimental`` only.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.extensions[APPS] = {}

    def get_capabilities(
        self,
        notification_options: NotificationOptions | None = None,
        experimental_capabilities: dict[str, dict[str, Any]] | None = None,
        extensions: dict[str, dict[str, Any]] | None = None,
        *,
        protocol_version: str | None = None,
    ) -> types.ServerCapabilities:
        experimental = {APPS: {}, **(experimental_capabilities or {})}
        return super().get_capabilities(
            notification_options, experimental, extensions, protocol_version=protocol_version
        )


async def _read(
    uri: str, fixed: Mapping[str, Resource], patterns: Sequence[_Pattern], context: ToolContext
) -> ResourceContents | None:
    resource = fixed.get(uri)
    if resource is not None:
        return await resource.read(uri, context)
    for pattern in patterns:
        if pattern.regex.fullmatch(uri):
            return await pattern.template.read(uri, context)
    return None


def _listed(declared: Resource | ResourceTemplate, key: str, uri: str) -> dict[str, Any]:
    listed: dict[str, Any] = {key: uri, "name": declared.name}
    if declared.title is not None:
        listed["title"] = declared.title
    if declared.description is not None:
        listed["description"] = declared.description
    if declared.mime_type is not None:
        listed["mimeType"] = declared.mime_type
    return listed


def _wire(uri: str, contents: ResourceContents) -> dict[str, Any]:
    wire: dict[str, Any] = {"uri": uri, "mimeType": contents.mime_type}
    if contents.blob is not None:
        wire["blob"] = base64.b64encode(contents.blob).decode("ascii")
    else:
        wire["text"] = contents.text or ""
    if contents.meta:
        wire["_meta"] = dict(contents.meta)
    return wire


def _principal(ctx: Context) -> Principal:
    principal = cast("Call", ctx.request).principal
    assert principal is not None, "MCP routes always resolve a principal"
    return principal


def _tool_context(facts: ServerFacts, ctx: Context) -> ToolContext:
    return tool_context(facts, cast("Call", ctx.request), ctx.params, ctx.session.report_progress)


def tool_context(
    facts: ServerFacts, call: Call, params: Mapping[str, Any] | None, report: Progress
) -> ToolContext:
    """The circumstances of a call with these parameters."""
    principal = call.principal
    assert principal is not None, "MCP routes always resolve a principal"
    meta = (params or {}).get("_meta")
    return ToolContext(
        app_id=principal.app_id(facts.default_app_id()),
        principal=principal,
        request_id=call.request_id,
        meta=meta if isinstance(meta, Mapping) else {},
        call=call,
        clock=facts.clock,
        report=report,
    )

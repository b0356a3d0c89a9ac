"""Resources of the ``/everything`` service: two fixed ones, one template, subscriptions of the old era."""

from __future__ import annotations

import json
import re

import mcp_types as types
from mcp.shared.exceptions import MCPError

from everything import content
from everything.tools import Context

RESOURCES: tuple[types.Resource, ...] = (
    types.Resource(
        uri="test://static-text", name="static-text", description="A fixed text", mime_type="text/plain"
    ),
    types.Resource(
        uri="test://static-binary", name="static-binary", description="A fixed image", mime_type="image/png"
    ),
    types.Resource(
        uri="test://watched-resource",
        name="watched-resource",
        description="A text that can be subscribed to",
        mime_type="text/plain",
    ),
)
TEMPLATE = types.ResourceTemplate(
    uri_template="test://template/{id}/data",
    name="template",
    description="One text per id",
    mime_type="application/json",
)
_TEMPLATE_URI = re.compile(r"test://template/([^/]+)/data")


async def list_resources(
    context: Context, params: types.PaginatedRequestParams | None
) -> types.ListResourcesResult:
    """All of them, on one page."""
    return types.ListResourcesResult(resources=list(RESOURCES))


async def list_templates(
    context: Context, params: types.PaginatedRequestParams | None
) -> types.ListResourceTemplatesResult:
    """The one template."""
    return types.ListResourceTemplatesResult(resource_templates=[TEMPLATE])


async def read_resource(
    context: Context, params: types.ReadResourceRequestParams
) -> types.ReadResourceResult:
    """One resource; -32602 with the URI when there is none (SEP-2164)."""
    return types.ReadResourceResult(contents=[_contents(params.uri)])


def _contents(uri: str) -> types.TextResourceContents | types.BlobResourceContents:
    if uri == "test://static-binary":
        return types.BlobResourceContents(uri=uri, mime_type="image/png", blob=content.PNG)
    if uri == "test://static-text":
        body = "This is the content of the static text resource."
        return types.TextResourceContents(uri=uri, mime_type="text/plain", text=body)
    if uri == "test://watched-resource":
        return types.TextResourceContents(uri=uri, mime_type="text/plain", text="Nothing has changed.")
    if found := _TEMPLATE_URI.fullmatch(uri):
        body = json.dumps({"id": found[1], "templateTest": True, "data": f"Data for ID: {found[1]}"})
        return types.TextResourceContents(uri=uri, mime_type="application/json", text=body)
    raise MCPError(types.INVALID_PARAMS, "Resource not found", {"uri": uri})


async def subscribe(context: Context, params: types.SubscribeRequestParams) -> types.EmptyResult:
    """Accepted and never fired: a stateless server has no stream to fire on."""
    return types.EmptyResult()


async def unsubscribe(context: Context, params: types.UnsubscribeRequestParams) -> types.EmptyResult:
    """Accepted."""
    return types.EmptyResult()

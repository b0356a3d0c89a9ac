"""Tools of the ``/everything`` service: declaration and handler side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError

from everything import content

Context = ServerRequestContext[Any, Any]
Params = types.CallToolRequestParams
Outcome = types.CallToolResult | types.InputRequiredResult
NO_ARGUMENTS: Mapping[str, Any] = {"type": "object", "properties": {}}

STEP_S = 0.05
"""Pause between two notifications of one call; the suite asks for about 50 ms."""


@dataclass(frozen=True, slots=True)
class SuiteTool:
    """A tool as the suite wants to find it."""

    name: str
    description: str
    handler: Callable[[Context, Params], Awaitable[Outcome]]
    input_schema: Mapping[str, Any] = field(default_factory=lambda: NO_ARGUMENTS)

    def declaration(self) -> types.Tool:
        """The entry of ``tools/list``."""
        return types.Tool(name=self.name, description=self.description, input_schema=dict(self.input_schema))


def answer(*blocks: types.ContentBlock, is_error: bool = False) -> types.CallToolResult:
    """A complete result."""
    return types.CallToolResult(content=list(blocks), is_error=is_error)


def _fixed(*blocks: types.ContentBlock) -> Callable[[Context, Params], Awaitable[Outcome]]:
    async def handler(context: Context, params: Params) -> Outcome:
        return answer(*blocks)

    return handler


async def _fail(context: Context, params: Params) -> Outcome:
    return answer(content.text("This tool intentionally returns an error for testing"), is_error=True)


async def _progress(context: Context, params: Params) -> Outcome:
    for percent in (0, 50, 100):
        await context.session.report_progress(percent, 100)
        await asyncio.sleep(STEP_S)
    return answer(content.text("Three steps done."))


async def _log(context: Context, params: Params) -> Outcome:
    for line in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await context.session.send_log_message("info", line, related_request_id=context.request_id)
        await asyncio.sleep(STEP_S)
    return answer(content.text("Three lines logged."))


async def _sample(context: Context, params: Params) -> Outcome:
    prompt = str((params.arguments or {}).get("prompt", ""))
    result = await context.session.create_message(
        [types.SamplingMessage(role="user", content=types.TextContent(type="text", text=prompt))],
        max_tokens=100,
        related_request_id=context.request_id,
    )
    return answer(content.text(f"LLM response: {result.content}"))


def _elicit(
    schema: Mapping[str, Any], message: str | None = None
) -> Callable[[Context, Params], Awaitable[Outcome]]:
    async def handler(context: Context, params: Params) -> Outcome:
        question = message or str((params.arguments or {}).get("message", ""))
        reply = await context.session.elicit_form(question, dict(schema), context.request_id)
        return answer(content.text(f"Elicitation completed: action={reply.action}, content={reply.content}"))

    return handler


async def _need_sampling(context: Context, params: Params) -> Outcome:
    needed = types.ClientCapabilities(sampling=types.SamplingCapability())
    if not context.session.check_client_capability(needed):
        raise MCPError(
            types.MISSING_REQUIRED_CLIENT_CAPABILITY,
            "This tool needs the sampling capability; declare it in the request's clientCapabilities.",
            {"requiredCapabilities": {"sampling": {}}},
        )
    return answer(content.text("The client can sample."))


async def _echo_region(context: Context, params: Params) -> Outcome:
    return answer(content.text(f"region: {(params.arguments or {}).get('region')}"))


def _strings(*names: str) -> dict[str, Any]:
    return {"type": "object", "properties": {n: {"type": "string"} for n in names}, "required": list(names)}


def _titled(*options: tuple[str, str]) -> list[dict[str, str]]:
    return [{"const": value, "title": title} for value, title in options]


DEFAULTS_FORM = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "default": "John Doe"},
        "age": {"type": "integer", "default": 30},
        "score": {"type": "number", "default": 95.5},
        "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
        "verified": {"type": "boolean", "default": True},
    },
}

_OPTIONS = ["option1", "option2", "option3"]
_TITLED = _titled(("value1", "First Choice"), ("value2", "Second Choice"), ("value3", "Third Choice"))
ENUMS_FORM = {
    "type": "object",
    "properties": {
        "untitledSingle": {"type": "string", "enum": _OPTIONS},
        "titledSingle": {"type": "string", "oneOf": _TITLED},
        "legacyEnum": {
            "type": "string",
            "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"],
        },
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": _OPTIONS}},
        "titledMulti": {"type": "array", "items": {"anyOf": _TITLED}},
    },
}

DIALECT_SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}

REGION_SCHEMA = {
    "type": "object",
    "properties": {"region": {"type": "string", "x-mcp-header": "Region"}},
    "required": ["region"],
}

TOOLS: tuple[SuiteTool, ...] = (
    # The header scenarios call the first tool of the list without arguments: it has to accept that.
    SuiteTool("test_simple_text", "Answers one text block", _fixed(*content.SIMPLE_TEXT)),
    SuiteTool("test_image_content", "Answers one image", _fixed(*content.IMAGE)),
    SuiteTool("test_audio_content", "Answers one sound", _fixed(*content.AUDIO)),
    SuiteTool("test_embedded_resource", "Answers one resource", _fixed(*content.EMBEDDED_RESOURCE)),
    SuiteTool("test_multiple_content_types", "Answers three kinds", _fixed(*content.MULTIPLE_TYPES)),
    SuiteTool("test_error_handling", "Always fails", _fail),
    SuiteTool("test_tool_with_progress", "Reports progress in three steps", _progress),
    SuiteTool("test_tool_with_logging", "Logs three lines", _log),
    SuiteTool("test_logging_tool", "Logs three lines where the caller asked for a level", _log),
    SuiteTool("test_sampling", "Asks the client's model", _sample, _strings("prompt")),
    SuiteTool(
        "test_elicitation",
        "Asks the person for name and address",
        _elicit(_strings("username", "email")),
        _strings("message"),
    ),
    SuiteTool(
        "test_elicitation_sep1034_defaults",
        "Asks with defaults",
        _elicit(DEFAULTS_FORM, "Check these"),
    ),
    SuiteTool("test_elicitation_sep1330_enums", "Asks with choices", _elicit(ENUMS_FORM, "Pick options")),
    SuiteTool("test_missing_capability", "Needs a client that can sample", _need_sampling),
    SuiteTool("test_reconnection", "Answers without dropping the stream", _fixed(*content.SIMPLE_TEXT)),
    SuiteTool(
        "json_schema_2020_12_tool",
        "Declares every keyword the suite looks for",
        _fixed(*content.SIMPLE_TEXT),
        DIALECT_SCHEMA,
    ),
    SuiteTool("test_header_parameter", "Mirrors an argument in a header", _echo_region, REGION_SCHEMA),
)

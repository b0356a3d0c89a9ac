"""The tools of one route: built once at boot, looked up on every call (spec 02 sections 3 and 14.2)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

import structlog
from pydantic import BaseModel, ValidationError

from ggui_core.auth import IdentityKind
from ggui_core.errors import BootError, GguiError, ToolError
from ggui_core.mcp.confirmation import CONFIRM, confirmed, needs_confirmation, question, with_gate
from ggui_core.mcp.messages import encode
from ggui_core.mcp.schema import input_schema, output_schema
from ggui_core.mcp.tools import Tool, ToolContext, ToolResult

log = structlog.get_logger("ggui.mcp")

ERROR_META: Final = "ai.ggui/error"
MAX_VIOLATIONS: Final = 50
"""Faults of one call's arguments that its answer lists; further ones are only counted."""
_DESCRIBED_VIOLATIONS: Final = 1000
"""Beyond so many faults none is described: each costs microseconds and a kilobyte."""
_LOGGED_NAME: Final = 64
"""Characters of a tool's name that the log keeps; a name nobody declared is as long as its caller likes."""

_MIRRORED: Final = b'"x-mcp-header"'
"""What a schema says of an argument that a header repeats."""

AnyTool = Tool[Any, Any]
Admit = Callable[[AnyTool, ToolContext], Awaitable[None]]


async def _admit_all(tool: AnyTool, context: ToolContext) -> None:
    """The default of :class:`ToolTable`."""


class ToolTable:
    """Tools by name, with their declarations as they are listed.

    Args:
        confirm: Whether ops tools that change something want ``confirm: true`` (spec 02 section 9.1).
        admit: Asked before every call; raises to refuse it.
    """

    def __init__(self, *, confirm: bool = False, admit: Admit = _admit_all) -> None:
        self._confirm = confirm
        self._admit = admit
        self._tools: dict[str, AnyTool] = {}
        self._owners: dict[str, str] = {}
        self._outputs: dict[str, frozenset[str]] = {}
        self._inputs: dict[str, Mapping[str, Any]] = {}
        self._mirrored: dict[str, Mapping[str, Any]] = {}
        self._takes_confirm: set[str] = set()
        """Ops tools of which ``confirm`` is the gate's argument, not their own."""
        self.declarations: list[dict[str, Any]] = []

    def add(self, tool: AnyTool, owner: str) -> None:
        """Add ``tool`` on behalf of ``owner`` (a plugin, mount or service, for messages).

        Raises:
            BootError: the name is taken; names both owners. Or its output model declares nothing.
        """
        if tool.name in self._tools:
            raise BootError(
                f"tool {tool.name!r} is declared by {self._owners[tool.name]} and by {owner}; "
                "rename one, or disable one of them"
            )
        if not tool.output.model_fields:
            raise BootError(
                f"tool {tool.name!r} of {owner} has an empty output schema; give its output model a field"
            )
        self._tools[tool.name] = tool
        self._owners[tool.name] = owner
        declaration = _declaration(tool)
        self._outputs[tool.name] = frozenset(declaration["outputSchema"]["properties"])
        if tool.audience == "ops" and CONFIRM not in declaration["inputSchema"]["properties"]:
            self._takes_confirm.add(tool.name)
        gated = self._confirm and needs_confirmation(tool)
        declaration = with_gate(declaration) if gated else declaration
        self.declarations.append(declaration)
        self._inputs[tool.name] = declaration["inputSchema"]
        if _MIRRORED in encode(declaration["inputSchema"]):
            self._mirrored[tool.name] = declaration["inputSchema"]

    def __len__(self) -> int:
        return len(self._tools)

    def names(self) -> Iterable[str]:
        """Names in the order the tools were added."""
        return self._tools.keys()

    def listed_for(self, kind: IdentityKind) -> list[dict[str, Any]]:
        """The declarations that callers of this identity kind see: what they may not call is not there."""
        return [
            declaration
            for declaration in self.declarations
            if _open_to(self._tools[declaration["name"]], kind)
        ]

    def input_schema(self, name: str) -> Mapping[str, Any] | None:
        """The listed input schema of a tool."""
        return self._inputs.get(name)

    def mirrored_schema(self, name: str) -> Mapping[str, Any] | None:
        """The same of a tool of which arguments travel in headers too; None where there is nothing to compare."""
        return self._mirrored.get(name)

    async def call(
        self, name: str, arguments: Mapping[str, Any] | None, context: ToolContext
    ) -> dict[str, Any]:
        """Run a tool; every failure is a result with ``isError`` (spec 02 section 3.3)."""
        started = time.perf_counter()
        outcome = "ok"
        try:
            with context.call.handovers.attempt():
                result = await self._run(name, arguments, context)
            if result.get("isError"):
                outcome = "failed"
        except GguiError as error:
            outcome = error.code
            result = _failure(error)
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        except Exception:
            outcome = "internal_error"
            log.exception("tool_crashed", tool=name, request_id=context.request_id)
            result = _failure(
                ToolError(
                    f"The tool {name} failed; the server's log has the cause under request {context.request_id}.",
                    code="internal_error",
                )
            )
        finally:
            context.call.notes.update(tool=name[:_LOGGED_NAME], outcome=outcome)
            log.info(
                "tool_invoked",
                tool=name[:_LOGGED_NAME],
                outcome=outcome,
                ms=round((time.perf_counter() - started) * 1000, 2),
                request_id=context.request_id,
                principal=context.principal.source,
            )
        return result

    async def _run(
        self, name: str, arguments: Mapping[str, Any] | None, context: ToolContext
    ) -> dict[str, Any]:
        tool = self._tools.get(name)
        if tool is None or not _open_to(tool, context.principal.identity.kind):
            raise ToolError(f"MCP error -32602: Tool {name} not found", code="tool_not_found")
        await self._admit(tool, context)
        given = arguments or {}
        runs = not (self._confirm and needs_confirmation(tool)) or confirmed(name, given)
        if name in self._takes_confirm:
            given = {key: value for key, value in given.items() if key != CONFIRM}
        try:
            parsed = tool.input.model_validate(given)
        except ValidationError as error:
            raise _invalid_arguments(name, error) from None
        if not runs:
            context.call.notes.update(confirmation="required")
            return _asked(tool)
        return _success(await tool.handler(parsed, context), tool.output, self._outputs[name])

    @property
    def long_polls(self) -> frozenset[str]:
        """Names of the tools that wait for events and end when their caller is gone."""
        return frozenset(name for name, tool in self._tools.items() if tool.long_poll)


def _open_to(tool: AnyTool, kind: IdentityKind) -> bool:
    return tool.allowed_for is None or kind in tool.allowed_for


def _declaration(tool: AnyTool) -> dict[str, Any]:
    annotations = {
        "readOnlyHint": tool.read_only,
        "destructiveHint": tool.destructive,
        "idempotentHint": tool.idempotent or tool.read_only,
        "openWorldHint": tool.open_world,
    }
    declaration: dict[str, Any] = {
        "name": tool.name,
        "description": tool.description,
        "inputSchema": input_schema(tool.input),
        "outputSchema": output_schema(tool.output),
        "annotations": annotations,
    }
    if tool.title is not None:
        declaration["title"] = tool.title
    meta = dict(tool.meta)
    visibility = tool.visibility or _DEFAULT_VISIBILITY.get(tool.audience or "")
    if visibility is not None:
        meta["ui"] = {**meta.get("ui", {}), "visibility": list(visibility)}
    if meta:
        declaration["_meta"] = meta
    return declaration


_DEFAULT_VISIBILITY: Final[Mapping[str, tuple[str, ...]]] = {"agent": ("model",), "runtime": ("app",)}


def _asked(tool: AnyTool) -> dict[str, Any]:
    asked = question(tool)
    return {
        "structuredContent": asked,
        "content": [{"type": "text", "text": encode(asked).decode()}],
        "isError": False,
    }


def _success(
    outcome: BaseModel | ToolResult[Any], model: type[BaseModel], declared: frozenset[str]
) -> dict[str, Any]:
    given = outcome if isinstance(outcome, ToolResult) else ToolResult(output=outcome)
    result: dict[str, Any] = {}
    blocks: list[Mapping[str, Any]] = []
    if given.lead is not None:
        blocks.append({"type": "text", "text": given.lead})
    if given.output is not None:
        structured = _structured(given.output, model, declared)
        result["structuredContent"] = structured
        if given.content is None:
            blocks.append({"type": "text", "text": encode(structured).decode()})
    result["content"] = blocks if given.content is None else [*blocks, *given.content]
    result["isError"] = given.is_error
    if given.meta is not None:
        result["_meta"] = dict(given.meta)
    return result


def _structured(output: BaseModel, model: type[BaseModel], declared: frozenset[str]) -> dict[str, Any]:
    """What the declared model says of ``output``: not what a subclass or an open model adds to it."""
    if not isinstance(output, model):
        raise TypeError(f"the handler returned {type(output).__name__}, but declares {model.__name__}")
    written: dict[str, Any] = model.__pydantic_serializer__.to_python(
        output, mode="json", by_alias=True, exclude_none=True
    )
    return {key: value for key, value in written.items() if key in declared}


def _failure(error: GguiError) -> dict[str, Any]:
    facts: dict[str, Any] = {"code": error.code, "retryable": False}
    if isinstance(error, ToolError):
        facts["retryable"] = error.retryable
        if error.retry_after_ms is not None:
            facts["retryAfterMs"] = error.retry_after_ms
        facts.update(error.details)
    if error.hint is not None:
        facts["hint"] = error.hint
    text = f"{error.code}: {error.message}" + (f" {error.hint}" if error.hint else "")
    return {"content": [{"type": "text", "text": text}], "isError": True, "_meta": {ERROR_META: facts}}


def _invalid_arguments(name: str, error: ValidationError) -> ToolError:
    count = error.error_count()
    described = (
        error.errors(include_url=False, include_context=False, include_input=False)[:MAX_VIOLATIONS]
        if count <= _DESCRIBED_VIOLATIONS
        else []
    )
    issues = [
        {
            "field": ".".join(str(part) for part in issue["loc"]),
            "message": issue["msg"],
            "keyword": issue["type"],
        }
        for issue in described
    ]
    lines = [f"{issue['message']} at {issue['field'] or '(root)'}" for issue in issues]
    if count > len(issues):
        lines.append(f"and {count - len(issues)} more" if issues else f"{count} faults, too many to list")
    return ToolError(
        f"MCP error -32602: Input validation error: Invalid arguments for tool {name}: " + "\n".join(lines),
        code="invalid_arguments",
        details={"violations": issues},
    )

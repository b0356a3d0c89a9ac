"""The confirm gate: ops tools that change something run only when they are called with ``confirm: true``.

It stands on the alias ``/control``, and on ``/ops`` where the operator wants it (spec 02 section 9.1). Elsewhere
``confirm`` is accepted and means nothing, so that clients that always send it work on every route.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ggui_core.errors import ToolError
from ggui_core.mcp.tools import Tool

CONFIRM: Final = "confirm"

_INPUT: Final = {"type": "boolean", "description": "true runs it; without, you are asked first."}
_REQUIRED: Final = {"type": "boolean", "const": True}
_PROMPT: Final = {"type": "string"}

AnyTool = Tool[Any, Any]


def needs_confirmation(tool: AnyTool) -> bool:
    """Whether the gate is for this tool: of the ops audience, and not declared to only read."""
    return tool.audience == "ops" and not tool.read_only


def with_gate(declaration: Mapping[str, Any]) -> dict[str, Any]:
    """A tool's declaration as the gate changes it: ``confirm`` may come in, a question may come out."""
    taken, answered = declaration["inputSchema"], declaration["outputSchema"]
    gated_output = {key: value for key, value in answered.items() if key != "required"}
    gated_output["properties"] = {
        **answered["properties"],
        "confirmationRequired": _REQUIRED,
        "confirmationPrompt": _PROMPT,
    }
    return {
        **declaration,
        "inputSchema": {**taken, "properties": {**taken["properties"], CONFIRM: _INPUT}},
        "outputSchema": gated_output,
    }


def confirmed(name: str, arguments: Mapping[str, Any]) -> bool:
    """Whether ``arguments`` confirm the call; only the JSON value ``true`` does.

    Raises:
        ToolError: ``invalid_arguments``, ``confirm`` is neither true nor false.
    """
    given = arguments.get(CONFIRM)
    if given is not None and not isinstance(given, bool):
        raise ToolError(
            f"MCP error -32602: Input validation error: Invalid arguments for tool {name}: "
            f"Input should be true or false at {CONFIRM}",
            code="invalid_arguments",
            details={
                "violations": [
                    {"field": CONFIRM, "message": "Input should be true or false", "keyword": "bool_type"}
                ]
            },
        )
    return given is True


def question(tool: AnyTool) -> dict[str, Any]:
    """What is answered instead of running the tool. It repeats no argument: some are secrets."""
    prompt = (
        f"{tool.title or tool.name}: {tool.description} Nothing has happened yet. When the operator agrees, "
        f"call {tool.name} again with the same arguments and {CONFIRM}: true."
    )
    return {"confirmationRequired": True, "confirmationPrompt": prompt}

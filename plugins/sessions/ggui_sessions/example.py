"""The literal call that a handshake suggests as the next one (spec 02 section 6.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

_DEEPEST: Final = 4


def render_example(handshake_id: str, contract: Mapping[str, Any]) -> str:
    """``ggui_render({...})`` with every declared prop filled in, required ones first."""
    arguments = {"handshakeId": handshake_id, "props": example_props(contract.get("propsSpec"))}
    return f"ggui_render({orjson.dumps(arguments).decode()})"


def consume_example(session_id: str, timeout_s: int) -> str:
    """``ggui_consume({...})``."""
    return f"ggui_consume({orjson.dumps({'sessionId': session_id, 'timeout': timeout_s}).decode()})"


def example_props(props_spec: Mapping[str, Any] | None) -> dict[str, Any]:
    """A value for every declared prop: its example, else its default, else what its schema suggests."""
    entries: Mapping[str, Any] = (props_spec or {}).get("properties", {})
    required = [name for name, entry in entries.items() if entry.get("required") is True]
    optional = [name for name, entry in entries.items() if entry.get("required") is not True]
    return {name: _example(entries[name]) for name in (*required, *optional)}


def _example(entry: Mapping[str, Any]) -> Any:
    for keyword in ("example", "default"):
        if keyword in entry:
            return entry[keyword]
    return placeholder(entry["schema"])


def placeholder(schema: Mapping[str, Any], level: int = 1) -> Any:
    """A value of the right type, empty where it can be."""
    for keyword in ("const", "example", "default"):
        if keyword in schema:
            return schema[keyword]
    if schema.get("enum"):
        return schema["enum"][0]
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "null")
    match kind:
        case "number" | "integer":
            return 0
        case "boolean":
            return False
        case "null":
            return None
        case "array":
            items = schema.get("items")
            return [placeholder(items, level + 1)] if isinstance(items, Mapping) and level < _DEEPEST else []
        case "object":
            if level >= _DEEPEST:
                return {}
            members: Mapping[str, Any] = schema.get("properties", {})
            return {name: _member(member, level + 1) for name, member in members.items()}
        case _:
            return ""


def _member(schema: object, level: int) -> Any:
    return placeholder(schema, level) if isinstance(schema, Mapping) else ""

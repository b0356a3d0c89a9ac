"""Can the requester serve a stored card? A hard condition of its reuse (spec 06 section 3.5).

A card calls tools of the agent that shows it. One that names a tool the agent lacks would take gestures that nobody
answers, however well it fits otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Contract = Mapping[str, Any]


def can_serve(requested: Contract, stored: Contract) -> bool:
    """Whether the tools that ``requested`` declares are those that ``stored`` needs. Both have passed the gate."""
    offered, recorded = _tools(requested), _tools(stored)
    return all(_serves(offered.get(name), recorded.get(name, {})) for name in _needed(stored))


def _needed(contract: Contract) -> Iterator[str]:
    for action in (contract.get("actionSpec") or {}).values():
        if action.get("nextStep") is not None:
            yield action["nextStep"]
    for stream in (contract.get("streamSpec") or {}).values():
        if stream.get("source") is not None:
            yield stream["source"]["tool"]


def _serves(offered: Mapping[str, Any] | None, recorded: Mapping[str, Any]) -> bool:
    """The versions of servers do not matter, and a tool may ask for more than it did."""
    if offered is None:
        return False
    ours, theirs = _server(offered), _server(recorded)
    if ours is not None and theirs is not None and ours != theirs:
        return False
    return _required(recorded) <= _required(offered)


def _tools(contract: Contract) -> Mapping[str, Mapping[str, Any]]:
    tools: Mapping[str, Mapping[str, Any]] = (contract.get("agentCapabilities") or {}).get("tools") or {}
    return tools


def _server(tool: Mapping[str, Any]) -> str | None:
    name: str | None = (tool.get("serverInfo") or {}).get("name")
    return name


def _required(tool: Mapping[str, Any]) -> set[str]:
    schema = (tool.get("toolInfo") or {}).get("inputSchema")
    return set(schema.get("required") or ()) if isinstance(schema, Mapping) else set()

"""A card that calls tools which its agent lacks is not reused (spec 06 section 3.5)."""

from __future__ import annotations

from typing import Any

import pytest

from ggui_sessions.fulfilment import can_serve


def tool(*required: str, server: str | None = None, version: str = "1") -> dict[str, Any]:
    """A tool that needs these arguments."""
    schema = {"type": "object", "properties": {name: {} for name in required}, "required": list(required)}
    declared: dict[str, Any] = {"toolInfo": {"inputSchema": schema}}
    if server is not None:
        declared["serverInfo"] = {"name": server, "version": version}
    return declared


def card(**tools: dict[str, Any]) -> dict[str, Any]:
    """A contract that calls each of these tools: the first by an action, the others by streams."""
    names = list(tools)
    contract: dict[str, Any] = {"agentCapabilities": {"tools": tools}}
    if names:
        contract["actionSpec"] = {"go": {"label": "Go", "nextStep": names[0]}, "close": {"label": "Close"}}
        contract["streamSpec"] = {
            f"s_{name}": {"schema": {}, "source": {"tool": name}} for name in names[1:]
        } | {"pushed": {"schema": {}}}
    return contract


@pytest.mark.parametrize(
    ("requested", "stored", "serves"),
    [
        (card(), card(), True),
        ({}, {"propsSpec": {}}, True),
        (card(a=tool(), b=tool()), card(a=tool()), True),
        (card(a=tool()), card(a=tool(), b=tool()), False),
        (card(), card(a=tool()), False),
        (card(a=tool(server="shop")), card(a=tool(server="shop", version="2")), True),
        (card(a=tool(server="shop")), card(a=tool(server="bank")), False),
        (card(a=tool()), card(a=tool(server="bank")), True),
        (card(a=tool(server="shop")), card(a=tool()), True),
        (card(a=tool("id", "day")), card(a=tool("id")), True),
        (card(a=tool("id")), card(a=tool("id", "day")), False),
    ],
    ids=[
        "none",
        "no tools at all",
        "more",
        "source is missing",
        "action is missing",
        "same server",
        "other server",
        "server unsaid by us",
        "server unsaid by it",
        "asks for more",
        "asks for less",
    ],
)
def test_the_tools_of_a_stored_card(requested: dict[str, Any], stored: dict[str, Any], serves: bool) -> None:
    assert can_serve(requested, stored) is serves


def test_a_tool_that_nothing_calls_is_not_needed() -> None:
    stored = {"agentCapabilities": {"tools": {"idle": tool()}}, "actionSpec": {"go": {"label": "Go"}}}
    assert can_serve({}, stored)

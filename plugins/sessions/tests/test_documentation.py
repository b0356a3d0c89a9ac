"""The program that ``docs/mcp.md`` shows runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import ggui_sessions.plugin as sessions
from ggui_core.testing import booted
from ggui_sessions.instructions import PRIMER

from .stand_ins import Writer, rendering, writing

PAGE = Path(__file__).parents[3] / "docs" / "mcp.md"


async def test_the_round_of_the_documentation() -> None:
    (program,) = re.findall(r"^```py\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {"__name__": "rooms"}
    exec(compile(program, "<docs/mcp.md>", "exec"), names)  # noqa: S102  # our own documentation
    async with booted([sessions, writing(Writer()), rendering()], args=["--dev-allow-all"]) as server:
        (event,) = await names["main"](f"{server.base_url}/mcp")
        instructions = await server.rpc(
            "initialize",
            {
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "clientInfo": {"name": "t", "version": "1"},
            },
        )
    assert (event["intent"], event["actionData"]) == ("book", {"room": "blue"})
    assert PRIMER in instructions["result"]["instructions"]


async def test_the_list_of_tools_stays_small() -> None:
    async with booted([sessions, writing(Writer()), rendering()], args=["--dev-allow-all"]) as server:
        url, headers = f"{server.base_url}/mcp", {"Accept": "application/json, text/event-stream"}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        async with server.client.post(url, json=body, headers=headers) as response:
            octets = len(await response.read())
            listed = await response.json()
    tools = {tool["name"]: tool for tool in listed["result"]["tools"]}
    assert octets < 18_000  # of the 30 KB that every plugin of /mcp shares
    assert len(tools) == 11
    for name, tool in tools.items():
        expected = ["app"] if name.startswith("ggui_runtime_") else ["model"]
        assert tool["_meta"]["ui"]["visibility"] == expected
        assert "default" not in {
            key for prop in tool["inputSchema"]["properties"].values() for key in prop
        } or (name in ("ggui_consume", "ggui_list_sessions"))


def test_the_primer_is_short() -> None:
    assert len(PRIMER) < 2_000

"""What documentation and instructions show really runs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import ggui_sessions.plugin as sessions
from ggui_core.testing import booted
from ggui_sessions.instructions import GESTURES, PRIMER, WORKED_EXAMPLE

from .serving import serving
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
    assert octets < 19_500  # of the 30 KB that every plugin of /mcp shares
    assert len(tools) == 14
    for name, tool in tools.items():
        expected = ["app"] if name.startswith("ggui_runtime_") else ["model"]
        assert tool["_meta"]["ui"]["visibility"] == expected
        assert "default" not in {
            key for prop in tool["inputSchema"]["properties"].values() for key in prop
        } or (name in ("ggui_consume", "ggui_list_sessions"))


@pytest.mark.spec("02 19.4")
async def test_every_preset_is_short_and_says_more_than_the_one_before() -> None:
    texts = []
    for preset in ("default", "aggressive", "always"):
        async with serving(args=["--mcp-instructions", preset]) as agent:
            answer = await agent.server.rpc(
                "initialize",
                {
                    "protocolVersion": "2025-11-25",
                    "capabilities": {},
                    "clientInfo": {"name": "t", "version": "1"},
                },
            )
        texts.append(answer["result"]["instructions"])
    default, aggressive, always = texts
    assert GESTURES not in default
    assert GESTURES in aggressive
    assert WORKED_EXAMPLE not in aggressive
    assert WORKED_EXAMPLE in always
    assert len(default) < len(aggressive) < len(always) < 3_000


async def test_the_worked_example_of_the_instructions_works() -> None:
    calls = re.findall(r"(ggui_\w+)\((\{.*?\})\)(?= ->|\.$)", WORKED_EXAMPLE)
    assert [name for name, _ in calls] == ["ggui_handshake", "ggui_render", "ggui_consume", "ggui_update"]
    ids: dict[str, str] = {}
    async with serving() as agent:
        for name, text in calls:
            output = await agent.ok(name, {**json.loads(text), **ids})
            if name == "ggui_handshake":
                ids = {"handshakeId": output["handshakeId"]}
            if name == "ggui_render":
                ids = {"sessionId": output["sessionId"]}
                taken = await agent.submit(ids["sessionId"], "a1", {"slot": "Mon 9:00"}, "choose")
                assert taken["ok"], taken
            if name == "ggui_consume":
                assert [event["intent"] for event in output["events"]] == ["choose"]
        assert output["updated"]

"""What every tool of every first-party plugin says of itself (spec 02 section 3), and how much room that takes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from ggui_core.instructions import PRESETS
from ggui_core.testing import booted
from ggui_core.testing.server import MCP_HEADERS

pytestmark = pytest.mark.asyncio(loop_scope="module")

GUIDE = Path(__file__).parents[2] / "docs" / "mcp.md"
DRAFT = "http://json-schema.org/draft-07/schema#"
SHARED = {"/mcp": ("ggui_", "ggui_runtime_"), "/protocol": ("ggui_protocol_",), "/ops": ("ggui_ops_",)}
RETIRED = {
    "ggui_new_session",
    "ggui_push",
    "ggui_close",
    "ggui_get_render",
    "ggui_list_renders",
    "ggui_runtime_refresh_bootstrap",
    "ggui_request_credential",
    "ggui_ops_rename_app",
    "ggui_ops_update_app_system_prompt",
}

READING = {"get", "list", "search", "describe", "read", "validate", "pull", "export"}
REMOVING = {"delete", "remove", "revoke", "end", "yank"}
REPLACING = {"update", "amend", "set", "sync", "declare", "unyank", "register", "upgrade"}
"""Verbs: the first word of a name behind its prefix."""
GIVING = {"ggui_render_blueprint"}  # it reads, whatever its verb
OPEN_WORLD = {"ggui_render"}
UI_PRODUCING = {"ggui_render"}

Tables = Mapping[str, list[dict[str, Any]]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tables() -> AsyncIterator[Tables]:
    """The declarations by route."""
    async with booted(installed=True, args=["--dev-allow-all", "--ephemeral"]) as server:
        paths = (*SHARED, *(service.path for service in server.assembly.services))
        found = {}
        for path in paths:
            found[path] = (await server.rpc("tools/list", path=path))["result"]["tools"]
    yield found


def every(tables: Tables) -> list[tuple[str, dict[str, Any]]]:
    return [(path, tool) for path, tools in tables.items() for tool in tools]


def verb(name: str) -> str:
    for prefix in ("ggui_runtime_", "ggui_protocol_", "ggui_ops_", "ggui_"):
        name = name.removeprefix(prefix)
    return name.partition("_")[0]


async def test_names_say_the_route_and_none_is_retired(tables: Tables) -> None:
    for path, tool in every(tables):
        name = tool["name"]
        assert name not in RETIRED
        if path in SHARED:
            longest = max(
                (prefix for prefixes in SHARED.values() for prefix in prefixes if name.startswith(prefix)),
                key=len,
            )
            assert longest in SHARED[path], f"{name} on {path}"


async def test_every_tool_has_a_title_a_description_and_two_schemas(tables: Tables) -> None:
    for _, tool in every(tables):
        assert tool["title"], tool["name"]
        assert 10 <= len(tool["description"]) <= 1_000, tool["name"]
        for side in ("inputSchema", "outputSchema"):
            assert (tool[side]["$schema"], tool[side]["type"]) == (DRAFT, "object"), (tool["name"], side)
        assert tool["outputSchema"]["properties"], tool["name"]
        assert tool["outputSchema"]["additionalProperties"] is False, tool["name"]


async def test_every_shared_tool_stands_in_the_guide(tables: Tables) -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    assert [
        tool["name"] for path, tool in every(tables) if path in SHARED and f"`{tool['name']}`" not in guide
    ] == []


@pytest.mark.spec("02 19.19")
async def test_annotations_follow_from_what_a_tool_does(tables: Tables) -> None:
    for _, tool in every(tables):
        name = tool["name"]
        reads = verb(name) in READING or name.startswith("ggui_protocol_") or name in GIVING
        removes = verb(name) in REMOVING
        assert tool["annotations"] == {
            "readOnlyHint": reads,
            "destructiveHint": removes,
            "idempotentHint": reads or removes or verb(name) in REPLACING,
            "openWorldHint": name in OPEN_WORLD,
        }, name


async def test_models_see_the_tools_of_agents_and_views_their_own(tables: Tables) -> None:
    for path, tool in every(tables):
        meta = tool.get("_meta", {})
        name, ui = tool["name"], meta.get("ui", {})
        expected = {"/mcp": ["app"] if name.startswith("ggui_runtime_") else ["model"]}.get(path)
        assert ui.get("visibility") == expected, name
        assert ("resourceUri" in ui) == (name in UI_PRODUCING), name
        assert ui.get("resourceUri") == meta.get("ui/resourceUri"), (
            name
        )  # some hosts read the one, some the other


@pytest.mark.spec("02 19.19")
async def test_the_list_that_every_model_reads_stays_small(tables: Tables) -> None:
    """Ruling 19, in the bytes that go over the wire."""
    async with (
        booted(installed=True, args=["--dev-allow-all", "--ephemeral"]) as server,
        server.client.post(
            server.base_url + "/mcp",
            json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
            headers=MCP_HEADERS,
        ) as answer,
    ):
        body = await answer.read()
    assert [tool["name"] for tool in json.loads(body)["result"]["tools"]] == [
        tool["name"] for tool in tables["/mcp"]
    ]
    assert len(body) <= 30_000


@pytest.mark.spec("02 19.4")
@pytest.mark.parametrize("preset", [preset for preset in PRESETS if preset != "off"])
async def test_instructions_stay_short(preset: str) -> None:
    asked = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    args = ["--dev-allow-all", "--ephemeral", "--mcp-instructions", preset]
    async with booted(installed=True, args=args) as server:
        answer = await server.rpc("initialize", asked)
    assert 0 < len(answer["result"]["instructions"]) < 3_000
    assert "instructions" not in answer["result"]["serverInfo"]

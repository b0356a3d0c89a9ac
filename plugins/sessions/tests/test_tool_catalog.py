"""Equal contracts are equal whoever named their tools (spec 02 section 7.6)."""

from __future__ import annotations

import copy
from typing import Any

import orjson
import pytest

from ggui_core.protocol.digests import contract_hash
from ggui_core.stores import KeyValueStore
from ggui_sessions.tools.declare_tool_catalog import MOST_TOOLS

from .serving import APP, CONTRACT, PROPS, Agent, serving
from .stand_ins import Library, Writer, storing

DECLARE = "ggui_runtime_declare_tool_catalog"
CATALOG = {"rooms_book": {"name": "rooms", "version": "2.1"}}


def owned(server: dict[str, Any] | None) -> dict[str, Any]:
    """The contract whose tool has this server."""
    contract = copy.deepcopy(CONTRACT)
    tool = contract["agentCapabilities"]["tools"]["rooms_book"]
    if server is not None:
        tool["serverInfo"] = server
    return contract


async def test_a_catalog_is_kept_and_replaced_as_a_whole() -> None:
    async with serving() as agent:
        assert await agent.ok(DECLARE, {"toolCatalog": CATALOG}) == {"saved": True, "appId": APP}
        named = await agent.handshake()
        await agent.ok(DECLARE, {"toolCatalog": {"other_tool": {"name": "x"}}})
        plain = await agent.handshake()
        await agent.ok(DECLARE, {"toolCatalog": {}})
        assert await agent.server.setup.get(KeyValueStore).get(f"sessions:tool-catalog:{APP}") is None
    assert named["suggestion"]["blueprintMeta"]["contractHash"] == contract_hash(owned(CATALOG["rooms_book"]))
    assert plain["suggestion"]["blueprintMeta"]["contractHash"] == contract_hash(CONTRACT)


async def test_drafts_that_name_servers_differently_share_one_component() -> None:
    shelf, writer = Library(), Writer()
    async with serving(writer, storing(shelf)) as agent:
        await agent.ok(DECLARE, {"toolCatalog": CATALOG})
        await agent.render()
        answers = [
            await agent.handshake(owned(server))
            for server in (
                {"name": "mcp_rooms_prod"},
                {"name": "rooms", "version": "9"},
                CATALOG["rooms_book"],
            )
        ]
        output = await agent.ok("ggui_render", {"handshakeId": answers[0]["handshakeId"], "props": PROPS})
        session = await agent.stored(output["sessionId"])
    assert [answer["action"] for answer in answers] == ["reuse"] * 3
    assert len(writer.asked) == 1
    tools = session.contract["agentCapabilities"]["tools"]
    assert tools["rooms_book"]["serverInfo"] == CATALOG["rooms_book"]
    server = "/agentCapabilities/tools/rooms_book/serverInfo"
    assert answers[0]["suggestion"]["amendments"]["contractDiff"] == [
        {"op": "replace", "path": f"{server}/name", "value": "rooms"},
        {"op": "add", "path": f"{server}/version", "value": "2.1"},
    ]
    assert "amendments" not in answers[2]["suggestion"]


async def test_a_draft_that_says_the_same_is_not_touched() -> None:
    contract = owned({"version": "2.1", "name": "rooms"})
    async with serving() as agent:
        await agent.ok(DECLARE, {"toolCatalog": CATALOG})
        agreed = await agent.handshake(contract)
        output = await agent.ok("ggui_render", {"handshakeId": agreed["handshakeId"], "props": PROPS})
        session = await agent.stored(output["sessionId"])
    assert agreed["suggestion"]["origin"] == "agent"
    assert orjson.dumps(session.contract) == orjson.dumps(contract)


@pytest.mark.parametrize(
    "capabilities", [None, [], {"tools": None}, {"tools": []}, {"tools": {"rooms_book": 7}}]
)
async def test_malformed_drafts_are_mended_as_ever(capabilities: Any) -> None:
    async with serving() as agent:
        await agent.ok(DECLARE, {"toolCatalog": CATALOG})
        agreed = await agent.handshake(
            {"propsSpec": CONTRACT["propsSpec"], "agentCapabilities": capabilities}
        )
    assert agreed["action"] == "create"


async def test_a_catalog_belongs_to_the_app_of_the_credential() -> None:
    async with serving() as agent:
        stranger = Agent(agent.server, "app:meadow")
        given = {"toolCatalog": CATALOG, "appId": APP}
        assert await stranger.ok(DECLARE, given) == {"saved": True, "appId": "meadow"}
        agreed = await agent.handshake()
    assert agreed["suggestion"]["blueprintMeta"]["contractHash"] == contract_hash(CONTRACT)


@pytest.mark.parametrize(
    ("catalog", "named"),
    [
        ({"t": {}}, "name"),
        ({"t": {"name": ""}}, "name"),
        ({"t": {"name": "x", "url": "http://x"}}, "url"),
        ({"t": {"name": "x" * 129}}, "name"),
        ({"t" * 129: {"name": "x"}}, "toolCatalog"),
        ({"": {"name": "x"}}, "toolCatalog"),
        ({f"t{n}": {"name": "x"} for n in range(MOST_TOOLS + 1)}, "toolCatalog"),
        ([], "toolCatalog"),
        (None, "toolCatalog"),
    ],
    ids=[
        "no name",
        "empty name",
        "more members",
        "long name",
        "long tool",
        "empty tool",
        "too many",
        "list",
        "null",
    ],
)
async def test_catalogs_are_small_and_closed(catalog: Any, named: str) -> None:
    async with serving() as agent:
        error = await agent.error(DECLARE, {"toolCatalog": catalog})
    assert error["code"] == "invalid_arguments"
    assert named in error["text"]

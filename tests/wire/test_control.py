"""The alias ``/control`` and the confirm gate (spec 02 section 9.1, ruling 2)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any

import pytest
from jsonschema import Draft7Validator
from pydantic import BaseModel, ConfigDict

from ggui_core.mcp import Tool, ToolContext
from ggui_core.testing import Booted, booted

from .conftest import MakePlugin
from .raw_http import LIST, MCP, get, head, send


class Wipe(BaseModel):
    model_config = ConfigDict(extra="forbid")
    what: str
    secret: str = ""


class Wiped(BaseModel):
    wiped: str
    count: int


class Own(BaseModel):
    confirm: str


@pytest.fixture
def wiped() -> list[str]:
    return []


@pytest.fixture
def ops(plugin: MakePlugin, wiped: list[str]) -> ModuleType:
    async def wipe(given: Wipe, context: ToolContext) -> Wiped:
        wiped.append(given.what)
        return Wiped(wiped=given.what, count=len(wiped))

    async def own(given: Own, context: ToolContext) -> Wiped:
        return Wiped(wiped=given.confirm, count=0)

    return plugin(
        "ops",
        mcp_tools=lambda setup: [
            Tool("ggui_ops_wipe", "Wipes it.", Wipe, Wiped, wipe, title="Wipe", audience="ops"),
            Tool("ggui_ops_look", "Looks.", Wipe, Wiped, wipe, audience="ops", read_only=True),
            Tool("ggui_ops_own", "Has a confirm of its own.", Own, Wiped, own, audience="ops"),
        ],
    )


@pytest.fixture
async def control(probe: ModuleType, table: ModuleType, ops: ModuleType) -> AsyncIterator[Booted]:
    async with booted([probe, table, ops], args=["--control-alias"]) as running:
        yield running


async def wipe(server: Booted, path: str, bearer: str = "admin", **arguments: Any) -> dict[str, Any]:
    return await server.call_tool("ggui_ops_wipe", {"what": "cache", **arguments}, path=path, bearer=bearer)


async def listed(server: Booted, path: str, bearer: str = "builder") -> dict[str, dict[str, Any]]:
    answer = await server.rpc("tools/list", path=path, bearer=bearer)
    return {tool["name"]: tool for tool in answer["result"]["tools"]}


async def test_there_is_no_alias_unless_it_is_asked_for(server: Booted) -> None:
    answer = await server.rpc("tools/list", path="/control", bearer="builder")
    assert answer["error"]["code"] == "not_found"
    assert (await get(server, "/control")).status == 404


async def test_a_variable_asks_for_it_as_well_as_the_flag(probe: ModuleType, table: ModuleType) -> None:
    async with booted([probe, table], environ={"GGUI_CONTROL_ALIAS": "1"}) as server:
        assert set(await listed(server, "/control")) == {"ggui_protocol_probe", "ggui_ops_probe"}


async def test_the_alias_lists_protocol_and_ops_tools_once_more(control: Booted) -> None:
    both = {**await listed(control, "/protocol"), **await listed(control, "/ops")}
    assert set(both) == set(await listed(control, "/control"))
    assert {"ggui_protocol_probe", "ggui_ops_probe", "ggui_ops_wipe"} < set(both)
    health = (await get(control, "/ggui/health")).json
    assert health["tools"] == len(both) + len(await listed(control, "/mcp"))
    refused = await control.call_tool("ggui_probe_echo", path="/control", bearer="builder")
    assert refused["isError"]


async def test_the_alias_is_an_mcp_path_like_the_others(control: Booted) -> None:
    same = await get(control, "/ops")
    assert ((await get(control, "/control")).status, (await get(control, "/control")).body) == (
        405,
        same.body,
    )
    start = head("POST", "/control", **MCP, Content_Length=str(len(LIST)))
    assert (await send(control, start, body=LIST)).status == 401
    foreign = head(
        "POST", "/control", **MCP, Authorization="Bearer admin", Origin="https://evil.example",
        Content_Length=str(len(LIST)),
    )  # fmt: skip
    assert (await send(control, foreign, body=LIST)).status == 403


async def test_federated_users_are_refused_before_the_gate(control: Booted, wiped: list[str]) -> None:
    answer = await control.rpc(
        "tools/call", {"name": "ggui_ops_wipe", "arguments": {"what": "x"}}, path="/control", bearer="oidc"
    )
    assert answer["error"] == {
        "code": -32000,
        "message": "federated identities are not permitted on this route",
    }
    assert wiped == []


@pytest.mark.parametrize("arguments", [{}, {"confirm": False}, {"confirm": None}])
async def test_nothing_runs_until_it_is_confirmed(
    control: Booted, wiped: list[str], arguments: dict[str, Any]
) -> None:
    asked = await wipe(control, "/control", secret="sk-hidden", **arguments)
    assert not asked["isError"]
    assert set(asked["structuredContent"]) == {"confirmationRequired", "confirmationPrompt"}
    assert asked["structuredContent"]["confirmationRequired"] is True
    assert "ggui_ops_wipe" in asked["structuredContent"]["confirmationPrompt"]
    assert "sk-hidden" not in str(asked)
    assert wiped == []
    done = await wipe(control, "/control", confirm=True)
    assert done["structuredContent"] == {"wiped": "cache", "count": 1}
    assert wiped == ["cache"]


@pytest.mark.parametrize("confirm", ["true", 1, [True], {"confirm": True}])
async def test_only_the_value_true_confirms(control: Booted, wiped: list[str], confirm: Any) -> None:
    refused = await wipe(control, "/control", confirm=confirm)
    assert refused["isError"]
    assert refused["_meta"]["ai.ggui/error"]["code"] == "invalid_arguments"
    assert wiped == []


async def test_arguments_are_judged_before_anybody_is_asked(control: Booted) -> None:
    refused = await control.call_tool("ggui_ops_wipe", {"which": 1}, path="/control", bearer="admin")
    assert refused["_meta"]["ai.ggui/error"]["code"] == "invalid_arguments"


async def test_tools_that_only_read_run_at_once(control: Booted) -> None:
    looked = await control.call_tool("ggui_ops_look", {"what": "x"}, path="/control", bearer="admin")
    assert looked["structuredContent"]["wiped"] == "x"
    designed = await control.call_tool("ggui_protocol_probe", {"text": "x"}, path="/control", bearer="admin")
    assert designed["structuredContent"]["text"] == "x"


async def test_the_schemas_say_what_the_gate_takes_and_answers(control: Booted) -> None:
    tools = await listed(control, "/control")
    gated, plain = tools["ggui_ops_wipe"], (await listed(control, "/ops"))["ggui_ops_wipe"]
    assert gated["inputSchema"]["properties"]["confirm"]["type"] == "boolean"
    assert gated["inputSchema"]["required"] == ["what"]
    assert "confirm" not in plain["inputSchema"]["properties"]
    assert plain["outputSchema"]["required"] == ["wiped", "count"]
    output = Draft7Validator(gated["outputSchema"])
    for arguments in ({}, {"confirm": True}):
        assert output.is_valid((await wipe(control, "/control", **arguments))["structuredContent"])
    assert not output.is_valid({"confirmationRequired": False})
    assert not output.is_valid({"surprise": 1})
    assert "confirm" not in tools["ggui_ops_look"]["inputSchema"]["properties"]
    assert "confirm" not in tools["ggui_protocol_probe"]["inputSchema"]["properties"]


@pytest.mark.parametrize("arguments", [{}, {"confirm": True}, {"confirm": False}, {"confirm": "x"}])
async def test_on_ops_one_call_runs_and_confirm_means_nothing(
    control: Booted, wiped: list[str], arguments: dict[str, Any]
) -> None:
    done = await wipe(control, "/ops", **arguments)
    assert done["structuredContent"] == {"wiped": "cache", "count": 1}
    looked = await control.call_tool("ggui_ops_look", {"what": "x", **arguments}, path="/ops", bearer="admin")
    assert not looked["isError"]


async def test_the_gate_stands_on_ops_where_the_operator_wants_it(
    probe: ModuleType, table: ModuleType, ops: ModuleType, wiped: list[str]
) -> None:
    async with booted([probe, table, ops], args=["--confirm-ops"]) as server:
        asked = await wipe(server, "/ops")
        assert asked["structuredContent"]["confirmationRequired"] is True
        assert wiped == []
        assert (await wipe(server, "/ops", confirm=True))["structuredContent"]["count"] == 1
        assert "confirm" in (await listed(server, "/ops"))["ggui_ops_wipe"]["inputSchema"]["properties"]


async def test_a_tool_keeps_a_confirm_of_its_own(control: Booted) -> None:
    kept = await control.call_tool("ggui_ops_own", {"confirm": "mine"}, path="/ops", bearer="admin")
    assert kept["structuredContent"]["wiped"] == "mine"

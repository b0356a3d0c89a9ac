"""Contracts and values that were made to hurt: each gets its error, and nothing else of the server notices."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ggui_core.testing import Booted, booted
from ggui_core.testing.server import MCP_HEADERS

CATASTROPHIC = "^(a+)+$"
FITTING, HANGING = "a" * 40, "a" * 40 + "!"


@pytest.fixture
async def server() -> AsyncIterator[Booted]:
    async with booted(installed=True, args=["--dev-allow-all", "--ephemeral"]) as running:
        yield running


def props(schema: dict[str, Any]) -> dict[str, Any]:
    return {"propsSpec": {"properties": {"value": {"schema": schema, "required": True}}}}


async def handshake(server: Booted, contract: object) -> dict[str, Any]:
    return await server.call_tool(
        "ggui_handshake", {"intent": "hurt it", "blueprintDraft": {"contract": contract}}
    )


async def render(server: Booted, shaken: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    handshake_id = shaken["structuredContent"]["handshakeId"]
    return await server.call_tool("ggui_render", {"handshakeId": handshake_id, "props": given})


async def test_a_pattern_that_backtracks_for_ever_elsewhere_is_judged_at_once(server: Booted) -> None:
    shaken = await handshake(server, props({"type": "string", "pattern": CATASTROPHIC}))
    refused = await render(server, shaken, {"value": HANGING})
    assert refused["isError"] is True
    error = refused["_meta"]["ai.ggui/error"]
    assert (error["code"], error["violations"][0]["field"]) == ("contract_violation", "value")
    accepted = await render(server, shaken, {"value": FITTING})
    assert not accepted.get("isError"), accepted


async def test_a_reference_is_never_fetched(server: Booted, tmp_path: Path) -> None:
    reached = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.set()
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    canary = tmp_path / "canary.json"
    canary.write_text(json.dumps({"type": "string", "const": "SECRET-CANARY"}), encoding="utf-8")
    before = canary.stat().st_atime_ns
    async with listening:
        for reference in (f"http://127.0.0.1:{port}/schema.json", canary.as_uri()):
            contract = props({"type": "object", "properties": {"inner": {"$ref": reference}}})
            shaken = await handshake(server, contract)
            said = json.dumps(shaken)
            assert "SECRET-CANARY" not in said
            findings = shaken["structuredContent"]["suggestion"]["validationFindings"]
            assert any(finding["severity"] == "error" for finding in findings), findings
            assert all(finding["path"] for finding in findings)
        assert not reached.is_set()
    assert canary.stat().st_atime_ns == before


@pytest.mark.parametrize("levels", [100, 10_000])
async def test_a_contract_of_endless_depth_is_declined(server: Booted, levels: int) -> None:
    text = '{"type":"object","properties":{"x":' * levels + '{"type":"string"}' + "}}" * levels
    contract = '{"propsSpec":{"properties":{"deep":{"schema":' + text + "}}}}"
    draft = '{"intent":"deep","blueprintDraft":{"contract":' + contract + "}}"
    call = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ggui_handshake","arguments":%s}}'
    async with server.client.post(server.base_url + "/mcp", data=call % draft, headers=MCP_HEADERS) as answer:
        body = await answer.json()
    if "error" in body:  # refused before anybody looked at it
        assert (answer.status, body["error"]["code"]) == (400, -32700)
    else:
        declined = body["result"]["structuredContent"]
        assert declined["action"] == "declined"
        assert declined["suggestion"]["validationFindings"]
    assert (await handshake(server, props({"type": "string"})))["structuredContent"]["action"] == "create"


async def test_props_beyond_a_mebibyte_are_refused_and_the_handshake_kept(server: Booted) -> None:
    shaken = await handshake(server, props({"type": "string"}))
    arguments = {
        "handshakeId": shaken["structuredContent"]["handshakeId"],
        "props": {"value": "x" * (1 << 20)},
    }
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "ggui_render", "arguments": arguments},
    }
    body = io.BytesIO(json.dumps(call).encode())  # the client warns of large bodies that are no file
    async with server.client.post(server.base_url + "/mcp", data=body, headers=MCP_HEADERS) as answer:
        refused = (await answer.json())["result"]
    assert refused["isError"] is True
    assert refused["_meta"]["ai.ggui/error"]["code"] == "contract_violation"
    assert not (await render(server, shaken, {"value": "x"})).get("isError")

"""What is the same for every caller is written once; nobody can tell from the answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ggui_core.mcp.listings import FIXED, MAX_KEPT, MAX_PARAMS_BYTES, Listings
from ggui_core.mcp.messages import Message
from ggui_core.testing import Booted

OLD, NEW = "2025-11-25", "2026-07-28"
META = "io.modelcontextprotocol/"
ENVELOPE = {
    META + "protocolVersion": NEW,
    META + "clientCapabilities": {},
    META + "clientInfo": {"name": "test", "version": "1"},
}


async def answer(
    server: Booted, method: str, version: str, id_: Any = 1, bearer: str = "builder", **params: Any
) -> tuple[int, str, bytes]:
    sent = {**params, "_meta": {**ENVELOPE, **params.get("_meta", {})}} if version == NEW else params
    headers = {
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
        "MCP-Protocol-Version": version,
        "Mcp-Method": method,
        "Authorization": f"Bearer {bearer}",
    }
    body = json.dumps({"jsonrpc": "2.0", "id": id_, "method": method, "params": sent})
    async with server.client.post(server.base_url + "/mcp", data=body, headers=headers) as response:
        return response.status, response.content_type, await response.read()


@pytest.mark.parametrize("method", sorted(FIXED))
@pytest.mark.parametrize("version", [OLD, NEW])
async def test_a_kept_answer_is_byte_identical_to_the_dispatchers(
    server: Booted, method: str, version: str
) -> None:
    first = await answer(server, method, version)
    assert [await answer(server, method, version) for _ in range(3)] == [first] * 3


@pytest.mark.parametrize("version", [OLD, NEW])
@pytest.mark.parametrize("id_", [0, "seven", '\u00fc"\\', -(2**63), 2**64 - 1])
async def test_a_kept_answer_carries_the_id_of_whoever_asks(server: Booted, version: str, id_: Any) -> None:
    _, _, first = await answer(server, "tools/list", version)
    _, _, again = await answer(server, "tools/list", version, id_)
    assert json.loads(again) == {**json.loads(first), "id": id_}


async def test_parameters_are_validated_although_the_answer_is_kept(server: Booted) -> None:
    await answer(server, "tools/list", OLD)
    await answer(server, "tools/list", NEW)
    _, _, wrong_cursor = await answer(server, "tools/list", OLD, cursor=7)
    _, _, wrong_client = await answer(server, "tools/list", NEW, _meta={META + "clientCapabilities": 7})
    assert json.loads(wrong_cursor)["error"]["code"] == -32602
    assert "error" in json.loads(wrong_client)


async def test_each_era_and_version_keeps_its_own_shape(server: Booted) -> None:
    for _ in range(2):
        _, _, old = await answer(server, "tools/list", OLD)
        _, _, new = await answer(server, "tools/list", NEW)
        assert "resultType" not in json.loads(old)["result"]
        assert json.loads(new)["result"]["resultType"] == "complete"


async def test_a_kept_answer_is_for_known_callers_only(server: Booted) -> None:
    await answer(server, "tools/list", OLD)
    status, _, _ = await answer(server, "tools/list", OLD, bearer="nobody")
    assert status == 401


def test_what_is_kept_depends_on_the_callers_kind_and_words() -> None:
    listings = Listings()
    asked = Message("tools/list", {}, 1, is_request=True)
    keys = {
        listings.key(asked, OLD, "builder"),
        listings.key(asked, NEW, "builder"),
        listings.key(asked, OLD, "user"),
        listings.key(Message("tools/list", None, 1, is_request=True), OLD, "builder"),
        listings.key(Message("ping", {}, 1, is_request=True), OLD, "builder"),
    }
    assert len(keys) == 5
    assert None not in keys
    assert listings.key(Message("tools/call", {}, 1, is_request=True), OLD, "builder") is None
    long = Message("tools/list", {"cursor": "x" * MAX_PARAMS_BYTES}, 1, is_request=True)
    assert listings.key(long, OLD, "builder") is None


def test_strangers_cannot_fill_the_memory() -> None:
    listings = Listings()
    for n in range(3 * MAX_KEPT):
        key = listings.key(Message("tools/list", {"cursor": str(n)}, 1, is_request=True), OLD, "builder")
        assert key is not None
        listings.keep(key, {"tools": []})
    assert len(listings) == MAX_KEPT

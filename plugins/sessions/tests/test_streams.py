"""``ggui_emit`` on the wire (spec 02 section 6.5)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ggui_core.bus import StreamEmitted
from ggui_core.protocol.session import Emission
from ggui_core.stores import SessionStore

from .serving import serving

EMIT = "ggui_emit"


async def test_a_delivery_is_numbered_kept_and_announced() -> None:
    told: list[StreamEmitted] = []
    async with serving() as agent:
        session_id = await agent.card()
        agent.server.setup.bus.subscribe(StreamEmitted, told.append)
        first = await agent.ok(EMIT, {"sessionId": session_id, "channel": "ticks", "payload": {"n": 1}})
        second = await agent.ok(
            EMIT, {"sessionId": session_id, "channel": "last", "payload": 7, "complete": True}
        )
        backlog = await agent.server.setup.get(SessionStore).backlog(session_id, first["seq"] - 1)
    assert first == {"accepted": True, "seq": first["seq"]}
    assert second["seq"] == first["seq"] + 1
    ticks = Emission("ticks", "append", {"n": 1}, first["seq"])
    last = Emission("last", "replace", 7, second["seq"], complete=True)
    assert told == [StreamEmitted(session_id, ticks), StreamEmitted(session_id, last)]
    assert backlog.emissions == (ticks,)  # the channel `last` declares no replay


async def test_deliveries_are_announced_in_the_order_of_their_numbers() -> None:
    told: list[int] = []

    async def slowly(event: StreamEmitted) -> None:
        await asyncio.sleep(0.001 * (event.emission.seq % 3))
        told.append(event.emission.seq)

    async with serving() as agent:
        session_id = await agent.card()
        agent.server.setup.bus.subscribe(StreamEmitted, slowly)
        payloads = [{"sessionId": session_id, "channel": "ticks", "payload": {"n": n}} for n in range(20)]
        await asyncio.gather(*(agent.ok(EMIT, payload) for payload in payloads))
    assert told == sorted(told)
    assert len(told) == 20


@pytest.mark.parametrize("payload", [0, "", None, False, [], {}])
async def test_every_json_value_is_a_payload_where_the_channel_says_so(payload: Any) -> None:
    contract = {"streamSpec": {"any": {"schema": {}}}}
    async with serving() as agent:
        session_id = await agent.card(contract, {})
        arguments = {"sessionId": session_id, "channel": "any", "payload": payload}
        assert (await agent.ok(EMIT, arguments))["accepted"] is True


@pytest.mark.parametrize("field", ["sessionId", "channel", "payload"])
async def test_every_field_is_needed(field: str) -> None:
    arguments = {"sessionId": "s", "channel": "c", "payload": 1}
    del arguments[field]
    async with serving() as agent:
        assert (await agent.error(EMIT, arguments))["code"] == "invalid_arguments"


async def test_checks_come_in_the_order_of_the_specification() -> None:
    async with serving() as agent:
        session_id = await agent.card()
        wrong: dict[str, Any] = {
            "sessionId": "x",
            "channel": "tocks",
            "payload": {"n": "1"},
            "complete": True,
        }
        errors = [await agent.error(EMIT, wrong)]
        wrong["sessionId"] = session_id
        errors.append(await agent.error(EMIT, wrong))
        wrong["channel"] = "ticks"
        errors.append(await agent.error(EMIT, wrong))
        wrong["payload"] = {"n": 1}
        errors.append(await agent.error(EMIT, wrong))
        backlog = await agent.server.setup.get(SessionStore).backlog(session_id, None)
    assert [error["code"] for error in errors] == [
        "session_not_found",
        "ChannelNotDeclared",
        "contract_violation",
        "InvalidComplete",
    ]
    texts = [error["text"] for error in errors]
    assert (
        "Channel 'tocks' is not declared on the GguiSession's streamSpec. Declared channels: [ticks, last]"
        in texts[1]
    )
    assert "Contract violation in ggui_emit:" in texts[2]
    assert errors[2]["violations"][0]["field"] == "ticks.payload.n"
    assert "Channel 'ticks' was not declared with complete: true" in texts[3]
    assert backlog.stream_seq == 1  # render_started alone


@pytest.mark.parametrize("channel", ["_ggui:lifecycle", "_ggui:preview"])
async def test_channels_of_the_server_are_closed_to_agents(channel: str) -> None:
    async with serving() as agent:
        session_id = await agent.card()
        error = await agent.error(EMIT, {"sessionId": session_id, "channel": channel, "payload": {}})
    assert error["code"] == "ChannelNotDeclared"


async def test_without_streams_the_list_is_empty() -> None:
    async with serving() as agent:
        session_id = await agent.card({}, {})
        error = await agent.error(EMIT, {"sessionId": session_id, "channel": "x", "payload": 1})
    assert "Declared channels: []" in error["text"]

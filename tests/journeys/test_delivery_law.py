"""ARCHITECTURE law 5 under fire: an acknowledged gesture is never lost, and comes twice only where the law says so.

The oracle knows which answers its consumers read to the last byte. What it demands:

- every acknowledged gesture is in a completely read answer;
- none is in two of them, unless the later one lists it as redelivered and the earlier answer's connection broke;
- to each consumer the gestures of one submitter come in the order in which they were made, apart from redelivered
  ones.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ggui_core.testing import Booted, booted

from .torn import CUTS, Cut, TornClient

SEED = 20_261_124
GESTURES = int(os.environ.get("GGUI_TEST_GESTURES", "10000"))
SUBMITTERS, CONSUMERS = 16, 4
BEARER = "anybody"

CONTRACT = {
    "propsSpec": {"properties": {"title": {"schema": {"type": "string"}, "required": True}}},
    "actionSpec": {
        "press": {
            "label": "Press",
            "schema": {
                "type": "object",
                "properties": {"by": {"type": "integer"}, "n": {"type": "integer"}},
                "required": ["by", "n"],
            },
        }
    },
}


@pytest.fixture
async def server() -> AsyncIterator[Booted]:
    limits = {"callsPerSecond": 1_000_000, "burst": 1_000_000}
    config = {"schema": "1", "protocol": "draft-2026-08-19", "limits": limits}
    config["app"] = {"slug": "fire", "name": "Under fire"}
    async with booted(installed=True, args=["--dev-allow-all", "--ephemeral"], config=config) as running:
        yield running


async def rendered(server: Booted) -> str:
    """The id of a new session of :data:`CONTRACT`."""
    shaken = await server.call_tool(
        "ggui_handshake", {"intent": "press it", "blueprintDraft": {"contract": CONTRACT}}
    )
    handshake_id = shaken["structuredContent"]["handshakeId"]
    result = await server.call_tool("ggui_render", {"handshakeId": handshake_id, "props": {"title": "Press"}})
    assert not result.get("isError"), result
    session_id: str = result["structuredContent"]["sessionId"]
    return session_id


def port_of(server: Booted) -> int:
    return int(server.base_url.rpartition(":")[2])


class Oracle:
    """What the clients know for certain."""

    def __init__(self) -> None:
        self.acknowledged: set[str] = set()
        self.read: Counter[str] = Counter()
        self.order: dict[tuple[int, int], list[int]] = {}
        self.redelivered: set[str] = set()
        self.faults: list[str] = []

    def consumed(self, consumer: int, result: dict[str, Any]) -> None:
        again = set(result.get("_meta", {}).get("ai.ggui/redelivered", ()))
        self.redelivered |= again
        for event in result["structuredContent"]["events"]:
            action_id = event["actionId"]
            self.read[action_id] += 1
            if self.read[action_id] > 1 and action_id not in again:
                self.faults.append(f"{action_id} came twice and was not flagged")
            if action_id not in again:
                made = event["actionData"]
                self.order.setdefault((consumer, made["by"]), []).append(made["n"])

    def verdict(self) -> list[str]:
        lost = self.acknowledged - set(self.read)
        disorder = [by for (_, by), numbers in self.order.items() if numbers != sorted(numbers)]
        return [
            *self.faults[:20],
            *(f"{action_id} was acknowledged and never read" for action_id in sorted(lost)[:20]),
            *(f"the gestures of submitter {by} came out of order" for by in disorder),
        ]


async def submit_all(client: TornClient, oracle: Oracle, session_id: str, by: int, count: int) -> None:
    """Make ``count`` gestures, one after the other, each until it is acknowledged."""
    for number in range(count):
        action_id = f"{by:x}-{number}"
        arguments = {
            "kind": "dispatch",
            "payload": {"intent": "press", "actionData": {"by": by, "n": number}, "uiContext": {}},
            "sessionId": session_id,
            "appId": "fire",
            "actionId": action_id,
            "firedAt": "2026-11-24T10:00:00.000Z",
        }
        while True:
            cut: Cut | None = client.chance.choice(CUTS) if client.chance.random() < 0.1 else None
            result = await client.call(
                "ggui_runtime_submit_action", arguments, cut=cut, patience_s=client.chance.random() * 0.01
            )
            if result is not None:
                assert result["structuredContent"].get("ok") is True, result
                oracle.acknowledged.add(action_id)
                break
    client.close()


async def consume_all(
    client: TornClient, oracle: Oracle, session_id: str, consumer: int, done: asyncio.Event
) -> None:
    """Consume until everything was acknowledged and nothing is left."""
    empty = 0
    while empty < 3:
        cut: Cut | None = client.chance.choice(CUTS) if client.chance.random() < 0.25 else None
        arguments = {"sessionId": session_id, "timeout": 0 if done.is_set() else 1}
        patience_s = client.chance.choice((0.0, 0.0, 0.002, 0.02, 0.1))
        result = await client.call("ggui_consume", arguments, cut=cut, patience_s=patience_s)
        if result is None:
            continue
        oracle.consumed(consumer, result)
        if done.is_set() and not result["structuredContent"]["events"]:
            empty += 1
            await asyncio.sleep(0.5)  # what a broken connection still holds comes back meanwhile
        else:
            empty = 0
    client.close()


async def test_law_five_holds_while_everybody_hangs_up(server: Booted) -> None:
    session_id = await rendered(server)
    oracle, done, port = Oracle(), asyncio.Event(), port_of(server)
    chances = random.Random(SEED)

    def client() -> TornClient:
        return TornClient(port, BEARER, random.Random(chances.random()))

    submitters = [client() for _ in range(SUBMITTERS)]
    consumers = [client() for _ in range(CONSUMERS)]
    consuming = [
        asyncio.create_task(consume_all(one, oracle, session_id, n, done)) for n, one in enumerate(consumers)
    ]
    await asyncio.gather(
        *(
            submit_all(one, oracle, session_id, by, GESTURES // SUBMITTERS)
            for by, one in enumerate(submitters)
        )
    )
    done.set()
    await asyncio.gather(*consuming)

    assert len(oracle.acknowledged) == GESTURES // SUBMITTERS * SUBMITTERS
    assert oracle.verdict() == []
    assert all(count > 0 for one in (submitters, consumers) for count in totals(one).values())


def totals(clients: list[TornClient]) -> Counter[str]:
    return sum((Counter(client.cuts) for client in clients), Counter())


async def test_a_render_that_is_hung_up_leaves_all_of_a_session_or_nothing(server: Booted) -> None:
    chances = random.Random(SEED)
    client = TornClient(port_of(server), BEARER, chances)
    handshakes = []
    for _ in range(200):
        shaken = await server.call_tool(
            "ggui_handshake", {"intent": "press it", "blueprintDraft": {"contract": CONTRACT}}
        )
        handshakes.append(shaken["structuredContent"]["handshakeId"])
    for handshake_id in handshakes:
        arguments = {"handshakeId": handshake_id, "props": {"title": "Press"}}
        cut = chances.choice(CUTS)
        await client.call("ggui_render", arguments, cut=cut, patience_s=chances.random() * 0.02)
    async with asyncio.timeout(60):
        while server.setup.calls.tasks:
            await asyncio.sleep(0.05)

    listed = await server.call_tool("ggui_list_sessions", {"limit": 200})
    sessions = [row["sessionId"] for row in listed["structuredContent"]["sessions"]]
    for session_id in sessions:
        document = await server.rpc("resources/read", {"uri": f"ui://ggui/render/{session_id}"})
        assert "result" in document, document
        consumed = await server.call_tool("ggui_consume", {"sessionId": session_id})
        assert consumed["structuredContent"] == {"events": [], "status": "active"} | {
            key: value for key, value in consumed["structuredContent"].items() if key == "delivery"
        }
    # Whoever lost its answer can tell: the handshake still works, or it was used for one of the sessions.
    left = 0
    for handshake_id in handshakes:
        again = await server.call_tool(
            "ggui_render", {"handshakeId": handshake_id, "props": {"title": "Press"}}
        )
        left += not again.get("isError", False)
    assert left + len(sessions) == len(handshakes)
    assert 0 < len(sessions) < 200

"""ARCHITECTURE law 5 under fire: an acknowledged gesture is never lost, and comes twice only where the law says so.

The oracle knows which answers its consumers read to the last byte, and which leases the store took back. It demands:

- every acknowledged gesture is in a completely read answer;
- a gesture is in a second one only if the connection of every earlier one broke before it was used again;
- ``ai.ggui/redelivered`` names exactly the gestures that were leased before and came back;
- to each consumer the gestures of one submitter come in the order in which they were made, apart from redelivered
  ones, and within one answer without exception;
- the ledger has one event for each gesture, however often it was sent and over however many routes.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from ggui_core.stores import SessionStore
from ggui_core.testing import Booted, booted

from .sabotage import Sabotage, callers_of
from .torn import CUTS, Cut, TornClient

SEED = 20_261_124
GESTURES = int(os.environ.get("GGUI_TEST_GESTURES", "10000"))
"""The full run makes 20,000."""
SUBMITTERS, CONSUMERS, VIEWS = 32, 8, 2
APP = "fire"
CONSUMER_CUTS: tuple[Cut, ...] = (*CUTS, "between lease and answer", "in the write", "after the answer")

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
    config["app"] = {"slug": APP, "name": "Under fire"}
    args = ["--dev-allow-all", "--ephemeral"]
    async with booted([callers_of(APP)], installed=True, args=args, config=config) as running:
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

    def __init__(self, sabotage: Sabotage) -> None:
        self.sabotage = sabotage
        self.acknowledged: set[str] = set()
        self.read: set[str] = set()
        self.safely: set[str] = set()
        self.last: dict[int, set[str]] = {}
        self.redelivered: set[str] = set()
        self.order: dict[tuple[int, int], list[int]] = {}
        self.faults: list[str] = []

    def consumed(self, consumer: int, result: dict[str, Any]) -> None:
        """One answer was read to its end, and with it the server has learnt that the one before it was read too."""
        again = set(result.get("_meta", {}).get("ai.ggui/redelivered", ()))
        made = [(event["actionId"], event["actionData"]) for event in result["structuredContent"]["events"]]
        names = {action_id for action_id, _ in made}
        if again != names & self.sabotage.came_back:
            self.faults.append(f"marked {sorted(again)} of {sorted(names)}, which is not what came back")
        self.faults += [f"{name} came again although nothing broke" for name in names & self.safely]
        self.faults += [f"{name} came again and was not marked" for name in names & self.read - again]
        self.faults += [f"submitter {by} out of order in one answer" for by in _disordered(made)]
        for action_id, gesture in made:
            if action_id not in again:
                self.order.setdefault((consumer, gesture["by"]), []).append(gesture["n"])
        self.read |= names
        self.redelivered |= again
        self.safely |= self.last.get(consumer, set())
        self.last[consumer] = names

    def hung_up(self, consumer: int) -> None:
        """What this consumer read last may come again: the server cannot know that it was read."""
        self.last.pop(consumer, None)

    def verdict(self) -> list[str]:
        lost = self.acknowledged - self.read
        disorder = [by for (_, by), numbers in self.order.items() if numbers != sorted(numbers)]
        return [
            *self.faults[:20],
            *(f"{action_id} was acknowledged and never read" for action_id in sorted(lost)[:20]),
            *(f"the gestures of submitter {by} came out of order" for by in disorder),
        ]


def _disordered(made: list[tuple[str, dict[str, int]]]) -> set[int]:
    """Submitters whose gestures are not in the order in which they were made."""
    numbers: dict[int, list[int]] = {}
    for _, gesture in made:
        numbers.setdefault(gesture["by"], []).append(gesture["n"])
    return {by for by, given in numbers.items() if given != sorted(set(given))}


class View:
    """A socket that submits too; several submitters share one."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, session_id: str) -> None:
        self._socket = socket
        self._session_id = session_id
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}

    @staticmethod
    @asynccontextmanager
    async def opened(server: Booted, session_id: str) -> AsyncIterator[View]:
        """A socket that is subscribed to the session, and listens while the block runs."""
        headers = {"Authorization": "Bearer view"}
        async with server.client.ws_connect(f"{server.base_url}/ws", headers=headers) as socket:
            await socket.send_json({"type": "subscribe", "payload": {"sessionId": session_id, "appId": APP}})
            assert (await socket.receive_json())["type"] == "ack"
            view = View(socket, session_id)
            listening = asyncio.create_task(view._listen())
            try:
                yield view
            finally:
                listening.cancel()
                await asyncio.wait({listening})

    async def _listen(self) -> None:
        async for message in self._socket:
            frame = message.json()
            waiting = self._answers.pop(frame.get("requestId", ""), None)
            if waiting is not None:
                waiting.set_result(frame)

    async def submit(self, action_id: str, data: dict[str, int]) -> None:
        """Send a gesture and wait until it was taken."""
        answer = self._answers[action_id] = asyncio.get_running_loop().create_future()
        payload = {"sessionId": self._session_id, "type": "data:submit", "actionId": action_id}
        payload["payload"] = {"action": "press", "data": data}
        await self._socket.send_json({"type": "action", "payload": payload, "requestId": action_id})
        frame = await answer
        assert frame["type"] == "ack", frame


async def submit_all(
    client: TornClient, page: TornClient, view: View, oracle: Oracle, session_id: str, by: int, count: int
) -> None:
    """Make ``count`` gestures, one after the other, each until it is acknowledged, some over two routes at once."""
    chance = client.chance

    async def relayed(arguments: dict[str, Any]) -> None:
        result = None
        while result is None:
            cut = chance.choice(CUTS) if chance.random() < 0.1 else None
            result = await client.call(
                "ggui_runtime_submit_action", arguments, cut=cut, patience_s=chance.random() * 0.01
            )
        assert result["structuredContent"].get("ok") is True, result

    async def sent_by_page(arguments: dict[str, Any]) -> None:
        cut = chance.choice(CUTS) if chance.random() < 0.2 else None
        result = await page.call_as_page(session_id, "ggui_runtime_submit_action", arguments, cut=cut)
        assert result is None or result["structuredContent"].get("ok") is True, result

    for number in range(count):
        action_id, data = f"{by:x}-{number}", {"by": by, "n": number}
        arguments = {
            "kind": "dispatch",
            "payload": {"intent": "press", "actionData": data, "uiContext": {}},
            "sessionId": session_id,
            "appId": APP,
            "actionId": action_id,
            "firedAt": "2026-11-24T10:00:00.000Z",
        }
        routes = [relayed(arguments)]
        if (luck := chance.random()) < 0.05:
            routes.append(sent_by_page(arguments))
        elif luck < 0.1:
            routes.append(view.submit(action_id, data))
        chance.shuffle(routes)
        await asyncio.gather(*routes)
        oracle.acknowledged.add(action_id)
    client.close()
    page.close()


async def consume_all(
    client: TornClient, oracle: Oracle, session_id: str, consumer: int, done: asyncio.Event
) -> None:
    """Consume until everything was acknowledged and nothing is left."""
    empty = 0
    while empty < 3:
        cut: Cut | None = client.chance.choice(CONSUMER_CUTS) if client.chance.random() < 0.4 else None
        arguments = {"sessionId": session_id, "timeout": 0 if done.is_set() else 1}
        patience_s = client.chance.choice((0.0, 0.0, 0.002, 0.02, 0.1))
        result = await client.call("ggui_consume", arguments, cut=cut, patience_s=patience_s)
        if result is not None:
            oracle.consumed(consumer, result)
        if cut is not None or result is None:
            oracle.hung_up(consumer)
        if result is None:
            continue
        if done.is_set() and not result["structuredContent"]["events"]:
            empty += 1
            await asyncio.sleep(0.5)  # what a broken connection still holds comes back meanwhile
        else:
            empty = 0
    client.close()


async def test_law_five_holds_while_everybody_hangs_up(
    server: Booted, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = await rendered(server)
    store, sabotage = server.setup.get(SessionStore), Sabotage()
    sabotage.install(store, monkeypatch)
    oracle, done, port = Oracle(sabotage), asyncio.Event(), port_of(server)
    chances = random.Random(SEED)

    def client(name: str) -> TornClient:
        return TornClient(port, name, random.Random(chances.random()), sabotage)

    submitters = [client(f"submitter-{n}") for n in range(SUBMITTERS)]
    pages = [client(f"page-{n}") for n in range(SUBMITTERS)]
    consumers = [client(f"consumer-{n}") for n in range(CONSUMERS)]
    each = GESTURES // SUBMITTERS
    async with View.opened(server, session_id) as one, View.opened(server, session_id) as other:
        consuming = [
            asyncio.create_task(consume_all(who, oracle, session_id, n, done))
            for n, who in enumerate(consumers)
        ]
        submitting = (
            submit_all(who, pages[by], (one, other)[by % VIEWS], oracle, session_id, by, each)
            for by, who in enumerate(submitters)
        )
        await asyncio.gather(*submitting)
        done.set()
        await asyncio.gather(*consuming)

    hung_up = {"submitters": totals(submitters), "pages": totals(pages), "consumers": totals(consumers)}
    print(f"{len(oracle.acknowledged)} gestures, {len(oracle.redelivered)} redelivered, hang-ups {hung_up}")
    assert len(oracle.acknowledged) == each * SUBMITTERS
    assert oracle.verdict() == []
    kept = await store.session(session_id, None)
    assert kept is not None
    assert kept.event_sequence == 1 + len(oracle.acknowledged)  # `ui.created`, and every gesture once
    assert oracle.redelivered
    assert set(hung_up["submitters"]) == set(hung_up["pages"]) == set(CUTS)
    assert set(hung_up["consumers"]) == set(CONSUMER_CUTS)


def totals(clients: list[TornClient]) -> Counter[Cut]:
    return sum((client.cuts for client in clients), Counter())


async def test_a_render_that_is_hung_up_leaves_all_of_a_session_or_nothing(server: Booted) -> None:
    chances = random.Random(SEED)
    client = TornClient(port_of(server), "anybody", chances)
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

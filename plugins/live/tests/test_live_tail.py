"""What subscribers are told while it happens, and that joining in the middle of it loses and doubles nothing."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import aiohttp
import pytest

from ggui_core.bus import GestureRefused, PropsUpdated, RenderCommitted
from ggui_core.protocol.session import Failure, Session

from .serving import LiveServer, serving, until

# Frames


@pytest.mark.spec("01 22.4")
async def test_new_props_come_whole_with_their_epoch(live: LiveServer) -> None:
    session = await live.stage.render()
    view, _ = await live.view(session)
    await live.stage.update(session.id, title="second")
    await live.stage.update(session.id, new_epoch=True, title="third")
    assert [await view.next(), await view.next()] == [
        {
            "type": "props_update",
            "payload": {"sessionId": session.id, "props": {"title": title}, "epoch": epoch},
        }
        for title, epoch in (("second", 0), ("third", 1))
    ]
    await view.socket.close()


async def test_a_gesture_that_was_refused_elsewhere_is_an_error_for_every_view(live: LiveServer) -> None:
    session, other = await live.stage.render(), await live.stage.render()
    views = [(await live.view(session))[0] for _ in range(2)]
    stranger, _ = await live.view(other)
    violations = {"error": "contract_violation", "tool": "ggui_event", "violations": [], "rpcCode": -32020}
    refused = GestureRefused(session.id, "g1", "Contract violation in ggui_event:", violations)
    await live.setup.bus.publish(refused)
    for view in views:
        assert await view.next() == {
            "type": "error",
            "payload": {
                "code": "CONTRACT_VIOLATION",
                "message": "Contract violation in ggui_event:",
                "details": {**violations, "actionId": "g1"},
            },
        }
    for view in (*views, stranger):
        assert (await view.ask("ping"))["type"] == "pong"
        await view.socket.close()


@pytest.mark.spec("01 22.6")
async def test_a_drain_is_told_once_per_gesture_under_its_action_id_to_every_view(live: LiveServer) -> None:
    session = await live.stage.render()
    views = [(await live.view(session))[0] for _ in range(2)]
    ids = []
    for number in range(2):
        envelope = {
            "sessionId": session.id,
            "type": "data:submit",
            "payload": {"action": "book", "data": {"id": str(number)}},
        }
        ids.append((await views[0].ask("action", envelope))["payload"]["actionId"])
    await live.stage.drain(session.id)
    for view in views:
        assert [await view.next(), await view.next()] == [
            {
                "type": "drain_ack",
                "payload": {
                    "appId": "builder",
                    "sessionId": session.id,
                    "eventId": action_id,
                    "drainedAt": "2027-01-15T08:00:00.000Z",
                },
            }
            for action_id in ids
        ]
        await view.socket.close()


async def test_a_view_that_waits_for_its_component_gets_it(live: LiveServer) -> None:
    session = await live.stage.render(committed=False)
    view, ack = await live.view(session)
    assert ack["payload"]["session"]["componentCode"] == ""
    await live.stage.commit(session.id)
    frame = await view.next()
    assert frame["type"] == "render"
    assert frame["payload"]["session"]["componentCode"] == "export default () => null"
    assert frame["payload"]["session"]["eventSequence"] == 1
    await view.socket.close()


async def test_a_view_that_waits_for_its_component_learns_why_it_gets_none(live: LiveServer) -> None:
    session = await live.stage.render(committed=False)
    view, _ = await live.view(session)
    await live.stage.commit(session.id, Failure("PRODUCTION_FAILED", "No component came out."))
    frame = await view.next()
    assert frame["payload"]["session"]["errorCode"] == "PRODUCTION_FAILED"
    await live.stage.commit(session.id)
    assert (await view.next())["payload"]["session"]["componentCode"]
    await view.socket.close()


async def test_a_view_that_has_its_component_is_not_told_again(live: LiveServer) -> None:
    session = await live.stage.render()
    view, _ = await live.view(session)
    await live.setup.bus.publish(RenderCommitted(session.id))
    assert await view.until_quiet() == []
    await view.socket.close()


async def test_a_late_announcement_takes_no_newer_props_back(live: LiveServer) -> None:
    session = await live.stage.render()
    await live.stage.update(session.id, title="second")
    view, ack = await live.view(session)
    assert ack["payload"]["session"]["props"] == {"title": "second"}
    await live.setup.bus.publish(PropsUpdated(session.id, {"title": "second"}, 0, 2))
    await live.stage.update(session.id, title="third")
    await live.setup.bus.publish(PropsUpdated(session.id, {"title": "second"}, 0, 2))
    frames = await view.until_quiet()
    assert [frame["payload"]["props"]["title"] for frame in frames] == ["third"]
    await view.socket.close()


async def test_a_component_that_arrives_with_newer_props_takes_none_back(live: LiveServer) -> None:
    session = await live.stage.render(committed=False)
    view, _ = await live.view(session)

    async def update() -> None:
        await live.stage.update(session.id, title="second")

    live.stage.before_row = update
    await live.stage.commit(session.id)
    frames = await view.until_quiet()
    assert [frame["type"] for frame in frames] == ["props_update", "render"]
    assert frames[1]["payload"]["session"]["props"] == {"title": "second"}
    await view.socket.close()


async def test_subscribers_hear_of_their_session_only(live: LiveServer) -> None:
    session, other = await live.stage.render(), await live.stage.render()
    view, _ = await live.view(session)
    await live.stage.emit(other.id, "tick", 1)
    await live.stage.update(other.id, title="x")
    await live.stage.drain(other.id)
    assert await view.until_quiet() == []
    await view.socket.close()


async def test_payloads_survive_whatever_they_are(live: LiveServer) -> None:
    session = await live.stage.render()
    view, _ = await live.view(session)
    payloads: list[Any] = [
        None,
        0,
        -1.5e300,
        "\u2028</script>\U0001f600",
        [],
        {},
        {"": {"a": [None]}},
        2**70,
    ]
    for payload in [*payloads, "x" * 100, "x" * 1_000, "x" * 70_000]:
        await live.stage.emit(session.id, "tick", payload)
        assert (await view.next())["payload"]["payload"] == payload
    await view.socket.close()


# Many


async def test_two_hundred_subscribers_hear_the_same_in_the_same_order(live: LiveServer) -> None:
    session, other = await live.stage.render(), await live.stage.render()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as crowd:
        views = [(await live.view(session, client=crowd))[0] for _ in range(200)]
        apart, _ = await live.view(other)
        expected = []
        for number in range(20):
            await live.stage.emit(session.id, "log", number)
            await live.stage.update(session.id, title=f"t{number}")
            expected += [("data", number), ("props_update", f"t{number}")]
        for view in views:
            frames = [await view.next() for _ in expected]
            heard = [
                (f["type"], f["payload"].get("payload", f["payload"].get("props", {}).get("title")))
                for f in frames
            ]
            assert heard == expected
        assert live.channel.hub.count(session.id) == 200
        assert await apart.until_quiet() == []
        await asyncio.gather(*(view.socket.close() for view in [*views, apart]))
    await until(lambda: len(live.channel.hub) == 0)


async def test_nothing_is_left_of_sockets_that_are_gone(live: LiveServer) -> None:
    session = await live.stage.render()
    for number in range(30):
        view, _ = await live.view(session)
        if number % 3 == 0:
            connection = view.socket._response.connection
            assert connection is not None
            assert connection.transport is not None
            connection.transport.abort()
        elif number % 3 == 1:
            await view.socket.close()
        else:
            await view.send("subscribe", {"sessionId": session.id})
            await view.socket.close()
    await until(lambda: len(live.channel.hub) == 0 and len(live.setup.calls) == 0)
    assert live.channel.unsubscribed == 0
    assert live.setup.calls.tasks == 0
    await live.stage.emit(session.id, "tick", 1)


# Joining while it happens


class Emitter:
    """Emits on three channels in turn and changes the props now and then, while others join."""

    def __init__(self, live: LiveServer, session: Session, rounds: int) -> None:
        self._live = live
        self._session = session
        self._rounds = rounds
        self.channels: list[str] = []
        """The channel of seq 1, 2, ..."""

    async def run(self) -> None:
        for number in range(self._rounds):
            for channel in ("log", "tick", "level"):
                self.channels.append(channel)
                await self._live.stage.emit(self._session.id, channel, number)
            if number % 2:
                await self._live.stage.update(self._session.id, title=number // 2 + 1)
            if number % 4 == 0:
                await asyncio.sleep(0.002)

    def check(self, cursor: int, ack: dict[str, Any], frames: list[dict[str, Any]]) -> None:
        """Nothing that was to come is missing, nothing came twice, and everything came in its order."""
        started = ack["payload"]["streamSeq"]
        seqs = [frame["payload"]["seq"] for frame in frames if frame["type"] == "data"]
        missed = {
            name: [n for n in range(cursor + 1, started + 1) if self.channels[n - 1] == name]
            for name in ("log", "level")
        }
        replayed = sorted(missed["log"] + missed["level"][-1:])
        assert seqs == [*replayed, *range(started + 1, len(self.channels) + 1)]
        titles = [ack["payload"]["session"]["props"]["title"]]
        titles += [frame["payload"]["props"]["title"] for frame in frames if frame["type"] == "props_update"]
        assert titles == list(range(titles[0], self._rounds // 2 + 1))


@pytest.mark.spec("01 23.9")
@pytest.mark.parametrize("seed", range(6))
async def test_joining_in_the_middle_loses_and_doubles_nothing(seed: int) -> None:
    random = Random(seed)
    async with serving() as live:
        session = await live.stage.render(props={"title": 0})
        live.stage.jitter = Random(seed + 100)
        emitter = Emitter(live, session, rounds=80)
        emitting = asyncio.create_task(emitter.run())

        async def join(delay_s: float, cursor: int) -> None:
            await asyncio.sleep(delay_s)
            view, ack = await live.view(session, fromSeq=cursor)
            await emitting
            emitter.check(cursor, ack, await view.until_quiet())
            await view.socket.close()

        async with asyncio.TaskGroup() as views:
            for _ in range(12):
                views.create_task(join(random.random() * 0.2, random.randrange(20)))


@pytest.mark.spec("01 22.2", "01 23.9")
async def test_what_happens_between_the_snapshot_and_its_ack_follows_the_ack(live: LiveServer) -> None:
    session = await live.stage.render()
    await live.stage.emit(session.id, "log", 1)

    async def meanwhile() -> None:
        await live.stage.emit(session.id, "log", 2)
        await live.stage.emit(session.id, "tick", 3)
        await live.stage.update(session.id, title="second")

    live.stage.before_row = meanwhile
    view, ack = await live.view(session, fromSeq=0, sinceSequence=0)
    assert ack["payload"]["session"]["props"] == {"title": "first"}
    assert ack["payload"]["sequence"] == 1
    frames = await view.until_quiet()
    assert [(f["type"], f["payload"].get("seq")) for f in frames] == [
        ("render_event", 1),
        ("data", 1),
        ("data", 2),
        ("props_update", None),
    ], "the tick was numbered before the stream was read, and its channel keeps nothing"
    await view.socket.close()

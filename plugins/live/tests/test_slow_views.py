"""Views that do not read: they are closed with 1013, nobody waits for them, and they can come back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ggui_core.testing import FakeClock

from .lazy_view import LazyView
from .serving import LiveServer, serving, until

CHUNK = "x" * 100_000


async def emit_until_closed(live: LiveServer, session_id: str, views_left: int, payload: Any = CHUNK) -> int:
    """Emit until the slow view is given up; returns the last seq."""
    for _ in range(2_000):
        seq = await live.stage.emit(session_id, "tick", payload)
        await asyncio.sleep(0)
        if live.channel.hub.count(session_id) == views_left:
            return seq
    raise AssertionError("the slow view was never given up")


@pytest.mark.spec("01 23.13")
async def test_too_many_bytes_waiting_close_it_and_disturb_nobody(clock: FakeClock) -> None:
    async with serving(clock=clock, settings={"queuedBytes": 300_000}) as live:
        session = await live.stage.render()
        lazy = await LazyView.subscribed(live, session)
        quick, _ = await live.view(session)
        heard: list[int] = []

        async def listen() -> None:
            while True:
                heard.append((await quick.next())["payload"]["seq"])

        listening = asyncio.create_task(listen())
        last = await emit_until_closed(live, session.id, views_left=1)
        await until(lambda: len(heard) == last)
        assert heard == list(range(1, last + 1)), "the other view has everything"
        listening.cancel()
        frames, closed = await lazy.rest()
        assert closed == (1013, "too_slow")
        seqs = [frame["payload"]["seq"] for frame in frames]
        assert seqs == list(range(1, len(seqs) + 1)), "what was written is whole and in order"
        assert len(seqs) < last
        lazy.hang_up()
        await quick.socket.close()


async def test_too_many_frames_waiting_close_it(clock: FakeClock) -> None:
    async with serving(clock=clock, settings={"queuedFrames": 5}) as live:
        session = await live.stage.render()
        lazy = await LazyView.subscribed(live, session)
        await emit_until_closed(live, session.id, views_left=0)
        _, closed = await lazy.rest()
        assert closed == (1013, "too_slow")
        lazy.hang_up()


async def test_a_write_that_stalls_closes_it(clock: FakeClock) -> None:
    async with serving(clock=clock, settings={"writeStallS": 0.3, "queuedBytes": 1 << 40}) as live:
        session = await live.stage.render()
        lazy = await LazyView.subscribed(live, session)
        quick, _ = await live.view(session)
        for _ in range(100):  # more than the buffers of both ends take
            await live.stage.emit(session.id, "tick", CHUNK)
            await quick.next()
        await until(lambda: live.channel.hub.count(session.id) == 1)
        _, closed = await lazy.rest()
        assert closed == (1013, "too_slow")
        lazy.hang_up()
        assert (await quick.ask("ping", {}))["type"] == "pong"
        await quick.socket.close()


async def test_a_view_that_reads_again_in_time_misses_nothing(clock: FakeClock) -> None:
    async with serving(clock=clock, settings={"queuedBytes": 1 << 40}) as live:
        session = await live.stage.render()
        lazy = await LazyView.subscribed(live, session)
        for number in range(100):
            await live.stage.emit(session.id, "tick", CHUNK)
            await live.stage.update(session.id, title=str(number))
        await live.stage.emit(session.id, "tick", "end")
        seqs, titles = [], []
        async with asyncio.timeout(60):
            while not seqs or seqs[-1] < 101:
                frame = await lazy.frame()
                assert isinstance(frame, dict), "it was not closed"
                if frame["type"] == "data":
                    seqs.append(frame["payload"]["seq"])
                else:
                    titles.append(frame["payload"]["props"]["title"])
        assert seqs == list(range(1, 102))
        assert titles == [str(number) for number in range(100)]
        await live.stage.emit(session.id, "tick", "direct")
        frame = await lazy.frame()
        assert isinstance(frame, dict)
        assert frame["payload"]["payload"] == "direct"
        lazy.hang_up()
        await until(lambda: len(live.channel.hub) == 0)


async def test_a_view_that_was_closed_resumes_where_it_was(clock: FakeClock) -> None:
    async with serving(clock=clock, settings={"queuedFrames": 5}) as live:
        session = await live.stage.render()
        lazy = await LazyView.subscribed(live, session)
        for _ in range(2_000):
            last = await live.stage.emit(session.id, "log", CHUNK)
            await asyncio.sleep(0)
            if live.channel.hub.count(session.id) == 0:
                break
        frames, _ = await lazy.rest()
        cursor = frames[-1]["payload"]["seq"]
        lazy.hang_up()
        view, _ = await live.view(session, fromSeq=cursor)
        seqs = [(await view.next())["payload"]["seq"] for _ in range(cursor, last)]
        assert seqs == list(range(cursor + 1, last + 1))
        await view.socket.close()


async def test_a_flood_while_it_subscribes_closes_it(clock: FakeClock) -> None:
    async with serving(clock=clock, settings={"queuedFrames": 5}) as live:
        session = await live.stage.render()

        async def flood() -> None:
            for number in range(6):
                await live.stage.emit(session.id, "tick", number)

        live.stage.before_row = flood
        token = live.token(session)
        view = await live.open(token)
        await view.send("subscribe", {"sessionId": session.id, "wsToken": token})
        assert await view.closed() == (1013, "too_slow")
        await until(lambda: len(live.channel.hub) == 0)

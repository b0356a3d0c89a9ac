"""The order in which frames reach a transport that takes them now and then."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from ggui_live.frames import Frame
from ggui_live.outbox import Outbox
from ggui_live.subscription import Room


class Wire:
    """What aiohttp shows of a connection: a transport, its back-pressure, and a writer that waits for it."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.writing_paused = False
        self.closed = False
        self._free = asyncio.Event()
        self._free.set()

    protocol = transport = property(lambda self: self)

    def write(self, message: bytes) -> None:
        self.written.append(message)

    def is_closing(self) -> bool:
        return False

    def pause(self) -> None:
        self.writing_paused = True
        self._free.clear()

    def resume(self) -> None:
        self.writing_paused = False
        self._free.set()

    async def drain(self) -> None:
        await self._free.wait()


class Outgoing:
    """An outbox on such a wire."""

    def __init__(self, room: Room) -> None:
        self.wire = Wire()
        self.gave_up = 0
        self.outbox = Outbox(
            cast("web.Request", self.wire),
            cast("web.WebSocketResponse", self.wire),
            cast("AbstractStreamWriter", self.wire),
            room,
            self._too_slow,
        )

    def _too_slow(self) -> None:
        self.gave_up += 1

    def send(self, *numbers: int) -> None:
        for number in numbers:
            self.outbox.send(Frame("data", {"n": number}))

    @property
    def numbers(self) -> list[int]:
        return [int(message.partition(b'"n":')[2].rstrip(b"}")) for message in self.wire.written]


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_free_wire_is_written_to_at_once() -> None:
    outgoing = Outgoing(Room(10, 10_000, 5))
    outgoing.send(1, 2)
    assert outgoing.numbers == [1, 2]


async def test_a_frame_never_overtakes_those_that_wait() -> None:
    outgoing = Outgoing(Room(10, 10_000, 5))
    outgoing.wire.pause()
    outgoing.send(1, 2)
    await settled()
    outgoing.wire.resume()
    outgoing.send(3)  # the wire is free again, and what waits for it has not heard of it yet
    await settled()
    assert outgoing.numbers == [1, 2, 3]
    outgoing.send(4)
    assert outgoing.numbers == [1, 2, 3, 4], "directly again"


async def test_what_waits_is_dropped_when_it_is_too_much_and_said_once() -> None:
    outgoing = Outgoing(Room(2, 10_000, 5))
    outgoing.wire.pause()
    outgoing.send(1, 2, 3, 4)
    outgoing.wire.resume()
    await settled()
    assert (outgoing.numbers, outgoing.gave_up, outgoing.outbox.is_open) == ([], 1, False)


async def test_nothing_is_written_after_the_end() -> None:
    outgoing = Outgoing(Room(10, 10_000, 5))
    outgoing.wire.pause()
    outgoing.send(1)
    outgoing.outbox.close()
    outgoing.wire.resume()
    outgoing.send(2)
    outgoing.outbox.write_raw(b"x")
    await settled()
    assert outgoing.wire.written == []


def message_of(size: int) -> bytes:
    frame = Frame("", {})
    frame.body = b"x" * size
    return frame.message


def test_messages_are_framed_by_their_size() -> None:
    heads: dict[int, Any] = {
        0: b"\x81\x00",
        125: b"\x81\x7d",
        126: b"\x81\x7e\x00\x7e",
        65_535: b"\x81\x7e\xff\xff",
        65_536: b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00",
    }
    for size, head in heads.items():
        assert message_of(size) == head + b"x" * size

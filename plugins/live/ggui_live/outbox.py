"""What waits to be written to one socket.

A frame goes straight to the transport while the socket takes what it is given; only a socket that does not gets a queue
and a task that empties it. So a frame for many views costs each of them one write, and a slow view waits alone.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from ggui_live.frames import Frame
from ggui_live.subscription import Room


class Outbox:
    """Writes frames to an open WebSocket in the order they are given.

    The bytes of a message are made here and not by aiohttp, because an unmasked and uncompressed message is the same
    on every socket. Messages are written whole, so those that aiohttp writes (pongs, the close frame) fall between
    them.

    Args:
        writer: What the socket's ``prepare`` returned: it knows when the transport takes more.
        too_slow: Called once, when more waits than ``room`` admits or nothing is taken for too long.
    """

    def __init__(
        self,
        request: web.Request,
        socket: web.WebSocketResponse,
        writer: AbstractStreamWriter,
        room: Room,
        too_slow: Callable[[], None],
    ) -> None:
        self._protocol = request.protocol
        self._transport = request.transport
        self._socket = socket
        self._writer = writer
        self._room = room
        self._too_slow = too_slow
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._pump: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def is_open(self) -> bool:
        """Whether what is sent still has a way to go."""
        return not (
            self._closed or self._socket.closed or self._transport is None or self._transport.is_closing()
        )

    def send(self, frame: Frame) -> None:
        """Write a frame, or queue it; it is dropped when the socket is closed."""
        if not self.is_open:
            return
        message = frame.message
        if self._pump is None and not self._protocol.writing_paused:
            self._write(message)
            return
        self._queue.append(message)
        self._queued_bytes += len(message)
        if len(self._queue) > self._room.frames or self._queued_bytes > self._room.bytes:
            self._give_up()
        elif self._pump is None:
            self._pump = asyncio.ensure_future(self._empty())

    def write_raw(self, frame: bytes) -> None:
        """Write the bytes of a control frame."""
        if self.is_open:
            self._write(frame)

    def close(self) -> None:
        """Drop what waits and take nothing more."""
        self._closed = True
        self._queue.clear()
        if self._pump is not None:
            self._pump.cancel()
            self._pump = None

    def _write(self, message: bytes) -> None:
        assert self._transport is not None, "the socket is open"
        self._transport.write(message)

    async def _empty(self) -> None:
        try:
            while self._queue and self.is_open:
                async with asyncio.timeout(self._room.stall_s):
                    await self._writer.drain()
                self._write_what_fits()
        except TimeoutError:
            self._give_up()
        except ConnectionError:
            self.close()
        finally:
            self._pump = None

    def _write_what_fits(self) -> None:
        while self._queue and self.is_open and not self._protocol.writing_paused:
            message = self._queue.popleft()
            self._queued_bytes -= len(message)
            self._write(message)

    def _give_up(self) -> None:
        self.close()
        self._too_slow()

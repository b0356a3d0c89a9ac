"""Frames on their way to an event stream: put in without waiting, taken out in whole batches."""

from __future__ import annotations

import asyncio

from ggui_live.frames import Frame
from ggui_live.subscription import Room


class Spool:
    """Holds what a stream has not written yet, up to ``room``; beyond that the stream ends.

    A view whose stream ended opens it again with its cursors.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        self._events: list[bytes] = []
        self._bytes = 0
        self._news = asyncio.Event()
        self.is_ended = False
        """Nothing follows what is still to be taken."""

    def put(self, frame: Frame) -> None:
        """Add a frame; it is dropped once the spool has ended."""
        if self.is_ended:
            return
        self._events.append(frame.event)
        self._bytes += len(frame.event)
        if len(self._events) > self._room.frames or self._bytes > self._room.bytes:
            self._events.clear()
            self.is_ended = True
        self._news.set()

    def end(self) -> None:
        """Take nothing more; what is there is still written."""
        self.is_ended = True
        self._news.set()

    def take(self) -> bytes:
        """Everything that waits, empty when nothing does."""
        taken = b"".join(self._events)
        self._events.clear()
        self._bytes = 0
        self._news.clear()
        return taken

    async def wait(self) -> None:
        """Return when there is something to take, or the spool has ended."""
        await self._news.wait()

"""A wire between a browser and a server that a test can cut: connections end, and new ones are refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


class Cable:
    """Passes bytes between ``url`` and where it leads to."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._target = ("127.0.0.1", 0)
        self._listening: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self.is_cut = False

    @classmethod
    @asynccontextmanager
    async def laid(cls) -> AsyncIterator[Cable]:
        """A cable with an address, while the block runs."""
        server = await asyncio.start_server(lambda *ends: cable._passing(*ends), "127.0.0.1", 0)
        cable = cls(server.sockets[0].getsockname()[1])
        cable._listening = server
        try:
            yield cable
        finally:
            await cable.cut()
            server.close()

    @property
    def url(self) -> str:
        """The address of this end."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._open)

    def leads_to(self, url: str) -> None:
        """Connect the other end."""
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        self._target = (parts.hostname, parts.port)

    async def cut(self) -> None:
        """End every connection, and every new one at once."""
        self.is_cut = True
        for task in tuple(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def mend(self) -> None:
        """Pass bytes on again."""
        self.is_cut = False

    async def _passing(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        far: asyncio.StreamWriter | None = None
        try:
            far_reader, far = await asyncio.open_connection(*self._target)
            async with asyncio.TaskGroup() as group:
                group.create_task(_copied(reader, far))
                group.create_task(_copied(far_reader, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
            for end in (writer, far):
                if end is not None:
                    end.transport.abort()


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        with suppress(OSError):
            writer.write_eof()

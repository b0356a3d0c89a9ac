"""An MCP client that hangs up where it hurts, and knows exactly what it read before.

It reads from the socket itself, byte for byte: a stream of the standard library takes everything out of the kernel as
soon as it is there, so that nothing is unread any more for the server to learn of when the client goes away.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .sabotage import Sabotage

Cut = Literal[
    "in the request",
    "before the answer",
    "between lease and answer",
    "in the write",
    "in the answer",
    "after the answer",
]
CUTS: tuple[Cut, ...] = ("in the request", "before the answer", "in the answer")
"""Where a caller can hang up who has not read the whole answer."""
_END = b"\r\n\r\n"


@dataclass
class TornClient:
    """One caller with at most one open connection.

    Attributes:
        cuts: How often it hung up, by place.
        sabotage: Needed to hang up between lease and answer, and in the write.
    """

    port: int
    bearer: str
    chance: random.Random
    sabotage: Sabotage | None = None
    cuts: Counter[Cut] = field(default_factory=Counter)
    _socket: socket.socket | None = None
    _serial: int = 0

    async def call(
        self, tool: str, arguments: Mapping[str, Any], *, cut: Cut | None = None, patience_s: float = 0.0
    ) -> dict[str, Any] | None:
        """Call a tool; its result, or ``None`` when this client hung up before it had read all of it.

        Args:
            patience_s: How long to wait before hanging up before the answer; with a cut between lease and answer,
                how long the answer stays away after that.
        """
        self._serial += 1
        params = {"name": tool, "arguments": arguments}
        message = {"jsonrpc": "2.0", "id": self._serial, "method": "tools/call", "params": params}
        body = await self._exchanged("/mcp", message, cut, patience_s)
        if body is None:
            return None
        assert "result" in body, body
        result: dict[str, Any] = body["result"]
        return result

    async def call_as_page(
        self, session_id: str, tool: str, arguments: Mapping[str, Any], *, cut: Cut | None = None
    ) -> dict[str, Any] | None:
        """The same over the route that the page of a session has."""
        path = f"/api/sessions/{session_id}/tools-call"
        return await self._exchanged(path, {"name": tool, "arguments": arguments}, cut, 0.0)

    def close(self) -> None:
        """Close in order."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    async def _exchanged(
        self, path: str, message: Mapping[str, Any], cut: Cut | None, patience_s: float
    ) -> dict[str, Any] | None:
        """The body of the answer to one request, or ``None``."""
        connection = await self._connected()
        request = self._request(path, message)
        try:
            if cut == "in the request":
                part = request[: self.chance.randrange(1, len(request))]
                await asyncio.get_running_loop().sock_sendall(connection, part)
                return self._hang_up(cut)
            if cut == "in the write":
                return await self._torn_by_the_server(connection, request)
            if cut == "between lease and answer" and await self._stalled(connection, request, patience_s):
                return None
            if cut != "between lease and answer":
                await asyncio.get_running_loop().sock_sendall(connection, request)
            if cut == "before the answer":
                await asyncio.sleep(patience_s)
                return self._hang_up(cut)
            answer = await self._read(connection, in_part=cut == "in the answer")
        except ConnectionError:
            self.close()
            return None
        if answer is None:
            return self._hang_up("in the answer")
        if cut == "after the answer":
            self._hang_up(cut)
        body: dict[str, Any] = json.loads(answer)
        return body

    async def _connected(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.socket()
            self._socket.setblocking(False)
            await asyncio.get_running_loop().sock_connect(self._socket, ("127.0.0.1", self.port))
        return self._socket

    async def _torn_by_the_server(self, connection: socket.socket, request: bytes) -> None:
        """Reset the connection in the very moment in which the server starts to write."""
        assert self.sabotage is not None
        written = asyncio.Event()

        def reset() -> None:
            self._hang_up("in the write", reset=True)
            written.set()

        self.sabotage.before_write(self.bearer, reset)
        await asyncio.get_running_loop().sock_sendall(connection, request)
        await written.wait()

    async def _stalled(self, connection: socket.socket, request: bytes, patience_s: float) -> bool:
        """Send the request and hang up once gestures are leased for it; False when it was answered without any."""
        assert self.sabotage is not None
        with self.sabotage.stalling(self.bearer) as stall:
            await asyncio.get_running_loop().sock_sendall(connection, request)
            leased = asyncio.ensure_future(stall.reached.wait())
            answered = asyncio.ensure_future(_readable(connection))
            await asyncio.wait({leased, answered}, return_when=asyncio.FIRST_COMPLETED)
            for waiting in (leased, answered):
                waiting.cancel()
            await asyncio.wait({leased, answered})
            if not stall.reached.is_set():
                return False
            self._hang_up("between lease and answer")
            await asyncio.sleep(patience_s)  # none: the server goes on before it can know
        return True

    async def _read(self, connection: socket.socket, *, in_part: bool) -> bytes | None:
        """The body of an answer; ``None`` when only a part of the answer was to be read."""
        head = await _head(connection)
        length = len(head) + _content_length(head)
        # One byte short at most: whoever read everything has read it.
        wanted = self.chance.randrange(0, length) if in_part else length
        answer = await _exactly(connection, wanted)
        return None if in_part else answer[len(head) :]

    def _hang_up(self, cut: Cut, *, reset: bool | None = None) -> None:
        self.cuts[cut] += 1
        assert self._socket is not None
        if self.chance.random() < 0.5 if reset is None else reset:
            # Linger 0: reset at once, without a farewell.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def _request(self, path: str, message: Mapping[str, Any]) -> bytes:
        body = json.dumps(message).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {self.bearer}\r\n"
            "Accept: application/json, text/event-stream\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


def _content_length(head: bytes) -> int:
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            return int(value)
    raise AssertionError(f"no length in {head!r}")


async def _head(connection: socket.socket) -> bytes:
    """The head of the answer; it stays unread."""
    seen = b""
    while _END not in seen:
        await _readable(connection)
        more = connection.recv(65_536, socket.MSG_PEEK)
        if len(more) == len(seen):  # readable, but nothing new: that is its end
            raise ConnectionResetError("the server hung up")
        seen = more
    return seen[: seen.index(_END) + len(_END)]


async def _exactly(connection: socket.socket, count: int) -> bytes:
    loop = asyncio.get_running_loop()
    parts = []
    while count:
        part = await loop.sock_recv(connection, count)
        if not part:
            raise ConnectionResetError("the server hung up")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


async def _readable(connection: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    readable = loop.create_future()
    loop.add_reader(connection, lambda: readable.done() or readable.set_result(None))
    try:
        await readable
    finally:
        loop.remove_reader(connection)

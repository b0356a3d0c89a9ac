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
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Cut = Literal["in the request", "before the answer", "in the answer"]
CUTS: tuple[Cut, ...] = ("in the request", "before the answer", "in the answer")
_END = b"\r\n\r\n"


@dataclass
class TornClient:
    """One caller with at most one open connection.

    Attributes:
        cuts: How often it hung up, by place.
    """

    port: int
    bearer: str
    chance: random.Random
    cuts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CUTS, 0))
    _socket: socket.socket | None = None
    _serial: int = 0

    async def call(
        self, tool: str, arguments: Mapping[str, Any], *, cut: Cut | None = None, patience_s: float = 0.0
    ) -> dict[str, Any] | None:
        """Call a tool; its result, or ``None`` when this client hung up before it had read all of it.

        Args:
            patience_s: With a cut before the answer: how long to wait before hanging up.
        """
        loop = asyncio.get_running_loop()
        if self._socket is None:
            self._socket = socket.socket()
            self._socket.setblocking(False)
            await loop.sock_connect(self._socket, ("127.0.0.1", self.port))
        connection = self._socket
        request = self._request(tool, arguments)
        try:
            if cut == "in the request":
                await loop.sock_sendall(connection, request[: self.chance.randrange(1, len(request))])
                return self._hang_up(cut)
            await loop.sock_sendall(connection, request)
            if cut == "before the answer":
                await asyncio.sleep(patience_s)
                return self._hang_up(cut)
            head = await _head(connection)
            length = len(head) + _content_length(head)
            # One byte short at most: whoever read everything has read it.
            wanted = self.chance.randrange(0, length) if cut == "in the answer" else length
            answer = await _exactly(connection, wanted)
        except ConnectionError:
            self.close()
            return None
        if cut == "in the answer":
            return self._hang_up(cut)
        body = json.loads(answer[len(head) :])
        assert "result" in body, body
        result: dict[str, Any] = body["result"]
        return result

    def close(self) -> None:
        """Close in order."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _hang_up(self, cut: Cut) -> None:
        self.cuts[cut] += 1
        assert self._socket is not None
        if self.chance.random() < 0.5:
            # Linger 0: reset at once, without a farewell.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def _request(self, tool: str, arguments: Mapping[str, Any]) -> bytes:
        self._serial += 1
        body = json.dumps(
            {
                "jsonrpc": "2.0",
                "id": self._serial,
                "method": "tools/call",
                "params": {"name": tool, "arguments": arguments},
            }
        ).encode()
        head = (
            "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n"
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

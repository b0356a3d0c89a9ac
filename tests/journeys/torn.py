"""An MCP client that hangs up where it hurts, and knows exactly what it read before."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

Cut = Literal["in the request", "before the answer", "in the answer"]
CUTS: tuple[Cut, ...] = ("in the request", "before the answer", "in the answer")


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
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None
    _serial: int = 0

    async def call(
        self, tool: str, arguments: Mapping[str, Any], *, cut: Cut | None = None, patience_s: float = 0.0
    ) -> dict[str, Any] | None:
        """Call a tool; its result, or ``None`` when this client hung up before it had read all of it.

        Args:
            patience_s: With a cut before the answer: how long to wait before hanging up.
        """
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        assert self._reader is not None
        request = self._request(tool, arguments)
        if cut == "in the request":
            self._writer.write(request[: self.chance.randrange(1, len(request))])
            await self._hang_up(cut)
            return None
        self._writer.write(request)
        try:
            await self._writer.drain()
            if cut == "before the answer":
                await asyncio.sleep(patience_s)
                await self._hang_up(cut)
                return None
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = _content_length(head)
            if cut == "in the answer":
                # One byte short at most: whoever read everything has read it.
                await self._reader.readexactly(self.chance.randrange(0, length))
                await self._hang_up(cut)
                return None
            body = await self._reader.readexactly(length)
        except (ConnectionError, asyncio.IncompleteReadError):
            await self.close()
            return None
        answer = json.loads(body)
        assert "result" in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    async def close(self) -> None:
        """Close in order."""
        if self._writer is not None:
            writer, self._reader, self._writer = self._writer, None, None
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _hang_up(self, cut: Cut) -> None:
        self.cuts[cut] += 1
        assert self._writer is not None
        if self.chance.random() < 0.5:
            connection = self._writer.get_extra_info("socket")
            # Linger 0: reset at once, without a farewell.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await self.close()

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

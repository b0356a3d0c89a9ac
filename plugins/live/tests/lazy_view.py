"""A view that subscribes and then leaves its socket unread: no client library would."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import struct
from dataclasses import dataclass
from typing import Any

from ggui_core.protocol.session import Session

from .serving import LiveServer


@dataclass(slots=True)
class LazyView:
    """A raw connection with a small receive buffer; it reads when it is told to."""

    connection: socket.socket

    @staticmethod
    async def subscribed(live: LiveServer, session: Session) -> LazyView:
        """Open, subscribe, and read the ack."""
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.setblocking(False)
        loop = asyncio.get_running_loop()
        port = int(live.base_url.rpartition(":")[2])
        await loop.sock_connect(connection, ("127.0.0.1", port))
        view = LazyView(connection)
        token = live.token(session)
        head = (
            f"GET /ws?wsToken={token} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n"
        )
        await loop.sock_sendall(connection, head.encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += await view._read(1)
        assert b" 101 " in answer.split(b"\r\n")[0]
        wanted = {"sessionId": session.id, "wsToken": token}
        await view._send(json.dumps({"type": "subscribe", "payload": wanted}).encode())
        ack = await view.frame()
        assert isinstance(ack, dict)
        assert ack["type"] == "ack"
        return view

    async def frame(self) -> dict[str, Any] | tuple[int, str]:
        """The next JSON frame, or the code and reason of a close frame; pings are skipped."""
        while True:
            first, size = await self._read(2)
            if size == 126:
                (size,) = struct.unpack("!H", await self._read(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", await self._read(8))
            body = await self._read(size)
            if first == 0x81:
                said: dict[str, Any] = json.loads(body)
                return said
            if first == 0x88:
                return struct.unpack("!H", body[:2])[0], body[2:].decode()

    async def rest(self) -> tuple[list[dict[str, Any]], tuple[int, str]]:
        """Every frame up to the close frame, and that."""
        frames = []
        async with asyncio.timeout(30):
            while isinstance(frame := await self.frame(), dict):
                frames.append(frame)
        return frames, frame

    def hang_up(self) -> None:
        self.connection.close()

    async def _send(self, body: bytes) -> None:
        assert 126 <= len(body) < 65_536
        mask = b"\x00\x00\x00\x00"
        head = struct.pack("!BBH", 0x81, 0x80 | 126, len(body))
        await asyncio.get_running_loop().sock_sendall(self.connection, head + mask + body)

    async def _read(self, size: int) -> bytes:
        loop = asyncio.get_running_loop()
        parts = []
        while size:
            part = await loop.sock_recv(self.connection, min(size, 1 << 16))
            if not part:
                raise EOFError("the connection ended")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

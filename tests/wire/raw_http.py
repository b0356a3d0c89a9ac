"""HTTP as bytes on a socket: what no client library would send or show."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ggui_core.testing import PATIENCE_S, Booted

MCP = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
LIST = b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}'


@dataclass(frozen=True)
class Reply:
    """An HTTP response as it came over the wire; header names are lower-cased."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def port_of(server: Booted) -> int:
    return int(server.base_url.rpartition(":")[2])


async def send(server: Booted, request: bytes, *, body: bytes = b"") -> Reply:
    """Write ``request`` (head lines without the blank line) and read the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(server))
    try:
        writer.write(request.replace(b"\n", b"\r\n") + b"\r\nConnection: close\r\n\r\n" + body)
        async with asyncio.timeout(PATIENCE_S):
            start = await reader.readuntil(b"\r\n\r\n")
            status, *lines = start.decode("latin-1").rstrip().split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
            }
            empty = request.startswith(b"HEAD") or "content-length" not in headers
            content = b"" if empty else await reader.readexactly(int(headers["content-length"]))
    finally:
        writer.close()
    return Reply(int(status.split()[1]), headers, content)


def head(method: str, target: str, **headers: str) -> bytes:
    """The head of a request; ``Host=""`` sends none, underscores become hyphens."""
    headers.setdefault("Host", "127.0.0.1")
    lines = [f"{method} {target} HTTP/1.1"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items() if value]
    return "\n".join(lines).encode("utf-8", "surrogateescape")


async def get(server: Booted, path: str, bearer: str | None = None, **headers: str) -> Reply:
    """GET ``path``; ``bearer`` goes into the Authorization header."""
    if bearer is not None:
        headers["Authorization"] = f"Bearer {bearer}"
    return await send(server, head("GET", path, **headers))


async def post(server: Booted, path: str, **headers: str) -> Reply:
    """POST nothing to ``path``."""
    return await send(server, head("POST", path, Content_Length="0", **headers))

"""Views that stop reading, against a server of their own: it neither grows with what they leave nor waits for them."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ggui_core.testing import PATIENCE_S

from .test_serve_process import Server

CHUNK = "x" * 200_000
EMISSIONS = 150
GROWTH_KIB = 16 * 1024
"""What two views that do not read may cost at most, of the 60 MB that were sent to them."""
CONTRACT = {
    "propsSpec": {"properties": {}},
    "streamSpec": {"log": {"mode": "append", "replay": "all", "schema": {"type": "string"}}},
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path, "--dev-allow-all", "--no-open")
    yield running
    assert running.stop() == 0
    assert running.process.stdout is not None
    running.process.stdout.close()


def call(server: Server, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    params = {"name": tool, "arguments": arguments}
    answer = server.post("/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    result: dict[str, Any] = answer["result"]  # type: ignore[assignment]
    assert not result.get("isError"), result
    return result


def resident_kib(server: Server) -> int:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def left_unread(server: Server, head: str) -> socket.socket:
    """A connection with a small receive buffer that reads the head of its answer and nothing more."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.settimeout(PATIENCE_S)
    connection.connect(("127.0.0.1", int(server.url.rpartition(":")[2])))
    connection.sendall(head.encode() + b"Host: 127.0.0.1\r\n\r\n")
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += connection.recv(1)
    assert answer.split(b" ")[1] in (b"101", b"200"), answer
    return connection


def subscribe(connection: socket.socket, session_id: str, token: str, **cursors: int) -> None:
    said = {"type": "subscribe", "payload": {"sessionId": session_id, "wsToken": token, **cursors}}
    body = json.dumps(said).encode()
    connection.sendall(b"\x81" + bytes([0x80 | 126]) + len(body).to_bytes(2, "big") + bytes(4) + body)
    assert b'"ack"' in connection.recv(1_024), "it was subscribed"


def everything(connection: socket.socket) -> bytes:
    received = bytearray()
    while piece := connection.recv(1 << 20):
        received += piece
    return bytes(received)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="resident memory is read from /proc")
@pytest.mark.spec("01 23.13")
def test_views_that_never_read_are_closed_and_cost_no_memory(server: Server) -> None:
    agreed = call(
        server, "ggui_handshake", {"intent": "watch a log", "blueprintDraft": {"contract": CONTRACT}}
    )
    handshake_id = agreed["structuredContent"]["handshakeId"]
    rendered = call(server, "ggui_render", {"handshakeId": handshake_id, "props": {}})
    session_id = rendered["structuredContent"]["sessionId"]
    card = rendered["_meta"]["ai.ggui/render"]
    upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    opening = f"GET /ws?wsToken={card['wsToken']} HTTP/1.1\r\n{upgrade}{key}"
    view = left_unread(server, opening)
    subscribe(view, session_id, card["wsToken"])
    stream = left_unread(server, f"GET {card['sseUrl'].removeprefix(server.url)} HTTP/1.1\r\n")

    def emit(number: int) -> int:
        payload = {"sessionId": session_id, "channel": "log", "payload": f"{number} {CHUNK}"}
        seq: int = call(server, "ggui_emit", payload)["structuredContent"]["seq"]
        return seq

    for number in range(20):  # whatever the first of them make the server allocate for good
        emit(number)
    before = resident_kib(server)
    seqs = [emit(number) for number in range(EMISSIONS)]
    assert resident_kib(server) - before < GROWTH_KIB
    assert seqs == list(range(seqs[0], seqs[0] + EMISSIONS)), "the agent was not held up"

    assert everything(view).endswith(b"\x03\xf5too_slow"), "1013, so that it comes back"
    for connection in (view, stream):
        connection.close()
    again = left_unread(server, opening)
    subscribe(again, session_id, card["wsToken"], fromSeq=seqs[-2])
    received = b""
    while f'"seq":{seqs[-1]}'.encode() not in received:
        piece = again.recv(1 << 20)
        assert piece, "it resumes after what it had"
        received = received[-64:] + piece
    again.close()

"""Whether an answer arrived, told by the connection it went over (ARCHITECTURE law 5).

The scenarios talk bytes on sockets of their own, because client libraries read ahead and close in their own ways. They
run on both event loops: the one of the tests and the one of ``ggui serve``.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest
import structlog
from aiohttp import web
from pydantic import BaseModel

from ggui_core import boot
from ggui_core.bus import CredentialRevoked
from ggui_core.errors import RequestError, ToolError
from ggui_core.http import connection as http_connection
from ggui_core.http.calls import Handover
from ggui_core.http.routes import Access, Route, call_of
from ggui_core.mcp import Tool, ToolContext
from ggui_core.testing import PATIENCE_S, Booted, booted, until

from .conftest import PRINCIPALS, MakePlugin
from .raw_http import LIST, port_of

FOREVER = 3600.0
"""A time that never passes in a test: something else has to decide."""


class Take(BaseModel):
    """``size``: bytes of the answer. ``steps``: progress before it."""

    name: str = "a"
    size: int = 10
    steps: int = 0
    park: bool = False
    fault: str = ""


class Taken(BaseModel):
    text: str


@dataclass
class Shelf:
    """Hands out things, and notes what it is told of each."""

    told: dict[str, list[str]] = field(default_factory=dict)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    parked: int = 0
    returned: int = 0
    crash_in: str = ""

    def handover(self, name: str) -> Handover:
        steps = self.told[name] = []

        def teller(step: str) -> Callable[[], Awaitable[None]]:
            async def tell() -> None:
                await asyncio.sleep(0)
                steps.append(step)
                if step == self.crash_in:
                    raise RuntimeError("the shelf is broken")

            return tell

        return Handover(teller("written"), teller("taken"), teller("failed"))

    async def take(self, arguments: Take, context: ToolContext) -> Taken:
        for step in range(arguments.steps):
            await context.progress(step + 1, arguments.steps)
        if arguments.park:
            await self.wait(context.ended)
        context.call.handovers.append(self.handover(arguments.name))
        if arguments.fault:
            raise ToolError("The shelf is closed.", code="closed")
        self.returned += 1
        return Taken(text="x" * arguments.size)

    async def store(self, arguments: Take, context: ToolContext) -> Taken:
        """A write: it runs to its end although nobody waits any more."""
        self.parked += 1
        await self.wake.wait()
        context.call.handovers.append(self.handover(arguments.name))
        self.returned += 1
        return Taken(text="x")

    async def wait(self, ended: asyncio.Event) -> None:
        self.parked += 1
        waits = {asyncio.ensure_future(self.wake.wait()), asyncio.ensure_future(ended.wait())}
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def over(self, name: str = "a") -> list[str]:
        """What was told of a thing, once that is all."""
        await until(lambda: bool({"taken", "failed"} & set(self.told.get(name, ()))))
        for _ in range(20):
            await asyncio.sleep(0)  # a second fate would be told now
        return self.told[name]

    async def written(self, name: str = "a") -> None:
        await until(lambda: "written" in self.told.get(name, ()))


class Client:
    """A socket that reads when it is told to and never before."""

    def __init__(self, raw: socket.socket) -> None:
        self.raw = raw
        self._loop = asyncio.get_running_loop()
        self._buffer = b""

    async def send(self, data: bytes) -> None:
        await self._loop.sock_sendall(self.raw, data)

    async def call(self, *calls: Take, token: int | None = None, tool: str = "take", head: str = "") -> None:
        """Call a tool; several calls are a batch. ``head`` replaces the version and adds headers."""
        bodies = [rpc(number, call, tool, token) for number, call in enumerate(calls)]
        await self.send(post(json.dumps(bodies if len(bodies) > 1 else bodies[0]).encode(), head))

    async def arriving(self) -> None:
        """Return once some of the answer is here, without reading it."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    if self.raw.recv(1, socket.MSG_PEEK):
                        return
                except BlockingIOError:
                    await asyncio.sleep(0.005)

    async def read(self) -> bytes:
        """The next answer, complete, without its head."""
        async with asyncio.timeout(PATIENCE_S):
            head = (await self._until(b"\r\n\r\n")).lower()
            if b"transfer-encoding: chunked" in head:
                return await self._until(b"0\r\n\r\n")
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            while len(self._buffer) < length:
                await self._more()
            body, self._buffer = self._buffer[:length], self._buffer[length:]
            return body

    async def read_to_end(self) -> bytes:
        """Everything until the server closes."""
        async with asyncio.timeout(PATIENCE_S):
            data = b""
            while more := await self._loop.sock_recv(self.raw, 1 << 20):
                data += more
            return data

    async def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            await self._more()
        found, _, self._buffer = self._buffer.partition(mark)
        return found + mark

    async def _more(self) -> None:
        data = await self._loop.sock_recv(self.raw, 1 << 20)
        assert data, "the server closed the connection"
        self._buffer += data

    def close(self) -> None:
        self.raw.close()

    def reset(self) -> None:
        """Break the connection, whatever was read."""
        self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.raw.close()


def rpc(number: int, call: Take, tool: str, token: int | None) -> dict[str, Any]:
    params: dict[str, Any] = {"name": tool, "arguments": call.model_dump()}
    if token is not None:
        params["_meta"] = {"progressToken": token}
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}


def post(body: bytes, head: str = "", path: str = "/mcp") -> bytes:
    version, _, more = head.partition("\n")
    lines = [
        f"POST {path} {version or 'HTTP/1.1'}",
        "Host: 127.0.0.1",
        "Authorization: Bearer builder",
        "Content-Type: application/json",
        "Accept: application/json, text/event-stream",
        f"Content-Length: {len(body)}",
        *more.splitlines(),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass
class Stage:
    """A server with a shelf, and clients for it."""

    server: Booted
    shelf: Shelf
    clients: list[Client] = field(default_factory=list)

    async def client(self, receive_buffer: int | None = None) -> Client:
        raw = socket.socket()
        if receive_buffer is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        raw.setblocking(False)
        await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", port_of(self.server)))
        self.clients.append(Client(raw))
        return self.clients[-1]


@asynccontextmanager
async def staged(plugin: MakePlugin, table: ModuleType) -> AsyncIterator[Stage]:
    shelf = Shelf()

    async def page(request: web.Request) -> web.StreamResponse:
        call_of(request).handovers.append(shelf.handover("a"))
        if request.query_string == "refuse":
            raise RequestError("The shelf is closed.", status=409, code="closed")
        return web.json_response({})

    tools = [
        Tool("take", "Take something.", Take, Taken, shelf.take, long_poll=True),
        Tool("store", "Write something.", Take, Taken, shelf.store),
    ]
    routes = [Route("POST", "/shelf", page, Access.BEARER)]
    offering = plugin("shelf", mcp_tools=lambda setup: tools, routes=lambda setup: routes)
    async with booted([offering, table]) as server:
        stage = Stage(server, shelf)
        try:
            yield stage
        finally:
            shelf.wake.set()
            for client in stage.clients:
                client.close()


# Scenarios: what a client does, and what the shelf must be told

Scenario = Callable[[Stage], Awaitable[list[str]]]
READ, LOST, NEVER = ["written", "taken"], ["written", "failed"], ["failed"]


async def asks_for_something_else(stage: Stage) -> list[str]:
    client = await stage.client()
    await client.call(Take())
    await client.read()
    await client.send(post(LIST))
    await client.read()
    return await stage.shelf.over()


async def reads_and_closes(stage: Stage) -> list[str]:
    client = await stage.client()
    await client.call(Take())
    await client.read()
    client.close()
    return await stage.shelf.over()


async def reads_much_and_closes(stage: Stage) -> list[str]:
    client = await stage.client()
    await client.call(Take(size=8_000_000))
    await client.arriving()
    assert len(await client.read()) > 8_000_000
    client.close()
    return await stage.shelf.over()


async def closes_unread(stage: Stage) -> list[str]:
    client = await stage.client()
    await client.call(Take())
    await stage.shelf.written()
    client.close()
    return await stage.shelf.over()


async def resets_unread(stage: Stage) -> list[str]:
    client = await stage.client()
    await client.call(Take())
    await stage.shelf.written()
    client.reset()
    return await stage.shelf.over()


async def closes_before_all_is_written(stage: Stage) -> list[str]:
    client = await stage.client()
    await client.call(Take(size=20_000_000))
    await client.arriving()
    client.close()
    return await stage.shelf.over()


async def closes_200_kb_unread(stage: Stage) -> list[str]:
    client = await stage.client()
    await client.call(Take(size=200_000))
    await client.arriving()
    client.close()
    steps = await stage.shelf.over()
    return (
        LOST if steps == NEVER else steps
    )  # whether it fits into the kernel's buffers is the kernel's affair


async def hangs_up_while_parked(stage: Stage) -> list[str]:
    client = await stage.client()
    await client.call(Take(park=True))
    await until(lambda: stage.shelf.parked == 1)
    client.close()
    return await stage.shelf.over()


async def hangs_up_on_a_write(stage: Stage) -> list[str]:
    client = await stage.client()
    await client.call(Take(), tool="store")
    await until(lambda: stage.shelf.parked == 1)
    client.close()
    await until(lambda: len(stage.server.setup.calls) == 0)
    stage.shelf.wake.set()
    steps = await stage.shelf.over()
    assert stage.shelf.returned == 1, "the write was cancelled"
    return steps


async def is_parked_then_reads(stage: Stage) -> list[str]:
    client = await stage.client()
    await client.call(Take(park=True))
    await until(lambda: stage.shelf.parked == 1)
    stage.shelf.wake.set()
    await client.read()
    client.close()
    return await stage.shelf.over()


async def reads_a_stream_and_goes_on(stage: Stage) -> list[str]:
    client = await stage.client()
    await client.call(Take(steps=3), token=7)
    assert (await client.read()).count(b"notifications/progress") == 3
    await client.send(post(LIST))
    await client.read()
    return await stage.shelf.over()


async def resets_a_stream_unread(stage: Stage) -> list[str]:
    client = await stage.client()
    await client.call(Take(steps=3), token=7)
    await stage.shelf.written()
    client.reset()
    return await stage.shelf.over()


async def hangs_up_in_mid_stream(stage: Stage) -> list[str]:
    client = await stage.client()
    await client.call(Take(steps=3, park=True), token=7)
    await client.arriving()
    client.close()
    return await stage.shelf.over()


async def reads_a_batch_and_closes(stage: Stage) -> list[str]:
    client = await stage.client()
    await client.call(Take(name="a"), Take(name="b"))
    await client.read()
    client.close()
    assert await stage.shelf.over("b") == READ
    return await stage.shelf.over("a")


async def resets_a_batch_unread(stage: Stage) -> list[str]:
    client = await stage.client()
    await client.call(Take(name="a"), Take(name="b"))
    await stage.shelf.written("b")
    client.reset()
    assert await stage.shelf.over("b") == LOST
    return await stage.shelf.over("a")


async def gets_an_error_from_one_of_a_batch(stage: Stage) -> list[str]:
    client = await stage.client()
    await client.call(Take(name="a", fault="yes"), Take(name="b"), Take(name="c", fault="yes"))
    assert (await client.read()).count(b'"isError":true') == 2
    client.close()
    assert await stage.shelf.over("b") == READ
    assert await stage.shelf.over("c") == NEVER
    return await stage.shelf.over("a")


async def gets_an_error_in_place_of_the_answer(stage: Stage) -> list[str]:
    client = await stage.client()
    await client.call(Take(fault="yes"))
    assert b'"isError":true' in await client.read()
    return await stage.shelf.over()


async def asks_to_close_and_reads(stage: Stage) -> list[str]:
    client = await stage.client()
    await client.call(Take(), head="HTTP/1.1\nConnection: close")
    await client.read()
    client.close()
    return await stage.shelf.over()


async def reads_to_the_end_over_http_1_0(stage: Stage) -> list[str]:
    client = await stage.client()
    await client.call(Take(), head="HTTP/1.0")
    assert b'"text":"xxxxxxxxxx"' in await client.read_to_end()
    client.close()
    return await stage.shelf.over()


async def asks_to_close_and_resets_unread(stage: Stage) -> list[str]:
    client = await stage.client()
    await client.call(Take(), head="HTTP/1.1\nConnection: close")
    await stage.shelf.written()
    client.reset()
    return await stage.shelf.over()


async def sent_the_next_request_before_the_answer(stage: Stage) -> list[str]:
    client = await stage.client()
    body = json.dumps(rpc(1, Take(), "take", None)).encode()
    await client.send(post(body) + post(LIST))
    await client.read()
    await client.read()
    client.reset()
    return await stage.shelf.over()


async def posts_to_a_route_and_closes(stage: Stage) -> list[str]:
    client = await stage.client()
    await client.send(post(b"{}", path="/shelf"))
    await client.read()
    client.close()
    return await stage.shelf.over()


async def is_refused_by_a_route(stage: Stage) -> list[str]:
    client = await stage.client()
    await client.send(post(b"{}", path="/shelf?refuse"))
    assert b"closed" in await client.read()
    return await stage.shelf.over()


SCENARIOS: dict[Scenario, list[str]] = {
    asks_for_something_else: READ,
    reads_and_closes: READ,
    reads_much_and_closes: READ,
    closes_unread: LOST,
    resets_unread: LOST,
    closes_before_all_is_written: NEVER,
    closes_200_kb_unread: LOST,
    hangs_up_while_parked: NEVER,
    hangs_up_on_a_write: NEVER,
    is_parked_then_reads: READ,
    reads_a_stream_and_goes_on: READ,
    resets_a_stream_unread: LOST,
    hangs_up_in_mid_stream: NEVER,
    reads_a_batch_and_closes: READ,
    resets_a_batch_unread: LOST,
    gets_an_error_from_one_of_a_batch: NEVER,
    gets_an_error_in_place_of_the_answer: NEVER,
    asks_to_close_and_reads: READ,
    reads_to_the_end_over_http_1_0: READ,
    asks_to_close_and_resets_unread: LOST,
    sent_the_next_request_before_the_answer: LOST,
    posts_to_a_route_and_closes: READ,
    is_refused_by_a_route: NEVER,
}


@contextmanager
def runner(loop: str) -> Iterator[asyncio.Runner]:
    """An event loop as tests have it, or as ``ggui serve`` does."""
    factory = None if loop == "asyncio" else pytest.importorskip("uvloop").new_event_loop
    with asyncio.Runner(loop_factory=factory) as running:
        yield running


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize(
    ("scenario", "told"), SCENARIOS.items(), ids=lambda value: getattr(value, "__name__", "")
)
def test_the_shelf_learns_what_became_of_an_answer_to_a_client_that(
    plugin: MakePlugin,
    table: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    scenario: Scenario,
    told: list[str],
    loop: str,
) -> None:
    monkeypatch.setattr(http_connection, "TAKEN_S", FOREVER)

    async def play() -> None:
        async with staged(plugin, table) as stage:
            assert await scenario(stage) == told

    with runner(loop) as running:
        running.run(play())


# Time


@pytest.fixture
async def stage(plugin: MakePlugin, table: ModuleType) -> AsyncIterator[Stage]:
    async with staged(plugin, table) as staged_server:
        yield staged_server


async def test_a_connection_that_stays_whole_for_a_while_has_taken_the_answer(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connection, "TAKEN_S", 0.05)
    client = await stage.client()
    await client.call(Take())
    assert await stage.shelf.over() == READ
    await client.read()
    await client.send(post(LIST))
    assert b"take" in await client.read()


async def test_a_client_that_asked_to_close_and_stays_is_closed_after_a_while(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connection, "TAKEN_S", 0.05)
    client = await stage.client()
    await client.call(Take(), head="HTTP/1.1\nConnection: close")
    assert await stage.shelf.over() == READ
    assert b'"text":"xxxxxxxxxx"' in await client.read_to_end()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what was confirmed")
async def test_what_the_other_machine_did_not_confirm_is_not_taken_until_it_does(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connection, "TAKEN_S", 0.02)
    looks: list[int] = []
    ask = http_connection.unconfirmed_bytes

    def noting(transport: asyncio.BaseTransport) -> int:
        looks.append(ask(transport))
        return looks[-1]

    monkeypatch.setattr(http_connection, "unconfirmed_bytes", noting)
    client = await stage.client(receive_buffer=4_096)
    await client.call(Take(size=30_000))
    await until(lambda: len(looks) > 3)
    assert min(looks) > 0
    assert stage.shelf.told["a"] == ["written"]
    await client.read()
    assert await stage.shelf.over() == READ


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what was confirmed")
async def test_a_machine_that_never_confirms_loses_its_connection(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connection, "TAKEN_S", 0.02)
    monkeypatch.setattr(http_connection, "WRITE_STALL_S", 0.1)
    client = await stage.client(receive_buffer=4_096)
    await client.call(Take(size=30_000))
    assert await stage.shelf.over() == LOST


async def test_a_client_that_reads_nothing_of_a_long_answer_loses_its_connection(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connection, "WRITE_STALL_S", 0.1)
    client = await stage.client()
    await client.call(Take(size=20_000_000))
    assert await stage.shelf.over() == NEVER


@pytest.mark.parametrize("reads", [True, False])
async def test_an_answer_is_written_when_the_last_of_it_has_left_the_server(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, reads: bool
) -> None:
    monkeypatch.setattr(http_connection, "TAKEN_S", FOREVER)
    made = http_connection.Connection.connection_made
    transports: list[asyncio.Transport] = []

    def narrow(self: Any, transport: Any) -> None:
        """Between what the kernel takes and what makes the writer wait lies most of the answer."""
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        transports.append(transport)
        made(self, transport)

    monkeypatch.setattr(http_connection.Connection, "connection_made", narrow)
    client = await stage.client(receive_buffer=4_096)
    await client.call(Take(size=25_000))
    await until(lambda: stage.server.setup.calls.tasks == 1 and len(stage.server.setup.calls) == 0)
    for _ in range(20):
        await asyncio.sleep(0)
    assert transports[0].get_write_buffer_size() > 0
    assert stage.shelf.told["a"] == []
    if reads:
        await client.read()
        await stage.shelf.written()
        assert transports[0].get_write_buffer_limits()[1] > 0, "later answers would wait for every byte"
    client.close()
    assert await stage.shelf.over() == (READ if reads else NEVER)


@pytest.mark.parametrize(("unconfirmed", "told"), [(0, READ), (1, READ), (2, LOST)])
async def test_the_end_of_a_closing_connection_counts_as_one_byte(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, unconfirmed: int, told: list[str]
) -> None:
    monkeypatch.setattr(http_connection, "TAKEN_S", FOREVER)
    monkeypatch.setattr(http_connection, "unconfirmed_bytes", lambda transport: unconfirmed)
    assert await asks_to_close_and_reads(stage) == told


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what was confirmed")
async def test_a_client_that_closed_just_before_the_answer_reached_it_has_not_taken_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends in order: its end was on the way when the answer was written."""
    monkeypatch.setattr(http_connection, "TAKEN_S", FOREVER)
    client = await stage.client()
    finish = http_connection.Connection.finish_response

    async def close_then_finish(self: Any, *arguments: Any) -> Any:
        client.close()
        return await finish(self, *arguments)

    monkeypatch.setattr(http_connection.Connection, "finish_response", close_then_finish)
    await client.call(Take())
    assert await stage.shelf.over() == LOST


# The server's own ends


async def test_a_server_that_stops_waits_for_the_fate_of_answers(
    plugin: MakePlugin, table: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connection, "TAKEN_S", 0.3)
    async with staged(plugin, table) as stage:
        client = await stage.client()
        await client.call(Take())
        await stage.shelf.written()
        stage.clients.clear()
    assert stage.shelf.told["a"] == READ
    client.close()


async def test_a_server_that_cannot_wait_any_longer_takes_back_what_it_handed_out(
    plugin: MakePlugin, table: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connection, "TAKEN_S", FOREVER)
    monkeypatch.setattr(boot, "SHUTDOWN_S", 0.1)
    async with staged(plugin, table) as stage:
        client = await stage.client()
        await client.call(Take())
        await stage.shelf.written()
        stage.clients.clear()
    assert stage.shelf.told["a"] == LOST
    client.close()


async def test_a_parked_call_answers_a_stop_and_its_answer_is_followed(
    plugin: MakePlugin, table: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connection, "TAKEN_S", 0.1)
    async with staged(plugin, table) as stage:
        client = await stage.client()
        await client.call(Take(park=True))
        await until(lambda: stage.shelf.parked == 1)
        stage.clients.clear()
    assert stage.shelf.told["a"] == READ
    assert b'"text":"xxxxxxxxxx"' in await client.read()
    client.close()


@pytest.mark.parametrize("token", [None, 7], ids=["json", "stream"])
async def test_a_caller_whose_credential_is_revoked_gets_nothing(stage: Stage, token: int | None) -> None:
    client = await stage.client()
    await client.call(Take(park=True, steps=2), token=token)
    await until(lambda: stage.shelf.parked == 1)
    await stage.server.setup.bus.publish(CredentialRevoked(PRINCIPALS["builder"].credential_id))
    assert await stage.shelf.over() == NEVER


# What a handover does


@pytest.mark.parametrize("step", ["written", "taken"])
async def test_a_crash_in_one_step_is_logged_and_the_rest_goes_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    stage.shelf.crash_in = step
    client = await stage.client()
    with structlog.testing.capture_logs() as logs:
        await client.call(Take(name="a"), Take(name="b"))
        await client.read()
        client.close()
        assert await stage.shelf.over("a") == READ
        assert await stage.shelf.over("b") == READ
    crashes = [line["step"] for line in logs if line["event"] == "handover_crashed"]
    assert crashes == [step, step]


async def test_an_exchange_that_hands_nothing_over_is_not_followed(stage: Stage) -> None:
    client = await stage.client()
    await client.send(post(LIST))
    await client.read()
    await until(lambda: len(stage.server.setup.calls) == 0)
    assert stage.server.setup.calls.tasks == 0

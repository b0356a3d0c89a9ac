"""What an attacker tries against a booted server, and what has to come of it (spec 02 sections 1 and 19)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from types import ModuleType
from typing import Any

import aiohttp
import pytest
import structlog
from aiohttp import web
from pydantic import BaseModel

from ggui_core import logs
from ggui_core.auth import AuthRequest, BuilderIdentity, Principal
from ggui_core.bus import CredentialRevoked
from ggui_core.http import connection as http_connection
from ggui_core.http.routes import Access, Route
from ggui_core.mcp import Tool, ToolContext
from ggui_core.testing import PATIENCE_S, Booted, booted, until
from ggui_core.testing.server import MCP_HEADERS

from .conftest import MakePlugin
from .raw_http import port_of

FOREIGN = "https://evil.example"


# WebSockets from foreign pages


@pytest.mark.parametrize(
    ("origin", "query"), [(FOREIGN, ""), ("null", ""), (FOREIGN, "?wsToken=x"), ("null", "?wsToken=")]
)
async def test_foreign_page_opens_no_socket(open_server: Booted, origin: str, query: str) -> None:
    url = f"{open_server.base_url}/probe-socket{query}"
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await open_server.client.ws_connect(url, headers={"Origin": origin})
    assert refused.value.status == 403


async def test_refused_upgrade_has_no_body(open_server: Booted) -> None:
    headers = {"Origin": FOREIGN, "Upgrade": "WebSocket", "Connection": "Upgrade"}
    async with open_server.client.get(open_server.base_url + "/probe-socket", headers=headers) as response:
        assert (response.status, await response.read()) == (403, b"")


@pytest.mark.parametrize(
    ("origin", "query"), [(None, ""), ("http://localhost:3000", ""), ("null", "?wsToken=x")]
)
async def test_known_pages_and_programs_open_sockets(
    open_server: Booted, origin: str | None, query: str
) -> None:
    headers = {} if origin is None else {"Origin": origin}
    url = f"{open_server.base_url}/probe-socket{query}"
    async with open_server.client.ws_connect(url, headers=headers) as socket:
        await socket.send_str("hello")
        assert await socket.receive_str() == "hello"


# Forged requests in the any-bearer mode


@pytest.fixture
def acting(plugin: MakePlugin) -> ModuleType:
    """A plugin with a route that changes something for the builder."""

    async def act(request: web.Request) -> web.StreamResponse:
        return web.json_response({"done": True})

    return plugin(
        "acting", routes=lambda setup: [Route("POST", "/act", act, Access.BUILDER, plane="operator")]
    )


@pytest.mark.parametrize(
    ("origin", "status"),
    [(FOREIGN, 403), ("null", 403), ("http://localhost:3000", 200), ("same", 200), (None, 200)],
)
async def test_foreign_page_changes_nothing_where_no_credential_is_asked(
    acting: ModuleType, origin: str | None, status: int
) -> None:
    async with booted([acting], args=["--dev-allow-all"]) as server:
        headers = {"Content-Type": "text/plain"}
        if origin is not None:
            headers["Origin"] = server.base_url if origin == "same" else origin
        async with server.client.post(server.base_url + "/act", data="{}", headers=headers) as response:
            assert response.status == status


# Connections that stall


def pipelined(server: Booted, behind: bytes) -> bytes:
    """A call that parks, and ``behind`` in the same packet."""
    body = (
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ggui_probe_park","arguments":{}}}'
    )
    return (
        b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"Accept: application/json, text/event-stream\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    ) + behind


LAST_CHUNK = b"0\r\n\r\n"
LIVE = b"GET /ggui/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.mark.parametrize(
    "behind",
    [
        LIVE,
        LIVE * 200,
        b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 999_999,
    ],
    ids=["one", "many", "body"],
)
async def test_hang_up_behind_pipelined_requests_releases_the_parked_call(
    open_server: Booted, probe: ModuleType, monkeypatch: pytest.MonkeyPatch, behind: bytes
) -> None:
    monkeypatch.setattr(http_connection, "READ_STALL_S", 0.2)
    _, writer = await asyncio.open_connection("127.0.0.1", port_of(open_server))
    writer.write(pipelined(open_server, behind))
    await until(lambda: probe.observed.parked or probe.observed.left)
    writer.transport.abort()
    await until(lambda: probe.observed.left)
    assert probe.observed.left == ["disconnected"]


async def test_many_pipelined_requests_are_answered_while_nothing_stalls(open_server: Booted) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(open_server))
    writer.write(LIVE * 1000)
    async with asyncio.timeout(PATIENCE_S):
        for _ in range(1000):
            assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
            await reader.readuntil(b"}")
    writer.close()


async def test_client_that_reads_nothing_is_cut_off(
    plugin: MakePlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connection, "WRITE_STALL_S", 0.2)
    ended: asyncio.Future[type[BaseException]] = asyncio.get_running_loop().create_future()

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65_536)
        except BaseException as end:
            ended.set_result(type(end))
            raise

    route = Route("GET", "/stream", stream, Access.OPEN)
    async with booted([plugin("stream", routes=lambda setup: [route])]) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(server), limit=1024)
        writer.write(b"GET /stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        async with asyncio.timeout(PATIENCE_S):
            assert await ended is asyncio.CancelledError
            received = await reader.read()
        assert received.startswith(b"HTTP/1.1 200 OK\r\n")
        assert not received.endswith(LAST_CHUNK)
        assert len(server.setup.calls) == 0
        writer.close()


# Bodies that cost more than they weigh


async def post(server: Booted, path: str, body: bytes) -> tuple[int, Any]:
    async with server.client.post(
        server.base_url + path, data=BytesIO(body), headers=MCP_HEADERS
    ) as response:
        return response.status, await response.json()


@pytest.mark.parametrize("path", ["/mcp", "/probe-body"])
@pytest.mark.parametrize("unit", [b"[],", b"{},", b"[[1]],"])
async def test_body_of_a_million_containers_is_refused_undecoded(
    open_server: Booted, path: str, unit: bytes
) -> None:
    status, _ = await post(open_server, path, b"[" + unit * (4_000_000 // len(unit)) + b"1]")
    assert status == 413


async def test_long_body_of_a_stranger_is_not_decoded(probe: ModuleType) -> None:
    async with booted([probe]) as server:
        assert (await post(server, "/mcp", b"[" * 65_536))[0] == 400
        assert (await post(server, "/mcp", b"[" * 65_537))[0] == 401


async def test_long_body_of_a_known_caller_is_served(open_server: Booted) -> None:
    arguments = {"text": "x" * 900_000, "rows": [[n, {"n": n}] for n in range(100_000)]}
    params = {"name": "ggui_probe_echo", "arguments": arguments}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    status, answer = await post(open_server, "/mcp", json.dumps(body).encode())
    assert status == 200
    assert len(answer["result"]["structuredContent"]["text"]) == 900_000


class Numbers(BaseModel):
    values: list[int]


class Total(BaseModel):
    total: int


@pytest.fixture
def summing(plugin: MakePlugin) -> ModuleType:
    async def add(arguments: Numbers, context: ToolContext) -> Total:
        return Total(total=sum(arguments.values))

    return plugin("summing", mcp_tools=lambda setup: [Tool("sum", "Add.", Numbers, Total, add)])


@pytest.mark.parametrize(
    ("wrong", "listed", "last_line"),
    [(2, 2, "at values.1"), (60, 50, "and 10 more"), (100_000, 0, "100000 faults, too many to list")],
)
async def test_answer_to_wrong_arguments_stays_short(
    summing: ModuleType, wrong: int, listed: int, last_line: str
) -> None:
    async with booted([summing], args=["--dev-allow-all"]) as server:
        result = await server.call_tool("sum", {"values": ["x"] * wrong})
    assert result["isError"]
    assert result["content"][0]["text"].endswith(last_line)
    assert len(result["_meta"]["ai.ggui/error"]["violations"]) == listed
    assert len(json.dumps(result)) < 20_000


@pytest.fixture
def talkative() -> Iterator[None]:
    """Log what is logged in production."""
    logs.configure({}, cached=False)
    yield
    logs.configure({"GGUI_LOG_LEVEL": "warning"}, cached=False)


@pytest.mark.usefixtures("talkative")
async def test_log_keeps_only_the_start_of_a_name_that_nobody_declared(open_server: Booted) -> None:
    with structlog.testing.capture_logs() as logged:
        await open_server.call_tool("n" * 100_000)
        await open_server.rpc("m" * 100_000)
    assert logged
    assert all(len(json.dumps(event, default=str)) < 1000 for event in logged)


# Revocation at awkward moments


class Device:
    """An adapter with one bearer; ``asked`` is set while it is looked up, ``answer`` lets the look-up end."""

    name = "device"
    rank = 10

    def __init__(self) -> None:
        self.known = True
        self.asked = asyncio.Event()
        self.answer = asyncio.Event()
        self.answer.set()

    async def authenticate(self, request: AuthRequest) -> Principal | None:
        found = self.known and request.bearer == "device"
        self.asked.set()
        await self.answer.wait()
        return Principal(BuilderIdentity(), "pairing", "pairing:pair-1") if found else None

    async def revoke(self, server: Booted) -> None:
        self.known = False
        await server.setup.bus.publish(CredentialRevoked("pairing:pair-1"))


@pytest.fixture
def device() -> Device:
    return Device()


@pytest.fixture
async def device_server(probe: ModuleType, plugin: MakePlugin, device: Device) -> AsyncIterator[Booted]:
    async with booted([probe, plugin("device", auth_adapters=lambda setup: [device])]) as server:
        yield server


def called(tool: str, **arguments: object) -> dict[str, object]:
    params = {"name": tool, "arguments": arguments, "_meta": {"progressToken": 1}}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


async def test_credential_that_is_revoked_while_it_is_looked_up_parks_nothing(
    device_server: Booted, device: Device, probe: ModuleType
) -> None:
    device.answer.clear()
    waiting = asyncio.create_task(
        device_server.rpc("tools/call", {"name": "ggui_probe_park", "arguments": {}}, bearer="device")
    )
    await device.asked.wait()
    await device.revoke(device_server)
    device.answer.set()
    async with asyncio.timeout(PATIENCE_S):
        assert (await waiting)["error"]["message"] == "No valid credentials"
    assert probe.observed.left == []


@pytest.mark.parametrize("tool", ["ggui_probe_stubborn", "ggui_probe_hold"])
async def test_revocation_cuts_a_batch_off(device_server: Booted, device: Device, tool: str) -> None:
    headers = {**MCP_HEADERS, "Authorization": "Bearer device"}
    async with device_server.client.post(
        device_server.base_url + "/mcp", json=[called(tool)], headers=headers
    ) as response:
        await device.revoke(device_server)
        async with asyncio.timeout(PATIENCE_S):
            with pytest.raises(aiohttp.ClientError):
                await response.read()


async def test_revocation_cuts_a_stream_off_that_nobody_reads(
    device_server: Booted, device: Device, probe: ModuleType
) -> None:
    body = json.dumps(called("ggui_probe_steps", count=100_000)).replace('"progressToken": 1', TOKEN).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(device_server), limit=1024)
    writer.write(
        b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAuthorization: Bearer device"
        b"\r\nAccept: application/json, text/event-stream\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    )
    calls = device_server.setup.calls
    await until(lambda: probe.observed.steps)
    await asyncio.sleep(0.5)  # time to fill what lies between the two; less than full is just an easier case
    await device.revoke(device_server)
    await until(lambda: len(calls) == 0)
    async with asyncio.timeout(PATIENCE_S):
        received = await reader.read()
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b'"progress":1' in received
    assert b'"result"' not in received
    assert not received.endswith(LAST_CHUNK)
    writer.close()
    await calls.drain(0)


TOKEN = '"progressToken": "' + "t" * 1_000_000 + '"'


# Limits by address


@pytest.mark.parametrize(
    "address",
    ["198.51.100.7:{}", "2001:db8:1:2::{}", "[2001:db8:1:2::{}]:443", "::ffff:198.51.100.7%{}"],
    ids=["port", "one site", "bracketed", "zone"],
)
async def test_client_does_not_escape_its_limit_by_changing_what_it_may_choose(
    probe: ModuleType, address: str
) -> None:
    limits = {"anonymousPerSecond": 0.001, "anonymousBurst": 3}
    async with booted([probe], args=["--trust-proxy"], config={"limits": limits}) as server:
        codes = [
            (
                await server.rpc(
                    "tools/list", path="/probe/open", headers={"X-Forwarded-For": address.format(n)}
                )
            )
            .get("error", {})
            .get("code")
            for n in range(1, 6)
        ]
    assert codes == [None, None, None, -32013, -32013]


async def test_neighbours_have_their_own_limit(probe: ModuleType) -> None:
    limits = {"anonymousPerSecond": 0.001, "anonymousBurst": 1}
    async with booted([probe], args=["--trust-proxy"], config={"limits": limits}) as server:
        for address in ("198.51.100.7", "198.51.100.8", "2001:db8:1:2::1", "2001:db8:1:3::1"):
            answer = await server.rpc("tools/list", path="/probe/open", headers={"X-Forwarded-For": address})
            assert "result" in answer, address


# Connections that ask nothing


async def test_half_open_connections_do_not_shut_anybody_out(
    open_server: Booted, probe: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connection, "connection_limit", lambda: 20)
    reader, parked = await asyncio.open_connection("127.0.0.1", port_of(open_server))
    parked.write(pipelined(open_server, b""))
    await until(lambda: probe.observed.parked)
    async with asyncio.timeout(PATIENCE_S):
        half_open = []
        for _ in range(60):
            _, writer = await asyncio.open_connection("127.0.0.1", port_of(open_server))
            writer.write(b"GET /ggui/live HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")
            half_open.append(writer)
        async with (
            aiohttp.ClientSession() as newcomer,
            newcomer.get(open_server.base_url + "/ggui/live") as response,
        ):
            assert response.status == 200
        probe.observed.wake.set()
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
    for writer in (*half_open, parked):
        writer.transport.abort()

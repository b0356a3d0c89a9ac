"""Sockets, revocation and the graceful stop (ruling 17, ARCHITECTURE law 6)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

import aiohttp
import pytest
from aiohttp import WSCloseCode, web

from ggui_core import boot
from ggui_core.auth import AuthRequest, BuilderIdentity, Principal
from ggui_core.bus import CredentialRevoked
from ggui_core.http.routes import Access, Route, call_of
from ggui_core.testing import PATIENCE_S, Booted, booted, until

from .conftest import MakePlugin
from .raw_http import port_of


class Devices:
    """Every bearer is a paired device of its own."""

    name = "devices"
    rank = 10

    async def authenticate(self, request: AuthRequest) -> Principal | None:
        if request.bearer is None:
            return None
        return Principal(BuilderIdentity(), "pairing", f"pairing:{request.bearer}")


@pytest.fixture
def devices(plugin: MakePlugin) -> ModuleType:
    return plugin("devices", auth_adapters=lambda setup: [Devices()])


class Stoppable:
    """A booted server that a test stops in the middle, with a client that survives it."""

    def __init__(
        self, server: Booted, client: aiohttp.ClientSession, stop: asyncio.Event, done: asyncio.Task[None]
    ):
        self.server = server
        self.client = client
        self._stop = stop
        self._done = done

    async def stop(self) -> None:
        """Stop, and return once the server has ended."""
        self.begin_stop()
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.shield(self._done)

    def begin_stop(self) -> None:
        self._stop.set()

    async def call(self, tool: str, **arguments: Any) -> tuple[int, dict[str, Any]]:
        body = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": tool, "arguments": arguments},
        }
        headers = {"Accept": "application/json, text/event-stream", "Authorization": "Bearer one"}
        async with self.client.post(self.server.base_url + "/mcp", json=body, headers=headers) as response:
            return response.status, await response.json()

    async def socket(self, bearer: str = "one") -> aiohttp.ClientWebSocketResponse:
        headers = {"Authorization": f"Bearer {bearer}"}
        return await self.client.ws_connect(self.server.base_url + "/probe-socket", headers=headers)


@asynccontextmanager
async def stoppable(
    *plugins: ModuleType, config: Mapping[str, Any] | None = None
) -> AsyncIterator[Stoppable]:
    ready: asyncio.Future[Booted] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()

    async def run() -> None:
        async with booted(plugins, config=config) as server:
            ready.set_result(server)
            await stop.wait()

    done = asyncio.create_task(run())
    await asyncio.wait({ready, done}, return_when=asyncio.FIRST_COMPLETED)
    if done.done():
        await done
    try:
        async with aiohttp.ClientSession() as client:
            yield Stoppable(await ready, client, stop, done)
    finally:
        stop.set()
        await done


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that would wait longer than any test for what does not end at once when it stops."""
    monkeypatch.setattr(boot, "SHUTDOWN_S", 60 * PATIENCE_S)


# Sockets


async def test_socket_echoes(probe: ModuleType, devices: ModuleType) -> None:
    async with stoppable(probe, devices) as running, await running.socket() as socket:
        for text in ("one", "ü", "x" * 100_000):
            await socket.send_str(text)
            assert await socket.receive_str(timeout=PATIENCE_S) == text


@pytest.mark.parametrize("authorization", [None, "Basic dTpw"])
async def test_socket_without_a_credential_is_a_401_in_text(
    probe: ModuleType, devices: ModuleType, authorization: str | None
) -> None:
    async with stoppable(probe, devices) as running:
        headers = {} if authorization is None else {"Authorization": authorization}
        async with running.client.get(running.server.base_url + "/probe-socket", headers=headers) as response:
            assert (response.status, await response.text()) == (401, "Unauthorized: No valid credentials")


@pytest.mark.parametrize(
    "wrong", [{"Sec-WebSocket-Key": "short"}, {"Sec-WebSocket-Version": "99"}, {"Connection": "close"}]
)
async def test_a_handshake_that_is_none_is_a_bad_request(
    probe: ModuleType, devices: ModuleType, wrong: dict[str, str]
) -> None:
    async with stoppable(probe, devices) as running:
        headers = {
            "Authorization": "Bearer one",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            **wrong,
        }
        async with running.client.get(running.server.base_url + "/probe-socket", headers=headers) as response:
            assert response.status == 400


async def test_revoking_a_credential_closes_its_sockets_and_no_others(
    probe: ModuleType, devices: ModuleType
) -> None:
    async with stoppable(probe, devices) as running:
        revoked, kept = await running.socket("one"), await running.socket("two")
        await running.server.setup.bus.publish(CredentialRevoked("pairing:one"))
        message = await revoked.receive(timeout=PATIENCE_S)
        assert (message.type, revoked.close_code) == (aiohttp.WSMsgType.CLOSE, WSCloseCode.POLICY_VIOLATION)
        await kept.send_str("still here")
        assert await kept.receive_str(timeout=PATIENCE_S) == "still here"
        await kept.close()


async def test_revoking_a_credential_ends_its_parked_call_with_a_401(
    probe: ModuleType, devices: ModuleType
) -> None:
    async with stoppable(probe, devices) as running:
        parked = asyncio.create_task(running.call("ggui_probe_park"))
        await until(lambda: probe.observed.parked == 1)
        await running.server.setup.bus.publish(CredentialRevoked("pairing:one"))
        status, answer = await parked
        assert (status, answer["error"]["message"]) == (401, "No valid credentials")


async def test_credential_holds_so_many_sockets_and_gets_them_back(
    probe: ModuleType, devices: ModuleType
) -> None:
    limits = {"limits": {"socketsPerPrincipal": 3}}
    async with stoppable(probe, devices, config=limits) as running:
        held = [await running.socket() for _ in range(3)]
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await running.socket()
        assert refused.value.status == 429
        assert refused.value.headers is not None
        assert refused.value.headers["Retry-After"] == "5"
        await (await running.socket("two")).close()
        await held[0].close()
        await until(lambda: len(running.server.setup.calls) == 2)
        await (await running.socket()).close()
        for socket in held[1:]:
            await socket.close()


# Stopping


@pytest.mark.usefixtures("unhurried")
async def test_stop_closes_sockets_with_service_restart(probe: ModuleType, devices: ModuleType) -> None:
    async with stoppable(probe, devices) as running:
        socket = await running.socket()
        stopping = asyncio.create_task(running.stop())
        message = await socket.receive(timeout=PATIENCE_S)
        assert (message.type, socket.close_code) == (aiohttp.WSMsgType.CLOSE, WSCloseCode.SERVICE_RESTART)
        await stopping


@pytest.mark.usefixtures("unhurried")
async def test_stop_answers_parked_calls_at_once(probe: ModuleType, devices: ModuleType) -> None:
    async with stoppable(probe, devices) as running:
        parked = [asyncio.create_task(running.call("ggui_probe_park")) for _ in range(3)]
        await until(lambda: probe.observed.parked == 3)
        await running.stop()
        for status, answer in await asyncio.gather(*parked):
            assert status == 200
            assert answer["result"]["structuredContent"] == {"events": [], "status": "active"}
        assert probe.observed.left == ["shutdown"] * 3


async def test_stop_lets_a_tool_that_writes_finish_and_answer(probe: ModuleType, devices: ModuleType) -> None:
    async with stoppable(probe, devices) as running:
        writing = asyncio.create_task(running.call("ggui_probe_write", seconds=0.3))
        await until(lambda: probe.observed.started == 1)
        await running.stop()
        status, answer = await writing
        assert (status, answer["result"]["structuredContent"]) == (200, {"count": 1})


async def test_stop_lets_an_ordinary_handler_finish_and_answer(plugin: MakePlugin) -> None:
    entered = asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        entered.set()
        await asyncio.sleep(1.3)
        return web.json_response({"written": True})

    route = Route("POST", "/slow", slow, Access.OPEN)
    async with stoppable(plugin("slow", routes=lambda setup: [route])) as running:

        async def post() -> Any:
            async with running.client.post(running.server.base_url + "/slow") as response:
                return await response.json()

        answer = asyncio.create_task(post())
        await entered.wait()
        await running.stop()
        assert await answer == {"written": True}


@pytest.mark.usefixtures("unhurried")
async def test_stop_tells_handlers_that_stream(plugin: MakePlugin) -> None:
    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"open")
        await call_of(request).ended.wait()
        await response.write(b" and closed")
        return response

    route = Route("GET", "/stream", stream, Access.OPEN)
    async with stoppable(plugin("streams", routes=lambda setup: [route])) as running:
        response = await running.client.get(running.server.base_url + "/stream")
        assert await response.content.readexactly(4) == b"open"
        stopping = asyncio.create_task(running.stop())
        assert await response.content.read() == b" and closed"
        await stopping


async def test_what_does_not_end_in_time_is_cancelled(
    probe: ModuleType, devices: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boot, "SHUTDOWN_S", 0.1)
    async with stoppable(probe, devices) as running:
        writing = asyncio.create_task(running.call("ggui_probe_hold"))
        await until(lambda: probe.observed.started == 1)
        await running.stop()
        await asyncio.wait({writing})
        failure = writing.exception()
        assert isinstance(failure, aiohttp.ClientError) or "error" in writing.result()[1]
        assert probe.observed.written == 0


async def test_request_on_an_open_connection_is_turned_away_while_the_server_stops(
    probe: ModuleType, devices: ModuleType
) -> None:
    async with stoppable(probe, devices) as running:
        await running.call("ggui_probe_echo", text="opens the connection that is reused below")
        port = port_of(running.server)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /ggui/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.readuntil(b"}")
        writing = asyncio.create_task(running.call("ggui_probe_hold"))
        await until(lambda: probe.observed.started == 1)
        running.begin_stop()
        await until(lambda: running.server.setup.calls.stopping)
        writer.write(b"GET /ggui/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = await reader.readuntil(b"}}")
        assert answer.startswith(b"HTTP/1.1 503")
        assert b"Retry-After: 1" in answer
        assert b'"shutting_down"' in answer
        probe.observed.wake.set()
        assert (await writing)[0] == 200
        writer.close()

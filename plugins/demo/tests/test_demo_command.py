"""``ggui demo``: an agent in the terminal against a booted server, and what it says when it cannot be one."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from click.testing import CliRunner, Result

import ggui_demo.plugin as demo_plugin
import ggui_pairing.plugin as pairing
from ggui_core import hookimpl
from ggui_core.errors import GguiError
from ggui_core.protocol.session import Session
from ggui_core.seams import SliceContributor, SlicePart
from ggui_core.setup import Setup
from ggui_core.testing import Booted, booted
from ggui_demo.commands import demo

GGUI = Path(sys.executable).with_name("ggui")
DEADLINE_S = 60.0


@dataclass(slots=True)
class Onlooker:
    """Learns of every session that is rendered, as a plugin can."""

    sessions: asyncio.Queue[Session] = field(default_factory=asyncio.Queue)

    async def slice_part(self, session: Session) -> SlicePart:
        self.sessions.put_nowait(session)
        return SlicePart()

    async def session(self, running: asyncio.Task[Result]) -> Session:
        """The next session; fails when the command ends without one."""
        seen = asyncio.create_task(self.sessions.get())
        await asyncio.wait({seen, running}, timeout=DEADLINE_S, return_when=asyncio.FIRST_COMPLETED)
        if not seen.done():
            seen.cancel()
            pytest.fail(f"no card was rendered: {running.done() and running.result().exception!r}")
        return seen.result()

    def plugin(self) -> ModuleType:
        module = ModuleType("ggui_onlooker.plugin")

        def ggui_provide(setup: Setup) -> None:
            setup.contribute(SliceContributor, self)

        module.__dict__.update(PLUGIN_NAME="onlooker", PLUGIN_API=1, ggui_provide=hookimpl(ggui_provide))
        return module


@pytest.fixture
def onlooker() -> Onlooker:
    return Onlooker()


@pytest_asyncio.fixture
async def server(onlooker: Onlooker) -> AsyncIterator[Booted]:
    """Everything that a first card takes."""
    async with booted([onlooker.plugin()], installed=True) as running:
        yield running


def token_of(server: Booted) -> str:
    token = server.beacon("ADMIN_TOKEN")
    assert token is not None
    return token


async def invoke(server: Booted | str, *args: str, env: Mapping[str, str | None] | None = None) -> Result:
    """Run the command in a thread of its own: it brings its own event loop."""
    url = server if isinstance(server, str) else server.base_url
    environ = {"GGUI_ADMIN_TOKEN": None, "DISPLAY": None, "WAYLAND_DISPLAY": None, **(env or {})}
    words = [*args, "--url", url, "--no-open"]
    async with asyncio.timeout(DEADLINE_S):
        return await asyncio.to_thread(CliRunner().invoke, demo, words, env=environ, standalone_mode=False)


def complaint(result: Result) -> str:
    """What ``ggui`` prints of a failure: cause and remedy."""
    assert isinstance(result.exception, GguiError), result.exception
    return f"{result.exception.message} {result.exception.hint or ''}"


async def pair(server: Booted) -> str:
    """A bearer for the tests themselves."""
    admin = {"Authorization": f"Bearer {token_of(server)}"}
    async with server.client.post(f"{server.base_url}/admin/pair/init", json={}, headers=admin) as response:
        code = (await response.json())["code"]
    body = {"code": code, "deviceName": "test"}
    async with server.client.post(f"{server.base_url}/pair", json=body) as response:
        return str((await response.json())["token"])


async def devices(server: Booted) -> list[str]:
    admin = {"Authorization": f"Bearer {token_of(server)}"}
    async with server.client.get(f"{server.base_url}/admin/pair", headers=admin) as response:
        return [pairing["deviceName"] for pairing in (await response.json())["pairings"]]


async def gesture(
    server: Booted, session: Session, bearer: str | None, intent: str, data: Any, number: int = 1
) -> None:
    """What a view sends when a person acts."""
    sent = await server.call_tool(
        "ggui_runtime_submit_action",
        {
            "kind": "dispatch",
            "payload": {"intent": intent, "actionData": data, "uiContext": {}},
            "sessionId": session.id,
            "appId": session.tenant.app_id,
            "actionId": f"{number:08x}",
            "firedAt": "2026-11-24T09:00:00.000Z",
        },
        bearer=bearer,
    )
    assert sent["structuredContent"]["ok"] is True, sent


async def props_of(server: Booted, session: Session, bearer: str | None) -> dict[str, Any]:
    read = await server.call_tool("ggui_get_session", {"sessionId": session.id}, bearer=bearer)
    props: dict[str, Any] = read["structuredContent"]["props"]
    return props


async def test_a_gesture_is_printed_and_answered_on_the_card(server: Booted, onlooker: Onlooker) -> None:
    bearer = await pair(server)
    running = asyncio.create_task(
        invoke(server, "todo", "--gestures", "1", "--admin-token", token_of(server))
    )
    session = await onlooker.session(running)
    before = await props_of(server, session, bearer)
    assert "ggui demo" in await devices(server)

    await gesture(server, session, bearer, "complete_todo", {"todoId": "keys"})
    result = await running

    assert result.exception is None
    for step in ("1 handshake", "2 render", "3 interact", "4 consume"):
        assert step in result.stdout
    assert session.id in result.stdout
    assert f"{server.base_url}/r/{session.short_code}?t=" in result.stdout
    assert '"todoId": "keys"' in result.stdout
    assert "→ ggui_update  the card repaints" in result.stdout
    status = {todo["id"]: todo["status"] for todo in (await props_of(server, session, bearer))["todos"]}
    assert {todo["id"]: todo["status"] for todo in before["todos"]}["keys"] == "open"
    assert status["keys"] == "done"
    assert await devices(server) == ["test"]


async def test_the_printed_link_shows_the_card_once(server: Booted, onlooker: Onlooker) -> None:
    bearer = await pair(server)
    running = asyncio.create_task(invoke(server, "feedback", "--gestures", "1", "--token", bearer))
    session = await onlooker.session(running)
    await gesture(server, session, bearer, "submit_feedback", {"rating": "good", "comment": "Fine."})
    found = re.search(r"3 interact +(\S+)", (await running).stdout)
    assert found is not None

    statuses = []
    for _ in range(2):
        async with server.client.get(found[1], allow_redirects=False) as response:
            statuses.append(response.status)

    assert statuses[0] in (302, 303)
    assert statuses[1] == 404


async def test_status_is_streamed_while_it_waits(server: Booted, onlooker: Onlooker) -> None:
    from ggui_core.seams import SessionService

    bearer = await pair(server)
    running = asyncio.create_task(invoke(server, "status", "--gestures", "1", "--token", bearer))
    session = await onlooker.session(running)
    service = server.setup.get(SessionService)
    async with asyncio.timeout(DEADLINE_S):
        while not (await service.backlog(session.id, 0)).emissions:
            await asyncio.sleep(0.05)

    await gesture(server, session, bearer, "acknowledge", {"note": "I am on it."})
    result = await running

    assert result.exception is None
    assert "streaming to load and log" in result.stdout
    emissions = (await service.backlog(session.id, 0)).emissions
    messages = [emission.payload["message"] for emission in emissions if emission.channel == "log"]
    assert "Acknowledged: I am on it." in messages
    assert (await props_of(server, session, bearer))["acknowledged"] == "I am on it."


async def test_a_given_bearer_pairs_nobody(server: Booted, onlooker: Onlooker) -> None:
    bearer = await pair(server)
    running = asyncio.create_task(invoke(server, "todo", "--gestures", "1", "--token", bearer))
    session = await onlooker.session(running)

    assert await devices(server) == ["test"]
    await gesture(server, session, bearer, "remove_todo", {"todoId": "boxes"})
    assert (await running).exception is None
    assert await devices(server) == ["test"]


async def test_a_server_open_to_everybody_needs_no_credential(onlooker: Onlooker) -> None:
    async with booted([onlooker.plugin()], installed=True, args=["--dev-allow-all"]) as server:
        running = asyncio.create_task(invoke(server, "todo", "--gestures", "1"))
        session = await onlooker.session(running)
        await gesture(server, session, None, "complete_todo", {"todoId": "keys"})

        assert (await running).exception is None
        assert await devices(server) == []


@pytest.mark.parametrize(("card", "last"), [("todo", b"4 consume"), ("status", b"streaming")])
async def test_ctrl_c_ends_it_and_revokes_its_device(server: Booted, card: str, last: bytes) -> None:
    environ = {**os.environ, "GGUI_ADMIN_TOKEN": token_of(server)}
    process = await asyncio.create_subprocess_exec(
        str(GGUI),
        *("demo", card, "--no-open", "--url", server.base_url),
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(DEADLINE_S):
        while last not in await process.stdout.readline():
            pass
        assert await devices(server) == ["ggui demo"]

        process.send_signal(signal.SIGINT)
        _, complaints = await process.communicate()

    assert process.returncode == 130
    assert b"Traceback" not in complaints
    assert b"ggui:" not in complaints
    assert b"ggui demo:" not in complaints
    assert await devices(server) == []


async def test_a_revoked_device_ends_it_in_one_sentence(server: Booted, onlooker: Onlooker) -> None:
    running = asyncio.create_task(invoke(server, "todo", "--admin-token", token_of(server)))
    await onlooker.session(running)
    admin = {"Authorization": f"Bearer {token_of(server)}"}
    async with server.client.get(f"{server.base_url}/admin/pair", headers=admin) as response:
        (device,) = (await response.json())["pairings"]
    revoke = f"{server.base_url}/admin/pair/{device['pairingId']}/revoke"
    async with server.client.post(revoke, json={}, headers=admin) as response:
        assert response.status == 200

    assert "refused" in complaint(await running)


async def test_no_server_names_the_command_that_starts_one() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))  # bound but not listening: whoever connects is refused
        url = f"http://127.0.0.1:{reserved.getsockname()[1]}"
        result = await invoke(url, "todo")

    assert "No server answers" in complaint(result)
    assert "ggui serve" in complaint(result)


async def test_another_server_is_told_apart() -> None:
    runner = web.AppRunner(web.Application())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, number = runner.addresses[0][:2]
        result = await invoke(f"http://{host}:{number}", "todo")
    finally:
        await runner.cleanup()

    assert "is no ggui server" in complaint(result)


@pytest.mark.parametrize(
    "url", ["nonsense", "http://", "http://127.0.0.1:99999", "ftp://127.0.0.1", "127.0.0.1"]
)
async def test_an_address_that_is_none_is_refused(url: str) -> None:
    assert "http://127.0.0.1:6781" in complaint(await invoke(url, "todo"))


async def test_a_wrong_admin_token_names_the_right_one() -> None:
    async with booted([pairing, demo_plugin]) as server:
        result = await invoke(server, "todo", env={"GGUI_ADMIN_TOKEN": "ggui_admin_wrong"})

    assert "ADMIN_TOKEN" in complaint(result)


async def test_without_a_credential_the_ways_to_give_one_are_named() -> None:
    async with booted([pairing, demo_plugin]) as server:
        result = await invoke(server, "todo")

    for way in ("--admin-token", "GGUI_ADMIN_TOKEN", "--token"):
        assert way in complaint(result)


async def test_a_server_that_pairs_nobody_says_so() -> None:
    async with booted([demo_plugin]) as server:
        result = await invoke(server, "todo", "--admin-token", "ggui_admin_any")

    assert "ggui plugins enable pairing" in complaint(result)


async def test_a_server_without_sessions_names_the_missing_tool() -> None:
    async with booted([pairing, demo_plugin]) as server:
        result = await invoke(server, "todo", "--admin-token", token_of(server))
        left = await devices(server)

    assert "ggui_handshake" in complaint(result)
    assert left == []


async def test_a_server_without_a_generator_passes_its_remedy_on() -> None:
    sessions = pytest.importorskip("ggui_sessions.plugin")
    async with booted([pairing, demo_plugin, sessions]) as server:
        result = await invoke(server, "todo", "--admin-token", token_of(server))

    assert "ggui-forms" in complaint(result)
    assert "Traceback" not in result.output


def test_only_cards_that_exist_can_be_asked_for() -> None:
    result = CliRunner().invoke(demo, ["kanban"])

    assert result.exit_code == 2
    assert "feedback" in result.output

"""``ggui dev host``: the emulator at a running server."""

from __future__ import annotations

import asyncio
import re
import socket

import aiohttp
import pytest
from click.testing import CliRunner

import ggui_pairing.plugin as pairing
from ggui_core.apps_host import SWITCHES, UnknownSwitch
from ggui_core.testing import Booted, booted
from ggui_demo.commands import dev
from ggui_demo.errors import DemoFailed
from ggui_demo.host_page import Options, run

ADMIN = "ggui_admin_for-the-host"


def options(url: str, *switches: str, token: str | None = None, port: int = 0) -> Options:
    return Options(url, token, ADMIN, switches, port, False, {})


async def tools_by(address: str) -> int:
    """How many tools the page's relay lists."""
    origin = re.match(r"http://[^/]+", address)
    assert origin is not None
    body = {"by": "model", "method": "tools/list", "params": {}, "switches": []}
    async with (
        aiohttp.ClientSession() as client,
        client.post(
            f"{address.partition('?')[0]}rpc", json=body, headers={"Origin": origin.group()}
        ) as answer,
    ):
        return len((await answer.json())["result"]["tools"])


async def address(capsys: pytest.CaptureFixture[str]) -> str:
    out = ""
    async with asyncio.timeout(20):
        while "HOST " not in out:
            await asyncio.sleep(0.02)
            out += capsys.readouterr().out
    return out.partition("HOST ")[2].split()[0]


async def devices(server: Booted) -> int:
    headers = {"Authorization": f"Bearer {ADMIN}"}
    async with server.client.get(server.base_url + "/admin/pair", headers=headers) as answer:
        return len((await answer.json())["pairings"])


async def test_it_pairs_a_device_for_its_run_alone(capsys: pytest.CaptureFixture[str]) -> None:
    async with booted([pairing], args=["--admin-token", ADMIN]) as server:
        running = asyncio.create_task(run(options(server.base_url, "no-blob")))
        shown = await address(capsys)
        listed, while_it_runs = await tools_by(shown), await devices(server)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert shown.endswith("?switch=no-blob")
        assert (listed, while_it_runs, await devices(server)) == (0, 1, 0)


async def test_what_is_wrong_is_said_before_anything_is_served() -> None:
    with pytest.raises(UnknownSwitch):
        await run(options("http://127.0.0.1:9", "nope"))
    with pytest.raises(DemoFailed):
        await run(options("http://127.0.0.1:9"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(DemoFailed, match="in use"):
            await run(options("http://127.0.0.1:9/mcp", token="x", port=port))


def test_the_list_shows_every_switch() -> None:
    shown = CliRunner().invoke(dev, ["host", "--list"]).output
    assert all(switch.name in shown for switch in SWITCHES)
    assert shown.count("\n") == len(SWITCHES)

"""``ggui demo``: an agent in the terminal against a booted server, and what it says when it cannot be one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from click.testing import CliRunner, Result

import ggui_demo.plugin as demo_plugin
import ggui_pairing.plugin as pairing
from ggui_core.errors import GguiError
from ggui_core.protocol.session import Gesture
from ggui_core.seams import SessionService
from ggui_core.testing import Booted, booted
from ggui_demo.commands import demo

GGUI = Path(sys.executable).with_name("ggui")
DEADLINE_S = 60.0

Command = Callable[..., Awaitable[Result]]


@pytest_asyncio.fixture
async def loop_server() -> AsyncIterator[Booted]:
    """Everything that a first card takes."""
    async with booted(installed=True) as server:
        yield server


@pytest.fixture
def admin_token(loop_server: Booted) -> str:
    token = loop_server.beacon("ADMIN_TOKEN")
    assert token is not None
    return token


async def invoke(*args: str, env: Mapping[str, str | None] | None = None) -> Result:
    """Run the command in a thread of its own: it brings its own event loop."""
    environ = {"GGUI_ADMIN_TOKEN": None, "DISPLAY": None, "WAYLAND_DISPLAY": None, **(env or {})}
    return await asyncio.to_thread(CliRunner().invoke, demo, list(args), env=environ, standalone_mode=False)


def words(result: Result) -> str:
    """What ``ggui`` would print of a failure: cause and remedy."""
    assert isinstance(result.exception, GguiError), result.exception
    return f"{result.exception.message} {result.exception.hint or ''}"


async def sessions_of(server: Booted) -> list[str]:
    """The sessions there are, as their owner sees them."""
    listed = await server.call_tool("ggui_list_sessions", {}, bearer=await bearer(server))
    return [row["id"] for row in listed["structuredContent"]["sessions"]]


async def bearer(server: Booted) -> str:
    """A bearer for the tests themselves."""
    admin = {"Authorization": f"Bearer {server.beacon('ADMIN_TOKEN')}"}
    async with server.client.post(f"{server.base_url}/admin/pair/init", json={}, headers=admin) as response:
        code = (await response.json())["code"]
    body = {"code": code, "deviceName": "test"}
    async with server.client.post(f"{server.base_url}/pair", json=body) as response:
        return str((await response.json())["token"])


async def devices(server: Booted) -> list[str]:
    admin = {"Authorization": f"Bearer {server.beacon('ADMIN_TOKEN')}"}
    async with server.client.get(f"{server.base_url}/admin/pair", headers=admin) as response:
        return [pairing["deviceName"] for pairing in (await response.json())["pairings"]]

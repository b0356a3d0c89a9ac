"""What the tests of the plugin share: a server with a compiler and a catalog, and one call of a tool."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest_asyncio

import ggui_compiler.plugin as compiler
import ggui_protocol.plugin as protocol
import ggui_renderer.plugin as renderer
from ggui_core.testing import Booted, booted

Json = dict[str, Any]
Call = Callable[..., Awaitable[Json]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server() -> AsyncIterator[Booted]:
    """One for all tests: the tools keep nothing between two calls."""
    limits = {"callsPerSecond": 10_000, "burst": 10_000}
    plugins = [compiler, renderer, protocol]
    async with booted(plugins, args=["--dev-allow-all"], config={"limits": limits}) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def call(server: Booted) -> Call:
    """Calls a tool by the part of its name after ``ggui_protocol_``; returns its structured answer."""

    async def called(name: str, **arguments: Any) -> Json:
        result = await server.call_tool(f"ggui_protocol_{name}", arguments, path="/protocol")
        assert not result["isError"], result
        answer: Json = result["structuredContent"]
        return answer

    return called

"""What health says about its checks (spec 03 section 8)."""

from __future__ import annotations

import asyncio

import pytest

from ggui_core.checks import Check
from ggui_core.testing import booted

from .conftest import MakePlugin
from .raw_http import get


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


async def stuck() -> bool:
    await asyncio.Event().wait()
    return True


async def broken() -> bool:
    raise OSError("no such host")


@pytest.mark.parametrize(
    ("checks", "status", "word"),
    [
        ([], 200, "ok"),
        ([Check("db", yes)], 200, "ok"),
        ([Check("db", no)], 503, "degraded"),
        ([Check("db", broken)], 503, "degraded"),
        ([Check("db", yes), Check("cache", no, required=False)], 200, "ok"),
        ([Check("db", no), Check("cache", yes, required=False)], 503, "degraded"),
    ],
)
@pytest.mark.parametrize("path", ["/ggui/health", "/health", "/ready"])
async def test_health_follows_its_required_checks(
    plugin: MakePlugin, checks: list[Check], status: int, word: str, path: str
) -> None:
    async with booted([plugin("c", checks=lambda setup: checks)]) as server:
        reply = await get(server, path)
        assert (reply.status, reply.json["status"]) == (status, word)
        assert reply.json["server"] == "ggui-mcp-server"
        assert reply.json["cors"] == {"loopback": True, "origins": []}
        assert set(reply.json.get("checks", {})) == {check.name for check in checks if check.required}
        assert ("advisoryChecks" in reply.json) == any(not check.required for check in checks)
        assert (await get(server, "/ggui/live")).json == {"status": "alive", "server": "ggui-mcp-server"}


async def test_check_that_does_not_answer_is_cut_off(plugin: MakePlugin) -> None:
    checks = [Check("slow", stuck), Check("db", yes), Check("slow too", stuck, required=False)]
    async with booted([plugin("c", checks=lambda setup: checks)]) as server:
        reply = await get(server, "/ggui/health")
        assert reply.status == 503
        assert reply.json["checks"] == {"slow": False, "db": True}
        assert reply.json["advisoryChecks"] == {"slow too": False}

"""A plugin that is switched off leaves nothing behind: no route, tool, service, flag, verb or key."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from ggui_core.errors import BootError
from ggui_core.loading import survey_plugins
from ggui_core.testing import Booted, booted

Install = Callable[..., Path]

BODY = """
import click
from aiohttp import web
from pydantic import BaseModel

from ggui_core.announce import Beacon
from ggui_core.checks import Check
from ggui_core.config import ConfigSection, Section, ServeOption
from ggui_core.http.routes import Access, Route
from ggui_core.mcp import McpService, Tool

class Settings(Section):
    word: str = "hello"

class Said(BaseModel):
    word: str = ""

async def say(arguments, context):
    return Said(word="said")

async def page(request):
    return web.json_response({})

async def fine():
    return True

@hookimpl
def ggui_settings():
    return Settings

@hookimpl
def ggui_config_sections():
    return [ConfigSection("greeter", str, description="a word")]

@hookimpl
def ggui_serve_options():
    return [ServeOption("--greeter-word", "word", "A word.")]

@hookimpl
def ggui_commands(cli):
    cli.add_command(click.Command("greet"))

@hookimpl
def ggui_routes(setup):
    return [Route("GET", "/greeter", page, Access.OPEN)]

@hookimpl
def ggui_mcp_tools(setup):
    return [Tool("greet", "Greet.", Said, Said, say)]

@hookimpl
def ggui_mcp_services(setup):
    return [McpService("greeter", "/greetings", [Tool("greet", "Greet.", Said, Said, say)], anonymous=True)]

@hookimpl
def ggui_checks(setup):
    return [Check("greeter", fine)]

@hookimpl
def ggui_announce(setup):
    return [Beacon("GREETER", "yes", 5)]
"""

ON: dict[str, Any] = {}
OFF: dict[str, Any] = {"plugins": {"disable": ["greeter"]}}

pytestmark = pytest.mark.usefixtures("alone")


@pytest.fixture(autouse=True)
def greeter(install: Install) -> None:
    install("greeter", BODY)


async def found(server: Booted) -> dict[str, object]:
    """What a caller sees of the plugin."""
    listed = await server.rpc("tools/list")
    async with server.client.get(server.base_url + "/greeter") as page:
        route = page.status
    async with server.client.get(server.base_url + "/greetings") as wrong_method:
        service = wrong_method.status
    async with server.client.get(server.base_url + "/ggui/health") as health:
        checks = (await health.json()).get("checks", {})
    return {
        "tools": [tool["name"] for tool in listed["result"]["tools"]],
        "call": (await server.call_tool("greet"))["isError"],
        "route": route,
        "service": service,
        "checks": checks,
        "beacon": server.beacon("GREETER"),
    }


async def test_what_it_serves_is_there_while_it_is_enabled_and_gone_when_it_is_not() -> None:
    async with booted(config=ON, args=["--dev-allow-all"], installed=True) as server:
        on = await found(server)
    async with booted(config=OFF, args=["--dev-allow-all"], installed=True) as server:
        off = await found(server)

    assert on == {
        "tools": ["greet"], "call": False, "route": 200, "service": 405, "checks": {"greeter": True}, "beacon": "yes",
    }  # fmt: skip
    assert off == {
        "tools": [], "call": True, "route": 404, "service": 404, "checks": {}, "beacon": None,
    }  # fmt: skip


async def test_its_flag_is_unknown_when_it_is_disabled() -> None:
    async with booted(config=ON, args=["--greeter-word", "ahoy"], installed=True):
        pass
    with pytest.raises(BootError, match=re.escape('unknown option "--greeter-word"')):
        async with booted(config=OFF, args=["--greeter-word", "ahoy"], installed=True):
            pass


async def test_its_key_is_unknown_when_it_is_disabled() -> None:
    async with booted(config=ON | {"greeter": "ahoy"}, installed=True) as server:
        assert server.setup.config.section("greeter") == "ahoy"
    with pytest.raises(BootError, match=r"\$\.greeter: unknown key"):
        async with booted(config=OFF | {"greeter": "ahoy"}, installed=True):
            pass


async def test_its_settings_reach_nobody_when_it_is_disabled_and_a_warning_says_so() -> None:
    settings = {"settings": {"greeter": {"word": "ahoy"}}}
    async with booted(config={"plugins": OFF["plugins"] | settings}, installed=True) as server:
        assert len(server.warnings) == 1
        assert '"greeter" is not enabled' in server.warnings[0]


@pytest.mark.parametrize(("disable", "verbs"), [((), {"greet"}), (("greeter",), set())])
def test_its_verb_goes_with_it(disable: tuple[str, ...], verbs: set[str]) -> None:
    cli = click.Group()
    survey_plugins(disable=disable).plugins().collect("ggui_commands", cli=cli)
    assert set(cli.commands) == verbs

"""``ggui dev host``: the emulator of MCP-Apps hosts, connected to a running server."""

from __future__ import annotations

import asyncio
import webbrowser
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import click
from yarl import URL

from ggui_core.apps_host import DEFAULT, SWITCHES, serving, switched
from ggui_demo.browser import has_display
from ggui_demo.errors import DemoFailed
from ggui_demo.running_server import RunningServer
from ggui_demo.terminal_agent import bearer_for

DEVICE: Final = "ggui dev host"
ROUTE: Final = "/mcp"


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says.

    Attributes:
        url: The server's origin; or, of any MCP server, the whole address of its route.
        token: A bearer to call with; ``None`` to pair a device of our own.
        admin_token: The operator's token; ``None`` to ask for it.
        opens: Whether to open the page in a browser.
        environ: The process environment.
    """

    url: str
    token: str | None
    admin_token: str | None
    switches: tuple[str, ...]
    port: int
    opens: bool
    environ: Mapping[str, str]


async def run(options: Options) -> None:
    """Serve the page until interrupted.

    Raises:
        UnknownSwitch: there is no such switch.
        DemoFailed: the server cannot be reached or refuses the credential, or the port is taken.
    """
    switched(options.switches)
    async with _credential(options) as (endpoint, bearer):
        try:
            async with serving(endpoint, bearer, port=options.port) as host:
                address = host.address(*options.switches)
                click.echo(f"HOST {address}")
                click.echo(f"Shows the cards of {endpoint}. Ctrl-C ends it.", err=True)
                if options.opens and has_display(options.environ):
                    await asyncio.to_thread(webbrowser.open, address)
                await asyncio.Event().wait()
        except OSError:
            raise DemoFailed(
                f"Port {options.port} is in use.",
                hint="Take another one with --port; 0 takes any that is free.",
            ) from None


@asynccontextmanager
async def _credential(options: Options) -> AsyncIterator[tuple[str, str | None]]:
    """The address of the MCP route, and what to call it with."""
    if URL(options.url).path not in ("", "/"):
        yield options.url, options.token  # another server's route, which pairs nobody here
        return
    async with (
        RunningServer.at(options.url) as server,
        bearer_for(server, options.token, options.admin_token, DEVICE) as bearer,
    ):
        yield server.base_url + ROUTE, bearer


def listed() -> str:
    """Every switch with what it does; those that are on by default are marked."""
    return "\n".join(
        f"{'*' if switch.name in DEFAULT else ' '} {switch.name:<20}{switch.about}" for switch in SWITCHES
    )

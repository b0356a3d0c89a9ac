"""``ggui demo``, ``ggui doctor`` and ``ggui dev host``. What they do is imported when they run."""

from __future__ import annotations

import click

from ggui_demo.samples import NAMES

_HELP = {"help_option_names": ["-h", "--help"]}


@click.command(
    context_settings=_HELP, short_help="Be an agent: render a sample card and answer its gestures."
)
@click.argument("card", type=click.Choice(NAMES), default="todo")
@click.option("--url", default="http://127.0.0.1:6781", show_default=True, metavar="URL", help="The server.")
@click.option("--token", metavar="BEARER", help="Call with this bearer instead of pairing a device.")
@click.option(
    "--admin-token",
    envvar="GGUI_ADMIN_TOKEN",
    metavar="TOKEN",
    help="The operator's token (GGUI_ADMIN_TOKEN), with which a device is paired for this run.",
)
@click.option("--no-open", is_flag=True, help="Only print the link to the card.")
@click.option("--gestures", type=click.IntRange(1), metavar="N", help="End after N gestures.")
def demo(
    card: str, url: str, token: str | None, admin_token: str | None, no_open: bool, gestures: int | None
) -> None:
    """Be an agent in this terminal: render a sample card, print each gesture, answer it on the card.

    CARD is feedback, todo (the default) or status. The server has to run already: ggui serve
    """
    import asyncio
    import os

    from ggui_demo.samples import sample
    from ggui_demo.terminal_agent import Options, run

    options = Options(url, token, admin_token, not no_open, gestures, os.environ)
    asyncio.run(run(sample(card), options))


@click.command(context_settings=_HELP, short_help="Check this installation, and render one card.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=6781, show_default=True, help="The port to check."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to check.")
def doctor(as_json: bool, port: int, host: str) -> int:
    """Check Python, the port, ggui.json, the plugins, what they ship and where they store, then render a card.

    Prints one line a check, ok, warn or fail; exits with status 1 if one failed.
    """
    import json

    from ggui_demo.doctor import Place, examine

    findings = []
    for finding in examine(Place.here(host=host, port=port)):
        findings.append(finding)
        if not as_json:
            click.echo(finding.line())
    healthy = all(finding.verdict != "fail" for finding in findings)
    if as_json:
        checks = [finding.wire() for finding in findings]
        click.echo(json.dumps({"ok": healthy, "checks": checks}, indent=2, ensure_ascii=False))
    return 0 if healthy else 1


@click.group(context_settings=_HELP, short_help="Tools for authors of cards and plugins.")
def dev() -> None:
    """Tools for authors of cards and plugins."""


@dev.command(context_settings=_HELP, short_help="Show cards as the hosts of this world do, quirks included.")
@click.option(
    "--url",
    default="http://127.0.0.1:6781",
    show_default=True,
    metavar="URL",
    help="The server, or the whole address of an MCP route of any server.",
)
@click.option("--token", metavar="BEARER", help="Call with this bearer instead of pairing a device.")
@click.option(
    "--admin-token",
    envvar="GGUI_ADMIN_TOKEN",
    metavar="TOKEN",
    help="The operator's token (GGUI_ADMIN_TOKEN), with which a device is paired for this run.",
)
@click.option(
    "--switch",
    "switches",
    multiple=True,
    metavar="NAME",
    help="Turn a quirk on; no:NAME turns a default one off. May be repeated.",
)
@click.option("--list", "lists", is_flag=True, help="Print every switch and end.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=6790, show_default=True, help="The port of the page."
)
@click.option("--no-open", is_flag=True, help="Only print the address.")
def host(
    url: str,
    token: str | None,
    admin_token: str | None,
    switches: tuple[str, ...],
    lists: bool,
    port: int,
    no_open: bool,
) -> None:
    """Serve a page that behaves as an MCP-Apps host: it calls tools as an agent and shows their cards in a sandbox.

    The server has to run already: ggui serve
    """
    import asyncio
    import os

    from ggui_demo.host_page import Options, listed, run

    if lists:
        click.echo(listed())
        return
    asyncio.run(run(Options(url, token, admin_token, switches, port, not no_open, os.environ)))

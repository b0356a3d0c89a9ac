"""``ggui export-pool``, also ``ggui blueprint export-pool``. What it does is imported when it runs."""

from __future__ import annotations

import click

_HELP = {"help_option_names": ["-h", "--help"]}


def add_to(cli: click.Group) -> None:
    """Add the verbs; another plugin may have made the group, or may add to it later."""
    cli.add_command(export_pool)
    group = cli.commands.get("blueprint")
    if not isinstance(group, click.Group):
        group = click.Group(
            "blueprint",
            help="Work with blueprints: components that are kept to be reused.",
            context_settings=_HELP,
        )
        cli.add_command(group)
    group.add_command(export_pool)


@click.command(
    "export-pool",
    context_settings=_HELP,
    short_help="Write the blueprints of a running server into a folder others can serve from.",
)
@click.option(
    "--out",
    default="./ggui-pool",
    show_default=True,
    metavar="DIR",
    help="The folder; a pool that is there is replaced.",
)
@click.option("--url", default="http://127.0.0.1:6781", show_default=True, metavar="URL", help="The server.")
@click.option(
    "--key",
    "--token",
    "key",
    envvar="GGUI_KEY",
    metavar="BEARER",
    help="A key of the server (GGUI_KEY); ggui keys create makes one.",
)
def export_pool(out: str, url: str, key: str | None) -> None:
    """Write the blueprints of a running server, with their compiled components, into a folder.

    Other servers reuse from it with: ggui serve --seed-pool DIR
    """
    import asyncio
    from pathlib import Path

    from ggui_blueprints.exporting import export

    exported = asyncio.run(export(url, key, Path(out)))
    click.echo(f"Wrote {exported.blueprints} blueprints to {out}.")
    if exported.skipped:
        click.echo(
            f"{exported.skipped} are yanked or have no component any more, and were left out.", err=True
        )
    click.echo(f"Serve them anywhere with: ggui serve --seed-pool {out}")

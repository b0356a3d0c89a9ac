"""``ggui db``: the database from the command line."""

from __future__ import annotations

import click

_HELP = {"help_option_names": ["-h", "--help"]}


@click.group(context_settings=_HELP)
def db() -> None:
    """Look at the database, upgrade its schema, copy it."""

"""Verbs with verbs below them, such as ``ggui keys create``."""

from __future__ import annotations

import click

from ggui_core.catalog import nearest

HELP = {"help_option_names": ["-h", "--help"]}
"""What ``context_settings`` of a group and its commands are: ``-h`` helps as well."""


class VerbGroup(click.Group):
    """A group that shows its help when it does not know what to do; both ways exit with status 2."""

    def __init__(self, *args: object, **settings: object) -> None:
        super().__init__(*args, **{"no_args_is_help": False, "context_settings": HELP, **settings})  # type: ignore[arg-type]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args:
            click.echo(ctx.get_help())
            ctx.exit(2)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and self.get_command(ctx, args[0]) is None:
            close = nearest(args[0], self.commands)
            remedy = "" if close is None else f'; did you mean "{close}"?'
            # What was typed is a stranger's text on a terminal: control characters are shown, not sent.
            click.echo(f'ggui {self.name}: unknown command "{ascii(args[0])[1:-1]}"{remedy}\n', err=True)
            click.echo(ctx.get_help(), err=True)
            ctx.exit(2)
        return super().resolve_command(ctx, args)

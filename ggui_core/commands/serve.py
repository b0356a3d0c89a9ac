"""``ggui serve``: reads the command line that the enabled plugins define, then runs the server."""

from __future__ import annotations

import click

from ggui_core.collector import resting
from ggui_core.errors import BootError
from ggui_core.project import declarations, prepare, survey
from ggui_core.serve_flags import Flag, serve_flags


class Serve(click.Command):
    """A command whose flags are known only once the plugins were asked."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the words as they are: :func:`~ggui_core.project.prepare` knows what they mean."""
        ctx.args = args
        return args

    def invoke(self, ctx: click.Context) -> int:
        """Run the server until it is told to stop; returns the exit status."""
        if any(word in ("-h", "--help") for word in ctx.args):
            click.echo(_help(_flags(), ctx))
            return 0
        with resting():
            ready = prepare(ctx.args, warn=_warn)
            from ggui_core.serve import run  # slow to import, and a refusal should be quick

            return run(ready)


def _warn(text: str) -> None:
    click.echo(f"ggui serve: warning: {text}", err=True)


def _flags() -> list[Flag]:
    """The kernel's flags and those of every plugin that can be loaded; help is no place to refuse."""
    try:
        return list(declarations(survey().plugins()).flags)
    except BootError as error:
        for problem in error.problems:
            click.echo(f"ggui serve: {problem}", err=True)
        return serve_flags((), {})


def _help(flags: list[Flag], ctx: click.Context) -> str:
    parameters: list[click.Parameter] = [flag.parameter() for flag in flags]
    return click.Command("serve", params=parameters, help=serve.help).get_help(ctx)


serve = Serve("serve", help="Run the server.")

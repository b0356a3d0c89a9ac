"""The ``ggui`` command (spec 03 section 2).

``--version`` imports no plugin. The kernel's verbs run without asking plugins first, so that a broken plugin
or file cannot stop ``ggui plugins`` and ``ggui config`` from showing what is wrong; verbs of plugins are looked
up only when the word on the command line is none of the kernel's.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import click

from ggui_core import __version__, catalog
from ggui_core.errors import BootError, GguiError, first_line

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_CRASHED = 2
EXIT_INTERRUPTED = 130

_HELP = ("-h", "--help", "help")


class Verbs(click.Group):
    """The verbs there are; a verb that is taken cannot be added again."""

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Add a verb.

        Raises:
            BootError: the kernel or another plugin has a verb of this name.
        """
        name = name or cmd.name or ""
        if name in self.commands:
            raise BootError(
                f'the verb "ggui {name}" is already taken; disable one of the plugins that add it'
            )
        super().add_command(cmd, name)


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))


def run(args: Sequence[str]) -> int:
    """Run one command line and return the exit status; writes to stdout and stderr, never raises."""
    verb = args[0] if args else ""
    prefix = f"ggui {verb}" if verb and not verb.startswith("-") else "ggui"
    try:
        return _dispatch(verb, args[1:])
    except GguiError as error:
        _complain(prefix, error)
        return EXIT_FAILED
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.message)
        return error.exit_code
    except click.ClickException as error:
        click.echo(f"{prefix}: {error.format_message()}", err=True)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return EXIT_INTERRUPTED
    except Exception as error:
        if os.environ.get("GGUI_DEBUG") == "1":
            traceback.print_exc()
        click.echo(f"ggui: {first_line(error)}", err=True)
        return EXIT_CRASHED


def _dispatch(verb: str, rest: Sequence[str]) -> int:
    if verb == "--version":
        click.echo(__version__)
        return EXIT_OK
    root = _kernel_verbs()
    if verb in ("", *_HELP):
        for problem in _add_plugin_verbs(root):
            click.echo(f"ggui: {problem}", err=True)
        click.echo(_help(root))
        return EXIT_OK
    problems = [] if verb in root.commands else _add_plugin_verbs(root)
    command = root.commands.get(verb)
    if command is None:
        return _unknown(root, verb, problems)
    result = command.main(args=list(rest), prog_name=f"ggui {verb}", standalone_mode=False)
    return result if isinstance(result, int) and not isinstance(result, bool) else EXIT_OK


def _kernel_verbs() -> Verbs:
    from ggui_core.commands.config import config
    from ggui_core.commands.plugins import plugins
    from ggui_core.commands.serve import serve

    root = Verbs("ggui", help="Put interactive user interfaces in front of people, driven by AI agents.")
    for command in (serve, plugins, config):
        root.add_command(command)
    return root


def _add_plugin_verbs(root: Verbs) -> list[str]:
    """Let the plugins that can be loaded add their verbs; returns what is wrong with the others."""
    from ggui_core.project import survey

    try:
        loading = survey()
        problems = loading.complaints()
        loading.plugins().collect("ggui_commands", cli=root)
    except BootError as error:
        return list(error.problems)
    return problems


def _unknown(root: Verbs, verb: str, problems: Sequence[str]) -> int:
    """Say that there is no such verb, and, if that may be why, what is wrong with the plugins."""
    for problem in problems:
        click.echo(f"ggui: {problem}", err=True)
    kind = "option" if verb.startswith("-") else "command"
    click.echo(f'ggui: unknown {kind} "{verb}"', err=True)
    package = catalog.COMMANDS.get(verb)
    close = catalog.nearest(verb, root.commands)
    if package is not None:
        click.echo(f"It belongs to {package}, which is not installed or is disabled.", err=True)
    elif close is not None:
        click.echo(f'Did you mean "{close}"?', err=True)
    click.echo(f"\n{_help(root)}", err=True)
    return EXIT_FAILED


def _help(root: Verbs) -> str:
    rows = [
        f"  {name:<14}{command.get_short_help_str(80)}"
        for name, command in sorted(root.commands.items())
        if not command.hidden
    ]
    return "\n".join(
        (
            "Usage: ggui <command> [options]",
            "",
            f"  {root.help}",
            "",
            "Commands:",
            *rows,
            "",
            "ggui <command> --help explains a command; ggui --version prints the version.",
        )
    )


def _complain(prefix: str, error: GguiError) -> None:
    if isinstance(error, BootError):
        lines: Sequence[str] = error.problems
    else:
        lines = (f"{error.message} {error.hint}" if error.hint else error.message,)
    for line in lines:
        click.echo(f"{prefix}: {line}", err=True)

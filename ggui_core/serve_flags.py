"""The command line of ``ggui serve``: flags of the kernel and of enabled plugins (spec 03 section 3.1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click
from pydantic import BaseModel

from ggui_core import catalog
from ggui_core.config import SERVER_OPTIONS, ServeOption, ServerSettings
from ggui_core.errors import BootError
from ggui_core.settings import is_switch

KERNEL = "ggui-core"


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag with the plugin that owns it and the model whose field it sets."""

    owner: str
    option: ServeOption
    switch: bool

    def parameter(self) -> click.Option:
        """The flag as click parses it; values stay text, the settings model validates them."""
        option = self.option
        text = option.help + (f" [{option.env}]" if option.env else "")
        if self.switch:
            return click.Option([option.flag, self.name], is_flag=True, default=None, help=text)
        metavar = "|".join(option.choices) or option.metavar
        return click.Option(
            [option.flag, self.name],
            type=click.STRING,
            multiple=option.multiple,
            default=None,
            metavar=metavar,
            help=text,
        )

    @property
    def name(self) -> str:
        """Unique among the flags of all plugins."""
        return f"{self.owner}__{self.option.field}".replace("-", "_")


def serve_flags(
    options: Iterable[tuple[str, ServeOption]], models: Mapping[str, type[BaseModel]]
) -> list[Flag]:
    """The kernel's flags and then those of the plugins.

    Args:
        options: ``(plugin name, option)`` pairs.
        models: The settings model of each plugin that has one.

    Raises:
        BootError: two plugins claim a flag, or a flag sets no field.
    """
    flags = [Flag(KERNEL, option, is_switch(ServerSettings, option)) for option in SERVER_OPTIONS]
    owners = {flag.option.flag: KERNEL for flag in flags} | {"--help": KERNEL}
    problems = []
    for plugin, option in options:
        if option.flag in owners:
            problems.append(
                f'the flag {option.flag} of plugin "{plugin}" is already taken by {owners[option.flag]}; '
                "disable one of them"
            )
            continue
        if plugin not in models:
            problems.append(
                f'plugin "{plugin}" offers {option.flag} but has no settings; implement ggui_settings'
            )
            continue
        owners[option.flag] = plugin
        try:
            flags.append(Flag(plugin, option, is_switch(models[plugin], option)))
        except BootError as error:
            problems.extend(f'plugin "{plugin}": {problem}' for problem in error.problems)
    if problems:
        raise BootError(*problems)
    return flags


def parse_flags(flags: Sequence[Flag], args: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Read a command line: values by owner and field, only for the flags that are on it.

    Raises:
        BootError: the first fault of the line: an unknown flag, a missing or unexpected value, a stray word.
    """
    _check_values(flags, args)
    command = click.Command("serve", params=[flag.parameter() for flag in flags], add_help_option=False)
    try:
        values, rest, _ = command.make_parser(click.Context(command)).parse_args(list(args))
    except click.NoSuchOption as error:
        raise BootError(unknown_flag(error.option_name, [flag.option.flag for flag in flags])) from None
    except click.BadOptionUsage as error:
        name = error.option_name
        if "does not take" in error.message:
            raise BootError(f"{name} is a switch and takes no value") from None
        raise BootError(f"{name} requires a value") from None
    if rest:
        raise BootError(f'unexpected argument "{rest[0]}"; ggui serve takes flags only')
    result: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for flag in flags:
        if values.get(flag.name) is not None:
            result[flag.owner][flag.option.field] = values[flag.name]
    return dict(result)


def _check_values(flags: Sequence[Flag], args: Sequence[str]) -> None:
    """A flag is no value: ``--host --port 1`` lacks one, although click would listen on ``--port``."""
    switches = {flag.option.flag: flag.switch for flag in flags}
    words = iter(args)
    for word in words:
        if switches.get(word) is False and next(words, None) in switches:
            raise BootError(f"{word} requires a value")


def unknown_flag(name: str, known: Iterable[str]) -> str:
    """The message for a flag that nobody owns."""
    text = f'unknown option "{name}"'
    if name == "--all":
        return f"{text}; to serve MCP alone use --mcp-only"
    if name in catalog.SERVE_FLAGS:
        return f"{text}; it belongs to {catalog.SERVE_FLAGS[name]}, which is not installed or is disabled"
    close = catalog.nearest(name, known)
    return f'{text}; did you mean "{close}"?' if close is not None else text

"""``ggui plugins``: what is installed, what runs, and switching it on and off."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ggui_core.commands.switch import not_installed, switch
from ggui_core.errors import BootError
from ggui_core.loading import Loading
from ggui_core.manifest import MANIFEST
from ggui_core.plugins import PluginInfo
from ggui_core.project import Declarations, declarations, locate, survey
from ggui_core.settings import file_keys

Row = tuple[str, ...]
HEADINGS: Row = ("NAME", "STATE", "DISTRIBUTION", "VERSION", "REQUIRES", "PROVIDES")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def plugins() -> None:
    """List, inspect, enable, disable and scaffold plugins."""


@plugins.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """Show every installed plugin and whether it runs."""
    loading = survey()
    if as_json:
        click.echo(json.dumps([_facts(info) for info in loading.info.values()], indent=2))
        return
    for problem in loading.complaints():
        click.echo(f"ggui plugins: {problem}", err=True)
    if not loading.info:
        click.echo("No plugin is installed; try: pip install ggui-pairing")
        return
    _table(
        [
            (
                info.name,
                info.state,
                info.distribution,
                info.version,
                ", ".join(info.requires) or "-",
                ", ".join(info.provides) or "-",
            )
            for info in loading.info.values()
        ]
    )


@plugins.command(short_help="Show the hooks, settings and flags of a plugin.")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def inspect(name: str, as_json: bool) -> None:
    """Show what one plugin requires, provides, hooks into and can be told."""
    loading = survey()
    info = _installed(loading, name)
    facts: dict[str, Any] = _facts(info) | _declared(loading, info)
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    for key, value in facts.items():
        for number, line in enumerate(_lines(value)):
            click.echo(f"{'' if number else key + ':':<14}{line}")


@plugins.command()
@click.argument("name")
def enable(name: str) -> None:
    """Switch a plugin on in ggui.json."""
    click.echo(switch(name, on=True, project=locate()))


@plugins.command()
@click.argument("name")
def disable(name: str) -> None:
    """Switch a plugin off in ggui.json."""
    click.echo(switch(name, on=False, project=locate()))


@plugins.command(short_help="Write a new plugin to start from.")
@click.argument("name")
@click.option("--dir", "directory", type=click.Path(path_type=Path), help="Where to; default ./ggui-NAME.")
def new(name: str, directory: Path | None) -> None:
    """Write a new plugin: a distribution with one tool, one setting and a passing test."""
    from ggui_core.commands.scaffold import scaffold

    target = directory or Path(f"ggui-{name}")
    scaffold(name, target)
    click.echo(
        f"Wrote the plugin {name} to {target}. Install and try it:\n"
        f"  pip install -e '{target}[test]'\n  pytest {target}\n  ggui plugins inspect {name}\n  ggui serve"
    )


def _installed(loading: Loading, name: str) -> PluginInfo:
    info = loading.info.get(name)
    if info is None:
        raise not_installed(name, loading)
    return info


def _facts(info: PluginInfo) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "name": info.name,
        "state": info.state,
        "distribution": info.distribution,
        "version": info.version,
        "module": info.module,
        "requires": list(info.requires),
        "provides": list(info.provides),
        "hooks": list(info.hooks),
    }
    return facts if info.fault is None else facts | {"fault": info.fault}


def _declared(loading: Loading, info: PluginInfo) -> dict[str, Any]:
    """Settings, keys and flags of an enabled plugin; nothing for one that was not imported."""
    if info.state != "enabled":
        return {}
    try:
        declared: Declarations = declarations(loading.plugins())
    except BootError as error:
        return {"problems": list(error.problems)}
    model = declared.models.get(info.name)
    settings = {} if model is None else {key: model.model_fields[f] for key, f in file_keys(model).items()}
    return {
        "settings": [
            f"{MANIFEST}#plugins.settings.{info.name}.{key}"
            + (f": {field.description}" if field.description else "")
            for key, field in settings.items()
        ],
        "keys": [f"{MANIFEST}#{s.path}" for owner, s in declared.sections if owner == info.name],
        "flags": [
            flag.option.flag + (f" ({flag.option.env})" if flag.option.env else "") + f": {flag.option.help}"
            for flag in declared.flags
            if flag.owner == info.name
        ],
    }


def _lines(value: Any) -> Sequence[str]:
    return [str(item) for item in value] or ["-"] if isinstance(value, list) else [str(value)]


def _table(rows: Sequence[Row]) -> None:
    """A table for a person at a terminal, aligned columns for everything else."""
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table

        table = Table(*HEADINGS)
        for row in rows:
            table.add_row(*row)
        Console().print(table)
        return
    widths = [max(len(row[column]) for row in (HEADINGS, *rows)) for column in range(len(HEADINGS))]
    for row in (HEADINGS, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

"""``ggui config``: is the configuration right, and what may it hold."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ggui_core.config_schema import json_schema
from ggui_core.project import declarations, prepare, survey


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def config() -> None:
    """Check ggui.json or print its schema."""


@config.command()
@click.option("--file", "file", type=click.Path(path_type=Path), help="Check this file instead.")
def check(file: Path | None) -> None:
    """Report every problem of ggui.json and of the plugins it names."""
    ready = prepare(manifest=file, warn=_warn)
    if ready.config.mcp_mounts:
        from ggui_core.mcp.routes import load_mounts  # slow to import, and few files have mounts

        load_mounts(ready.config.mcp_mounts)
    count = len(ready.loaded.enabled)
    plugins = f"{count} plugin{'' if count == 1 else 's'} enabled"
    if ready.project.manifest is None:
        click.echo(f"OK: no ggui.json found here or above, defaults are used; {plugins}")
    else:
        click.echo(f"OK: {ready.project.source}; {plugins}")


@config.command(short_help="Print the JSON Schema of ggui.json, for an editor.")
def schema() -> None:
    """Print the JSON Schema of ggui.json, with the keys and settings of the enabled plugins."""
    declared = declarations(survey().plugins())
    sections = [section for _, section in declared.sections]
    click.echo(json.dumps(json_schema(sections, declared.models), indent=2, ensure_ascii=False))


def _warn(text: str) -> None:
    click.echo(f"ggui config: warning: {text}", err=True)

"""``ggui theme``: checks a document and lists what there is, without a running server (spec 03 section 4.3)."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ggui_core.commands.verbs import HELP, VerbGroup
from ggui_core.errors import BootError
from ggui_themes.contrast import MINIMUM, illegible
from ggui_themes.documents import BadDocument
from ggui_themes.ladder import DERIVED
from ggui_themes.presets import presets
from ggui_themes.theme_file import id_of, read_theme_file


@click.group(cls=VerbGroup)
def theme() -> None:
    """List themes and check theme documents."""


@theme.command(context_settings=HELP)
@click.argument("path", type=click.Path(path_type=Path))
def validate(path: Path) -> None:
    """Check the theme document at PATH: one of design tokens, or a pair of them under "light" and "dark".

    Exits with 0 when it is sound, with 1 when it is not. Colours that are hard to read are warnings.
    """
    try:
        file = read_theme_file(path)
    except BootError as unread:
        for problem in unread.problems:
            click.echo(f"ggui theme validate: {problem}", err=True)
        raise SystemExit(1) from None
    except BadDocument as bad:
        click.echo(f"✗ {path}: {len(bad.faults)} problem{'s' if len(bad.faults) > 1 else ''}", err=True)
        for fault in bad.faults:
            click.echo(f"  · {fault}", err=True)
        raise SystemExit(1) from None
    optional = sorted({part for document in file.documents.values() for part in document.optional})
    colours = " + ".join(f"{document.colours} colours ({mode})" for mode, document in file.documents.items())
    parts = [colours, *([f"with {', '.join(optional)}"] if optional else [])]
    click.echo(f"✓ {file.first.name or id_of(path)} — {path}: {'; '.join(parts)}")
    whole = file.theme(id_of(path))
    for mode, document in file.documents.items():
        ladder = whole.light if mode == "light" else whole.dark
        lent = len(ladder.keys() - document.variables.keys() - DERIVED)
        if lent:
            click.echo(f"  {mode}: {lent} tokens come from the preset ggui")
        for pair in illegible(ladder):
            click.echo(f"  ! {mode}: {pair}, below {MINIMUM}: hard to read", err=True)


@theme.command("list", context_settings=HELP)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """Show the presets: what "theme" in ggui.json and themeId of a render may say."""
    found = presets()
    if as_json:
        rows = [
            {"id": one.id, "name": one.name, "description": one.description, "modes": list(one.modes)}
            for one in found
        ]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    wide = max(len(one.id) for one in found)
    for one in found:
        click.echo(f"{one.id:<{wide}}  {one.description}")

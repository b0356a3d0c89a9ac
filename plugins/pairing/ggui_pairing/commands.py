"""``ggui keys``: connector keys in the pairings file, without a running server (spec 03 section 4.1)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeVar

import click

from ggui_core.clock import iso
from ggui_core.commands.verbs import HELP, VerbGroup
from ggui_core.stores import Pairing
from ggui_pairing.errors import PairingsFileError
from ggui_pairing.names import MAX_CHARS, clean_name, printable
from ggui_pairing.pairing_file import PairingFile
from ggui_pairing.tokens import digest, new_user_token, shown_prefix

C = TypeVar("C", bound=Callable[..., Any])

_COLUMNS = ("ID", "PREFIX", "NAME", "CREATED", "LAST USED")
_BOUNDS = ("APP", "EXPIRES")
"""Further columns, where some key is bound to an app or a time."""
_NONE = "—"


@click.group(cls=VerbGroup)
def keys() -> None:
    """Create, list and revoke connector keys."""


def _keys_file(command: C) -> C:
    return click.option(
        "--keys-file",
        metavar="PATH",
        help="The pairings file; default: what ggui serve would use here.",
    )(command)


@keys.command(context_settings=HELP)
@_keys_file
@click.option("--name", metavar="NAME", help="What to call the key; default: cli-YYYY-MM-DD.")
@click.option(
    "--expires-at", metavar="TIME", help="Refused: keys made here stay valid until they are revoked."
)
def create(keys_file: str | None, name: str | None, expires_at: str | None) -> None:
    """Make a key and print it once."""
    if expires_at is not None:
        _fail(
            "create",
            "--expires-at is not supported: keys made here stay valid until revoked; "
            "the tool ggui_ops_issue_connector_key of a running server makes keys that expire",
            status=2,
        )
    now = time.time()
    clean = clean_name(f"cli-{datetime.fromtimestamp(now, tz=UTC):%Y-%m-%d}" if name is None else name)
    if clean is None:
        _fail("create", f"--name needs 1 to {MAX_CHARS} printable characters", status=2)
    file = _file("create", keys_file)
    token = new_user_token()
    try:
        with file.change() as document:
            pairing = document.add(clean, digest(token), shown_prefix(token), int(now * 1000))
    except PairingsFileError as error:
        _fail("create", str(error))
    rows = (
        ("API key:", token),
        ("ID:", pairing.pairing_id),
        ("Name:", pairing.device_name),
        ("Created:", iso(pairing.created_at / 1000)),
        ("File:", str(file.path)),
    )
    click.echo()
    for label, value in rows:
        click.echo(f"  {label:<10}{value}")
    click.echo("\n  Store the key now: it is shown only once.\n")


@keys.command("list", context_settings=HELP)
@_keys_file
def list_(keys_file: str | None) -> None:
    """Show every key and paired device."""
    file = _file("list", keys_file)
    try:
        pairings = [entry.pairing() for entry in file.read().entries]
    except PairingsFileError as error:
        _fail("list", str(error))
    bound = any(pairing.app_id or pairing.expires_at for pairing in pairings)
    columns = (*_COLUMNS, *_BOUNDS) if bound else _COLUMNS
    for line in _table([columns, *(_row(pairing)[: len(columns)] for pairing in pairings)]):
        click.echo(line)
    if not pairings:
        click.echo(f"No keys in {file.path}; make one with: ggui keys create")


@keys.command(context_settings=HELP, short_help="Make a key or a paired device invalid, at once.")
@_keys_file
@click.argument("pairing_id", metavar="ID")
def revoke(keys_file: str | None, pairing_id: str) -> None:
    """Make a key or a paired device invalid; a running server notices at once."""
    file = _file("revoke", keys_file)
    try:
        with file.change() as document:
            found = document.remove(pairing_id)
    except PairingsFileError as error:
        _fail("revoke", str(error))
    if not found:
        _fail("revoke", f"there is no key {printable(pairing_id)} in {file.path}; see: ggui keys list")
    click.echo(f"Revoked {pairing_id} from {file.path}.")


def _file(verb: str, flag: str | None) -> PairingFile:
    """The file that ``ggui serve`` would use here: flag, environment, ``ggui.json``, default."""
    if flag is not None and not flag.strip():
        _fail(verb, "--keys-file requires a value", status=2)
    from pathlib import Path

    from ggui_core.config import plugins_section
    from ggui_core.errors import BootError
    from ggui_core.manifest import read_manifest
    from ggui_core.project import locate
    from ggui_core.settings import resolve_settings
    from ggui_pairing.desk import pairings_path
    from ggui_pairing.settings import KEYS_FILE, PairingSettings

    project = locate()
    if flag is not None:
        return PairingFile(pairings_path(Path(flag), project.config_dir))
    try:
        manifest = {} if project.manifest is None else read_manifest(project.manifest)
        mine = plugins_section(manifest, project.source).settings.get("pairing", {})
        settings = resolve_settings(
            PairingSettings, mine, [KEYS_FILE], {}, project.environ, base=project.root
        )
    except BootError as error:
        _fail(verb, *error.problems)
    return PairingFile(pairings_path(settings.keys_file, project.config_dir))


def _row(pairing: Pairing) -> tuple[str, ...]:
    used = pairing.last_used_at
    return (
        pairing.pairing_id,
        f"{pairing.prefix}…",
        pairing.device_name,
        iso(pairing.created_at / 1000),
        _NONE if used is None else iso(used / 1000),
        pairing.app_id or _NONE,
        _NONE if pairing.expires_at is None else iso(pairing.expires_at / 1000),
    )


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _fail(verb: str, *problems: str, status: int = 1) -> NoReturn:
    for problem in problems:
        click.echo(f"ggui keys {verb}: {problem}", err=True)
    raise click.exceptions.Exit(status)

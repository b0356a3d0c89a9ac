"""``ggui keys``: connector keys where the server keeps them, whether it runs or not (spec 03 section 4.1)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from ggui_core.clock import SystemClock, iso
from ggui_core.commands.verbs import HELP, VerbGroup
from ggui_core.errors import BootError, GguiError
from ggui_core.stores import Pairing, PairingStore
from ggui_pairing.errors import PairingsFileError
from ggui_pairing.names import MAX_CHARS, clean_name, printable
from ggui_pairing.tokens import digest, new_user_token, shown_prefix

if TYPE_CHECKING:
    from pathlib import Path

    from ggui_core.audit import AuditTrail

C = TypeVar("C", bound=Callable[..., Any])
T = TypeVar("T")

_COLUMNS = ("ID", "PREFIX", "NAME", "CREATED", "LAST USED")
_BOUNDS = ("APP", "EXPIRES")
"""Further columns, where some key is bound to an app or a time."""
_NONE = "—"


@dataclass(frozen=True, slots=True)
class _Home:
    """Where pairings live here.

    Attributes:
        audit: The trail of the same database; ``None`` for a file, whose server records what it finds changed.
    """

    store: PairingStore
    audit: AuditTrail | None = None

    @property
    def label(self) -> str:
        """What kind of place it is."""
        return "File:" if self.audit is None else "Storage:"

    async def record(self, action: str, **details: str) -> None:
        """Note what was done."""
        if self.audit is not None:
            await self.audit.record(action, actor=None, **details, by="cli")


@click.group(cls=VerbGroup)
def keys() -> None:
    """Create, list and revoke connector keys."""


def _keys_file(command: C) -> C:
    return click.option(
        "--keys-file",
        metavar="PATH",
        help="A pairings file; default: where ggui serve would keep pairings here, its database or its file.",
    )(command)


@keys.command(context_settings=HELP)
@_keys_file
@click.option("--name", metavar="NAME", help="What to call the key; default: cli-YYYY-MM-DD.")
@click.option(
    "--expires-at", metavar="TIME", help="Refused: keys made here stay valid until they are revoked."
)
def create(keys_file: str | None, name: str | None, expires_at: str | None) -> None:
    """Make a key and print it once; a running server accepts it at once."""
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
    token = new_user_token()

    async def act(home: _Home) -> tuple[Pairing, str, str]:
        pairing = await home.store.add(clean, digest(token), shown_prefix(token), int(now * 1000))
        await home.record("pairing.token.issued", pairingId=pairing.pairing_id, deviceName=clean)
        return pairing, home.label, home.store.place

    pairing, label, place = _run("create", keys_file, act)
    rows = (
        ("API key:", token),
        ("ID:", pairing.pairing_id),
        ("Name:", pairing.device_name),
        ("Created:", iso(pairing.created_at / 1000)),
        (label, place),
    )
    click.echo()
    for heading, value in rows:
        click.echo(f"  {heading:<10}{value}")
    click.echo("\n  Store the key now: it is shown only once.\n")


@keys.command("list", context_settings=HELP)
@_keys_file
def list_(keys_file: str | None) -> None:
    """Show every key and paired device."""

    async def act(home: _Home) -> tuple[Sequence[Pairing], str]:
        return await home.store.list(), home.store.place

    pairings, place = _run("list", keys_file, act)
    bound = any(pairing.app_id or pairing.expires_at for pairing in pairings)
    columns = (*_COLUMNS, *_BOUNDS) if bound else _COLUMNS
    for line in _table([columns, *(_row(pairing)[: len(columns)] for pairing in pairings)]):
        click.echo(line)
    if not pairings:
        click.echo(f"No keys in {place}; make one with: ggui keys create")


@keys.command(context_settings=HELP, short_help="Make a key or a paired device invalid, at once.")
@_keys_file
@click.argument("pairing_id", metavar="ID")
def revoke(keys_file: str | None, pairing_id: str) -> None:
    """Make a key or a paired device invalid.

    A running server refuses it at its next call, and ends what it holds open within a second.
    """

    async def act(home: _Home) -> tuple[bool, str]:
        removed = await home.store.remove(pairing_id)
        if removed:
            await home.record("pairing.token.revoked", pairingId=pairing_id)
        return removed, home.store.place

    removed, place = _run("revoke", keys_file, act)
    if not removed:
        _fail("revoke", f"there is no key {printable(pairing_id)} in {place}; see: ggui keys list")
    click.echo(f"Revoked {pairing_id} from {place}.")


def _run(verb: str, flag: str | None, act: Callable[[_Home], Awaitable[T]]) -> T:
    """Act on the home of pairings; what goes wrong there ends the command."""
    if flag is not None and not flag.strip():
        _fail(verb, "--keys-file requires a value", status=2)

    async def acted() -> T:
        async with _home(flag) as home:
            return await act(home)

    try:
        return asyncio.run(acted())
    except BootError as error:
        _fail(verb, *error.problems)
    except PairingsFileError as error:
        _fail(verb, str(error))
    except GguiError as error:
        _fail(verb, f"{error.message} {error.hint}" if error.hint else error.message)


@asynccontextmanager
async def _home(flag: str | None) -> AsyncIterator[_Home]:
    """The home of pairings that ``ggui serve`` would use here: a file that was named, else what its plugins decide."""
    from ggui_pairing.file_store import FilePairingStore
    from ggui_pairing.pairing_file import PairingFile

    named = _named_file(flag)
    if named is not None:
        store = FilePairingStore(PairingFile(named), SystemClock())
        store.load()
        yield _Home(store)
        return
    from ggui_core.maintenance import stores  # as slow to import as a server

    async with stores() as setup:
        from ggui_pairing.desk import Desk

        desk = setup.get(Desk)
        await desk.move_in(setup)
        home = setup.get(PairingStore)
        yield _Home(home) if home is desk.file_store else _Home(home, setup.audit)


def _named_file(flag: str | None) -> Path | None:
    """The pairings file that the flag, the environment or ``ggui.json`` names."""
    from pathlib import Path

    from ggui_core.config import plugins_section
    from ggui_core.manifest import read_manifest
    from ggui_core.project import locate
    from ggui_core.settings import resolve_settings
    from ggui_pairing.desk import pairings_path
    from ggui_pairing.settings import KEYS_FILE, PairingSettings

    project = locate()
    if flag is not None:
        return pairings_path(Path(flag), project.config_dir)
    manifest = {} if project.manifest is None else read_manifest(project.manifest)
    mine = plugins_section(manifest, project.source).settings.get("pairing", {})
    settings = resolve_settings(PairingSettings, mine, [KEYS_FILE], {}, project.environ, base=project.root)
    named = settings.keys_file
    return None if named is None else pairings_path(named, project.config_dir)


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

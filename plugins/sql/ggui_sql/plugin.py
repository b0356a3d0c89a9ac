"""The hooks of ``sql``: what the server knows, on disk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from ggui_core import hookimpl

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    import click

    from ggui_core.announce import BannerRow, Beacon
    from ggui_core.checks import Check
    from ggui_core.config import ConfigSection
    from ggui_core.migrations import Migrations
    from ggui_core.setup import Runtime, Setup
    from ggui_sql.storage import Storage

PLUGIN_API = 1


@hookimpl
def ggui_config_sections() -> Sequence[ConfigSection]:
    from ggui_sql.settings import SECTION

    return (SECTION,)


@hookimpl
def ggui_commands(cli: click.Group) -> None:
    from ggui_sql.commands import db

    cli.add_command(db)


@hookimpl
def ggui_migrations() -> Migrations:
    from ggui_sql.schema import OWN

    return OWN


@hookimpl
def ggui_provide(setup: Setup) -> None:
    from ggui_sql.settings import is_kept

    if is_kept(setup):
        from ggui_sql.storage import Storage

        Storage.open(setup)
        return
    from ggui_core.database import Database

    asked = "start without --ephemeral" if setup.server.ephemeral else 'take "storage" out of ggui.json'
    setup.withhold(
        Database, because=f"this server keeps everything in memory; {asked}, or disable the plugin"
    )


@hookimpl
def ggui_checks(setup: Setup) -> Sequence[Check]:
    from ggui_core.checks import Check

    storage = _storage(setup)
    return () if storage is None else (Check("storage", storage.answers),)


@hookimpl
def ggui_announce(setup: Setup) -> Sequence[Beacon | BannerRow]:
    from ggui_core.announce import BannerRow

    storage = _storage(setup)
    if storage is None:
        return ()
    database = storage.database
    return (BannerRow("storage", f"{database.name} ({database.place})", 31),)


@hookimpl
def ggui_lifespan(runtime: Runtime) -> AbstractAsyncContextManager[object]:
    return _lifespan(runtime)


@asynccontextmanager
async def _lifespan(runtime: Runtime) -> AsyncIterator[None]:
    storage = _storage(runtime.setup)
    if storage is None:
        yield
        return
    async with storage.running():
        yield


def _storage(setup: Setup) -> Storage | None:
    """The database of this server, if it has one."""
    from ggui_sql.settings import is_kept

    if not is_kept(setup):
        return None
    from ggui_sql.storage import Storage

    return setup.find(Storage)

"""The stores of this server behind one database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ggui_core.bus import GestureQueued
from ggui_core.database import Database, Transaction
from ggui_core.errors import BootError
from ggui_core.setup import Setup
from ggui_core.stores import (
    AppStore,
    AuditStore,
    BlueprintStore,
    CodeStore,
    KeyValueStore,
    SessionLimits,
    SessionStore,
    ThemeStore,
)
from ggui_core.workers import SharedState
from ggui_sql import schema
from ggui_sql.apps import SqlAppStore
from ggui_sql.audit import SqlAuditStore
from ggui_sql.blueprints import SqlBlueprintStore
from ggui_sql.code import SqlCodeStore
from ggui_sql.database import OpenDatabase
from ggui_sql.file_lock import hold
from ggui_sql.key_values import SqlKeyValueStore
from ggui_sql.postgres import PostgresDatabase
from ggui_sql.presence import Presence
from ggui_sql.sessions import SqlSessionStore
from ggui_sql.settings import STORAGE, SqliteStorage, StorageSection, sqlite_path
from ggui_sql.sqlite import SqliteDatabase
from ggui_sql.themes import SqlThemeStore
from ggui_sql.trial import Trial
from ggui_sql.upkeep import Upkeep

STAND_IN: Final = 5
"""The rank of stores that nobody asked for: any other plugin with a store goes before them."""


@dataclass(slots=True, eq=False)
class Storage:
    """The database of a server, its stores and their upkeep."""

    database: OpenDatabase
    upkeep: Upkeep
    trial: Trial

    @classmethod
    def open(cls, setup: Setup) -> None:
        """Open the database that ``ggui.json#storage`` names and offer its stores."""
        section: StorageSection = setup.config.section(STORAGE)
        chosen = section.database
        assert chosen is not None, "asked for only where state is kept"
        rank = STAND_IN if section == StorageSection() else 0
        database: OpenDatabase
        if isinstance(chosen, SqliteStorage):
            path = sqlite_path(chosen, setup.root, setup.persistent_dir)
            _refuse_several(setup, path)
            lock = hold(path)
            schema.upgrade_file(path, setup.migrations)
            database = SqliteDatabase(path, lock)
        else:
            schema.require_current(chosen.url, setup.migrations)
            database = PostgresDatabase(chosen.url)
        limits = setup.config.limits
        clock = setup.clock
        sole = isinstance(chosen, SqliteStorage)
        presence = None if sole else Presence(database, clock, setup.secret_mark)
        if presence is not None:
            setup.contribute(SharedState, SharedState("storage", presence.has_company))
        sessions = SqlSessionStore(
            database,
            SessionLimits(per_app=limits.sessions_per_app, identities=limits.ended_sessions_per_app),
            sole=sole,
            holder="" if presence is None else presence.name,
        )

        async def announce(session_id: str) -> None:
            await setup.bus.publish(GestureQueued(session_id))

        values = SqlKeyValueStore(database, clock)
        setup.provide(Database, database, rank=rank)
        setup.provide(SessionStore, sessions, rank=rank)
        setup.provide(KeyValueStore, values, rank=rank)
        setup.provide(CodeStore, SqlCodeStore(database), rank=rank)
        setup.provide(AuditStore, SqlAuditStore(database), rank=rank)
        setup.provide(BlueprintStore, SqlBlueprintStore(database), rank=rank)
        setup.provide(AppStore, SqlAppStore(database), rank=rank)
        setup.provide(ThemeStore, SqlThemeStore(database), rank=rank)
        upkeep = Upkeep(database, sessions, values, clock, announce=announce, presence=presence)
        setup.provide(cls, cls(database, upkeep, Trial(database, clock)))

    async def answers(self) -> bool:
        """Whether the database can be read, and takes writes.

        After a write that failed another one is tried, so that the answer changes once the fault is over, also on a
        server that gets no calls because it was not ready.
        """

        async def fact(tx: Transaction) -> bool:
            return await tx.one("SELECT 1") is not None

        if self.database.trouble is not None:
            await self.trial.once()
        return await self.database.read(fact) and self.database.trouble is None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look after the database while the block runs, and close it in the end."""
        try:
            async with self.upkeep.running():
                yield
        finally:
            await self.database.close()


def _refuse_several(setup: Setup, path: Path) -> None:
    """A file is written by one process at a time; several on one machine are no faster than one."""
    if setup.process.of > 1:
        raise BootError(
            f"--workers {setup.process.of} needs PostgreSQL and Redis, and storage is the file {path}: "
            'set "storage": {"renders": {"driver": "postgres", "url": "postgresql://..."}} in ggui.json, run '
            "ggui db upgrade and install ggui-redis; or leave --workers out, and one process serves"
        )

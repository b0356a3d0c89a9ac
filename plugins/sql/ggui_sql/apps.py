"""Apps in a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from ggui_core.database import Row, Transaction
from ggui_core.stores.apps import PER_OWNER, App, AppChanges, AppLimitReached
from ggui_sql.database import OpenDatabase
from ggui_sql.locks import alone
from ggui_sql.recall import MISSING, Recall
from ggui_sql.values import (
    clean,
    clean_optional,
    dump_optional,
    load_optional,
    original,
    original_optional,
)

_COLUMNS: Final = (
    "app_id, owner, display_name, created_at, updated_at, system_prompt, rate_limit_per_minute, theme"
)
_ADD: Final = (
    f"INSERT INTO ggui_app ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608
    "ON CONFLICT (app_id) DO NOTHING"
)
_READ: Final = f"SELECT {_COLUMNS} FROM ggui_app WHERE app_id = ?"  # noqa: S608
_OF_OWNER: Final = f"{_READ} AND owner = ? {{lock}}"
_LIST: Final = f"SELECT {_COLUMNS} FROM ggui_app WHERE owner = ? ORDER BY ordinal"  # noqa: S608
_COUNT: Final = "SELECT count(*) FROM ggui_app WHERE owner = ?"
_REPLACE: Final = (
    "UPDATE ggui_app SET display_name = ?, updated_at = ?, system_prompt = ?, rate_limit_per_minute = ?, theme = ? "
    "WHERE app_id = ?"
)
_REMOVE: Final = "DELETE FROM ggui_app WHERE app_id = ? AND owner = ?"

REMEMBERED: Final = 1_024
"""Apps that are kept at hand: every call asks for the limits of its app."""


class SqlAppStore:
    """Implements :class:`~ggui_core.stores.AppStore`."""

    def __init__(self, database: OpenDatabase) -> None:
        self._database = database
        self._recall: Recall[None, App | None] = Recall(database, REMEMBERED)

    async def add(self, app: App, *, at_most: int = PER_OWNER) -> bool:
        async def fact(tx: Transaction) -> bool:
            await alone(tx, f"apps:{clean(app.owner)}")
            if await tx.one(_READ, clean(app.app_id)) is not None:
                return False
            row = await tx.one(_COUNT, clean(app.owner))
            if row is not None and row[0] >= at_most:
                raise AppLimitReached(at_most)
            return await tx.run(_ADD, *_values(app)) == 1

        return await self._recall.change(app.app_id, fact)

    async def get(self, app_id: str, owner: str) -> App | None:
        app = await self.read(app_id)
        return app if app is not None and app.owner == owner else None

    async def read(self, app_id: str) -> App | None:
        known = self._recall.get(app_id, None)
        if known is not MISSING:
            return known

        async def fact(tx: Transaction) -> App | None:
            row = await tx.one(_READ, clean(app_id))
            return None if row is None else _app(row)

        app = await self._database.read(fact)
        self._recall.keep(app_id, None, app)
        return app

    async def list(self, owner: str) -> Sequence[App]:
        async def fact(tx: Transaction) -> Sequence[App]:
            return [_app(row) for row in await tx.all(_LIST, clean(owner))]

        return await self._database.read(fact)

    async def change(self, app_id: str, owner: str, changes: AppChanges) -> App | None:
        async def fact(tx: Transaction) -> App | None:
            row = await tx.one(_OF_OWNER, clean(app_id), clean(owner))
            if row is None:
                return None
            changed = replace(_app(row), **changes)
            values = _values(changed)
            await tx.run(_REPLACE, values[2], *values[4:], values[0])
            return changed

        return await self._recall.change(app_id, fact)

    async def remove(self, app_id: str, owner: str) -> bool:
        async def fact(tx: Transaction) -> bool:
            return await tx.run(_REMOVE, clean(app_id), clean(owner)) == 1

        return await self._recall.change(app_id, fact)


def _values(app: App) -> tuple[Any, ...]:
    return (
        clean(app.app_id),
        clean(app.owner),
        clean(app.display_name),
        app.created_at,
        app.updated_at,
        clean_optional(app.system_prompt),
        app.rate_limit_per_minute,
        dump_optional(app.theme),
    )


def _app(row: Row) -> App:
    return App(
        app_id=original(row[0]),
        owner=original(row[1]),
        display_name=original(row[2]),
        created_at=row[3],
        updated_at=row[4],
        system_prompt=original_optional(row[5]),
        rate_limit_per_minute=row[6],
        theme=load_optional(row[7]),
    )

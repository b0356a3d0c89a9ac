"""Registered themes in a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Final

from ggui_core.database import Row, Transaction
from ggui_core.protocol.theme import Theme
from ggui_core.stores.themes import PER_APP, RegisteredTheme, ThemeLimitReached
from ggui_sql.database import OpenDatabase
from ggui_sql.locks import alone
from ggui_sql.recall import MISSING, Recall
from ggui_sql.values import clean, dump, load

_GET: Final = (
    "SELECT app_id, body, registered_at, updated_at FROM ggui_theme WHERE app_id = ? AND theme_id = ?"
)
_LIST: Final = (
    "SELECT app_id, body, registered_at, updated_at FROM ggui_theme WHERE app_id = ? ORDER BY ordinal"
)
_COUNT: Final = "SELECT count(*) FROM ggui_theme WHERE app_id = ?"
_PUT: Final = (
    "INSERT INTO ggui_theme (app_id, theme_id, body, registered_at, updated_at) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (app_id, theme_id) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at"
)
_REMOVE: Final = "DELETE FROM ggui_theme WHERE app_id = ? AND theme_id = ?"
_FORGET: Final = "DELETE FROM ggui_theme WHERE app_id = ?"

REMEMBERED: Final = 256
"""Themes that are kept at hand: every render that wears one reads it."""


class SqlThemeStore:
    """Implements :class:`~ggui_core.stores.ThemeStore`."""

    def __init__(self, database: OpenDatabase) -> None:
        self._database = database
        self._recall: Recall[str, RegisteredTheme | None] = Recall(database, REMEMBERED)

    async def put(self, entry: RegisteredTheme, *, at_most: int = PER_APP) -> RegisteredTheme:
        app_id, theme_id = clean(entry.app_id), clean(entry.theme.id)

        async def fact(tx: Transaction) -> RegisteredTheme:
            await alone(tx, f"themes:{app_id}")
            row = await tx.one(_GET, app_id, theme_id)
            if row is None:
                count = await tx.one(_COUNT, app_id)
                if count is not None and count[0] >= at_most:
                    raise ThemeLimitReached(at_most)
            body = dump(
                {**asdict(entry.theme), "light": dict(entry.theme.light), "dark": dict(entry.theme.dark)}
            )
            await tx.run(_PUT, app_id, theme_id, body, entry.registered_at, entry.updated_at)
            return entry if row is None else replace(entry, registered_at=row[2])

        return await self._recall.change(entry.app_id, fact)

    async def get(self, app_id: str, theme_id: str) -> RegisteredTheme | None:
        known = self._recall.get(app_id, theme_id)
        if known is not MISSING:
            return known

        async def fact(tx: Transaction) -> RegisteredTheme | None:
            row = await tx.one(_GET, clean(app_id), clean(theme_id))
            return None if row is None else _entry(app_id, row)

        theme = await self._database.read(fact)
        self._recall.keep(app_id, theme_id, theme)
        return theme

    async def list(self, app_id: str) -> Sequence[RegisteredTheme]:
        async def fact(tx: Transaction) -> Sequence[RegisteredTheme]:
            return [_entry(app_id, row) for row in await tx.all(_LIST, clean(app_id))]

        return await self._database.read(fact)

    async def remove(self, app_id: str, theme_id: str) -> bool:
        async def fact(tx: Transaction) -> bool:
            return await tx.run(_REMOVE, clean(app_id), clean(theme_id)) == 1

        return await self._recall.change(app_id, fact)

    async def forget(self, app_id: str) -> None:
        async def fact(tx: Transaction) -> None:
            await tx.run(_FORGET, clean(app_id))

        await self._recall.change(app_id, fact)


def _entry(app_id: str, row: Row) -> RegisteredTheme:
    body = load(row[1])
    theme = Theme(**{**body, "modes": tuple(body["modes"])})
    return RegisteredTheme(app_id, theme, row[2], row[3])

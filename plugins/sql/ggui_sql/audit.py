"""The audit trail in a database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ggui_core.audit import AuditEvent
from ggui_core.database import Database, Transaction
from ggui_sql.values import clean, clean_optional, dump, load, original, original_optional

_RECORD: Final = "INSERT INTO ggui_audit (action, at_ms, actor, details) VALUES (?, ?, ?, ?)"
_NEWEST: Final = "SELECT action, at_ms, actor, details FROM ggui_audit ORDER BY ordinal DESC LIMIT ?"


class SqlAuditStore:
    """Implements :class:`~ggui_core.stores.AuditStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, event: AuditEvent) -> None:
        at_ms, details = round(event.at * 1000), dump(dict(event.details))

        async def fact(tx: Transaction) -> None:
            await tx.run(_RECORD, clean(event.action), at_ms, clean_optional(event.actor), details)

        await self._database.write(fact)

    async def newest(self, limit: int) -> Sequence[AuditEvent]:
        async def fact(tx: Transaction) -> Sequence[AuditEvent]:
            return [
                AuditEvent(original(action), at_ms / 1000, original_optional(actor), load(details))
                for action, at_ms, actor, details in await tx.all(_NEWEST, limit)
            ]

        return await self._database.read(fact)

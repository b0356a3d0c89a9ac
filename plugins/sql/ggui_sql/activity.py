"""When a session was last used, and what changes with it."""

from __future__ import annotations

from typing import Any

from ggui_core.database import Transaction
from ggui_sql.values import clean


async def note_activity(tx: Transaction, session_id: str, now_ms: int, **columns: Any) -> int:
    """Note activity and set columns of a session; returns 0 when it is gone."""
    return await tx.run(_activity_and(tuple(columns)), now_ms, now_ms, *columns.values(), clean(session_id))


_STATEMENTS: dict[tuple[str, ...], str] = {}


def _activity_and(columns: tuple[str, ...]) -> str:
    """The statement that moves the last activity forward and sets ``columns``; names are ours alone."""
    statement = _STATEMENTS.get(columns)
    if statement is None:
        settings = "".join(f", {name} = ?" for name in columns)
        statement = _STATEMENTS[columns] = (
            "UPDATE ggui_session SET last_activity_at_ms = CASE WHEN last_activity_at_ms < ? THEN ? "  # noqa: S608
            f"ELSE last_activity_at_ms END{settings} WHERE id = ?"
        )
    return statement

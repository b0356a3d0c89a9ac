"""The pipe of a session: gestures from a person to an agent, each kept until an answer with it arrived (law 5)."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Final

from ggui_core.database import Row, Transaction
from ggui_core.protocol.session import Batch, Gesture
from ggui_sql.values import clean, dump, load

QUEUED: Final = 0
LEASED: Final = 1
READ: Final = 2

ANY_QUEUED: Final = "SELECT 1 FROM ggui_gesture WHERE session_id = ? AND state = 0 LIMIT 1"
KNOWN: Final = "SELECT 1 FROM ggui_gesture WHERE session_id = ? AND action_key = ?"
APPEND: Final = (
    "INSERT INTO ggui_gesture (session_id, place, action_key, state, returned, size, body) "
    "VALUES (?, ?, ?, 0, 0, ?, ?)"
)
WAITING: Final = "SELECT returned, body FROM ggui_gesture WHERE session_id = ? AND state = 0 ORDER BY place"
LEASE: Final = (
    "UPDATE ggui_gesture SET state = 1, lease_id = ?, leased_at_ms = ? WHERE session_id = ? AND state = 0"
)
SETTLE: Final = (
    "UPDATE ggui_gesture SET state = 2, lease_id = NULL, leased_at_ms = NULL, returned = 0, body = NULL "
    "WHERE lease_id = ? AND session_id = ? RETURNING size"
)
RELEASE: Final = (
    "UPDATE ggui_gesture SET state = 0, lease_id = NULL, leased_at_ms = NULL, returned = 1 "
    "WHERE lease_id = ? AND session_id = ?"
)
RELEASE_ALL: Final = (
    "UPDATE ggui_gesture SET state = 0, lease_id = NULL, leased_at_ms = NULL, returned = 1 WHERE state = 1"
)
OLD_LEASES: Final = (
    "SELECT DISTINCT lease_id, session_id FROM ggui_gesture WHERE state = 1 AND leased_at_ms < ?"
)
LEASES: Final = "SELECT DISTINCT lease_id FROM ggui_gesture WHERE lease_id IS NOT NULL"
RELEASE_ONE: Final = (
    "UPDATE ggui_gesture SET state = 0, lease_id = NULL, leased_at_ms = NULL, returned = 1 "
    "WHERE state = 1 AND lease_id = ? RETURNING session_id"
)
SHRINK: Final = (
    "UPDATE ggui_session SET pipe_count = pipe_count - ?, pipe_bytes = pipe_bytes - ? WHERE id = ?"
)


def key(action_id: str) -> str:
    """What tells action ids apart for the life of a pipe: views may choose long ones."""
    if len(action_id) <= 64:
        return clean(action_id)
    return sha256(action_id.encode("utf-8", "surrogatepass")).hexdigest()


def body(gesture: Gesture) -> str:
    """A gesture as JSON."""
    return dump(
        [
            gesture.action_id,
            gesture.intent,
            gesture.data,
            gesture.ui_context,
            gesture.fired_at,
            gesture.tool,
        ]
    )


async def lease(tx: Transaction, session_id: str, lease_id: str, now_ms: int) -> Batch:
    """Hand out everything that is queued. The session's row is locked already."""
    rows = await tx.all(WAITING, session_id)
    if not rows:
        return Batch(lease_id)
    await tx.run(LEASE, lease_id, now_ms, session_id)
    gestures = tuple(_gesture(row) for row in rows)
    returned = frozenset(gesture.action_id for gesture, row in zip(gestures, rows, strict=True) if row[0])
    return Batch(lease_id, gestures, returned)


async def settle(tx: Transaction, session_id: str, lease_id: str) -> None:
    """Forget what was handed out, but for the action ids."""
    sizes = [row[0] for row in await tx.all(SETTLE, lease_id, session_id)]
    if sizes:
        await tx.run(SHRINK, len(sizes), sum(sizes), session_id)


def _gesture(row: Row) -> Gesture:
    fields: list[Any] = load(row[1])
    return Gesture(*fields)

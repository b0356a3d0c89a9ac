"""Taking turns across processes: who holds a name is alone with what it stands for until its transaction ends."""

from __future__ import annotations

from typing import Final

from ggui_core.database import Transaction

_CLAIM: Final = (
    "INSERT INTO ggui_lock (name) VALUES (?) ON CONFLICT (name) DO UPDATE SET name = excluded.name"
)


async def alone(tx: Transaction, name: str) -> None:
    """Wait for ``name``. Needed where a fact depends on rows that are not there yet, which no row lock can hold."""
    await tx.run(_CLAIM, name)

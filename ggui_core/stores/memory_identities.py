"""Identity records in this process: the newest of each app, by number and by bytes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from ggui_core.protocol.identity import SessionIdentity
from ggui_core.stores.memory_history import json_bytes

IDENTITY_BYTES: Final = 32 * 1024 * 1024
"""Bytes of JSON that the records of one app take together at most."""


@dataclass(slots=True, eq=False)
class _Shelf:
    """The records of one app, the oldest first, each with its size."""

    records: OrderedDict[str, tuple[SessionIdentity, int]] = field(default_factory=OrderedDict)
    size: int = 0

    def pop(self, session_id: str) -> None:
        _, freed = self.records.pop(session_id)
        self.size -= freed


class Identities:
    """Keeps records until newer ones of their app need the room.

    Args:
        capacity: Records of one app; 0 keeps none.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._apps: dict[str, str] = {}
        self._shelves: dict[str, _Shelf] = {}

    def __len__(self) -> int:
        return len(self._apps)

    def keep(self, record: SessionIdentity) -> None:
        """Keep a record; the oldest of its app make room."""
        self.drop(record.id)
        app_id = record.tenant.app_id
        shelf = self._shelves.setdefault(app_id, _Shelf())
        size = json_bytes([record.intent, record.variance, record.props, record.context_snapshot])
        shelf.records[record.id] = record, size
        shelf.size += size
        self._apps[record.id] = app_id
        while len(shelf.records) > self._capacity or shelf.size > IDENTITY_BYTES:
            self.drop(next(iter(shelf.records)))

    def get(self, session_id: str) -> SessionIdentity | None:
        """The record of a session."""
        app_id = self._apps.get(session_id)
        return None if app_id is None else self._shelves[app_id].records[session_id][0]

    def drop(self, session_id: str) -> None:
        """Forget a record; nothing happens when there is none."""
        app_id = self._apps.pop(session_id, None)
        if app_id is None:
            return
        shelf = self._shelves[app_id]
        shelf.pop(session_id)
        if not shelf.records:
            del self._shelves[app_id]

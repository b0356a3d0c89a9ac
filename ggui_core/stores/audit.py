"""The audit trail as a store: append, and read the newest first."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from ggui_core.audit import AuditEvent


class AuditStore(Protocol):
    """Keeps audit events in the order they came."""

    async def record(self, event: AuditEvent) -> None:
        """Append ``event``."""
        ...

    async def newest(self, limit: int) -> Sequence[AuditEvent]:
        """At most ``limit`` events, newest first."""
        ...


class MemoryAuditStore:
    """Keeps the newest ``capacity`` events in this process; older ones make room."""

    def __init__(self, capacity: int = 10_000) -> None:
        self._events: deque[AuditEvent] = deque(maxlen=capacity)

    async def record(self, event: AuditEvent) -> None:
        self._events.append(event)

    async def newest(self, limit: int) -> Sequence[AuditEvent]:
        return [event for event, _ in zip(reversed(self._events), range(limit), strict=False)]

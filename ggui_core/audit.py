"""The trail of privileged actions (spec 03 section 22)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from ggui_core.clock import Clock

if TYPE_CHECKING:
    from ggui_core.stores.audit import AuditStore

log = structlog.get_logger("ggui.audit")


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One privileged action.

    Attributes:
        action: Dotted name, such as ``pairing.token.issued``.
        at: Seconds since the epoch.
        actor: ``credential_id`` of who did it, or ``None`` for the server itself.
        details: Non-secret facts about it.
    """

    action: str
    at: float
    actor: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)


class AuditTrail:
    """Records actions in the audit store. A store that fails is reported, never silent, and stops nothing."""

    def __init__(self, clock: Clock, store: AuditStore) -> None:
        self._clock = clock
        self._store = store

    async def record(self, action: str, *, actor: str | None = None, **details: str) -> None:
        """Record that ``actor`` did ``action`` just now."""
        try:
            await self._store.record(AuditEvent(action, self._clock.now(), actor, details))
        except Exception:
            log.exception("audit_store_failed", action=action)

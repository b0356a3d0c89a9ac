"""Sessions and proofs whose time runs out while views are open (spec 01 sections 15.8 and 17).

The end of a session is announced when it is removed, and an expired one may be kept for long, because reading its
document revives it. Its views learn of the expiry here. A view that a token opened stays for hours and not for ever,
because somebody else may have found the token; a view comes back with one that its host got.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from ggui_core.clock import Clock
from ggui_core.stores import SessionStore
from ggui_live.hub import Hub

PROBE_S: Final = 25.0

log = structlog.get_logger("ggui.live")


class ExpiryWatch:
    """Looks at sessions that somebody listens to, when the time they had last is over, and at what views proved."""

    def __init__(self, hub: Hub, store: SessionStore, clock: Clock) -> None:
        self._hub = hub
        self._store = store
        self._clock = clock

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watch while the block runs."""
        task = asyncio.create_task(self._run(), name="live:expiry")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def probe(self) -> None:
        """Look once. A session that has been used meanwhile is looked at again when its new time is over.

        The store is asked and not the service: being asked for would keep the session alive.
        """
        now_ms = int(self._clock.now() * 1000)
        self._hub.end_proofs(now_ms)
        for session_id in self._hub.due(now_ms):
            session = await self._store.session(session_id, None)
            if session is None:
                self._hub.lives_until(session_id, None)  # its removal is announced, or it lives elsewhere
            elif session.is_expired(now_ms):
                self._hub.expire(session_id)
            else:
                self._hub.lives_until(session_id, session.expires_at_ms)

    async def _run(self) -> None:
        while True:
            await self._clock.sleep(PROBE_S)
            try:
                await self.probe()
            except Exception:
                log.exception("expiry_probe_failed")

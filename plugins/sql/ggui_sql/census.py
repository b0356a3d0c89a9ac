"""How many sessions an app has."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from ggui_core.database import Transaction
from ggui_core.stores.sessions import SessionLimitReached
from ggui_sql.locks import alone

_OF_APP: Final = "SELECT count(*) FROM ggui_session WHERE app_id = ?"


class Census:
    """How many sessions an app has, without counting them for each one.

    Far from the limit an estimate is enough; near it the rows are counted, one render at a time.
    """

    REFRESH_MS: Final = 10_000
    MARGIN: Final = 0.1
    SMALLEST_ESTIMATED: Final = 100
    APPS: Final = 10_000

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._enough = limit * (1 - self.MARGIN) if limit >= self.SMALLEST_ESTIMATED else 0.0
        self._known: OrderedDict[str, tuple[int, int]] = OrderedDict()

    async def admit(self, tx: Transaction, app_id: str, now_ms: int) -> None:
        """Refuse one session too many.

        Raises:
            SessionLimitReached: the app has as many as it may have.
        """
        count, counted_at_ms = self._known.get(app_id, (self._limit, 0))
        if count >= self._enough or abs(now_ms - counted_at_ms) >= self.REFRESH_MS:
            await alone(tx, f"sessions:{app_id}")
            row = await tx.one(_OF_APP, app_id)
            count, counted_at_ms = (0 if row is None else row[0]), now_ms
            if count >= self._limit:
                raise SessionLimitReached(self._limit)
        self._known[app_id] = (count + 1, counted_at_ms)
        self._known.move_to_end(app_id)
        while len(self._known) > self.APPS:
            self._known.popitem(last=False)

    def removed(self, app_id: str) -> None:
        """One less."""
        if app_id in self._known:
            count, at_ms = self._known[app_id]
            self._known[app_id] = (count - 1, at_ms)

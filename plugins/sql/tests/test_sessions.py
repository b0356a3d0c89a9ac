"""The session store's contract, on both databases."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from ggui_core.stores import SessionLimits, SessionStore
from ggui_core.testing import SessionStoreContract
from ggui_sql.sessions import SqlSessionStore

from .databases import BACKENDS, fresh

MOST_AT_ONCE = 4
"""A property makes a store for each of its examples, and PostgreSQL has a hundred connections for everybody."""


@pytest.mark.parametrize("backend", BACKENDS)
class TestSqlSessionStore(SessionStoreContract):
    @pytest.fixture(autouse=True)
    async def _databases(self, backend: str) -> AsyncIterator[None]:
        self.backend = backend
        self.open_ones: deque[AsyncExitStack] = deque()
        yield
        while self.open_ones:
            await self.open_ones.popleft().aclose()

    async def make(self, limits: SessionLimits) -> SessionStore:
        if len(self.open_ones) >= MOST_AT_ONCE:
            await self.open_ones.popleft().aclose()
        stack = AsyncExitStack()
        database = await stack.enter_async_context(fresh(self.backend))
        self.open_ones.append(stack)
        return SqlSessionStore(database, limits, sole=True)

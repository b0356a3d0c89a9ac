"""The session store's contract, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from ggui_core.stores import SessionLimits, SessionStore
from ggui_core.testing import SessionStoreContract
from ggui_sql.sessions import SqlSessionStore

from .databases import BACKENDS, fresh


@pytest.mark.parametrize("backend", BACKENDS)
class TestSqlSessionStore(SessionStoreContract):
    @pytest.fixture(autouse=True)
    async def _databases(self, backend: str) -> AsyncIterator[None]:
        self.backend = backend
        async with AsyncExitStack() as self.stack:
            yield

    async def make(self, limits: SessionLimits) -> SessionStore:
        database = await self.stack.enter_async_context(fresh(self.backend))
        return SqlSessionStore(database, limits, sole=True)

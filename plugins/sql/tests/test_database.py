"""The seam through which plugins write: the contract of the kernel, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ggui_core.database import Database
from ggui_core.testing import DatabaseContract

from .databases import BACKENDS, fresh


@pytest.mark.parametrize("backend", BACKENDS)
class TestSqlDatabase(DatabaseContract):
    @pytest.fixture(autouse=True)
    async def _opened(self, backend: str) -> AsyncIterator[None]:
        async with fresh(backend) as opened:
            self.opened = opened
            yield

    async def make(self) -> Database:
        return self.opened

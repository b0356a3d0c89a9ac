"""The contracts of the smaller stores, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from ggui_core.stores import (
    AppStore,
    AuditStore,
    BlueprintStore,
    CodeStore,
    KeyValueStore,
    PairingStore,
    ThemeStore,
)
from ggui_core.testing import (
    AppStoreContract,
    AuditStoreContract,
    BlueprintStoreContract,
    CodeStoreContract,
    FakeClock,
    KeyValueStoreContract,
    PairingStoreContract,
    ThemeStoreContract,
)
from ggui_sql.apps import SqlAppStore
from ggui_sql.audit import SqlAuditStore
from ggui_sql.blueprints import SqlBlueprintStore
from ggui_sql.code import SqlCodeStore
from ggui_sql.key_values import SqlKeyValueStore
from ggui_sql.pairings import SqlPairingStore
from ggui_sql.themes import SqlThemeStore

from .databases import BACKENDS, fresh


class OnADatabase:
    """Keeps the database open while a test runs."""

    @pytest.fixture(autouse=True)
    async def _database(self, backend: str) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            self.database = await stack.enter_async_context(fresh(backend))
            yield


@pytest.mark.parametrize("backend", BACKENDS)
class TestSqlKeyValueStore(OnADatabase, KeyValueStoreContract):
    async def make(self, clock: FakeClock) -> KeyValueStore:
        return SqlKeyValueStore(self.database, clock)


@pytest.mark.parametrize("backend", BACKENDS)
class TestSqlCodeStore(OnADatabase, CodeStoreContract):
    async def make(self) -> CodeStore:
        return SqlCodeStore(self.database)


@pytest.mark.parametrize("backend", BACKENDS)
class TestSqlAuditStore(OnADatabase, AuditStoreContract):
    async def make(self) -> AuditStore:
        return SqlAuditStore(self.database)


@pytest.mark.parametrize("backend", BACKENDS)
class TestSqlBlueprintStore(OnADatabase, BlueprintStoreContract):
    async def make(self) -> BlueprintStore:
        return SqlBlueprintStore(self.database)


@pytest.mark.parametrize("backend", BACKENDS)
class TestSqlAppStore(OnADatabase, AppStoreContract):
    async def make(self) -> AppStore:
        return SqlAppStore(self.database)


@pytest.mark.parametrize("backend", BACKENDS)
class TestSqlThemeStore(OnADatabase, ThemeStoreContract):
    async def make(self) -> ThemeStore:
        return SqlThemeStore(self.database)


@pytest.mark.parametrize("backend", BACKENDS)
class TestSqlPairingStore(OnADatabase, PairingStoreContract):
    async def make(self) -> PairingStore:
        return SqlPairingStore(self.database, FakeClock())

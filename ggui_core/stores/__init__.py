"""Store Protocols that plugins share, each with an implementation in memory beside it."""

from ggui_core.stores.apps import App, AppChanges, AppLimitReached, AppStore, MemoryAppStore
from ggui_core.stores.audit import AuditStore, MemoryAuditStore
from ggui_core.stores.blueprints import (
    BlueprintExists,
    BlueprintFilter,
    BlueprintStore,
    MemoryBlueprintStore,
)
from ggui_core.stores.code import CodeStore, MemoryCodeStore
from ggui_core.stores.key_value import KeyValueStore, MemoryKeyValueStore
from ggui_core.stores.memory_sessions import MemorySessionStore
from ggui_core.stores.pairings import MemoryPairingStore, Pairing, PairingStore
from ggui_core.stores.sessions import SessionLimitReached, SessionLimits, SessionStore
from ggui_core.stores.themes import MemoryThemeStore, RegisteredTheme, ThemeLimitReached, ThemeStore

__all__ = [
    "App",
    "AppChanges",
    "AppLimitReached",
    "AppStore",
    "AuditStore",
    "BlueprintExists",
    "BlueprintFilter",
    "BlueprintStore",
    "CodeStore",
    "KeyValueStore",
    "MemoryAppStore",
    "MemoryAuditStore",
    "MemoryBlueprintStore",
    "MemoryCodeStore",
    "MemoryKeyValueStore",
    "MemoryPairingStore",
    "MemorySessionStore",
    "MemoryThemeStore",
    "Pairing",
    "PairingStore",
    "RegisteredTheme",
    "SessionLimitReached",
    "SessionLimits",
    "SessionStore",
    "ThemeLimitReached",
    "ThemeStore",
]

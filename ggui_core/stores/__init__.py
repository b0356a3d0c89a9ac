"""Store Protocols that plugins share, each with an implementation in memory beside it."""

from ggui_core.stores.audit import AuditStore, MemoryAuditStore
from ggui_core.stores.key_value import KeyValueStore, MemoryKeyValueStore
from ggui_core.stores.pairings import MemoryPairingStore, Pairing, PairingStore

__all__ = [
    "AuditStore",
    "KeyValueStore",
    "MemoryAuditStore",
    "MemoryKeyValueStore",
    "MemoryPairingStore",
    "Pairing",
    "PairingStore",
]

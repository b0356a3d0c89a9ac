"""What tests of ggui and of its plugins share: a booted server, a fake clock, contract kits.

Install with ``ggui-core[testing]``.
"""

from ggui_core.testing.clock import FakeClock
from ggui_core.testing.contracts import (
    AuditStoreContract,
    AuthAdapterContract,
    BusContract,
    KeyValueStoreContract,
    PairingStoreContract,
    RateLimiterContract,
)
from ggui_core.testing.server import Booted, booted
from ggui_core.testing.tokens import TokenSignerContract

__all__ = [
    "AuditStoreContract",
    "AuthAdapterContract",
    "Booted",
    "BusContract",
    "FakeClock",
    "KeyValueStoreContract",
    "PairingStoreContract",
    "RateLimiterContract",
    "TokenSignerContract",
    "booted",
]

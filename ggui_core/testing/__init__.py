"""What tests of ggui and of its plugins share: a booted server, a fake clock, contract kits.

Install with ``ggui-core[testing]``.
"""

from ggui_core.testing.clock import FakeClock
from ggui_core.testing.compiler import CompilerContract
from ggui_core.testing.contracts import (
    AuditStoreContract,
    AuthAdapterContract,
    BusContract,
    KeyValueStoreContract,
    PairingStoreContract,
    RateLimiterContract,
)
from ggui_core.testing.server import Booted, booted

__all__ = [
    "AuditStoreContract",
    "AuthAdapterContract",
    "Booted",
    "BusContract",
    "CompilerContract",
    "FakeClock",
    "KeyValueStoreContract",
    "PairingStoreContract",
    "RateLimiterContract",
    "booted",
]

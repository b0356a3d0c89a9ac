"""What tests of ggui and of its plugins share: a booted server, a fake clock, contract kits.

Install with ``ggui-core[testing]``.
"""

from ggui_core.testing.app_store_contract import AppStoreContract
from ggui_core.testing.blueprint_contracts import (
    BlueprintIndexContract,
    BlueprintStoreContract,
    RegistryTierContract,
)
from ggui_core.testing.catalog_contract import ComponentCatalogContract
from ggui_core.testing.clock import FakeClock
from ggui_core.testing.code_contract import CodeStoreContract
from ggui_core.testing.compiler import CompilerContract
from ggui_core.testing.consumers_contract import ActiveConsumersContract
from ggui_core.testing.contracts import (
    AuditStoreContract,
    AuthAdapterContract,
    BusContract,
    KeyValueStoreContract,
    PairingStoreContract,
    RateLimiterContract,
)
from ggui_core.testing.database_contract import DatabaseContract
from ggui_core.testing.generator_contract import UiGeneratorContract
from ggui_core.testing.negotiator_contract import NegotiatorContract
from ggui_core.testing.server import Booted, booted
from ggui_core.testing.session_contract import SessionStoreContract
from ggui_core.testing.session_service_contract import SessionServiceContract
from ggui_core.testing.shared_contracts import SharedBusContract
from ggui_core.testing.theme_contracts import ThemeCatalogContract, ThemeStoreContract
from ggui_core.testing.tokens import TokenSignerContract
from ggui_core.testing.view_contracts import (
    LiveTokensContract,
    ShellBuilderContract,
    SliceContributorContract,
)
from ggui_core.testing.waiting import PATIENCE_S, until

__all__ = [
    "PATIENCE_S",
    "ActiveConsumersContract",
    "AppStoreContract",
    "AuditStoreContract",
    "AuthAdapterContract",
    "BlueprintIndexContract",
    "BlueprintStoreContract",
    "Booted",
    "BusContract",
    "CodeStoreContract",
    "CompilerContract",
    "ComponentCatalogContract",
    "DatabaseContract",
    "FakeClock",
    "KeyValueStoreContract",
    "LiveTokensContract",
    "NegotiatorContract",
    "PairingStoreContract",
    "RateLimiterContract",
    "RegistryTierContract",
    "SessionServiceContract",
    "SessionStoreContract",
    "SharedBusContract",
    "ShellBuilderContract",
    "SliceContributorContract",
    "ThemeCatalogContract",
    "ThemeStoreContract",
    "TokenSignerContract",
    "UiGeneratorContract",
    "booted",
    "until",
]

"""The code that a start prints, where several machines start one server (spec 03 section 10.3).

There is one pending code. A replica that starts would void the one that another has printed, perhaps while somebody
types it: it makes none while one is pending and another process is alive that may have printed it.
"""

from __future__ import annotations

from typing import Final

from ggui_core.setup import Setup
from ggui_core.stores import KeyValueStore
from ggui_core.workers import SharedState
from ggui_pairing.api import code_slot, server_name

_TURN: Final = "pairing:boot"
TURN_S: Final = 10
"""A process that has just started is not known to the others yet: for so long it is taken for alive."""


async def boot_code(setup: Setup) -> str | None:
    """The digits that this start prints; ``None`` when those of another replica stay good."""
    company = [state.has_company for state in setup.contributions(SharedState) if state.kind == "storage"]
    others = next((has_company for has_company in company if has_company is not None), None)
    slot, name = code_slot(setup), server_name(setup)
    if others is not None:
        is_first = await setup.get(KeyValueStore).increment(_TURN, ttl_s=TURN_S) == 1
        if await slot.is_pending() and (not is_first or await others()):
            return None
    return (await slot.mint(name)).code

"""What other plugins may use of pairing, once every seam is chosen (any hook after ``ggui_provide``)."""

from __future__ import annotations

from ggui_core import SERVER_NAME
from ggui_core.setup import Setup
from ggui_core.stores import KeyValueStore, PairingStore
from ggui_pairing.codes import CodeSlot
from ggui_pairing.pairings import Pairings

__all__ = ["CodeSlot", "Pairings", "code_slot", "pairings", "server_name"]


def code_slot(setup: Setup) -> CodeSlot:
    """The server's one pending code, with the guess counter that guards it."""
    return CodeSlot(setup.get(KeyValueStore), setup.clock)


def pairings(setup: Setup) -> Pairings:
    """The server's pool of bearers: issue, list, revoke."""
    return Pairings(setup.get(PairingStore), code_slot(setup), setup.bus, setup.audit, setup.clock)


def server_name(setup: Setup) -> str:
    """What a pairing is called when nobody names the server: the project's name, else the program's."""
    return setup.config.app.name if setup.config.app is not None else SERVER_NAME

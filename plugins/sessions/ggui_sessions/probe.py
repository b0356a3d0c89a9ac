"""Cards that need no generator: does this host show cards at all? (spec 06 section 6.4)."""

from __future__ import annotations

from typing import Final

KIND: Final = "mcp-apps-probe"
_PREFIX: Final = "[ggui:probe]"


def is_probe(intent: str) -> bool:
    """Whether an intent asks for such a card."""
    return intent.startswith(_PREFIX)

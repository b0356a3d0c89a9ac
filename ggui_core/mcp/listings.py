"""Answers that are the same for every caller of a kind, kept as they were written once.

What a server lists does not change while it runs, yet writing it takes longer than everything else about the call.
The dispatcher answers first; whoever asks in the same words afterwards gets the same bytes, with its own id.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from ggui_core.auth import IdentityKind
from ggui_core.mcp.messages import Message

FIXED: Final = frozenset(
    {"ping", "server/discover", "tools/list", "resources/list", "resources/templates/list"}
)
"""Methods whose result depends on the protocol version, the parameters and the caller's kind alone."""

MAX_PARAMS_BYTES: Final = 1024
MAX_KEPT: Final = 32
"""Callers word their parameters in few ways; strangers must not fill the memory with more (32 × 30 KB)."""

Key = tuple[str, str, IdentityKind, bytes]


class Listings:
    """Results of one server by what they depend on."""

    def __init__(self) -> None:
        self._kept: dict[Key, orjson.Fragment] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def key(self, message: Message, version: str, kind: IdentityKind) -> Key | None:
        """What the answer to ``message`` depends on; ``None`` where it must be worked out."""
        if message.method not in FIXED:
            return None
        asked = orjson.dumps(message.params)  # it was read by orjson, so it can be written, and the id too
        return (message.method, version, kind, asked) if len(asked) <= MAX_PARAMS_BYTES else None

    def get(self, key: Key) -> orjson.Fragment | None:
        """The result as it was written."""
        return self._kept.get(key)

    def keep(self, key: Key, result: dict[str, Any]) -> None:
        """Remember ``result``; the oldest one makes room. What orjson cannot write is not kept."""
        try:
            written = orjson.dumps(result)
        except TypeError:
            return
        if len(self._kept) >= MAX_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = orjson.Fragment(written)

"""Which server owns which tool of an app's agent (spec 02 section 7.6).

Frameworks name one and the same server differently. The backend declares the names once; every handshake then reads
them into its draft before anything is hashed, so that equal contracts are equal whoever wrote them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from ggui_core.stores import KeyValueStore
from ggui_sessions.equality import same_json

Catalog = Mapping[str, Mapping[str, str]]
"""Bare tool name to ``{name, version?}`` of its server."""

_EMPTY: Final[Catalog] = {}
_REMEMBERED: Final = 256


@dataclass(slots=True)
class ToolCatalogs:
    """The declared catalog of each app."""

    store: KeyValueStore
    _read: dict[str, tuple[bytes, Catalog]] = field(default_factory=dict)

    async def declare(self, app_id: str, catalog: Catalog) -> None:
        """Replace the whole catalog of an app."""
        if catalog:
            await self.store.set(_key(app_id), orjson.dumps(catalog))
        else:
            await self.store.delete(_key(app_id))

    async def of(self, app_id: str) -> Catalog:
        """The catalog of an app; empty when none was declared."""
        written = await self.store.get(_key(app_id))
        if written is None:
            return _EMPTY
        known = self._read.get(app_id)
        if known is None or known[0] != written:
            if len(self._read) >= _REMEMBERED:
                self._read.clear()
            known = self._read[app_id] = (written, orjson.loads(written))
        return known[1]


def names_tools(draft: Mapping[str, Any]) -> bool:
    """Whether a catalog could say anything about a draft."""
    return bool(_tools(draft))


def identified(draft: Mapping[str, Any], catalog: Catalog) -> Mapping[str, Any]:
    """The draft with the declared server of each tool; the very same draft when it says nothing else already."""
    tools = {name: _identified(tool, catalog.get(name)) for name, tool in _tools(draft).items()}
    if all(tool is before for tool, before in zip(tools.values(), _tools(draft).values(), strict=True)):
        return draft
    return {**draft, "agentCapabilities": {**draft["agentCapabilities"], "tools": tools}}


def _identified(tool: object, server: Mapping[str, str] | None) -> object:
    if server is None or not isinstance(tool, Mapping) or same_json(tool.get("serverInfo"), server):
        return tool
    return {**tool, "serverInfo": dict(server)}


def _tools(draft: Mapping[str, Any]) -> Mapping[str, Any]:
    capabilities = draft.get("agentCapabilities")
    tools = capabilities.get("tools") if isinstance(capabilities, Mapping) else None
    return tools if isinstance(tools, Mapping) else {}


def _key(app_id: str) -> str:
    return f"sessions:tool-catalog:{app_id}"

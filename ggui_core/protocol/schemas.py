"""Where a contract holds JSON Schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ggui_core.protocol.paths import Path


def embedded_schemas(contract: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """Every schema of a contract whose entries have their shape, with its path."""
    for name, entry in (contract.get("propsSpec") or {}).get("properties", {}).items():
        yield ("propsSpec", "properties", name, "schema"), entry["schema"]
    for spec in ("actionSpec", "streamSpec", "contextSpec"):
        for name, entry in (contract.get(spec) or {}).items():
            if "schema" in entry:
                yield (spec, name, "schema"), entry["schema"]
    for name, tool in (contract.get("agentCapabilities") or {}).get("tools", {}).items():
        for keyword in ("inputSchema", "outputSchema"):
            if keyword in tool["toolInfo"]:
                path = ("agentCapabilities", "tools", name, "toolInfo", keyword)
                yield path, tool["toolInfo"][keyword]

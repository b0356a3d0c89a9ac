"""A contract in one line: what an agent reads of a proposal (spec 06 section 1.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ggui_core.protocol.paths import clipped

NONE: Final = "∅"
LONGEST: Final = 4_000
"""Characters of a summary; a contract may have two thousand entries."""


def contract_summary(contract: Mapping[str, Any]) -> str:
    """``slots=…; actions=…; streams=…; props=…`` of a contract that has passed the gate."""
    slots = (_typed(name, entry) for name, entry in _entries(contract, "contextSpec"))
    actions = (_called(name, entry) for name, entry in _entries(contract, "actionSpec"))
    streams = (name for name, _ in _entries(contract, "streamSpec"))
    line = f"slots={_listed(slots)}; actions={_listed(actions)}; streams={_listed(streams)}"
    props = sorted(((contract.get("propsSpec") or {}).get("properties") or {}).items())
    if props:
        line += f"; props={_listed(_prop(name, entry) for name, entry in props)}"
    return clipped(line, LONGEST)


def _entries(contract: Mapping[str, Any], spec: str) -> list[tuple[str, Mapping[str, Any]]]:
    return sorted((contract.get(spec) or {}).items())


def _listed(names: Iterable[str]) -> str:
    return ",".join(names) or NONE


def _typed(name: str, entry: Mapping[str, Any]) -> str:
    kind = entry["schema"].get("type")
    return f"{name}:{kind}" if isinstance(kind, str) else name


def _prop(name: str, entry: Mapping[str, Any]) -> str:
    return _typed(name, entry) + ("!" if entry.get("required") is True else "")


def _called(name: str, entry: Mapping[str, Any]) -> str:
    fields = sorted((entry.get("schema") or {}).get("properties", {}))
    return f"{name}({','.join(fields)})" if fields else name

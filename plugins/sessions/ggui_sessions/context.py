"""Context slots: what the view mirrors to the server, and what it is given back when it mounts again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ggui_core.protocol.bounds import (
    CONTEXT_SNAPSHOT_BYTES,
    CONTEXT_SNAPSHOT_SLOTS,
    CONTEXT_VALUE_BOUNDS,
    Excess,
    measure,
    size,
)
from ggui_core.protocol.contract import slot_default


def excess(snapshot: Mapping[str, Any]) -> str | None:
    """Why a snapshot is too large, in one sentence; None when it is not (spec 02 section 7.2)."""
    if len(snapshot) > CONTEXT_SNAPSHOT_SLOTS:
        return f"The snapshot has {len(snapshot)} slots; at most {CONTEXT_SNAPSHOT_SLOTS} are kept."
    for slot, value in snapshot.items():
        weighed = measure(value, CONTEXT_VALUE_BOUNDS)
        if isinstance(weighed, Excess):
            return f"The slot '{slot[:64]}' is too large: {weighed.message}."
    octets = size(dict(snapshot))
    if octets > CONTEXT_SNAPSHOT_BYTES:
        return f"The snapshot has {octets:,} bytes as JSON; at most {CONTEXT_SNAPSHOT_BYTES:,} are kept."
    return None


def declared_slots(contract: Mapping[str, Any], given: object) -> dict[str, Any]:
    """The slots of a gesture's ``uiContext`` that the contract declares; others, and what is too large, go.

    Lenient on purpose: a gesture must not be lost for the state around it.
    """
    if not isinstance(given, Mapping):
        return {}
    declared: Mapping[str, Any] = contract.get("contextSpec") or {}
    kept: dict[str, Any] = {}
    octets = 0
    for slot, value in given.items():
        if slot not in declared or len(kept) == CONTEXT_SNAPSHOT_SLOTS:
            continue
        if isinstance(measure(value, CONTEXT_VALUE_BOUNDS), Excess):
            continue
        octets += size(value)
        if octets > CONTEXT_SNAPSHOT_BYTES:
            break
        kept[slot] = value
    return kept


def slots(contract: Mapping[str, Any], snapshot: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
    """``contextSlots`` of the render slice: each with the value that the view starts with."""
    for name, entry in (contract.get("contextSpec") or {}).items():
        slot: dict[str, Any] = {
            "name": name,
            "contextName": context_name(name),
            "schema": entry["schema"],
            "default": _start(name, entry, snapshot or {}),
        }
        if "debounceMs" in entry:
            slot["debounceMs"] = entry["debounceMs"]
        yield slot


def context_name(slot: str) -> str:
    """The name a component knows the slot's context by: ``search_term`` is ``SearchTermContext``."""
    return "".join(part[:1].upper() + part[1:] for part in slot.split("_")) + "Context"


def _start(name: str, entry: Mapping[str, Any], snapshot: Mapping[str, Any]) -> Any:
    if name in snapshot:
        return snapshot[name]
    default = slot_default(entry)
    return None if default is None else default.value

"""Do the values that travel keep the contract? (spec 01 section 5).

Every function takes a contract, or a part of one, that has passed :mod:`.gate`, and any JSON value. It returns
what is wrong, sorted by field; an empty tuple is consent. Shapes are closed at every depth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ggui_core.protocol.bounds import (
    ACTION_DATA_BOUNDS,
    CONTEXT_SNAPSHOT_BYTES,
    CONTEXT_SNAPSHOT_SLOTS,
    CONTEXT_VALUE_BOUNDS,
    CONTRACT_BOUNDS,
    PROPS_BOUNDS,
    STREAM_PAYLOAD_BOUNDS,
    Bounds,
    size,
)
from ggui_core.protocol.closed import close
from ggui_core.protocol.errors import Violation
from ggui_core.protocol.paths import Path, clipped
from ggui_core.protocol.props_schema import PropsSchema, enforce
from ggui_core.protocol.report import compact, json_type, violations
from ggui_core.protocol.schema import compile_schema
from ggui_core.protocol.schemas import embedded_schemas

ENFORCED_BOUNDS: Final = Bounds(
    octets=2 * CONTRACT_BOUNDS.octets,
    depth=CONTRACT_BOUNDS.depth + 8,
    containers=2 * CONTRACT_BOUNDS.containers,
)
"""An enforced schema is a little larger than what the contract says: a wrapper, and one keyword per object."""

Violations = tuple[Violation, ...]


def props_violations(enforced: PropsSchema, props: object, bounds: Bounds = PROPS_BOUNDS) -> Violations:
    """Hold props against the schema that the handshake fixed (:func:`.props_schema.enforce`)."""
    return violations(compile_schema(enforced.schema, ENFORCED_BOUNDS), props, bounds)


def action_violations(
    contract: Mapping[str, Any], action: object, data: object, bounds: Bounds = ACTION_DATA_BOUNDS
) -> Violations:
    """Hold a gesture against ``actionSpec``.

    Without an ``actionSpec`` every gesture passes; an empty one declares that there is none. What passes too is the
    payload of an action without a schema (a void action), as long as it keeps the bounds.
    """
    declared: Mapping[str, Any] | None = contract.get("actionSpec")
    if not isinstance(action, str) or not action:
        shown = json_type(action) if not isinstance(action, str) else '""'
        return (Violation("action", "Required field 'action' missing", "present", shown, "required"),)
    if declared is not None and action not in declared:
        return (_unknown("action", "action", action, declared),)
    schema = (declared or {}).get(action, {}).get("schema", {})
    return _closed_violations(schema, data, bounds, f"{action}.data")


def stream_violations(
    contract: Mapping[str, Any], channel: object, payload: object, bounds: Bounds = STREAM_PAYLOAD_BOUNDS
) -> Violations:
    """Hold an emitted payload against ``streamSpec``."""
    declared: Mapping[str, Any] = contract.get("streamSpec") or {}
    if not isinstance(channel, str) or channel not in declared:
        return (_unknown("channel", "channel", channel, declared),)
    return _closed_violations(declared[channel]["schema"], payload, bounds, f"{channel}.payload")


def context_violations(
    contract: Mapping[str, Any], slot: object, value: object, bounds: Bounds = CONTEXT_VALUE_BOUNDS
) -> Violations:
    """Hold the value of one context slot against ``contextSpec``."""
    declared: Mapping[str, Any] = contract.get("contextSpec") or {}
    if not isinstance(slot, str) or slot not in declared:
        return (_unknown("contextSpec", "context slot", slot, declared),)
    return _closed_violations(declared[slot]["schema"], value, bounds, f"{slot}.value")


def snapshot_violations(contract: Mapping[str, Any], snapshot: object) -> Violations:
    """Hold a whole context snapshot against ``contextSpec`` and its size limits (spec 01 section 2.3)."""
    if not isinstance(snapshot, Mapping):
        message = "A context snapshot is an object of slots."
        return (Violation("contextSpec", message, "object", json_type(snapshot)),)
    if len(snapshot) > CONTEXT_SNAPSHOT_SLOTS:
        limit, got = f"at most {CONTEXT_SNAPSHOT_SLOTS} slots", f"{len(snapshot)} slots"
        return (Violation("contextSpec", "The context snapshot has too many slots.", limit, got),)
    found = [
        violation
        for slot, value in snapshot.items()
        for violation in context_violations(contract, slot, value)
    ]
    # Each slot kept its own bounds by now, so the whole can be written down and weighed.
    if not found and (octets := size(dict(snapshot))) > CONTEXT_SNAPSHOT_BYTES:
        limit, got = f"at most {CONTEXT_SNAPSHOT_BYTES} bytes", f"{octets} bytes"
        found.append(Violation("contextSpec", "The context snapshot is too large.", limit, got))
    return tuple(sorted(found, key=lambda violation: violation.field))


def enforced_schemas(contract: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The schemas that values will be held against, with their paths; compile them within ENFORCED_BOUNDS."""
    if "propsSpec" in contract:
        yield ("propsSpec", "properties"), enforce(contract["propsSpec"]).schema
    for path, schema in embedded_schemas(contract):
        if path[0] in ("actionSpec", "streamSpec", "contextSpec"):
            closed = close(schema)
            assert isinstance(closed, Mapping), "the gate lets objects through only"
            yield path, closed


def _closed_violations(schema: Mapping[str, Any], value: object, bounds: Bounds, prefix: str) -> Violations:
    closed = close(schema)
    assert isinstance(closed, Mapping), "the gate lets objects through only"
    return violations(compile_schema(closed, ENFORCED_BOUNDS), value, bounds, prefix)


def _unknown(field: str, what: str, name: object, declared: Mapping[str, Any]) -> Violation:
    shown = clipped(name, 128) if isinstance(name, str) else json_type(name)
    return Violation(
        field,
        f"Undeclared {what} '{shown}'",
        clipped(" | ".join(declared), 1_024) or "(none)",
        compact(shown),
    )

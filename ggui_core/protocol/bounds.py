"""Size, depth and JSON-ness of what strangers send, measured before anything recurses into it.

Every walk here is iterative: it survives input that would overflow the stack of a recursive reader. The limits
are those of ARCHITECTURE section 10; an operator may pass others.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, Final

import orjson

from ggui_core.protocol.paths import Path, field_path

_NO_DOUBLE: Final = 2**1024 - 2**970
"""The first whole number that rounds to infinity as a double, and JSON of browsers knows doubles only."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one JSON value may weigh.

    Attributes:
        octets: Bytes of its compact UTF-8 JSON.
        depth: Objects and arrays inside one another.
        containers: Objects and arrays in total ("nodes").
    """

    octets: int
    depth: int
    containers: int


CONTRACT_BOUNDS: Final = Bounds(octets=256 * 1024, depth=32, containers=2_000)
VARIANCE_BOUNDS: Final = Bounds(octets=64 * 1024, depth=32, containers=2_000)
PROPS_BOUNDS: Final = Bounds(octets=1024 * 1024, depth=64, containers=200_000)
ACTION_DATA_BOUNDS: Final = Bounds(octets=64 * 1024, depth=64, containers=20_000)
STREAM_PAYLOAD_BOUNDS: Final = PROPS_BOUNDS
CONTEXT_VALUE_BOUNDS: Final = Bounds(octets=16_384, depth=64, containers=5_000)
"""One context slot (spec 01 section 2.3)."""

CONTEXT_SNAPSHOT_BYTES: Final = 65_536
CONTEXT_SNAPSHOT_SLOTS: Final = 50
PROPS_SCHEMA_BYTES: Final = 262_144
"""Above it an enforced props schema is not put on the wire (spec 01 section 6)."""


@dataclass(frozen=True, slots=True)
class Excess:
    """Why a value is refused unread.

    Attributes:
        path: Where, as segments from the root; empty where the whole value is meant.
        message: One sentence naming the limit.
        is_type: True when something in it is no JSON at all (an object of the host language, say).
    """

    path: Path
    message: str
    is_type: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """What a JSON value weighs: ``values`` counts every scalar and container in it."""

    values: int
    containers: int
    depth: int


def measure(value: object, bounds: Bounds) -> Measure | Excess:
    """Weigh a value, or say at once why it is refused.

    Refused are: more than ``bounds``, numbers that no double holds (NaN and the infinities among them), text
    with a lone surrogate (it has no UTF-8), keys that are no text, and anything that is not JSON.
    """
    octets = _octets(value)
    if octets is not None and octets > bounds.octets:
        return _oversize(octets, bounds)
    if not isinstance(value, (dict, list)):
        fault = _scalar_fault(value)
        return Excess((), fault, is_type=True) if fault else Measure(1, 0, 0)
    values = containers = 1
    depth = 0
    pending: list[tuple[dict[Any, object] | list[object], Path, int]] = [(value, (), 1)]
    while pending:
        node, path, level = pending.pop()
        depth = max(depth, level)
        if level > bounds.depth:
            return Excess((), f"nested deeper than {bounds.depth} levels")
        values += len(node)
        if isinstance(node, dict) and not all(isinstance(key, str) and _has_utf8(key) for key in node):
            return Excess(path, "a key that is no Unicode text", is_type=True)
        members = node.items() if isinstance(node, dict) else enumerate(node)
        for name, member in members:
            if isinstance(member, (dict, list)):
                containers += 1
                if containers > bounds.containers:
                    return Excess((), f"more than {bounds.containers:,} objects and arrays")
                pending.append((member, (*path, name), level + 1))
            elif fault := _scalar_fault(member):
                return Excess((*path, name), fault, is_type=True)
    if octets is None and (written := size(value)) > bounds.octets:
        return _oversize(written, bounds)
    return Measure(values, containers, depth)


def _oversize(octets: int, bounds: Bounds) -> Excess:
    return Excess((), f"{octets:,} bytes as JSON; the limit is {bounds.octets:,}")


def _octets(value: object) -> int | None:
    """Bytes of the compact JSON, or None where the fast writer declines: deep, huge numbers, no JSON at all."""
    try:
        return len(orjson.dumps(value))
    except (TypeError, ValueError):
        return None


def size(value: object) -> int:
    """Bytes of the compact UTF-8 JSON of a value. The caller has bounded its depth."""
    octets = _octets(value)
    if octets is not None:
        return octets
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-8", "surrogatepass"))


def _scalar_fault(node: object) -> str | None:
    if isinstance(node, str):
        return None if _has_utf8(node) else "text with a lone surrogate, which has no UTF-8"
    if node is None or isinstance(node, bool):
        return None
    if isinstance(node, int):
        return None if abs(node) < _NO_DOUBLE else "a number too large for a double"
    if isinstance(node, float):
        return None if math.isfinite(node) else "a number that JSON does not have (NaN or infinity)"
    return f"a {type(node).__name__}, which is no JSON value"


def _has_utf8(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def describe(excess: Excess) -> str:
    """The sentence of an excess with its place, for messages without a separate path."""
    where = field_path(excess.path)
    return f"{where}: {excess.message}" if where else excess.message

"""Closed shapes: an object accepts what it declares and nothing else (spec 01 section 4.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

BRANCHES: Final = ("oneOf", "anyOf")


def is_object_node(schema: Mapping[str, Any]) -> bool:
    """True for a node whose type is or includes ``object``, and for any node with ``properties``."""
    kind = schema.get("type")
    return kind == "object" or (isinstance(kind, list) and "object" in kind) or "properties" in schema


def close(schema: object) -> object:
    """A copy of a schema in which every object node without ``additionalProperties`` forbids them.

    The three cases exclude one another and are tried in this order, because the props schema hash depends on it:
    an object node closes its property values, a schema-valued ``additionalProperties`` and its branches; an array
    node with items closes these; any other node closes its branches. What stands in ``allOf``, ``not``,
    ``if``/``then``/``else``, definitions and ``patternProperties`` is not entered, and what an author wrote under
    ``additionalProperties`` stays. So ``{"type": "object"}`` accepts ``{}`` only.

    One case is ours: an object that leaves its properties to its branches or to ``allOf`` lists their names, because
    closed without them it would accept nothing. No other schema hashes differently for it.
    """
    if not isinstance(schema, Mapping):
        return schema
    closed = dict(schema)
    if is_object_node(schema):
        if isinstance(properties := schema.get("properties"), Mapping):
            closed["properties"] = {name: close(member) for name, member in properties.items()}
        if not closed.get("properties") and "additionalProperties" not in schema:
            _list_names_of_parts(closed)
        closed["additionalProperties"] = close(schema.get("additionalProperties", False))
        _close_branches(closed)
    elif _is_array(schema.get("type")) and "items" in schema:
        items = schema["items"]
        closed["items"] = [close(item) for item in items] if isinstance(items, list) else close(items)
    else:
        _close_branches(closed)
    return closed


def _list_names_of_parts(closed: dict[str, Any]) -> None:
    names = dict.fromkeys(name for keyword in (*BRANCHES, "allOf") for name in _names(closed.get(keyword)))
    if names:
        closed["properties"] = {name: {} for name in names}


def _names(parts: object) -> Iterator[str]:
    """Names of the properties that parts of a schema declare, and their parts."""
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, Mapping):
            if isinstance(properties := part.get("properties"), Mapping):
                yield from properties
            for keyword in (*BRANCHES, "allOf"):
                yield from _names(part.get(keyword))


def _close_branches(closed: dict[str, Any]) -> None:
    for keyword in BRANCHES:
        if isinstance(branches := closed.get(keyword), list):
            closed[keyword] = [close(branch) for branch in branches]


def _is_array(kind: object) -> bool:
    return kind == "array" or (isinstance(kind, list) and "array" in kind)

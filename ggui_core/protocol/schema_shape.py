"""Types of the keywords of a schema, checked with the shape of the contract around it (spec 01 section 3, phase 1).

Only the keywords that readers of a contract touch directly are looked at: a renderer or a generator may walk them
without asking whether ``properties`` is an object. What the schema means is for :mod:`.dialect`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ggui_core.protocol.paths import Path

_EXPECTED: Final[Mapping[str, tuple[tuple[type, ...], str]]] = {
    "type": ((str, list), "a type name or an array of type names"),
    "description": ((str,), "text"),
    "enum": ((list,), "an array"),
    "items": ((dict, bool, list), "a schema"),
    "properties": ((dict,), "an object of schemas"),
    "required": ((list,), "an array of names"),
    "additionalProperties": ((dict, bool), "a boolean or a schema"),
    "format": ((str,), "a format name"),
}
_NAMES: Final = ("type", "required")


def misshapen(schema: object, path: Path) -> Iterator[tuple[Path, str]]:
    """Every keyword of a schema that has the wrong type, with what was expected. The depth is bounded before."""
    if isinstance(schema, bool):
        return
    if not isinstance(schema, Mapping):
        yield path, "a schema"
        return
    for keyword, (types, expected) in _EXPECTED.items():
        if keyword in schema and not isinstance(schema[keyword], types):
            yield (*path, keyword), expected
    for keyword in _NAMES:
        members = schema.get(keyword)
        if isinstance(members, list):
            for index, member in enumerate(members):
                if not isinstance(member, str):
                    yield (*path, keyword, index), "text"
    yield from _below(schema, path)


def _below(schema: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(properties := schema.get("properties"), Mapping):
        for name, member in properties.items():
            yield from misshapen(member, (*path, "properties", name))
    items = schema.get("items")
    if isinstance(items, list):
        for index, item in enumerate(items):
            yield from misshapen(item, (*path, "items", index))
    elif isinstance(items, Mapping):
        yield from misshapen(items, (*path, "items"))
    if isinstance(rest := schema.get("additionalProperties"), Mapping):
        yield from misshapen(rest, (*path, "additionalProperties"))

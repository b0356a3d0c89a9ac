"""The schema that props are held against, as it goes over the wire (spec 01 section 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal
from urllib.parse import quote

from ggui_core.protocol.bounds import PROPS_SCHEMA_BYTES
from ggui_core.protocol.canonical import canonical_bytes, sha256_hex
from ggui_core.protocol.closed import BRANCHES, close
from ggui_core.protocol.dialect import LISTED_SCHEMAS, NAME_SCHEMA, NAMED_SCHEMAS, SINGLE_SCHEMAS
from ggui_core.protocol.paths import utf16

Profile = Literal["grammar-safe", "full"]
"""``grammar-safe``: a model provider can force output into this schema. Receivers read the unknown as ``full``."""

_GRAMMAR_KEYWORDS: Final = frozenset(
    {
        "type",
        "enum",
        "const",
        "properties",
        "required",
        "items",
        "additionalProperties",
        "oneOf",
        "anyOf",
        "format",
        "description",
        "title",
        "aliases",
    }
)
_GRAMMAR_FORMATS: Final = frozenset(
    ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"]
)


@dataclass(frozen=True)
class PropsSchema:
    """An enforced props schema.

    Attributes:
        schema: Closed at every depth, names and ``required`` sorted.
    """

    schema: Mapping[str, Any]

    @cached_property
    def canonical(self) -> bytes:
        """The RFC 8785 bytes."""
        return canonical_bytes(dict(self.schema))

    @cached_property
    def hash(self) -> str:
        """``propsSchemaHash``: 64 hex digits."""
        return sha256_hex(self.canonical)

    @cached_property
    def profile(self) -> Profile:
        """``propsSchemaProfile``."""
        return "grammar-safe" if _is_grammar_safe(self.schema) else "full"

    @property
    def fits_the_wire(self) -> bool:
        """True when the schema may be sent along; larger ones travel as their hash only."""
        return len(self.canonical) <= PROPS_SCHEMA_BYTES


def enforce(props_spec: Mapping[str, Any] | None) -> PropsSchema:
    """The schema that the props of a contract must satisfy; without a spec, no prop is allowed.

    ``props_spec`` has passed the gate. Descriptions, defaults and examples of the entries are not part of it.
    A ``$ref`` of an entry is led to where the entry now stands; nothing else is added to the algorithm of the
    specification, so the hashes of schemas without references are those of every implementation.
    """
    entries: Mapping[str, Any] = (props_spec or {}).get("properties", {})
    wrapper = {
        "type": "object",
        "properties": {name: _moved(entry["schema"], name) for name, entry in entries.items()},
        "required": [name for name, entry in entries.items() if entry.get("required") is True],
    }
    rebuilt = _rebuild(close(wrapper))
    assert isinstance(rebuilt, dict), "a wrapper is an object"
    return PropsSchema(rebuilt)


def without_nullable(schema: Mapping[str, Any]) -> dict[str, Any]:
    """One node with ``nullable`` spelled as ``"null"`` among its types (spec 01 section 6, step 3)."""
    node = {key: value for key, value in schema.items() if key != "nullable"}
    if schema.get("nullable") is True:
        kind = schema.get("type")
        if isinstance(kind, str):
            node["type"] = kind if kind == "null" else [kind, "null"]
        elif isinstance(kind, list) and "null" not in kind:
            node["type"] = [*kind, "null"]
    return node


def _moved(schema: Mapping[str, Any], name: str) -> object:
    """A schema whose references start from the wrapper that holds it under a name."""
    segment = quote(name.replace("~", "~0").replace("/", "~1"), safe="~")
    moved = _referring(schema, f"#/properties/{segment}")
    if moved != schema and isinstance(moved, dict):
        moved.pop("$id", None)  # its references would start from it again
    return moved


def _referring(schema: object, root: str) -> object:
    if not isinstance(schema, Mapping):
        return schema
    node = dict(schema)
    if isinstance(ref := node.get("$ref"), str):
        node["$ref"] = root + ref[1:]
    for keyword in NAMED_SCHEMAS:
        if isinstance(named := node.get(keyword), Mapping):
            node[keyword] = {name: _referring(member, root) for name, member in named.items()}
    for keyword in (*LISTED_SCHEMAS, *SINGLE_SCHEMAS, NAME_SCHEMA, "items"):
        if isinstance(member := node.get(keyword), list):
            node[keyword] = [_referring(each, root) for each in member]
        elif keyword in node:
            node[keyword] = _referring(member, root)
    return node


def _rebuild(schema: object) -> object:
    if not isinstance(schema, Mapping):
        return schema
    node = without_nullable(schema)
    node.pop("example", None)
    if isinstance(properties := node.get("properties"), Mapping):
        node["properties"] = {name: _rebuild(properties[name]) for name in sorted(properties, key=utf16)}
    if isinstance(required := node.get("required"), list):
        node["required"] = sorted(required, key=utf16)
    for keyword in ("items", "additionalProperties"):
        if keyword in node:
            node[keyword] = _rebuild_each(node[keyword])
    for keyword in BRANCHES:
        if keyword in node:
            node[keyword] = _rebuild_each(node[keyword])
    return {key: node[key] for key in sorted(node, key=utf16)}


def _rebuild_each(value: object) -> object:
    return [_rebuild(item) for item in value] if isinstance(value, list) else _rebuild(value)


def _is_grammar_safe(schema: object) -> bool:
    if not isinstance(schema, Mapping) or not schema.keys() <= _GRAMMAR_KEYWORDS:
        return False
    if schema.get("additionalProperties", False) is not False:
        return False
    if "format" in schema and schema["format"] not in _GRAMMAR_FORMATS:
        return False
    below: list[object] = list(schema.get("properties", {}).values())
    if "items" in schema:
        items = schema["items"]
        below += items if isinstance(items, list) else [items]
    for keyword in BRANCHES:
        below += schema.get(keyword, [])
    return all(_is_grammar_safe(node) for node in below)

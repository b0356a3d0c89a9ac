"""Drafts as models write them, brought into the shape of a contract (spec 06 section 3.8).

Every rule is deterministic, changes nothing that is right already, and has one cause in what language models
write: another language's type names, keywords one level too high, ``null`` for "nothing", keys that do not exist.
What no rule covers stays as it is, for the gate to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from ggui_core.protocol.names import RETIRED_FIELDS
from ggui_core.protocol.report import json_type

JsonObject = dict[str, Any]

_TYPES: Final[Mapping[str, str]] = {
    alias: kind
    for kind, aliases in {
        "array": ("array", "list", "tuple", "sequence"),
        "object": ("object", "dict", "map", "record", "hash"),
        "string": ("string", "str", "text", "char"),
        "integer": ("integer", "int", "long", "short"),
        "number": ("number", "float", "double", "decimal", "num", "numeric"),
        "boolean": ("boolean", "bool"),
        "null": ("null",),
    }.items()
    for alias in aliases
}
MEMBERS: Final = (
    "propsSpec",
    "actionSpec",
    "contextSpec",
    "streamSpec",
    "agentCapabilities",
    "clientCapabilities",
)
"""What a contract may have."""
_KNOWN: Final = frozenset((*MEMBERS, *RETIRED_FIELDS))  # the gate has a word for each retired one
_UNTYPED: Final = frozenset({"any", "unknown", "mixed", "void"})
_VALUES: Final = frozenset({"const", "default", "enum", "example"})
"""Keywords of a schema that hold instances."""

_SCHEMA_WORDS: Final = frozenset(
    {"type", "properties", "items", "enum", "const", "oneOf", "anyOf", "format", "nullable"}
)
"""Any of these in an entry says that the entry itself was written as the schema."""

_PROP: Final = frozenset({"description", "schema", "required", "default", "example", "sourceTool"})
_SLOT: Final = frozenset({"description", "schema", "default", "debounceMs", "example"})
_ACTION: Final = frozenset({"description", "label", "schema", "example", "icon", "confirm", "nextStep"})
_STREAM: Final = frozenset({"description", "schema", "source", "mode", "replay", "complete", "example"})
_TOOL: Final = frozenset({"serverInfo", "toolInfo", "usage", "example"})
_TOOL_INFO: Final = frozenset({"inputSchema", "description", "outputSchema"})
_NULLABLE: Final = frozenset({"default", "example"})
"""Members of an entry for which null is a value."""


def normalised(draft: Mapping[str, Any]) -> JsonObject:
    """A copy of a draft with every rule applied. The draft has kept the bounds of a contract."""
    rules: Mapping[str, Callable[[Any], Any]] = {
        "propsSpec": _props_spec,
        "actionSpec": lambda spec: _entries(spec, _action),
        "streamSpec": lambda spec: _entries(spec, _stream),
        "contextSpec": lambda spec: _entries(spec, _slot),
        "agentCapabilities": _agent_capabilities,
        "clientCapabilities": lambda given: _kept(given, frozenset({"gadgets"})),
    }
    repaired: JsonObject = {}
    for key, value in draft.items():
        if key not in rules:
            repaired[key] = value
        elif value is not None:
            repaired[key] = rules[key](value)
    return repaired


def told_apart(draft: Mapping[str, Any]) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """The members of a draft that contracts have or had, and the names of all others."""
    strange = tuple(name for name in draft if name not in _KNOWN)
    if not strange:
        return draft, ()
    return {name: member for name, member in draft.items() if name in _KNOWN}, strange


# Specs and their entries


def _props_spec(spec: Any) -> Any:
    if not isinstance(spec, Mapping):
        return spec
    named = spec.get("properties")
    if named is None:  # the names stand where ``properties`` should
        named = {name: entry for name, entry in spec.items() if isinstance(entry, (Mapping, str))}
        named.pop("description", None)
        named.pop("type", None)
    entries = _entries(named, _prop)
    if isinstance(entries, dict) and isinstance(spec.get("required"), list):
        for name in spec["required"]:
            if isinstance(name, str) and isinstance(entries.get(name), dict):
                entries[name].setdefault("required", True)
    repaired: JsonObject = {"properties": entries}
    if isinstance(spec.get("description"), str):
        repaired["description"] = spec["description"]
    return repaired


def _entries(spec: Any, entry: Callable[[str, Any], Any]) -> Any:
    if not isinstance(spec, Mapping):
        return spec
    return {name: entry(name, value) for name, value in spec.items()}


def _prop(name: str, entry: Any) -> Any:
    return _kept(_wrapped(entry, _PROP), _PROP)


def _slot(name: str, entry: Any) -> Any:
    return _kept(_wrapped(entry, _SLOT), _SLOT)


def _stream(name: str, entry: Any) -> Any:
    return _kept(_wrapped(entry, _STREAM), _STREAM)


def _action(name: str, entry: Any) -> Any:
    if isinstance(entry, str):
        return {"label": entry}
    repaired = _kept(_wrapped(entry, _ACTION), _ACTION)
    if isinstance(repaired, dict) and "label" not in repaired:
        repaired["label"] = _spoken(name)
    return repaired


def _wrapped(entry: Any, allowed: frozenset[str]) -> Any:
    """An entry that was written as its own schema, with the schema below it."""
    if isinstance(entry, str) and _type_name(entry) is not None:
        return {"schema": {"type": entry}}
    if not isinstance(entry, Mapping) or "schema" in entry or not entry.keys() & _SCHEMA_WORDS:
        return entry
    own = {
        key for key in entry if key in allowed and not (key == "required" and entry[key] not in (True, False))
    }
    schema = {key: value for key, value in entry.items() if key not in own}
    return {**{key: entry[key] for key in entry if key in own}, "schema": schema}


def _kept(entry: Any, allowed: frozenset[str]) -> Any:
    """The members that an entry may have, its schemas normalised; others, and nulls that mean nothing, go."""
    if not isinstance(entry, Mapping):
        return entry
    kept: JsonObject = {}
    for key, value in entry.items():
        if key not in allowed or (value is None and key not in _NULLABLE):
            continue
        kept[key] = schema(value) if key in ("schema", "inputSchema", "outputSchema") else value
    return kept


def _agent_capabilities(given: Any) -> Any:
    if not isinstance(given, Mapping) or not isinstance(given.get("tools"), Mapping):
        return given
    return {**given, "tools": {name: _tool(tool) for name, tool in given["tools"].items()}}


def _tool(tool: Any) -> Any:
    if not isinstance(tool, Mapping):
        return tool
    if "toolInfo" not in tool and "inputSchema" in tool:
        tool = {**tool, "toolInfo": {key: tool[key] for key in tool if key in _TOOL_INFO}}
    kept: JsonObject = _kept(tool, _TOOL)
    if isinstance(kept.get("toolInfo"), Mapping):
        kept["toolInfo"] = _kept(kept["toolInfo"], _TOOL_INFO)
    if isinstance(kept.get("serverInfo"), Mapping):
        kept["serverInfo"] = _kept(kept["serverInfo"], frozenset({"name", "version"}))
    return kept


def _spoken(name: str) -> str:
    """``save_draft`` and ``saveDraft`` as a person would read them on a button."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", " ", name).split()
    return " ".join(words).capitalize() or name


# Schemas


def schema(given: Any) -> Any:
    """A schema with the type names of JSON Schema, in every place a schema can stand."""
    if isinstance(given, str):
        kind = _type_name(given)
        return given if kind is None else _typed({}, given)
    if not isinstance(given, Mapping):
        return given
    repaired: JsonObject = {}
    for key, value in given.items():
        if value is None and key not in _VALUES:
            continue
        if key in ("properties", "patternProperties", "definitions", "$defs") and isinstance(value, Mapping):
            repaired[key] = {name: schema(member) for name, member in value.items()}
        elif key in ("oneOf", "anyOf", "allOf") and isinstance(value, list):
            repaired[key] = [schema(branch) for branch in value]
        elif key in ("items", "additionalProperties", "not", "contains") and isinstance(
            value, (Mapping, str)
        ):
            repaired[key] = schema(value)
        elif key != "type":
            repaired[key] = value
    if "type" in given:
        repaired = _typed(repaired, given["type"])
    return _with_required_lifted(repaired)


def _type_name(word: str) -> str | None:
    """What one word of a type means, ``""`` for "anything", None for no type at all."""
    folded = word.strip().casefold()
    return "" if folded in _UNTYPED else _TYPES.get(folded)


def _typed(rest: JsonObject, given: Any) -> JsonObject:
    """``rest`` with the type that was meant; a word that means none stays, for the gate to name it."""
    words = given.split("|") if isinstance(given, str) else given
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        return rest if given is None else {"type": given, **rest}
    if [word.strip().casefold() for word in words] == ["enum"]:
        members = rest.get("enum")
        kinds = (
            list(dict.fromkeys(json_type(member) for member in members)) if isinstance(members, list) else []
        )
        return {"type": kinds[0] if len(kinds) == 1 else kinds, **rest} if kinds else rest
    named = [_type_name(word) for word in words]
    if "" in named:
        return rest
    if None in named:
        return {"type": given, **rest}
    kinds = list(dict.fromkeys(kind for kind in named if kind))
    return {"type": kinds[0] if isinstance(given, str) and len(kinds) == 1 else kinds, **rest}


def _with_required_lifted(node: JsonObject) -> JsonObject:
    """``required: true`` inside a property, as older dialects had it, said by the object that has the property."""
    properties = node.get("properties")
    if not isinstance(properties, dict):
        return node
    marked = {
        name: member["required"]
        for name, member in properties.items()
        if isinstance(member, dict) and isinstance(member.get("required"), bool)
    }
    if not marked:
        return node
    plain = {
        name: {key: value for key, value in member.items() if key != "required"} if name in marked else member
        for name, member in properties.items()
    }
    before = node.get("required")
    names = list(before) if isinstance(before, list) else []
    names += [name for name, needed in marked.items() if needed and name not in names]
    lifted = {**node, "properties": plain}
    if names:
        lifted["required"] = names
    return lifted

"""The JSON Schema of ``ggui.json`` for editors: the kernel's keys and those of the enabled plugins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, TypeAdapter

from ggui_core import catalog
from ggui_core.config import REQUIRED_KEYS, Config, ConfigSection
from ggui_core.settings import file_keys

_REF = "#/$defs/{model}"


def json_schema(
    sections: Sequence[ConfigSection], settings_models: Mapping[str, type[BaseModel]]
) -> dict[str, Any]:
    """A JSON Schema (2020-12) that accepts what :func:`~ggui_core.config.parse_config` accepts.

    Args:
        sections: The keys that plugins own.
        settings_models: Plugin name to its settings model.
    """
    adapters: list[tuple[str, Any]] = [("config", TypeAdapter(Config))]
    adapters += [(f"section:{section.path}", TypeAdapter(section.type)) for section in sections]
    adapters += [(f"settings:{name}", TypeAdapter(model)) for name, model in settings_models.items()]
    found, shared = TypeAdapter.json_schemas(
        [(key, "validation", adapter) for key, adapter in adapters], by_alias=True, ref_template=_REF
    )
    definitions: dict[str, Any] = shared.get("$defs", {})
    schemas = {key: dict(schema) for (key, _), schema in found.items()}
    root = _resolved(schemas["config"], definitions)
    root["required"] = list(REQUIRED_KEYS)
    root["properties"]["app"] = {"$ref": _REF.format(model="AppSection")}  # null is for the absence of a file
    for section in sections:
        schema = schemas[f"section:{section.path}"]
        if section.description:
            schema["description"] = section.description
        _place(root, section.path.split("."), schema, definitions)
    for path, package in catalog.CONFIG_KEYS.items():
        # As the kernel does: a known key whose plugin is absent earns a warning, not a refusal.
        absent = {"description": f"Ignored: belongs to {package}, which is not installed or is disabled."}
        _place(root, path.split("."), absent, definitions)
    settings = _object("settings of the enabled plugins")
    # Settings of plugins that are not enabled are a warning, not an error.
    settings["additionalProperties"] = {"type": "object"}
    for name, model in settings_models.items():
        settings["properties"][name] = _settings(schemas[f"settings:{name}"], model, definitions)
    plugins = definitions["PluginsSection"]
    plugins["properties"]["settings"] = settings
    root["description"] = "How this ggui server runs: its name, its plugins, their settings."
    for definition in (*definitions.values(), *settings["properties"].values()):
        if "description" in definition:  # a docstring, which an editor shows as it is
            definition["description"] = definition["description"].replace("``", "`")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ggui.json",
        **{key: value for key, value in root.items() if key != "title"},
        "$defs": definitions,
    }


def _resolved(schema: dict[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """The schema behind a reference."""
    while "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    return schema


def _object(description: str) -> dict[str, Any]:
    return {"type": "object", "description": description, "properties": {}, "additionalProperties": False}


def _place(
    root: dict[str, Any], path: Sequence[str], schema: dict[str, Any], definitions: Mapping[str, Any]
) -> None:
    """Put ``schema`` at a dotted path, making the objects above it where nobody owns them."""
    node = root
    for part in path[:-1]:
        inner = node["properties"].setdefault(part, _object(""))
        options = [option for option in inner.get("anyOf", [inner]) if option.get("type") != "null"]
        node = _resolved(options[0], definitions)
        node.setdefault("properties", {})
    node["properties"].setdefault(path[-1], schema)


def _settings(
    schema: dict[str, Any], model: type[BaseModel], definitions: Mapping[str, Any]
) -> dict[str, Any]:
    """A settings object as the file writes it: camelCase, nothing required, since flags may fill it."""
    body = dict(_resolved(schema, definitions))
    properties: dict[str, Any] = body.get("properties", {})
    body["properties"] = {
        key: properties.get(key, properties.get(name, {})) for key, name in file_keys(model).items()
    }
    body.pop("required", None)
    body["additionalProperties"] = False
    return body

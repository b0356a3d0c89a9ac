"""JSON Schemas of tool inputs and outputs, in draft-07 (spec 02 section 3.2)."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

DRAFT_07: Final = "http://json-schema.org/draft-07/schema#"
_REF_TEMPLATE: Final = "#/definitions/{model}"


class Draft07(GenerateJsonSchema):
    """Writes what pydantic knows in the words of draft-07, without the titles it invents."""

    schema_dialect = DRAFT_07

    def generate(
        self, schema: Any, mode: Literal["validation", "serialization"] = "validation"
    ) -> JsonSchemaValue:
        written = super().generate(schema, mode)
        definitions = written.pop("$defs", {})
        if "$ref" in written:  # a recursive model; draft-07 ignores what stands beside a $ref
            written = dict(definitions[written["$ref"].rpartition("/")[2]])
        if definitions:
            written["definitions"] = definitions
        written = copy.deepcopy(written)
        _to_draft_07(written)
        return {"$schema": DRAFT_07, **written}

    def field_is_required(self, field: Any, total: bool) -> bool:
        """Results leave nulls out, so a field that may be null is not required of them."""
        return super().field_is_required(field, total) and not (
            self.mode == "serialization" and _may_be_null(field["schema"])
        )

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _may_be_null(schema: Mapping[str, Any]) -> bool:
    while schema["type"].startswith("function") and "schema" in schema:
        schema = schema["schema"]
    return schema["type"] in ("nullable", "none", "any")


_MAPS: Final = ("properties", "definitions", "patternProperties")
"""Keywords whose keys are names of the author, not words of JSON Schema."""

_VALUES: Final = ("default", "const", "enum", "examples")
"""Keywords that hold instances, not schemas."""


_BOUNDS: Final = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
}
"""Bounds that stand behind a validator of Python, which pydantic writes down under its own names."""


def _to_draft_07(node: Any) -> None:
    if isinstance(node, list):
        for item in node:
            _to_draft_07(item)
        return
    if not isinstance(node, dict):
        return
    if "prefixItems" in node:
        if "items" in node:
            node["additionalItems"] = node["items"]
        node["items"] = node.pop("prefixItems")
    if "type" in node:
        node.pop("title", None)
    if node.get("type") in ("integer", "number"):
        for ours, theirs in _BOUNDS.items():
            if ours in node:
                node[theirs] = node.pop(ours)
    for key, value in node.items():
        if key in _MAPS:
            for member in value.values():
                _to_draft_07(member)
        elif key not in _VALUES:
            _to_draft_07(value)


def input_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a tool's arguments: an open object, whatever the model says about extra keys."""
    schema = model.model_json_schema(
        by_alias=True, ref_template=_REF_TEMPLATE, schema_generator=Draft07, mode="validation"
    )
    if schema.get("additionalProperties") is False:
        del schema["additionalProperties"]
    schema.setdefault("properties", {})
    return schema


def output_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a tool's structured output: a closed object."""
    schema = model.model_json_schema(
        by_alias=True, ref_template=_REF_TEMPLATE, schema_generator=Draft07, mode="serialization"
    )
    schema.setdefault("properties", {})
    schema["additionalProperties"] = False
    return schema

"""How inputs and outputs of tools are written: camelCase, and schemas that say no more than a caller must know.

``tools/list`` is read by every model that connects (ruling 19), so an optional member is listed without its null
alternative and without a default of null.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


def _terse(schema: dict[str, Any]) -> None:
    schema.pop("description", None)  # the docstring of a model is for us
    for name, member in schema.get("properties", {}).items():
        if member.get("default", ...) is None:
            del member["default"]
        kinds = [kind for kind in member.get("anyOf", ()) if kind != {"type": "null"}]
        if len(kinds) == 1:
            rest = {key: value for key, value in member.items() if key != "anyOf"}
            schema["properties"][name] = {**kinds[0], **rest}


class Model(BaseModel):
    """Arguments or structured output of a tool; members that are ``None`` stay away."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, json_schema_extra=_terse
    )

"""How inputs and outputs of tools are written: camelCase on the wire, terse schemas, closed objects that say so.

``tools/list`` is read by every model that connects, so a schema says what a caller must know and no more
(ruling 19): whatever may be left out is listed without its null alternative and without a default of null.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from ggui_core.protocol.session import LONGEST_HOST_NAME

_OBJECT: Final = {"type": "object"}


def _terse(schema: dict[str, Any]) -> None:
    schema.pop("description", None)  # the docstring of a model is for us
    for name, member in schema.get("properties", {}).items():
        if member.get("default", ...) is None:
            del member["default"]
        alternatives = [one for one in member.get("anyOf", ()) if one != {"type": "null"}]
        if len(alternatives) == 1:
            rest = {key: value for key, value in member.items() if key != "anyOf"}
            schema["properties"][name] = {**alternatives[0], **rest}


_CONFIG: Final = ConfigDict(
    alias_generator=to_camel, populate_by_name=True, frozen=True, json_schema_extra=_terse
)


class Output(BaseModel):
    """What a tool answers; members that are ``None`` stay away."""

    model_config = _CONFIG


class Input(BaseModel):
    """What a tool is called with; unknown members are dropped."""

    model_config = _CONFIG


class ClosedInput(Input):
    """A part of an input whose set of members is fixed: another one is an error that names the set."""

    model_config = ConfigDict(**{**_CONFIG, "extra": "forbid"})

    @model_validator(mode="before")
    @classmethod
    def _closed(cls, value: object) -> object:
        known = [field.alias or name for name, field in cls.model_fields.items()]
        keys = ", ".join(known)
        if not isinstance(value, (dict, cls)):
            raise PydanticCustomError(
                "object_type", "must be a JSON object with the keys {keys}", {"keys": keys}
            )
        if isinstance(value, dict):
            for key in value:
                if key not in known:
                    message = "'{key}' is not allowed here; the keys are {keys}"
                    raise PydanticCustomError("closed_object", message, {"key": key[:64], "keys": keys})
        return value


def _whole(value: object) -> object:
    """``25.0`` is the whole number 25 on a wire whose numbers are doubles."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Text = Annotated[str, Field(min_length=1)]
Id = Annotated[str, Field(min_length=1, max_length=128)]
"""Ours are shorter; what is longer is none, and is not repeated in a message."""

HostText = Annotated[str, Field(min_length=1, max_length=LONGEST_HOST_NAME)]
"""What a host calls itself or one of its conversations."""

Whole = Annotated[int, BeforeValidator(_whole), Field(strict=True)]
"""A whole number; ``true`` is none."""

Json = Annotated[dict[str, Any], WithJsonSchema(_OBJECT)]
"""A JSON object of which the schema says no more."""

Anything = Annotated[Any, WithJsonSchema({})]
"""Any JSON value."""

Rows = Annotated[list[dict[str, Any]], WithJsonSchema({"type": "array", "items": _OBJECT})]
"""JSON objects of which the schema says no more."""

"""How a validation fault is put into words: the JSON path, what is wrong, and what would be right."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, SecretStr

from ggui_core import catalog

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_SHOWN = 60


def json_path(location: Iterable[str | int]) -> str:
    """``$.app.slug``, ``$.mcpMounts[0]``, ``$.a["b c"]``."""
    path = "$"
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        elif _NAME.match(part):
            path += f".{part}"
        else:
            path += f"[{json.dumps(part)}]"
    return path


def echo(value: object) -> str:
    """A value as the user wrote it, on one line and short."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def describe(fault: ErrorDetails, shape: Any, expected: str = "") -> str:
    """``<what is wrong>; <what to write>`` for one fault.

    The description of the field says what to write; ``expected`` stands in at the root. Values of secret
    fields are never repeated.

    Args:
        shape: The type that the value was validated as; the fault's location starts there.
    """
    owner, name = _owner(shape, fault["loc"])
    kind = fault["type"]
    if kind == "extra_forbidden":
        known = [info.alias or key for key, info in owner.model_fields.items()] if owner is not None else []
        return f"unknown key; {catalog.suggestion(str(fault['loc'][-1]), known, 'remove it')}"
    wanted = _description(owner, name) or expected
    if kind == "missing":
        return f"is required; {f'expected {wanted}' if wanted else 'add it'}"
    what = _what(fault, secret=_is_secret(owner, name))
    return f"{what}; expected {wanted}" if wanted else f"{what}; change the value"


def _what(fault: ErrorDetails, *, secret: bool) -> str:
    message = fault["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    if fault["type"] == "string_pattern_mismatch":
        message = "has the wrong form"
    message = re.sub(r"^(input|string|value) should", "must", message)
    return message if secret else f"{message}, not {echo(fault['input'])}"


def _owner(annotation: Any, location: tuple[str | int, ...]) -> tuple[type[BaseModel] | None, str | None]:
    """The innermost model on the way to a fault, and the name of the field of it that is concerned."""
    owner: type[BaseModel] | None = None
    name: str | None = None
    current = _model_in(annotation)
    for part in location:
        if current is None:
            continue
        found = next((n for n, info in current.model_fields.items() if part in (n, info.alias)), None)
        owner, name = current, found
        current = _model_in(current.model_fields[found].annotation) if found is not None else None
    return owner, name


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The first model in an annotation such as ``list[Model] | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for m in map(_model_in, getattr(annotation, "__args__", ())) if m is not None), None)


def _description(owner: type[BaseModel] | None, name: str | None) -> str | None:
    return owner.model_fields[name].description if owner is not None and name is not None else None


def _is_secret(owner: type[BaseModel] | None, name: str | None) -> bool:
    if owner is None or name is None:
        return False
    annotation = owner.model_fields[name].annotation
    return SecretStr in (annotation, *getattr(annotation, "__args__", ()))

"""The settings of one plugin from flag, environment and file, in this order (spec 03 section 3.2)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_camel

from ggui_core import catalog
from ggui_core.config import ServeOption
from ggui_core.errors import BootError
from ggui_core.faults import describe, echo, json_path

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

S = TypeVar("S", bound=BaseModel)

_TRUE = ("1", "true", "yes", "on")
_FALSE = ("0", "false", "no", "off")


def file_keys(model: type[BaseModel]) -> dict[str, str]:
    """The keys of a settings object in ``ggui.json`` (camelCase) and the fields they fill."""
    return {info.alias or to_camel(name): name for name, info in model.model_fields.items()}


def resolve_settings(
    model: type[S],
    file_values: Mapping[str, Any],
    options: Sequence[ServeOption],
    flag_values: Mapping[str, Any],
    environ: Mapping[str, str],
    *,
    path: tuple[str, ...] = (),
    source: str = "ggui.json",
    base: Path | None = None,
) -> S:
    """Build ``model``: a flag beats the environment, that beats the file, and the file beats the default.

    Args:
        file_values: The object in ``ggui.json``, camelCase keys.
        options: The flags bound to fields of ``model``.
        flag_values: Field name to what the command line said: text, a list of texts, or ``True``.
        path: Where ``file_values`` stands in the file.
        source: How problems name the file.
        base: Where relative paths in the file start; those of flags and variables start at the working directory.

    Raises:
        BootError: one line per problem; each says whether a flag, a variable or the file holds the bad value.
    """
    keys = file_keys(model)
    problems: list[str] = []
    values: dict[str, Any] = {}
    origins: dict[str, str] = {name: f"{source}: {json_path((*path, key))}" for key, name in keys.items()}
    for key, value in file_values.items():
        if key in keys:
            values[keys[key]] = value
        else:
            remedy = catalog.suggestion(key, keys, "remove it")
            problems.append(f"{source}: {json_path((*path, key))}: unknown key; {remedy}")
    bad = _file_faults(model, values)
    problems.extend(_line(model, fault, origins, source, path) for fault in bad)
    reported = {keys.get(str(fault["loc"][0]), fault["loc"][0]) for fault in bad}
    if base is not None:
        values |= {
            name: _based(value, base)
            for name, value in values.items()
            if _is_path(model, name, value) or _are_paths(model, name, value)
        }
    for option in options:
        origin, value = _given(option, model, flag_values, environ, problems)
        if origin is not None:
            values[option.field], origins[option.field] = value, origin
    try:
        settings = model.model_validate(values, by_alias=True, by_name=True)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            name = keys.get(str(fault["loc"][0]), fault["loc"][0]) if fault["loc"] else None
            if name not in reported:
                problems.append(_line(model, fault, origins, source, path))
        raise BootError(*problems) from None
    if problems:
        raise BootError(*problems)
    return settings


def _file_faults(model: type[BaseModel], values: Mapping[str, Any]) -> list[ErrorDetails]:
    """Faults of the file's own values: JSON types are not coerced, so ``"5"`` is no number there.

    What is missing may still come from a flag, and rules across fields need every field, so both wait.
    """
    try:
        model.__pydantic_validator__.validate_json(
            json.dumps(dict(values), default=str), strict=True, by_alias=True, by_name=True
        )
    except ValidationError as error:
        return [
            fault
            for fault in error.errors(include_url=False)
            if fault["loc"] and not (fault["type"] == "missing" and len(fault["loc"]) == 1)
        ]
    return []


def _given(
    option: ServeOption,
    model: type[BaseModel],
    flag_values: Mapping[str, Any],
    environ: Mapping[str, str],
    problems: list[str],
) -> tuple[str | None, Any]:
    """Where a flag's field gets its value from, and the value; ``(None, None)`` when it is not given."""
    if option.field in flag_values:
        value = flag_values[option.field]
        origin = option.flag
    elif option.env is not None and environ.get(option.env, "").strip():
        text = environ[option.env].strip()
        origin = f"environment variable {option.env}"
        if option.multiple:
            value = [part.strip() for part in text.split(",") if part.strip()]
        elif is_switch(model, option):
            if text.lower() not in (*_TRUE, *_FALSE):
                problems.append(f"{origin} must be 1, true, 0 or false, not {echo(text)}")
            value = text.lower() in _TRUE
        else:
            value = text
    else:
        return None, None
    bad = [v for v in (value if option.multiple else [value]) if option.choices and v not in option.choices]
    if bad:
        problems.append(f"{origin} must be one of {', '.join(option.choices)}, not {echo(bad[0])}")
    return origin, value


def _is_path(model: type[BaseModel], name: str, value: object) -> bool:
    annotation = model.model_fields[name].annotation
    return isinstance(value, str) and value != "" and (annotation is Path or Path in get_args(annotation))


def _are_paths(model: type[BaseModel], name: str, value: object) -> bool:
    annotation = model.model_fields[name].annotation
    return (
        annotation == tuple[Path, ...] and isinstance(value, list) and all(isinstance(v, str) for v in value)
    )


def _based(value: str | list[str], base: Path) -> str | list[str]:
    if isinstance(value, list):
        return [str(base / Path(each).expanduser()) for each in value]
    return str(base / Path(value).expanduser())


def is_switch(model: type[BaseModel], option: ServeOption) -> bool:
    """True when the option's field is boolean, so that the flag takes no value.

    Raises:
        BootError: the model has no such field.
    """
    info = model.model_fields.get(option.field)
    if info is None:
        fix = catalog.suggestion(option.field, model.model_fields, f"add it to {model.__name__}")
        raise BootError(f"{option.flag} is bound to the field {option.field}, which does not exist; {fix}")
    return info.annotation is bool


def _line(
    model: type[BaseModel],
    fault: ErrorDetails,
    origins: Mapping[str, str],
    source: str,
    path: tuple[str, ...],
) -> str:
    text = describe(fault, model)
    if fault["type"] == "missing" and path[:2] == ("plugins", "settings"):
        text += f", or switch the plugin off: ggui plugins disable {path[2]}"
    if not fault["loc"]:
        return f"{source}: {json_path(path)}: {text}"
    name = file_keys(model).get(str(fault["loc"][0]), str(fault["loc"][0]))
    origin = origins[name]
    if "$" not in origin:
        return f"{origin} {text}"
    return f"{origin}{json_path(fault['loc'][1:])[1:]}: {text}"

"""Values of design tokens as CSS (Design Tokens Format Module, and plain CSS texts)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from ggui_core.protocol.theme import VariableValue

_RULES: Final = TypeAdapter(VariableValue)
_COLOUR: Final = re.compile(
    r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})"
    r"|(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color|color-mix|light-dark)\([^;{}<>@]+\)|[a-z]+",
    re.IGNORECASE,
)
_LOADS: Final = re.compile(
    r"(?:url|src|image|(?:-[a-z]+-)?(?:image-set|cross-fade)|element|paint)\(", re.IGNORECASE
)
"""Functions of CSS that fetch a file; of some a plain text is the address."""

_GENERIC_FONT: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


class NotCss(ValueError):
    """A value that cannot become one CSS value; its text says why."""


def css(value: object, kind: str | None) -> str:
    """A token's value as CSS.

    Args:
        value: What stands at ``$value``; no alias, none inside.
        kind: Its ``$type``, inherited or own; ``None`` goes by the value's shape.

    Raises:
        NotCss: it is malformed, is no colour though it says so, or could do more than be a value.
    """
    text = _text(value, kind)
    if kind == "color" and _COLOUR.fullmatch(text) is None:
        raise NotCss(f"{_shown(text)} is no CSS colour")
    if "\\" in text:
        raise NotCss("a \\ is not allowed: it could hide what a value is, or the end of its declaration")
    loads = _LOADS.search(text)
    if loads is not None:
        raise NotCss(f"{loads[0].lower()}…) is not allowed: a theme loads nothing")
    try:
        return _RULES.validate_python(text)
    except ValidationError:
        raise NotCss(
            f"{_shown(text)} is no single CSS value: 1 to 256 characters without ; {{ }} < > @ or a comment"
        ) from None


def _text(value: object, kind: str | None) -> str:
    match value:
        case str():
            return value.strip()
        case bool() | None:
            raise NotCss(f"a value is text, a number, a list or an object, not {value!r}")
        case int() | float():
            return _number(value)
        case Mapping():
            return _object(value, kind)
        case Sequence():
            return _list(value, kind)
    raise NotCss(f"a value of type {type(value).__name__} has no CSS form")


def _object(value: Mapping[str, Any], kind: str | None) -> str:
    keys = set(value)
    if {"value", "unit"} <= keys:
        return f"{_number(value['value'])}{_unit(value['unit'])}"
    if "components" in keys or kind == "color":
        return _colour(value)
    if keys & {"offsetX", "offsetY"} or kind == "shadow":
        return _shadow(value)
    if "timingFunction" in keys or kind == "transition":
        return _transition(value)
    raise NotCss(f"an object with the members {_shown(', '.join(sorted(keys)) or '(none)')} has no CSS form")


def _list(value: Sequence[Any], kind: str | None) -> str:
    if not value:
        raise NotCss("a list must not be empty")
    if kind == "cubicBezier" or (len(value) == 4 and all(_is_number(item) for item in value)):
        if len(value) != 4 or not all(_is_number(item) for item in value):
            raise NotCss("a cubicBezier is a list of four numbers")
        return f"cubic-bezier({', '.join(map(_number, value))})"
    if all(isinstance(item, Mapping) for item in value):
        return ", ".join(_object(item, kind) for item in value)
    if all(isinstance(item, str) for item in value):
        return ", ".join(map(_font, value))
    raise NotCss("a list is one of font names, of four numbers or of shadows")


def _colour(value: Mapping[str, Any]) -> str:
    space, components = value.get("colorSpace", "srgb"), value.get("components")
    alpha = value.get("alpha", 1)
    if not isinstance(components, Sequence) or isinstance(components, str) or len(components) != 3:
        raise NotCss("a colour has three components")
    if not all(_is_number(one) or one == "none" for one in components) or not _is_number(alpha):
        raise NotCss("components and alpha of a colour are numbers")
    if not isinstance(space, str) or re.fullmatch(r"[a-z0-9-]+", space) is None:
        raise NotCss(f"{_shown(space)} is no colour space")
    if space == "srgb" and "none" not in components and all(0 <= one <= 1 for one in [*components, alpha]):
        octets = [round(one * 255) for one in (components if alpha == 1 else [*components, alpha])]
        return "#" + "".join(f"{octet:02x}" for octet in octets)
    numbers = " ".join(one if one == "none" else _number(one) for one in components)
    share = "" if alpha == 1 else f" / {_number(alpha)}"
    if space in ("hsl", "hwb"):
        first, *rest = numbers.split(" ")
        return f"{space}({first} {' '.join(f'{part}%' for part in rest)}{share})"
    if space in ("lab", "lch", "oklab", "oklch"):
        return f"{space}({numbers}{share})"
    return f"color({space} {numbers}{share})"


def _shadow(value: Mapping[str, Any]) -> str:
    lengths = [_text(value.get(part, 0), "dimension") for part in ("offsetX", "offsetY", "blur", "spread")]
    inset = "inset " if value.get("inset") is True else ""
    return f"{inset}{' '.join(lengths)} {css(value.get('color', 'currentColor'), 'color')}"


def _transition(value: Mapping[str, Any]) -> str:
    duration, delay = (_text(value.get(part, "0ms"), "duration") for part in ("duration", "delay"))
    return f"all {duration} {_text(value.get('timingFunction', 'ease'), 'cubicBezier')} {delay}"


def _font(name: str) -> str:
    if _GENERIC_FONT.fullmatch(name):
        return name
    if re.search(r"[\"'\\\x00-\x1f]", name):
        raise NotCss(f"{_shown(name)} is no font name")
    return f"'{name}'"


def _unit(unit: object) -> str:
    if not isinstance(unit, str) or re.fullmatch(r"[a-z%]{1,6}", unit) is None:
        raise NotCss(f"{_shown(unit)} is no unit")
    return unit


def _number(value: object) -> str:
    if not _is_number(value):
        raise NotCss(f"{_shown(value)} is no number")
    return f"{value:.10g}"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"

"""What a view says of the host around it (spec 01 section 10.5): known members of the right shape are kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

_MODES: Final = ("inline", "fullscreen", "pip")
_PLATFORMS: Final = ("web", "desktop", "mobile")
_LONGEST: Final = 128


def projection(given: Mapping[str, Any]) -> dict[str, Any]:
    """The members that are well-formed; the others are dropped one by one."""
    kept = {name: read(given[name]) for name, read in _READERS.items() if name in given}
    return {name: value for name, value in kept.items() if value is not None}


def _modes(value: object) -> list[str] | None:
    if not isinstance(value, list):
        return None
    return [mode for mode in _MODES if mode in value]


def _one_of(*allowed: str) -> Callable[[object], str | None]:
    return lambda value: value if isinstance(value, str) and value in allowed else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= _LONGEST else None


def _dimensions(value: object) -> dict[str, float] | None:
    if not isinstance(value, Mapping):
        return None
    names = ("width", "maxWidth", "height", "maxHeight")
    kept = {name: value[name] for name in names if name in value and _is_size(value[name])}
    return kept or None


def _is_size(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < math.inf


def _capabilities(value: object) -> dict[str, bool] | None:
    if not isinstance(value, Mapping):
        return None
    kept = {name: value[name] for name in ("touch", "hover") if isinstance(value.get(name), bool)}
    return kept or None


_READERS: Final[Mapping[str, Callable[[object], Any]]] = {
    "availableDisplayModes": _modes,
    "currentDisplayMode": _one_of(*_MODES),
    "containerDimensions": _dimensions,
    "platform": _one_of(*_PLATFORMS),
    "deviceCapabilities": _capabilities,
    "locale": _text,
    "timeZone": _text,
}

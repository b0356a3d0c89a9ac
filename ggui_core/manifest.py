"""``ggui.json`` as a file: finding it and reading strict JSON (spec 03 section 5.1).

What its keys mean is :mod:`ggui_core.config`'s business; changing it in place is :mod:`ggui_core.manifest_edit`'s.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from ggui_core.errors import BootError
from ggui_core.faults import echo

MANIFEST = "ggui.json"
MAX_PARENTS = 8
"""How far above the working directory ``ggui.json`` is looked for."""


def find_manifest(start: Path) -> Path | None:
    """The ``ggui.json`` of ``start`` or of the nearest of its first eight parents."""
    start = start.absolute()
    for directory in (start, *start.parents[:MAX_PARENTS]):
        candidate = directory / MANIFEST
        if candidate.is_file():
            return candidate
    return None


def read_manifest(path: Path, name: str = MANIFEST) -> dict[str, Any]:
    """The JSON object in a file: no comments, no duplicate keys, no ``NaN``.

    Args:
        name: What problems call the file.

    Raises:
        BootError: the file is missing, unreadable or not that; one sentence with line and column.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BootError(f"{name} not found at {path}; create it, or leave --file out") from None
    except UnicodeDecodeError as error:
        raise BootError(f"{name} at {path} is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise BootError(f"Failed to read {name} at {path}: {error.strerror}; check permissions") from None
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise BootError(
            f"{name} at {path} is not valid JSON: line {error.lineno}, column {error.colno}: {error.msg}; "
            "JSON has no comments, no comma after the last item, and double quotes around every name"
        ) from None
    except RecursionError:
        raise BootError(f"{name} at {path} is nested too deeply; flatten it") from None
    except ValueError as error:
        raise BootError(f"{name} at {path} is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise BootError(f"{name} at {path} must hold a JSON object, not {echo(value)}")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f'the key "{twice}" stands twice in one object; remove one')
    return result


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"the number {text} is too large; write a smaller one")
    return number


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON; write a number or null")

"""What was changed of a draft, as a JSON Patch (RFC 6902; spec 06 section 3.7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ggui_sessions.equality import same_json

Operation = dict[str, Any]


def patch(draft: object, effective: object) -> list[Operation]:
    """The ``add``, ``remove`` and ``replace`` operations that lead from one JSON value to the other.

    Lists that differ are replaced as a whole. Both values are within the bounds of a contract.
    """
    return list(_operations(draft, effective, ""))


def _operations(before: object, after: object, path: str) -> Iterator[Operation]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name, value in before.items():
            place = f"{path}/{_escaped(name)}"
            if name in after:
                yield from _operations(value, after[name], place)
            else:
                yield {"op": "remove", "path": place}
        for name, value in after.items():
            if name not in before:
                yield {"op": "add", "path": f"{path}/{_escaped(name)}", "value": value}
    elif not same_json(before, after):
        yield {"op": "replace", "path": path, "value": after}


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")

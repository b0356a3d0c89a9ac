"""Where a page of a list ends."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import Field

from ggui_core.errors import ToolError
from ggui_core.protocol.blueprint import Blueprint
from ggui_core.stores.blueprints import Position

Cursor = Annotated[str, Field(min_length=1, max_length=200)]

_FORM: Final = re.compile(r"([0-9]{1,16})~(.{1,128})")


def cursor_of(last: Blueprint) -> str:
    """What names the place behind a blueprint."""
    return f"{last.created_at_ms}~{last.id}"


def position(cursor: str | None) -> Position | None:
    """The place that a cursor names.

    Raises:
        ToolError: ``invalid_cursor``.
    """
    if cursor is None:
        return None
    found = _FORM.fullmatch(cursor)
    if found is None:
        raise ToolError(
            "The cursor is none that this tool gave.", code="invalid_cursor", hint="Start again without one."
        )
    return int(found[1]), found[2]

"""What a view may submit (spec 01 section 14.4): the shapes of the known kinds, open for others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

DISPATCH: Final = "dispatch"

_TEXTS: Final[Mapping[str, str]] = {"openLink": "url", "requestDisplayMode": "mode"}
"""Kinds that only tell, and the text that each must bring."""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The payload of a gesture for the agent."""

    intent: str
    data: Any
    ui_context: Mapping[str, Any]


def fault(kind: str, payload: Mapping[str, Any]) -> str | None:
    """What is wrong with the payload of a kind, in one sentence; None when nothing is."""
    if kind == DISPATCH:
        if not _is_text(payload.get("intent")):
            return "A dispatch needs 'intent', the name of an action."
        if "actionData" not in payload:
            return "A dispatch needs 'actionData'; send null for an action without data."
        if not isinstance(payload.get("uiContext"), Mapping):
            return "A dispatch needs 'uiContext', an object of context slots; send {} when there are none."
        return None
    needed = _TEXTS.get(kind)
    if needed is not None and not _is_text(payload.get(needed)):
        return f"A gesture of kind '{kind}' needs the text '{needed}'."
    return None


def dispatch(payload: Mapping[str, Any]) -> Dispatch:
    """The payload of a dispatch that has no :func:`fault`."""
    return Dispatch(payload["intent"], payload["actionData"], payload["uiContext"])


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)

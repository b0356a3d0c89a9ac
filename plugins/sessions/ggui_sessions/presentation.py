"""How results and documents say to a host that there is something to show (MCP Apps; spec 02 sections 3.2 and 10.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

ROOT: Final = "ui://ggui/render"

_PERMISSIONS: Final[Mapping[str, str]] = {
    "camera": "camera",
    "microphone": "microphone",
    "geolocation": "geolocation",
    "clipboard-write": "clipboardWrite",
}
"""Browser permissions that MCP Apps knows, by their name in a gadget."""


def card_meta(resource_uri: str, display_mode: str | None = None) -> dict[str, Any]:
    """``_meta`` that leads to a document, in both spellings: some hosts read only one of them (spec 08, quirk 15)."""
    ui: dict[str, Any] = {"resourceUri": resource_uri}
    if display_mode is not None:
        ui["displayMode"] = display_mode
    return {"ui": ui, "ui/resourceUri": resource_uri}


def document_meta(
    csp: Mapping[str, Iterable[str]] | None,
    permissions: Iterable[str] = (),
    *,
    prefers_border: bool | None = None,
) -> dict[str, Any]:
    """``_meta`` of a document: what it may reach, what its gadgets ask the browser for, how it wants to be framed."""
    ui: dict[str, Any] = {}
    if csp:
        ui["csp"] = {name: list(origins) for name, origins in csp.items()}
    asked: dict[str, Any] = {_PERMISSIONS[name]: {} for name in permissions if name in _PERMISSIONS}
    if asked:
        ui["permissions"] = asked
    if prefers_border is not None:
        ui["prefersBorder"] = prefers_border
    return {"ui": ui} if ui else {}

"""A theme in a file: one document, or ``{"light": document, "dark": document}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ggui_core.errors import BootError
from ggui_core.manifest import read_manifest
from ggui_core.protocol.theme import Mode, Theme, document_hash
from ggui_core.themes import MAX_THEME_ID
from ggui_themes.documents import BadDocument, Document, Fault, read_document
from ggui_themes.ladder import mode_of, over, theme_of_one_mode
from ggui_themes.presets import DEFAULT, preset

MAX_BYTES: Final = 1024 * 1024
_PAIR: Final = frozenset({"light", "dark"})


@dataclass(frozen=True, slots=True)
class ThemeFile:
    """What a file holds: the documents by their mode. One document alone has the mode of its surface."""

    documents: Mapping[Mode, Document]

    @property
    def first(self) -> Document:
        """The document that names the theme."""
        return next(iter(self.documents.values()))

    def theme(self, theme_id: str, mode: Mode | None = None) -> Theme:
        """The whole theme, the default preset lending what the file leaves out.

        Args:
            mode: What a single document is to be taken for.
        """
        default = preset(DEFAULT)
        if len(self.documents) == 1:
            ((own, document),) = self.documents.items()
            return theme_of_one_mode(theme_id, document, mode or own, default)
        light = over(self.documents["light"].variables, default.light)
        dark = over(self.documents["dark"].variables, default.dark)
        first = self.first
        return Theme(
            theme_id, first.name or theme_id, first.description, light, dark, document_hash(light, dark)
        )


def read_theme_file(path: Path) -> ThemeFile:
    """Read and check a file.

    Raises:
        BootError: it is not there, too large, or no JSON.
        BadDocument: it is no theme; paths of a pair start with the mode.
    """
    if path.is_file() and path.stat().st_size > MAX_BYTES:
        raise BootError(f"theme file at {path} is larger than {MAX_BYTES} bytes; a theme needs far less")
    raw = read_manifest(path, "theme file")
    if not _PAIR & raw.keys():
        document = read_document(raw)
        return ThemeFile({mode_of(document): document})
    faults = [
        Fault(name, "stands beside light and dark; a pair of documents has nothing else")
        for name in raw
        if name not in _PAIR and not name.startswith("$")
    ]
    documents: dict[Mode, Document] = {}
    modes: tuple[Mode, ...] = ("light", "dark")
    for mode in modes:
        try:
            documents[mode] = read_document(raw.get(mode))
        except BadDocument as bad:
            faults += [Fault(f"{mode}.{fault.path}".rstrip("."), fault.message) for fault in bad.faults]
    if faults:
        raise BadDocument(faults)
    return ThemeFile(documents)


def id_of(path: Path) -> str:
    """What the theme of a file is called: its name in lower case, words joined by hyphens."""
    words = re.sub(r"[^a-z0-9]+", "-", path.name.lower().partition(".")[0]).strip("-")
    return words[:MAX_THEME_ID].rstrip("-") or "theme"

"""The built pages and assets, and filling a page with what the server knows of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Final

from ggui_core.errors import BootError

STATIC: Final = Path(__file__).resolve().parent / "static"
_CONTENT_TYPES: Final = {".js": "text/javascript", ".css": "text/css"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that never changes under its name, because the name holds a hash of the content."""

    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Pages:
    """What the build made.

    Attributes:
        parts: Templates by file name; ``$name`` marks what is filled in.
        assets: Files by their hashed names.
        built_names: Source file name, such as ``style.css``, to the hashed name.
    """

    parts: Mapping[str, Template]
    assets: Mapping[str, Asset]
    built_names: Mapping[str, str]
    favicon: bytes

    @classmethod
    def load(cls, static: Path = STATIC) -> Pages:
        """Read the build's output.

        Raises:
            BootError: there is none, because the distribution was not installed by a build backend.
        """
        try:
            names: dict[str, str] = json.loads((static / "build.json").read_text("utf-8"))["assets"]
            return cls(
                parts={path.name: Template(path.read_text("utf-8")) for path in (static / "pages").iterdir()},
                assets={name: _asset(static / "assets" / name) for name in names.values()},
                built_names=names,
                favicon=(static / "favicon.svg").read_bytes(),
            )
        except FileNotFoundError:
            raise BootError(
                "the pages of plugin 'demo' were not built; install its distribution again "
                "(pip install ./plugins/demo) or disable the plugin (ggui plugins disable demo)"
            ) from None

    def fill(self, part: str, *, html: Mapping[str, str] | None = None, **texts: str) -> str:
        """A part of a page.

        Args:
            html: Values that are markup already, such as other parts.
            texts: Values that are text; they are escaped for element and attribute content.
        """
        return self.parts[part].substitute(
            {name: escape(text, quote=True) for name, text in texts.items()}, **(html or {})
        )

    def page(
        self, part: str, script: str, facts: Mapping[str, Any], *, html: Mapping[str, str], **texts: str
    ) -> str:
        """A whole page with its style sheet, its script and the facts that the script reads."""
        return self.fill(
            part,
            html={"mark": self.parts["mark.svg"].template.strip(), **html},
            facts=json.dumps(facts, separators=(",", ":")),
            style=self.built_names["style.css"],
            script=self.built_names[script],
            **texts,
        )


def _asset(path: Path) -> Asset:
    return Asset(path.read_bytes(), _CONTENT_TYPES[path.suffix])

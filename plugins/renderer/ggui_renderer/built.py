"""What the build made of ``web``: the runtime, the shell's script, and the viewer page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Final

from ggui_core.errors import BootError
from ggui_renderer.assets import CSS, HTML, JAVASCRIPT, Asset

STATIC: Final = Path(__file__).resolve().parent / "static"


@dataclass(frozen=True, slots=True)
class Built:
    """The build's output.

    Attributes:
        parts: What of the component catalog loads on demand, by name.
        part_names: The components that each part holds, by the part's name.
        shell_script: The static shell's inline script.
        catalog_page: The document that shows every component, and its script.
        pages: Templates by file name; ``$name`` marks what is filled in.
    """

    runtime: Asset
    parts: Mapping[str, Asset]
    part_names: Mapping[str, frozenset[str]]
    catalog_page: Asset
    catalog_script: Asset
    shell_script: str
    viewer_script: Asset
    viewer_style: Asset
    pages: Mapping[str, Template]

    @classmethod
    def load(cls, static: Path = STATIC) -> Built:
        """Read it.

        Raises:
            BootError: there is none, because the distribution was not installed by a build backend.
        """
        try:
            known: dict[str, list[str]] = json.loads((static / "catalog.json").read_text("utf-8"))["parts"]
            return cls(
                runtime=_asset(static / "runtime.js", JAVASCRIPT),
                parts={name: _asset(static / f"catalog-{name}.js", JAVASCRIPT) for name in known},
                part_names={name: frozenset(names) for name, names in known.items()},
                catalog_page=Asset.zipped(HTML, (static / "catalog.html").read_text("utf-8")),
                catalog_script=_asset(static / "catalog.js", JAVASCRIPT),
                shell_script=(static / "shell.js").read_text("utf-8"),
                viewer_script=_asset(static / "viewer.js", JAVASCRIPT),
                viewer_style=_asset(static / "viewer.css", CSS),
                pages={path.name: Template(path.read_text("utf-8")) for path in (static / "pages").iterdir()},
            )
        except FileNotFoundError:
            raise BootError(
                "the browser runtime of plugin 'renderer' was not built; install its distribution again "
                "(pip install ./plugins/renderer) or disable the plugin (ggui plugins disable renderer)"
            ) from None


def _asset(path: Path, content_type: str) -> Asset:
    packed = {
        coding: Path(f"{path}.{suffix}").read_bytes() for coding, suffix in (("br", "br"), ("gzip", "gz"))
    }
    return Asset(content_type, path.read_bytes(), packed)

"""Build hook: put the repository's ``docs/*.md`` into the distribution as ``ggui_docs/pages``.

The pages live once, in the repository. A wheel or sdist built there carries a copy; a wheel built from the
sdist finds the copy in the package; an editable install carries none and reads the repository's folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGES = "ggui_docs/pages"


class PagesHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        if version == "editable" or (root / PAGES).is_dir():
            return
        pages = sorted((root.parent.parent / "docs").glob("*.md"))
        if not pages:
            raise FileNotFoundError(
                "ggui-docs needs the pages it serves: build it inside the repository, where docs/*.md is two "
                "folders up, or from its sdist, which carries them"
            )
        for page in pages:
            build_data["force_include"][str(page)] = f"{PAGES}/{page.name}"

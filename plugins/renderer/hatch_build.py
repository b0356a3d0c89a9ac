"""Builds what browsers load when the distribution is installed, editable or not (ARCHITECTURE section 8)."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BrowserBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs ``web/bundle.py`` before a wheel is put together."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        bundle = runpy.run_path(str(root / "web" / "bundle.py"))
        bundle["build"](root / "web", root / "ggui_renderer" / "static")

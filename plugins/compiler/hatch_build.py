"""Brings the esbuild executable of this platform into the package, editable installs included."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import platform_tags


class BinaryBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs ``npm/fetch.py`` before a wheel is put together."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        fetch = runpy.run_path(str(root / "npm" / "fetch.py"))
        fetch["fetch"](root / "npm", root / "ggui_compiler" / "bin")
        # One executable for every Python of this platform; it is static, so no C library is named either.
        platforms = (tag for tag in platform_tags() if not tag.startswith(("manylinux", "musllinux")))
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{next(platforms)}"

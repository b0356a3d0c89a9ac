"""The workspace of the browser code, as the build hook sees it."""

from __future__ import annotations

import runpy
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from filelock import FileLock

PLUGIN = Path(__file__).parents[2]
WEB = PLUGIN / "web"
STATIC = PLUGIN / "ggui_renderer" / "static"

_bundle: dict[str, Any] = runpy.run_path(str(WEB / "bundle.py"))


def built_runtime() -> str:
    """The runtime as it is served, built from the sources as they are now."""
    build: Callable[[Path, Path], bool] = _bundle["build"]
    build(WEB, STATIC)
    return (STATIC / "runtime.js").read_text()


def axe() -> str:
    """The accessibility checker, as a script."""
    _install(development=True)
    return (WEB / "node_modules" / "axe-core" / "axe.min.js").read_text()


def esbuild(*arguments: str | Path) -> str:
    """Run esbuild in the workspace; what it wrote to its output."""
    _install(development=False)
    binary: Path = _bundle["esbuild_binary"](WEB)
    finished = subprocess.run([binary, *arguments], cwd=WEB, check=True, capture_output=True, text=True)
    return finished.stdout


def _install(*, development: bool) -> None:
    with FileLock(WEB / ".build.lock"):
        _bundle["install"](WEB, development=development)

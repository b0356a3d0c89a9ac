"""What the wire layer costs before it is used, and that it reaches for nothing outside."""

from __future__ import annotations

import ast
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import ggui_core.protocol

PACKAGE = Path(ggui_core.protocol.__path__[0])
MODULES = sorted(module.name for module in pkgutil.iter_modules([str(PACKAGE)]))
IO = {
    "socket",
    "asyncio",
    "aiohttp",
    "urllib.request",
    "http",
    "pathlib",
    "os",
    "subprocess",
    "sqlite3",
    "time",
}
"""What a layer without I/O does not import (ARCHITECTURE law 4)."""


def imported_by(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def test_the_wire_layer_does_no_io() -> None:
    found = {path.name: imported_by(path) & IO for path in PACKAGE.glob("*.py")}
    assert {name: names for name, names in found.items() if names} == {}


def test_the_wire_layer_knows_of_the_kernel_only_its_errors() -> None:
    outside = {
        name
        for path in PACKAGE.glob("*.py")
        for name in imported_by(path)
        if name.startswith("ggui_core") and not name.startswith("ggui_core.protocol")
    }
    assert outside == {"ggui_core.errors"}


def test_importing_everything_but_the_engine_loads_no_engine() -> None:
    names = [f"ggui_core.protocol.{name}" for name in MODULES if name != "engine"]
    script = f"import sys, json, {', '.join(names)}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "jsonschema_rs" not in json.loads(done.stdout)

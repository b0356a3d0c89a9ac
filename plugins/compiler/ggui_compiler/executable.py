"""The esbuild executable that this distribution ships; ``npm/fetch.py`` put it there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ggui_compiler.errors import CompilerUnavailable

FOLDER = Path(__file__).parent / "bin"


@dataclass(frozen=True, slots=True)
class Executable:
    """Where the program is, and which version it has: its service refuses clients of another."""

    path: Path
    version: str


def shipped() -> Executable:
    """The executable.

    Raises:
        CompilerUnavailable: it is not there; the distribution was copied rather than installed.
    """
    folder = FOLDER
    try:
        record = json.loads((folder / "build.json").read_text())
        found = Executable(folder / record["executable"], record["version"])
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise _missing() from fault
    if not found.path.is_file():
        raise _missing()
    return found


def _missing() -> CompilerUnavailable:
    return CompilerUnavailable(
        "The compiler's esbuild executable is missing.", hint="Install it again: pip install ggui-compiler."
    )

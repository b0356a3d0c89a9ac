"""Compares what is written with what was looked at and found good.

``GGUI_UPDATE_GOLDEN=1 pytest plugins/forms/tests/test_golden.py`` writes the files anew; look at the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def golden(name: str, text: str) -> str:
    """The text that is expected."""
    path = FOLDER / f"{name}.tsx"
    if os.environ.get("GGUI_UPDATE_GOLDEN") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8")


def own_part(source: str) -> str:
    """A source without imports and pieces: what was written for its contract."""
    from ggui_forms.pieces import all_pieces

    for piece in all_pieces().values():
        source = source.replace(piece.code + "\n\n", "")
    return source[source.index("\n\n") + 2 :]

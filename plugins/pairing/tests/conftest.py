"""What the tests of pairing share."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from ggui_core.testing import FakeClock

OLD_TOKEN = "ggui_user_Zk1aBcD-_9xY"

WriteFile = Callable[..., Path]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def keys_path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "keys.json"


@pytest.fixture
def write_file(keys_path: Path) -> WriteFile:
    """Writes a pairings file as another program would, and returns its path."""

    def write(pairings: Sequence[dict[str, Any]], **document: Any) -> Path:
        keys_path.parent.mkdir(exist_ok=True)
        keys_path.write_text(json.dumps({"v": 1, "idCounter": 3, "pairings": list(pairings), **document}))
        return keys_path

    return write


def old_entry(**fields: Any) -> dict[str, Any]:
    """An entry as servers wrote it that kept bearers in clear."""
    return {
        "pairingId": "pair-3",
        "deviceName": "phone",
        "createdAt": 1777712000000,
        "token": OLD_TOKEN,
        "lastUsedAt": 1777712050000,
        "lastRemoteAddress": "10.0.0.9",
        **fields,
    }

"""The three contracts that newcomers see, as code."""

from __future__ import annotations

import pytest

from ggui_core.testing.any_contract import Json
from ggui_forms.layout import source_of

from .contracts import BOARD, FEEDBACK, STATUS
from .golden import golden, own_part


@pytest.mark.parametrize(
    ("name", "contract"),
    [("feedback", FEEDBACK), ("board", BOARD), ("status", STATUS)],
    ids=lambda v: str(v)[:8],
)
def test_the_code_for_a_demo_contract(name: str, contract: Json) -> None:
    written = own_part(source_of(contract))
    assert written == golden(name, written)

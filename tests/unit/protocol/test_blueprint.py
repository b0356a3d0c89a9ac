"""Provenance is a closed union on the wire: what clients of today read must never gain a member."""

from __future__ import annotations

import pytest

from ggui_core.protocol.blueprint import Provenance, new_blueprint_id


@pytest.mark.parametrize(
    ("provenance", "wire"),
    [
        (
            Provenance.generated("ui-gen", "m"),
            {"kind": "llm", "generator": "ui-gen", "model": "m"},
        ),
        (Provenance.generated("forms", None), {"kind": "llm", "generator": "forms", "model": "none"}),
        (Provenance("user"), {"kind": "user"}),
        (Provenance("curated"), {"kind": "curated"}),
    ],
)
def test_it_comes_back_as_it_went(provenance: Provenance, wire: dict[str, str]) -> None:
    assert provenance.wire() == wire
    assert Provenance.parse(wire) == provenance


@pytest.mark.parametrize(
    "value",
    [
        None,
        "user",
        {},
        {"kind": "forms"},
        {"kind": "llm"},
        {"kind": "llm", "generator": "x"},
        {"kind": "llm", "generator": "", "model": "m"},
        {"kind": "llm", "generator": "x", "model": 1},
        {"kind": "llm", "generator": "x", "model": "m", "more": 1},
        {"kind": "user", "generator": "x"},
    ],
)
def test_anything_else_is_none(value: object) -> None:
    assert Provenance.parse(value) is None


def test_ids_are_fresh() -> None:
    assert len({new_blueprint_id() for _ in range(100)}) == 100

"""Names of personas."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from ggui_blueprints.personas import near_duplicate, normalised

from .serving import OTHER_MODULE, serving


@pytest.mark.parametrize(("given", "kept"), [(" Skipper\n", "skipper"), ("", ""), ("  ", ""), ("ÉTÉ", "été")])
def test_they_are_trimmed_and_small(given: str, kept: str) -> None:
    assert normalised(given) == kept


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("skipper", "skiper", True),
        ("skipper", "skippers", True),
        ("skipper", "skippar", True),
        ("skipper", "xkipper", True),
        ("skipper", "skipper", False),
        ("skipper", "skippre", False),
        ("skipper", "pirate", False),
        ("a", "", True),
        ("ab", "ba", False),
        ("abc", "abcde", False),
    ],
)
def test_one_letter_makes_them_near(one: str, other: str, near: bool) -> None:
    assert (near_duplicate(one, {other}) is not None) is near
    assert (near_duplicate(other, {one}) is not None) is near


async def test_a_near_duplicate_is_logged_and_kept() -> None:
    async with serving() as server:
        await server.register(persona="skipper")
        with capture_logs() as logs:
            await server.register(OTHER_MODULE, persona="skippers")
        assert [line["known"] for line in logs if line["event"] == "blueprint.near_duplicate_persona"] == [
            "skipper"
        ]
        assert len(await server.listed()) == 2

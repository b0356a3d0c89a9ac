"""Content negotiation as RFC 9110 section 12.5.3 has it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ggui_renderer.encoding import preferred

OFFERED = ("br", "gzip")


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        (None, None),
        ("", None),
        ("identity", None),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.5, gzip", "gzip"),
        ("br;q=0, gzip;q=0", None),
        ("*", "br"),
        ("*;q=0.1, br;q=0", "gzip"),
        ("BR", "br"),
        ("gzip ; q=0.2,br; q=0.1", "gzip"),
        ("br;q=high", None),
        ("deflate", None),
    ],
)
def test_the_client_weighs_and_the_server_breaks_ties(header: str | None, chosen: str | None) -> None:
    assert preferred(header, OFFERED) == chosen


@given(st.text(alphabet="brgzip*;q=01., -", max_size=40))
def test_whatever_is_sent_gets_something_that_is_there(header: str) -> None:
    assert preferred(header, OFFERED) in (None, *OFFERED)

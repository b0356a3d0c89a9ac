from __future__ import annotations

import base64
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ggui_pairing.names import clean_name, printable
from ggui_pairing.tokens import (
    ADMIN_PREFIX,
    USER_PREFIX,
    digest,
    new_admin_token,
    new_user_token,
    same_token,
    shown_prefix,
)


@pytest.mark.parametrize(
    ("make", "prefix"),
    [(new_user_token, USER_PREFIX), (lambda: new_admin_token(secrets.token_bytes(32)), ADMIN_PREFIX)],
)
def test_token_carries_at_least_128_random_bits_behind_its_prefix(make: object, prefix: str) -> None:
    tokens = {make() for _ in range(200)}  # type: ignore[operator]
    assert len(tokens) == 200
    for token in tokens:
        assert token.startswith(prefix)
        assert len(base64.urlsafe_b64decode(token.removeprefix(prefix) + "==")) * 8 >= 128


def test_digest_is_the_published_sha256() -> None:
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@given(st.text(st.characters(codec=None)), st.text(st.characters(codec=None)))
def test_tokens_compare_like_strings_whatever_bytes_a_header_held(one: str, other: str) -> None:
    assert same_token(one, one)
    assert same_token(one, other) == (one == other)


def test_a_weak_old_token_shows_none_of_its_random_characters() -> None:
    assert shown_prefix("ggui_user_Zk1aBcD-_9xY") == "ggui_user_"
    token = new_user_token()
    assert shown_prefix(token) == token[:14]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("phone", "phone"),
        ("  kitchen laptop \n", "kitchen laptop"),
        ("télé 👩‍💻", "télé 👩‍💻"),
        ("x" * 120, "x" * 120),
        ("x" * 121, None),
        ("", None),
        ("   ", None),
        ("a\x1b[2Jb", None),
        ("a\nb", None),
        ("a\x7fb", None),
        ("a\u202eb", None),
        ("a\u2028b", None),
        ("a\ud800b", None),
        (7, None),
        (None, None),
        (["phone"], None),
    ],
)
def test_names_are_trimmed_bounded_and_printable(raw: object, name: str | None) -> None:
    assert clean_name(raw) == name


@given(st.text(st.characters(codec=None), min_size=1, max_size=60))
def test_whatever_is_printable_can_be_encoded_and_moves_no_cursor(raw: str) -> None:
    text = printable(raw)
    assert len(text) == len(raw)
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in text.encode().decode())

"""Signed tokens: the kit, the format that existing clients carry, and every way to forge one (spec 01 section 18)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ggui_core.clock import Clock
from ggui_core.testing import FakeClock, TokenSignerContract
from ggui_core.tokens import Claims, HmacTokenSigner, TokenRefused, TokenSigner

SECRET = b"0123456789abcdef0123456789abcdef"
NOW = 1_800_000_000
CLAIMS = {
    "sessionId": "s",
    "appId": "a",
    "kind": "ws",
    "iat": NOW,
    "exp": NOW + 180,
    "jti": "AAAAAAAAAAAAAAAA",
}


class TestHmacTokenSigner(TokenSignerContract):
    def make(self, clock: Clock, realm: str = "one") -> TokenSigner:
        return HmacTokenSigner(SECRET + realm.encode(), clock)


@pytest.fixture
def signer() -> HmacTokenSigner:
    return HmacTokenSigner(SECRET, FakeClock(start=NOW))


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def token_of(payload: bytes, secret: bytes = SECRET) -> str:
    """A token as another program that holds the secret would write it."""
    part = base64url(payload)
    return f"{part}.{base64url(hmac.new(secret, part.encode(), hashlib.sha256).digest())}"


def fault(signer: HmacTokenSigner, token: str) -> str | None:
    try:
        signer.verify(token, "ws")
    except TokenRefused as refused:
        return refused.fault
    return None


def test_format_is_claims_and_hmac_in_unpadded_base64url(signer: HmacTokenSigner) -> None:
    token, _ = signer.sign("ws", "rs_5f2c", "demo", 180)
    payload, signature = token.split(".")
    claims = json.loads(decoded(payload))
    assert len(decoded(claims.pop("jti"))) == 12
    assert claims == {"sessionId": "rs_5f2c", "appId": "demo", "kind": "ws", "iat": NOW, "exp": NOW + 180}
    assert decoded(signature) == hmac.new(SECRET, payload.encode("ascii"), hashlib.sha256).digest()
    assert "=" not in token


def test_a_token_that_another_program_signed_verifies(signer: HmacTokenSigner) -> None:
    token = token_of(json.dumps(CLAIMS | {"later": True}, indent=2).encode())
    assert signer.verify(token, "ws") == Claims("s", "a", "ws", NOW, NOW + 180)


@pytest.mark.parametrize(
    "changes",
    [
        {"sessionId": ""},
        {"sessionId": 5},
        {"appId": None},
        {"kind": ["ws"]},
        {"jti": None},
        {"jti": ""},
        {"iat": str(NOW)},
        {"iat": NOW + 0.5},
        {"iat": True},
        {"iat": -1},
        {"exp": float(NOW + 180)},
        {"exp": False},
        {"exp": NOW - 1},
        {"exp": None},
    ],
    ids=str,
)
def test_signed_claims_of_another_shape_are_malformed(
    signer: HmacTokenSigner, changes: dict[str, Any]
) -> None:
    assert fault(signer, token_of(json.dumps(CLAIMS | changes).encode())) == "malformed_claims"


@pytest.mark.parametrize("name", CLAIMS)
def test_signed_claims_that_lack_a_member_are_malformed(signer: HmacTokenSigner, name: str) -> None:
    claims = {key: value for key, value in CLAIMS.items() if key != name}
    assert fault(signer, token_of(json.dumps(claims).encode())) == "malformed_claims"


@pytest.mark.parametrize("payload", [b"x", b"[]", b"null", b'"text"', b"\xff\xfe", b"{", b"[" * 5000])
def test_a_signed_payload_that_is_no_object_is_malformed(signer: HmacTokenSigner, payload: bytes) -> None:
    token = token_of(payload)
    assert fault(signer, token) == ("malformed_claims" if len(token) <= 4096 else "invalid_format")


def test_a_payload_that_is_no_base64_is_malformed_when_signed(signer: HmacTokenSigner) -> None:
    signature = base64url(hmac.new(SECRET, b"AAAAA", hashlib.sha256).digest())
    assert fault(signer, f"AAAAA.{signature}") == "malformed_claims"


@pytest.mark.parametrize(
    "token", ["", "a", ".", "a.", ".b", "a.b.c", "a.b=", "a+/.b", "ä.b", "a.b\n", "a .b"]
)
def test_what_is_not_two_parts_of_base64url_has_no_valid_format(signer: HmacTokenSigner, token: str) -> None:
    assert fault(signer, token) == "invalid_format"


def test_the_signature_counts_before_anything_in_the_claims(signer: HmacTokenSigner) -> None:
    old = json.dumps(CLAIMS | {"exp": NOW - 1, "iat": NOW - 2, "kind": "viewer"}).encode()
    assert fault(signer, token_of(old, secret=b"x" * 32)) == "invalid_signature"
    assert fault(signer, token_of(b"no json", secret=b"x" * 32)) == "invalid_signature"


def test_an_unsigned_or_cut_signature_is_invalid(signer: HmacTokenSigner) -> None:
    token, _ = signer.sign("ws", "s", "a", 180)
    payload, signature = token.split(".")
    for forged in ("A", signature[:-1], signature + "A", signature[::-1], base64url(b"\x00" * 32)):
        assert fault(signer, f"{payload}.{forged}") == "invalid_signature"


@given(st.data())
def test_any_flipped_bit_is_refused(data: st.DataObject) -> None:
    signer = HmacTokenSigner(SECRET, FakeClock(start=NOW))
    token, _ = signer.sign("ws", data.draw(st.text(min_size=1, max_size=40)), "a", 180)
    raw = bytearray(token.encode())
    position = data.draw(st.integers(0, len(raw) - 1))
    raw[position] ^= data.draw(st.integers(1, 255))
    assert fault(signer, raw.decode("latin-1")) in ("invalid_signature", "invalid_format")


@given(st.text(max_size=200))
def test_no_text_verifies_by_chance_and_none_crashes(token: str) -> None:
    signer = HmacTokenSigner(SECRET, FakeClock(start=NOW))
    assert fault(signer, token) in ("invalid_format", "invalid_signature")


@given(st.binary(max_size=300))
def test_no_signed_bytes_crash_the_verifier(payload: bytes) -> None:
    signer = HmacTokenSigner(SECRET, FakeClock(start=NOW))
    assert fault(signer, token_of(payload)) in ("malformed_claims", "invalid_format")

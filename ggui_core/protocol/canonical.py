"""Canonical JSON bytes: RFC 8785 with the rules that this protocol adds (spec 01 section 7.1)."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

import rfc8785

from ggui_core.protocol.bounds import Bounds, Excess, describe, measure
from ggui_core.protocol.errors import NotCanonical

_EXACT: Final = 2**53
"""Whole numbers below it are exact as doubles, and all that the RFC implementation takes as whole."""

_HASHABLE: Final = Bounds(octets=16 * 1024 * 1024, depth=128, containers=1_000_000)


def canonical_bytes(value: object) -> bytes:
    """RFC 8785 bytes of a JSON value, nothing normalised but its form.

    Numbers are ECMAScript doubles: ``1.0`` is ``1``, ``-0`` is ``0``, whole numbers of 2**53 and more lose the
    digits that a double loses. Keys are sorted by UTF-16 code units.

    Raises:
        NotCanonical: The value is no JSON, has a number that is no finite double, a lone surrogate, or is
            nested deeper than 128 levels.
    """
    weighed = measure(value, _HASHABLE)
    if isinstance(weighed, Excess):
        raise NotCanonical(f"This value has no canonical form: {describe(weighed)}.")
    return rfc8785.dumps(_doubles(value))


def nfc(value: object) -> object:
    """Every text and every key in Unicode normalisation form C.

    Of keys that become equal the one written last stays (vector C11).
    """
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [nfc(item) for item in value]
    if isinstance(value, Mapping):
        return {unicodedata.normalize("NFC", key): nfc(member) for key, member in value.items()}
    return value


def sha256_hex(octets: bytes) -> str:
    """The 64 lowercase hexadecimal digits of a SHA-256."""
    return hashlib.sha256(octets).hexdigest()


def _doubles(value: object) -> Any:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return value if abs(value) < _EXACT else float(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < _EXACT else value
    if isinstance(value, list):
        return [_doubles(item) for item in value]
    assert isinstance(value, Mapping), "measured before"
    return {key: _doubles(member) for key, member in value.items()}

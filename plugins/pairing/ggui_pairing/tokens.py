"""Bearer tokens: how they are made, and what is kept of them (spec 03 section 9.3).

A token is a fixed prefix and 192 random bits. Only its SHA-256 is kept: with that much randomness a plain
digest cannot be searched, so it needs neither salt nor stretching. A lookup by digest says nothing about the
token either, because nobody can aim at a digest.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

USER_PREFIX = "ggui_user_"
ADMIN_PREFIX = "ggui_admin_"

RANDOM_BYTES = 24
SHOWN_CHARS = 14
"""How much of a bearer lists may show: the prefix and four random characters."""


def new_user_token() -> str:
    """A bearer for a device or a connector."""
    return USER_PREFIX + secrets.token_urlsafe(RANDOM_BYTES)


def new_admin_token(seed: bytes) -> str:
    """The operator token of one start of a server: all of its processes, which share the seed, know it."""
    key = hmac.new(seed, b"ggui operator token", hashlib.sha256).digest()[:RANDOM_BYTES]
    return ADMIN_PREFIX + base64.urlsafe_b64encode(key).decode()


def digest(token: str) -> str:
    """The lower-case hex SHA-256 that stands for ``token`` at rest.

    A header may carry bytes that are no UTF-8; aiohttp hands them over as lone surrogates, hence the handler.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def shown_prefix(token: str) -> str:
    """The first characters of ``token``, so that a person can tell keys apart.

    Tokens of older servers hold 72 random bits. Beside their digest, four known characters would leave 48 bits,
    which a rented GPU searches in a day; of those only the fixed prefix is shown.
    """
    strong = len(token) >= len(USER_PREFIX) + 4 * RANDOM_BYTES // 3
    return token[:SHOWN_CHARS] if strong else token[: len(USER_PREFIX)]


def same_token(presented: str, expected: str) -> bool:
    """Compare two tokens in a time that depends on neither; digests have equal length."""
    return hmac.compare_digest(digest(presented), digest(expected))

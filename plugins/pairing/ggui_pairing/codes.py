"""The pending pairing code: six digits, ten minutes, one slot (spec 03 section 10.3, ruling 11).

Everything about the code lives in the key-value store, so any replica that shares the store can check it:

* ``pairing:code`` - the record: an id, salt and hash of the digits, server name, expiry;
* ``pairing:code:<id>:claim`` - there while the code can still be used; whoever *takes* it has won;
* ``pairing:code:<id>:guesses:<round>`` - guesses made in this round;
* ``pairing:code:<id>:pause`` - until when guessing is paused, and which round comes next.

A round is 20 guesses; it is counted before the digits are compared, so concurrent guesses cannot overrun it.
Pauses of 60, 120, 240 and 480 seconds leave room for at most 80 guesses in ten minutes: odds of 8 in 100,000.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
from dataclasses import dataclass

import orjson

from ggui_core.clock import Clock
from ggui_core.stores import KeyValueStore
from ggui_pairing.errors import CodePaused, CodeRejected

DIGITS = 6
LIFETIME_S = 600
GUESSES_PER_ROUND = 20
FIRST_PAUSE_S = 60

_SLOT = "pairing:code"


@dataclass(frozen=True, slots=True)
class PendingCode:
    """A freshly minted code; the only place where its digits exist.

    ``expires_at`` is milliseconds since the epoch.
    """

    code: str
    server_name: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class RedeemedCode:
    """A code that this caller, and nobody else, has consumed."""

    slot_id: str
    server_name: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class _Record:
    slot_id: str
    salt: bytes
    sha256: str
    server_name: str
    expires_at: int

    def encode(self) -> bytes:
        return orjson.dumps(
            {
                "id": self.slot_id,
                "salt": self.salt.hex(),
                "sha256": self.sha256,
                "serverName": self.server_name,
                "expiresAt": self.expires_at,
            }
        )

    @staticmethod
    def decode(raw: bytes) -> _Record:
        fields = orjson.loads(raw)
        return _Record(
            fields["id"],
            bytes.fromhex(fields["salt"]),
            fields["sha256"],
            fields["serverName"],
            fields["expiresAt"],
        )

    def matches(self, guess: str) -> bool:
        return hmac.compare_digest(_hash(self.salt, guess), self.sha256)


def _hash(salt: bytes, code: str) -> str:
    return hashlib.sha256(salt + code.encode("utf-8", "surrogatepass")).hexdigest()


class CodeSlot:
    """The one pending code of this server. Every place that takes a code goes through :meth:`redeem`."""

    def __init__(self, store: KeyValueStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def mint(self, server_name: str) -> PendingCode:
        """Make a new code; the one before it, if any, is void from now on."""
        previous = await self._record()
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        salt = secrets.token_bytes(16)
        expires_at = self._now_ms() + LIFETIME_S * 1000
        record = _Record(secrets.token_urlsafe(12), salt, _hash(salt, code), server_name, expires_at)
        # The claim comes first: a record without its claim would look consumed to a guess in between.
        await self._store.set(_claim(record.slot_id), b"1", ttl_s=LIFETIME_S)
        await self._store.set(_SLOT, record.encode(), ttl_s=LIFETIME_S)
        if previous is not None:
            await self._store.delete(_claim(previous.slot_id))
        return PendingCode(code, server_name, expires_at)

    async def is_pending(self) -> bool:
        """Whether there is a code that can still be used."""
        return await self._record() is not None

    async def redeem(self, guess: str) -> RedeemedCode:
        """Consume the pending code if ``guess`` is right. Of concurrent right guesses exactly one succeeds.

        Raises:
            CodeRejected: wrong, expired, consumed, or none pending. The pending code stays valid.
            CodePaused: guessing is paused, whatever the guess.
        """
        record = await self._record()
        if record is None:
            raise CodeRejected
        round_ = await self._open_round(record.slot_id)
        guesses = await self._store.increment(_guesses(record.slot_id, round_), ttl_s=LIFETIME_S)
        if guesses > GUESSES_PER_ROUND:
            raise CodePaused(await self._pause(record.slot_id, round_))
        if record.matches(guess) and await self._store.take(_claim(record.slot_id)) is not None:
            return RedeemedCode(record.slot_id, record.server_name, record.expires_at)
        if guesses == GUESSES_PER_ROUND:
            await self._pause(record.slot_id, round_)
        raise CodeRejected

    async def give_back(self, redeemed: RedeemedCode) -> None:
        """Undo :meth:`redeem` because no bearer could be kept for it; the person may try the same code again."""
        left_s = (redeemed.expires_at - self._now_ms()) / 1000
        raw = await self._store.get(_SLOT)
        if left_s > 0 and raw is not None and _Record.decode(raw).slot_id == redeemed.slot_id:
            await self._store.set(_claim(redeemed.slot_id), b"1", ttl_s=left_s)

    async def _record(self) -> _Record | None:
        """The record of a code that is neither expired nor consumed."""
        raw = await self._store.get(_SLOT)
        if raw is None:
            return None
        record = _Record.decode(raw)
        if record.expires_at <= self._now_ms() or await self._store.get(_claim(record.slot_id)) is None:
            return None
        return record

    async def _open_round(self, slot_id: str) -> int:
        """The round that a guess belongs to now.

        Raises:
            CodePaused: the last round is used up and its pause is not over.
        """
        raw = await self._store.get(_pause_key(slot_id))
        if raw is None:
            return 0
        pause = orjson.loads(raw)
        left_ms = pause["until"] - self._now_ms()
        if left_ms > 0:
            raise CodePaused(max(1, math.ceil(left_ms / 1000)))
        return int(pause["nextRound"])

    async def _pause(self, slot_id: str, round_: int) -> int:
        """Pause guessing after ``round_``; returns for how many seconds.

        Any guess that finds its round used up does this, not just the last one of the round: were that one to
        die between counting and pausing, the code would otherwise stay locked until it expires.
        """
        pause_s = int(FIRST_PAUSE_S * 2**round_)
        until = self._now_ms() + pause_s * 1000
        pause = orjson.dumps({"until": until, "nextRound": round_ + 1})
        await self._store.set(_pause_key(slot_id), pause, ttl_s=LIFETIME_S)
        return pause_s

    def _now_ms(self) -> int:
        return int(self._clock.now() * 1000)


def _claim(slot_id: str) -> str:
    return f"{_SLOT}:{slot_id}:claim"


def _guesses(slot_id: str, round_: int) -> str:
    return f"{_SLOT}:{slot_id}:guesses:{round_}"


def _pause_key(slot_id: str) -> str:
    return f"{_SLOT}:{slot_id}:pause"

"""Paired devices and connector keys: one pool of long-lived bearers (spec 03 section 10)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol


@dataclass(frozen=True, slots=True)
class Pairing:
    """One bearer and the device it was given to.

    Attributes:
        pairing_id: ``pair-N``; numbers are never used again.
        device_name: What the person called the device.
        token_sha256: Hex digest of the bearer; the bearer itself is not kept.
        prefix: First characters of the bearer, so that a person can tell keys apart.
        created_at: Milliseconds since the epoch.
        last_used_at: Milliseconds since the epoch, or ``None`` when the bearer was never used.
        last_remote_address: Where it was last used from.
        app_id: The one app that the bearer opens; ``None`` for a bearer of the operator's devices.
        expires_at: Milliseconds since the epoch from which on the bearer opens nothing; ``None`` for never.
    """

    pairing_id: str
    device_name: str
    token_sha256: str
    prefix: str
    created_at: int
    last_used_at: int | None = None
    last_remote_address: str | None = None
    app_id: str | None = None
    expires_at: int | None = None

    def has_expired(self, now_ms: int) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now_ms


_NUMBERED: Final = re.compile(r"pair-([1-9][0-9]{0,14})", re.ASCII)


def pairing_number(pairing_id: str) -> int | None:
    """N of ``pair-N``, or ``None`` for what no store hands out."""
    match = _NUMBERED.fullmatch(pairing_id)
    return None if match is None else int(match[1])


def newcomers(
    incoming: Sequence[Pairing], kept: Iterable[tuple[str, str]], *, issued: int, issued_there: int
) -> tuple[list[Pairing], int]:
    """What :meth:`PairingStore.take_over` has to add, under the ids it gets here, and the highest number after that.

    Of several pairings of one id, or of one bearer, the last counts.

    Args:
        kept: Id and digest of each pairing of the store.
        issued: The highest number that the store gave out.
        issued_there: The highest number that was given out where they come from.
    """
    by_id = {pairing.pairing_id: pairing for pairing in incoming}
    by_token = {pairing.token_sha256: pairing for pairing in by_id.values()}
    ids, tokens = set(), set()
    for pairing_id, token_sha256 in kept:
        ids.add(pairing_id)
        tokens.add(token_sha256)
    highest = max(issued, issued_there)
    new = []
    for token_sha256, pairing in by_token.items():
        if token_sha256 in tokens:
            continue
        number = pairing_number(pairing.pairing_id)
        taken = pairing.pairing_id in ids or (number is not None and number <= issued)
        if taken:
            highest += 1
        new.append(replace(pairing, pairing_id=f"pair-{highest}") if taken else pairing)
    return new, highest


class PairingStore(Protocol):
    """Keeps pairings. Reads are cheap enough to be made on every request.

    Attributes:
        place: Where they are kept, for people: a path, or an address without its password.
    """

    @property
    def place(self) -> str: ...

    async def add(
        self,
        device_name: str,
        token_sha256: str,
        prefix: str,
        created_at: int,
        *,
        app_id: str | None = None,
        expires_at: int | None = None,
    ) -> Pairing:
        """Keep a new pairing under the next number and return it; durable when this returns."""
        ...

    async def was_issued(self, pairing_id: str) -> bool:
        """Whether ``pairing_id`` was ever given to a pairing, also one that was removed since."""
        ...

    async def by_token(self, token_sha256: str) -> Pairing | None:
        """The pairing whose bearer has this digest, or ``None``."""
        ...

    async def list(self) -> Sequence[Pairing]:
        """Every pairing, oldest first."""
        ...

    async def expired(self, now_ms: int) -> Sequence[Pairing]:
        """The pairings whose time is over."""
        ...

    async def missing(self, pairing_ids: Collection[str]) -> Collection[str]:
        """Which of these ids belong to no pairing. Asked every second about those in use, and never answered from
        what is only remembered: another process may have removed one."""
        ...

    async def take_over(self, pairings: Sequence[Pairing], *, issued: int, source: str) -> bool:
        """Keep pairings that were kept elsewhere so far, all or none, and at most once for each ``source``.

        A bearer that is known already is passed over. A pairing whose id is taken here, or was once, gets the next
        number; :func:`newcomers` decides. Numbers up to ``issued`` count as given out.

        Args:
            source: A name of what is taken over that no other content has, such as its digest.

        Returns:
            False when this source was taken over before, by whatever process; then nothing changes.
        """
        ...

    async def remove(self, pairing_id: str) -> bool:
        """Forget a pairing; False when there is none of that id. Durable when this returns."""
        ...

    async def touch(self, pairing_id: str, used_at: int, remote_address: str) -> None:
        """Note that a bearer was used. May be written later and lost in a crash; unknown ids are ignored."""
        ...


class MemoryPairingStore:
    """Keeps pairings in this process."""

    place = "memory"

    def __init__(self) -> None:
        self._sources: set[str] = set()
        self._pairings: dict[str, Pairing] = {}
        self._by_token: dict[str, str] = {}
        self._counter = 0

    async def add(
        self,
        device_name: str,
        token_sha256: str,
        prefix: str,
        created_at: int,
        *,
        app_id: str | None = None,
        expires_at: int | None = None,
    ) -> Pairing:
        self._counter += 1
        pairing = Pairing(
            f"pair-{self._counter}",
            device_name,
            token_sha256,
            prefix,
            created_at,
            app_id=app_id,
            expires_at=expires_at,
        )
        self._pairings[pairing.pairing_id] = pairing
        self._by_token[token_sha256] = pairing.pairing_id
        return pairing

    async def was_issued(self, pairing_id: str) -> bool:
        number = pairing_number(pairing_id)
        return pairing_id in self._pairings or (number is not None and number <= self._counter)

    async def by_token(self, token_sha256: str) -> Pairing | None:
        pairing_id = self._by_token.get(token_sha256)
        return None if pairing_id is None else self._pairings[pairing_id]

    async def list(self) -> Sequence[Pairing]:
        return list(self._pairings.values())

    async def expired(self, now_ms: int) -> Sequence[Pairing]:
        return [pairing for pairing in self._pairings.values() if pairing.has_expired(now_ms)]

    async def missing(self, pairing_ids: Collection[str]) -> Collection[str]:
        return set(pairing_ids) - self._pairings.keys()

    async def take_over(self, pairings: Sequence[Pairing], *, issued: int, source: str) -> bool:
        if source in self._sources:
            return False
        kept = [(pairing.pairing_id, pairing.token_sha256) for pairing in self._pairings.values()]
        new, self._counter = newcomers(pairings, kept, issued=self._counter, issued_there=issued)
        for pairing in new:
            self._pairings[pairing.pairing_id] = pairing
            self._by_token[pairing.token_sha256] = pairing.pairing_id
        self._sources.add(source)
        return True

    async def remove(self, pairing_id: str) -> bool:
        pairing = self._pairings.pop(pairing_id, None)
        if pairing is None:
            return False
        del self._by_token[pairing.token_sha256]
        return True

    async def touch(self, pairing_id: str, used_at: int, remote_address: str) -> None:
        pairing = self._pairings.get(pairing_id)
        if pairing is not None:
            self._pairings[pairing_id] = replace(
                pairing, last_used_at=used_at, last_remote_address=remote_address
            )

"""The pairings of a server in a file that other processes may change at any time (spec 03 sections 4.1, 10.5)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import structlog

from ggui_core.clock import Clock
from ggui_core.stores import Pairing
from ggui_core.stores.pairings import pairing_number
from ggui_pairing.errors import PairingsFileError
from ggui_pairing.pairing_file import Document, PairingFile, Stamp

T = TypeVar("T")

log = structlog.get_logger(__name__)

WATCH_EVERY_S = 2.0
"""How often the file is looked at when no request does it."""

USE_EVERY_S = 60.0
"""How often the use of one pairing is written at most, and how long a failed write waits for its next try."""

_TICK_NS = 100_000_000

GoneHandler = Callable[[Sequence[Pairing]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Use:
    used_at: int
    remote_address: str


async def _nobody(gone: Sequence[Pairing]) -> None:
    """The default of :attr:`FilePairingStore.on_gone`."""


class FilePairingStore:
    """A :class:`~ggui_core.stores.PairingStore` over a :class:`~ggui_pairing.pairing_file.PairingFile`.

    Lookups are answered from memory after one ``stat`` call has shown that the file is still the one that was
    read (a few microseconds; everything slower runs in a thread). While the file cannot be read, the last good
    content keeps serving and every change is refused, so that nothing is overwritten.

    Attributes:
        on_gone: Told of pairings that another process took out of the file.
    """

    def __init__(self, file: PairingFile, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._turn = asyncio.Lock()
        self._pairings: dict[str, Pairing] = {}
        self._by_token: dict[str, str] = {}
        self._plain: set[str] = set()
        self._counter = 0
        self._stamp: Stamp | None = None
        self._settled = False
        self._fault: str | None = None
        self._look_again_at = 0.0
        self._uses: dict[str, _Use] = {}
        self._written_at: dict[str, float] = {}
        self._to_hash: set[str] = set()
        self._retry_at = 0.0
        self.on_gone: GoneHandler = _nobody

    @property
    def place(self) -> str:
        return str(self._file.path)

    @property
    def file(self) -> PairingFile:
        """The file it keeps them in."""
        return self._file

    def load(self) -> None:
        """Read the file; blocks, for use before the server runs.

        Raises:
            PairingsFileError: it cannot be read or makes no sense.
        """
        self._adopt(self._file.read())

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
        def append(document: Document) -> Pairing:
            document.counter = max(document.counter, self._counter)
            return document.add(
                device_name, token_sha256, prefix, created_at, app_id=app_id, expires_at=expires_at
            )

        return await self._change(append)

    async def was_issued(self, pairing_id: str) -> bool:
        if self._changed():
            await self.refresh()
        number = pairing_number(pairing_id)
        return pairing_id in self._pairings or (number is not None and number <= self._counter)

    async def by_token(self, token_sha256: str) -> Pairing | None:
        if self._changed():
            await self.refresh()
        pairing_id = self._by_token.get(token_sha256)
        if pairing_id is None:
            return None
        if pairing_id in self._plain:
            self._to_hash.add(pairing_id)
        return self._shown(self._pairings[pairing_id])

    async def list(self) -> Sequence[Pairing]:
        if self._changed():
            await self.refresh()
        return [self._shown(pairing) for pairing in self._pairings.values()]

    async def expired(self, now_ms: int) -> Sequence[Pairing]:
        return [pairing for pairing in await self.list() if pairing.has_expired(now_ms)]

    async def missing(self, pairing_ids: Collection[str]) -> Collection[str]:
        if self._changed():
            await self.refresh()
        return set(pairing_ids) - self._pairings.keys()

    async def take_over(self, pairings: Sequence[Pairing], *, issued: int, source: str) -> bool:
        return await self._change(lambda document: document.take_over(pairings, issued=issued, source=source))

    async def remove(self, pairing_id: str) -> bool:
        if self._changed():
            await self.refresh()
        if pairing_id not in self._pairings and self._fault is None:
            return False  # revoking twice needs no writable file
        removed = await self._change(lambda document: document.remove(pairing_id), own=pairing_id)
        self._uses.pop(pairing_id, None)
        return removed

    async def touch(self, pairing_id: str, used_at: int, remote_address: str) -> None:
        if pairing_id in self._pairings:
            self._uses[pairing_id] = _Use(used_at, remote_address)

    async def refresh(self) -> None:
        """Take over what another process wrote, and tell :attr:`on_gone` which pairings it removed.

        A file that cannot be read, or makes no sense, is reported once and changes nothing.
        """
        async with self._turn:
            if not self._changed():
                return  # whoever had the turn before did it
            try:
                gone = self._adopt(await asyncio.to_thread(self._file.read))
            except PairingsFileError as error:
                self._note_fault(error)
                return
        if gone:
            await self._tell_gone(gone)

    async def flush(self, *, everything: bool = True) -> None:
        """Write uses and hashed bearers that only memory holds.

        With ``everything`` false, only what is due: bearers in clear at once, uses when the last write of that
        pairing is :data:`USE_EVERY_S` old.

        Raises:
            PairingsFileError: the file cannot be written; what was to be written is kept for the next try.
        """
        now = self._clock.monotonic()
        due = {
            pairing_id: use
            for pairing_id, use in self._uses.items()
            if everything or now - self._written_at.get(pairing_id, -USE_EVERY_S) >= USE_EVERY_S
        }
        to_hash = frozenset(self._to_hash)
        if not due and not to_hash:
            return

        def write(document: Document) -> None:
            for entry in document.entries:
                use = due.get(entry.pairing_id)
                if use is not None:
                    entry.note_use(use.used_at, use.remote_address)
                if entry.pairing_id in to_hash:
                    entry.hash_token()

        await self._change(write)
        self._to_hash -= to_hash
        for pairing_id, use in due.items():
            self._written_at[pairing_id] = now
            if self._uses.get(pairing_id) == use:
                del self._uses[pairing_id]

    async def watch(self) -> None:
        """Follow the file and write what is due, until cancelled."""
        while True:
            await self._clock.sleep(WATCH_EVERY_S)
            if self._changed():
                await self.refresh()
            if self._clock.monotonic() < self._retry_at:
                continue
            try:
                await self.flush(everything=False)
            except PairingsFileError as error:
                self._retry_at = self._clock.monotonic() + USE_EVERY_S
                log.warning("pairings_not_written", problem=str(error))

    async def is_readable(self) -> bool:
        """True while the file holds what is served."""
        if self._changed():
            await self.refresh()
        return self._fault is None

    async def _change(self, act: Callable[[Document], T], *, own: str | None = None) -> T:
        """Run ``act`` on the current content under the file's lock, write it, and serve the outcome."""

        def locked() -> tuple[T, Document]:
            with self._file.change() as document:
                outcome = act(document)
            return outcome, document

        async with self._turn:
            outcome, document = await asyncio.to_thread(locked)
            gone = [pairing for pairing in self._adopt(document) if pairing.pairing_id != own]
        if gone:
            await self._tell_gone(gone)
        return outcome

    def _changed(self) -> bool:
        """True when the file must be read again. One system call."""
        if self._fault is not None:
            return self._clock.monotonic() >= self._look_again_at
        try:
            return self._file.stamp() != self._stamp or not self._settled
        except PairingsFileError as error:
            self._note_fault(error)
            return False

    def _adopt(self, document: Document) -> Sequence[Pairing]:
        """Serve ``document`` from now on; returns the pairings that are in it no more."""
        before = self._pairings
        pairings = {entry.pairing_id: entry.pairing() for entry in document.entries}
        self._pairings = pairings
        self._by_token = {pairing.token_sha256: pairing.pairing_id for pairing in pairings.values()}
        self._plain = {entry.pairing_id for entry in document.entries if entry.is_plain}
        self._counter = max(self._counter, document.counter)
        self._stamp = document.stamp
        # Two changes within one tick of the file system's clock can leave the same stamp: a file that is that
        # young is read once more.
        self._settled = document.stamp is None or abs(time.time_ns() - document.stamp.modified_ns) > _TICK_NS
        self._fault = None
        return [pairing for pairing in before.values() if not self._still_there(pairing)]

    def _still_there(self, pairing: Pairing) -> bool:
        now = self._pairings.get(pairing.pairing_id)
        return now is not None and now.token_sha256 == pairing.token_sha256

    async def _tell_gone(self, gone: Sequence[Pairing]) -> None:
        log.info("pairings_removed_from_file", pairings=[pairing.pairing_id for pairing in gone])
        for pairing in gone:
            self._uses.pop(pairing.pairing_id, None)
        await self.on_gone(gone)

    def _note_fault(self, error: PairingsFileError) -> None:
        if self._fault != str(error):
            log.error(
                "pairings_file_unreadable", problem=str(error), serving="the last content that was read"
            )
        self._fault = str(error)
        self._look_again_at = self._clock.monotonic() + WATCH_EVERY_S

    def _shown(self, pairing: Pairing) -> Pairing:
        """The pairing with the use that is not written yet."""
        use = self._uses.get(pairing.pairing_id)
        if use is None:
            return pairing
        return replace(pairing, last_used_at=use.used_at, last_remote_address=use.remote_address)

"""What the hooks of this plugin share while one server lives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from ggui_core.bus import AnnouncementsMissed, AppDeleted
from ggui_core.errors import BootError
from ggui_core.setup import Setup
from ggui_core.stores import AppStore, KeyValueStore, Pairing, PairingStore
from ggui_pairing.admin import AdminSessions, admin_token
from ggui_pairing.api import pairings
from ggui_pairing.errors import PairingsFileError
from ggui_pairing.file_store import FilePairingStore
from ggui_pairing.importing import import_file
from ggui_pairing.pairing_file import PairingFile
from ggui_pairing.pairings import credential_id
from ggui_pairing.settings import DEFAULT_FILE, PairingSettings

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 1.0
"""How long a bearer that was revoked elsewhere, or whose time is over, holds on to what it had opened, at most."""

_EXPLICIT = -10
_STAND_IN = 10


@dataclass(slots=True)
class Desk:
    """The operator's token, the code of the boot, and the pairings file if there is one.

    Attributes:
        boot_code: The digits minted at start; ``None`` before that, in the any-bearer mode, and when those that another
            replica printed stay good.
        is_code_elsewhere: Whether they do.
        file_store: Set when pairings may live in a file; another plugin's store can still be the chosen one.
    """

    admin_token: str
    file_store: FilePairingStore | None = None
    boot_code: str | None = None
    is_code_elsewhere: bool = False

    def described_code(self) -> str | None:
        """The row of the banner about the code, if there is one."""
        if self.is_code_elsewhere:
            return "as another replica printed it  (a new one: POST /admin/pair/init)"
        return None if self.boot_code is None else f"{self.boot_code}  (valid ~10m)"

    @staticmethod
    def open(setup: Setup) -> Desk:
        """Make the desk, and offer the home of pairings that the settings ask for (ruling 5).

        A file that the operator named beats every other store, the default file only stands in while no durable
        store is active, and with ``--ephemeral`` the kernel's memory store serves.

        Raises:
            BootError: the file makes no sense, or the admin token is too weak.
        """
        settings = setup.settings(PairingSettings)
        pinned = settings.admin_token
        secret = None if pinned is None else pinned.get_secret_value()
        desk = Desk(admin_token(secret, setup.process.seed))
        if settings.keys_file is not None or not setup.server.ephemeral:
            explicit = settings.keys_file is not None
            path = pairings_path(settings.keys_file, setup.config_dir)
            desk.file_store = FilePairingStore(PairingFile(path), setup.clock)
            try:
                desk.file_store.load()
            except PairingsFileError as error:
                raise BootError(str(error)) from error
            setup.provide(PairingStore, desk.file_store, rank=_EXPLICIT if explicit else _STAND_IN)
        setup.provide(Desk, desk)
        return desk

    def sessions(self, setup: Setup) -> AdminSessions:
        """Browser sessions of the operator."""
        return AdminSessions(setup.get(KeyValueStore), self.admin_token)

    async def is_readable(self, setup: Setup) -> bool:
        """Whether the home of pairings answers."""
        store = setup.get(PairingStore)
        if isinstance(store, FilePairingStore):
            return await store.is_readable()
        await store.missing([credential_id("")])
        return True

    async def move_in(self, setup: Setup) -> None:
        """Where another plugin's store is the home of pairings, let it take over those of the default file.

        Raises:
            BootError: it cannot; the file is as it was.
        """
        store = setup.get(PairingStore)
        if self.file_store is not None and store is not self.file_store:
            await import_file(self.file_store.file, store)

    @asynccontextmanager
    async def following_file(self, setup: Setup) -> AsyncIterator[None]:
        """While open, changes that ``ggui keys`` makes to the file take effect; on exit, what is due is written."""
        store = self.file_store
        if store is None or setup.get(PairingStore) is not store:
            yield
            return
        pool = pairings(setup)

        async def announce(gone: Sequence[Pairing]) -> None:
            for pairing in gone:
                await pool.announce_revoked(pairing.pairing_id, actor=None, by="file")

        store.on_gone = announce
        watcher = asyncio.create_task(store.watch(), name="pairings-file-watch")
        try:
            yield
        finally:
            watcher.cancel()
            with suppress(asyncio.CancelledError):
                await watcher
            try:
                await store.flush()
            except PairingsFileError as error:
                log.warning("pairings_not_written", problem=str(error))


@asynccontextmanager
async def ending_what_is_over(setup: Setup) -> AsyncIterator[None]:
    """While open, bearers whose time or whose app is over are revoked, and what revoked ones hold open ends.

    ``ggui keys`` and servers on the same database revoke without a word, or their word may be lost: so the store is
    asked, once a second, about those that hold something open.
    """
    pool = pairings(setup)

    async def look() -> None:
        fault = None
        while True:
            await setup.clock.sleep(LOOK_EVERY_S)
            try:
                await pool.revoke_expired()
                await end_what_was_revoked_unheard()
            except Exception as error:  # the adapter lets none of them in; try again when the store works
                if str(error) != fault:
                    log.warning("pairings_not_looked_at", problem=str(error))
                fault = str(error)
            else:
                fault = None

    async def end_what_was_revoked_unheard() -> None:
        for name in await pool.gone(setup.calls.credentials()):
            setup.calls.revoke(name)

    async def look_after_a_gap(_: AnnouncementsMissed) -> None:
        await pool.revoke_of_missing_apps(setup.get(AppStore), setup.configured_app_id)
        await end_what_was_revoked_unheard()

    endings = [
        setup.bus.subscribe(AppDeleted, lambda event: pool.revoke_of_app(event.app_id)),
        setup.bus.subscribe(AnnouncementsMissed, look_after_a_gap),
    ]
    watcher = asyncio.create_task(look(), name="pairings-watch")
    try:
        yield
    finally:
        for end in endings:
            end()
        watcher.cancel()
        with suppress(asyncio.CancelledError):
            await watcher


def pairings_path(named: Path | None, config_dir: Path) -> Path:
    """The pairings file: the named one, else the default below ``config_dir``."""
    return config_dir / DEFAULT_FILE if named is None else named.expanduser().absolute()

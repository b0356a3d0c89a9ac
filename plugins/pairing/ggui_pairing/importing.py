"""Pairings move from their file into a database, once (ruling 5)."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import ExitStack

import structlog

from ggui_core.errors import BootError, GguiError, first_line
from ggui_core.stores import PairingStore
from ggui_pairing.errors import PairingsFileError
from ggui_pairing.pairing_file import Document, PairingFile

log = structlog.get_logger(__name__)


async def import_file(file: PairingFile, store: PairingStore) -> None:
    """Let ``store`` take over what the file holds, then put the file aside; nothing happens where there is none.

    The store keeps everything or nothing, and knows the content again: when this ends in between, or another server
    does the same, what was revoked since stays revoked. Bearers in clear are hashed also in the file that is put aside.

    Raises:
        BootError: the file cannot be read, makes no sense, or the store cannot keep it. The file is as it was.
    """
    try:
        if file.stamp() is None:
            _tell_of_earlier(file, empty=file.aside.exists() and not await store.list(), store=store)
            return
        with ExitStack() as stack:
            # The wait for the lock leaves the event loop: whoever holds it may need the loop to finish.
            await asyncio.to_thread(stack.enter_context, file.held())
            document = file.read()
            if document.stamp is None:
                return  # whoever had the lock before did it
            for entry in document.entries:
                entry.hash_token()
            await _taken_over(document, file, store)
            _put_aside(file, document)
    except PairingsFileError as error:
        raise BootError(str(error)) from error


async def _taken_over(document: Document, file: PairingFile, store: PairingStore) -> None:
    pairings = [entry.pairing() for entry in document.entries]
    source = hashlib.sha256(document.encode()).hexdigest()
    try:
        new = await store.take_over(pairings, issued=document.counter, source=source)
    except Exception as error:  # whatever it is, the file stays, and the operator hears which one it is
        cause = error.message if isinstance(error, GguiError) else first_line(error)
        raise BootError(
            f"pairings file {file.path} could not be taken over into {store.place}: {cause}; "
            "mend the database and start again: the file is as it was"
        ) from error
    log.info("pairings_imported", count=len(pairings) if new else 0, into=store.place, again=not new)


def _put_aside(file: PairingFile, document: Document) -> None:
    try:
        aside = file.put_aside(document)
    except OSError as error:
        log.warning(
            "pairings_file_not_put_aside",
            file=str(file.path),
            problem=error.strerror or str(error),
            hint="its pairings are in the database now, and changes to the file count no more: remove it; "
            "to keep pairings in this file, name it with --keys-file",
        )
    else:
        log.info("pairings_file_put_aside", file=str(aside))


def _tell_of_earlier(file: PairingFile, *, empty: bool, store: PairingStore) -> None:
    """Projects of one user shared the file: the first one to start has taken it, and others may miss their devices."""
    if empty:
        log.warning(
            "pairings_were_imported_before",
            file=str(file.aside),
            hint=f"no pairing is in {store.place}; if its devices belong here, "
            f"copy the file to {file.path} and start again",
        )

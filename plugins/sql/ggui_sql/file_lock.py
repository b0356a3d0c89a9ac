"""One server has a database file to itself: it announces inside its process what others would have to hear."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import BinaryIO

from ggui_core.errors import BootError

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def hold(path: Path) -> BinaryIO:
    """Be the one server of a database file until the returned file is closed or the process ends.

    Raises:
        BootError: another server has it, or its folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.fdopen(os.open(lock_path(path), os.O_CREAT | os.O_RDWR, 0o600), "r+b")
    except OSError as error:
        raise BootError(
            f"storage: the database {path} cannot be used: {error}; "
            "give the user of the server the right to it, or name another file in ggui.json#storage"
        ) from error
    try:
        _lock(lock.fileno())
    except OSError as error:
        lock.close()
        raise BootError(
            f"storage: another server uses {path}, and a file has one server at a time; stop that one, start with "
            "--ephemeral, set GGUI_PERSISTENT_DIR, or name another file or PostgreSQL in ggui.json#storage"
        ) from error
    return lock


def lock_path(path: Path) -> Path:
    """The empty file beside a database that its server holds."""
    return path.with_name(f"{path.name}.lock")

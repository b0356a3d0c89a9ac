"""A lock between processes, held on a file beside the one it guards."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


_BUSY = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})
_RETRY_S = 0.01


class LockTimeout(OSError):
    """Another process kept the lock for too long."""


@contextmanager
def exclusive(path: Path, *, timeout_s: float = 10.0) -> Iterator[int]:
    """Hold the lock file at ``path``, which is created 0600 and stays; blocks, so call it off the event loop.

    The operating system lets go of the lock when its process dies, so a crash never leaves it behind. Yields the
    descriptor of the lock file.

    Raises:
        LockTimeout: it was still taken after ``timeout_s`` seconds.
        OSError: the lock file cannot be created, or is a link to some other file.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        if os.fstat(descriptor).st_nlink > 1:
            raise OSError(errno.EMLINK, "the lock file is a link to another file", str(path))
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                _try_lock(descriptor)
                break
            except OSError as error:
                if error.errno not in _BUSY:
                    raise
                if time.monotonic() >= deadline:
                    raise LockTimeout(errno.EAGAIN, "locked by another process", str(path)) from error
                time.sleep(_RETRY_S)
        yield descriptor
    finally:
        os.close(descriptor)

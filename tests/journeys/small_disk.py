"""A PostgreSQL server of its own whose data are on a small disk, which can be filled and emptied.

The disk is a tmpfs in a mount namespace of the server: it goes when the server does, however the test ends. The
write-ahead log is elsewhere, as operators put it: where that is full PostgreSQL itself stops.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import RawIOBase
from pathlib import Path

import asyncpg
import pytest

from .crashing import free_port

DISK_MB = 96
PATIENCE_S = 60
_START = """
set -e
mount -t tmpfs -o size={size}m tmpfs {home}/disk
chown postgres {home}/disk {home}/wal
exec setpriv --reuid=postgres --regid=postgres --clear-groups sh -ec '
{initdb} -D {home}/disk/data -X {home}/wal/log -U postgres -A trust -E UTF8 --no-sync >/dev/null
exec {postgres} -D {home}/disk/data -p {port} -k "" -c listen_addresses=127.0.0.1 -c fsync=off
'
"""


class SmallDisk:
    """The server, and its disk."""

    def __init__(self, process: subprocess.Popen[bytes], disk: Path, url: str) -> None:
        self._filler = Path("/proc", str(process.pid), "root", *disk.parts[1:], "filler")
        self.url = url

    @asynccontextmanager
    async def full(self) -> AsyncIterator[None]:
        """Something takes all room while the block runs, and whatever the server gives back; then all is given back."""
        with self._filler.open("wb", buffering=0) as file:
            _take_all(file)
            taking = asyncio.create_task(_go_on(file))
            try:
                yield
            finally:
                taking.cancel()
                await asyncio.wait([taking])
        self._filler.unlink()


def _take_all(file: RawIOBase) -> None:
    for size in (1 << 20, 4096, 1):
        with contextlib.suppress(OSError):
            while file.write(b"x" * size):
                pass


async def _go_on(file: RawIOBase) -> None:
    while True:
        await asyncio.sleep(0.02)
        _take_all(file)


@asynccontextmanager
async def small_disk() -> AsyncIterator[SmallDisk]:
    """A server on a small disk for as long as the block runs."""
    if os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("setpriv") is None:
        pytest.skip("mounting a small disk needs root, unshare and setpriv")
    probe = ["unshare", "--mount", "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/mnt"]
    if subprocess.run(probe, stderr=subprocess.DEVNULL).returncode != 0:
        pytest.skip("no disk can be mounted here")
    initdb, postgres = _program("initdb"), _program("postgres")
    with tempfile.TemporaryDirectory(prefix="ggui-disk-", dir="/tmp") as name:  # postgres may go in
        home, port = Path(name), free_port()
        home.chmod(0o755)
        for folder in ("disk", "wal"):
            (home / folder).mkdir()
        script = _START.format(size=DISK_MB, home=home, initdb=initdb, postgres=postgres, port=port)
        with (home / "log").open("wb") as log:
            process = subprocess.Popen(
                ["unshare", "--mount", "sh", "-c", script], stdout=log, stderr=log, cwd="/"
            )
        try:
            url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
            await _until_open(url, process, home / "log")
            yield SmallDisk(process, home / "disk", url)
        finally:
            process.send_signal(signal.SIGQUIT)  # at once, with all its children
            process.wait(PATIENCE_S)


def _program(name: str) -> str:
    found = shutil.which(name) or next(
        (str(path) for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)), None
    )
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


async def _until_open(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            assert process.poll() is None, log.read_text()[-2_000:]
            try:
                connection = await asyncpg.connect(url)
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.1)
                continue
            await connection.close()
            return

"""Redis for tests: the shared one that ``GGUI_TEST_REDIS_URL`` names, and servers of our own that may be killed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from ggui_redis.link import Link


@pytest.fixture
def redis_url() -> str:
    url = os.environ.get("GGUI_TEST_REDIS_URL")
    if not url:
        pytest.skip("GGUI_TEST_REDIS_URL is not set")
    return url


@pytest.fixture
def prefix() -> str:
    """Keys of one test; nothing is kept for longer than a few hours."""
    return f"test-{uuid.uuid4().hex}"


@pytest.fixture
async def opened() -> AsyncIterator[AsyncExitStack]:
    """What is entered here is left when the test is over."""
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
async def link(redis_url: str, prefix: str, opened: AsyncExitStack) -> Link:
    link = Link(redis_url, prefix)
    await opened.enter_async_context(link.running())
    assert link.is_up
    return link


class RedisServer:
    """A Redis server that keeps nothing on disk and can be stopped and started in the middle of a test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self, *options: str) -> None:
        program = shutil.which("redis-server")
        assert program is not None
        command = [
            program,
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        self._process = subprocess.Popen(
            [*command, "--dir", str(self._folder), *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                assert time.monotonic() < deadline, "redis-server does not start"
                time.sleep(0.01)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    with tempfile.TemporaryDirectory(prefix="ggui-redis-") as folder:
        server = RedisServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.kill()

"""``ggui serve`` on a terminal opens the landing page; anywhere else, or when told not to, it does not."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="a terminal is simulated with pty, which this system does not have")

GGUI = Path(sys.executable).with_name("ggui")
DEADLINE_S = 30.0


@contextmanager
def serving(home: Path, *flags: str, terminal: bool) -> Iterator[Path]:
    """A ``ggui serve`` process; yields the file to which its browser writes the address."""
    opened = home / "opened"
    browser = home / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {opened}.part && mv {opened}.part {opened}\n')
    browser.chmod(0o700)
    environ = {name: value for name, value in os.environ.items() if name != "SSH_CONNECTION"}
    environ |= {"HOME": str(home), "GGUI_CONFIG_DIR": str(home), "DISPLAY": ":0", "BROWSER": f"{browser} %s"}
    command: Sequence[str] = (str(GGUI), "serve", "--port", "0", "--ephemeral", *flags)
    ours, theirs = pty.openpty()
    output = home / "output"
    with output.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=home, env=environ, stdout=theirs if terminal else file, stderr=subprocess.DEVNULL
        )
        os.close(theirs)
        try:
            wait_for_ready(ours if terminal else None, output)
            yield opened
        finally:
            process.terminate()
            process.wait(DEADLINE_S)
            os.close(ours)


def wait_for_ready(terminal: int | None, output: Path) -> None:
    """Read until the banner's last line, so that the server listens."""
    seen = b""
    deadline = time.monotonic() + DEADLINE_S
    while b"Ctrl-C" not in seen:
        assert time.monotonic() < deadline, seen
        if terminal is None:
            time.sleep(0.05)
            seen = output.read_bytes()
        else:
            seen += os.read(terminal, 4096)


def address(opened: Path, within_s: float) -> str | None:
    """What the browser was told to open, or ``None``."""
    deadline = time.monotonic() + within_s
    while not opened.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return opened.read_text() if opened.exists() else None


def test_a_person_at_a_terminal_sees_the_page(tmp_path: Path) -> None:
    with serving(tmp_path, terminal=True) as opened:
        found = address(opened, DEADLINE_S)

    assert found is not None
    assert found.startswith("http://127.0.0.1:")
    assert found.endswith("/")


@pytest.mark.parametrize(
    ("flags", "terminal"),
    [(("--no-open",), True), ((), False), (("--public-base-url", "https://ggui.example"), True)],
    ids=["no-open", "no terminal", "public server"],
)
def test_nothing_opens_unasked(tmp_path: Path, flags: tuple[str, ...], terminal: bool) -> None:
    with serving(tmp_path, *flags, terminal=terminal) as opened:
        found = address(opened, within_s=1.0)

    assert found is None

"""Opening the landing page in the operator's browser."""

from __future__ import annotations

import asyncio
import sys
import webbrowser
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Final

from yarl import URL

from ggui_core.setup import Setup

_PAUSE_S: Final = 0.1


@asynccontextmanager
async def opened_when_ready(setup: Setup) -> AsyncIterator[None]:
    """Open the page once the server accepts connections, where a person is likely to see it."""
    if not wanted(setup):
        yield
        return
    opening = asyncio.create_task(_open(setup.base_url))
    try:
        yield
    finally:
        opening.cancel()
        with suppress(asyncio.CancelledError):
            await opening


def wanted(setup: Setup) -> bool:
    """Whether a person started this server by hand on the machine before them, and did not say ``--no-open``."""
    server = setup.server
    at_home = server.loopback and server.public_base_url is None
    return at_home and not server.no_open and sys.stdout.isatty() and has_display(setup.environ)


def has_display(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """False where a browser would open inside the terminal, or on a machine that nobody sits at."""
    if "SSH_CONNECTION" in environ:
        return False
    return platform in ("darwin", "win32") or "DISPLAY" in environ or "WAYLAND_DISPLAY" in environ


async def _open(base_url: str) -> None:
    await _listening(URL(base_url))
    await asyncio.to_thread(webbrowser.open, f"{base_url}/")


async def _listening(url: URL) -> None:
    """Return once the server accepts connections; plugins open before it does, in whatever time they need."""
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection(url.host, url.port)
            writer.close()
            return
        await asyncio.sleep(_PAUSE_S)

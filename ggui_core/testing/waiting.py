"""Waiting for what has to happen: a condition, never a guess at how long it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

PATIENCE_S: Final = 60.0
"""How long a test waits, in seconds: far longer than anything takes, since only a failing test waits that long."""


async def until(condition: Callable[[], object]) -> None:
    """Return once ``condition()`` is true, which other tasks of this loop have to bring about.

    Raises:
        TimeoutError: it did not become true within :data:`PATIENCE_S`.
    """
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110  # anything at all can be waited for
            await asyncio.sleep(0.005)

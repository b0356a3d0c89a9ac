"""Work whose length a stranger decides leaves the event loop (ARCHITECTURE law 8)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

HEAVY_OCTETS: Final = 8 * 1024
"""Above so much JSON, reading and hashing it takes longer than going to another thread and back."""


async def weighed(octets: int, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Do pure work on JSON of about ``octets`` bytes: here when it is light, else in a thread."""
    if octets <= HEAVY_OCTETS:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)

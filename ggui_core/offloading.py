"""Work whose length a stranger decides leaves the event loop (ARCHITECTURE law 8)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

HEAVY_OCTETS: Final = 8 * 1024
"""Above so much JSON, reading and hashing it takes longer than going to another thread and back."""


def is_light(octets: int) -> bool:
    """Whether pure work on so much JSON may be done here."""
    return octets <= HEAVY_OCTETS


async def weighed(octets: int, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Do pure work on JSON of about ``octets`` bytes: here when it is light, else in a thread."""
    if is_light(octets):
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)

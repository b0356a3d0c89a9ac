"""When Python looks for garbage that reference counts do not find.

A server starts with some hundred thousand objects that it keeps for life: code, tables, schemas. A collector that walks
them while it boots, and again and again while it serves, finds next to nothing and takes a tenth of the processor.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

YOUNG: Final = 10_000
"""New objects that may pile up before the collector looks at them. A call makes some hundred, nearly all of which go
with their last reference; 10,000 of them take a few MiB."""
OLDER: Final = (20, 20)
"""How many looks at the young let it look at older ones."""


@contextmanager
def resting() -> Iterator[None]:
    """No collection while the block runs; afterwards as before, unless :func:`settle` said otherwise."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def settle() -> None:
    """The server is up: what is there now stays and is walked no more, what comes is looked at in larger lots."""
    gc.freeze()
    gc.set_threshold(YOUNG, *OLDER)
    gc.enable()

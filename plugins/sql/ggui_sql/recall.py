"""What was read from a database that no other process changes, kept until somebody here changes it.

On a database that several processes share nothing is kept: what one of them changes, the others must see with their
next look, and asking whether something changed costs as much as reading it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Hashable
from functools import partial
from typing import Any, Final, Generic, TypeVar

from ggui_core.database import Fact
from ggui_sql.database import OpenDatabase

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
T = TypeVar("T")

MISSING: Final[Any] = object()
"""Stands for what is not kept; ``None`` may be kept: it says that there is nothing in the database."""


class Recall(Generic[K, V]):
    """The answers used last, bounded by their weight; each belongs to an owner, say an app, and goes with its changes.

    Args:
        capacity: What all answers may weigh together.
    """

    def __init__(self, database: OpenDatabase, capacity: int) -> None:
        self._database = database
        self._capacity = capacity if database.sole else 0
        self._weight = 0
        self._kept: OrderedDict[tuple[str, K], tuple[V, int]] = OrderedDict()
        self._keys: dict[str, set[K]] = {}
        self._changing: dict[str, int] = {}
        database.when_changed_elsewhere(self.clear)

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, owner: str, key: K) -> V:
        """What was kept, or :data:`MISSING`."""
        found = self._kept.get((owner, key))
        if found is None:
            missing: V = MISSING
            return missing
        self._kept.move_to_end((owner, key))
        return found[0]

    def keep(self, owner: str, key: K, value: V, weight: int = 1) -> None:
        """Keep what was just read, without giving way in between, unless a change of its owner is under way."""
        if weight > self._capacity or owner in self._changing:
            return
        self.drop(owner, key)
        self._kept[owner, key] = value, weight
        self._keys.setdefault(owner, set()).add(key)
        self._weight += weight
        while self._weight > self._capacity:
            self.drop(*next(iter(self._kept)))

    async def change(self, owner: str, fact: Fact[T]) -> T:
        """Write a fact that changes what belongs to ``owner``."""
        if not self._capacity:
            return await self._database.write(fact)
        self.forget(owner)
        self._changing[owner] = self._changing.get(owner, 0) + 1
        writing = asyncio.ensure_future(self._database.write(fact))
        writing.add_done_callback(partial(self._changed, owner))
        return await asyncio.shield(writing)  # a write goes on when its caller leaves, and so does the change

    def forget(self, owner: str) -> None:
        """Keep nothing of an owner."""
        for key in tuple(self._keys.get(owner, ())):
            self.drop(owner, key)

    def clear(self) -> None:
        """Keep nothing."""
        self._kept.clear()
        self._keys.clear()
        self._weight = 0

    def drop(self, owner: str, key: K) -> None:
        """Keep nothing under this key."""
        found = self._kept.pop((owner, key), None)
        if found is None:
            return
        self._weight -= found[1]
        keys = self._keys[owner]
        keys.discard(key)
        if not keys:
            del self._keys[owner]

    def _changed(self, owner: str, writing: asyncio.Future[Any]) -> None:
        if not writing.cancelled():
            writing.exception()  # its caller may have left; then nobody else would look at it
        self._changing[owner] -= 1
        if not self._changing[owner]:
            del self._changing[owner]

"""The pipe of one session in this process: gestures on their way from the person to the agent."""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

from ggui_core.protocol.session import Batch, Gesture
from ggui_core.stores.memory_history import json_bytes
from ggui_core.stores.sessions import Appended


class _Queued(NamedTuple):
    """A gesture with its place on the pipe, which it keeps when a lease is released."""

    place: int
    gesture: Gesture
    size: int


@dataclass(slots=True, eq=False)
class Pipe:
    """Gestures in the order they were made, what is leased of them, and every action id there ever was.

    Attributes:
        capacity, capacity_bytes: What it takes, leased gestures included.
        seen: Action ids for de-duplication, long ones shortened.
        returned: Ids of gestures that were handed out before and came back.
        count, size: Gestures and bytes of JSON that are queued or leased.
    """

    capacity: int
    capacity_bytes: int
    queue: deque[_Queued] = field(default_factory=deque)
    leases: dict[str, tuple[_Queued, ...]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    returned: set[str] = field(default_factory=set)
    count: int = 0
    size: int = 0

    def append(self, gesture: Gesture) -> Appended:
        """Queue a gesture, unless it has been before or there is no room."""
        name = _short(gesture.action_id)
        if name in self.seen:
            return "duplicate"
        size = json_bytes([gesture.data, gesture.ui_context])
        if self.count >= self.capacity or self.size + size > self.capacity_bytes:
            return "full"
        self.queue.append(_Queued(len(self.seen), gesture, size))
        self.seen.add(name)
        self.count += 1
        self.size += size
        return "queued"

    def lease(self, lease_id: str) -> Batch:
        """Hand out all that is queued."""
        if not self.queue:
            return Batch(lease_id)
        held = self.leases[lease_id] = tuple(self.queue)
        self.queue.clear()
        gestures = tuple(queued.gesture for queued in held)
        redelivered = frozenset(g.action_id for g in gestures if g.action_id in self.returned)
        return Batch(lease_id, gestures, redelivered)

    def settle(self, lease_id: str) -> None:
        """Forget what was handed out."""
        held = self.leases.pop(lease_id, ())
        self.count -= len(held)
        self.size -= sum(queued.size for queued in held)
        self.returned.difference_update(queued.gesture.action_id for queued in held)

    def release(self, lease_id: str) -> int:
        """Queue again what was handed out; returns how many gestures that were."""
        held = self.leases.pop(lease_id, ())
        if held:
            # Places are unique, so gestures themselves are never compared.
            self.queue = deque(heapq.merge(held, self.queue))
            self.returned.update(queued.gesture.action_id for queued in held)
        return len(held)


def _short(action_id: str) -> str:
    """What is remembered of an action id for the life of a pipe: views may choose long ones."""
    if len(action_id) <= 64:
        return action_id
    return sha256(action_id.encode("utf-8", "surrogatepass")).hexdigest()

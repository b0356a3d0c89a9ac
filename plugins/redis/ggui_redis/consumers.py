"""Which sessions have an agent listening, across replicas; each knows its own consumers while Redis is away.

Redis holds one hash for a session: what is known of its consumers, and how many each replica has parked. Replicas
write their count as a whole, not by one more or one less, so that a count that was lost is right again with the next
one. A replica shows every second that it is there; counts of one that does not are passed over after ten.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from ggui_core.bus import Bus
from ggui_core.clock import Clock
from ggui_core.consumers import Attendance, MemoryActiveConsumers
from ggui_redis.link import Away, Link, Reply

ALIVE_S: Final = 10
"""So long after its last sign of life a replica still counts."""

KEPT_S: Final = 7_200
"""What is known of a session is forgotten by itself after this; sessions are, after half of it."""

# KEYS: the session. ARGV: this replica, its count, seconds to keep.
_ARRIVE: Final = """
redis.call('HSET', KEYS[1], 'p:' .. ARGV[1], ARGV[2], 'ever', '1')
redis.call('HDEL', KEYS[1], 'missed')
redis.call('EXPIRE', KEYS[1], ARGV[3])
return redis.call('EXISTS', KEYS[1] .. ':wanted')
"""

# KEYS: the session. ARGV: this replica, its count, seconds to keep, the time, whether it left with gestures.
_LEAVE: Final = """
if redis.call('EXISTS', KEYS[1]) == 0 then return end
if ARGV[2] == '0' then redis.call('HDEL', KEYS[1], 'p:' .. ARGV[1])
else redis.call('HSET', KEYS[1], 'p:' .. ARGV[1], ARGV[2]) end
redis.call('HSET', KEYS[1], 'left', ARGV[4], 'with', ARGV[5])
redis.call('EXPIRE', KEYS[1], ARGV[3])
"""

# KEYS: the session. ARGV: a field, its value, seconds to keep.
_NOTE: Final = """
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
"""

# KEYS: the session. ARGV: what signs of life begin with, milliseconds for which somebody waits (0: nobody does).
# The mark and the count in one step: a consumer is either counted, or finds that it is waited for.
_LOOK: Final = """
local fields = redis.call('HGETALL', KEYS[1])
local parked, known = 0, {}
for i = 1, #fields, 2 do
  if string.sub(fields[i], 1, 2) ~= 'p:' then known[fields[i]] = fields[i + 1]
  elseif redis.call('EXISTS', ARGV[1] .. string.sub(fields[i], 3)) == 1 then parked = parked + fields[i + 1] end
end
if parked == 0 and ARGV[2] ~= '0' then redis.call('SET', KEYS[1] .. ':wanted', '1', 'PX', ARGV[2]) end
return {parked, known['ever'] or '', known['left'] or '', known['with'] or '', known['agent'] or '',
  known['missed'] or ''}
"""


@dataclass(frozen=True, slots=True)
class ConsumerArrived:
    """A consumer parked at some replica on a session for which one is waited."""

    session_id: str


class RedisActiveConsumers:
    """Implements :class:`~ggui_core.consumers.ActiveConsumers`."""

    def __init__(self, link: Link, bus: Bus, clock: Clock) -> None:
        self._link = link
        self._bus = bus
        self._clock = clock
        self._own = MemoryActiveConsumers(clock)
        bus.subscribe(ConsumerArrived, lambda event: self._own.answer(event.session_id, came=True))
        link.when_up.append(self._say_all)
        link.beats.append(self._say_alive)

    async def arrive(self, session_id: str) -> None:
        await self._own.arrive(session_id)
        with suppress(Away):
            if await self._run(_ARRIVE, session_id, *self._count(session_id)):
                await self._bus.publish(ConsumerArrived(session_id))

    async def leave(self, session_id: str, *, with_events: bool) -> None:
        if not self._own.parked(session_id):
            return
        await self._own.leave(session_id, with_events=with_events)
        now = repr(self._clock.now())
        with suppress(Away):
            await self._run(_LEAVE, session_id, *self._count(session_id), now, "1" if with_events else "0")

    async def agent_seen(self, session_id: str) -> None:
        await self._own.agent_seen(session_id)
        with suppress(Away):
            await self._run(_NOTE, session_id, "agent", repr(self._clock.now()), KEPT_S)

    async def missed(self, session_id: str) -> None:
        await self._own.missed(session_id)
        with suppress(Away):
            await self._run(_NOTE, session_id, "missed", "1", KEPT_S)

    async def attendance(self, session_id: str) -> Attendance:
        try:
            return await self._look(session_id, 0)
        except Away:
            return await self._own.attendance(session_id)

    async def wait(self, session_id: str, timeout_s: float) -> bool:
        if self._own.parked(session_id):
            return True
        if timeout_s <= 0:
            return (await self.attendance(session_id)).parked > 0
        # First the ear, then the question: whoever parks between the two is heard.
        waiting = asyncio.ensure_future(self._own.wait(session_id, timeout_s))
        try:
            await asyncio.sleep(0)
            with suppress(Away):
                if (await self._look(session_id, int(timeout_s * 1000) + 1)).parked:
                    return True
            return await waiting
        finally:
            waiting.cancel()

    async def forget(self, session_id: str) -> None:
        await self._own.forget(session_id)
        with suppress(Away):
            await self._link.call("DEL", self._key(session_id))

    async def _look(self, session_id: str, wanted_ms: int) -> Attendance:
        parked, ever, left, left_with, agent, missed = await self._run(
            _LOOK, session_id, self._link.key("alive", ""), wanted_ms
        )
        return Attendance(
            parked=int(parked),
            ever=bool(ever),
            left_at=float(left) if left else None,
            left_with_events=left_with == b"1",
            agent_seen_at=float(agent) if agent else None,
            missed=bool(missed),
        )

    def _run(self, body: str, session_id: str, *arguments: str | int) -> Awaitable[Reply]:
        # Always with its text: one that is sent again because Redis did not know it could overtake a later count.
        return self._link.call("EVAL", body, 1, self._key(session_id), *arguments)

    def _key(self, session_id: str) -> str:
        return self._link.key("consumers", session_id)

    def _count(self, session_id: str) -> tuple[str, int, int]:
        return self._link.replica, self._own.parked(session_id), KEPT_S

    # Signs of life

    def _say_alive(self) -> None:
        self._link.send("SET", self._link.key("alive", self._link.replica), "1", "EX", ALIVE_S)

    def _say_all(self) -> None:
        """Redis is there (again): what it holds of this replica may be nothing, or old."""
        self._say_alive()
        for session_id in self._own.attended():
            self._link.send("EVAL", _ARRIVE, 1, self._key(session_id), *self._count(session_id))

"""Request rates that replicas count together; each counts for itself while Redis is away."""

from __future__ import annotations

import math
from typing import Final

from ggui_core.clock import Clock
from ggui_core.limits import Denied, MemoryRateLimiter, Rate, Window
from ggui_redis.link import Away, Link, Script

# A replica whose clock is behind adds nothing, so that differing clocks never fill a bucket.
_BUCKET: Final = Script("""
local now, per_second, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.call('HMGET', KEYS[1], 't', 's')
local tokens, seen = tonumber(kept[1]) or burst, tonumber(kept[2]) or now
if now > seen then
  tokens = math.min(burst, tokens + (now - seen) * per_second)
  seen = now
end
local taken = tokens >= 1
if taken then tokens = tokens - 1 end
redis.call('HSET', KEYS[1], 't', string.format('%.9f', tokens), 's', string.format('%.6f', seen))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
if taken then return '' end
return string.format('%.9f', tokens)
""")

_WINDOW: Final = Script("""
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return count
""")


class RedisRateLimiter:
    """Implements :class:`~ggui_core.limits.RateLimiter`."""

    def __init__(self, link: Link, clock: Clock) -> None:
        self._link = link
        self._clock = clock
        self._alone = MemoryRateLimiter(clock)

    async def take(self, key: str, rule: Rate | Window) -> Denied | None:
        try:
            return await (self._window(key, rule) if isinstance(rule, Window) else self._bucket(key, rule))
        except Away:
            return await self._alone.take(key, rule)

    async def _bucket(self, key: str, rule: Rate) -> Denied | None:
        full_ms = math.ceil((rule.burst / rule.per_second + 1) * 1000)
        now = f"{self._clock.now():.6f}"
        tokens = await self._link.run(
            _BUCKET, (self._link.key("rate", key),), now, rule.per_second, rule.burst, full_ms
        )
        return Denied(max(1, math.ceil((1.0 - float(tokens)) / rule.per_second))) if tokens else None

    async def _window(self, key: str, rule: Window) -> Denied | None:
        now = self._clock.now()
        index = int(now // rule.seconds)
        name = self._link.key("window", str(rule.seconds), str(index), key)
        if int(await self._link.run(_WINDOW, (name,), 2 * rule.seconds)) <= rule.count:
            return None
        return Denied(max(1, math.ceil((index + 1) * rule.seconds - now)))

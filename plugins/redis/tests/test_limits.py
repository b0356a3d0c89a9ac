"""Request rates on a real Redis."""

from __future__ import annotations

import pytest

from ggui_core.clock import Clock
from ggui_core.limits import Rate, RateLimiter
from ggui_core.testing import FakeClock, RateLimiterContract
from ggui_redis.limits import RedisRateLimiter
from ggui_redis.link import Link

pytestmark = pytest.mark.services


class TestRateLimiter(RateLimiterContract):
    @pytest.fixture(autouse=True)
    def _link(self, link: Link) -> None:
        self.link = link

    async def make(self, clock: Clock) -> RateLimiter:
        return RedisRateLimiter(self.link, clock)


class TestRateLimiterAlone(RateLimiterContract):
    """Without Redis each replica counts for itself."""

    async def make(self, clock: Clock) -> RateLimiter:
        return RedisRateLimiter(Link("redis://127.0.0.1:1/0", "test"), clock)


async def test_replicas_count_together(link: Link) -> None:
    clock = FakeClock()
    here, there = RedisRateLimiter(link, clock), RedisRateLimiter(link, clock)
    rule = Rate(per_second=1, burst=3)
    outcomes = [await limiter.take("a", rule) for limiter in (here, there, here, there)]
    assert [outcome is None for outcome in outcomes] == [True, True, True, False]

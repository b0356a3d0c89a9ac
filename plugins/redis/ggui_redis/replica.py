"""The parts of this plugin, put together once (what the hooks share)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ggui_core.bus import Bus
from ggui_core.consumers import ActiveConsumers
from ggui_core.limits import RateLimiter
from ggui_core.setup import Setup
from ggui_redis.bus import RedisBus
from ggui_redis.consumers import RedisActiveConsumers
from ggui_redis.limits import RedisRateLimiter
from ggui_redis.link import Link
from ggui_redis.settings import RedisSettings


@dataclass(frozen=True, slots=True)
class Replica:
    """This process among the others of its server."""

    link: Link
    bus: RedisBus

    @classmethod
    def open(cls, setup: Setup) -> None:
        """Offer the seams that replicas share, and this object to the other hooks."""
        settings = setup.settings(RedisSettings)
        assert settings.url is not None, "asked before"
        link = Link(settings.url.get_secret_value(), settings.prefix)
        bus = RedisBus(link)
        setup.provide(Bus, bus)
        setup.provide(ActiveConsumers, RedisActiveConsumers(link, bus, setup.clock))
        setup.provide(RateLimiter, RedisRateLimiter(link, setup.clock))
        setup.provide(cls, cls(link, bus))

    async def is_joined(self) -> bool:
        """Whether this replica hears the others and is heard."""
        return self.link.is_up and self.bus.is_sure

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Stay joined while the block runs."""
        async with self.link.running(), self.bus.running():
            yield

"""The hooks of ``redis``: several replicas of one server. Without an address it does nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from ggui_core import hookimpl

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from pydantic import BaseModel

    from ggui_core.announce import BannerRow, Beacon
    from ggui_core.checks import Check
    from ggui_core.config import ServeOption
    from ggui_core.setup import Runtime, Setup
    from ggui_redis.replica import Replica

PLUGIN_API = 1


@hookimpl
def ggui_settings() -> type[BaseModel]:
    from ggui_redis.settings import RedisSettings

    return RedisSettings


@hookimpl
def ggui_serve_options() -> Sequence[ServeOption]:
    from ggui_redis.settings import OPTIONS

    return OPTIONS


@hookimpl
def ggui_provide(setup: Setup) -> None:
    from ggui_redis.settings import RedisSettings

    if setup.settings(RedisSettings).url is not None:
        from ggui_core.workers import SharedState
        from ggui_redis.replica import Replica

        Replica.open(setup)
        setup.contribute(SharedState, SharedState("announcements"))


@hookimpl
def ggui_checks(setup: Setup) -> Sequence[Check]:
    from ggui_core.checks import Check

    replica = _replica(setup)
    # Advisory: without Redis a replica is slower and not wrong, and taking all of them out of service would be.
    return () if replica is None else (Check("redis", replica.is_joined, required=False),)


@hookimpl
def ggui_announce(setup: Setup) -> Sequence[Beacon | BannerRow]:
    from ggui_core.announce import BannerRow

    replica = _replica(setup)
    text = "off (set GGUI_REDIS_URL to join replicas)" if replica is None else replica.link.place
    return (BannerRow("redis", text, 32),)


@hookimpl
def ggui_lifespan(runtime: Runtime) -> AbstractAsyncContextManager[object]:
    return _lifespan(runtime)


@asynccontextmanager
async def _lifespan(runtime: Runtime) -> AsyncIterator[None]:
    replica = _replica(runtime.setup)
    if replica is None:
        yield
        return
    async with replica.running():
        yield


def _replica(setup: Setup) -> Replica | None:
    """This process among the others of its server, if it has an address to find them."""
    from ggui_redis.settings import RedisSettings

    if setup.settings(RedisSettings).url is None:
        return None
    from ggui_redis.replica import Replica

    return setup.find(Replica)

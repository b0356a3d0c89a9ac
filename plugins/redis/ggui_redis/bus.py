"""The bus between replicas: one channel of Redis, on which every replica speaks and listens.

Subscribers of this process are told at once, without Redis. What comes back of one's own messages is skipped: nobody
is told twice. Redis keeps nothing of what it passes on; so whenever something may have been lost, whoever waits is
told to look at the store (:class:`~ggui_core.bus.AnnouncementsMissed`):

- once, when this replica hears again after a gap;
- once, when another replica says that it could not send something;
- every 250 ms, while this replica hears nothing;
- every 250 ms, while another replica has fallen silent without a goodbye: until it is back, or given up as dead.

Each replica sends a sign of life every second, and hears its own: that proves the way there and back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final, TypeVar

import structlog
from redis.exceptions import RedisError

from ggui_core.bus import AnnouncementsMissed, LocalBus, Unsubscribe
from ggui_redis.link import ANSWER_S, BEAT_S, RETRY_S, Away, Link, ended
from ggui_redis.wire import Unreadable, decode, encode, topic_name

E = TypeVar("E")

LOOK_S: Final = 0.25
"""How often the store is looked at while announcements may be lost."""

DEAF_S: Final = 2.5
"""Without hearing even itself for so long, a replica counts as cut off."""

SILENT_S: Final = 3.0
DEAD_S: Final = 30.0
"""A replica that was silent for so long is not waited for any more: its gestures are long since found in the store."""

_ALIVE: Final = b"alive"
_LEFT: Final = b"left"
_LOST: Final = b"lost"

log = structlog.get_logger("ggui.redis")


class RedisBus:
    """Implements :class:`~ggui_core.bus.Bus` over a :class:`~ggui_redis.link.Link`."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._local = LocalBus()
        self._me = link.replica.encode()
        # Redis does not keep the channels of its databases apart.
        self._channel = link.key(str(link.database), "bus")
        self._topics: dict[bytes, type] = {}
        self._heard: dict[bytes, float] = {}
        self._hears = False
        self._doubt = asyncio.Event()
        self._complained: set[str] = set()
        link.when_up.append(self._say_what_was_lost)
        link.when_down.append(self._doubt.set)
        link.beats.append(lambda: self._say(_ALIVE))

    @property
    def is_sure(self) -> bool:
        """Whether this replica hears every announcement and is heard."""
        return self._hears and self._link.is_up

    async def publish(self, event: object) -> None:
        name = topic_name(type(event))
        if name is not None:
            # First, and without waiting: the others hear of it while those who are here are told.
            with suppress(Away):
                try:
                    self._say(name.encode(), encode(event))
                except Unreadable:
                    self._complain(name, "it holds what JSON cannot say")
                    self._say(_LOST)
        await self._local.publish(event)

    def subscribe(self, topic: type[E], handler: Callable[[E], Awaitable[None] | None]) -> Unsubscribe:
        name = topic_name(topic)
        if name is not None:
            self._topics[name.encode()] = topic
        return self._local.subscribe(topic, handler)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen while the block runs; begins once it does, or at once while Redis is away."""
        listening = asyncio.create_task(self._listen(), name="redis:bus")
        looking = asyncio.create_task(self._look(), name="redis:look")
        if self._link.is_up:
            with suppress(TimeoutError):
                async with asyncio.timeout(2 * ANSWER_S):
                    while not self._hears:  # noqa: ASYNC110  # at the start only
                        await asyncio.sleep(0.005)
        try:
            yield
        finally:
            with suppress(Away):
                self._say(_LEFT)
            await ended((listening, looking))

    # Speaking

    def _say(self, topic: bytes, body: bytes = b"") -> None:
        self._link.send("PUBLISH", self._channel, b"%b\n%b\n%b" % (self._me, topic, body))

    def _say_what_was_lost(self) -> None:
        """The link is up again: what this replica announced meanwhile nobody heard."""
        self._say(_LOST)

    # Listening

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear()
            except (RedisError, OSError, TimeoutError):
                pass
            except Exception:
                log.exception("bus_failed")
            self._hears = False
            self._doubt.set()
            await asyncio.sleep(RETRY_S)

    async def _hear(self) -> None:
        """Hear until the connection is lost, or until even one's own signs of life stay away."""
        async with self._link.client.pubsub() as channel:
            async with asyncio.timeout(2 * ANSWER_S):
                await channel.subscribe(self._channel)
            while True:
                message = await channel.get_message(timeout=DEAF_S)
                if message is None:
                    return
                if message["type"] == "subscribe":
                    self._hears = True
                    # Before anything that comes now: who waits looks at the store, then hears what came since.
                    await self._missed()
                elif message["type"] == "message":
                    await self._take(message["data"])

    async def _take(self, message: bytes) -> None:
        sender, _, rest = message.partition(b"\n")
        if sender == self._me:
            return
        topic, _, body = rest.partition(b"\n")
        self._heard[sender] = time.monotonic()
        if topic == _LEFT:
            del self._heard[sender]
        elif topic == _LOST:
            await self._missed()
        elif topic in self._topics:
            try:
                event = decode(self._topics[topic], body)
            except Unreadable:
                self._complain(topic.decode(), "another replica runs another version")
                await self._missed()
                return
            await self._local.publish(event)

    async def _missed(self) -> None:
        await self._local.publish(AnnouncementsMissed())

    # Doubting

    async def _look(self) -> None:
        """While something may be lost, let everybody who waits look at the store."""
        while True:
            if self.is_sure and not self._somebody_is_silent():
                self._doubt.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(BEAT_S):
                        await self._doubt.wait()
                continue
            await self._missed()
            await asyncio.sleep(LOOK_S)

    def _somebody_is_silent(self) -> bool:
        now = time.monotonic()
        for replica in [replica for replica, heard in self._heard.items() if now - heard > DEAD_S]:
            del self._heard[replica]
        return any(now - heard > SILENT_S for heard in self._heard.values())

    def _complain(self, topic: str, why: str) -> None:
        if topic not in self._complained:
            self._complained.add(topic)
            log.warning("event_does_not_travel", topic=topic, why=why)

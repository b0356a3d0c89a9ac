"""The connection to Redis that everything of this process shares.

Commands that come while an earlier batch is on its way travel together in the next one, so a busy server pays for few
round trips, and a quiet one waits for nobody. While Redis is away every command fails at once: no request waits for a
connection, its caller does without. One task tries to reach Redis again.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from hashlib import sha1
from typing import Any, Final

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, NoScriptError, RedisError, ResponseError

from ggui_core.errors import BootError
from ggui_redis.settings import place

ANSWER_S: Final = 1.0
"""A command that takes longer counts as lost: somebody waits for it."""

RETRY_S: Final = 0.25
BEAT_S: Final = 1.0
"""How often a replica shows that it is there."""

_FIRST_S: Final = 2.0
"""How long the start of the server waits for Redis."""

_MOST_QUEUED: Final = 20_000
_MOST_AT_ONCE: Final = 512

Reply = Any
Command = tuple[Any, ...]

log = structlog.get_logger("ggui.redis")


class Away(Exception):
    """Redis does not answer, or not as it should; do without."""


class Script:
    """A Lua script that Redis runs as one step."""

    def __init__(self, body: str) -> None:
        self.body = body
        self.digest = sha1(body.encode(), usedforsecurity=False).hexdigest()


class Link:
    """Commands to one Redis server.

    Attributes:
        replica: Names this process among those that share the server.
        prefix: What every key begins with.
        is_up: Whether commands have a way to go.
        place: The address without secrets.
    """

    def __init__(self, address: str, prefix: str) -> None:
        self.replica = uuid.uuid4().hex
        self.prefix = prefix
        self.place = place(address)
        self.is_up = False
        self.when_up: list[Callable[[], None]] = []
        """Told when Redis answers again, before anybody else sends something."""
        self.when_down: list[Callable[[], None]] = []
        self.beats: list[Callable[[], None]] = []
        """Called every second while Redis answers."""
        self.client: Redis = Redis.from_url(
            address,
            protocol=2,
            socket_timeout=ANSWER_S,
            socket_connect_timeout=ANSWER_S,
            retry=Retry(NoBackoff(), 0),
            client_name="ggui",
        )
        self.database: int = self.client.connection_pool.connection_kwargs.get("db") or 0
        self._queue: list[tuple[Command, asyncio.Future[Reply] | None]] = []
        self._filled = asyncio.Event()
        self._went_down = asyncio.Event()
        self._said_away = False

    def key(self, *parts: str) -> str:
        """The name of something in Redis."""
        return ":".join((self.prefix, *parts))

    async def call(self, *command: Any) -> Reply:
        """Send a command and return its reply.

        Raises:
            Away: there is no Redis to answer.
        """
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._enqueue(command, reply)
        return await reply

    async def run(self, script: Script, keys: tuple[str, ...], *arguments: str | float) -> Reply:
        """Run a script.

        Raises:
            Away: there is no Redis to answer.
        """
        try:
            return await self.call("EVALSHA", script.digest, len(keys), *keys, *arguments)
        except NoScriptError:  # the first time, or Redis was started anew
            return await self.call("EVAL", script.body, len(keys), *keys, *arguments)

    def send(self, *command: Any) -> None:
        """Send a command whose reply matters to nobody.

        Raises:
            Away: there is no Redis to send it to.
        """
        self._enqueue(command, None)

    def _enqueue(self, command: Command, reply: asyncio.Future[Reply] | None) -> None:
        if not self.is_up or len(self._queue) >= _MOST_QUEUED:
            raise Away
        self._queue.append((command, reply))
        self._filled.set()

    # While the server runs

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the connection while the block runs; what was sent before its end still goes out.

        Raises:
            BootError: Redis answers and lets nobody in with this address.
        """
        try:
            async with asyncio.timeout(_FIRST_S):
                await self._probe()
            self._up()
        except (AuthenticationError, NoPermissionError) as error:
            await self.client.aclose()
            raise BootError(
                f"Redis at {self.place} refuses this server: {_said(error)}; "
                "correct user and password in GGUI_REDIS_URL or plugins.settings.redis.url"
            ) from None
        except (RedisError, OSError, TimeoutError) as error:
            self._say_away(error)
            self._went_down.set()
        tasks = [
            asyncio.create_task(work(), name=f"redis:{name}")
            for name, work in (("commands", self._pump), ("beat", self._beat), ("reach", self._reach))
        ]
        try:
            yield
            await self._flushed()
        finally:
            self.is_up = False
            await ended(tasks)
            self._fail_queued()
            with suppress(RedisError, OSError, TimeoutError):
                await self.client.aclose()

    async def _flushed(self) -> None:
        with suppress(Away, RedisError, TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                await self.call("PING")

    async def _pump(self) -> None:
        while True:
            await self._filled.wait()
            batch, self._queue = self._queue[:_MOST_AT_ONCE], self._queue[_MOST_AT_ONCE:]
            if not self._queue:
                self._filled.clear()
            if batch:
                await self._exchange(batch)

    async def _exchange(self, batch: list[tuple[Command, asyncio.Future[Reply] | None]]) -> None:
        pipeline = self.client.pipeline(transaction=False)
        for command, _ in batch:
            pipeline.execute_command(*command)
        try:
            async with asyncio.timeout(2 * ANSWER_S):  # connecting and answering
                replies = await pipeline.execute(raise_on_error=False)
        except (RedisError, OSError, TimeoutError) as error:
            _settle(batch, [Away()] * len(batch))
            self._down(error)
            return
        refusals = [reply for reply in replies if _is_refusal(reply)]
        _settle(batch, [Away() if _is_refusal(reply) else reply for reply in replies])
        if refusals:
            self._down(refusals[0])

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            if self.is_up:
                self._tell(self.beats)

    async def _reach(self) -> None:
        """Wait until Redis is lost, then try until it is there again."""
        while True:
            await self._went_down.wait()
            try:
                async with asyncio.timeout(2 * ANSWER_S):
                    await self._probe()
            except (RedisError, OSError, TimeoutError) as error:
                self._say_away(error)
                await asyncio.sleep(RETRY_S)
                continue
            self._went_down.clear()
            self._up()

    async def _probe(self) -> None:
        """Whether it takes writes: one that is full, or that only follows another one, is of no use."""
        await self.client.set(self.key("probe"), self.replica, px=1_000)

    def _up(self) -> None:
        self.is_up = True
        if self._said_away:
            self._said_away = False
            log.info("redis_is_back", place=self.place)
        self._tell(self.when_up)

    def _down(self, error: BaseException) -> None:
        if self.is_up:
            self.is_up = False
            self._fail_queued()
            self._say_away(error)
            self._went_down.set()
            self._tell(self.when_down)

    def _say_away(self, error: BaseException) -> None:
        if not self._said_away:
            self._said_away = True
            log.warning(
                "redis_away",
                place=self.place,
                cause=_said(error),
                effect="other replicas are heard of through the store only, which is looked at every 250 ms; "
                "rates are counted by each replica for itself",
            )

    def _fail_queued(self) -> None:
        batch, self._queue = self._queue, []
        self._filled.clear()
        _settle(batch, [Away()] * len(batch))

    @staticmethod
    def _tell(listeners: list[Callable[[], None]]) -> None:
        for listener in listeners:
            with suppress(Away):
                listener()


async def ended(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel tasks that use the client until they are over.

    Once is not enough: before Python 3.12 ``asyncio.wait_for``, with which the client sends, returns what it waited for
    when a cancellation comes in that very moment, and the task goes on as if nobody had asked it to end.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=0.1)
    await asyncio.gather(*tasks, return_exceptions=True)


def _is_refusal(reply: Reply) -> bool:
    """Whether Redis is there and does not do what it is told; a script that it does not know yet is none."""
    return isinstance(reply, ResponseError) and not isinstance(reply, NoScriptError)


def _settle(batch: list[tuple[Command, asyncio.Future[Reply] | None]], replies: list[Reply]) -> None:
    for (_, waiting), reply in zip(batch, replies, strict=True):
        if waiting is None or waiting.done():
            continue
        if isinstance(reply, BaseException):
            waiting.set_exception(reply)
        else:
            waiting.set_result(reply)


def _said(error: BaseException) -> str:
    """What kind of fault it was. Not its text: a driver may quote an address with its password."""
    return type(error).__name__

"""What becomes of answers that carry something irreplaceable (ARCHITECTURE law 5).

A handler that took something off a shelf registers a :class:`Handover` with its call. The connection follows the
answer and tells: written, then taken or failed. Where nobody can know, it says failed: what was taken comes back and
may be delivered twice, but is never lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextvars import ContextVar, Token
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal

import structlog

log = structlog.get_logger("ggui.http")

Own = Callable[["asyncio.Future[Any]"], None]
"""Keeps a task until it is done."""


@dataclass(frozen=True, slots=True)
class Handover:
    """What a handler wants to know of the way its answer takes.

    Either ``taken`` or ``failed`` is awaited, once; ``written`` before, if it came so far.

    Attributes:
        written: The whole answer was written to a connection that was alive.
        taken: The client asked for something else on that connection, closed it in order after it had received
            the answer, or kept it open for a while: nothing contradicts that it read the answer.
        failed: The answer was not written, another one was sent in its place, or the connection broke before it
            can have been read.
    """

    written: Callable[[], Awaitable[None]]
    taken: Callable[[], Awaitable[None]]
    failed: Callable[[], Awaitable[None]]


class Handovers:
    """The handovers of one exchange. What is appended when the exchange is over fails at once."""

    __slots__ = ("_entries", "_over", "own")

    def __init__(self) -> None:
        self.own: Own = _keep
        self._entries: list[tuple[_Attempt | None, Handover]] = []
        self._over = False

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Handover]:
        return iter([handover for _, handover in self._entries])

    def append(self, handover: Handover) -> None:
        """Register a handover; the last thing a handler does before it returns its answer."""
        if self._over:
            self._fail([handover])
        else:
            self._entries.append((_ATTEMPT.get(), handover))

    def attempt(self) -> _Attempt:
        """A block whose handovers fail when it raises: its answer is another one then."""
        return _Attempt(self)

    def fail(self, attempt: _Attempt | None = None) -> None:
        """The answer is not sent. Fails what is registered, by ``attempt`` alone or by the whole exchange."""
        if attempt is None:
            self._fail(self.close())
        elif self._entries:
            self._fail([handover for by, handover in self._entries if by is attempt])
            self._entries = [entry for entry in self._entries if entry[0] is not attempt]

    def close(self) -> Sequence[Handover]:
        """The exchange is over: what it registered goes to whoever follows its answer."""
        self._over = True
        entries, self._entries = self._entries, []
        return [handover for _, handover in entries]

    def _fail(self, handovers: Sequence[Handover]) -> None:
        if handovers:
            self.own(asyncio.ensure_future(_tell(handovers, "failed")))


class _Attempt:
    """One handler at work; see :meth:`Handovers.attempt`. Tasks that the handler starts belong to it too."""

    __slots__ = ("_handovers", "_token")

    def __init__(self, handovers: Handovers) -> None:
        self._handovers = handovers

    def __enter__(self) -> None:
        self._token: Token[_Attempt | None] = _ATTEMPT.set(self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _ATTEMPT.reset(self._token)
        if kind is not None:
            self._handovers.fail(self)


_ATTEMPT: ContextVar[_Attempt | None] = ContextVar("_ATTEMPT", default=None)


class Delivery:
    """One answer on its way.

    Attributes:
        seen: Requests that the connection had received when the answer was written; one more proves that the
            client goes on. ``None`` while it is not written.
        due: When the connection is looked at next.
    """

    __slots__ = ("_fate", "_written", "due", "seen")

    def __init__(self) -> None:
        self.seen: int | None = None
        self.due: asyncio.TimerHandle | None = None
        loop = asyncio.get_running_loop()
        self._written: asyncio.Future[bool] = loop.create_future()
        self._fate: asyncio.Future[bool] = loop.create_future()

    def write(self, seen: int) -> None:
        """The whole answer is with the kernel."""
        self.seen = seen
        if not self._written.done():
            self._written.set_result(True)

    def end(self, *, taken: bool) -> None:
        """Nothing more is learnt of it."""
        if self.due is not None:
            self.due.cancel()
            self.due = None
        if not self._written.done():
            self._written.set_result(False)
        if not self._fate.done():
            self._fate.set_result(taken)

    async def wait(self) -> None:
        """Return once it has ended."""
        await asyncio.wait({self._fate})

    async def follow(self, handovers: Sequence[Handover]) -> None:
        """Tell ``handovers`` how it goes."""
        try:
            if await self._written:
                await _tell(handovers, "written")
            taken = await self._fate
        except asyncio.CancelledError:  # the server stops and waits no longer
            await _tell(handovers, "failed")
            raise
        await _tell(handovers, "taken" if taken else "failed")


async def _tell(handovers: Sequence[Handover], what: Literal["written", "taken", "failed"]) -> None:
    for handover in handovers:
        try:
            await getattr(handover, what)()
        except Exception:
            log.exception("handover_crashed", step=what)


_KEPT: set[asyncio.Future[Any]] = set()


def _keep(task: asyncio.Future[Any]) -> None:
    """For calls that no server registered."""
    _KEPT.add(task)
    task.add_done_callback(_KEPT.discard)

"""Who writes a component, how many are written at once, and when it is given up (spec 06 section 13).

Renders that want the same component share one generation, and it is kept once for all of them. It ends when the last
of them has left: nothing is paid for that nobody waits for. What was written is kept to the end, though.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from ggui_core.clock import Clock
from ggui_core.errors import ToolError
from ggui_core.http.calls import EndReason
from ggui_core.mcp.tools import Progress
from ggui_core.seams import CompileFailed, Generated, GenerationFailed, GenerationRequest, UiGenerator
from ggui_sessions.registration import Kept, Registrations, disregard

log = structlog.get_logger("ggui.sessions")

Key = tuple[str, str, str, str, str | None]


class Attendance(Protocol):
    """Who waits for an answer: one call, or several that are to get the same."""

    @property
    def end_reason(self) -> EndReason | None:
        """Why nobody waits any more; ``None`` while somebody does."""
        ...

    def when_ended(self, listener: Callable[[], None], /) -> None:
        """Call ``listener`` whenever that may have changed."""
        ...


class CallerLeft(ToolError):
    """Nobody waits for this render any more, so nobody reads this."""

    code = "caller_left"

    def __init__(self) -> None:
        super().__init__("The caller hung up before the component was written; nothing was kept.")


class Overloaded(GenerationFailed):
    """As many renders wait for their turn as may; this one was not attempted."""

    code = "GENERATION_QUEUE_OVERLOADED"

    def __init__(self) -> None:
        super().__init__(
            "Too many components are being written at the moment; this one was not begun.",
            hint="Send the same ggui_render again in a few seconds; the handshake is still open.",
        )


@dataclass(slots=True, eq=False)
class _Flight:
    """One generation and everybody who waits for it."""

    task: asyncio.Task[Kept]
    waiters: list[Waiter] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Waiter:
    """One render's place at a generation."""

    flight: _Flight
    attendance: Attendance
    progress: Progress

    async def result(self) -> Kept:
        """The component.

        Raises:
            CallerLeft: the caller hung up before it was there.
            GenerationFailed: it did not come about.
        """
        task = self.flight.task
        changed = asyncio.Event()
        self.attendance.when_ended(changed.set)
        task.add_done_callback(lambda _: changed.set())
        while not task.done():
            if self.attendance.end_reason in ("disconnected", "revoked"):
                raise CallerLeft
            await changed.wait()
            changed.clear()
        return task.result()


class Generations:
    """The generators of this server and what they are writing now.

    Args:
        generators: Lowest rank first.
        registrations: Keeps what they write.
        at_once: How many write at the same time.
        queued: How many more may wait for that.
        timeout_s: How long one may take once it is its turn.
    """

    def __init__(
        self,
        generators: Sequence[UiGenerator],
        registrations: Registrations,
        clock: Clock,
        *,
        at_once: int,
        queued: int,
        timeout_s: float,
    ) -> None:
        self._generators = generators
        self._registrations = registrations
        self._clock = clock
        self._turns = asyncio.Semaphore(at_once)
        self._most = at_once + queued
        self._timeout_s = timeout_s
        self._flights: dict[Key, _Flight] = {}

    @property
    def names(self) -> frozenset[str]:
        """The generators an agent may name."""
        return frozenset(generator.name for generator in self._generators)

    def choose(self, request: GenerationRequest) -> UiGenerator | None:
        """Who serves this request: the one the agent named, else the first that offers."""
        offering = [generator for generator in self._generators if generator.offers(request)]
        named = [generator for generator in offering if generator.name == request.generator]
        return next(iter((*named, *offering)), None)

    @asynccontextmanager
    async def joined(
        self,
        generator: UiGenerator,
        request: GenerationRequest,
        variant_key: str,
        attendance: Attendance,
        progress: Progress,
    ) -> AsyncIterator[Waiter]:
        """A place at the generation of this component while the block runs; the first to ask starts it.

        Raises:
            Overloaded: as many wait as may. Nothing was attempted.
        """
        key = (request.app_id, request.contract_hash, variant_key, generator.name, request.model)
        flight = self._flights.get(key)
        if flight is None:
            if len(self._flights) >= self._most:
                raise Overloaded
            flight = self._flights[key] = self._started(key, generator, request, variant_key)
        waiter = Waiter(flight, attendance, progress)
        flight.waiters.append(waiter)
        try:
            yield waiter
        finally:
            flight.waiters.remove(waiter)
            if not flight.waiters:
                self._forget(key, flight)  # at once, so that nobody joins what is being cancelled
                flight.task.cancel()

    def _started(
        self, key: Key, generator: UiGenerator, request: GenerationRequest, variant_key: str
    ) -> _Flight:
        waiters: list[Waiter] = []

        async def tell(progress: float, total: float | None, message: str | None, /) -> None:
            for waiter in tuple(waiters):
                await waiter.progress(progress, total, message)

        async def flown() -> Kept:
            generated = await self._written(generator, request, tell)
            return await self._registrations.keep(request, variant_key, generated)

        task = asyncio.create_task(flown(), name="generation")
        flight = _Flight(task, waiters)
        task.add_done_callback(lambda _: self._forget(key, flight))
        task.add_done_callback(disregard)
        return flight

    def _forget(self, key: Key, flight: _Flight) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]

    async def _written(
        self, generator: UiGenerator, request: GenerationRequest, progress: Progress
    ) -> Generated:
        async with self._turns:
            writing = asyncio.ensure_future(generator.generate(request, progress))
            writing.add_done_callback(disregard)
            deadline = asyncio.ensure_future(self._clock.sleep(self._timeout_s))
            try:
                await asyncio.wait({writing, deadline}, return_when=asyncio.FIRST_COMPLETED)
                if not writing.done():
                    raise GenerationFailed(
                        f"The generator '{generator.name}' did not finish within {self._timeout_s:g} seconds."
                    )
                generated = writing.result()
            except (GenerationFailed, asyncio.CancelledError):
                raise
            except CompileFailed as refusal:
                raise GenerationFailed(refusal.message, hint=refusal.hint) from refusal
            except Exception as crash:
                log.exception("generator_crashed", generator=generator.name, session=request.session_id)
                raise GenerationFailed(
                    f"The generator '{generator.name}' failed; the server's log has the cause."
                ) from crash
            finally:
                deadline.cancel()
                writing.cancel()
        if not generated.code.strip():
            raise GenerationFailed(f"The generator '{generator.name}' returned a component without code.")
        return generated

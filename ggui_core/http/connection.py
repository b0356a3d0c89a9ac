"""Connections: what each of them may hold up, and how many there may be.

Overrides hooks of aiohttp's request handler that are not part of its public interface: ``pyproject.toml`` pins
aiohttp to a minor version, and ``tests/wire/test_attacks.py`` fails when they change.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from ggui_core.errors import RequestError
from ggui_core.http.errors import error_response
from ggui_core.http.handovers import Delivery, Handover, Own
from ggui_core.http.routes import CALL

READ_STALL_S: Final = 5.0
"""How long requests may pile up behind the one that is served before their connection is closed."""
WRITE_STALL_S: Final = 60.0
"""How long a client may leave what was written to it unread."""
TAKEN_S: Final = 1.0
"""How long a connection stays whole after an answer until the answer counts as read."""


_DESCRIPTORS: Final = 65_536
_SPARE_DESCRIPTORS: Final = 128
"""What the process needs besides connections: files, pipes, databases, calls to elsewhere."""


class Connection(RequestHandler):
    """One client's connection: answers what is no HTTP request in JSON too, and ends when it stalls.

    aiohttp stops reading while more is pipelined than it queues. Without reading, a hang-up goes unnoticed: the
    call in progress would stay parked for a client that is long gone. A client that reads nothing pins its
    response in the same way.

    It also follows answers that something irreplaceable went with (see :mod:`ggui_core.http.handovers`), by what TCP
    tells: a client that goes away with an answer unread resets the connection.
    """

    __slots__ = ("_crowd", "_deliveries", "_half_closed", "_held", "_own", "_read_stall", "_write_stall")

    def __init__(self, manager: web.Server, crowd: dict[Connection, None], own: Own, **options: Any) -> None:
        super().__init__(manager, **options)
        self._crowd = crowd
        self._own = own
        self._deliveries: list[Delivery] = []
        self._half_closed = False
        self._held = False
        self._read_stall: asyncio.TimerHandle | None = None
        self._write_stall: asyncio.TimerHandle | None = None

    @property
    def is_idle(self) -> bool:
        """True before the first request, between two, and while the head of one trickles in."""
        return not self._request_in_progress and not self._messages

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._crowd[self] = None
        if len(self._crowd) > connection_limit():
            # Somebody has to go: whoever has been asking nothing for longest, in the end the newcomer itself.
            idle = next(connection for connection in self._crowd if connection.is_idle)
            idle._abort()

    def _pause_transport_reading(self) -> None:
        self._held = True
        super()._pause_transport_reading()
        if self._read_stall is None and not self._upgraded:
            self._read_stall = self._loop.call_later(READ_STALL_S, self._abort)

    def _resume_transport_reading(self) -> None:
        if not self._held:
            return  # aiohttp resumes after each body, also a transport that was never paused
        self._held = False
        super()._resume_transport_reading()
        if self._read_stall is not None:
            self._read_stall.cancel()
            self._read_stall = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._write_stall = self._loop.call_later(WRITE_STALL_S, self._abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._write_stall is not None:
            self._write_stall.cancel()
            self._write_stall = None
        if self._deliveries and self.transport is not None:
            self.transport.set_write_buffer_limits()
            self._flushed(self.transport)

    def eof_received(self) -> None:
        for delivery in tuple(self._deliveries):
            # A client that closed before the answer reached it also ends in order; but it confirmed less.
            read = delivery.seen is not None and not self._unconfirmed()
            self._end(delivery, taken=read or self._goes_on(delivery))
        super().eof_received()

    def connection_lost(self, exc: BaseException | None) -> None:
        for delivery in tuple(self._deliveries):
            self._end(delivery, taken=self._goes_on(delivery))
        self._crowd.pop(self, None)
        for timer in (self._read_stall, self._write_stall):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def _abort(self) -> None:
        self._crowd.pop(self, None)
        if self.transport is not None:
            self.transport.abort()

    # Answers that something went with

    async def _handle_request(
        self,
        request: web.BaseRequest,
        start_time: float | None,
        request_handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
    ) -> tuple[web.StreamResponse, bool]:
        for delivery in tuple(self._deliveries):
            if self._goes_on(delivery):
                self._end(delivery, taken=True)
        try:
            response, broken = await super()._handle_request(request, start_time, request_handler)
        except BaseException:
            call = request.get(CALL)
            if call is not None:
                call.handovers.fail()
            raise
        call = request.get(CALL)
        if call is not None:
            handovers = call.handovers.close()
            if handovers:
                await self._follow(handovers, broken=broken, closes=not response.keep_alive or self._close)
        return response, broken

    async def _follow(self, handovers: Sequence[Handover], *, broken: bool, closes: bool) -> None:
        """Follow an answer that has just been handed to the transport.

        With ``closes`` it is the last one. The connection is closed in our direction then, so that a client that
        reads to the end sees it, and in the other one when it is known what became of the answer.
        """
        delivery = Delivery()
        self._own(asyncio.ensure_future(delivery.follow(handovers)))
        transport = self.transport
        if broken or transport is None or transport.is_closing():
            delivery.end(taken=False)
            return
        self._deliveries.append(delivery)
        if transport.get_write_buffer_size():
            transport.set_write_buffer_limits(high=0)  # so that resume_writing tells when it is empty
        else:
            self._flushed(transport)
        if closes:
            self._half_closed = True
            transport.write_eof()
            await delivery.wait()

    def _flushed(self, transport: asyncio.Transport) -> None:
        """All that was written is with the kernel."""
        for delivery in self._deliveries:
            if delivery.seen is None:
                delivery.write(self._request_count)
                patience = self._loop.time() + WRITE_STALL_S
                delivery.due = self._loop.call_later(TAKEN_S, self._look, delivery, patience)

    def _look(self, delivery: Delivery, patience: float) -> None:
        """Some time has passed with the connection alive."""
        if not self._unconfirmed() or self._goes_on(delivery):
            self._end(delivery, taken=True)
        elif self._loop.time() < patience:
            delivery.due = self._loop.call_later(TAKEN_S, self._look, delivery, patience)
        else:
            self._abort()

    def _goes_on(self, delivery: Delivery) -> bool:
        """Whether the client asked for something else after the answer was written."""
        return delivery.seen is not None and self._request_count > delivery.seen

    def _end(self, delivery: Delivery, *, taken: bool) -> None:
        self._deliveries.remove(delivery)
        delivery.end(taken=taken)

    def _unconfirmed(self) -> bool:
        """Whether the client's machine has not confirmed all that was written; False where nobody can tell."""
        if self.transport is None:
            return True  # closed by us, and nothing is learnt any more
        return unconfirmed_bytes(self.transport) > self._half_closed  # the end itself counts as a byte

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if request.writer.output_size > 0:
            raise ConnectionError("the response was already sent")
        if status >= 500:
            self.log_exception("Error handling request", exc_info=exc)
            error = RequestError("Internal server error", status=status, code="internal")
        else:
            error = RequestError(
                "The request is not valid HTTP.",
                status=status,
                code="bad_request",
                hint="Send HTTP/1.1 with headers of at most 16 KiB.",
            )
        response = error_response(error, "nested")
        response.headers["Server"] = "ggui"  # no hook runs here that could drop the stack's own
        response.force_close()
        return response


def unconfirmed_bytes(transport: asyncio.BaseTransport) -> int:
    """Bytes written that the other machine has not confirmed; 0 where the system does not tell (not on Linux)."""
    connection = transport.get_extra_info("socket")
    if sys.platform != "linux" or connection is None:
        return 0
    import fcntl
    import termios

    try:
        waiting = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(4))
    except OSError:
        return 0
    return int.from_bytes(waiting, sys.byteorder)


def raise_descriptor_limit() -> None:
    """Ask for enough open files; the usual 1,024 are few where every parked call holds a connection."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def connection_limit() -> int:
    """How many connections may be open at once; without a free descriptor not even a health check is accepted."""
    try:
        import resource
    except ImportError:
        return sys.maxsize
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return sys.maxsize
    return max(soft - _SPARE_DESCRIPTORS, soft // 2)

"""Connections: what each of them may hold up, and how many there may be.

Overrides hooks of aiohttp's request handler that are not part of its public interface: ``pyproject.toml`` pins
aiohttp to a minor version, and ``tests/wire/test_attacks.py`` fails when they change.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from typing import Any, Final

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from ggui_core.errors import RequestError
from ggui_core.http.errors import error_response

READ_STALL_S: Final = 5.0
"""How long requests may pile up behind the one that is served before their connection is closed."""
WRITE_STALL_S: Final = 60.0
"""How long a client may leave what was written to it unread."""


_DESCRIPTORS: Final = 65_536
_SPARE_DESCRIPTORS: Final = 128
"""What the process needs besides connections: files, pipes, databases, calls to elsewhere."""


class Connection(RequestHandler):
    """One client's connection: answers what is no HTTP request in JSON too, and ends when it stalls.

    aiohttp stops reading while more is pipelined than it queues. Without reading, a hang-up goes unnoticed: the
    call in progress would stay parked for a client that is long gone. A client that reads nothing pins its
    response in the same way.
    """

    __slots__ = ("_crowd", "_read_stall", "_write_stall")

    def __init__(self, manager: web.Server, crowd: dict[Connection, None], **options: Any) -> None:
        super().__init__(manager, **options)
        self._crowd = crowd
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
        super()._pause_transport_reading()
        if self._read_stall is None and not self._upgraded:
            self._read_stall = self._loop.call_later(READ_STALL_S, self._abort)

    def _resume_transport_reading(self) -> None:
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

    def connection_lost(self, exc: BaseException | None) -> None:
        self._crowd.pop(self, None)
        for timer in (self._read_stall, self._write_stall):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def _abort(self) -> None:
        self._crowd.pop(self, None)
        if self.transport is not None:
            self.transport.abort()

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

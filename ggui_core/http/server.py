"""The listening socket and the aiohttp application behind it."""

from __future__ import annotations

import asyncio
import errno
import inspect
import socket
from collections.abc import Iterable
from typing import Any, Final

from aiohttp import web

from ggui_core.errors import BootError, RequestError
from ggui_core.http.calls import Calls
from ggui_core.http.connection import Connection
from ggui_core.http.errors import error_response
from ggui_core.http.pipeline import DECLARED, Pipeline
from ggui_core.http.routes import Handler, Route

KEEPALIVE_S: Final = 75.0
_BACKLOG: Final = 1024


def application(routes: Iterable[Route], pipeline: Pipeline) -> web.Application:
    """An aiohttp application that serves ``routes`` through ``pipeline``."""
    # The pipeline reads bodies itself, with its own limits; aiohttp's must not be met first.
    app = web.Application(middlewares=[pipeline.middleware], client_max_size=1 << 40)
    app.on_response_prepare.append(pipeline.finish_headers)
    declared = app[DECLARED] = {}
    for route in routes:
        for method in route.methods:
            handler = _coroutine_function(route.handler)
            added = app.router.add_route(method, route.path, handler, expect_handler=_expect)
            declared[added] = route
    return app


async def _expect(request: web.Request) -> web.StreamResponse | None:
    """Answer ``Expect``; aiohttp would refuse an unknown one in plain text (RFC 9110 section 10.1.1)."""
    if request.headers["Expect"].lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the final response has written nothing yet
        return None
    error = RequestError(
        "The expectation cannot be met.",
        status=417,
        code="expectation_failed",
        hint="Leave the Expect header out, or send 100-continue.",
    )
    return error_response(error, "nested")


def _coroutine_function(handler: Handler) -> Handler:
    """aiohttp takes coroutine functions only; a handler may also be an object that is called like one."""
    if inspect.iscoroutinefunction(handler):
        return handler

    async def call(request: web.Request) -> web.StreamResponse:
        return await handler(request)

    return call


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to ``host:port``; port 0 takes a free one. It listens once the server is ready.

    Raises:
        BootError: the address is busy, unknown or not allowed; one sentence with the remedy.
    """
    name = host.strip("[]")
    where = f"{host}:{port}"
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise BootError(
            f"cannot listen on {where}: the host name {host!r} is unknown; choose another --host"
        ) from None
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise BootError(f"cannot listen on {where}: {_reason(error)}") from None
    listener.setblocking(False)
    return listener


def _reason(error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return "the address is in use; stop the other process or choose another --port"
        case errno.EACCES | errno.EPERM:
            return "not permitted; ports below 1024 need privileges, choose another --port"
        case errno.EADDRNOTAVAIL:
            return "this machine has no such address; choose another --host"
        case _:
            return f"{error.strerror or error}; choose another --host or --port"


class HttpServer:
    """Serves one application on one socket until it is stopped.

    Args:
        shared: Whether other processes accept on the socket too.
    """

    def __init__(
        self, app: web.Application, listener: socket.socket, calls: Calls, *, shared: bool = False
    ) -> None:
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=1.0)
        self._listener = listener
        self._calls = calls
        # A process that shares takes one connection each time it wakes: the loop would take all that wait.
        self._at_once = 1 if shared else _BACKLOG
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Accept connections."""
        await self._runner.setup()
        server = self._runner.server
        assert server is not None
        loop = asyncio.get_running_loop()
        crowd: dict[Connection, None] = {}
        own = self._calls.own
        options: dict[str, Any] = {
            "loop": loop,
            "access_log": None,
            "keepalive_timeout": KEEPALIVE_S,
            "tcp_keepalive": True,
            "max_line_size": 16_384,
            "max_field_size": 16_384,
        }
        self._server = await loop.create_server(
            lambda: Connection(server, crowd, own, **options), sock=self._listener, backlog=self._at_once
        )
        if self._at_once != _BACKLOG:
            self._listener.listen(_BACKLOG)

    async def stop_accepting(self) -> None:
        """Take no new connection; those that are open go on."""
        if self._server is not None:
            self._server.close()

    async def close(self) -> None:
        """Close what is left."""
        await self._runner.cleanup()
        self._listener.close()

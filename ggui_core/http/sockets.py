"""WebSockets that end when their credential is revoked or the server stops (spec 03 section 10.4, ruling 17).

A plugin declares a ``GET`` route with the access it wants and opens the socket with :func:`open_socket`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from aiohttp import WSCloseCode, web

from ggui_core.errors import RequestError
from ggui_core.http.calls import EndReason
from ggui_core.http.errors import unauthenticated
from ggui_core.http.routes import call_of, principal_of

if TYPE_CHECKING:
    from ggui_core.setup import Setup

_CLOSING_S: Final = 3.0
"""How long a peer may take to answer a close frame; the server's own stop waits for it."""

_CLOSE: Final[dict[EndReason, tuple[int, bytes]]] = {
    "revoked": (WSCloseCode.POLICY_VIOLATION, b"credential revoked"),
    "shutdown": (WSCloseCode.SERVICE_RESTART, b"server shutting down"),
    "disconnected": (WSCloseCode.GOING_AWAY, b""),
}


@asynccontextmanager
async def open_socket(
    request: web.Request, setup: Setup, *, max_message_bytes: int = 1 << 20
) -> AsyncIterator[web.WebSocketResponse]:
    """Accept the upgrade and keep the socket under the caller's credential while the block runs.

    Messages are not compressed: fan-out would deflate the same bytes once per socket.

    Raises:
        RequestError: 401 when the credential was revoked meanwhile; 429 ``too_many_sockets`` when it holds as many
            as ``limits.socketsPerPrincipal`` of ``ggui.json`` allows.
    """
    principal = principal_of(request)
    if call_of(request).end_reason == "revoked":
        raise unauthenticated()  # between the check of the credential and now
    calls, most = setup.calls, setup.config.limits.sockets_per_principal
    if calls.watching(principal.credential_id, web.WebSocketResponse) >= most:
        raise RequestError(
            f"This credential holds {most} sockets already; close one first.",
            status=429,
            code="too_many_sockets",
            headers={"Retry-After": "5"},
        )
    socket = web.WebSocketResponse(
        compress=False, heartbeat=30.0, max_msg_size=max_message_bytes, timeout=_CLOSING_S
    )
    closing: set[asyncio.Task[bool]] = set()

    def end(reason: EndReason) -> None:
        code, message = _CLOSE[reason]
        task = asyncio.ensure_future(socket.close(code=code, message=message))
        closing.add(task)
        task.add_done_callback(closing.discard)

    calls.watch(principal.credential_id, socket, end)
    try:
        await socket.prepare(request)
        yield socket
    finally:
        calls.unwatch(principal.credential_id, socket)
        if closing:
            await asyncio.wait(closing, timeout=5)
        if not socket.closed:
            await socket.close()

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
    "revoked": (WSCloseCode.POLICY_VIOLATION, b"credential_revoked"),
    "shutdown": (WSCloseCode.SERVICE_RESTART, b"service_restart"),
    "disconnected": (WSCloseCode.GOING_AWAY, b""),
}


@asynccontextmanager
async def open_socket(
    request: web.Request,
    setup: Setup,
    *,
    max_message_bytes: int = 1 << 20,
    holder: str | None = None,
    at_most: int | None = None,
    heartbeat_s: float = 30.0,
) -> AsyncIterator[web.WebSocketResponse]:
    """Accept the upgrade and keep the socket under its holder while the block runs.

    Messages are not compressed: fan-out would deflate the same bytes once per socket.

    Args:
        holder: Whose socket it is; the caller's credential when ``None``. Where a ticket opens the socket, what
            the ticket is for.
        at_most: Sockets of one holder; ``limits.socketsPerPrincipal`` of ``ggui.json`` when ``None``.
        heartbeat_s: After so long without a word from the peer it is pinged; it has half of that to answer.

    Raises:
        RequestError: 401 when the credential was revoked meanwhile; 429 ``too_many_sockets`` when the holder has as
            many as it may.
    """
    holder = holder or principal_of(request).credential_id
    if call_of(request).end_reason == "revoked":
        raise unauthenticated()  # between the check of the credential and now
    calls, most = setup.calls, at_most or setup.config.limits.sockets_per_principal
    if calls.watching(holder, web.WebSocketResponse) >= most:
        raise RequestError(
            f"Its holder has {most} sockets open already; close one first.",
            status=429,
            code="too_many_sockets",
            headers={"Retry-After": "5"},
        )
    socket = web.WebSocketResponse(
        compress=False, heartbeat=heartbeat_s, max_msg_size=max_message_bytes, timeout=_CLOSING_S
    )
    closing: set[asyncio.Task[bool]] = set()

    def end(reason: EndReason) -> None:
        code, message = _CLOSE[reason]
        # Without draining: the end must not wait for a peer that reads nothing.
        task = asyncio.ensure_future(socket.close(code=code, message=message, drain=False))
        closing.add(task)
        task.add_done_callback(closing.discard)

    calls.watch(holder, socket, end)
    try:
        await socket.prepare(request)
        yield socket
    finally:
        calls.unwatch(holder, socket)
        if closing:
            await asyncio.wait(closing, timeout=5)
        if socket.prepared and not socket.closed:
            await socket.close()

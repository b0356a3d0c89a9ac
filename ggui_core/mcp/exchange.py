"""One MCP request while it is served: the SDK's dispatch context, and the task that runs the handler."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import anyio
import structlog
from mcp.server.connection import Connection
from mcp.server.lowlevel import Server
from mcp.server.runner import modern_error_data, serve_one
from mcp.shared.dispatcher import CallOptions
from mcp.shared.exceptions import NoBackChannelError
from mcp.shared.jsonrpc_dispatcher import progress_token_from_params
from mcp.shared.message import MessageMetadata, ServerMessageMetadata
from mcp.shared.transport_context import TransportContext

from ggui_core.http.calls import Call, Calls
from ggui_core.mcp.direct import DirectCalls
from ggui_core.mcp.listings import Listings
from ggui_core.mcp.messages import OLDEST, Message

_QUEUE: Final = 256
"""Notifications waiting for a slow reader; further ones are dropped, the handler never waits for the reader."""

LONG_POLL_GRACE_S: Final = 2.0
"""How long a long-poll may still run once it was told to end."""

STREAMS: Final = "subscriptions/listen"
"""The one method whose answer is a stream by definition."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who speaks which revision.

    Attributes:
        version: The protocol version that a request is served at.
        client_info, client_capabilities: What a request of 2026-07-28 says of its sender, as it was sent.
    """

    version: str
    client_info: Any = None
    client_capabilities: Any = None


@dataclass(slots=True)
class Exchange:
    """Runs one request and collects what it sends before its answer.

    Satisfies the SDK's ``DispatchContext``: a stateless peer can be notified on the response stream, never asked.
    """

    server: Server[Any]
    envelope: Envelope
    message: Message
    call: Call
    headers: Mapping[str, str]
    ends_with_caller: bool
    listings: Listings | None = None
    direct: DirectCalls | None = None
    frames: deque[dict[str, Any]] = field(default_factory=deque)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    can_send_request: bool = field(default=False, init=False)
    _cancel: anyio.Event | None = field(default=None, init=False)
    _released: bool = field(default=False, init=False)

    @property
    def cancel_requested(self) -> anyio.Event:
        """Set when nobody waits any more; made for who asks for it, which costs more than most light calls."""
        if self._cancel is None:
            self._cancel = anyio.Event()
            if self._released:
                self._cancel.set()
        return self._cancel

    @property
    def transport(self) -> TransportContext:
        return TransportContext(kind="streamable-http", can_send_request=False, headers=self.headers)

    @property
    def request_id(self) -> str | int | None:
        return self.message.id

    @property
    def message_metadata(self) -> MessageMetadata:
        return ServerMessageMetadata(request_context=self.call)

    @property
    def may_stream(self) -> bool:
        """Frames may precede the answer only for a caller that asked for them (ruling 20)."""
        return self._progress_token is not None or self.message.method == STREAMS

    @property
    def _progress_token(self) -> str | int | None:
        return progress_token_from_params(self.message.params)

    async def send_raw_request(
        self, method: str, params: Mapping[str, Any] | None, opts: CallOptions | None = None
    ) -> dict[str, Any]:
        raise NoBackChannelError(method)

    async def notify(
        self, method: str, params: Mapping[str, Any] | None, opts: CallOptions | None = None
    ) -> None:
        if not self.may_stream or len(self.frames) >= _QUEUE:
            return
        frame: dict[str, Any] = {"jsonrpc": "2.0", "method": method}
        if params is not None:
            frame["params"] = dict(params)
        self.frames.append(frame)
        self.changed.set()

    async def progress(self, progress: float, total: float | None = None, message: str | None = None) -> None:
        token = self._progress_token
        if token is None:
            return
        params: dict[str, Any] = {"progressToken": token, "progress": progress}
        if total is not None:
            params["total"] = total
        if message is not None:
            params["message"] = message
        await self.notify("notifications/progress", params)

    def start(self, calls: Calls) -> asyncio.Task[dict[str, Any]]:
        """Run the handler in a task of its own, which a hang-up does not cancel."""
        task = asyncio.create_task(self._run(), name=f"mcp:{self.message.method}")
        calls.own(task)
        task.add_done_callback(lambda _: self.changed.set())
        self.call.when_ended(self.changed.set)
        return task

    def release(self, task: asyncio.Task[dict[str, Any]]) -> None:
        """Nobody waits for ``task`` any more: a long-poll gets a moment to end, anything else runs on."""
        self._released = True
        if self._cancel is not None:
            self._cancel.set()
        if self.ends_with_caller and not task.done():
            timer = asyncio.get_running_loop().call_later(LONG_POLL_GRACE_S, task.cancel)
            task.add_done_callback(lambda _: timer.cancel())  # a pending timer would keep the task alive

    async def _run(self) -> dict[str, Any]:
        principal, listings, key = self.call.principal, self.listings, None
        if listings is not None and principal is not None:
            key = listings.key(self.message, self.envelope.version, principal.identity.kind)
            written = None if key is None else listings.get(key)
            if written is not None:
                return {"jsonrpc": "2.0", "id": self.message.id, "result": written}
        direct, version = self.direct, self.envelope.version
        try:
            if direct is not None and direct.takes(self.message, version):
                result = await direct.result(self.message, version, self.call, self.progress)
            else:
                result = await self._dispatched()
        except Exception as failure:
            self.call.handovers.fail()  # an error is sent in place of the answer; of a whole batch to be safe
            # The SDK writes what it does not know to the log; there it is found by the id that the caller has.
            with structlog.contextvars.bound_contextvars(request_id=self.call.request_id):
                error = modern_error_data(failure)
            body = error.model_dump(mode="json", by_alias=True, exclude_none=True)
            return {"jsonrpc": "2.0", "id": self.message.id, "error": body}
        if self.message.method == "initialize":
            if (self.message.params or {}).get("protocolVersion") == OLDEST:
                result["protocolVersion"] = OLDEST
            if self.server.extensions:
                # The SDK writes them for 2026-07-28 alone; hosts of earlier versions read them here too.
                result["capabilities"]["extensions"] = dict(self.server.extensions)
        if listings is not None and key is not None:
            listings.keep(key, result)
        return {"jsonrpc": "2.0", "id": self.message.id, "result": result}

    async def _dispatched(self) -> dict[str, Any]:
        said = self.envelope
        return await serve_one(
            self.server,
            self,
            self.message.method or "",
            self.message.params,
            connection=Connection.from_envelope(said.version, said.client_info, said.client_capabilities),
            lifespan_state=None,
        )

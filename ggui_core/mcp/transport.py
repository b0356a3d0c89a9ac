"""Streamable HTTP without sessions (spec 02 section 1.3): one POST in, one answer out.

The answer is JSON; it becomes an event stream when the caller asked for progress and there is some, and for
batches. A hang-up ends only what was declared a long-poll (ARCHITECTURE law 6).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from aiohttp import web
from mcp.server.lowlevel import Server
from mcp.shared.inbound import (
    ERROR_CODE_HTTP_STATUS,
    InboundLadderRejection,
    classify_inbound_request,
    find_duplicated_routing_header,
    unsupported_protocol_version_rejection,
    validate_mcp_param_headers,
)
from mcp_types.jsonrpc import HEADER_MISMATCH

from ggui_core.auth import Principal
from ggui_core.errors import RequestError
from ggui_core.http.calls import SHUTDOWN_S, Call, Calls
from ggui_core.http.errors import shutting_down, unauthenticated
from ggui_core.http.routes import call_of
from ggui_core.mcp.direct import DirectCalls
from ggui_core.mcp.exchange import LONG_POLL_GRACE_S, STREAMS, Envelope, Exchange
from ggui_core.mcp.listings import Listings
from ggui_core.mcp.messages import (
    MODERN_SINCE,
    Message,
    encode,
    handshake_version,
    is_modern,
    not_a_message,
    parse,
    parse_batch,
)

VERSION_HEADER: Final = "MCP-Protocol-Version"
KEEPALIVE_S: Final = 15.0
_STREAM_HEADERS: Final = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
}

Charge = Callable[[Principal], Awaitable[None]]
Answer = asyncio.Task[dict[str, Any]]


class McpEndpoint:
    """The POST handler of one MCP path.

    Args:
        long_polls: Names of the tools whose calls end when their caller is gone.
        charge: Counts one call of a principal, and raises when it is one too many.
        listings: Keeps what never changes; ``None`` for a server of which nobody knows what changes.
        direct: Calls tools without the dispatcher; ``None`` for a server whose tools are not ours.
    """

    def __init__(
        self,
        server: Server[Any],
        long_polls: frozenset[str],
        calls: Calls,
        charge: Charge,
        listings: Listings | None = None,
        direct: DirectCalls | None = None,
    ) -> None:
        self._server = server
        self._long_polls = long_polls
        self._calls = calls
        self._charge = charge
        self._listings = listings
        self._direct = direct

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        call = call_of(request)
        _check_accept(request)
        if request.content_type != "application/json":
            raise RequestError(
                "Unsupported Media Type: Content-Type must be application/json",
                status=415,
                code="unsupported_media_type",
            )
        if not call.body:
            raise not_a_message()
        version = request.headers.get(VERSION_HEADER)
        if is_modern(version, call.json):
            return await self._modern(request, call)
        served = handshake_version(version)
        if isinstance(call.json, list):
            return await self._batch(request, call, parse_batch(call.json, version), served)
        message = parse(call.json)
        if not message.is_request:
            return web.Response(status=202)
        exchange = self._exchange(request, call, message, Envelope(served))
        return await self._answer(request, exchange, statuses={})

    async def _modern(self, request: web.Request, call: Call) -> web.StreamResponse:
        """A request of 2026-07-28 or later, which brings its own envelope."""
        if isinstance(call.json, list):
            parse_batch(call.json, MODERN_SINCE)
        message = parse(call.json)
        if not message.is_request:
            unsupported = unsupported_protocol_version_rejection(request.headers.get(VERSION_HEADER, ""))
            if unsupported is not None:
                return _rejected(unsupported, None)
            return web.Response(status=202)
        headers = {name.lower(): value for name, value in request.headers.items()}
        duplicated = find_duplicated_routing_header(request.headers.items())
        if duplicated is not None:
            rejection = InboundLadderRejection(HEADER_MISMATCH, f"{duplicated} header appears more than once")
            return _rejected(rejection, message)
        verdict = classify_inbound_request(call.json, headers=headers)
        if isinstance(verdict, InboundLadderRejection):
            return _rejected(verdict, message)
        envelope = Envelope(verdict.protocol_version, verdict.client_info, verdict.client_capabilities)
        mismatch = await self._param_mismatch(request, call, message, envelope, headers)
        if mismatch is not None:
            return _rejected(mismatch, message)
        exchange = self._exchange(request, call, message, envelope)
        return await self._answer(request, exchange, statuses=ERROR_CODE_HTTP_STATUS)

    async def _param_mismatch(
        self,
        request: web.Request,
        call: Call,
        message: Message,
        envelope: Envelope,
        headers: Mapping[str, str],
    ) -> InboundLadderRejection | None:
        """Check ``Mcp-Param-*`` headers against the arguments they mirror."""
        params = message.params or {}
        name, arguments = params.get("name"), params.get("arguments") or {}
        if message.method != "tools/call" or not isinstance(name, str) or not isinstance(arguments, dict):
            return None
        lookup = self._server.get_tool_input_schema
        if lookup is not None:
            schema = lookup(name)
        else:
            schema = await self._listed_schema(request, call, message, envelope, name)
        return None if schema is None else validate_mcp_param_headers(schema, arguments, headers)

    async def _listed_schema(
        self, request: web.Request, call: Call, message: Message, envelope: Envelope, name: str
    ) -> Mapping[str, Any] | None:
        """What the server itself lists for ``name``; a server that cannot list declares no headers."""
        listing = Message(
            "tools/list", {"_meta": (message.params or {})["_meta"]}, message.id, is_request=True
        )
        answer = await self._exchange(request, call, listing, envelope).start(self._calls)
        for tool in answer.get("result", {}).get("tools", ()):
            if tool.get("name") == name:
                schema: Mapping[str, Any] = tool.get("inputSchema") or {}
                return schema
        return None

    def _exchange(self, request: web.Request, call: Call, message: Message, envelope: Envelope) -> Exchange:
        tool = (message.params or {}).get("name") if message.method == "tools/call" else None
        ends = message.method == STREAMS or (isinstance(tool, str) and tool in self._long_polls)
        call.notes.setdefault("mcp", (message.method or "")[:64])
        return Exchange(
            self._server, envelope, message, call, request.headers, ends, self._listings, self._direct
        )

    async def _answer(
        self, request: web.Request, exchange: Exchange, statuses: Mapping[int, int]
    ) -> web.StreamResponse:
        task = exchange.start(self._calls)
        try:
            await _something_to_send(exchange, task)
            if not task.done():
                return await self._stream(request, exchange, task)
        except BaseException as gone:
            if isinstance(gone, (asyncio.CancelledError, ConnectionError)):
                exchange.call.end("disconnected")
            exchange.release(task)
            raise
        answer = task.result()
        if exchange.frames:
            return await self._stream(request, exchange, task)
        status = statuses.get(answer["error"]["code"], 200) if "error" in answer else 200
        return web.Response(body=encode(answer), status=status, content_type="application/json")

    async def _stream(self, request: web.Request, exchange: Exchange, task: Answer) -> web.StreamResponse:
        response = web.StreamResponse(headers=_STREAM_HEADERS)
        _cut_when_revoked(request, exchange.call)
        await response.prepare(request)
        while True:
            while exchange.frames:
                await response.write(_event(exchange.frames.popleft()))
            if task.done():
                break
            try:
                async with asyncio.timeout(KEEPALIVE_S):
                    await _something_to_send(exchange, task)
            except TimeoutError:
                await response.write(b": ping\n\n")
            except RequestError:
                _cut(
                    request
                )  # revoked or stopped in mid-stream: the status line is gone, only closing is left
                exchange.release(task)
                return response
        await response.write(_event(task.result()))
        await response.write_eof()
        return response

    async def _batch(
        self, request: web.Request, call: Call, messages: list[Message], version: str
    ) -> web.StreamResponse:
        """Serve the members side by side; each answer is one event, sent as soon as it is there."""
        requests = [message for message in messages if message.is_request]
        if not requests:
            return web.Response(status=202)
        principal = call.principal
        assert principal is not None
        for _ in requests[1:]:
            await self._charge(principal)
        exchanges = [self._exchange(request, call, message, Envelope(version)) for message in requests]
        tasks = {exchange.start(self._calls): exchange for exchange in exchanges}
        response = web.StreamResponse(headers=_STREAM_HEADERS)
        _cut_when_revoked(request, call)
        try:
            await response.prepare(request)
            for done in asyncio.as_completed(tasks):
                await response.write(_event(await done))
        except (asyncio.CancelledError, ConnectionError):
            call.end("disconnected")
            for task, exchange in tasks.items():
                exchange.release(task)
            raise
        await response.write_eof()
        return response


async def _something_to_send(exchange: Exchange, task: Answer) -> None:
    """Return once there is a frame or the answer.

    Raises:
        RequestError: 401, the caller's credential was revoked meanwhile; 503, the server stops and the handler
            did not end in time.
    """
    while not (task.done() or exchange.frames):
        if exchange.call.end_reason == "revoked":
            raise unauthenticated()
        if exchange.call.end_reason == "shutdown":
            # Long-polls answer at once with what they have; other handlers get the time the server gives.
            await asyncio.wait({task}, timeout=_shutdown_wait_s(exchange))
            if not task.done():
                raise shutting_down()
            return
        exchange.changed.clear()
        await exchange.changed.wait()


def _shutdown_wait_s(exchange: Exchange) -> float:
    return (
        LONG_POLL_GRACE_S if exchange.ends_with_caller else SHUTDOWN_S - 0.5
    )  # before the task is cancelled


def _check_accept(request: web.Request) -> None:
    ranges = {part.partition(";")[0].strip().lower() for part in request.headers.get("Accept", "").split(",")}
    wildcard = "*/*" in ranges
    json_ok = wildcard or ranges & {"application/json", "application/*"}
    stream_ok = wildcard or ranges & {"text/event-stream", "text/*"}
    if not (json_ok and stream_ok):
        raise RequestError(
            "Not Acceptable: Client must accept both application/json and text/event-stream",
            status=406,
            code="not_acceptable",
        )


def _rejected(rejection: InboundLadderRejection, message: Message | None) -> web.Response:
    error: dict[str, Any] = {"code": rejection.code, "message": rejection.message}
    if rejection.data is not None:
        error["data"] = rejection.data
    body = {"jsonrpc": "2.0", "id": None if message is None else message.id, "error": error}
    status = ERROR_CODE_HTTP_STATUS.get(rejection.code, 400)
    return web.Response(body=encode(body), status=status, content_type="application/json")


def _event(body: Mapping[str, Any]) -> bytes:
    return b"event: message\ndata: " + encode(body) + b"\n\n"


def _cut_when_revoked(request: web.Request, call: Call) -> None:
    """End a stream whose caller's credential is revoked, also while it waits for a slow reader."""

    def ended() -> None:
        if call.end_reason == "revoked":
            _cut(request)

    call.when_ended(ended)


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()

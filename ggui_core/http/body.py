"""Reading request bodies within their limits (spec 02 section 1.2, stage 3)."""

from __future__ import annotations

import asyncio
import gc
from typing import Any, Final

import orjson
from aiohttp import web

from ggui_core.errors import RequestError

READ_TIMEOUT_S: Final = 30.0
"""A client that needs longer to send its body is told so; slow senders must not hold memory for ever."""

DECODED_EARLY_BYTES: Final = 65_536
"""A longer body is decoded only once its caller may be here: a few MiB of JSON take tens of milliseconds."""

MAX_CONTAINERS: Final = 250_000
"""Arrays and objects in one body; a million empty ones fit in 4 MiB and would hold up the loop for a second."""

_NO_BODY: Final = frozenset({"GET", "HEAD", "OPTIONS"})


async def read_body(request: web.Request, *, json_bytes: int, form_bytes: int) -> bytes:
    """Read the body once.

    Raises:
        RequestError: 413 ``payload_too_large``, 408 ``request_timeout``, 400 ``bad_request`` for a body that does
            not follow its encoding.
    """
    if request.method in _NO_BODY or not request.can_read_body:
        return b""
    limit = form_bytes if request.content_type == "application/x-www-form-urlencoded" else json_bytes
    if request.content_length is not None and request.content_length > limit:
        raise _too_large(limit)
    return await _read_capped(request, limit)


async def _read_capped(request: web.Request, limit: int) -> bytes:
    content = request.content
    received = bytearray()
    try:
        if content.is_eof():  # short ones come with their head: nothing to wait for, and no clock to set
            whole = content.read_nowait()
            if len(whole) > limit:
                raise _too_large(limit)
            return whole
        async with asyncio.timeout(READ_TIMEOUT_S):
            async for chunk in content.iter_any():
                received += chunk
                if len(received) > limit:
                    raise _too_large(limit)
    except TimeoutError:
        raise RequestError(
            f"The request body did not arrive within {READ_TIMEOUT_S:.0f} s.",
            status=408,
            code="request_timeout",
            hint="Send it again, over a faster connection or in parts.",
        ) from None
    except web.RequestPayloadError:
        request.content.feed_eof()  # nothing more comes of it; aiohttp would wait for the rest and log the fault
        raise RequestError(
            "The request body does not follow its Content- or Transfer-Encoding.",
            hint="Leave the encoding out, or encode the body as the header says.",
        ) from None
    return bytes(received)


def decode(raw: bytes) -> Any:
    """Strict JSON (RFC 8259).

    Raises:
        RequestError: 400 with JSON-RPC code -32700; 413 ``payload_too_large`` for too many arrays and objects.
    """
    long = len(raw) > DECODED_EARLY_BYTES
    if long and len(raw) - len(raw.translate(None, b"[{")) > MAX_CONTAINERS:
        raise RequestError(
            f"The request body holds more than {MAX_CONTAINERS} arrays and objects.",
            status=413,
            code="payload_too_large",
            hint="Send less at once.",
        )
    try:
        return _without_collecting(raw) if long else orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise RequestError(
            "Parse error: the body is not valid JSON",
            hint="Send one JSON document in UTF-8 (RFC 8259).",
            jsonrpc_code=-32700,
        ) from error


def _without_collecting(raw: bytes) -> Any:
    """Decode while the garbage collector rests: it would walk the growing tree over and over to find nothing."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        return orjson.loads(raw)
    finally:
        if collecting:
            gc.enable()


def is_json(content_type: str) -> bool:
    """Whether a body of this type is decoded."""
    return content_type == "application/json" or content_type.endswith("+json")


def _too_large(limit: int) -> RequestError:
    return RequestError(
        f"The request body is larger than {limit} bytes.",
        status=413,
        code="payload_too_large",
        hint="Send less at once; the operator sets the limit in ggui.json#limits.",
    )

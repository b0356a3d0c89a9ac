"""Error bodies: one failure, worded in the family of its route (spec 03 section 6.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web

from ggui_core.errors import GguiError, RequestError
from ggui_core.http.routes import ErrorFamily

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="mcp"'}

_JSONRPC_CODE = {400: -32600, 429: -32013, 500: -32603}
"""Statuses whose JSON-RPC code is not the -32000 of every other refusal (spec 02 section 14.3)."""


def unauthenticated() -> RequestError:
    """401: nobody vouches for the caller (spec 03 section 9.2)."""
    return RequestError("No valid credentials", status=401, code="unauthenticated", headers=CHALLENGE)


def forbidden(message: str = "Forbidden") -> RequestError:
    """403: the caller is known, but this is not for it."""
    return RequestError(message, status=403, code="forbidden")


def rate_limited(retry_after_s: int) -> RequestError:
    """429 with ``Retry-After`` (spec 02 section 1.6)."""
    return RequestError(
        f"Too many requests; retry after {retry_after_s} s.",
        status=429,
        code="rate_limited",
        headers={"Retry-After": str(retry_after_s)},
        extra={"retryAfter": retry_after_s},
    )


def not_found() -> RequestError:
    """404: no route has this path."""
    return RequestError(
        "There is nothing at this path.",
        status=404,
        code="not_found",
        hint="Check the address; paths of a plugin are there only while the plugin is enabled.",
    )


def internal() -> RequestError:
    """500: a fault of the server, which its log explains."""
    return RequestError(
        "Internal server error",
        status=500,
        code="internal",
        hint="Tell the operator the X-Request-Id of this answer; the server's log has the cause under it.",
    )


def shutting_down() -> RequestError:
    """503: this process ends, another one may answer (ruling 17)."""
    return RequestError(
        "The server is shutting down; try again.",
        status=503,
        code="shutting_down",
        headers={"Retry-After": "1", "Connection": "close"},
    )


def json_response(
    body: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """A JSON answer; bodies are compact UTF-8."""
    return web.Response(
        body=orjson.dumps(body), status=status, headers=headers, content_type="application/json"
    )


def jsonrpc_error(code: int, message: str, *, id_: Any = None, data: Any = None) -> dict[str, Any]:
    """A JSON-RPC 2.0 error response object."""
    error: dict[str, Any] = {"code": code, "message": message}
    if data is not None:
        error["data"] = data
    return {"jsonrpc": "2.0", "error": error, "id": id_}


def error_response(error: GguiError, family: ErrorFamily) -> web.Response:
    """The HTTP answer for ``error``; nothing but its message, code, hint and extras reaches the wire."""
    status = error.http_status
    headers = dict(error.headers) if isinstance(error, RequestError) else {}
    if status == 401:
        headers.setdefault("WWW-Authenticate", CHALLENGE["WWW-Authenticate"])  # RFC 9110 section 15.5.2
    # A header that is quoted may hold bytes that are no text.
    message = error.message.encode("utf-8", "replace").decode("utf-8")
    extra: dict[str, object] = {"hint": error.hint} if error.hint else {}
    if isinstance(error, RequestError):
        extra |= error.extra
    if family == "empty":
        return web.Response(status=status, headers=headers)
    if family == "text":
        text = f"Unauthorized: {message}" if status == 401 else message
        return web.Response(
            text=f"{text} {error.hint}" if error.hint else text, status=status, headers=headers
        )
    if family == "flat":
        flat: dict[str, Any] = {"error": error.code}
        if message:
            flat["message"] = message
        return json_response(flat | extra, status=status, headers=headers)
    if family == "jsonrpc":
        own = error.jsonrpc_code if isinstance(error, RequestError) else None
        code = own if own is not None else _JSONRPC_CODE.get(status, -32000)
        return json_response(jsonrpc_error(code, message, data=extra or None), status=status, headers=headers)
    return json_response(
        {"error": {"code": error.code, "message": message} | extra}, status=status, headers=headers
    )

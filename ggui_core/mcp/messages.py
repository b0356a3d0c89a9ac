"""What arrives in a POST body: requests, notifications, responses, batches, and which era they belong to.

Pure functions over decoded JSON; the transport decides what to answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from mcp_types import PROTOCOL_VERSION_META_KEY
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, LATEST_HANDSHAKE_VERSION, MODERN_PROTOCOL_VERSIONS

from ggui_core.errors import RequestError

OLDEST: Final = "2024-10-07"
"""A revision that the SDK no longer names; the same wire as the next one (spec 02 section 2)."""

SUPPORTED: Final = (*reversed(MODERN_PROTOCOL_VERSIONS), *reversed(HANDSHAKE_PROTOCOL_VERSIONS), OLDEST)
MODERN_SINCE: Final = MODERN_PROTOCOL_VERSIONS[0]
"""The first revision whose requests bring their own envelope instead of relying on a handshake."""

_BATCHLESS_SINCE: Final = "2025-06-18"
MAX_BATCH: Final = 50


@dataclass(frozen=True, slots=True)
class Message:
    """One JSON-RPC message.

    ``method`` is ``None`` for a response, which a stateless server has no use for; ``is_request`` is False for
    notifications and responses, which get no answer.
    """

    method: str | None
    params: Mapping[str, Any] | None
    id: str | int | None
    is_request: bool


def encode(body: Mapping[str, Any]) -> bytes:
    """Compact JSON."""
    try:
        return orjson.dumps(body)
    except TypeError:  # integers beyond 64 bits and lone surrogates, which JSON allows
        return json.dumps(body, separators=(",", ":")).encode()


def parse(body: Any) -> Message:
    """One JSON-RPC 2.0 message.

    Raises:
        RequestError: 400 with JSON-RPC code -32700: the body is JSON, but no JSON-RPC message.
    """
    if not isinstance(body, dict) or body.get("jsonrpc") != "2.0":
        raise not_a_message()
    params = body.get("params")
    if params is not None and not isinstance(params, dict):
        raise not_a_message()
    method = body.get("method")
    if method is None:
        if "id" in body and ("result" in body) != ("error" in body):
            return Message(None, None, None, is_request=False)
        raise not_a_message()
    if not isinstance(method, str):
        raise not_a_message()
    if "id" not in body:
        return Message(method, params, None, is_request=False)
    id_ = body["id"]
    if isinstance(id_, bool) or not isinstance(id_, (str, int)):
        raise not_a_message()
    return Message(method, params, id_, is_request=True)


def parse_batch(body: Sequence[Any], version: str | None) -> list[Message]:
    """The messages of a batch, which only old protocol versions have (ruling 15).

    Raises:
        RequestError: 400 with -32600 where the version knows no batches or the batch is empty or too long;
            -32700 when a member is no JSON-RPC message.
    """
    if version is not None and version >= _BATCHLESS_SINCE:
        raise _invalid(
            f"JSON-RPC batches ended with protocol version {_BATCHLESS_SINCE}; send one message per POST"
        )
    if not body:
        raise _invalid("The batch is empty.")
    if len(body) > MAX_BATCH:
        raise _invalid(f"A batch holds at most {MAX_BATCH} messages.")
    return [parse(member) for member in body]


def is_modern(version: str | None, body: Any) -> bool:
    """Whether the request carries its own envelope (2026-07-28 and later) rather than relying on a handshake."""
    if version in MODERN_PROTOCOL_VERSIONS:
        return True
    try:
        return PROTOCOL_VERSION_META_KEY in body["params"]["_meta"]
    except (KeyError, TypeError):
        return False


def handshake_version(header: str | None) -> str:
    """The version that a handshake-era request is served at.

    Raises:
        RequestError: 400 for a version this server does not know, with the list of those it does.
    """
    if header is None:
        return LATEST_HANDSHAKE_VERSION
    if header not in SUPPORTED:
        raise RequestError(
            f"Bad Request: Unsupported protocol version: {header[:64]} (supported versions: {', '.join(SUPPORTED)})",
            code="unsupported_protocol_version",
            jsonrpc_code=-32000,
        )
    return HANDSHAKE_PROTOCOL_VERSIONS[0] if header == OLDEST else header


def not_a_message() -> RequestError:
    """400: the body is no JSON-RPC message (spec 02 section 1.3)."""
    return RequestError(
        "Parse error: Invalid JSON-RPC message",
        hint="Send a JSON-RPC 2.0 object with jsonrpc, method and, for an answer, an id.",
        jsonrpc_code=-32700,
    )


def _invalid(message: str) -> RequestError:
    return RequestError(message, jsonrpc_code=-32600)

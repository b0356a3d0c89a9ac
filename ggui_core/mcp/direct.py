"""Tool calls that need nothing of the SDK's dispatcher.

The dispatcher serves every method in both eras, validates what comes and shapes what goes. For a plain call of one of
our tools, whose arguments the tool's own model validates and whose result we wrote ourselves, there is a shorter way to
the same answer. What is not plain goes to the dispatcher: other methods, revisions whose results have no structured
part, members that nobody knows, envelopes that are not sound, and everything while somebody collects spans.
``tests/wire/test_direct_calls.py`` compares both ways.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
import structlog
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, SERVER_INFO_META_KEY
from mcp_types.methods import serialize_server_result, validate_client_request
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from opentelemetry import trace
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, to_jsonable_python

from ggui_core.http.calls import Call
from ggui_core.mcp.messages import Message
from ggui_core.mcp.sdk_server import COMPLETE, ServerFacts, tool_context
from ggui_core.mcp.table import ToolTable
from ggui_core.mcp.tools import Progress

log = structlog.get_logger("ggui.mcp")

CALL: Final = "tools/call"
SINCE: Final = "2025-06-18"
"""Results of earlier revisions have no structured part."""

ENVELOPES: Final = 256
ENVELOPE_BYTES: Final = 2_048
"""How many envelopes are known to be sound, and how long one may be: a client sends the same one with every call."""

_MEMBERS: Final = frozenset({"name", "arguments", "_meta"})
_TEXT: Final = {"type", "text"}
_RESERVED: Final = "io.modelcontextprotocol/"


class DirectCalls:
    """Calls the tools of one table.

    Args:
        server: The SDK's server of that table, which answers what is not plain.
    """

    def __init__(self, server: Server[Any], facts: ServerFacts, table: ToolTable) -> None:
        self._server = server
        self._facts = facts
        self._table = table
        self._middlewares = tuple(server.middleware)
        self._sound: dict[tuple[str, bytes], None] = {}

    def takes(self, message: Message, version: str) -> bool:
        """Whether a request is a plain tool call."""
        params = message.params
        return (
            message.method == CALL
            and params is not None
            and version >= SINCE
            and params.keys() <= _MEMBERS
            and isinstance(params.get("name"), str)
            and isinstance(
                params.get("arguments", params), dict
            )  # absent is fine, null is for the dispatcher
            and isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)
            and tuple(self._server.middleware) == self._middlewares
            and self._is_sound(params, version)
        )

    async def result(self, message: Message, version: str, call: Call, report: Progress) -> dict[str, Any]:
        """Run the tool of a message that :meth:`takes` said yes to; the result as it goes over the wire.

        Raises:
            MCPError: -32603; the tool answered what no result may be.
        """
        params = message.params
        assert params is not None, "it is plain"
        context = tool_context(self._facts, call, params, report)
        result = await self._table.call(params["name"], params.get("arguments"), context)
        if version in MODERN_PROTOCOL_VERSIONS:
            return self._stamped(_shaped({**COMPLETE, **result}, version))
        return _shaped(result, version)

    def _is_sound(self, params: Mapping[str, Any], version: str) -> bool:
        """Whether the SDK accepts the envelope; the other members are known to be right."""
        meta = params.get("_meta")
        if meta is None:
            return "_meta" not in params and version not in MODERN_PROTOCOL_VERSIONS
        try:
            key = version, orjson.dumps(meta)
        except orjson.JSONEncodeError:  # orjson reads deeper nesting than it writes
            return False
        if key in self._sound:
            return True
        try:
            validate_client_request(CALL, version, {"name": "", "_meta": meta})
        except ValidationError:
            return False
        if len(key[1]) <= ENVELOPE_BYTES:
            if len(self._sound) >= ENVELOPES:
                del self._sound[next(iter(self._sound))]
            self._sound[key] = None
        return True

    def _stamped(self, result: dict[str, Any]) -> dict[str, Any]:
        """With the name of the server, as every result of 2026-07-28 has it."""
        meta = result.get("_meta") or {}
        if meta.get(SERVER_INFO_META_KEY) is None:
            result["_meta"] = {**meta, SERVER_INFO_META_KEY: self._server.server_info_stamp}
        return result


def _shaped(result: dict[str, Any], version: str) -> dict[str, Any]:
    """What the revision has of a result: all of it, where its content is text and its ``_meta`` our own."""
    if all(map(_is_text, result["content"])):
        meta = result.get("_meta")
        if meta is None:
            return result
        own = _own_meta(meta, version)
        if own is not None:
            return {**result, "_meta": own}
    try:
        return serialize_server_result(CALL, version, {**COMPLETE, **result})
    except ValidationError:
        log.exception("tool_result_invalid")
        raise MCPError(code=INTERNAL_ERROR, message="Handler returned an invalid result") from None


def _is_text(block: Mapping[str, Any]) -> bool:
    return block.keys() == _TEXT and block["type"] == "text" and isinstance(block["text"], str)


def _own_meta(meta: Mapping[str, Any], version: str) -> dict[str, Any] | None:
    """``_meta`` as JSON; ``None`` where members are reserved to the protocol, or nothing but Python knows them."""
    if any(name.startswith(_RESERVED) for name in meta):
        return None
    try:
        written: dict[str, Any] = to_jsonable_python(meta, by_alias=True, exclude_none=True)
    except PydanticSerializationError:
        return None
    if version in MODERN_PROTOCOL_VERSIONS:  # there it is a model, whose members that are null stay away
        return {name: value for name, value in written.items() if value is not None}
    return written

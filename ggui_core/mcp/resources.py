"""Resources that a service offers besides its tools."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ggui_core.errors import GguiError
from ggui_core.mcp.tools import ToolContext

APP_MIME: Final = "text/html;profile=mcp-app"
"""A document that a host shows beside the conversation; offering one advertises MCP Apps (spec 02 section 2.2)."""


class ResourceFailed(GguiError):
    """A resource cannot be read for a reason its reader can act on (spec 02 section 10.5).

    Args:
        message: A constant sentence; a refusal must not differ from a miss.
        code: ``error.data.code``.
        jsonrpc_code: The JSON-RPC number.
        detail: What else is known, where saying it gives nothing away.
    """

    def __init__(self, message: str, *, code: str, jsonrpc_code: int, detail: str | None = None) -> None:
        super().__init__(message, code=code)
        self.jsonrpc_code = jsonrpc_code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class ResourceContents:
    """The body of a resource: ``text`` for text, ``blob`` (bytes) for anything else."""

    mime_type: str
    text: str | None = None
    blob: bytes | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource at a fixed URI. ``read`` gets the URI and the circumstances of the call."""

    uri: str
    name: str
    read: Callable[[str, ToolContext], Awaitable[ResourceContents]]
    mime_type: str | None = None
    title: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class ResourceTemplate:
    """A family of resources.

    Attributes:
        uri_template: RFC 6570 template; each ``{name}`` stands for one path segment.
        read: Returns ``None`` when there is no such resource.
    """

    uri_template: str
    name: str
    read: Callable[[str, ToolContext], Awaitable[ResourceContents | None]]
    mime_type: str | None = None
    title: str | None = None
    description: str | None = None

"""Resources that a service offers besides its tools."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ggui_core.mcp.tools import ToolContext


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

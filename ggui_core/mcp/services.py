"""Standalone MCP services and mounts on the shared routes (spec 02 section 12)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ggui_core.auth import AuthAdapter
from ggui_core.mcp.resources import Resource, ResourceTemplate
from ggui_core.mcp.tools import Tool

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server  # half a second to import, which no verb but serve needs


@dataclass(frozen=True, slots=True)
class McpService:
    """An MCP server of its own at its own path.

    Attributes:
        name: For messages only; need not be unique.
        path: ``/docs``, ``/playground/todos``: no trailing slash, unique, not below a reserved path.
        tools: Tools without an audience, unique by name inside the service.
        resources, templates: Resources of the service.
        server: A ready low-level server of the ``mcp`` SDK, in place of ``tools`` and ``resources``.
        long_polls: Names of the tools of ``server`` that wait for events; only these are cancelled, a moment after
            their caller is gone.
        anonymous: True makes the credential optional, not ignored: a valid one keeps its identity.
        auth: An adapter for this service alone; ``None`` uses the server's chain.
        lifespan: Async context manager that is open while the server runs.
        instructions: Text for ``initialize``; ``None`` sends none.
    """

    name: str
    path: str
    tools: Sequence[Tool[Any, Any]] = ()
    resources: Sequence[Resource] = ()
    templates: Sequence[ResourceTemplate] = ()
    server: Server[Any] | None = None
    long_polls: frozenset[str] = frozenset()
    anonymous: bool = False
    auth: AuthAdapter | None = None
    lifespan: Callable[[], AbstractAsyncContextManager[object]] | None = None
    instructions: str | None = None


@dataclass(frozen=True, slots=True)
class ToolMount:
    """Tools that a module named in ``ggui.json#mcpMounts`` adds to the shared routes.

    The module exports a factory (``pkg.mod:factory``) that returns one of these.
    """

    name: str
    tools: Sequence[Tool[Any, Any]]

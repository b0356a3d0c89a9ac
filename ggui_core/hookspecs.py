"""Every hook a plugin can implement: the table of contents of the system.

A plugin is a module named by an entry point in the group ``ggui.plugins``; it implements the hooks it needs with
:data:`ggui_core.hookimpl`. Hooks run while the server is put together, in the order written here, and are
synchronous; what they return may be async. ``docs/plugins.md`` has a runnable example of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    import click
    from pydantic import BaseModel

    from ggui_core.announce import BannerRow, Beacon
    from ggui_core.auth import AuthAdapter
    from ggui_core.checks import Check
    from ggui_core.config import ConfigSection, ServeOption
    from ggui_core.http.routes import Route, SessionCookie
    from ggui_core.instructions import InstructionPart
    from ggui_core.mcp import AppRate, AppRouting, McpService, Resource, ResourceTemplate, Tool
    from ggui_core.migrations import Migrations
    from ggui_core.protocol.theme import Theme
    from ggui_core.seams import RegistryTier
    from ggui_core.setup import Runtime, Setup

hookspec = pluggy.HookspecMarker("ggui")


@hookspec
def ggui_settings() -> type[BaseModel]:  # type: ignore[empty-body]
    """The model of ``ggui.json#plugins.settings.<plugin>``."""


@hookspec
def ggui_config_sections() -> Sequence[ConfigSection]:  # type: ignore[empty-body]
    """Keys of ``ggui.json`` that this plugin owns."""


@hookspec
def ggui_serve_options() -> Sequence[ServeOption]:  # type: ignore[empty-body]
    """Flags of ``ggui serve`` that this plugin owns, each bound to one of its settings."""


@hookspec
def ggui_commands(cli: click.Group) -> None:
    """Add verbs to ``ggui``; runs before a command line is parsed, so import nothing heavy here."""


@hookspec
def ggui_migrations() -> Migrations:  # type: ignore[empty-body]
    """The history of this plugin's own tables in the operator's database; also asked by ``ggui db``."""


@hookspec
def ggui_provide(setup: Setup) -> None:
    """Offer implementations of seams with ``setup.provide``; the only hook that may."""


@hookspec
def ggui_registry_tiers(setup: Setup) -> Sequence[RegistryTier]:  # type: ignore[empty-body]
    """Places where reusable components lie; plugin by plugin, each in its own order, they are asked for a match."""


@hookspec
def ggui_themes(setup: Setup) -> Sequence[Theme]:  # type: ignore[empty-body]
    """Themes that every app of this server can wear; two of one name do not boot."""


@hookspec
def ggui_auth_adapters(setup: Setup) -> Sequence[AuthAdapter]:  # type: ignore[empty-body]
    """Adapters that recognise credentials; asked in order of their rank."""


@hookspec
def ggui_policies(setup: Setup) -> Sequence[SessionCookie | AppRouting | AppRate]:  # type: ignore[empty-body]
    """Rules the kernel enforces for this plugin: cookies that stand for a credential, paths and rates of apps."""


@hookspec
def ggui_routes(setup: Setup) -> Sequence[Route]:  # type: ignore[empty-body]
    """HTTP routes with their access declared."""


@hookspec
def ggui_mcp_tools(setup: Setup) -> Sequence[Tool[Any, Any]]:  # type: ignore[empty-body]
    """Tools for the shared routes, by audience."""


@hookspec
def ggui_mcp_resources(setup: Setup) -> Sequence[Resource | ResourceTemplate]:  # type: ignore[empty-body]
    """Resources of the shared route ``/mcp``; templates are tried in the order given."""


@hookspec
def ggui_mcp_services(setup: Setup) -> Sequence[McpService]:  # type: ignore[empty-body]
    """Standalone MCP services, each at a path of its own."""


@hookspec
def ggui_instructions(setup: Setup) -> Sequence[InstructionPart]:  # type: ignore[empty-body]
    """Paragraphs of the ``instructions`` that ``initialize`` answers on the shared routes."""


@hookspec
def ggui_checks(setup: Setup) -> Sequence[Check]:  # type: ignore[empty-body]
    """Readiness checks behind ``/ggui/health``."""


@hookspec
def ggui_announce(setup: Setup) -> Sequence[Beacon | BannerRow]:  # type: ignore[empty-body]
    """Lines printed once the server listens."""


@hookspec
def ggui_lifespan(runtime: Runtime) -> AbstractAsyncContextManager[object]:  # type: ignore[empty-body]
    """An async context manager that is open while the server runs; closed in reverse order."""

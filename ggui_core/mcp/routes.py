"""Which tools stand on which route: audience routes, mounts and services (spec 02 sections 1.1 and 12)."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ggui_core.auth import AuthChain
from ggui_core.errors import BootError, first_line
from ggui_core.http.calls import Calls
from ggui_core.http.routes import Access, Route
from ggui_core.mcp.apps import AppQuota, AppRouting, app_routes
from ggui_core.mcp.direct import DirectCalls
from ggui_core.mcp.listings import Listings
from ggui_core.mcp.resources import Resource, ResourceTemplate
from ggui_core.mcp.sdk_server import ServerFacts, build_server
from ggui_core.mcp.services import McpService, ToolMount
from ggui_core.mcp.table import ToolTable
from ggui_core.mcp.tools import Audience, Tool
from ggui_core.mcp.transport import Charge, McpEndpoint

SHARED: Final[dict[str, tuple[Audience, ...]]] = {
    "/mcp": ("agent", "runtime"),
    "/protocol": ("protocol",),
    "/ops": ("ops",),
}
"""The shared routes and the audiences whose tools they list."""

CONTROL: Final = "/control"
"""The alias for clients that know ``/protocol`` and ``/ops`` as one route (ruling 2); off unless asked for."""

RESERVED: Final = (
    "/mcp", "/protocol", "/ops", "/control", "/ws", "/health", "/ready", "/.well-known", "/oauth", "/_ggui",
    "/ggui", "/admin", "/admin-login", "/pair", "/api", "/code", "/contract", "/r", "/auth", "/settings",
    "/threads", "/agent", "/assets", "/preview", "/apps",
)  # fmt: skip
"""Paths, with everything below them, that no service may take (ruling 14)."""

_SERVICE_PATH: Final = re.compile(r"/[a-zA-Z0-9_/-]*[a-zA-Z0-9_-]")
_PREFIX: Final[dict[Audience, str]] = {
    "runtime": "ggui_runtime_",
    "protocol": "ggui_protocol_",
    "ops": "ggui_ops_",
}

AnyTool = Tool[Any, Any]


@dataclass(frozen=True, slots=True)
class Owned:
    """Tools and who declares them, for messages."""

    owner: str
    tools: Sequence[AnyTool]


def load_mounts(specifiers: Iterable[str]) -> list[ToolMount]:
    """The mounts that ``ggui.json#mcpMounts`` names, as ``package.module:factory``.

    Raises:
        BootError: one problem for each specifier that cannot be loaded.
    """
    mounts, problems = [], []
    for specifier in specifiers:
        module_name, _, factory_name = specifier.partition(":")
        try:
            factory = getattr(importlib.import_module(module_name), factory_name or "create_ggui_mcp_mount")
            mount = factory()
            if not isinstance(mount, ToolMount) or not mount.name:
                raise TypeError("the factory must return a ToolMount with a name")
        except Exception as error:
            problems.append(
                f"mcpMounts: cannot load {specifier!r}: {first_line(error)}; "
                'write "package.module:factory", and install the package or name its folder in PYTHONPATH'
            )
        else:
            mounts.append(mount)
    if problems:
        raise BootError(*problems)
    return mounts


def audience_tables(
    owned: Iterable[Owned],
    *,
    control_alias: bool = False,
    confirm_ops: bool = False,
    quota: AppQuota | None = None,
) -> dict[str, ToolTable]:
    """A table for each shared route; untagged tools are for agents.

    Args:
        control_alias: Whether ``/control`` lists the protocol and ops tools once more, behind the confirm gate.
        confirm_ops: Whether that gate stands on ``/ops`` too.
        quota: Counts the calls of agents by app.

    Raises:
        BootError: every collision and empty output schema that was found, each naming its owners.
    """
    tables = {
        "/mcp": ToolTable() if quota is None else ToolTable(admit=quota.take),
        "/protocol": ToolTable(),
        "/ops": ToolTable(confirm=confirm_ops),
    }
    if control_alias:
        tables[CONTROL] = ToolTable(confirm=True)
    owners: dict[str, str] = {}
    problems: list[str] = []
    for declared in owned:
        for tool in declared.tools:
            audience = tool.audience or "agent"
            if tool.name in owners:
                problems.append(
                    f"tool {tool.name!r} is declared by {owners[tool.name]} and by {declared.owner}; "
                    "rename one, or disable one of them"
                )
                continue
            owners[tool.name] = declared.owner
            problems.extend(_wrong_prefix(tool, audience, declared.owner))
            try:
                for path in _paths_of(audience, control_alias=control_alias):
                    tables[path].add(replace(tool, audience=audience), declared.owner)
            except BootError as error:
                problems.extend(error.problems)
    if problems:
        raise BootError(*problems)
    return tables


def _paths_of(audience: Audience, *, control_alias: bool) -> list[str]:
    paths = [path for path, audiences in SHARED.items() if audience in audiences]
    return [*paths, CONTROL] if control_alias and audience in ("protocol", "ops") else paths


def _wrong_prefix(tool: AnyTool, audience: Audience, owner: str) -> list[str]:
    """A ``ggui_`` name says which audience it is for; it must say the truth (spec 02 section 3.1)."""
    named: Audience = next((a for a, prefix in _PREFIX.items() if tool.name.startswith(prefix)), "agent")
    if not tool.name.startswith("ggui_") or named == audience:
        return []
    start = _PREFIX.get(audience, "ggui_")
    name = f"tool {tool.name!r} of {owner}"
    return [f"{name} is for {audience!r}, but its name says {named!r}; start the name with {start!r}"]


def check_services(
    services: Sequence[McpService], taken: Iterable[str], prefixes: Iterable[str] = ()
) -> None:
    """Refuse services at impossible paths (spec 02 section 12.1).

    Args:
        taken: Paths of ordinary routes, which a service must not shadow.
        prefixes: Where per-app routes start: reserved beside :data:`RESERVED`.

    Raises:
        BootError: one problem for each fault, with the service's name and path.
    """
    problems: list[str] = []
    seen: dict[str, str] = {}
    routes = {path.lower() for path in taken}
    reserved_paths = dict.fromkeys((*RESERVED, *(prefix.lower() for prefix in prefixes)))
    for service in services:
        who = f"MCP service {service.name!r} at {service.path!r}"
        path = service.path.lower()
        if not service.name:
            problems.append(f"the MCP service at {service.path!r} has no name; give it one")
        if not _SERVICE_PATH.fullmatch(service.path) or "//" in service.path:
            problems.append(f"{who}: a path is made of /letters, digits, - and _, without a trailing slash")
        problems += [
            f"{who}: everything below {reserved} is reserved; choose another path"
            for reserved in reserved_paths
            if path == reserved or path.startswith(reserved + "/")
        ]
        if path in seen:
            problems.append(f"{who}: the path is taken by MCP service {seen[path]!r}; choose another path")
        if path in routes:
            problems.append(f"{who}: another plugin serves a page there; choose another path")
        seen.setdefault(path, service.name)
        tagged = [tool.name for tool in service.tools if tool.audience is not None]
        if tagged:
            problems.append(
                f"{who}: tools of a service have no audience, but {', '.join(tagged)} declare one"
            )
        if service.server is not None and (service.tools or service.resources or service.templates):
            problems.append(f"{who}: give it either a ready server or tools and resources, not both")
    if problems:
        raise BootError(*problems)


def check_resources(offered: Iterable[tuple[str, Resource | ResourceTemplate]]) -> None:
    """Refuse resources of which one would hide the other.

    Args:
        offered: Each with the name of its plugin.

    Raises:
        BootError: one problem for each URI or template that is offered twice, naming both plugins.
    """
    seen: dict[str, str] = {}
    problems = []
    for plugin, resource in offered:
        uri = resource.uri if isinstance(resource, Resource) else resource.uri_template
        if uri in seen:
            problems.append(
                f"the MCP resource {uri!r} is offered by plugin {seen[uri]!r} and by plugin {plugin!r}; "
                "disable one of them"
            )
        seen.setdefault(uri, plugin)
    if problems:
        raise BootError(*problems)


def shared_routes(
    tables: dict[str, ToolTable],
    facts: ServerFacts,
    instructions: str | None,
    calls: Calls,
    charge: Charge,
    offered: Sequence[Resource | ResourceTemplate] = (),
    routings: Sequence[AppRouting] = (),
) -> list[Route]:
    """The routes ``/mcp``, ``/protocol`` and ``/ops``, the alias if there is a table for it, and those of apps.

    Args:
        offered: Resources, of ``/mcp`` only: what belongs to a session must not be read elsewhere.
        routings: Where what ``/mcp`` serves is served app by app.
    """
    routes = []
    for path, table in tables.items():
        data = path == "/mcp"
        server = build_server(
            facts,
            table,
            instructions=instructions,
            resources=[r for r in offered if isinstance(r, Resource)] if data else (),
            templates=[t for t in offered if isinstance(t, ResourceTemplate)] if data else (),
        )
        endpoint = McpEndpoint(
            server, table.long_polls, calls, charge, Listings(), DirectCalls(server, facts, table)
        )
        routes.append(
            Route(
                "POST",
                path,
                endpoint,
                Access.BEARER,
                plane="data" if data else "operator",
                family="jsonrpc",
                refuse=frozenset() if data else frozenset({"oidc"}),
            )
        )
        if data:
            routes += [route for routing in routings for route in app_routes(routing, endpoint)]
    return routes


def service_route(service: McpService, facts: ServerFacts, calls: Calls, charge: Charge) -> Route:
    """The route of one standalone service.

    Raises:
        BootError: two of its tools share a name, or one has an empty output schema.
    """
    listings, direct = None, None
    if service.server is not None:
        server, long_polls = service.server, service.long_polls
    else:
        table = ToolTable()
        for tool in service.tools:
            table.add(tool, f"MCP service {service.name!r}")
        server = build_server(
            facts,
            table,
            instructions=service.instructions,
            resources=service.resources,
            templates=service.templates,
        )
        long_polls = table.long_polls
        listings, direct = Listings(), DirectCalls(server, facts, table)
    return Route(
        "POST",
        service.path,
        McpEndpoint(server, long_polls, calls, charge, listings, direct),
        Access.OPTIONAL if service.anonymous else Access.BEARER,
        family="jsonrpc",
        auth=AuthChain([service.auth]) if service.auth is not None else None,
    )

"""Putting the server together from its plugins, and running it.

:func:`assemble` is synchronous and finds every fault of configuration; :func:`running` opens what the plugins
keep open and accepts requests.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from socket import socket
from typing import Any, Final

import structlog
from aiohttp import web

from ggui_core import SERVER_NAME, __version__
from ggui_core.announce import BannerRow, Beacon
from ggui_core.auth import AuthAdapter, AuthChain, DevAllowAll
from ggui_core.bus import Bus, CredentialRevoked, LocalBus
from ggui_core.checks import Check
from ggui_core.clock import Clock, SystemClock
from ggui_core.config import ServerSettings
from ggui_core.consumers import ActiveConsumers, MemoryActiveConsumers
from ggui_core.errors import BootError, GguiError, first_line
from ggui_core.http.calls import SHUTDOWN_S, Calls
from ggui_core.http.csrf import Csrf
from ggui_core.http.health import Health
from ggui_core.http.origin import OriginPolicy
from ggui_core.http.pipeline import Pipeline
from ggui_core.http.routes import Access, Route, SessionCookie
from ggui_core.http.server import HttpServer, application
from ggui_core.instructions import compose
from ggui_core.limits import MemoryRateLimiter, RateLimiter
from ggui_core.mcp.apps import AppQuota, AppRate, AppRouting, check_routings
from ggui_core.mcp.caller import ToolCaller
from ggui_core.mcp.resources import Resource, ResourceTemplate
from ggui_core.mcp.routes import (
    RESERVED,
    SHARED,
    Owned,
    audience_tables,
    check_resources,
    check_services,
    load_mounts,
    service_route,
    shared_routes,
)
from ggui_core.mcp.sdk_server import ServerFacts
from ggui_core.mcp.services import McpService
from ggui_core.migrations import table_histories
from ggui_core.plugins import Plugins
from ggui_core.project import Prepared
from ggui_core.registry import RegistryTiers
from ggui_core.seams import ThemeCatalog
from ggui_core.setup import Runtime, Seams, Setup
from ggui_core.stores import (
    AppStore,
    AuditStore,
    BlueprintStore,
    CodeStore,
    KeyValueStore,
    MemoryAppStore,
    MemoryAuditStore,
    MemoryBlueprintStore,
    MemoryCodeStore,
    MemoryKeyValueStore,
    MemoryPairingStore,
    MemorySessionStore,
    MemoryThemeStore,
    PairingStore,
    SessionLimits,
    SessionStore,
    ThemeStore,
)
from ggui_core.themes import ThemePresets
from ggui_core.token_secret import derived, token_secret
from ggui_core.tokens import HmacTokenSigner, TokenSigner
from ggui_core.workers import Process, require_shared

log = structlog.get_logger("ggui.boot")


@dataclass(slots=True)
class Assembly:
    """A server that is ready to run.

    Attributes:
        mounts: Lines about ``mcpMounts``, printed before the server listens.
        announcements: Beacons and banner rows of the plugins.
    """

    plugins: Plugins
    setup: Setup
    runtime: Runtime
    app: web.Application
    listener: socket
    services: Sequence[McpService]
    mounts: Sequence[str]
    announcements: Sequence[Beacon | BannerRow]


def assemble(
    prepared: Prepared, listener: socket, clock: Clock | None = None, process: Process | None = None
) -> Assembly:
    """Ask every hook in turn and build the application.

    Args:
        listener: The bound socket; its port is the one that URLs name.
        process: Which process this is of a server with several.

    Raises:
        BootError: a fault of configuration or of a plugin, with the remedy.
    """
    plugins, server = prepared.loaded, prepared.server
    setup = _setup(prepared, listener, clock or SystemClock(), process or Process())
    plugins.collect("ggui_provide", setup=setup)
    setup.seams.close()
    require_shared(setup)
    setup.clock = setup.get(Clock)
    setup.bus.subscribe(CredentialRevoked, lambda event: setup.calls.revoke(event.credential_id))

    # Every hook once, in the order of hookspecs.py: that order is what plugin authors are promised.
    setup.get(RegistryTiers).bind(_each(plugins, "ggui_registry_tiers", setup))
    setup.get(ThemePresets).bind(plugins.collect_flat("ggui_themes", setup=setup))
    auth = _auth(_each(plugins, "ggui_auth_adapters", setup), dev_allow_all=server.dev_allow_all)
    policies = _policies(plugins, setup)
    plain = plugins.collect_flat("ggui_routes", setup=setup)
    mounts = load_mounts(prepared.config.mcp_mounts)
    tables = audience_tables(
        _owned(plugins, setup) + [Owned(f"mount {m.name!r}", m.tools) for m in mounts],
        control_alias=server.control_alias,
        confirm_ops=server.confirm_ops,
        quota=AppQuota(setup.get(RateLimiter), policies.rates),
    )
    resources = plugins.collect_flat("ggui_mcp_resources", setup=setup)
    check_resources(resources)
    offered: list[Resource | ResourceTemplate] = [resource for _, resource in resources]
    services: list[McpService] = _each(plugins, "ggui_mcp_services", setup)
    instructions = compose(server.mcp_instructions, _each(plugins, "ggui_instructions", setup))
    checks: list[Check] = _each(plugins, "ggui_checks", setup)
    announcements: list[Beacon | BannerRow] = _each(plugins, "ggui_announce", setup)

    prefixes = [routing.prefix for routing in policies.routings]
    mcp_paths = [*tables, *prefixes, *(service.path for service in services)]
    setup.get(ToolCaller).bind(tables["/mcp"], lambda: setup.default_app_id, setup.clock)
    runtime = Runtime(setup, auth, sum(len(tables[path]) for path in SHARED))
    pipeline = _pipeline(setup, auth, policies.cookies, mcp_paths)
    facts = ServerFacts(__version__, lambda: setup.default_app_id, setup.clock)
    own = [
        *shared_routes(tables, facts, instructions, setup.calls, pipeline.charge, offered, policies.routings),
        *_kernel_routes(setup, runtime, pipeline, checks),
    ]
    owned = [(_KERNEL, route) for route in own] + [(f"plugin {name!r}", route) for name, route in plain]
    _check_routes(owned)
    routes = [route for _, route in owned]
    check_services(services, (route.path for route in routes), prefixes)
    routes += [service_route(service, facts, setup.calls, pipeline.charge) for service in services]
    return Assembly(
        plugins=plugins,
        setup=setup,
        runtime=runtime,
        app=application(routes, pipeline),
        listener=listener,
        services=services,
        mounts=[
            f"  - {mount.name} ({len(mount.tools)} tools, {specifier})"
            for mount, specifier in zip(mounts, prepared.config.mcp_mounts, strict=True)
        ],
        announcements=announcements,
    )


def _setup(prepared: Prepared, listener: socket, clock: Clock, process: Process) -> Setup:
    seams = Seams(use=prepared.config.plugins.use)
    project = prepared.project
    setup = Setup(
        config=prepared.config,
        server=prepared.server,
        base_url=_base_url(prepared.server, listener.getsockname()[1]),
        clock=clock,
        calls=Calls(),
        seams=seams,
        root=project.root,
        config_dir=project.config_dir,
        persistent_dir=project.persistent_dir,
        environ=project.environ,
        plugin_settings={type(model): model for model in prepared.settings.values()},
        process=process,
        migrations=table_histories(prepared.loaded),
    )
    seams.default(Clock, clock)
    seams.default(Bus, LocalBus())
    seams.default(KeyValueStore, MemoryKeyValueStore(clock))
    seams.default(AppStore, MemoryAppStore())
    seams.default(AuditStore, MemoryAuditStore())
    seams.default(PairingStore, MemoryPairingStore())
    limits = prepared.config.limits
    seams.default(
        SessionStore,
        MemorySessionStore(
            SessionLimits(per_app=limits.sessions_per_app, identities=limits.ended_sessions_per_app)
        ),
    )
    seams.default(CodeStore, MemoryCodeStore())
    seams.default(BlueprintStore, MemoryBlueprintStore())
    seams.default(ActiveConsumers, MemoryActiveConsumers(clock))
    seams.default(RateLimiter, MemoryRateLimiter(clock))
    seams.default(ToolCaller, ToolCaller())
    seams.default(RegistryTiers, RegistryTiers(clock))
    presets = ThemePresets()
    seams.default(ThemePresets, presets)
    seams.default(ThemeCatalog, presets)
    seams.default(ThemeStore, MemoryThemeStore())
    secret = token_secret(project.environ, project.persistent_dir, ephemeral=prepared.server.ephemeral)
    seams.default(TokenSigner, HmacTokenSigner(secret, clock))
    setup.csrf_secret = derived(secret, "csrf")
    setup.secret_mark = derived(secret, "mark")[:8].hex()
    return setup


def _base_url(server: ServerSettings, port: int) -> str:
    if server.public_base_url is not None:
        return server.public_base_url
    host = server.host.strip("[]")
    # A wildcard address is where to listen, not where to go.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _each(plugins: Plugins, hook: str, setup: Setup) -> list[Any]:
    return [item for _, item in plugins.collect_flat(hook, setup=setup)]


@dataclass(frozen=True, slots=True)
class _Policies:
    """What ``ggui_policies`` returned, by kind."""

    cookies: Sequence[SessionCookie]
    routings: Sequence[AppRouting]
    rates: Sequence[AppRate]


def _policies(plugins: Plugins, setup: Setup) -> _Policies:
    found: list[tuple[str, object]] = plugins.collect_flat("ggui_policies", setup=setup)
    known = (SessionCookie, AppRouting, AppRate)
    unknown = [(plugin, policy) for plugin, policy in found if not isinstance(policy, known)]
    if unknown:
        kinds = ", ".join(kind.__name__ for kind in known)
        raise BootError(
            *(
                f"plugin {plugin!r} returns a {type(policy).__name__} from ggui_policies; policies are {kinds}"
                for plugin, policy in unknown
            )
        )
    policies = _Policies(
        [policy for _, policy in found if isinstance(policy, SessionCookie)],
        [policy for _, policy in found if isinstance(policy, AppRouting)],
        [policy for _, policy in found if isinstance(policy, AppRate)],
    )
    check_routings(policies.routings, RESERVED)
    return policies


def _auth(adapters: list[AuthAdapter], *, dev_allow_all: bool) -> AuthChain:
    if dev_allow_all:
        return AuthChain([*adapters, DevAllowAll()])
    if not adapters:
        log.warning(
            "nobody_can_call", hint="no enabled plugin authenticates callers; enable one, such as pairing"
        )
    return AuthChain(adapters)


def _owned(plugins: Plugins, setup: Setup) -> list[Owned]:
    by_plugin: dict[str, list[Any]] = {}
    for name, tool in plugins.collect_flat("ggui_mcp_tools", setup=setup):
        by_plugin.setdefault(name, []).append(tool)
    return [Owned(f"plugin {name!r}", tools) for name, tools in by_plugin.items()]


def _pipeline(
    setup: Setup, auth: AuthChain, cookies: Sequence[SessionCookie], mcp_paths: Sequence[str]
) -> Pipeline:
    server = setup.server
    return Pipeline(
        origin=OriginPolicy.of(server.host, server.public_base_url, server.browser_origins, mcp_paths),
        csrf=Csrf((cookie.name for cookie in cookies), setup.csrf_secret),
        auth=auth,
        limiter=setup.get(RateLimiter),
        limits=setup.config.limits,
        calls=setup.calls,
        trust_proxy=server.trust_proxy,
    )


_KERNEL: Final = "the kernel"


def _kernel_routes(
    setup: Setup, runtime: Runtime, pipeline: Pipeline, checks: Sequence[Check]
) -> list[Route]:
    facts = {
        "version": __version__,
        "tools": runtime.tool_count,
        "durability": durability(setup),
        "cors": {"loopback": True, "origins": list(setup.server.browser_origins)},
    }
    return [
        *Health(SERVER_NAME, facts, checks).routes(),
        Route("GET", "/ggui/csrf-token", pipeline.csrf_token, Access.OPEN),
    ]


def durability(setup: Setup) -> str:
    """``durable`` when a plugin keeps the server's state across restarts, else ``ephemeral``."""
    return "durable" if "KeyValueStore" in setup.seams.providers() else "ephemeral"


def _check_routes(owned: Sequence[tuple[str, Route]]) -> None:
    """Refuse routes that are declared twice or that no request can match.

    Raises:
        BootError: one problem for each, with who declares it.
    """
    seen: dict[tuple[str, str], str] = {}
    problems = []
    for owner, route in owned:
        try:
            web.UrlDispatcher().add_resource(route.path)
        except ValueError as error:
            problems.append(
                f"{owner} declares the route {route.method} {route.path}, which is no path: {error}; "
                "write /segments and {name} or {name:pattern}"
            )
        for method in route.methods:
            first = seen.get((method, route.path))
            if first is not None:
                problems.append(
                    f"{route.method} {route.path} is served by {first} and by {owner}; disable one of them"
                )
                break
            seen[method, route.path] = owner
    if problems:
        raise BootError(*problems)


@asynccontextmanager
async def running(assembly: Assembly) -> AsyncIterator[Assembly]:
    """Open every plugin's and service's lifespan, accept requests, and end all of it in order.

    Raises:
        BootError: a lifespan did not open; names its plugin.
    """
    calls = assembly.setup.calls
    async with AsyncExitStack() as stack:
        for name, lifespan in assembly.plugins.collect("ggui_lifespan", runtime=assembly.runtime):
            await _enter(stack, lifespan, f"plugin {name!r}")
        for service in assembly.services:
            if service.lifespan is not None:
                await _enter(stack, service.lifespan(), f"MCP service {service.name!r}")
        shared = assembly.setup.process.of > 1
        http = HttpServer(assembly.app, assembly.listener, calls, shared=shared)
        await http.start()
        try:
            yield assembly
        finally:
            await http.stop_accepting()
            calls.shut_down()
            late = await calls.drain(SHUTDOWN_S)
            if late:
                log.warning("handlers_cancelled", count=late, after_s=SHUTDOWN_S)
            await http.close()


async def _enter(stack: AsyncExitStack, lifespan: AbstractAsyncContextManager[object], owner: str) -> None:
    try:
        await stack.enter_async_context(lifespan)
    except BootError:
        raise
    except Exception as error:
        cause = error.message if isinstance(error, GguiError) else first_line(error)
        raise BootError(f"{owner} could not start: {cause}") from error

"""Which plugin provides what: the part of a boot that a server and a command beside it have in common."""

from __future__ import annotations

from ggui_core.bus import Bus, LocalBus
from ggui_core.clock import Clock
from ggui_core.config import ServerSettings
from ggui_core.consumers import ActiveConsumers, MemoryActiveConsumers
from ggui_core.http.calls import Calls
from ggui_core.limits import MemoryRateLimiter, RateLimiter
from ggui_core.mcp.caller import ToolCaller
from ggui_core.migrations import table_histories
from ggui_core.project import Prepared
from ggui_core.registry import RegistryTiers
from ggui_core.seams import ThemeCatalog
from ggui_core.setup import Seams, Setup
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
from ggui_core.workers import Process


def provided(prepared: Prepared, clock: Clock, *, port: int, process: Process, serves: bool = True) -> Setup:
    """A setup whose seams are chosen: every plugin had its turn to provide.

    Args:
        serves: False for a command beside the server; see :attr:`~ggui_core.setup.Setup.serves`.

    Raises:
        BootError: a plugin cannot provide, or nobody said which of two is meant.
    """
    setup = _setup(prepared, clock, port, process, serves=serves)
    prepared.loaded.collect("ggui_provide", setup=setup)
    setup.seams.close()
    setup.clock = setup.get(Clock)
    return setup


def _setup(prepared: Prepared, clock: Clock, port: int, process: Process, *, serves: bool) -> Setup:
    seams = Seams(use=prepared.config.plugins.use)
    project = prepared.project
    setup = Setup(
        config=prepared.config,
        server=prepared.server,
        base_url=_base_url(prepared.server, port),
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
        serves=serves,
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
    passing = prepared.server.ephemeral or not serves  # a command signs nothing, and leaves no secret behind
    secret = token_secret(project.environ, project.persistent_dir, ephemeral=passing)
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

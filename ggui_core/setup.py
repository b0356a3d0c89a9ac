"""What hooks receive: :class:`Setup` while the server is put together, :class:`Runtime` while it runs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from pydantic import BaseModel

from ggui_core.audit import AuditTrail
from ggui_core.auth import AuthChain
from ggui_core.bus import Bus
from ggui_core.clock import Clock
from ggui_core.config import DEFAULT_APP
from ggui_core.errors import BootError
from ggui_core.http.calls import Calls
from ggui_core.migrations import Migrations
from ggui_core.stores import AuditStore
from ggui_core.workers import Process

if TYPE_CHECKING:
    from ggui_core.config import Config, ServerSettings

T = TypeVar("T")
S = TypeVar("S", bound=BaseModel)


@dataclass(slots=True)
class _Provider:
    plugin: str
    implementation: object
    rank: int


@dataclass(slots=True)
class Seams:
    """Which plugin implements which Protocol. Closed after every plugin had its turn to provide."""

    use: Mapping[str, str] = field(default_factory=dict)
    _defaults: dict[type, object] = field(default_factory=dict)
    _providers: dict[type, list[_Provider]] = field(default_factory=dict)
    _chosen: dict[type, object] = field(default_factory=dict)
    _contributions: dict[type, list[_Provider]] = field(default_factory=dict)
    _withheld: dict[type, str] = field(default_factory=dict)
    _open: bool = True

    @property
    def is_open(self) -> bool:
        """Whether plugins still provide."""
        return self._open

    def default(self, protocol: type, implementation: object) -> None:
        """The kernel's own implementation; it never counts as a second provider."""
        self._defaults[protocol] = implementation

    def provide(self, protocol: type, implementation: object, plugin: str, rank: int = 0) -> None:
        """Offer an implementation on behalf of ``plugin``; see :meth:`Setup.provide`."""
        if not self._open:
            raise BootError(
                f"plugin {plugin!r} provides {protocol.__name__} too late: only ggui_provide may call provide()"
            )
        self._providers.setdefault(protocol, []).append(_Provider(plugin, implementation, rank))

    def contribute(self, protocol: type, implementation: object, plugin: str, rank: int = 0) -> None:
        """Add one of many implementations on behalf of ``plugin``; see :meth:`Setup.contribute`."""
        if not self._open:
            raise BootError(
                f"plugin {plugin!r} contributes a {protocol.__name__} too late: "
                "only ggui_provide may call contribute()"
            )
        self._contributions.setdefault(protocol, []).append(_Provider(plugin, implementation, rank))

    def withhold(self, protocol: type, because: str) -> None:
        """Say why there is no implementation; see :meth:`Setup.withhold`."""
        self._withheld[protocol] = because

    def reason(self, protocol: type) -> str:
        """Why there is no implementation, and what to do about it."""
        unknown = "no enabled plugin provides one; enable a plugin that does (ggui plugins list)"
        return self._withheld.get(protocol, unknown)

    def contributions(self, protocol: type[T]) -> tuple[T, ...]:
        """Every implementation, lowest rank first, then in the order of plugins."""
        found = sorted(self._contributions.get(protocol, ()), key=lambda provider: provider.rank)
        return tuple(cast("T", provider.implementation) for provider in found)

    def close(self) -> None:
        """Choose one implementation for each Protocol.

        Raises:
            BootError: two plugins provide the same Protocol at the same, lowest rank and ``plugins.use`` names
                neither, or ``use`` names a Protocol or plugin that provides nothing. One problem line for each.
        """
        problems = []
        for protocol, providers in self._providers.items():
            name = protocol.__name__
            wanted = self.use.get(name)
            names = [provider.plugin for provider in providers]
            lowest = min(provider.rank for provider in providers)
            first = [provider.plugin for provider in providers if provider.rank == lowest]
            if wanted is not None and wanted not in names:
                problems.append(
                    f"plugins.use.{name} names {wanted!r}, which does not provide it; providers: {', '.join(names)}"
                )
            elif wanted is None and len(first) > 1:
                problems.append(
                    f"{name} is provided by {' and '.join(first)}; choose one in ggui.json: "
                    f'"plugins": {{"use": {{"{name}": "{first[0]}"}}}}'
                )
            else:
                chosen = next(p for p in providers if p.plugin == (wanted or first[0]))
                self._chosen[protocol] = chosen.implementation
        known = {protocol.__name__ for protocol in self._providers}
        for name, plugin in self.use.items():
            if name not in known:
                problems.append(f"plugins.use.{name} names {plugin!r}, but no enabled plugin provides {name}")
        if problems:
            raise BootError(*problems)
        self._open = False

    def find(self, protocol: type[T]) -> T | None:
        """The chosen implementation, the kernel's default, or ``None``."""
        if protocol in self._chosen:
            return cast("T", self._chosen[protocol])
        if not self._open or protocol not in self._providers:
            return cast("T | None", self._defaults.get(protocol))
        return None

    def providers(self) -> Mapping[str, tuple[str, ...]]:
        """Protocol name to the plugins that provide it."""
        return {p.__name__: tuple(q.plugin for q in found) for p, found in self._providers.items()}


@dataclass(slots=True)
class Setup:
    """The server while it is put together. Every boot-time hook receives this one object.

    Attributes:
        config: The project's ``ggui.json`` (defaults when there is none).
        server: Host, port and the other settings of ``ggui serve`` that the kernel owns.
        base_url: ``http://127.0.0.1:6781``, or the public base URL; no trailing slash. The port is the real one.
        clock: Time.
        calls: Exchanges and sockets in progress.
        root: The folder of ``ggui.json``, else the working directory; relative paths of the file start here.
        config_dir: Per-user home, ``~/.ggui`` unless ``GGUI_CONFIG_DIR`` says otherwise.
        persistent_dir: Where default stores keep their files.
        environ: The process environment, so that tests can give another.
        plugin_settings: The settings of every plugin by their model; :meth:`settings` reads one.
        csrf_secret: What proofs against forged requests are keyed with; the same wherever the token secret is.
        secret_mark: What tells whether two processes have the same token secret; the secret does not follow from it.
        process: Which process of the server this is, where it has several.
        migrations: The histories of the tables that plugins have, for whoever provides the database.
    """

    config: Config
    server: ServerSettings
    base_url: str
    clock: Clock
    calls: Calls
    seams: Seams
    root: Path
    config_dir: Path
    persistent_dir: Path
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    plugin_settings: Mapping[type[BaseModel], BaseModel] = field(default_factory=dict)
    process: Process = field(default_factory=Process)
    migrations: Sequence[Migrations] = ()
    csrf_secret: bytes = field(default=b"", repr=False)
    secret_mark: str = ""
    _speaker: str = "ggui-core"
    _chosen_app_id: str | None = None

    @contextmanager
    def speaking_for(self, plugin: str) -> Iterator[None]:
        """While open, :meth:`provide` and the messages of :meth:`get` are on behalf of ``plugin``."""
        before, self._speaker = self._speaker, plugin
        try:
            yield
        finally:
            self._speaker = before

    def settings(self, model: type[S]) -> S:
        """The validated settings of the plugin whose ``ggui_settings`` returned ``model``."""
        return cast("S", self.plugin_settings[model])

    def provide(self, protocol: type, implementation: object, *, rank: int = 0) -> None:
        """Offer an implementation of a seam; only inside ``ggui_provide``.

        The lowest rank is taken; two of the same rank need ``plugins.use``, which beats every rank. Keep 0
        unless this implementation stands in until another plugin has a better one (above 0), or an operator
        asked for this very one by a flag (below 0).
        """
        self.seams.provide(protocol, implementation, self._speaker, rank)

    def contribute(self, protocol: type, implementation: object, *, rank: int = 0) -> None:
        """Add one implementation of a seam of which every one counts; only inside ``ggui_provide``.

        They are asked in order of rank, lowest first.
        """
        self.seams.contribute(protocol, implementation, self._speaker, rank)

    def withhold(self, protocol: type, *, because: str) -> None:
        """Say why this plugin provides no implementation this time, for whoever boots without one.

        Args:
            because: The end of a sentence: the reason and, after a semicolon, the remedy.
        """
        self.seams.withhold(protocol, because)

    def contributions(self, protocol: type[T]) -> tuple[T, ...]:
        """Every contributed implementation of a seam, lowest rank first; complete after ``ggui_provide``."""
        return self.seams.contributions(protocol)

    def get(self, protocol: type[T]) -> T:
        """The implementation of a seam.

        Raises:
            BootError: nobody provides it, or it is asked for inside ``ggui_provide``, where not all have spoken.
        """
        found = self.seams.find(protocol)
        if found is None:
            raise BootError(
                f"plugin {self._speaker!r} needs a {protocol.__name__}, but {self.seams.reason(protocol)}"
            )
        return found

    def find(self, protocol: type[T]) -> T | None:
        """The implementation of a seam, or ``None`` when there is none."""
        return self.seams.find(protocol)

    @property
    def bus(self) -> Bus:
        """Announcements between plugins, and between the processes of a server where a plugin carries them.

        Raises:
            BootError: it is asked for inside ``ggui_provide``, where the plugin that carries it may not have spoken.
        """
        if self.seams.is_open:
            raise BootError(
                f"plugin {self._speaker!r} asks for the bus inside ggui_provide, before every plugin has provided; "
                "subscribe in ggui_lifespan, and ask for setup.bus whenever something is published"
            )
        return self.get(Bus)

    @property
    def audit(self) -> AuditTrail:
        """Where privileged actions are recorded; works once every plugin has provided."""
        return AuditTrail(self.clock, self.get(AuditStore))

    @property
    def configured_app_id(self) -> str:
        """The app that ``ggui.json`` declares: ``app.slug``, else ``builder`` (spec 02 section 13.1)."""
        return self.config.app.slug if self.config.app is not None else DEFAULT_APP

    @property
    def default_app_id(self) -> str:
        """The tenant of builders: the configured app, unless another one was chosen while the server runs.

        Ask for it whenever it is needed; do not keep it.
        """
        return self.configured_app_id if self._chosen_app_id is None else self._chosen_app_id

    def choose_default_app(self, app_id: str) -> None:
        """Let builders of this process work in ``app_id`` from the next call on."""
        self._chosen_app_id = app_id


@dataclass(slots=True)
class Runtime:
    """The running server, handed to ``ggui_lifespan``.

    Attributes:
        setup: As the hooks saw it; every seam resolves now.
        auth: The chain that resolves callers.
        tool_count: Number of tools on the shared routes.
    """

    setup: Setup
    auth: AuthChain
    tool_count: int

    def get(self, protocol: type[T]) -> T:
        """The implementation of a seam."""
        return self.setup.get(protocol)

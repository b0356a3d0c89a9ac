"""Where plugins meet: Protocols that one plugin provides and others use (ARCHITECTURE section 5).

A plugin never imports another one for this: it offers an implementation in ``ggui_provide`` and asks for one with
``setup.get``. Seams of which every implementation counts (generators, slice contributors) are offered with
``setup.contribute`` and read with ``setup.contributions``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ggui_core.errors import GguiError
from ggui_core.mcp.tools import Progress
from ggui_core.protocol.blueprint import Blueprint, Provenance
from ggui_core.protocol.errors import Issue, Violation
from ggui_core.protocol.gadgets import GadgetDescriptor
from ggui_core.protocol.session import (
    Backlog,
    Component,
    DeliveryReceipt,
    EventPage,
    Gesture,
    HorizonPassed,
    Session,
    Tenant,
)
from ggui_core.protocol.theme import Theme

# Generation


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """What a generator is asked for.

    Attributes:
        contract: The effective contract; it has passed the gate.
        variance: How the same contract should look and sound: ``persona``, ``aesthetic``, ``context``, ``seedPrompt``.
        generator: The generator the agent named, or ``None``.
        model: The provider-prefixed model the agent named, or ``None``.
        props: The props of the first render, as an example of what the component will show.
    """

    session_id: str
    app_id: str
    intent: str
    contract: Mapping[str, Any]
    contract_hash: str
    variance: Mapping[str, Any] = field(default_factory=dict)
    generator: str | None = None
    model: str | None = None
    props: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Generated:
    """A component for a contract.

    Attributes:
        source: The TSX a person can read.
        code: The ES module it compiles to.
        generator: Slug of who wrote it.
        model: The language model that was used, if any.
        notice: One sentence the agent should know, such as how to get a richer UI.
    """

    source: str
    code: str
    generator: str
    model: str | None = None
    notice: str | None = None


class GenerationFailed(GguiError):
    """Nothing usable came out; ``code`` is one of the closed set of spec 06 section 6.2."""

    code = "PRODUCTION_FAILED"


class UiGenerator(Protocol):
    """Writes a component for a contract. Contributed; the lowest rank that offers is asked.

    ``name`` is the slug that agents and provenance know it by.
    """

    name: str

    def offers(self, request: GenerationRequest) -> bool:
        """Whether it can serve this request now; cheap, no I/O."""
        ...

    async def generate(self, request: GenerationRequest, progress: Progress) -> Generated:
        """Write the component. May take long; is cancelled when nobody waits for it any more.

        Raises:
            GenerationFailed: nothing usable came out; names the cause and the remedy.
        """
        ...


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault of a source text; ``line`` and ``column`` count from 1, 0 when unknown."""

    message: str
    line: int = 0
    column: int = 0
    code: str = "COMPILE_ERROR"


class CompileFailed(GguiError):
    """The source does not compile, or imports what it may not."""

    code = "COMPILATION_ERROR"

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        first = diagnostics[0]
        place = f" at line {first.line}, column {first.column}" if first.line else ""
        super().__init__(f"The component does not compile: {first.message}{place}.")
        self.diagnostics = diagnostics


@dataclass(frozen=True, slots=True)
class Compiled:
    """An ES module whose bare imports remain, and what it imports."""

    code: str
    imports: tuple[str, ...]


class Compiler(Protocol):
    """Turns TSX into the ES module that views load (spec 06 section 11)."""

    async def compile(self, source: str, *, packages: Collection[str] = ()) -> Compiled:
        """Compile a component.

        Args:
            packages: Gadget packages that the contract allows beside the standard imports.

        Raises:
            CompileFailed: with every diagnostic.
            GguiError: ``compiler_unavailable``, the compiler itself does not work.
        """
        ...


@dataclass(frozen=True, slots=True)
class Declaration:
    """One export that a component may import.

    Attributes:
        module: The specifier to import it from.
        summary: One or two sentences for the author of a component.
        declaration: TypeScript without a body.
    """

    module: str
    name: str
    summary: str
    declaration: str


class ComponentCatalog(Protocol):
    """What a component may import in the views of this server (spec 05 sections 4.2 and 11)."""

    @property
    def modules(self) -> Mapping[str, Collection[str]]:
        """Every name that can be imported, by specifier; gadget packages are not among them."""
        ...

    @property
    def declarations(self) -> Sequence[Declaration]:
        """The documented names: the catalog of components and the hooks, not React's own."""
        ...

    @property
    def types(self) -> Sequence[str]:
        """TypeScript types that the declarations mention."""
        ...


# Negotiation and reuse


@dataclass(frozen=True, slots=True)
class RepairRequest:
    """A draft contract that rules alone could not mend.

    Attributes:
        draft: As the agent sent it.
        issues: What the gate says of it, errors and warnings.
    """

    app_id: str
    intent: str
    draft: Mapping[str, Any]
    issues: tuple[Issue, ...]


class Negotiator(Protocol):
    """Mends drafts with the help of a language model. Optional: without one a server keeps what is sound of them."""

    async def repair(self, request: RepairRequest) -> Mapping[str, Any] | None:
        """A contract that says what the draft meant, or ``None`` when there is none.

        The caller holds the answer against the gate, limits the time this may take, and goes on without it when it
        fails: whatever it raises is logged and counts as ``None``.
        """
        ...


@dataclass(frozen=True, slots=True)
class BlueprintQuery:
    """What a tier is asked for.

    Attributes:
        contract: The contract of the request; it has passed the gate.
        generator: Only what this generator wrote, or none did, if the agent named one.
    """

    app_id: str
    intent: str
    contract: Mapping[str, Any]
    contract_hash: str
    variance: Mapping[str, Any]
    variant_key: str
    generator: str | None = None


class RegistryTier(Protocol):
    """A place where reusable components lie; ``ggui_registry_tiers`` returns them in the order they are asked.

    ``name`` is what logs and rationales call it.
    """

    name: str

    async def candidates(self, query: BlueprintQuery) -> Sequence[Blueprint]:
        """What could serve a request: every usable member of the group of its contract.

        What is yanked, or has no code, is none of it. The asker checks the agent's tools and chooses the variant.
        """
        ...

    async def blueprint(self, app_id: str, blueprint_id: str) -> Blueprint | None:
        """A blueprint by its id, if an app may use it; yanked ones too: cards that show them go on working."""
        ...

    async def component(self, blueprint: Blueprint) -> Component | None:
        """Its component, with the code in the code store; ``None`` when the code is gone."""
        ...


@dataclass(frozen=True, slots=True)
class Registration:
    """A fresh component that may be reused.

    Attributes:
        component: Its code lies in the code store already.
    """

    app_id: str
    intent: str
    contract: Mapping[str, Any]
    contract_hash: str
    variance: Mapping[str, Any]
    variant_key: str
    component: Component
    source: Provenance


class BlueprintIndex(Protocol):
    """Keeps fresh components for later requests. Optional: without one nothing is reused."""

    async def record(self, registration: Registration) -> Blueprint:
        """Keep a component; the first one of an app, contract and variant stays, and is what comes back."""
        ...

    async def used(self, blueprint: Blueprint, times: int = 1) -> None:
        """Note that a blueprint served so many renders, just now. Best effort."""
        ...


# Themes


class ThemeCatalog(Protocol):
    """The themes that an app can wear. A kernel without theme plugins knows none, and then no name is wrong."""

    async def themes(self, app_id: str) -> Sequence[Theme]:
        """Every theme that agents of an app may name; empty when this server knows of no themes at all."""
        ...

    async def theme(self, app_id: str, theme_id: str) -> Theme | None:
        """One of them by its id."""
        ...


# Gadgets


class GadgetCatalog(Protocol):
    """The gadget packages that contracts of an app may name. A kernel without gadget plugins knows the built-in one."""

    async def gadgets(self, app_id: str) -> Mapping[str, GadgetDescriptor]:
        """Descriptors by package, whole or not at all; no export name is in two of them."""
        ...


# Mounting


@dataclass(frozen=True, slots=True)
class SlicePart:
    """What one plugin adds to ``_meta["ai.ggui/render"]``.

    Attributes:
        fields: Members of the slice, camelCase.
        connect_domains, resource_domains: Origins that a host's content-security policy must admit.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    connect_domains: tuple[str, ...] = ()
    resource_domains: tuple[str, ...] = ()


class SliceContributor(Protocol):
    """Adds members to the slice of a session. Contributed; all of them are asked, in order of rank."""

    async def slice_part(self, session: Session) -> SlicePart:
        """What this plugin knows that a view needs; asked whenever a slice is minted.

        A session that :attr:`~ggui_core.protocol.session.Session.is_static` gets code and assets, and nothing that
        opens anything: whoever reads it proved to be of its app, and of no session.
        """
        ...


@dataclass(frozen=True, slots=True)
class LiveToken:
    """What opens the live channel of one session; ``expires_at`` is ISO 8601."""

    token: str
    expires_at: str


class LiveTokens(Protocol):
    """Mints what opens live channels. Optional: a server without a live channel has none."""

    def mint(self, session: Session) -> LiveToken:
        """A fresh token for a session; the caller made sure that whoever gets it may see that session."""
        ...


@dataclass(frozen=True, slots=True)
class Mount:
    """Everything a host needs to show a session.

    Attributes:
        slice: The value of ``_meta["ai.ggui/render"]``.
        csp: ``connectDomains`` and ``resourceDomains`` for ``_meta.ui.csp``.
    """

    slice: Mapping[str, Any]
    csp: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class StaticShell:
    """The document that is the same for every render.

    Attributes:
        hash12: The first 12 hex digits of the hash over the document and ``csp``.
        csp: ``connectDomains`` and ``resourceDomains`` for ``_meta.ui.csp`` of the resource.
    """

    html: str
    hash12: str
    csp: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class ShellBuilder(Protocol):
    """Writes the HTML documents behind ``ui://ggui/render`` (spec 05 section 1)."""

    def static_shell(self) -> StaticShell:
        """The document that waits for a tool result."""
        ...

    def session_shell(self, mount: Mount, title: str) -> str:
        """The self-contained document of one session, with its slice inlined."""
        ...


# Sessions


@dataclass(frozen=True, slots=True)
class Submitted:
    """A gesture was taken: ``sequence`` is the ledger's head; ``duplicate`` when it had been before."""

    sequence: int
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Violated:
    """A gesture breaks the contract; nothing was queued."""

    violations: tuple[Violation, ...]


@dataclass(frozen=True, slots=True)
class NoPipe:
    """There is no session to take the gesture, or its pipe is full: ``reason`` says which."""

    reason: str


class SessionService(Protocol):
    """What other plugins may ask of sessions. ``tenant`` as in :class:`~ggui_core.stores.SessionStore`."""

    async def session(self, session_id: str, tenant: Tenant | None) -> Session | None:
        """The session if it is there, visible and not expired; being asked for counts as activity."""
        ...

    async def by_short_code(self, short_code: str) -> Session | None:
        """The session of a viewer page, if it is there and not expired."""
        ...

    async def row(self, session: Session) -> dict[str, Any]:
        """The session as it travels in ``ack`` frames, component code included (spec 01 section 10)."""
        ...

    async def mount(self, session: Session) -> Mount:
        """A freshly minted slice."""
        ...

    async def submit(
        self, session: Session, gesture: Gesture, record: Mapping[str, Any] | None = None
    ) -> Submitted | Violated | NoPipe:
        """Validate a gesture against the contract and queue it in one transaction.

        Args:
            record: What the ledger keeps; the row that consume returns when ``None``.
        """
        ...

    async def events(self, session_id: str, since: int, limit: int) -> EventPage | HorizonPassed:
        """A part of the ledger."""
        ...

    async def backlog(self, session_id: str, after: int | None) -> Backlog:
        """Stream deliveries that a subscriber missed."""
        ...

    async def observe_host(self, session_id: str, host_context: Mapping[str, Any]) -> None:
        """Keep what a view reports of its host; malformed members are dropped one by one."""
        ...

    async def note_delivery(self, session_id: str, receipt: DeliveryReceipt) -> None:
        """Keep how far a card got."""
        ...

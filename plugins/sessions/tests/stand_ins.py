"""Plugins of strangers: a generator, a renderer, a live channel and callers, as small as they can be."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from html import escape
from types import ModuleType
from typing import Any

from ggui_core import hookimpl
from ggui_core.auth import AppIdentity, AuthAdapter, AuthRequest, Principal, UserIdentity
from ggui_core.mcp.tools import Progress
from ggui_core.protocol.blueprint import SHARED_APP, Blueprint, new_blueprint_id
from ggui_core.protocol.session import Component, Session
from ggui_core.seams import (
    BlueprintIndex,
    BlueprintQuery,
    Generated,
    GenerationRequest,
    LiveToken,
    LiveTokens,
    Mount,
    Negotiator,
    Registration,
    RegistryTier,
    RepairRequest,
    ShellBuilder,
    SliceContributor,
    SlicePart,
    StaticShell,
    UiGenerator,
)
from ggui_core.setup import Setup
from ggui_core.stores import CodeStore


def plugin(name: str, **hooks: Callable[..., Any]) -> ModuleType:
    """A plugin module made of hook functions, named without their prefix."""
    module = ModuleType(f"stand_in_{name}")
    vars(module).update({"PLUGIN_API": 1, "PLUGIN_NAME": name})
    vars(module).update({f"ggui_{hook}": hookimpl(function) for hook, function in hooks.items()})
    return module


@dataclass
class Writer:
    """A generator that does what its test says.

    Attributes:
        held: While it is not set, nothing is finished.
        fails: Raised instead of an answer.
        asked: Every request, in order.
        cancelled: How many generations were cancelled.
        most_at_once: How many ran at the same time, at most.
    """

    name: str = "writer"
    code: str = "export default () => null;\n"
    notice: str | None = None
    willing: bool = True
    fails: BaseException | None = None
    held: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[GenerationRequest] = field(default_factory=list)
    cancelled: int = 0
    running: int = 0
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self.held.set()

    def offers(self, request: GenerationRequest) -> bool:
        return self.willing

    async def generate(self, request: GenerationRequest, progress: Progress) -> Generated:
        self.asked.append(request)
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        try:
            await progress(0, 1, "writing")
            await self.held.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1
        if self.fails is not None:
            raise self.fails
        return Generated(
            f"// {request.intent}, {request.contract_hash}\n",
            self.code,
            generator=self.name,
            model=request.model,
            notice=self.notice,
        )


def writing(*writers: UiGenerator) -> ModuleType:
    """A plugin that contributes generators, the first one with the lowest rank."""

    def provide(setup: Setup) -> None:
        for rank, writer in enumerate(writers):
            setup.contribute(UiGenerator, writer, rank=rank)

    return plugin("writing", provide=provide)


class Slices:
    """Runtime and code, as a renderer adds them."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    async def slice_part(self, session: Session) -> SlicePart:
        base = self._setup.base_url
        fields: dict[str, Any] = {"runtimeUrl": f"{base}/_ggui/iframe-runtime.js"}
        if session.component is not None:
            code = await self._setup.get(CodeStore).get(session.component.code_hash)
            assert code is not None
            fields["codeHash"] = session.component.code_hash
            fields["codeB64"] = base64.b64encode(code.encode()).decode()
        return SlicePart(fields, resource_domains=("https://assets.example", base))


class Shells:
    """Documents that hold what a host and a view look for, and nothing else."""

    csp: Mapping[str, tuple[str, ...]] = {
        "connectDomains": (),
        "resourceDomains": ("https://assets.example",),
    }

    def static_shell(self) -> StaticShell:
        html = "<!doctype html><title>shell</title>"
        digest = sha256(html.encode() + json.dumps(self.csp).encode()).hexdigest()
        return StaticShell(html, digest[:12], self.csp)

    def session_shell(self, mount: Mount, title: str) -> str:
        meta = json.dumps({"ai.ggui/render": mount.slice})
        for character in "<>&\u2028\u2029":
            meta = meta.replace(character, f"\\u{ord(character):04x}")
        return (
            f"<!doctype html><title>{escape(title)}</title>"
            f"<script>globalThis.__GGUI_META__ = {meta};</script>"
            f'<script type="module" crossorigin="anonymous" src="{escape(mount.slice["runtimeUrl"])}"></script>'
        )


def rendering() -> ModuleType:
    """A plugin that builds shells and adds the runtime to slices."""

    def provide(setup: Setup) -> None:
        setup.provide(ShellBuilder, Shells())
        setup.contribute(SliceContributor, Slices(setup))

    return plugin("rendering", provide=provide)


@dataclass
class Shelf:
    """A tier with the blueprints that its test puts there, and code as long as ``has_code``.

    Attributes:
        fails: Raised whatever is asked.
    """

    blueprints: list[Blueprint] = field(default_factory=list)
    code: str = "export default () => null;\n"
    has_code: bool = True
    fails: Exception | None = None
    name: str = "shelf"
    setup: Setup | None = None

    async def candidates(self, query: BlueprintQuery) -> Sequence[Blueprint]:
        self._fail()
        return [one for one in self._of(query.app_id) if not one.is_yanked]

    async def blueprint(self, app_id: str, blueprint_id: str) -> Blueprint | None:
        self._fail()
        return next((one for one in self._of(app_id) if one.id == blueprint_id), None)

    async def component(self, blueprint: Blueprint) -> Component | None:
        self._fail()
        if not self.has_code:
            return None
        assert self.setup is not None
        return Component(await self.setup.get(CodeStore).put(self.code), blueprint.authored or "", "shelf")

    def _of(self, app_id: str) -> list[Blueprint]:
        return [one for one in self.blueprints if one.app_id in (app_id, SHARED_APP)]

    def _fail(self) -> None:
        if self.fails is not None:
            raise self.fails


def shelving(shelf: Shelf) -> ModuleType:
    """A plugin that offers a shelf."""

    def registry_tiers(setup: Setup) -> Sequence[RegistryTier]:
        shelf.setup = setup
        return [shelf]

    return plugin("shelving", registry_tiers=registry_tiers)


class Mint:
    """Live tokens that say what they are for."""

    def __init__(self) -> None:
        self.minted: list[str] = []

    def mint(self, session: Session) -> LiveToken:
        self.minted.append(session.id)
        return LiveToken(f"token-of-{session.id}", "2027-01-15T08:03:00.000Z")


def minting(mint: Mint) -> ModuleType:
    """A plugin with a live channel, as far as tokens go."""

    def provide(setup: Setup) -> None:
        setup.provide(LiveTokens, mint)

    return plugin("minting", provide=provide)


@dataclass
class Slicing:
    """A contributor that adds what its test says, or fails."""

    part: SlicePart | Exception

    async def slice_part(self, session: Session) -> SlicePart:
        if isinstance(self.part, Exception):
            raise self.part
        return self.part


def slicing(*parts: SlicePart | Exception) -> ModuleType:
    """A plugin that contributes slice parts behind those of others."""

    def provide(setup: Setup) -> None:
        for part in parts:
            setup.contribute(SliceContributor, Slicing(part), rank=50)

    return plugin("slicing", provide=provide)


class Badges:
    """Bearers that say who they are: ``user:<app>:<user>`` or ``app:<app>``."""

    name = "badges"
    rank = 1

    async def authenticate(self, request: AuthRequest) -> Principal | None:
        kind, _, rest = (request.bearer or "").partition(":")
        if kind == "user":
            app, _, user = rest.partition(":")
            return Principal(UserIdentity(user, app_id=app), "oidc", f"badge:{rest}")
        if kind == "app":
            return Principal(AppIdentity(rest, "sha256:badge"), "apikey", f"badge:{rest}")
        return None


def badges() -> ModuleType:
    """A plugin that knows callers by what their bearers say."""

    def auth_adapters(setup: Setup) -> Sequence[AuthAdapter]:
        return [Badges()]

    return plugin("badges", auth_adapters=auth_adapters)


@dataclass
class Library:
    """A tier and the index that fills it, which do what their test says.

    Attributes:
        rows: What is stored, by id.
        lies: Offered whatever was asked for.
        fails: Raised by every method that is asked to read.
        refuses: Raised by the index.
        held: While it is not set, nobody gets an answer.
        writable: While it is not set, nothing is recorded.
        asked, read, recorded, uses: What was called, in order.
    """

    name: str = "library"
    rows: dict[str, Blueprint] = field(default_factory=dict)
    lies: list[Blueprint] = field(default_factory=list)
    fails: BaseException | None = None
    refuses: BaseException | None = None
    held: asyncio.Event = field(default_factory=asyncio.Event)
    writable: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[BlueprintQuery] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    recorded: list[Registration] = field(default_factory=list)
    uses: list[str] = field(default_factory=list)
    components: dict[str, Component | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.held.set()
        self.writable.set()

    def put(self, blueprint: Blueprint, component: Component | None = None) -> Blueprint:
        """Store a blueprint with its component."""
        self.rows[blueprint.id] = blueprint
        self.components[blueprint.id] = component or Component(
            blueprint.code_hash, blueprint.authored or "", blueprint.source.generator or blueprint.source.kind
        )
        return blueprint

    def vary(self, blueprint: Blueprint, blueprint_id: str, **changes: Any) -> Blueprint:
        """Store another one like it."""
        other = replace(blueprint, id=blueprint_id, **changes)
        return self.put(other, self.components[blueprint.id])

    async def _answer(self) -> None:
        await self.held.wait()
        if self.fails is not None:
            raise self.fails

    async def candidates(self, query: BlueprintQuery) -> Sequence[Blueprint]:
        self.asked.append(query)
        await self._answer()
        group = [
            row
            for row in self.rows.values()
            if row.contract_hash == query.contract_hash
            and row.app_id in (query.app_id, "shared")
            and not row.is_yanked
            and (
                query.generator is None or row.source.kind != "llm" or row.source.generator == query.generator
            )
        ]
        return [*self.lies, *group]

    async def blueprint(self, app_id: str, blueprint_id: str) -> Blueprint | None:
        self.read.append(blueprint_id)
        await self._answer()
        row = self.rows.get(blueprint_id)
        return row if row is not None and row.app_id in (app_id, "shared") else None

    async def component(self, blueprint: Blueprint) -> Component | None:
        await self._answer()
        return self.components.get(blueprint.id)

    async def record(self, registration: Registration) -> Blueprint:
        self.recorded.append(registration)
        await self.writable.wait()
        if self.refuses is not None:
            raise self.refuses
        key = (registration.app_id, registration.contract_hash, registration.variant_key)
        for row in self.rows.values():
            if (row.app_id, *row.exact_key) == key:
                return row
        fresh = Blueprint(
            id=new_blueprint_id(),
            app_id=registration.app_id,
            contract=registration.contract,
            contract_hash=registration.contract_hash,
            variance=registration.variance,
            variant_key=registration.variant_key,
            source=registration.source,
            code_hash=registration.component.code_hash,
            created_at_ms=1_800_000_000_000 + len(self.rows),
            created_by="agent",
            authored=registration.component.source,
            intent=registration.intent,
        )
        return self.put(fresh, registration.component)

    async def used(self, blueprint: Blueprint, times: int = 1) -> None:
        self.uses.append(blueprint.id)


def storing(*libraries: Library) -> ModuleType:
    """A plugin with tiers; the first one's index keeps what is rendered."""

    def provide(setup: Setup) -> None:
        setup.provide(BlueprintIndex, libraries[0])

    def registry_tiers(setup: Setup) -> Sequence[RegistryTier]:
        return libraries

    return plugin("storing", provide=provide, registry_tiers=registry_tiers)


@dataclass
class Mender:
    """A negotiator that answers what its test says.

    Attributes:
        answer: What a draft becomes.
        fails: Raised instead.
        held: While it is not set, nothing is answered.
        asked: Every request, in order.
    """

    answer: Any = None
    fails: BaseException | None = None
    held: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[RepairRequest] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.held.set()

    async def repair(self, request: RepairRequest) -> Mapping[str, Any] | None:
        self.asked.append(request)
        await self.held.wait()
        if self.fails is not None:
            raise self.fails
        answer: Mapping[str, Any] | None = self.answer
        return answer


def mending(mender: Negotiator) -> ModuleType:
    """A plugin with a negotiator."""

    def provide(setup: Setup) -> None:
        setup.provide(Negotiator, mender)

    return plugin("mending", provide=provide)

"""A booted server with blueprints, seen by agents and operators of several apps."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import ggui_blueprints.plugin as blueprints
import ggui_compiler.plugin as compiler
from ggui_core import hookimpl
from ggui_core.auth import AppIdentity, AuthAdapter, AuthRequest, BuilderIdentity, Principal
from ggui_core.clock import Clock
from ggui_core.mcp.tools import Progress
from ggui_core.protocol.blueprint import Blueprint
from ggui_core.protocol.digests import contract_hash, variant_key
from ggui_core.registry import Candidate, RegistryTiers
from ggui_core.seams import BlueprintQuery, Compiled, Compiler, Generated, GenerationRequest, UiGenerator
from ggui_core.setup import Setup
from ggui_core.stores import CodeStore
from ggui_core.testing import Booted, booted

ERROR = "ai.ggui/error"
APP = "builder"

CONTRACT: dict[str, Any] = {
    "propsSpec": {"properties": {"level": {"schema": {"type": "number"}, "required": True}}},
    "actionSpec": {"refresh": {"label": "Look again"}},
}
MODULE = """\
import React from "react";
export default function Tide(props) {
  return React.createElement("b", null, `${props.level} m`);
}
"""
OTHER_MODULE = MODULE.replace(" m`", " metres`")
TSX = "export default function Tide(props: { level: number }) { return <b>{props.level} m</b>; }\n"


class Doors:
    """Bearers are names of apps; ``builder`` is the builder."""

    name = "doors"
    rank = 10

    async def authenticate(self, request: AuthRequest) -> Principal | None:
        if request.bearer is None:
            return None
        identity = BuilderIdentity() if request.bearer == APP else AppIdentity(request.bearer, "0")
        return Principal(identity, "apikey", f"apikey:{request.bearer}")


def doors() -> ModuleType:
    """A plugin that lets the apps in."""

    @hookimpl
    def ggui_auth_adapters(setup: Setup) -> Sequence[AuthAdapter]:
        return [Doors()]

    return _plugin("doors", ggui_auth_adapters=ggui_auth_adapters)


def generating(*generators: UiGenerator) -> ModuleType:
    """A plugin with generators."""

    @hookimpl
    def ggui_provide(setup: Setup) -> None:
        for generator in generators:
            setup.contribute(UiGenerator, generator)

    return _plugin("writers", ggui_provide=ggui_provide)


def compiling(stand_in: Compiler) -> ModuleType:
    """A plugin with a compiler that a test holds in its hand."""

    @hookimpl
    def ggui_provide(setup: Setup) -> None:
        setup.provide(Compiler, stand_in)

    return _plugin("stand_in_compiler", ggui_provide=ggui_provide)


def _plugin(name: str, **hooks: object) -> ModuleType:
    module = ModuleType(f"ggui_{name}")
    module.__dict__.update(PLUGIN_API=1, **hooks)
    return module


class Writer:
    """Writes the same component for every contract, and counts."""

    def __init__(self, name: str = "writer", code: str = MODULE, *, offers: bool = True) -> None:
        self.name = name
        self._code = code
        self._offers = offers
        self.requests: list[GenerationRequest] = []

    def offers(self, request: GenerationRequest) -> bool:
        return self._offers

    async def generate(self, request: GenerationRequest, progress: Progress) -> Generated:
        self.requests.append(request)
        return Generated("<b/>", self._code, self.name)


class CountingCompiler:
    """Compiles everything to one module, and counts."""

    def __init__(self) -> None:
        self.sources: list[str] = []

    async def compile(self, source: str, *, packages: Any = ()) -> Compiled:
        self.sources.append(source)
        return Compiled(MODULE, ("react",))


@dataclass(frozen=True, slots=True)
class Server:
    """What agents, operators and sessions ask of it."""

    booted: Booted

    async def ops(self, tool: str, /, *, app: str = APP, **arguments: Any) -> dict[str, Any]:
        """The structured output of an ops tool."""
        return await self._ok(f"ggui_ops_{tool}", arguments, app, "/ops")

    async def refused(self, tool: str, /, *, app: str = APP, **arguments: Any) -> dict[str, Any]:
        """What an ops tool refuses with."""
        return await self._fault(f"ggui_ops_{tool}", arguments, app, "/ops")

    async def agent(self, tool: str, /, *, app: str = APP, **arguments: Any) -> dict[str, Any]:
        """The structured output of an agent's tool."""
        return await self._ok(f"ggui_{tool}", arguments, app, "/mcp")

    async def agent_refused(self, tool: str, /, *, app: str = APP, **arguments: Any) -> dict[str, Any]:
        """What an agent's tool refuses with."""
        return await self._fault(f"ggui_{tool}", arguments, app, "/mcp")

    async def register(self, code: str = MODULE, contract: Any = CONTRACT, **more: Any) -> dict[str, Any]:
        """Register a component."""
        return await self.ops("register_blueprint", contract=contract, componentCode=code, **more)

    async def listed(self, **wanted: Any) -> list[dict[str, Any]]:
        """The operator's list."""
        rows: list[dict[str, Any]] = (await self.ops("list_blueprints", **wanted))["blueprints"]
        return rows

    async def candidates(
        self, contract: Any = CONTRACT, variance: Mapping[str, Any] | None = None, **more: Any
    ) -> list[Candidate]:
        """What a render of a contract could be served with."""
        found: list[Candidate] = []
        async for tier in self.booted.setup.get(RegistryTiers).matches(query(contract, variance, **more)):
            found += tier
        return found

    async def served(
        self, contract: Any = CONTRACT, variance: Mapping[str, Any] | None = None, **more: Any
    ) -> str | None:
        """The code that a render of this very contract and variance would be served with."""
        wanted = (contract_hash(contract), variant_key(variance))
        for candidate in await self.candidates(contract, variance, **more):
            if candidate.blueprint.exact_key == wanted:
                component = await candidate.component()
                if component is not None:
                    return await self.code(component.code_hash)
        return None

    async def code(self, address: str) -> str | None:
        """What the code store has at an address."""
        return await self.booted.setup.get(CodeStore).get(address)

    async def blueprint(self, blueprint_id: str, app: str = APP) -> Blueprint | None:
        """What a session that names a blueprint finds."""
        found = await self.booted.setup.get(RegistryTiers).blueprint(app, blueprint_id)
        return None if found is None else found.blueprint

    async def _ok(self, tool: str, arguments: Any, app: str, path: str) -> dict[str, Any]:
        result = await self.booted.call_tool(tool, arguments, path=path, bearer=app)
        assert not result["isError"], result
        output: dict[str, Any] = result["structuredContent"]
        return output

    async def _fault(self, tool: str, arguments: Any, app: str, path: str) -> dict[str, Any]:
        result = await self.booted.call_tool(tool, arguments, path=path, bearer=app)
        assert result["isError"], result
        assert "structuredContent" not in result
        fault: dict[str, Any] = result["_meta"][ERROR]
        return {**fault, "text": result["content"][0]["text"]}


def query(contract: Any = CONTRACT, variance: Mapping[str, Any] | None = None, **more: Any) -> BlueprintQuery:
    """A request for a contract."""
    given: dict[str, Any] = {
        "app_id": APP,
        "intent": "the tide",
        "contract": contract,
        "contract_hash": contract_hash(contract),
        "variance": variance or {},
        "variant_key": variant_key(variance),
    }
    return BlueprintQuery(**(given | more))


@asynccontextmanager
async def serving(
    *more: ModuleType,
    compiles: bool = True,
    config: Mapping[str, Any] | None = None,
    args: Sequence[str] = (),
    root: Path | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[Server]:
    """A server with this plugin, the doors, and the compiler unless it is to have none."""
    plugins = [doors(), blueprints, *([compiler] if compiles else []), *more]
    async with booted(plugins, config=config, args=args, root=root, clock=clock) as server:
        yield Server(server)


def write_ui(folder: Path, called: str = "tide", entry: str | None = TSX, **manifest: Any) -> Path:
    """A UI of a project: a manifest and its component beside it."""
    place = folder / called
    place.mkdir(parents=True, exist_ok=True)
    told = {"id": called, "name": called.title(), "contract": CONTRACT} | manifest
    kept = {key: value for key, value in told.items() if value is not None}
    path = place / "ggui.ui.json"
    path.write_text(json.dumps(kept), encoding="utf-8")
    if entry is not None:
        (place / "ggui.ui.tsx").write_text(entry, encoding="utf-8")
    return path

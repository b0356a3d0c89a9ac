"""The parts of this plugin, put together once (what the hooks share)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ggui_blueprints.app_local import AppLocalIndex, AppLocalTier
from ggui_blueprints.curation import Curation
from ggui_blueprints.declared import DeclaredBlueprints
from ggui_blueprints.manifests import discover
from ggui_blueprints.pools import SeedPool
from ggui_blueprints.settings import BLUEPRINTS, BlueprintSettings, BlueprintsSection
from ggui_blueprints.tools.export import ExportTool
from ggui_blueprints.tools.featured import FeaturedTool
from ggui_blueprints.tools.generate import GenerateTool
from ggui_blueprints.tools.listing import ListTool
from ggui_blueprints.tools.register import RegisterTool
from ggui_blueprints.tools.removal import RemovalTools
from ggui_blueprints.tools.render_blueprint import RenderBlueprintTool
from ggui_blueprints.tools.search import SearchTool
from ggui_blueprints.tools.update import UpdateTool
from ggui_blueprints.workbench import Workbench
from ggui_core.clock import Clock
from ggui_core.errors import BootError
from ggui_core.mcp import Tool
from ggui_core.protocol.blueprint import Blueprint
from ggui_core.registry import RegistryTiers
from ggui_core.seams import BlueprintIndex, Registration, RegistryTier, UiGenerator
from ggui_core.setup import Setup
from ggui_core.stores import BlueprintStore, CodeStore


@dataclass(slots=False, eq=False)
class Library:
    """Everything that can be reused, and the rules of this server for it."""

    setup: Setup

    @classmethod
    def open(cls, setup: Setup) -> None:
        """Offer the index, and this object to the other hooks of the plugin."""
        library = cls(setup)
        setup.provide(BlueprintIndex, _Index(library))
        setup.provide(cls, library)

    @cached_property
    def settings(self) -> BlueprintSettings:
        """What the operator set."""
        return self.setup.settings(BlueprintSettings)

    @cached_property
    def bench(self) -> Workbench:
        """Where texts become modules."""
        return Workbench(self.setup, self.settings.compile_timeout_s)

    @cached_property
    def store(self) -> BlueprintStore:
        """What was kept."""
        return self.setup.get(BlueprintStore)

    @cached_property
    def declared(self) -> DeclaredBlueprints:
        """What the project declares; reads its files."""
        section: BlueprintsSection = self.setup.config.section(BLUEPRINTS)
        entries = discover(self.setup.root, section.include, "ggui.json")
        return DeclaredBlueprints(self.setup.configured_app_id, entries, self.bench)

    @cached_property
    def local(self) -> AppLocalTier:
        """The first tier."""
        return AppLocalTier(self.store, self.setup.get(CodeStore), self.declared)

    @cached_property
    def index(self) -> AppLocalIndex:
        """What keeps fresh components."""
        return AppLocalIndex(
            self.store,
            self.setup.get(CodeStore),
            self.declared,
            self.setup.get(Clock),
            self.settings.rows_per_app,
        )

    def tiers(self) -> Sequence[RegistryTier]:
        """What the app has, then the pools in the order they were named.

        Raises:
            BootError: every file of the project that is wrong, and every pool that cannot be read.
        """
        problems: list[str] = []
        tiers: list[RegistryTier] = []
        try:
            tiers.append(self.local)
        except BootError as error:
            problems.extend(error.problems)
        for folder in self.settings.seed_pools:
            try:
                tiers.append(SeedPool.read(folder, self.bench))
            except BootError as error:
                problems.extend(error.problems)
        if problems:
            raise BootError(*problems)
        return tiers

    def tools(self) -> Sequence[Tool[Any, Any]]:
        """Every tool, in the order they are listed."""
        curation = Curation(self.setup, self.store, self.declared, self.bench, self.settings)
        tiers = self.setup.get(RegistryTiers)
        return (
            SearchTool(self.store, self.declared).declared_tool(),
            FeaturedTool(self.declared).declared_tool(),
            RenderBlueprintTool(self.declared, tiers, self.setup.get(CodeStore)).declared_tool(),
            GenerateTool(curation, self.setup.contributions(UiGenerator)).declared_tool(),
            RegisterTool(curation).declared_tool(),
            ListTool(curation).declared_tool(),
            UpdateTool(curation).declared_tool(),
            *RemovalTools(curation).declared_tools(),
            ExportTool(curation).declared_tool(),
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """What is being compiled when the server stops is given up."""
        try:
            yield
        finally:
            await self.bench.close()


@dataclass(frozen=True, slots=True)
class _Index:
    """The seam is offered before other seams can be asked for; this waits until it is used."""

    library: Library

    async def record(self, registration: Registration) -> Blueprint:
        return await self.library.index.record(registration)

    async def used(self, blueprint: Blueprint, times: int = 1) -> None:
        await self.library.index.used(blueprint, times)

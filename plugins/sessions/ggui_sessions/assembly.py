"""The parts of this plugin, put together once (what the hooks share)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import structlog

from ggui_core.bus import Bus
from ggui_core.clock import Clock
from ggui_core.limits import RateLimiter
from ggui_core.mcp import Tool
from ggui_core.mcp.caller import ToolCaller
from ggui_core.registry import RegistryTiers
from ggui_core.seams import (
    BlueprintIndex,
    Negotiator,
    SessionService,
    ShellBuilder,
    SliceContributor,
    UiGenerator,
)
from ggui_core.setup import Setup
from ggui_sessions.commitment import Gates
from ggui_sessions.consuming import Wakeups
from ggui_sessions.decision import Decisions
from ggui_sessions.generation import Generations
from ggui_sessions.idempotency import Idempotency
from ggui_sessions.negotiation import Negotiations
from ggui_sessions.registration import Registrations
from ggui_sessions.repairs import Repairs
from ggui_sessions.resources import Documents
from ggui_sessions.reuse import Reuse
from ggui_sessions.service import Sessions
from ggui_sessions.sweeper import Sweeper
from ggui_sessions.tool_catalog import ToolCatalogs
from ggui_sessions.tools.consume import ConsumeTool
from ggui_sessions.tools.declare_tool_catalog import CatalogTool
from ggui_sessions.tools.emit import EmitTool
from ggui_sessions.tools.get_render_source import RenderSourceTool
from ggui_sessions.tools.get_session import GetSessionTool
from ggui_sessions.tools.handshake import HandshakeTool
from ggui_sessions.tools.list_gadgets import ListGadgetsTool
from ggui_sessions.tools.list_sessions import ListSessionsTool
from ggui_sessions.tools.ops_renders import OpsRenderTools
from ggui_sessions.tools.render import RenderTool
from ggui_sessions.tools.submit_action import SubmitTool
from ggui_sessions.tools.sync_context import SyncTool
from ggui_sessions.tools.telemetry import TelemetryTool
from ggui_sessions.tools.update import PropsTools
from ggui_sessions.uses import Uses
from ggui_sessions.view_state import ViewStates

log = structlog.get_logger("ggui.sessions")


@dataclass(slots=False, eq=False)
class Moments:
    """Sessions, the generations in flight, and the consumers that are parked."""

    setup: Setup
    sessions: Sessions
    view_states: ViewStates
    wakeups: Wakeups = field(default_factory=Wakeups)

    @classmethod
    def open(cls, setup: Setup) -> None:
        """Offer the seam, and this object to the other hooks of the plugin."""
        view_states = ViewStates(setup)
        sessions = Sessions(setup, view_states)
        setup.provide(SessionService, sessions)
        setup.contribute(SliceContributor, view_states)
        setup.provide(cls, cls(setup, sessions, view_states))

    @cached_property
    def documents(self) -> Documents | None:
        """The ``ui://`` resources; None where no plugin builds shells."""
        shells = self.setup.find(ShellBuilder)
        if shells is None:
            return None
        return Documents(self.sessions, shells, self.setup.get(RegistryTiers))

    @cached_property
    def generations(self) -> Generations:
        """Who writes components."""
        settings = self.sessions.settings
        return Generations(
            self.setup.contributions(UiGenerator),
            self.registrations,
            self.setup.get(Clock),
            at_once=settings.generations_at_once,
            queued=settings.generations_queued,
            timeout_s=settings.generation_timeout_s,
        )

    @cached_property
    def registrations(self) -> Registrations:
        """What becomes of the components that were written."""
        return Registrations(
            self.sessions.code, self.setup.find(BlueprintIndex), self.setup.calls, self.setup.get(Clock)
        )

    @cached_property
    def uses(self) -> Uses:
        """How often stored components were shown."""
        setup = self.setup
        return Uses(setup.find(BlueprintIndex), setup.calls, setup.get(Clock))

    @cached_property
    def negotiations(self) -> Negotiations:
        """What was answered to the newest drafts."""
        return Negotiations()

    @cached_property
    def catalogs(self) -> ToolCatalogs:
        """Which server owns which tool."""
        return ToolCatalogs(self.sessions.key_values)

    @cached_property
    def reuse(self) -> Reuse:
        """What is stored already."""
        return Reuse(
            self.setup.get(RegistryTiers), self.sessions.code, self.negotiations, self.setup.get(Clock)
        )

    @cached_property
    def decisions(self) -> Decisions:
        """What handshakes answer."""
        clock, timeout_s = self.setup.get(Clock), self.sessions.settings.repair_timeout_s
        repairs = Repairs(self.setup.find(Negotiator), clock, timeout_s)
        return Decisions(self.catalogs, self.negotiations, repairs, self.reuse)

    @cached_property
    def render_tool(self) -> RenderTool:
        """Renders."""
        sessions, setup = self.sessions, self.setup
        settings, clock = sessions.settings, setup.get(Clock)
        tools = setup.get(ToolCaller)
        return RenderTool(
            sessions=sessions,
            generations=self.generations,
            uses=self.uses,
            reuse=self.reuse,
            idempotency=Idempotency(sessions, setup.get(Bus), clock, settings.generation_timeout_s),
            limiter=setup.get(RateLimiter),
            gates=Gates(sessions.gadgets, sessions.public_env, tools, settings.next_step_mismatch),
            shell_uri=None if self.documents is None else self.documents.shell_uri,
        )

    def tools(self) -> Sequence[Tool[Any, Any]]:
        """Every tool, in the order they are listed."""
        sessions = self.sessions
        return (
            HandshakeTool(sessions, self.generations, self.decisions).declared(),
            self.render_tool.declared(),
            *PropsTools(sessions).declared(),
            ConsumeTool(sessions, self.wakeups).declared(),
            EmitTool(sessions).declared(),
            GetSessionTool(sessions).declared(),
            ListSessionsTool(sessions).declared(),
            ListGadgetsTool(sessions.gadgets).declared(),
            RenderSourceTool(sessions).declared(),
            SubmitTool(sessions).declared(),
            SyncTool(sessions, self.view_states).declared(),
            TelemetryTool(sessions).declared(),
            CatalogTool(self.catalogs).declared(),
            *OpsRenderTools(sessions, self.setup.get(RegistryTiers), self.setup.audit).declared(),
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Hear of gestures and remove what expired; before that, take back what a crash left in the air."""
        returned = await self.sessions.store.release_all()
        if returned:
            log.info("gestures_returned", count=returned)
        sweeper = Sweeper(self.sessions, self.setup.get(Clock))
        with self.wakeups.listening(self.setup.get(Bus)):
            async with sweeper.running(self.sessions.settings.sweep_s):
                yield

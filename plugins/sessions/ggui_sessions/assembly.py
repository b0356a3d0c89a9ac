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
from ggui_core.mcp import Tool
from ggui_core.mcp.caller import ToolCaller
from ggui_core.registry import RegistryTiers
from ggui_core.seams import SessionService, ShellBuilder, UiGenerator
from ggui_core.setup import Setup
from ggui_sessions.commitment import Gates
from ggui_sessions.consuming import Wakeups
from ggui_sessions.generation import Generations
from ggui_sessions.negotiation import Negotiations
from ggui_sessions.resources import Documents
from ggui_sessions.service import Sessions
from ggui_sessions.sweeper import Sweeper
from ggui_sessions.tools.consume import ConsumeTool
from ggui_sessions.tools.emit import EmitTool
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

log = structlog.get_logger("ggui.sessions")


@dataclass(slots=False, eq=False)
class Moments:
    """Sessions, the generations in flight, and the consumers that are parked."""

    setup: Setup
    sessions: Sessions
    wakeups: Wakeups = field(default_factory=Wakeups)

    @classmethod
    def open(cls, setup: Setup) -> None:
        """Offer the seam, and this object to the other hooks of the plugin."""
        sessions = Sessions(setup)
        setup.provide(SessionService, sessions)
        setup.provide(cls, cls(setup, sessions))

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
            self.setup.get(Clock),
            at_once=settings.generations_at_once,
            queued=settings.generations_queued,
            timeout_s=settings.generation_timeout_s,
        )

    def tools(self) -> Sequence[Tool[Any, Any]]:
        """Every tool, in the order they are listed."""
        sessions = self.sessions
        gates = Gates(
            sessions.gadgets,
            sessions.public_env,
            self.setup.get(ToolCaller),
            sessions.settings.next_step_mismatch,
        )
        shell_uri = None if self.documents is None else self.documents.shell_uri
        return (
            HandshakeTool(sessions, self.generations, Negotiations()).declared(),
            RenderTool(sessions, self.generations, gates, shell_uri).declared(),
            *PropsTools(sessions).declared(),
            ConsumeTool(sessions, self.wakeups).declared(),
            EmitTool(sessions).declared(),
            GetSessionTool(sessions).declared(),
            ListSessionsTool(sessions).declared(),
            ListGadgetsTool(sessions.gadgets).declared(),
            SubmitTool(sessions).declared(),
            SyncTool(sessions).declared(),
            TelemetryTool(sessions).declared(),
            *OpsRenderTools(sessions, self.setup.audit).declared(),
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

"""``ggui_runtime_telemetry``: what a view says of itself (spec 02 section 7.5, spec 08)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import structlog
from pydantic import Field

from ggui_core.mcp import Tool, ToolContext
from ggui_sessions import delivery
from ggui_sessions.service import Sessions, tenant_of
from ggui_sessions.wire import Id, Input, Output

log = structlog.get_logger("ggui.sessions")


class TelemetryEvent(Input):
    """One thing that happened in a view."""

    at: Annotated[float, Field(ge=0)]
    kind: Annotated[str, Field(min_length=1, max_length=64)]
    detail: Annotated[str, Field(max_length=512)] | None = None


class TelemetryInput(Input):
    """What ``ggui_runtime_telemetry`` is called with."""

    session_id: Id
    events: Annotated[list[TelemetryEvent], Field(min_length=1, max_length=40)]


class TelemetryOutput(Output):
    """What ``ggui_runtime_telemetry`` answers."""

    ok: bool = True


@dataclass(frozen=True, slots=True)
class TelemetryTool:
    """Listens to views."""

    sessions: Sessions

    def declared(self) -> Tool[TelemetryInput, TelemetryOutput]:
        """The tool as it is listed."""
        return Tool(
            "ggui_runtime_telemetry",
            "Report how the view fares.",
            TelemetryInput,
            TelemetryOutput,
            self.handle,
            title="Telemetry",
            audience="runtime",
        )

    async def handle(self, given: TelemetryInput, calling: ToolContext) -> TelemetryOutput:
        """Keep delivery receipts of a session that the caller may see; the answer gives nothing away."""
        kinds = (*delivery.KINDS, delivery.ERROR_KIND)
        receipts = [event for event in given.events if event.kind in kinds]
        if receipts:
            await self._receive(given.session_id, receipts, calling)
        others = [event for event in given.events if event.kind not in kinds]
        if others:
            log.info(
                "view_telemetry",
                session=given.session_id,
                kinds=[event.kind for event in others],
                details=[event.detail for event in others if event.detail],
            )
        return TelemetryOutput()

    async def _receive(self, session_id: str, receipts: list[TelemetryEvent], calling: ToolContext) -> None:
        for event in receipts:
            session = await self.sessions.session(session_id, tenant_of(calling))
            if session is None:
                return
            receipt = delivery.reported(session, event.kind, event.detail, self.sessions.now_ms())
            if receipt is not None:
                await self.sessions.note_delivery(session.id, receipt)

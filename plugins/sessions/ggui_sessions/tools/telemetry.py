"""``ggui_runtime_telemetry``: what a view says of itself (spec 02 section 7.5, spec 08)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import structlog
from pydantic import Field

from ggui_core.mcp import Tool, ToolContext
from ggui_core.mcp.wire import Id, Input, Output
from ggui_core.protocol.receipts import further, receipt_of
from ggui_sessions.service import Sessions, tenant_of

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
        """Keep delivery receipts, and log the rest, of a session that the caller may see.

        What somebody says of another's session is no fact about it; the answer gives nothing away.
        """
        session = await self.sessions.session(given.session_id, tenant_of(calling))
        if session is None:
            return TelemetryOutput()
        others: list[TelemetryEvent] = []
        for event in given.events:
            receipt = receipt_of(session.delivery, event.kind, event.detail, self.sessions.now_ms())
            if receipt is None:
                others.append(event)
            else:
                await self.sessions.note_delivery(session.id, receipt)
                session = replace(session, delivery=further(session.delivery, receipt))
        if others:
            log.info(
                "view_telemetry",
                session=session.id,
                kinds=[event.kind for event in others],
                details=[event.detail for event in others if event.detail],
            )
        return TelemetryOutput()

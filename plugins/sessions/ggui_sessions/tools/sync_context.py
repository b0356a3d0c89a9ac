"""``ggui_runtime_sync_context``: the view mirrors its context slots (spec 02 section 7.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ggui_core.mcp import Tool, ToolContext
from ggui_core.mcp.wire import Id, Input, Json, Output, Rows, Text
from ggui_core.protocol.values import snapshot_violations
from ggui_sessions import context
from ggui_sessions.service import Sessions, tenant_of
from ggui_sessions.view_state import ViewStates

Refusal = Literal["CONTEXT_TOO_LARGE", "SESSION_NOT_FOUND", "TENANT_MISMATCH", "CONTEXT_SCHEMA_VIOLATION"]


class SyncInput(Input):
    """What ``ggui_runtime_sync_context`` is called with."""

    session_id: Id
    app_id: Text
    snapshot: Json
    view: Json | None = None


class SyncOutput(Output):
    """What ``ggui_runtime_sync_context`` answers."""

    ok: bool
    code: Refusal | None = None
    message: str | None = None
    violations: Rows | None = None


@dataclass(frozen=True, slots=True)
class SyncTool:
    """Keeps the newest snapshot, and with ``view`` (ours) what the view wants back when it is made anew."""

    sessions: Sessions
    view_states: ViewStates

    def declared(self) -> Tool[SyncInput, SyncOutput]:
        """The tool as it is listed."""
        return Tool(
            "ggui_runtime_sync_context",
            "Replace the snapshot of all context slots.",
            SyncInput,
            SyncOutput,
            self.handle,
            title="Sync context",
            audience="runtime",
            idempotent=True,
        )

    async def handle(self, given: SyncInput, calling: ToolContext) -> SyncOutput:
        """Weigh before anything is looked up, then judge against the contract."""
        excess = context.excess(given.snapshot)
        if excess is not None:
            return _too_large(excess)
        session = await self.sessions.session(given.session_id, tenant_of(calling))
        if session is None or session.kind is not None:
            return _not_found()
        if session.tenant.app_id != given.app_id:
            return SyncOutput(
                ok=False, code="TENANT_MISMATCH", message="The session does not belong to this app."
            )
        violations = snapshot_violations(session.contract, given.snapshot)
        if violations:
            return SyncOutput(
                ok=False,
                code="CONTEXT_SCHEMA_VIOLATION",
                message=f"{violations[0].field}: {violations[0].message}",
                violations=[violation.to_wire() for violation in violations],
            )
        kept = await self.sessions.store.set_context(session.id, given.snapshot, self.sessions.now_ms())
        if not kept:
            return _not_found()
        excess = None if given.view is None else await self.view_states.keep(session, given.view)
        return SyncOutput(ok=True) if excess is None else _too_large(excess)


def _too_large(excess: str) -> SyncOutput:
    return SyncOutput(ok=False, code="CONTEXT_TOO_LARGE", message=excess)


def _not_found() -> SyncOutput:
    return SyncOutput(ok=False, code="SESSION_NOT_FOUND", message="There is no such session for this caller.")

"""``ggui_ops_list_renders`` and ``…_get_render``, ``…_upgrade_render``, ``…_end_render``: renders and their operator.

The tools for agents answer what a model needs to go on; these answer what somebody needs to look after a server:
who made a card, of which component, how far it got, a way to give it a
better one, and one to end it. Neither code nor tokens are in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from ggui_core.audit import AuditTrail
from ggui_core.mcp import Tool, ToolContext
from ggui_core.mcp.wire import HostText, Id, Input, Json, Output, Whole
from ggui_core.protocol.session import Session
from ggui_core.registry import RegistryTiers
from ggui_sessions.delivery import Delivery, described
from ggui_sessions.errors import session_not_found
from ggui_sessions.service import Sessions, iso_ms, tenant_of
from ggui_sessions.upgrading import upgrade_to_blueprint


class ListRendersInput(Input):
    """What ``ggui_ops_list_renders`` is called with."""

    host_name: HostText | None = None
    host_session_id: HostText | None = None
    limit: Annotated[Whole, Field(ge=1, le=200)] = 50


class RenderInput(Input):
    """What names one render."""

    session_id: Id


class Render(Output):
    """One render as an operator sees it. Times are ISO 8601."""

    session_id: str
    app_id: str
    user_id: str | None = None
    intent: str
    status: Literal["active", "expired"]
    created_at: str
    last_activity_at: str
    expires_at: str
    contract_hash: str
    variant_key: str
    blueprint_id: str
    epoch: int
    event_sequence: int
    generator: str | None = None
    model: str | None = None
    code_hash: str | None = None
    error_code: str | None = None
    host_name: str | None = None
    host_session_id: str | None = None
    theme_id: str | None = None
    delivery: Delivery | None = None


class Renders(Output):
    """What ``ggui_ops_list_renders`` answers."""

    renders: list[Render]


class RenderDetail(Render):
    """What ``ggui_ops_get_render`` answers: the same, with what the card shows."""

    contract: Json
    variance: Json
    props: Json
    context_snapshot: Json | None = None
    error: str | None = None


class UpgradeInput(Input):
    """What ``ggui_ops_upgrade_render`` is called with."""

    session_id: Id
    blueprint_id: Id


class Upgraded(Output):
    """What ``ggui_ops_upgrade_render`` answers: false where the card showed that component already."""

    upgraded: bool


class Ended(Output):
    """What ``ggui_ops_end_render`` answers."""

    ended: Literal[True] = True


@dataclass(frozen=True, slots=True)
class OpsRenderTools:
    """Looks after the renders of the caller's app, those of all its users where the caller is none of them."""

    sessions: Sessions
    tiers: RegistryTiers
    audit: AuditTrail

    def declared(self) -> Sequence[Tool[Any, Any]]:
        """The tools as they are listed."""
        return (
            Tool(
                "ggui_ops_list_renders",
                LIST,
                ListRendersInput,
                Renders,
                self.list_renders,
                title="List renders",
                audience="ops",
                read_only=True,
            ),
            Tool(
                "ggui_ops_get_render",
                GET,
                RenderInput,
                RenderDetail,
                self.get_render,
                title="Get render",
                audience="ops",
                read_only=True,
            ),
            Tool(
                "ggui_ops_upgrade_render",
                UPGRADE,
                UpgradeInput,
                Upgraded,
                self.upgrade_render,
                title="Upgrade render",
                audience="ops",
                idempotent=True,
            ),
            Tool(
                "ggui_ops_end_render",
                END,
                RenderInput,
                Ended,
                self.end_render,
                title="End render",
                audience="ops",
                destructive=True,
                idempotent=True,
            ),
        )

    async def list_renders(self, given: ListRendersInput, calling: ToolContext) -> Renders:
        """The newest renders; looking at them does not prolong their lives."""
        found = await self.sessions.store.list(
            tenant_of(calling),
            host_name=given.host_name,
            host_session_id=given.host_session_id,
            limit=given.limit,
        )
        now_ms = self.sessions.now_ms()
        return Renders(renders=[Render(**_members(session, now_ms)) for session in reversed(found)])

    async def get_render(self, given: RenderInput, calling: ToolContext) -> RenderDetail:
        """One render, an expired one too as long as it is kept."""
        session = await self.sessions.store.session(given.session_id, tenant_of(calling))
        if session is None:
            raise session_not_found(given.session_id)
        return RenderDetail(
            **_members(session, self.sessions.now_ms()),
            contract=dict(session.contract),
            variance=dict(session.variance),
            props=dict(session.props),
            context_snapshot=None if session.context_snapshot is None else dict(session.context_snapshot),
            error=None if session.failure is None else session.failure.message,
        )

    async def upgrade_render(self, given: UpgradeInput, calling: ToolContext) -> Upgraded:
        """Show a stored component of the same contract in a card, in place: what a person typed stays."""
        session = await self.sessions.required(given.session_id, calling)
        upgraded = await upgrade_to_blueprint(self.sessions, self.tiers, session, given.blueprint_id)
        if upgraded:
            actor = calling.principal.credential_id
            await self.audit.record(
                "session.upgraded", actor=actor, sessionId=session.id, blueprintId=given.blueprint_id
            )
        return Upgraded(upgraded=upgraded)

    async def end_render(self, given: RenderInput, calling: ToolContext) -> Ended:
        """Remove a session with all it owns, its identity record too.

        Views show that it ended, a parked consumer hears it at once.
        """
        store, tenant = self.sessions.store, tenant_of(calling)
        known = await store.session(given.session_id, tenant) or await store.identity(
            given.session_id, tenant
        )
        if known is not None:
            await self.sessions.remove(known.id)
            actor = calling.principal.credential_id
            await self.audit.record("session.ended", actor=actor, sessionId=known.id)
        return Ended()


LIST: Final = "List the newest renders of the app, newest first, optionally those of one host conversation."
GET: Final = "Read one render: contract, props, provenance of its component, and how far its card got."
UPGRADE: Final = (
    "Show the component of another blueprint of the same contract in a card, in place. "
    "What the person typed stays."
)
END: Final = "End a render and forget it. Answers the same whether it was there or not."


def _members(session: Session, now_ms: int) -> dict[str, Any]:
    component, host = session.component, session.host_session
    return {
        "session_id": session.id,
        "app_id": session.tenant.app_id,
        "user_id": session.tenant.user_id,
        "intent": session.intent,
        "status": "expired" if session.is_expired(now_ms) else "active",
        "created_at": iso_ms(session.created_at_ms),
        "last_activity_at": iso_ms(session.last_activity_at_ms),
        "expires_at": iso_ms(session.expires_at_ms),
        "contract_hash": session.contract_hash,
        "variant_key": session.variant_key,
        "blueprint_id": session.blueprint_id,
        "epoch": session.epoch,
        "event_sequence": session.event_sequence,
        "generator": None if component is None else component.generator,
        "model": None if component is None else component.model,
        "code_hash": None if component is None else component.code_hash,
        "error_code": None if session.failure is None else session.failure.code,
        "host_name": None if host is None else host.host_name,
        "host_session_id": None if host is None else host.host_session_id,
        "theme_id": session.theme_id,
        "delivery": described(session) if session.is_mountable else None,
    }

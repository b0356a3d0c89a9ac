"""A stand-in for the plugins that render: sessions in a dict, and the tools of a card that note who called them.

This distribution declares the kernel alone, so that its tests meet sessions as it does: at the seam.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

from pydantic import BaseModel

from ggui_core import hookimpl
from ggui_core.auth import AppIdentity, AuthRequest, Principal, UserIdentity
from ggui_core.mcp import Audience, Tool, ToolContext
from ggui_core.protocol.session import (
    Backlog,
    Component,
    DeliveryReceipt,
    EventPage,
    Gesture,
    Session,
    Tenant,
)
from ggui_core.seams import Mount, SessionService, SliceContributor, Submitted
from ggui_core.setup import Setup
from ggui_core.stores import CodeStore

OWNER = Tenant("builder")
CARD = """
import { jsx, jsxs } from "react/jsx-runtime";
import { Button, Card, Heading } from "@ggui-ai/design";
import { useAction } from "@ggui-ai/wire";
export default function Order({ title }) {
  const approve = useAction("approve");
  const press = () => approve({ id: "o-7" });
  return jsxs(Card, {
    children: [jsx(Heading, { level: 2, children: title }), jsx(Button, { onPress: press, children: "Approve" })],
  });
}
"""
TTL_MS = 3_600_000


def session(
    session_id: str = "5d0c7a52-0a59-4f0e-9a0e-1f6b9f0c1a11",
    *,
    short_code: str = "abcdefghjkmnpqrs",
    tenant: Tenant = OWNER,
    **members: Any,
) -> Session:
    """A session as the plugin that owns them would make it, without a component."""
    return replace(
        Session(
            id=session_id,
            tenant=tenant,
            short_code=short_code,
            intent="Approve order 7",
            contract={"actionSpec": {"approve": {"schema": {"type": "object"}}}},
            contract_hash="0123456789abcdef",
            variant_key="",
            variance={},
            props={"title": "Order 7"},
            props_schema={},
            props_schema_hash="",
            props_schema_profile="",
            created_at_ms=0,
            last_activity_at_ms=0,
            expires_at_ms=0,
        ),
        **members,
    )


class Anything(BaseModel, extra="allow"):
    """Any arguments."""


class Heard(BaseModel):
    """What a tool answers."""

    ok: bool
    app: str
    user: str | None = None


@dataclass
class StandInSessions(SessionService):
    """Keeps sessions and what was done to them."""

    setup: Setup | None = None
    kept: dict[str, Session] = field(default_factory=dict)
    code: str = CARD
    heard: list[tuple[str, dict[str, Any], ToolContext]] = field(default_factory=list)
    receipts: list[tuple[str, DeliveryReceipt]] = field(default_factory=list)

    def keep(self, *sessions: Session) -> None:
        """Add sessions, or put them in the place of what has their id."""
        assert self.setup is not None
        now_ms = int(self.setup.clock.now() * 1000)
        for kept in sessions:
            self.kept[kept.id] = replace(kept, expires_at_ms=now_ms + TTL_MS)

    def _live(self, found: Session | None) -> Session | None:
        assert self.setup is not None
        now_ms = int(self.setup.clock.now() * 1000)
        return found if found is not None and not found.is_expired(now_ms) else None

    async def session(self, session_id: str, tenant: Tenant | None) -> Session | None:
        found = self._live(self.kept.get(session_id))
        visible = found is not None and (tenant is None or tenant.may_see(found.tenant))
        return found if visible else None

    async def by_short_code(self, short_code: str) -> Session | None:
        return self._live(next((s for s in self.kept.values() if s.short_code == short_code), None))

    async def row(self, session: Session) -> dict[str, Any]:
        return {"id": session.id}

    async def mount(self, session: Session) -> Mount:
        assert self.setup is not None
        fields: dict[str, Any] = {
            "sessionId": session.id,
            "appId": session.tenant.app_id,
            "propsJson": '{"title":"Order 7"}',
            "lastSequence": 0,
        }
        csp: dict[str, tuple[str, ...]] = {"connectDomains": (), "resourceDomains": ()}
        for contributor in self.setup.contributions(SliceContributor):
            part = await contributor.slice_part(session)
            fields |= part.fields
            csp["connectDomains"] += part.connect_domains
            csp["resourceDomains"] += part.resource_domains
        return Mount(fields, csp)

    async def submit(
        self, session: Session, gesture: Gesture, record: Mapping[str, Any] | None = None
    ) -> Submitted:
        return Submitted(1, duplicate=False)

    async def events(self, session_id: str, since: int, limit: int) -> EventPage:
        return EventPage((), 0, has_more=False)

    async def backlog(self, session_id: str, after: int | None) -> Backlog:
        return Backlog((), 0)

    async def observe_host(self, session_id: str, host_context: Mapping[str, Any]) -> None:
        return None

    async def note_delivery(self, session_id: str, receipt: DeliveryReceipt) -> None:
        self.receipts.append((session_id, receipt))

    async def with_component(self, kept: Session) -> Session:
        """The session with the code of this stand-in as its component, kept."""
        assert self.setup is not None
        address = await self.setup.get(CodeStore).put(self.code)
        made = replace(kept, component=Component(address, "", "stand-in"))
        self.keep(made)
        return self.kept[made.id]

    def tool(self, name: str) -> Tool[Anything, Heard]:
        """A tool that notes its calls."""

        async def handle(arguments: Anything, context: ToolContext) -> Heard:
            self.heard.append((name, arguments.model_dump(), context))
            identity = context.principal.identity
            return Heard(
                ok=True,
                app=context.app_id,
                user=identity.user_id if isinstance(identity, UserIdentity) else None,
            )

        audience: Audience = "runtime" if name.startswith("ggui_runtime_") else "agent"
        return Tool(name, "Notes its call.", Anything, Heard, handle, audience=audience)


TOOLS = (
    "ggui_runtime_submit_action",
    "ggui_runtime_sync_context",
    "ggui_runtime_refresh_ws_token",
    "ggui_runtime_pull",
    "ggui_runtime_telemetry",
    "ggui_runtime_declare_tool_catalog",
    "ggui_consume",
)


class Apps:
    """Knows the bearers ``app:<app>`` and ``user:<app>:<user>``, on every plane."""

    name = "apps"
    rank = 50

    async def authenticate(self, request: AuthRequest) -> Principal | None:
        match (request.bearer or "").split(":"):
            case ["app", app]:
                return Principal(AppIdentity(app, "hash"), "apikey", f"apikey:{app}")
            case ["user", app, user]:
                return Principal(UserIdentity(user, app_id=app), "oidc", f"oidc:{user}")
        return None


def stand_in_plugin(sessions: StandInSessions) -> ModuleType:
    """A plugin that provides ``sessions``, its tools, and bearers of other tenants."""

    def provide(setup: Setup) -> None:
        sessions.setup = setup
        setup.provide(SessionService, sessions)

    module = ModuleType("stand_in")
    members: dict[str, object] = {
        "PLUGIN_API": 1,
        "PLUGIN_NAME": "stand-in",
        "ggui_provide": hookimpl(provide),
        "ggui_auth_adapters": hookimpl(lambda setup: [Apps()]),
        "ggui_mcp_tools": hookimpl(lambda setup: [sessions.tool(name) for name in TOOLS]),
    }
    vars(module).update(members)
    return module

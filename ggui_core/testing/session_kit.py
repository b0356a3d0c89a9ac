"""What the parts of the session store's kit share: the factory method, and sessions to keep."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Final

from ggui_core.protocol.session import Gesture, Handshake, HostSession, Session, Tenant
from ggui_core.stores import SessionLimits, SessionStore

NOW: Final = 1_800_000_000_000
HOUR: Final = 3_600_000
ADA: Final = Tenant("app-1", "ada")
"""The user in whose name most sessions of the kit are made."""

CONTRACT: Final = {
    "propsSpec": {"title": {"schema": {"type": "string"}}},
    "actionSpec": {"book": {"label": "Book ✓", "schema": {"type": "object"}}},
    "streamSpec": {
        "chart": {"schema": {}, "replay": "all"},
        "log": {"schema": {}, "replay": "all"},
        "count": {"schema": {}, "mode": "replace", "replay": "latest"},
        "pulse": {"schema": {}},
    },
}


class SessionStoreKit(ABC):
    """Makes the store under test and fills it."""

    @abstractmethod
    async def make(self, limits: SessionLimits) -> SessionStore:
        """An empty store with these limits."""

    async def opened(self, name: str = "s-1", *, limits: SessionLimits | None = None) -> SessionStore:
        """A store with one open session."""
        store = await self.make(limits or SessionLimits())
        await self.open(store, a_session(name))
        return store

    async def open(self, store: SessionStore, session: Session) -> None:
        """Render ``session`` through a handshake of its own."""
        handshake_id = f"h-of-{session.id}"
        await store.keep_handshake(a_handshake(handshake_id, tenant=session.tenant))
        assert await store.open(handshake_id, session, NOW)

    async def read(self, store: SessionStore, session_id: str = "s-1") -> Session:
        """The session as the server itself sees it."""
        session = await store.session(session_id, None)
        assert session is not None
        return session


def a_handshake(handshake_id: str = "h-1", *, tenant: Tenant = ADA, **changes: Any) -> Handshake:
    """A handshake that lives from :data:`NOW` for ten minutes."""
    given: dict[str, Any] = {
        "action": "create",
        "origin": "synth",
        "intent": "Book a berth – été",
        "contract": CONTRACT,
        "contract_hash": "44136fa355b3678a",
        "variance": {"persona": "harbour master"},
        "props_schema": {"type": "object", "properties": {"title": {"type": "string"}}},
        "props_schema_hash": "c" * 64,
        "props_schema_profile": "ggui-props/1",
        "created_at_ms": NOW,
        "expires_at_ms": NOW + 600_000,
    }
    return Handshake(handshake_id, tenant, **(given | changes))


def a_session(session_id: str = "s-1", *, tenant: Tenant = ADA, **changes: Any) -> Session:
    """A session without a component that was rendered at :data:`NOW` and lives for an hour."""
    given: dict[str, Any] = {
        "short_code": f"code-{session_id}",
        "intent": "Book a berth – été",
        "contract": CONTRACT,
        "contract_hash": "44136fa355b3678a",
        "variant_key": "44136fa355b3678a",
        "variance": {"persona": "harbour master"},
        "props": {"title": "Berths", "free": [1, 2.5, None, {"深": True}]},
        "props_schema": {"type": "object", "properties": {"title": {"type": "string"}}},
        "props_schema_hash": "c" * 64,
        "props_schema_profile": "ggui-props/1",
        "created_at_ms": NOW,
        "last_activity_at_ms": NOW,
        "expires_at_ms": NOW + HOUR,
    }
    return Session(session_id, tenant, **(given | changes))


def at_host(name: str, host_session_id: str) -> dict[str, Any]:
    """The change that puts a session into a conversation of a host."""
    return {"host_session": HostSession(name, host_session_id)}


def a_gesture(action_id: str, **changes: Any) -> Gesture:
    """A gesture of the action ``book``."""
    given: dict[str, Any] = {
        "intent": "book",
        "data": {"id": action_id, "nested": [1, {"ü": None}]},
        "ui_context": {"filter": "free"},
        "fired_at": "2027-01-15T08:00:00.120Z",
        "tool": "book_berth",
    }
    return Gesture(action_id, **(given | changes))

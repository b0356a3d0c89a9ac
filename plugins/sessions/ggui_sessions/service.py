"""The sessions of this server: what tools, resources and other plugins do with them.

One object for the whole plugin. It resolves every seam when it first needs it, because it is offered itself before
all plugins have spoken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, Final, Literal
from weakref import WeakValueDictionary

import structlog

from ggui_core.auth import UserIdentity
from ggui_core.bus import GestureQueued, SessionExpired, StreamEmitted
from ggui_core.clock import iso
from ggui_core.consumers import ActiveConsumers
from ggui_core.errors import GguiError
from ggui_core.mcp import ToolContext
from ggui_core.protocol.gadgets import GadgetDescriptor, app_gadgets
from ggui_core.protocol.session import (
    Backlog,
    DeliveryReceipt,
    Emission,
    EventPage,
    Gesture,
    HorizonPassed,
    Session,
    Tenant,
)
from ggui_core.protocol.values import action_violations
from ggui_core.seams import LiveTokens, Mount, NoPipe, SliceContributor, Submitted, ThemeCatalog, Violated
from ggui_core.setup import Setup
from ggui_core.stores import CodeStore, KeyValueStore, SessionStore
from ggui_core.stores.sessions import Replay
from ggui_sessions import context, host_context
from ggui_sessions.errors import session_not_found
from ggui_sessions.lifetimes import Lifetimes
from ggui_sessions.mounting import Assembled, Mounts
from ggui_sessions.settings import DEFAULT_THEME, PUBLIC_ENV, SessionSettings
from ggui_sessions.view_state import ViewStates

log = structlog.get_logger("ggui.sessions")

LIFECYCLE: Final = "_ggui:lifecycle"


def tenant_of(calling: ToolContext) -> Tenant:
    """In whose name a call is made (spec 02 section 13.1)."""
    identity = calling.principal.identity
    return Tenant(calling.app_id, identity.user_id if isinstance(identity, UserIdentity) else None)


class Sessions:
    """Implements :class:`~ggui_core.seams.SessionService`, and what the tools of this plugin share."""

    def __init__(self, setup: Setup, view_states: ViewStates) -> None:
        self._setup = setup
        self._view_states = view_states
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    # Seams

    @cached_property
    def settings(self) -> SessionSettings:
        """As the operator set them."""
        return self._setup.settings(SessionSettings)

    @cached_property
    def store(self) -> SessionStore:
        """Where sessions live."""
        return self._setup.get(SessionStore)

    @cached_property
    def code(self) -> CodeStore:
        """Where compiled components live."""
        return self._setup.get(CodeStore)

    @cached_property
    def consumers(self) -> ActiveConsumers:
        """Which sessions have an agent listening."""
        return self._setup.get(ActiveConsumers)

    @cached_property
    def key_values(self) -> KeyValueStore:
        """For what is said once."""
        return self._setup.get(KeyValueStore)

    @cached_property
    def lifetimes(self) -> Lifetimes:
        """How long sessions live."""
        return Lifetimes.of(self.settings)

    @cached_property
    def mounts(self) -> Mounts:
        """Assembles slices."""
        return Mounts(self._setup.contributions(SliceContributor), self._setup.base_url, self.gadgets)

    @cached_property
    def gadgets(self) -> Mapping[str, GadgetDescriptor]:
        """The gadget packages of the app."""
        return app_gadgets()

    @cached_property
    def public_env(self) -> Mapping[str, str]:
        """``ggui.json#app.publicEnv``."""
        env: Mapping[str, str] = self._setup.config.section(PUBLIC_ENV)
        return env

    @cached_property
    def themes(self) -> ThemeCatalog:
        """The themes that renders may name."""
        return self._setup.get(ThemeCatalog)

    @cached_property
    def default_theme(self) -> str | None:
        """``ggui.json#app.defaultTheme``."""
        theme: str | None = self._setup.config.section(DEFAULT_THEME)
        return theme

    @property
    def remembers_ended(self) -> bool:
        """Whether anything stays of a session that ended (``limits.endedSessionsPerApp``)."""
        return self._setup.config.limits.ended_sessions_per_app > 0

    @cached_property
    def live_tokens(self) -> LiveTokens | None:
        """Mints what opens live channels; None where there are none."""
        return self._setup.find(LiveTokens)

    @property
    def display_mode(self) -> str | None:
        """``ggui.json#app.defaultDisplayMode``."""
        app = self._setup.config.app
        return None if app is None else app.default_display_mode

    def now_ms(self) -> int:
        """The time, as sessions count it."""
        return int(self._setup.clock.now() * 1000)

    async def publish(self, event: object) -> None:
        """Announce what was committed."""
        await self._setup.bus.publish(event)

    def turn(self, session_id: str) -> asyncio.Lock:
        """Held while a change is committed and announced: views must hear of changes in their order."""
        lock = self._turns.get(session_id)
        if lock is None:
            lock = self._turns[session_id] = asyncio.Lock()
        return lock

    # Reading

    async def required(self, session_id: str, calling: ToolContext) -> Session:
        """The session a tool is called for.

        Raises:
            ToolError: ``session_not_found``; it is not there, not the caller's, or expired.
        """
        session = await self.session(session_id, tenant_of(calling))
        if session is None:
            raise session_not_found(session_id)
        return session

    async def session(self, session_id: str, tenant: Tenant | None) -> Session | None:
        return await self._used(await self.store.session(session_id, tenant))

    async def by_short_code(self, short_code: str) -> Session | None:
        return await self._used(await self.store.by_short_code(short_code))

    async def _used(self, session: Session | None) -> Session | None:
        now_ms = self.now_ms()
        if session is None or session.is_expired(now_ms):
            return None
        return await self.renew(session, now_ms)

    async def renew(self, session: Session, now_ms: int) -> Session:
        """Note that a session is used (ruling 8); returns it as it is then, so that nobody notes it twice.

        What can be read is not withheld because this cannot be written.
        """
        expires_at_ms = self.lifetimes.renewed(session, now_ms)
        if expires_at_ms is None:
            return session
        await self.noted("renewal", self.store.touch(session.id, now_ms, expires_at_ms))
        return replace(session, expires_at_ms=expires_at_ms)

    async def noted(self, what: str, writing: Awaitable[object]) -> None:
        """Write down what nobody was promised: a storage that takes no writes is told in the log alone."""
        try:
            await writing
        except GguiError as refusal:
            log.warning("not_noted", what=what, code=refusal.code)

    async def retire(self, session_id: str, before_ms: int) -> bool:
        """Forget a session that expired before ``before_ms``, except its identity record, and say so.

        False when it was used meanwhile.
        """
        retired = await self.store.retire(session_id, before_ms)
        if retired:
            await self._announce_end(session_id)
        return retired

    async def remove(self, session_id: str) -> None:
        """Forget a session with all it owns, and say so."""
        await self.store.remove(session_id)
        await self.noted("view state", self._view_states.forget(session_id))
        await self._announce_end(session_id)

    async def _announce_end(self, session_id: str) -> None:
        await self.publish(SessionExpired(session_id))
        await self.consumers.forget(session_id)

    async def row(self, session: Session) -> dict[str, Any]:
        row = described(session, self.now_ms())
        if session.component is not None:
            row["componentCode"] = await self.code.get(session.component.code_hash) or ""
        elif session.kind is None:
            row["componentCode"] = ""
        return row

    async def assemble(self, session: Session) -> Assembled:
        """A freshly minted slice, and whether every contributor could do its part."""
        return await self.mounts.assemble(session)

    async def mount(self, session: Session) -> Mount:
        return (await self.mounts.assemble(session)).mount

    async def events(self, session_id: str, since: int, limit: int) -> EventPage | HorizonPassed:
        return await self.store.events(session_id, since, limit)

    async def backlog(self, session_id: str, after: int | None) -> Backlog:
        return await self.store.backlog(session_id, after)

    # Writing

    async def submit(
        self, session: Session, gesture: Gesture, record: Mapping[str, Any] | None = None
    ) -> Submitted | Violated | NoPipe:
        violations = action_violations(session.contract, gesture.intent, gesture.data)
        if violations:
            return Violated(violations)
        kept = replace(
            gesture,
            ui_context=context.declared_slots(session.contract, gesture.ui_context),
            tool=(session.contract.get("actionSpec") or {}).get(gesture.intent, {}).get("nextStep"),
        )
        now_ms = self.now_ms()
        noted = kept.wire(session.id) if record is None else record
        # Begun together: where a commit takes all that waits, the gesture and what it says of its session share one.
        (outcome, sequence), _, _ = await asyncio.gather(
            self.store.append_gesture(session.id, kept, noted, now_ms),
            self.renew(session, now_ms),
            self._note_touch(
                session, now_ms, "relay" if record is None else "ws"
            ),  # sockets bring an envelope
        )
        match outcome:
            case "missing":
                return NoPipe("The session is gone.")
            case "full":
                return NoPipe("Too many gestures wait for the agent.")
            case "duplicate":
                return Submitted(sequence, duplicate=True)
            case "queued":
                pass
        await self.publish(GestureQueued(session.id))
        return Submitted(sequence, duplicate=False)

    async def _note_touch(self, session: Session, now_ms: int, rung: str) -> None:
        if session.delivery is None or session.delivery.state != "touched":
            touched = DeliveryReceipt("touched", now_ms, rung)
            await self.noted("delivery", self.store.set_delivery(session.id, touched))

    async def emit(self, session: Session, channel: str, payload: Any, *, complete: bool = False) -> int:
        """Make a delivery on a stream channel and announce it; returns its ``seq``, 0 when the session is gone."""
        declared: Mapping[str, Any] = (session.contract.get("streamSpec") or {}).get(channel, {})
        mode: Literal["append", "replace"] = "replace" if declared.get("mode") == "replace" else "append"
        replay: Replay = "all" if channel == LIFECYCLE else declared.get("replay", "none")
        async with self.turn(session.id):
            seq = await self.store.emit(
                session.id, channel, mode, payload, complete=complete, replay=replay, now_ms=self.now_ms()
            )
            if seq:
                emission = Emission(channel, mode, payload, seq, complete)
                await self.publish(StreamEmitted(session.id, emission))
        return seq

    async def observe_host(self, session_id: str, host: Mapping[str, Any]) -> None:
        await self.store.set_host_context(session_id, host_context.projection(host), self.now_ms())

    async def note_delivery(self, session_id: str, receipt: DeliveryReceipt) -> None:
        await self.store.set_delivery(session_id, receipt)


def described(session: Session, now_ms: int) -> dict[str, Any]:
    """A session as JSON without its code and without any secret (spec 01 section 10; spec 02 section 6.6)."""
    row: dict[str, Any] = {
        "id": session.id,
        "appId": session.tenant.app_id,
        "type": "component" if session.kind is None else "system",
        "status": "expired" if session.is_expired(now_ms) else "active",
        "eventSequence": session.event_sequence,
        "epoch": session.epoch,
        "createdAt": session.created_at_ms,
        "lastActivityAt": session.last_activity_at_ms,
        "expiresAt": session.expires_at_ms,
        "prompt": session.intent,
        "props": dict(session.props),
    }
    for spec in ("propsSpec", "actionSpec", "streamSpec", "contextSpec", "clientCapabilities"):
        if spec in session.contract:
            row[spec] = session.contract[spec]
    if session.failure is not None:
        row["error"], row["errorCode"] = session.failure.message, session.failure.code
    if session.host_session is not None:
        row["hostSession"] = {
            "hostName": session.host_session.host_name,
            "hostSessionId": session.host_session.host_session_id,
        }
    optional = {
        "userId": session.tenant.user_id,
        "kind": session.kind,
        "hostContext": session.host_context,
        "contextSnapshot": session.context_snapshot,
        "themeId": session.theme_id,
    }
    row.update({name: value for name, value in optional.items() if value is not None})
    return row


def iso_ms(epoch_ms: int) -> str:
    """A time of a session as ISO 8601."""
    return iso(epoch_ms / 1000)

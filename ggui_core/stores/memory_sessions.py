"""Sessions in this process: the implementation that serves until a durable store is installed.

Every method runs to its end without giving way, so each is atomic on its event loop. JSON values are kept by
reference: nobody changes them in place (see :class:`~ggui_core.stores.sessions.SessionStore`).
"""

from __future__ import annotations

import bisect
import heapq
import itertools
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from ggui_core.protocol.identity import SessionIdentity
from ggui_core.protocol.session import (
    Backlog,
    Batch,
    Component,
    DeliveryReceipt,
    Emission,
    EventPage,
    Failure,
    Gesture,
    Handshake,
    HorizonPassed,
    Session,
    Tenant,
)
from ggui_core.stores.memory_history import Ledger, Stream
from ggui_core.stores.memory_identities import Identities
from ggui_core.stores.memory_pipe import Pipe
from ggui_core.stores.sessions import (
    POLLED_MS,
    Appended,
    Position,
    Replay,
    SessionLimitReached,
    SessionLimits,
)

_STATES: Final = ("read", "started", "painted", "touched")


@dataclass(slots=True, eq=False)
class _Entry:
    """One session with everything it owns. ``order`` grows from session to session."""

    session: Session
    order: int
    pipe: Pipe
    ledger: Ledger
    stream: Stream

    def change(self, now_ms: int, **changes: Any) -> Session:
        activity = max(self.session.last_activity_at_ms, now_ms)
        self.session = replace(
            self.session, last_activity_at_ms=activity, event_sequence=self.ledger.head, **changes
        )
        return self.session


class MemorySessionStore:
    """Keeps sessions in this process. What belongs to a session goes with it, except its identity record."""

    _SWEEP = 8

    def __init__(self, limits: SessionLimits | None = None) -> None:
        self._limits = limits or SessionLimits()
        self._handshakes: OrderedDict[tuple[str, str], Handshake] = OrderedDict()
        self._entries: dict[str, _Entry] = {}
        self._short_codes: dict[str, _Entry] = {}
        self._shelves: dict[_Shelf, list[Position]] = {}
        self._expiries: list[tuple[int, int, str]] = []
        self._order = itertools.count()
        self._identities = Identities(self._limits.identities)

    def __len__(self) -> int:
        return len(self._entries)

    # Handshakes

    async def keep_handshake(self, handshake: Handshake) -> None:
        for _ in range(min(self._SWEEP, len(self._handshakes))):
            key = next(iter(self._handshakes))
            if self._live(key, handshake.created_at_ms) is not None:
                self._handshakes.move_to_end(key)
        self._handshakes[handshake.tenant.app_id, handshake.handshake_id] = handshake

    async def handshake(self, handshake_id: str, tenant: Tenant, now_ms: int) -> Handshake | None:
        found = self._live((tenant.app_id, handshake_id), now_ms)
        return found if found is not None and tenant.may_see(found.tenant) else None

    def _live(self, key: tuple[str, str], now_ms: int) -> Handshake | None:
        handshake = self._handshakes.get(key)
        if handshake is not None and handshake.expires_at_ms <= now_ms:
            del self._handshakes[key]
            return None
        return handshake

    # Sessions

    async def open(
        self, handshake_id: str, session: Session, now_ms: int, first: Emission | None = None
    ) -> Session | None:
        app_id = session.tenant.app_id
        if await self.handshake(handshake_id, session.tenant, now_ms) is None:
            return None
        entry = self._keep(replace(session, event_sequence=0))
        del self._handshakes[app_id, handshake_id]
        if session.component is not None:
            entry.ledger.append("ui.created", created(session, session.component), now_ms)
        if first is not None:
            entry.stream.keep(replace(first, seq=1), "all", now_ms)
        return entry.change(now_ms)

    def _keep(self, session: Session) -> _Entry:
        app_id, limits = session.tenant.app_id, self._limits
        if len(self._shelves.get(_Shelf(app_id), ())) >= limits.per_app:
            raise SessionLimitReached(limits.per_app)
        if session.id in self._entries or session.short_code in self._short_codes:
            raise ValueError("a session of this id or short code is there already")
        entry = _Entry(
            session,
            next(self._order),
            Pipe(limits.pipe, limits.pipe_bytes),
            Ledger(limits.ledger, session.event_sequence),
            Stream(limits.ring),
        )
        self._entries[session.id] = self._short_codes[session.short_code] = entry
        for shelf in _shelves(session):
            bisect.insort(self._shelves.setdefault(shelf, []), session.position)
        heapq.heappush(self._expiries, (session.expires_at_ms, entry.order, session.id))
        self._identities.drop(session.id)
        return entry

    async def session(self, session_id: str, tenant: Tenant | None) -> Session | None:
        entry = self._entries.get(session_id)
        if entry is None or not (tenant is None or tenant.may_see(entry.session.tenant)):
            return None
        return entry.session

    async def by_short_code(self, short_code: str) -> Session | None:
        entry = self._short_codes.get(short_code)
        return None if entry is None else entry.session

    async def touch(self, session_id: str, now_ms: int, expires_at_ms: int) -> None:
        entry = self._entries.get(session_id)
        if entry is not None:
            entry.change(now_ms, expires_at_ms=max(entry.session.expires_at_ms, expires_at_ms))

    async def commit(
        self, session_id: str, outcome: Component | Failure, now_ms: int, blueprint_id: str = ""
    ) -> Session | None:
        entry = self._entries.get(session_id)
        if entry is None:
            return None
        session = entry.session
        component, failure = (outcome, None) if isinstance(outcome, Component) else (None, outcome)
        if component is not None:
            entry.ledger.append("ui.created", created(session, component), now_ms)
        return entry.change(
            now_ms,
            component=component,
            failure=failure,
            blueprint_id=blueprint_id or session.blueprint_id,
        )

    async def change_props(
        self,
        session_id: str,
        revision: int,
        props: Mapping[str, Any],
        now_ms: int,
        *,
        new_epoch: bool = False,
    ) -> Session | None:
        entry = self._entries.get(session_id)
        if entry is None or entry.session.revision != revision:
            return None
        epoch = entry.session.epoch + new_epoch
        entry.ledger.append("ui.updated", {"sessionId": session_id, "props": props, "epoch": epoch}, now_ms)
        if new_epoch:
            entry.ledger.append("ui.reminted", {"epoch": epoch}, now_ms)
        return entry.change(now_ms, props=props, revision=revision + 1, epoch=epoch)

    async def set_context(self, session_id: str, snapshot: Mapping[str, Any], now_ms: int) -> bool:
        entry = self._entries.get(session_id)
        if entry is not None:
            entry.change(now_ms, context_snapshot=snapshot)
        return entry is not None

    async def set_host_context(self, session_id: str, host_context: Mapping[str, Any], now_ms: int) -> bool:
        entry = self._entries.get(session_id)
        if entry is not None:
            entry.change(now_ms, host_context=host_context)
        return entry is not None

    async def set_delivery(self, session_id: str, receipt: DeliveryReceipt) -> bool:
        entry = self._entries.get(session_id)
        if entry is not None:
            entry.session = replace(entry.session, delivery=further(entry.session.delivery, receipt))
        return entry is not None

    # The pipe

    async def append_gesture(
        self, session_id: str, gesture: Gesture, record: Mapping[str, Any], now_ms: int
    ) -> tuple[Appended, int]:
        entry = self._entries.get(session_id)
        if entry is None:
            return "missing", 0
        outcome = entry.pipe.append(gesture)
        if outcome == "queued":
            entry.ledger.append("user.submitted", record, now_ms)
            entry.change(now_ms)
        return outcome, entry.ledger.head

    async def lease(self, session_id: str, lease_id: str, now_ms: int) -> Batch:
        entry = self._entries.get(session_id)
        if entry is None:
            return Batch(lease_id)
        batch = entry.pipe.lease(lease_id)
        if batch.gestures:
            entry.change(now_ms)
        return batch

    async def settle(self, session_id: str, lease_id: str) -> None:
        entry = self._entries.get(session_id)
        if entry is not None:
            entry.pipe.settle(lease_id)

    async def release(self, session_id: str, lease_id: str) -> None:
        entry = self._entries.get(session_id)
        if entry is not None:
            entry.pipe.release(lease_id)

    async def release_all(self) -> int:
        return sum(
            entry.pipe.release(lease_id)
            for entry in self._entries.values()
            for lease_id in tuple(entry.pipe.leases)
        )

    # The ledger

    async def record(self, session_id: str, type_: str, data: Mapping[str, Any], now_ms: int) -> int:
        entry = self._entries.get(session_id)
        if entry is None:
            return 0
        entry.ledger.append(type_, data, now_ms)
        entry.change(now_ms)
        return entry.ledger.head

    async def events(self, session_id: str, since: int, limit: int) -> EventPage | HorizonPassed:
        entry = self._entries.get(session_id)
        if entry is None:
            return EventPage((), 0, has_more=False)
        return entry.ledger.page(since, limit)

    async def props_of_epoch(self, session_id: str, epoch: int) -> Mapping[str, Any] | None:
        entry = self._entries.get(session_id)
        if entry is None:
            return None
        for event in entry.ledger.newest_first():
            if event.type in ("ui.created", "ui.updated") and event.data.get("epoch") == epoch:
                props: Mapping[str, Any] | None = event.data.get("props")
                return props
        return None

    # Streams

    async def emit(
        self,
        session_id: str,
        channel: str,
        mode: Literal["append", "replace"],
        payload: Any,
        *,
        complete: bool,
        replay: Replay,
        now_ms: int,
    ) -> int:
        entry = self._entries.get(session_id)
        if entry is None:
            return 0
        seq = entry.stream.seq + 1
        entry.stream.keep(Emission(channel, mode, payload, seq, complete), replay, now_ms)
        entry.change(now_ms)
        return seq

    async def backlog(self, session_id: str, after: int | None) -> Backlog:
        entry = self._entries.get(session_id)
        if entry is None:
            return Backlog((), 0)
        stream = entry.stream
        if after is None:
            return Backlog((), stream.seq)
        truncated = stream.lost_some_above(after) and replays_all(entry.session.contract)
        return Backlog(stream.above(after), stream.seq, truncated)

    async def poll(self, session_id: str, after: int, now_ms: int) -> Backlog:
        entry = self._entries.get(session_id)
        if entry is None:
            return Backlog((), 0)
        stream = entry.stream
        truncated = stream.lost_some_above(after) and replays_all(entry.session.contract)
        return Backlog(stream.poll(after, now_ms + POLLED_MS), stream.seq, truncated)

    # Lists and ends

    async def list(
        self,
        tenant: Tenant,
        *,
        host_name: str | None,
        host_session_id: str | None,
        limit: int,
        before: Position | None = None,
    ) -> Sequence[Session]:
        owners = (
            (None,)
            if tenant.user_id is None
            else (Tenant(tenant.app_id, tenant.user_id), Tenant(tenant.app_id))
        )
        newest: list[Position] = []
        for owner in owners:
            shelf = self._shelves.get(_Shelf(tenant.app_id, owner, host_name, host_session_id), [])
            end = len(shelf) if before is None else bisect.bisect_left(shelf, before)
            newest += shelf[max(0, end - limit) : end]
        newest.sort()
        return [self._entries[session_id].session for _, session_id in newest[-limit:]]

    async def expired(self, before_ms: int, limit: int) -> Sequence[str]:
        found: list[tuple[int, int, str]] = []
        while self._expiries and self._expiries[0][0] < before_ms and len(found) < limit:
            known, order, session_id = heapq.heappop(self._expiries)
            entry = self._entries.get(session_id)
            if entry is None or entry.order != order:
                continue
            # The heap holds when it would have expired when it was last looked at; it may have been touched since.
            if entry.session.expires_at_ms == known:
                found.append((known, order, session_id))
            else:
                heapq.heappush(self._expiries, (entry.session.expires_at_ms, order, session_id))
        for due in found:
            heapq.heappush(self._expiries, due)
        return [session_id for _, _, session_id in found]

    async def retire(self, session_id: str, before_ms: int) -> bool:
        entry = self._entries.get(session_id)
        if entry is None or entry.session.expires_at_ms >= before_ms:
            return False
        self._forget(entry.session)
        self._identities.keep(SessionIdentity.of(entry.session, self._limits.identity_bytes))
        return True

    async def remove(self, session_id: str) -> None:
        self._identities.drop(session_id)
        entry = self._entries.get(session_id)
        if entry is not None:
            self._forget(entry.session)

    def _forget(self, session: Session) -> None:
        del self._entries[session.id]
        del self._short_codes[session.short_code]
        for name in _shelves(session):
            shelf = self._shelves[name]
            del shelf[bisect.bisect_left(shelf, session.position)]
            if not shelf:
                del self._shelves[name]
        if len(self._expiries) > 2 * len(self._entries) + 64:
            # Sessions that were removed before their time would stay in the heap until it comes.
            self._expiries = [
                (kept.session.expires_at_ms, kept.order, name) for name, kept in self._entries.items()
            ]
            heapq.heapify(self._expiries)

    # Identity records

    async def identity(self, session_id: str, tenant: Tenant | None) -> SessionIdentity | None:
        record = self._identities.get(session_id)
        if record is None or not (tenant is None or tenant.may_see(record.tenant)):
            return None
        return record

    async def revive(self, session: Session, now_ms: int) -> Session | None:
        record = self._identities.get(session.id)
        if record is None or record.tenant != session.tenant:
            return None
        assert session.component is not None, "a session without a component cannot be shown"
        entry = self._keep(session)
        entry.ledger.append("ui.created", created(session, session.component), now_ms)
        return entry.change(now_ms)


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Where sessions stand that one question asks for, by their position: a list is read from its end.

    Without an ``owner`` the sessions of all users of the app stand on it.
    """

    app_id: str
    owner: Tenant | None = None
    host_name: str | None = None
    host_session_id: str | None = None


def _shelves(session: Session) -> Iterator[_Shelf]:
    """Every shelf a session stands on."""
    host = session.host_session
    names = (None,) if host is None else (None, host.host_name)
    host_ids = (None,) if host is None else (None, host.host_session_id)
    for owner, name, host_id in itertools.product((None, session.tenant), names, host_ids):
        yield _Shelf(session.tenant.app_id, owner, name, host_id)


def created(session: Session, component: Component) -> dict[str, Any]:
    """The data of ``ui.created``."""
    return {
        "sessionId": session.id,
        "codeHash": component.code_hash,
        "props": session.props,
        "epoch": session.epoch,
    }


def further(before: DeliveryReceipt | None, now: DeliveryReceipt) -> DeliveryReceipt:
    if before is None:
        return now
    furthest = now if _STATES.index(now.state) > _STATES.index(before.state) else before
    return replace(furthest, error=now.error or before.error)


def replays_all(contract: Mapping[str, Any]) -> bool:
    channels = (contract.get("streamSpec") or {}).values()
    return any(channel.get("replay") == "all" for channel in channels)

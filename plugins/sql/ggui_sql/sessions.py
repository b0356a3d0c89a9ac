"""The session store in a database: one method, one fact, one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, Literal

from ggui_core.database import StorageUnavailable, Transaction
from ggui_core.protocol.identity import SessionIdentity
from ggui_core.protocol.receipts import further
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
from ggui_core.stores.memory_history import json_bytes
from ggui_core.stores.memory_sessions import created, replays_all
from ggui_core.stores.sessions import (
    POLLED_MS,
    Appended,
    Position,
    Replay,
    SessionLimits,
)
from ggui_sql import pipe
from ggui_sql.activity import note_activity
from ggui_sql.census import Census
from ggui_sql.database import OpenDatabase
from ggui_sql.documents import Documents
from ggui_sql.history import (
    BEGINNING,
    EVENTS,
    KEPT,
    POLLED,
    STREAM,
    Beginning,
    Ledger,
    Stream,
    emission_of,
    event_of,
)
from ggui_sql.leases import Leases
from ggui_sql.recall import MISSING, Recall
from ggui_sql.rows import (
    COLUMNS,
    SELECTED,
    delivery_of,
    delivery_text,
    handshake_body,
    handshake_of,
    identity_body,
    identity_of,
    session_of,
    session_values,
)
from ggui_sql.values import clean, clean_optional, dump, load, original_optional

HANDSHAKES_AT_HAND: Final = 2_048
"""Handshakes that are kept at hand: most are rendered right after they were made."""

_KEEP_HANDSHAKE: Final = (
    "INSERT INTO ggui_handshake (app_id, handshake_id, user_id, body, contract, props_schema, expires_at_ms) "
    "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (app_id, handshake_id) DO UPDATE SET user_id = excluded.user_id, "
    "body = excluded.body, "
    "contract = excluded.contract, props_schema = excluded.props_schema, expires_at_ms = excluded.expires_at_ms"
)
_HANDSHAKE: Final = (
    "SELECT body, contract, props_schema FROM ggui_handshake "
    "WHERE app_id = ? AND handshake_id = ? AND expires_at_ms > ?"
)
_TAKE_HANDSHAKE: Final = (
    "DELETE FROM ggui_handshake WHERE app_id = ? AND handshake_id = ? AND expires_at_ms > ? RETURNING user_id"
)
_SWEEP_HANDSHAKES: Final = (
    "DELETE FROM ggui_handshake WHERE handshake_id IN "
    "(SELECT handshake_id FROM ggui_handshake WHERE expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ?) "
    "AND expires_at_ms <= ?"
)
_OPENED: Final = (*COLUMNS[:-1], *BEGINNING)
_OPEN: Final = f"INSERT INTO ggui_session ({', '.join(_OPENED)}) VALUES ({', '.join('?' * len(_OPENED))})"  # noqa: S608
_RESTORE: Final = f"INSERT INTO ggui_session ({SELECTED}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608
_ALONE: Final = (
    "INSERT INTO ggui_lock (name) VALUES (?) ON CONFLICT (name) DO UPDATE SET name = excluded.name"
)
_SESSION: Final = f"SELECT {SELECTED} FROM ggui_session WHERE id = ?"  # noqa: S608
_LOCKED: Final = f"{_SESSION} {{lock}}"
_BY_SHORT_CODE: Final = f"SELECT {SELECTED} FROM ggui_session WHERE short_code = ?"  # noqa: S608
_TOUCH: Final = (
    "UPDATE ggui_session SET last_activity_at_ms = CASE WHEN last_activity_at_ms < ? THEN ? ELSE last_activity_at_ms "
    "END, expires_at_ms = CASE WHEN expires_at_ms < ? THEN ? ELSE expires_at_ms END WHERE id = ?"
)
_COUNTERS: Final = "SELECT event_sequence, ledger_horizon, ledger_bytes FROM ggui_session WHERE id = ? {lock}"
_PIPE: Final = (
    "SELECT event_sequence, ledger_horizon, ledger_bytes, pipe_places, pipe_count, pipe_bytes "
    "FROM ggui_session WHERE id = ? {lock}"
)
_BACKLOG: Final = (
    "SELECT stream_seq, stream_evicted, contract, polled_until_ms FROM ggui_session WHERE id = ?"
)
_KEEP_FOR_POLLS: Final = "UPDATE ggui_session SET polled_until_ms = ? WHERE id = ? AND polled_until_ms < ?"
_DELIVERY: Final = "SELECT delivery FROM ggui_session WHERE id = ? {lock}"
_EXPIRED: Final = (
    "SELECT id FROM ggui_session WHERE expires_at_ms < ? ORDER BY expires_at_ms, created_at_ms, id LIMIT ?"
)
_PROPS_EVENTS: Final = (
    "SELECT data FROM ggui_event WHERE session_id = ? AND type IN ('ui.created', 'ui.updated') "
    "ORDER BY seq DESC"
)
_KEEP_IDENTITY: Final = (
    "INSERT INTO ggui_identity (id, app_id, user_id, body) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
)
_CUT_IDENTITIES: Final = (
    "DELETE FROM ggui_identity WHERE app_id = ? AND ordinal <= "
    "(SELECT ordinal FROM ggui_identity WHERE app_id = ? ORDER BY ordinal DESC LIMIT 1 OFFSET ?)"
)
_IDENTITY: Final = "SELECT app_id, user_id, body FROM ggui_identity WHERE id = ?"
_TAKE_IDENTITY: Final = "DELETE FROM ggui_identity WHERE id = ? RETURNING app_id, user_id"
_UNFINISHED: Final = (
    "SELECT id FROM ggui_session WHERE code_hash IS NULL AND failure_code IS NULL AND kind IS NULL "
    "AND created_at_ms < ? LIMIT ?"
)
_REMOVE: Final = "DELETE FROM ggui_session WHERE id = ?"

_LARGEST: Final = 2**63 - 1
"""Of what a column of numbers holds; a cursor that a view makes up may be larger."""


class SqlSessionStore:
    """Implements :class:`~ggui_core.stores.SessionStore`.

    Args:
        sole: Whether no other process uses the database: every lease that is found at start-up is of a crash then.
        holder: The process in whose name gestures are leased, so that others know which leases are of a dead one.
    """

    def __init__(
        self, database: OpenDatabase, limits: SessionLimits, *, sole: bool, holder: str = ""
    ) -> None:
        self._database = database
        self._limits = limits
        self.sole = sole
        self.leases = Leases(database, holder)
        self._documents = Documents()
        self._handshakes: Recall[str, Handshake] = Recall(database, HANDSHAKES_AT_HAND)
        self._census = Census(limits.per_app)

    # Handshakes

    async def keep_handshake(self, handshake: Handshake) -> None:
        drafts = [self._documents.draft(value) for value in (handshake.contract, handshake.props_schema)]
        now_ms = handshake.created_at_ms
        values = (
            clean(handshake.tenant.app_id),
            clean(handshake.handshake_id),
            clean_optional(handshake.tenant.user_id),
            handshake_body(handshake),
            drafts[0].digest,
            drafts[1].digest,
            handshake.expires_at_ms,
        )

        async def fact(tx: Transaction) -> None:
            await self._documents.put(tx, drafts, now_ms)
            await tx.run(_KEEP_HANDSHAKE, *values)

        await self._database.write(fact)
        self._documents.remember(drafts, now_ms)
        self._handshakes.keep(handshake.tenant.app_id, handshake.handshake_id, handshake)

    async def handshake(self, handshake_id: str, tenant: Tenant, now_ms: int) -> Handshake | None:
        known = self._handshakes.get(tenant.app_id, handshake_id)
        if known is not MISSING:
            return known if known.expires_at_ms > now_ms and tenant.may_see(known.tenant) else None

        async def fact(tx: Transaction) -> Handshake | None:
            row = await tx.one(_HANDSHAKE, clean(tenant.app_id), clean(handshake_id), now_ms)
            if row is None:
                return None
            return await handshake_of(tenant.app_id, handshake_id, row, self._documents, tx)

        found = await self._database.read(fact)
        return found if found is not None and tenant.may_see(found.tenant) else None

    # Sessions

    async def open(
        self, handshake_id: str, session: Session, now_ms: int, first: Emission | None = None
    ) -> Session | None:
        component = session.component
        active_ms = max(session.last_activity_at_ms, now_ms)
        session = replace(session, last_activity_at_ms=active_ms, event_sequence=int(component is not None))
        drafts = self._documents.drafts_of(session)
        beginning = Beginning.of(None if component is None else created(session, component), first)
        values = (*session_values(session, drafts)[:-1], *beginning.counters)
        name, app_id = clean(session.id), clean(session.tenant.app_id)

        async def fact(tx: Transaction) -> bool:
            self._handshakes.drop(
                session.tenant.app_id, handshake_id
            )  # whatever becomes of it: it is read again
            row = await tx.one(_TAKE_HANDSHAKE, app_id, clean(handshake_id), now_ms)
            if row is None:
                return False
            if not session.tenant.may_see(Tenant(session.tenant.app_id, original_optional(row[0]))):
                raise _OfSomebodyElse
            await self._census.admit(tx, app_id, now_ms)
            await self._documents.put(tx, drafts, now_ms)
            await tx.run(_OPEN, *values)
            await beginning.write(tx, name, now_ms)
            return True

        try:
            opened = await self._database.write(fact)
        except _OfSomebodyElse:
            return None
        if not opened:
            return None
        self._documents.remember(drafts, now_ms)
        return session

    async def session(self, session_id: str, tenant: Tenant | None) -> Session | None:
        session = await self._found(_SESSION, session_id)
        if session is None or not (tenant is None or tenant.may_see(session.tenant)):
            return None
        return session

    async def by_short_code(self, short_code: str) -> Session | None:
        return await self._found(_BY_SHORT_CODE, short_code)

    async def _found(self, statement: str, name: str) -> Session | None:
        async def fact(tx: Transaction) -> Session | None:
            row = await tx.one(statement, clean(name))
            return None if row is None else await session_of(row, self._documents, tx)

        return await self._database.read(fact)

    async def touch(self, session_id: str, now_ms: int, expires_at_ms: int) -> None:
        async def fact(tx: Transaction) -> None:
            await tx.run(_TOUCH, now_ms, now_ms, expires_at_ms, expires_at_ms, clean(session_id))

        await self._database.write(fact)

    async def commit(
        self, session_id: str, outcome: Component | Failure, now_ms: int, blueprint_id: str = ""
    ) -> Session | None:
        component, failure = (outcome, None) if isinstance(outcome, Component) else (None, outcome)
        drafts = [] if component is None else [self._documents.draft(component.source)]

        async def fact(tx: Transaction) -> Session | None:
            session = await self._locked(tx, session_id)
            if session is None:
                return None
            ledger = await self._ledger(tx, session_id)
            if component is not None:
                await self._documents.put(tx, drafts, now_ms)
                await ledger.append(tx, "ui.created", created(session, component), now_ms)
            return await self._changed(
                tx,
                session_id,
                now_ms,
                **_counted(ledger),
                code_hash=None if component is None else component.code_hash,
                source=None if component is None else drafts[0].digest,
                generator=None if component is None else component.generator,
                model=None if component is None else component.model,
                failure_code=None if failure is None else failure.code,
                failure_message=None if failure is None else clean(failure.message),
                blueprint_id=blueprint_id or session.blueprint_id,
            )

        session = await self._database.write(fact)
        if session is not None:
            self._documents.remember(drafts, now_ms)
        return session

    async def change_props(
        self,
        session_id: str,
        revision: int,
        props: Mapping[str, Any],
        now_ms: int,
        *,
        new_epoch: bool = False,
    ) -> Session | None:
        async def fact(tx: Transaction) -> Session | None:
            session = await self._locked(tx, session_id)
            if session is None or session.revision != revision:
                return None
            epoch = session.epoch + new_epoch
            ledger = await self._ledger(tx, session_id)
            updated = {"sessionId": session_id, "props": props, "epoch": epoch}
            await ledger.append(tx, "ui.updated", updated, now_ms)
            if new_epoch:
                await ledger.append(tx, "ui.reminted", {"epoch": epoch}, now_ms)
            return await self._changed(
                tx,
                session_id,
                now_ms,
                **_counted(ledger),
                props=dump(props),
                revision=revision + 1,
                epoch=epoch,
            )

        return await self._database.write(fact)

    async def props_of_epoch(self, session_id: str, epoch: int) -> Mapping[str, Any] | None:
        async def fact(tx: Transaction) -> Mapping[str, Any] | None:
            for row in await tx.all(_PROPS_EVENTS, clean(session_id)):
                data: Mapping[str, Any] = load(row[0])
                if data.get("epoch") == epoch:
                    return data.get("props")
            return None

        return await self._database.read(fact)

    async def set_context(self, session_id: str, snapshot: Mapping[str, Any], now_ms: int) -> bool:
        return await self._set(session_id, now_ms, context_snapshot=dump(snapshot))

    async def set_host_context(self, session_id: str, host_context: Mapping[str, Any], now_ms: int) -> bool:
        return await self._set(session_id, now_ms, host_context=dump(host_context))

    async def set_delivery(self, session_id: str, receipt: DeliveryReceipt) -> bool:
        async def fact(tx: Transaction) -> bool:
            row = await tx.one(_DELIVERY, clean(session_id))
            if row is None:
                return False
            text = delivery_text(further(delivery_of(row[0]), receipt))
            await tx.run("UPDATE ggui_session SET delivery = ? WHERE id = ?", text, clean(session_id))
            return True

        return await self._database.write(fact)

    async def _set(self, session_id: str, now_ms: int, **columns: Any) -> bool:
        async def fact(tx: Transaction) -> bool:
            return await note_activity(tx, session_id, now_ms, **columns) == 1

        return await self._database.write(fact)

    # The pipe

    async def append_gesture(
        self, session_id: str, gesture: Gesture, record: Mapping[str, Any], now_ms: int
    ) -> tuple[Appended, int]:
        name, action_key, text = clean(session_id), pipe.key(gesture.action_id), pipe.body(gesture)
        size = json_bytes([gesture.data, gesture.ui_context])
        limits = self._limits

        async def fact(tx: Transaction) -> tuple[Appended, int]:
            row = await tx.one(_PIPE, name)
            if row is None:
                return "missing", 0
            head, horizon, ledger_bytes, places, count, octets = row
            if await tx.one(pipe.KNOWN, name, action_key) is not None:
                return "duplicate", head
            if count >= limits.pipe or octets + size > limits.pipe_bytes:
                return "full", head
            await tx.run(pipe.APPEND, name, places, action_key, size, text)
            ledger = Ledger(name, head, horizon, ledger_bytes, limits.ledger)
            await ledger.append(tx, "user.submitted", record, now_ms)
            await note_activity(
                tx,
                session_id,
                now_ms,
                **_counted(ledger),
                pipe_places=places + 1,
                pipe_count=count + 1,
                pipe_bytes=octets + size,
            )
            return "queued", ledger.head

        return await self._database.write(fact)

    async def lease(self, session_id: str, lease_id: str, now_ms: int) -> Batch:
        return await self.leases.take(session_id, lease_id, now_ms)

    async def settle(self, session_id: str, lease_id: str) -> None:
        await self.leases.settle(session_id, lease_id)

    async def release(self, session_id: str, lease_id: str) -> None:
        await self.leases.release(session_id, lease_id)

    async def release_all(self) -> int:
        return await self.leases.release_all() if self.sole else 0  # others' answers are on their way

    # The ledger

    async def record(self, session_id: str, type_: str, data: Mapping[str, Any], now_ms: int) -> int:
        async def fact(tx: Transaction) -> int:
            if await tx.one(_COUNTERS, clean(session_id)) is None:
                return 0
            ledger = await self._ledger(tx, session_id)
            await ledger.append(tx, type_, data, now_ms)
            await note_activity(tx, session_id, now_ms, **_counted(ledger))
            return ledger.head

        return await self._database.write(fact)

    async def events(self, session_id: str, since: int, limit: int) -> EventPage | HorizonPassed:
        name = clean(session_id)

        async def fact(tx: Transaction) -> EventPage | HorizonPassed:
            row = await tx.one(_COUNTERS.replace("{lock}", ""), name)
            if row is None:
                return EventPage((), 0, has_more=False)
            head, horizon = row[0], row[1]
            if not horizon <= since <= head:
                return HorizonPassed(head)
            found = await tx.all(EVENTS, name, since, limit + 1)
            events = tuple(event_of(event) for event in found[:limit])
            return EventPage(events, head, has_more=len(found) > limit)

        return await self._database.read(fact)

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
        name = clean(session_id)

        async def fact(tx: Transaction) -> int:
            row = await tx.one(STREAM, name)
            if row is None:
                return 0
            stream = Stream.of(name, row, now_ms, self._limits.ring)
            await stream.keep(tx, channel, mode, payload, complete=complete, replay=replay)
            await note_activity(tx, session_id, now_ms, **stream.counters)
            return stream.seq

        return await self._database.write(fact)

    async def backlog(self, session_id: str, after: int | None) -> Backlog:
        name = clean(session_id)

        async def fact(tx: Transaction) -> Backlog:
            row = await tx.one(_BACKLOG, name)
            if row is None:
                return Backlog((), 0)
            seq, evicted, contract, _ = row
            if after is None:
                return Backlog((), seq)
            truncated = after < evicted and replays_all(await self._documents.get(tx, contract))
            kept = await tx.all(KEPT, name, min(after, _LARGEST))
            return Backlog(tuple(emission_of(emission) for emission in kept), seq, truncated)

        return await self._database.read(fact)

    async def poll(self, session_id: str, after: int, now_ms: int) -> Backlog:
        name, until_ms = clean(session_id), now_ms + POLLED_MS

        async def fact(tx: Transaction) -> tuple[Backlog, bool]:
            row = await tx.one(_BACKLOG, name)
            if row is None:
                return Backlog((), 0), True
            seq, evicted, contract, polled_until_ms = row
            truncated = after < evicted and replays_all(await self._documents.get(tx, contract))
            rows = await tx.all(POLLED, name, min(after, _LARGEST))
            kept = tuple(emission_of(emission) for emission in rows)
            # A delivery that came between the two statements is there with all that came before it.
            seq = max(seq, kept[-1].seq) if kept else seq
            return Backlog(kept, seq, truncated), polled_until_ms >= until_ms

        async def keep(tx: Transaction) -> None:
            # For longer than promised, so that not each poll writes.
            await tx.run(_KEEP_FOR_POLLS, until_ms + POLLED_MS // 2, name, until_ms)

        backlog, is_kept = await self._database.read(fact)
        if is_kept:
            return backlog
        with suppress(StorageUnavailable):  # then nothing is delivered either, and what is there can be read
            await self._database.write(keep)
        return (await self._database.read(fact))[0]

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
        conditions: list[str] = ["app_id = ?"]
        values: list[Any] = [clean(tenant.app_id)]
        if tenant.user_id is not None:
            conditions.append("(user_id IS NULL OR user_id = ?)")
            values.append(clean(tenant.user_id))
        if host_name is not None:
            conditions.append("host_name = ?")
            values.append(clean(host_name))
        if host_session_id is not None:
            conditions.append("host_session_id = ?")
            values.append(clean(host_session_id))
        if before is not None:
            conditions.append("(created_at_ms, id) < (?, ?)")
            values += before
        statement = (
            f"SELECT {SELECTED} FROM ggui_session WHERE {' AND '.join(conditions)} "  # noqa: S608
            "ORDER BY created_at_ms DESC, id DESC LIMIT ?"
        )

        async def fact(tx: Transaction) -> Sequence[Session]:
            rows = await tx.all(statement, *values, limit)
            return [await session_of(row, self._documents, tx) for row in reversed(rows)]

        return await self._database.read(fact)

    async def expired(self, before_ms: int, limit: int) -> Sequence[str]:
        async def fact(tx: Transaction) -> Sequence[str]:
            return [row[0] for row in await tx.all(_EXPIRED, before_ms, limit)]

        return await self._database.read(fact)

    async def retire(self, session_id: str, before_ms: int) -> bool:
        async def fact(tx: Transaction) -> str | None:
            session = await self._locked(tx, session_id)
            if session is None or session.expires_at_ms >= before_ms:
                return None
            await tx.run(_REMOVE, clean(session_id))
            app_id = clean(session.tenant.app_id)
            record = SessionIdentity.of(session, self._limits.identity_bytes)
            user_id = clean_optional(session.tenant.user_id)
            await tx.run(_KEEP_IDENTITY, clean(session_id), app_id, user_id, identity_body(record))
            await tx.run(_CUT_IDENTITIES, app_id, app_id, self._limits.identities)
            return app_id

        app_id = await self._database.write(fact)
        if app_id is not None:
            self._census.removed(app_id)
        return app_id is not None

    async def remove(self, session_id: str) -> None:
        async def fact(tx: Transaction) -> str | None:
            await tx.run("DELETE FROM ggui_identity WHERE id = ?", clean(session_id))
            row = await tx.one(f"{_REMOVE} RETURNING app_id", clean(session_id))
            return None if row is None else str(row[0])

        app_id = await self._database.write(fact)
        if app_id is not None:
            self._census.removed(app_id)

    # Identity records

    async def identity(self, session_id: str, tenant: Tenant | None) -> SessionIdentity | None:
        async def fact(tx: Transaction) -> SessionIdentity | None:
            row = await tx.one(_IDENTITY, clean(session_id))
            return None if row is None else identity_of(session_id, row)

        record = await self._database.read(fact)
        if record is None or not (tenant is None or tenant.may_see(record.tenant)):
            return None
        return record

    async def revive(self, session: Session, now_ms: int) -> Session | None:
        component = session.component
        assert component is not None, "a session without a component cannot be shown"
        drafts = self._documents.drafts_of(session)
        values = session_values(session, drafts)
        app_id = clean(session.tenant.app_id)

        async def fact(tx: Transaction) -> Session | None:
            row = await tx.one(_TAKE_IDENTITY, clean(session.id))
            if row is None:
                return None
            if (row[0], row[1]) != (app_id, clean_optional(session.tenant.user_id)):
                raise _OfSomebodyElse
            await self._census.admit(tx, app_id, now_ms)
            await self._documents.put(tx, drafts, now_ms)
            await tx.run(_RESTORE, *values)
            ledger = Ledger(
                clean(session.id),
                session.event_sequence,
                session.event_sequence,
                0,
                self._limits.ledger,
            )
            await ledger.append(tx, "ui.created", created(session, component), now_ms)
            return await self._changed(tx, session.id, now_ms, **_counted(ledger))

        try:
            revived = await self._database.write(fact)
        except _OfSomebodyElse:
            return None
        if revived is not None:
            self._documents.remember(drafts, now_ms)
        return revived

    async def remove_unfinished(self, begun_before_ms: int, limit: int) -> int:
        """Remove sessions that neither got a component nor a failure: the process that rendered them is gone.

        Nobody was told of them.

        Returns:
            How many went, at most ``limit``.
        """

        async def fact(tx: Transaction) -> int:
            rows = await tx.all(_UNFINISHED, begun_before_ms, limit)
            for row in rows:
                await tx.run(_REMOVE, row[0])
            return len(rows)

        return await self._database.write(fact)

    async def sweep_handshakes(self, now_ms: int, limit: int) -> int:
        """Forget handshakes that nobody rendered in time; returns how many."""

        async def fact(tx: Transaction) -> int:
            return await tx.run(_SWEEP_HANDSHAKES, now_ms, limit, now_ms)

        return await self._database.write(fact)

    # Parts of facts

    async def _locked(self, tx: Transaction, session_id: str) -> Session | None:
        row = await tx.one(_LOCKED, clean(session_id))
        return None if row is None else await session_of(row, self._documents, tx)

    async def _ledger(self, tx: Transaction, session_id: str) -> Ledger:
        row = await tx.one(_COUNTERS, clean(session_id))
        assert row is not None, "the row is locked by this transaction"
        return Ledger(clean(session_id), row[0], row[1], row[2], self._limits.ledger)

    async def _changed(self, tx: Transaction, session_id: str, now_ms: int, **columns: Any) -> Session | None:
        await note_activity(tx, session_id, now_ms, **columns)
        row = await tx.one(_SESSION, clean(session_id))
        return None if row is None else await session_of(row, self._documents, tx)


def _counted(ledger: Ledger) -> dict[str, int]:
    return {
        "event_sequence": ledger.head,
        "ledger_horizon": ledger.horizon,
        "ledger_bytes": ledger.size,
    }


class _OfSomebodyElse(Exception):
    """Undoes the fact that met a record of another tenant."""

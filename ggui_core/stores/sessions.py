"""Handshakes, sessions, their pipes, ledgers and stream buffers: the state behind the four moments.

One method is one fact: a transactional store makes it one transaction, and a caller announces it on the bus only
after the method returned. "Not yours" is decided here, in the look-up, and looks exactly like "not there".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from ggui_core.protocol.session import (
    Backlog,
    Batch,
    Component,
    DeliveryReceipt,
    EventPage,
    Failure,
    Gesture,
    Handshake,
    HorizonPassed,
    Session,
    Tenant,
)

Replay = Literal["latest", "all", "none"]
Appended = Literal["queued", "duplicate", "full", "missing"]
"""``full``: the pipe holds its limit. ``missing``: there is no such session, or not for this tenant."""


class SessionStore(Protocol):
    """Keeps the state of every rendered UI.

    Times are milliseconds since the epoch and are given, never taken: the clock belongs to the caller. Methods
    that take a ``tenant`` see only what :meth:`~ggui_core.protocol.session.Tenant.may_see` allows; ``None`` stands
    for the server itself, after another proof such as a signed token.
    """

    async def keep_handshake(self, handshake: Handshake) -> None:
        """Keep a handshake until it is consumed or expires."""
        ...

    async def handshake(self, handshake_id: str, tenant: Tenant, now_ms: int) -> Handshake | None:
        """The live handshake, or ``None``; reading does not consume it."""
        ...

    async def open(self, handshake_id: str, session: Session, now_ms: int) -> bool:
        """Consume the handshake and keep ``session`` with an empty pipe and ledger: all of it or nothing.

        Returns:
            False when the handshake is gone or another render was first; nothing is kept then.
        """
        ...

    async def session(self, session_id: str, tenant: Tenant | None) -> Session | None:
        """The session, expired or not, or ``None``."""
        ...

    async def by_short_code(self, short_code: str) -> Session | None:
        """The session whose viewer page has this code, or ``None``."""
        ...

    async def touch(self, session_id: str, now_ms: int, expires_at_ms: int) -> None:
        """Note activity and move the expiry, never backwards."""
        ...

    async def commit(
        self, session_id: str, outcome: Component | Failure, now_ms: int, blueprint_id: str = ""
    ) -> Session | None:
        """Give an opened session its component, or what kept it from getting one.

        Writes ``ui.created`` to the ledger for a component. ``None`` when the session is gone.
        """
        ...

    async def change_props(
        self,
        session_id: str,
        revision: int,
        props: Mapping[str, Any],
        now_ms: int,
        *,
        new_epoch: bool = False,
    ) -> Session | None:
        """Replace the props if nobody did since ``revision``, with ``ui.updated`` in the ledger.

        With ``new_epoch`` the epoch grows too, followed by ``ui.reminted``.

        Returns:
            The changed session, or ``None`` when it is gone or its revision is another by now.
        """
        ...

    async def set_context(self, session_id: str, snapshot: Mapping[str, Any], now_ms: int) -> bool:
        """Replace the context snapshot; False when the session is gone."""
        ...

    async def set_host_context(self, session_id: str, host_context: Mapping[str, Any], now_ms: int) -> bool:
        """Keep what the host says of itself; False when the session is gone."""
        ...

    async def set_delivery(self, session_id: str, receipt: DeliveryReceipt) -> bool:
        """Note how far the card got; a lower state never replaces a higher one, an error is kept beside it."""
        ...

    async def append_gesture(
        self, session_id: str, gesture: Gesture, record: Mapping[str, Any], now_ms: int
    ) -> tuple[Appended, int]:
        """Queue a gesture: pipe, de-duplication and ledger (``user.submitted`` with ``record``) in one.

        A repeated ``action_id`` is ``duplicate`` for the life of the pipe, also after it was consumed, and adds
        nothing anywhere.

        Returns:
            The outcome, and the sequence of the ledger's head.
        """
        ...

    async def lease(self, session_id: str, lease_id: str, now_ms: int) -> Batch:
        """Hand out everything that is queued, in order; nobody else gets it while the lease holds."""
        ...

    async def settle(self, session_id: str, lease_id: str) -> None:
        """The answer with this batch arrived: its gestures are gone for good. Unknown leases are ignored."""
        ...

    async def release(self, session_id: str, lease_id: str) -> None:
        """The answer did not arrive: its gestures return to the head of the pipe, in order, as redelivered."""
        ...

    async def release_all(self) -> int:
        """Release every lease, at start-up after a crash; returns how many gestures came back."""
        ...

    async def record(self, session_id: str, type_: str, data: Mapping[str, Any], now_ms: int) -> int:
        """Append one event to the ledger and return its sequence; 0 when the session is gone."""
        ...

    async def events(self, session_id: str, since: int, limit: int) -> EventPage | HorizonPassed:
        """Ledger events with a sequence above ``since``, at most ``limit``."""
        ...

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
        """Number a stream delivery and keep it as ``replay`` says; returns its ``seq``, 0 when the session is gone."""
        ...

    async def backlog(self, session_id: str, after: int | None) -> Backlog:
        """Kept stream deliveries with a ``seq`` above ``after``; ``None`` asks for the counter alone."""
        ...

    async def list(
        self, tenant: Tenant, *, host_name: str | None, host_session_id: str | None, limit: int
    ) -> Sequence[Session]:
        """The newest ``limit`` sessions of a tenant that match the host filter, oldest first."""
        ...

    async def expired(self, before_ms: int, limit: int) -> Sequence[str]:
        """Ids of sessions that expired before ``before_ms``."""
        ...

    async def remove(self, session_id: str) -> None:
        """Forget a session with everything it owns."""
        ...

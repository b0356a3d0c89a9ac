"""Handshakes, sessions, their pipes, ledgers and stream buffers: the state behind the four moments.

One method is one fact: a transactional store makes it one transaction, and a caller announces it on the bus only
after the method returned. "Not yours" is decided here, in the look-up, and looks exactly like "not there".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from ggui_core.errors import GguiError
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

Replay = Literal["latest", "all", "none"]
Appended = Literal["queued", "duplicate", "full", "missing"]
"""``full``: the pipe holds its limit, leased gestures included. ``missing``: there is no such session."""

Position = tuple[int, str]
"""Where a session stands in a list: :attr:`~ggui_core.protocol.session.Session.position`."""

RESERVED: Final = "_ggui:"
"""What the names of the server's own stream channels start with; they are kept as ``all`` (spec 01 section 16)."""


POLLED_MS: Final = 60_000
"""How long after a poll every delivery is kept for the next one: a hold, an idle pause and the way there and back."""
POLLED_BYTES: Final = 1 << 20
"""Bytes of JSON that are kept for who polls a session, at most."""


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """What a session store keeps at most (ARCHITECTURE section 10).

    Attributes:
        per_app: Sessions of one app, expired ones included until they are removed.
        pipe: Gestures on one pipe, leased ones included.
        pipe_bytes: Bytes of JSON that their payloads and contexts take together; generated code sends them.
        ledger: Newest ledger events of one session; a cursor behind them has passed the horizon.
        ring: Newest stream deliveries of one session, shared by its channels that replay ``all``; and as many
            for who polls it.
        identities: Identity records of one app, the newest; 0 keeps none.
        identity_bytes: Bytes of JSON that the props of one record may have, and as many its context snapshot.
    """

    per_app: int = 100_000
    pipe: int = 10_000
    pipe_bytes: int = 16 * 1024 * 1024
    ledger: int = 1_000
    ring: int = 256
    identities: int = 10_000
    identity_bytes: int = 64 * 1024


class SessionLimitReached(GguiError):
    """The app has as many sessions as it may have."""

    code = "session_limit"
    http_status = 429

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"This app already has {limit} sessions, as many as it may have.",
            hint="Refresh a session with ggui_update instead of rendering a new one, wait until old ones expire, "
            "or let the operator raise limits.sessionsPerApp.",
        )


class SessionStore(Protocol):
    """Keeps the state of every rendered UI.

    Times are milliseconds since the epoch and are given, never taken: the clock belongs to the caller. A method
    that changes a session at ``now_ms`` also moves its last activity there, never backwards; only :meth:`touch`
    moves the expiry.

    Methods that take a ``tenant`` see only what :meth:`~ggui_core.protocol.session.Tenant.may_see` allows; ``None``
    stands for the server itself, after another proof such as a signed token.

    JSON values are handed over as they are, in both directions: neither the store nor its callers change a mapping
    or list in place after it was given. A change is a new value.
    """

    async def keep_handshake(self, handshake: Handshake) -> None:
        """Keep a handshake until it is consumed or expires; one of the same id and app is replaced."""
        ...

    async def handshake(self, handshake_id: str, tenant: Tenant, now_ms: int) -> Handshake | None:
        """The live handshake, or ``None``; reading does not consume it.

        What one user negotiated another user of the app does not find (spec 02 section 13.2).
        """
        ...

    async def open(
        self, handshake_id: str, session: Session, now_ms: int, first: Emission | None = None
    ) -> Session | None:
        """Consume the handshake and keep ``session`` with an empty pipe: all of it or nothing.

        A session that has its component already is complete with this: its ledger begins with ``ui.created``, as
        :meth:`commit` writes it. That of any other is empty.

        Args:
            first: The delivery that its stream begins with, under ``seq`` 1; kept as channels are that replay ``all``.

        Returns:
            The session as it is kept; ``None`` when the handshake is gone, is not for the session's tenant, or another
            render was first: nothing is kept then.

        Raises:
            SessionLimitReached: the app has too many sessions; nothing is consumed, nothing is kept.
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
        """Give an opened session its component, or what kept it from getting one; each replaces the other.

        An empty ``blueprint_id`` leaves that of the session.
        Writes ``ui.created`` to the ledger for a component, with the props it is shown with: from the ledger alone a
        card of an earlier epoch can be shown again (spec 01 section 11). ``None`` when the session is gone.
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
        """Note how far the card got; a lower state never replaces a higher one, an error is kept beside it.

        The time and rung are those of the first report of the state. False when the session is gone.
        """
        ...

    async def append_gesture(
        self, session_id: str, gesture: Gesture, record: Mapping[str, Any], now_ms: int
    ) -> tuple[Appended, int]:
        """Queue a gesture: pipe, de-duplication and ledger (``user.submitted`` with ``record``) in one.

        A repeated ``action_id`` is ``duplicate`` for the life of the pipe, also after it was consumed, and adds
        nothing anywhere. Neither does a gesture for which there is no room; it may be sent again later.

        Returns:
            The outcome, and the sequence of the ledger's head (0 when ``missing``).
        """
        ...

    async def lease(self, session_id: str, lease_id: str, now_ms: int) -> Batch:
        """Hand out everything that is queued, in order; nobody else gets it while the lease holds.

        An empty batch, also for a session that is gone, holds no lease. ``lease_id`` is new with every call.
        """
        ...

    async def settle(self, session_id: str, lease_id: str) -> None:
        """The answer with this batch arrived: its gestures are gone for good. Unknown leases are ignored."""
        ...

    async def release(self, session_id: str, lease_id: str) -> None:
        """The answer did not arrive: its gestures return to the head of the pipe, in order, as redelivered.

        Gestures of several leases return in the order they were made, whichever is released first. Unknown leases
        are ignored.
        """
        ...

    async def release_all(self) -> int:
        """Release every lease, at start-up after a crash; returns how many gestures came back."""
        ...

    async def record(self, session_id: str, type_: str, data: Mapping[str, Any], now_ms: int) -> int:
        """Append one event to the ledger and return its sequence; 0 when the session is gone."""
        ...

    async def events(self, session_id: str, since: int, limit: int) -> EventPage | HorizonPassed:
        """Ledger events with a sequence above ``since``, at most ``limit``; an empty page for a session that is gone.

        :class:`~ggui_core.protocol.session.HorizonPassed` when the first of them is no longer kept, or ``since`` is
        above the head.
        """
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
        """Number a stream delivery and keep it as ``replay`` says; returns its ``seq``, 0 when the session is gone.

        ``latest`` keeps one delivery per channel, ``none`` keeps nothing, ``all`` keeps it until newer ones of any
        such channel need its place. Channels whose name starts with :data:`RESERVED` are kept as ``all``, in places of
        their own: what the server says of itself pushes out nothing that an agent said.
        """
        ...

    async def backlog(self, session_id: str, after: int | None) -> Backlog:
        """Kept stream deliveries with a ``seq`` above ``after``; ``None`` asks for the counter alone.

        ``truncated`` when the contract has a channel that replays ``all`` and a delivery above ``after`` had to make
        room (spec 01 section 16).
        """
        ...

    async def poll(self, session_id: str, after: int, now_ms: int) -> Backlog:
        """What :meth:`backlog` says, and every other delivery above ``after`` that was made since somebody polled.

        For at least :data:`POLLED_MS` from now on all deliveries are kept, whatever their channels promise, for who
        polls again, at whichever process (spec 02 section 7.4): the newest, within :attr:`SessionLimits.ring` and
        :data:`POLLED_BYTES`. ``stream_seq`` is the cursor of the next poll. A poll is no use of the session.
        """
        ...

    async def props_of_epoch(self, session_id: str, epoch: int) -> Mapping[str, Any] | None:
        """The props that the card of an epoch last showed, as far as the ledger still says; ``None`` else."""
        ...

    async def list(
        self,
        tenant: Tenant,
        *,
        host_name: str | None,
        host_session_id: str | None,
        limit: int,
        before: Position | None = None,
    ) -> Sequence[Session]:
        """The newest ``limit`` sessions of a tenant that match the host filter, oldest first, expired ones too.

        They are ordered by their position. A session that no host is known of matches no host filter.

        Args:
            before: Only those that stand in front of this position; the session that had it may be gone.
        """
        ...

    async def expired(self, before_ms: int, limit: int) -> Sequence[str]:
        """At most ``limit`` ids of sessions that expired before ``before_ms``, the longest expired first."""
        ...

    async def retire(self, session_id: str, before_ms: int) -> bool:
        """Forget a session that expired before ``before_ms`` with everything it owns, except its identity record.

        Returns:
            False when it is gone, or was used meanwhile and does not expire so early any more.
        """
        ...

    async def remove(self, session_id: str) -> None:
        """Forget a session with everything it owns, its identity record too; nothing happens when it is gone."""
        ...

    # Identity records

    async def identity(self, session_id: str, tenant: Tenant | None) -> SessionIdentity | None:
        """What is still known of a session that was retired, or ``None``, also while the session is there."""
        ...

    async def revive(self, session: Session, now_ms: int) -> Session | None:
        """Put a session back in the place of its identity record: all of it or nothing.

        Its pipe and stream are empty. Its ledger goes on behind ``event_sequence`` with ``ui.created`` (as
        :meth:`commit` writes it); what was before has passed the horizon.

        Args:
            session: Under the id and the tenant of the record, with its component.

        Returns:
            The session as it is kept; ``None`` when there is no such record, or another call was first.

        Raises:
            SessionLimitReached: the app has too many sessions; the record stays.
        """
        ...

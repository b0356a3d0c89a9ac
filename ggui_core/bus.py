"""The announcement bus: what one part of the server tells the others after it happened.

Facts are committed before they are announced; the bus itself stores nothing. A topic is the class of the
event, so publisher and subscriber share one type.

A bus between processes carries every event that is a dataclass of JSON values, under the name of its class, to the
processes that subscribed to it. An event of another kind, or of a class that derives from :class:`Local`, stays where
it was published. Such a bus can lose announcements while its connection is down: it says so with
:class:`AnnouncementsMissed`, and whoever waits for an announcement listens to that as well and looks at the store.
"""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

import structlog

from ggui_core.protocol.session import Emission

E = TypeVar("E")
Unsubscribe = Callable[[], None]

log = structlog.get_logger(__name__)


class Local:
    """Base of events that never leave the process in which they were published."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class AnnouncementsMissed(Local):
    """Announcements of other processes may not have arrived here: look at the store, once for each of these.

    Published by a bus between processes when it heard again after a gap, and every 250 ms while it hears nothing. The
    bus of a single process never publishes it, so nothing is looked up at intervals there (ARCHITECTURE law 8). What
    is looked up on its account must not count as use of a session.
    """


@dataclass(frozen=True, slots=True)
class CredentialRevoked:
    """A credential stopped being valid: whatever it holds open must end now.

    ``credential_id`` is that of :class:`ggui_core.auth.Principal`.
    """

    credential_id: str


@dataclass(frozen=True, slots=True)
class AppDeleted:
    """An app is no more: credentials that open nothing else must end."""

    app_id: str


@dataclass(frozen=True, slots=True)
class DefaultAppChosen:
    """Builders work in another app from now on; every process of the server follows."""

    app_id: str


@dataclass(frozen=True, slots=True)
class GestureQueued:
    """A gesture waits on the pipe of a session."""

    session_id: str


@dataclass(frozen=True, slots=True)
class GestureRefused:
    """A gesture broke the contract of its session; nothing was queued.

    Announced where whoever submitted it has no socket of its own: a socket is told on the spot.

    Attributes:
        details: The structured payload of spec 01 section 5.
    """

    session_id: str
    action_id: str
    message: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class GesturesDrained:
    """A consumer's answer with these gestures was written to its connection. ``drained_at`` is ISO 8601."""

    session_id: str
    app_id: str
    action_ids: tuple[str, ...]
    drained_at: str


@dataclass(frozen=True, slots=True)
class DeliveryFailed:
    """A view says that the card of a session did not appear, or is gone; the session's receipt has its words."""

    session_id: str


@dataclass(frozen=True, slots=True)
class PropsUpdated:
    """The props of a session changed; ``props`` is the full final map."""

    session_id: str
    props: Mapping[str, Any]
    epoch: int
    sequence: int


@dataclass(frozen=True, slots=True)
class StreamEmitted:
    """A delivery was made on a stream channel of a session."""

    session_id: str
    emission: Emission


@dataclass(frozen=True, slots=True)
class RenderCommitted:
    """A session got its component, or what kept it from getting one."""

    session_id: str


@dataclass(frozen=True, slots=True)
class SessionExpired:
    """A session and all it owned is gone."""

    session_id: str


TOPICS: Final = (
    CredentialRevoked,
    AppDeleted,
    DefaultAppChosen,
    GestureQueued,
    GestureRefused,
    GesturesDrained,
    DeliveryFailed,
    PropsUpdated,
    StreamEmitted,
    RenderCommitted,
    SessionExpired,
)
"""The kernel's own topics that every process of a server must hear of; a kit sends each over a shared bus."""


class Bus(Protocol):
    """Publish and subscribe to typed announcements."""

    async def publish(self, event: object) -> None:
        """Deliver ``event`` to every subscriber of its class; returns when all of them in this process were told.

        Subscribers of other processes are told soon after, each at most once.
        """
        ...

    def subscribe(self, topic: type[E], handler: Callable[[E], Awaitable[None] | None]) -> Unsubscribe:
        """Call ``handler`` for each event of class ``topic`` until the returned function is called."""
        ...


class LocalBus:
    """The bus of a single process. A handler that fails is logged and keeps nobody else from hearing."""

    def __init__(self) -> None:
        self._handlers: defaultdict[type, list[Callable[[object], Awaitable[None] | None]]] = defaultdict(
            list
        )

    async def publish(self, event: object) -> None:
        for handler in tuple(self._handlers[type(event)]):
            try:
                outcome = handler(event)
                if inspect.isawaitable(outcome):
                    await outcome
            except Exception:
                log.exception("bus_handler_failed", topic=type(event).__name__)

    def subscribe(self, topic: type[E], handler: Callable[[E], Awaitable[None] | None]) -> Unsubscribe:
        handlers = self._handlers[topic]
        handlers.append(handler)  # type: ignore[arg-type]  # only events of `topic` are handed to it

        def unsubscribe() -> None:
            if handler in handlers:
                handlers.remove(handler)

        return unsubscribe

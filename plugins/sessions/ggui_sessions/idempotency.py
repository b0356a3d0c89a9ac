"""The same render asked for twice is answered twice and done once (spec 02 section 19, row 21).

An answer can get lost, and its handshake is spent then. So a caller may name a render with a key of its own: whoever
sends the key again, with the same arguments, gets the session that came of it. Keys belong to an app and its user, so
all devices of one operator share them.

Nothing rests on this for safety: a handshake is spent once, whoever holds which claim. What is kept is a note, written
just before the handshake is spent; one that names no session says nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from typing import Any, Final, NoReturn

import orjson
import structlog
from pydantic import BaseModel

from ggui_core.bus import AnnouncementsMissed, Bus, RenderCommitted, SessionExpired
from ggui_core.clock import Clock, within
from ggui_core.errors import ToolError
from ggui_core.http.calls import Call, EndReason
from ggui_core.mcp import ToolContext
from ggui_core.protocol.session import Session
from ggui_core.stores import KeyValueStore
from ggui_sessions.errors import idempotency_conflict
from ggui_sessions.generation import Attendance, CallerLeft
from ggui_sessions.service import Sessions, tenant_of

log = structlog.get_logger("ggui.sessions")

REMEMBERED_S: Final = 600
"""How long a key is known: as long as a handshake would have waited."""

CLAIM_S: Final = 15
"""How long another replica may take to come to the point where it spends the handshake."""

_LOOK_AGAIN_S: Final = 0.25
"""A claim of another replica is not announced; it is over in moments."""


@dataclass(frozen=True, slots=True)
class Note:
    """What is remembered of a render.

    Attributes:
        arguments: Hash of what it was called with.
        cache: The marker of its output.
        advice: What the text of a failure advised.
    """

    arguments: str
    session_id: str
    cache: Mapping[str, Any]
    warning: str | None = None
    advice: str | None = None


class Party:
    """Everybody who waits for one render: it is left when the last of them is."""

    def __init__(self, arguments: str, first: Call) -> None:
        self.arguments = arguments
        self.over = asyncio.Event()
        self._calls = [first]
        self._listeners: list[Callable[[], None]] = []

    @property
    def end_reason(self) -> EndReason | None:
        """Why the last of them left; ``None`` while somebody waits."""
        reasons = [call.end_reason for call in self._calls]
        return reasons[-1] if all(reason in _LEFT for reason in reasons) else None

    def join(self, call: Call) -> None:
        """One more waits."""
        self._calls.append(call)
        for listener in self._listeners:
            call.when_ended(listener)

    def when_ended(self, listener: Callable[[], None], /) -> None:
        """Call ``listener`` whenever one of them leaves."""
        self._listeners.append(listener)
        for call in self._calls:
            call.when_ended(listener)


_LEFT: Final = ("disconnected", "revoked")


@dataclass(slots=True, eq=False)
class Attempt:
    """A call that renders.

    Attributes:
        attendance: Who waits for it.
        kept: Where its note is kept; ``None`` for a call without a key, of which none is.
        arguments: What the note says of its arguments.
    """

    attendance: Attendance
    store: KeyValueStore
    kept: str | None = None
    arguments: str = ""
    note: Note | None = None

    async def opens(self, session: Session, cache: BaseModel, warning: str | None) -> None:
        """The handshake is about to be spent for this session."""
        if self.kept is not None:
            await self._keep(self.kept, Note(self.arguments, session.id, _marker(cache), warning))

    async def closes(self, cache: BaseModel, advice: str | None = None) -> None:
        """The render came to this end."""
        if self.kept is None or self.note is None:
            return
        marker = _marker(cache)
        if (self.note.cache, self.note.advice) == (marker, advice):
            return
        try:
            await self._keep(self.kept, replace(self.note, cache=marker, advice=advice))
        except Exception:
            log.exception("idempotency_note_failed", session=self.note.session_id)

    async def _keep(self, kept: str, note: Note) -> None:
        self.note = note
        await self.store.set(kept, orjson.dumps(asdict(note)), ttl_s=REMEMBERED_S)


@dataclass(frozen=True, slots=True)
class Repeat:
    """A render that was done before."""

    note: Note
    session: Session


@dataclass(frozen=True, slots=True)
class Idempotency:
    """Knows the keys of this server.

    Attributes:
        patience_s: How long a repeated call waits for a render of another replica.
    """

    sessions: Sessions
    bus: Bus
    clock: Clock
    patience_s: float
    _here: dict[str, Party] = field(default_factory=dict)

    @asynccontextmanager
    async def attempt(
        self, key: str | None, arguments: bytes, calling: ToolContext
    ) -> AsyncIterator[Attempt | Repeat]:
        """The right to render while the block runs, or what came of an earlier call with this key.

        Args:
            arguments: What the call asks for, without the key.

        Raises:
            ToolError: ``idempotency_conflict``, the key stands for another call; ``idempotency_pending``, the first
                call does not come to an end.
            CallerLeft: the caller hung up while it waited for the first call.
        """
        store = self.sessions.key_values
        if key is None:
            yield Attempt(calling.call, store)
            return
        kept, asked = _kept_under(key, calling), sha256(arguments).hexdigest()
        earlier = await self._earlier(kept, asked, calling)
        if isinstance(earlier, Repeat):
            yield earlier
            return
        try:
            yield Attempt(earlier, store, kept, asked)
        finally:
            self._withdraw(kept, earlier)
            try:
                await store.delete(_claim(kept))
            except Exception:
                log.exception("idempotency_claim_stays", seconds=CLAIM_S)

    async def _earlier(self, kept: str, asked: str, calling: ToolContext) -> Repeat | Party:
        """What came of an earlier call, or the party of this one: it is the first, and holds the claim."""
        until = self.clock.monotonic() + self.patience_s
        while True:
            here = self._here.get(kept)
            if here is not None:
                await _joined(here, asked, calling)
                continue
            note = await self._note(kept)
            session = None if note is None else await self._session(note.session_id, calling)
            if note is not None and session is not None:
                if note.arguments != asked:
                    raise idempotency_conflict()
                if _is_done(session):
                    return Repeat(note, session)
            if kept in self._here:
                continue
            if session is None:
                party = await self._claimed(kept, asked, note, calling)
                if party is not None:
                    return party
            await self._elsewhere(session, until, calling)

    async def _claimed(self, kept: str, asked: str, dead: Note | None, calling: ToolContext) -> Party | None:
        """The party of this call, unless another replica holds the claim or left a note in the meantime."""
        party = self._here[kept] = Party(asked, calling.call)
        ours = False
        try:
            if await self.sessions.key_values.increment(_claim(kept), ttl_s=CLAIM_S) == 1:
                ours = await self._note(kept) in (None, dead)
                if not ours:
                    await self.sessions.key_values.delete(_claim(kept))
        finally:
            if not ours:
                self._withdraw(kept, party)
        return party if ours else None

    def _withdraw(self, kept: str, party: Party) -> None:
        del self._here[kept]
        party.over.set()

    async def _elsewhere(self, session: Session | None, until: float, calling: ToolContext) -> None:
        """Another replica is at it: return when there may be news."""
        left_s = until - self.clock.monotonic()
        if calling.call.end_reason is not None or left_s <= 0:
            _give_up(calling)
        if session is None:
            await self.clock.sleep(min(_LOOK_AGAIN_S, left_s))
            return
        news = asyncio.Event()
        calling.call.when_ended(news.set)

        def hear(event: RenderCommitted | SessionExpired) -> None:
            if event.session_id == session.id:
                news.set()

        subscriptions = [
            self.bus.subscribe(RenderCommitted, hear),
            self.bus.subscribe(SessionExpired, hear),
            self.bus.subscribe(AnnouncementsMissed, lambda _: news.set()),
        ]
        try:
            current = await self._session(session.id, calling)
            if current is not None and not _is_done(current):
                await within(self.clock, left_s, news.wait())
        except TimeoutError:
            _give_up(calling)
        finally:
            for unsubscribe in subscriptions:
                unsubscribe()

    async def _note(self, kept: str) -> Note | None:
        written = await self.sessions.key_values.get(kept)
        return None if written is None else Note(**orjson.loads(written))

    async def _session(self, session_id: str, calling: ToolContext) -> Session | None:
        return await self.sessions.session(session_id, tenant_of(calling))


def _marker(cache: BaseModel) -> dict[str, Any]:
    return cache.model_dump(exclude_none=True)


async def _joined(party: Party, asked: str, calling: ToolContext) -> None:
    """Wait with those who wait already."""
    if party.arguments != asked:
        raise idempotency_conflict()
    party.join(calling.call)
    left = asyncio.Event()
    calling.call.when_ended(left.set)
    waiting = [asyncio.ensure_future(event.wait()) for event in (party.over, left)]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waiting:
            wait.cancel()
    if calling.call.end_reason is not None:
        _give_up(calling)


def _give_up(calling: ToolContext) -> NoReturn:
    if calling.call.end_reason in _LEFT:
        raise CallerLeft
    raise ToolError(
        "The first call with this idempotencyKey has not come to an end.",
        code="idempotency_pending",
        hint="Send the same call again later, or call ggui_handshake again and use another key.",
        retryable=True,
    )


def _is_done(session: Session) -> bool:
    return session.is_mountable or session.failure is not None


def _kept_under(key: str, calling: ToolContext) -> str:
    tenant = tenant_of(calling)
    named = orjson.dumps([tenant.app_id, tenant.user_id, key])
    return f"sessions:idempotency:{sha256(named).hexdigest()}"


def _claim(kept: str) -> str:
    return f"{kept}:claim"

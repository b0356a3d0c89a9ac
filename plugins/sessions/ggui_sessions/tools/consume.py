"""``ggui_consume``: hear what the person did, waiting for it if need be (spec 02 section 6.4)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from ggui_core.mcp import Tool, ToolContext, ToolResult
from ggui_core.mcp.wire import Id, Input, Json, Output, Rows, Whole
from ggui_core.protocol.session import Batch, Session
from ggui_sessions.consuming import Wakeups, alarm, give_back, handover, lease
from ggui_sessions.delivery import Delivery, DeliveryNews
from ggui_sessions.errors import session_not_found
from ggui_sessions.service import LIFECYCLE, Sessions, tenant_of

MOST_S: Final = 25
REDELIVERED: Final = "ai.ggui/redelivered"


class ConsumeInput(Input):
    """What ``ggui_consume`` is called with."""

    session_id: Id
    timeout: Annotated[Whole, Field(ge=0, le=MOST_S)] = 0


class Client(Output):
    """What is known of the host around the card."""

    host_context: Json


class ConsumeOutput(Output):
    """What ``ggui_consume`` answers."""

    events: Rows
    status: Literal["active", "expired"]
    client: Client | None = None
    delivery: Delivery | None = None


DESCRIPTION: Final = (
    "Receive what the person did, oldest first, each gesture once: {intent, actionData, uiContext, actionId, firedAt, "
    "tool?}; `tool` names the next call the contract advises. `timeout` (seconds) waits for a first gesture. No events "
    "is no error; stop when `status` is expired. `delivery` says how far the card got; with a `hint`, act on it."
)


@dataclass(frozen=True, slots=True)
class ConsumeTool:
    """Drains a pipe."""

    sessions: Sessions
    wakeups: Wakeups

    def declared(self) -> Tool[ConsumeInput, ConsumeOutput]:
        """The tool as it is listed."""
        return Tool(
            "ggui_consume",
            DESCRIPTION,
            ConsumeInput,
            ConsumeOutput,
            self.handle,
            title="Consume",
            long_poll=True,
        )

    async def handle(self, given: ConsumeInput, calling: ToolContext) -> ToolResult[ConsumeOutput]:
        """Be counted as a listener until the answer is decided: only of a session that the caller may see.

        A stranger who knows an id must not make the person believe that an agent listens.
        """
        consumers = self.sessions.consumers
        session = await self.sessions.store.session(given.session_id, tenant_of(calling))
        if session is None:
            raise session_not_found(given.session_id)
        known = await consumers.attendance(given.session_id)
        await consumers.arrive(given.session_id)
        delivered = lives = False
        try:
            if not known.ever and given.timeout:
                payload = {"kind": "consume_polling", "state": "open", "sessionId": session.id}
                await self.sessions.noted("polling", self.sessions.emit(session, LIFECYCLE, payload))
            batch = await self._drained(session, given.timeout, calling)
            answer, delivered = await self._handed_over(session, batch, calling)
            lives = answer.output is not None and answer.output.status == "active"
            return answer
        finally:
            await consumers.leave(given.session_id, with_events=delivered)
            if not lives and await self.sessions.store.session(given.session_id, None) is None:
                await consumers.forget(given.session_id)  # it ended meanwhile, and is remembered nowhere

    @property
    def _news(self) -> DeliveryNews:
        return DeliveryNews(self.sessions.key_values)

    async def _drained(self, session: Session, timeout_s: int, calling: ToolContext) -> Batch:
        """Everything that is queued; of nothing, what comes first: a gesture, or a reason to stop waiting.

        A card that does not appear is such a reason, once: its agent would wait in vain.
        """
        clock, call = calling.clock, calling.call
        deadline = clock.monotonic() + timeout_s
        now_ms = self.sessions.now_ms()
        if not session.is_expired(now_ms):
            await self.sessions.renew(session, now_ms)
        with self.wakeups.parked(session.id) as changed:
            call.when_ended(changed.set)
            while True:
                changed.clear()
                batch = await lease(self.sessions, session.id, str(uuid.uuid4()))
                if batch.gestures:
                    return batch
                current = await self.sessions.store.session(session.id, None)
                left_s = deadline - clock.monotonic()
                if current is None or left_s <= 0 or call.ended.is_set():
                    return batch
                lives_s = (current.expires_at_ms - self.sessions.now_ms()) / 1000
                news_s = await self._news.due_in_s(current, self.sessions.now_ms())
                if lives_s <= 0 or news_s == 0:
                    return batch
                waits_s = min(left_s, lives_s, left_s if news_s is None else news_s)
                with alarm(clock.sleep(waits_s), changed):
                    await changed.wait()

    async def _handed_over(
        self, session: Session, batch: Batch, calling: ToolContext
    ) -> tuple[ToolResult[ConsumeOutput], bool]:
        """The answer, and whether gestures travel with it.

        Nothing can go wrong here between the promise to hear of the answer's way and the answer; until then, and
        when nobody is left to read it, the batch goes back at once.
        """
        call = calling.call
        kept = False
        try:
            answer = await self._answer(session, batch, calling)
            kept = bool(batch.gestures) and call.end_reason not in ("disconnected", "revoked")
            if kept:
                call.handovers.append(handover(self.sessions, session, batch, calling.clock.now))
        finally:
            if batch.gestures and not kept:
                await give_back(self.sessions, session.id, batch.lease_id)
        return answer, kept

    async def _answer(
        self, session: Session, batch: Batch, calling: ToolContext
    ) -> ToolResult[ConsumeOutput]:
        current = await self.sessions.store.session(session.id, None)
        now_ms = self.sessions.now_ms()
        active = current is not None and not current.is_expired(now_ms)
        output = ConsumeOutput(
            events=[gesture.wire(session.id) for gesture in batch.gestures],
            status="active" if active else "expired",
            client=_client(current),
            delivery=None
            if current is None or not current.is_mountable
            else await self._news.advised(current, now_ms),
        )
        meta: dict[str, Any] = {}
        if batch.redelivered:
            meta[REDELIVERED] = sorted(batch.redelivered)
        return ToolResult(output, meta=meta or None)


def _client(session: Session | None) -> Client | None:
    if session is None or not session.host_context:
        return None
    return Client(host_context=dict(session.host_context))

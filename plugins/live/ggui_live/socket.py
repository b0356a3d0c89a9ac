"""``/ws``: a view's socket from the upgrade to its end (spec 01 section 15)."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Final, TypeVar

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from ggui_core.errors import RequestError
from ggui_core.http.origin import is_upgrade
from ggui_core.http.routes import Access, Route, call_of, principal_of
from ggui_core.http.sockets import open_socket
from ggui_core.protocol.version import UPGRADE_REQUIRED, mismatch
from ggui_core.tokens import Claims
from ggui_live import frames
from ggui_live.admission import EXPIRED, Identity, Wanted, at_upgrade
from ggui_live.channel import SESSION_TOKEN_TTL_S, LiveChannel, tenant_of
from ggui_live.errors import ChannelRefused, Refused, session_not_found
from ggui_live.frames import Frame, Inbound
from ggui_live.ingress import ActionEnvelope, Counted, submit
from ggui_live.outbox import Outbox
from ggui_live.polled import Polls, Wish
from ggui_live.subscription import Snapshot, Subscription, ledger_replay, take_snapshot

PATH: Final = "/ws"
UNSUBSCRIBED_BYTES: Final = 65_536
MESSAGE_BYTES: Final = 1 << 20
HEARTBEAT_S: Final = 60.0
"""Half of it, the time to answer a ping, is what a view may leave its socket unread: the latter must show first."""

T = TypeVar("T")

log = structlog.get_logger("ggui.live")


class SocketRoute:
    """Declares ``/ws`` and opens a :class:`Connection` for each upgrade."""

    def __init__(self, channel: LiveChannel) -> None:
        self._channel = channel

    def routes(self) -> Sequence[Route]:
        """The route: a token opens it, or any credential in the header or as ``?token=``."""
        return (
            Route(
                "GET",
                PATH,
                self._serve,
                Access.BEARER,
                family="text",
                bearer_query="token",
                ticket_query="wsToken",
            ),
        )

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        channel = self._channel
        if not is_upgrade(request):
            raise RequestError(
                "This path speaks WebSocket only.",
                status=426,
                code="upgrade_required",
                headers={"Upgrade": "websocket"},
            )
        identity, holder, at_most = self._identify(request)
        async with open_socket(
            request,
            channel.setup,
            max_message_bytes=MESSAGE_BYTES + 1,  # aiohttp refuses the size it is given, and everything above
            holder=holder,
            at_most=at_most,
            heartbeat_s=HEARTBEAT_S,
        ) as socket:
            if channel.unsubscribed >= channel.settings.unsubscribed_sockets:
                await socket.close(
                    code=WSCloseCode.TRY_AGAIN_LATER, message=b"pre_subscribe_connection_ceiling"
                )
            else:
                await Connection(channel, request, socket, identity).serve()
        return socket

    def _identify(self, request: web.Request) -> tuple[Identity, str | None, int | None]:
        """Who opens the socket, in whose name it is counted, and how many of that name may be open."""
        channel = self._channel
        token = request.query.get("wsToken")
        if not token:
            principal = principal_of(request)
            return Identity(tenant_of(principal, principal.app_id(channel.setup.default_app_id))), None, None
        claims = at_upgrade(channel.signer, token)
        return Identity(None, claims), f"view:{claims.session_id}", channel.settings.views_per_session


class Connection:
    """One open socket. Its messages are handled strictly one after another."""

    def __init__(
        self, channel: LiveChannel, request: web.Request, socket: web.WebSocketResponse, identity: Identity
    ) -> None:
        self._channel = channel
        self._request = request
        self._socket = socket
        self._identity = identity
        self._outbox = Outbox(request, socket, request.writer, channel.room, self._too_slow)
        self._subscription = Subscription(
            self._outbox.send,
            expired=self._expired,
            proof_ended=self._proof_ended,
            overrun=self._too_slow,
            room=channel.room,
        )
        self._counted = Counted()
        self._polls = Polls(channel, call_of(request), self._outbox.send)
        self._session_id: str | None = None
        self._patience: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[bool] | None = None

    async def serve(self) -> None:
        """Handle messages until the socket closes."""
        self._channel.unsubscribed += 1
        self._patience = asyncio.ensure_future(self._close_when_late())
        try:
            async for message in self._socket:
                if message.type is WSMsgType.TEXT:
                    await self._take(message.data.encode())
                elif message.type is WSMsgType.BINARY:
                    await self._take(message.data)
        finally:
            self._patience.cancel()
            if self._session_id is None:
                self._channel.unsubscribed -= 1
            else:
                self._channel.hub.leave(self._session_id, self._subscription)
            self._polls.close()
            self._outbox.close()
            if self._ending is not None:
                await asyncio.wait({self._ending})

    # How it ends

    def _end(self, code: int, reason: bytes) -> None:
        """Close the socket from this side; messages that wait are dropped."""
        self._outbox.close()
        if self._ending is None:
            # Without draining: who does not read must not keep this side waiting. The transport still tries.
            self._ending = asyncio.ensure_future(self._socket.close(code=code, message=reason, drain=False))

    def _expired(self) -> None:
        self._end(WSCloseCode.POLICY_VIOLATION, b"session_expired")

    def _proof_ended(self) -> None:
        self._end(WSCloseCode.POLICY_VIOLATION, b"token_expired")

    def _too_slow(self) -> None:
        log.info("view_too_slow", session=self._session_id)
        self._end(WSCloseCode.TRY_AGAIN_LATER, b"too_slow")

    async def _close_when_late(self) -> None:
        await self._channel.setup.clock.sleep(self._channel.settings.subscribe_timeout_s)
        self._end(WSCloseCode.POLICY_VIOLATION, b"pre_subscribe_idle_timeout")

    # Messages

    async def _take(self, raw: bytes) -> None:
        if self._session_id is None and len(raw) > UNSUBSCRIBED_BYTES:
            self._end(WSCloseCode.MESSAGE_TOO_BIG, b"pre_subscribe_payload_exceeded")
            return
        request_id: str | None = None
        try:
            message = Inbound.parse(raw)
            request_id = message.request_id
            await self._handle(message)
        except Refused as refused:
            self._outbox.send(frames.error(refused, request_id or refused.request_id))
            if refused.code == EXPIRED:
                # Views in the field overlook this error when they come back, and would wait for the idle close.
                self._proof_ended()
        except ChannelRefused as refused:
            self._outbox.send(frames.channel_error(refused, request_id))
        except Exception:
            log.exception("message_crashed", session=self._session_id)
            crashed = Refused("INTERNAL_ERROR", "The server failed at this message; its log has the cause.")
            self._outbox.send(frames.error(crashed, request_id))

    async def _handle(self, message: Inbound) -> None:
        match message.type:
            case "subscribe":
                await self._subscribe(message)
            case "action":
                await self._action(message)
            case "ping":
                self._outbox.send(frames.pong(message.request_id))
            case "host_context_observed":
                await self._observe_host(message)
            case "channel_subscribe":
                await self._poll(message)
            case "channel_unsubscribe":
                self._stop_polling(message)
            case unknown:
                raise Refused("UNSUPPORTED_MESSAGE", f"There is no message type '{unknown[:64]}'.")

    async def _subscribe(self, message: Inbound) -> None:
        wanted = Wanted.parse(message.payload)
        if self._identity.is_spent:
            raise Refused("UNAUTHENTICATED", "A socket subscribes once; open a new one.")
        self._identity.is_spent = True
        different = mismatch(wanted.versions)
        if different is not None:
            refused = Refused(UPGRADE_REQUIRED, "Reload the page to get a newer view.", different.details())
            self._outbox.send(frames.error(refused, message.request_id))
            self._outbox.write_raw(frames.EMPTY_CLOSE)
            self._outbox.close()
            return
        claims = self._identity.prove(wanted, self._channel.signer)
        hub = self._channel.hub
        if claims is None and (
            await self._channel.sessions.session(wanted.session_id, self._identity.tenant) is None
        ):
            raise session_not_found(
                wanted.session_id
            )  # before anything that only a session that is there shows
        if self._channel.is_crowded(wanted.session_id):
            self._end(WSCloseCode.TRY_AGAIN_LATER, b"too_many_views")
            return
        until_ms = None if claims is None else self._channel.counts_until_ms(claims)
        hub.join(wanted.session_id, self._subscription, until_ms)  # first of all: nothing falls in between
        try:
            snapshot = await self._snapshot(wanted, claims)
            await self._start(snapshot, wanted, claims, message.request_id)
        except BaseException:
            hub.leave(wanted.session_id, self._subscription)
            if self._session_id is not None:  # it was told that it is subscribed
                self._end(WSCloseCode.INTERNAL_ERROR, b"replay_failed")
            raise

    async def _snapshot(self, wanted: Wanted, claims: Claims | None) -> Snapshot:
        """The state the subscription starts from (steps 4 and 5 of spec 01 section 15.5)."""
        tenant = None if claims is not None else self._identity.tenant
        snapshot = await take_snapshot(self._channel.sessions, wanted.session_id, tenant, wanted.from_seq)
        if snapshot is None:
            raise session_not_found(wanted.session_id)
        owner = snapshot.session.tenant.app_id
        if claims is not None and claims.app_id != owner:
            raise Refused("APP_MISMATCH", "The session belongs to another app.")
        if claims is None and wanted.app_id not in (None, owner):
            raise session_not_found(wanted.session_id)
        return snapshot

    async def _start(
        self, snapshot: Snapshot, wanted: Wanted, claims: Claims | None, request_id: str | None
    ) -> None:
        """Ack, replay of the ledger, replay of the stream, live tail: in this order."""
        channel, session = self._channel, snapshot.session
        session_token = None
        if claims is not None:
            session_token, _ = channel.signer.sign("session", session.id, claims.app_id, SESSION_TOKEN_TTL_S)
        self._outbox.send(
            frames.subscribed(
                session,
                snapshot.row,
                snapshot.stream_seq,
                channel.now_ms(),
                truncated=snapshot.truncated,
                session_token=session_token,
                request_id=request_id,
            )
        )
        self._session_id = session.id
        channel.hub.lives_until(session.id, session.expires_at_ms)
        channel.unsubscribed -= 1
        if self._patience is not None:
            self._patience.cancel()
        if wanted.since is not None:
            async for frame in ledger_replay(channel.sessions, session, wanted.since):
                self._outbox.send(frame)
        for emission in snapshot.emissions:
            self._outbox.send(frames.data(session.id, emission))
        self._subscription.go_live(snapshot)

    async def _action(self, message: Inbound) -> None:
        payload = message.body()
        session_id = self._subscribed_to(payload)
        envelope = self._counted.identified(ActionEnvelope.parse(payload))
        await self._charge(session_id)
        self._outbox.send(await self._to_its_end(self._submit(session_id, envelope, message.request_id)))

    async def _submit(self, session_id: str, envelope: ActionEnvelope, request_id: str | None) -> Frame:
        channel = self._channel
        session = await channel.sessions.session(session_id, None)
        if session is None:
            raise session_not_found(session_id)
        # Asked before: a consumer that waits takes the gesture and is gone. Nobody is waited for, because the next
        # message of this socket would wait too.
        is_heard = (await channel.consumers.attendance(session_id)).parked > 0
        action_id, sequence = await submit(channel.sessions, session, envelope, channel.setup.clock.now())
        if not is_heard:
            await channel.consumers.missed(session_id)
        return frames.taken(sequence, channel.now_ms(), action_id, request_id, is_heard=is_heard)

    async def _observe_host(self, message: Inbound) -> None:
        payload = message.body()
        session_id = self._subscribed_to(payload)
        observed = payload.get("hostContext")
        if not isinstance(observed, dict):
            raise Refused("INVALID_MESSAGE", "'hostContext' is an object.")
        await self._charge(session_id)
        await self._to_its_end(self._channel.sessions.observe_host(session_id, observed))

    async def _poll(self, message: Inbound) -> None:
        payload = message.body()
        session_id, name = payload.get("sessionId"), payload.get("channelName")
        if not isinstance(session_id, str) or not isinstance(name, str):
            raise Refused("INVALID_MESSAGE", "A channel is named by 'sessionId' and 'channelName'.")
        if session_id != self._session_id:
            raise ChannelRefused(
                "SUBSCRIBE_UNAUTHORIZED", "This socket is not subscribed to that session.", session_id, name
            )
        await self._charge(session_id)
        await self._polls.start(session_id, Wish.parse(name, payload))

    def _stop_polling(self, message: Inbound) -> None:
        payload = message.body()
        name = payload.get("channelName")
        if payload.get("sessionId") == self._session_id and isinstance(name, str):
            self._polls.stop(name)

    # What messages have in common

    def _subscribed_to(self, payload: Mapping[str, Any]) -> str:
        """The session of a message that is for subscribers.

        Raises:
            Refused: ``NOT_SUBSCRIBED`` or ``SESSION_MISMATCH``.
        """
        if self._session_id is None:
            raise Refused("NOT_SUBSCRIBED", "Subscribe before anything else.")
        session_id = payload.get("sessionId")
        if not isinstance(session_id, str):
            raise Refused("INVALID_MESSAGE", "The payload names its 'sessionId', a string.")
        if session_id != self._session_id:
            raise Refused("SESSION_MISMATCH", "This socket is subscribed to another session.")
        return session_id

    async def _charge(self, session_id: str) -> None:
        denied = await self._channel.charge(call_of(self._request), session_id)
        if denied is not None:
            raise Refused(
                "RATE_LIMITED",
                f"Too many messages; wait {denied.retry_after_s} s.",
                {"retryAfterMs": denied.retry_after_s * 1000},
            )

    async def _to_its_end(self, write: Coroutine[Any, Any, T]) -> T:
        """Finish a write although its view may hang up meanwhile (ARCHITECTURE law 6)."""
        task = asyncio.ensure_future(write)
        self._channel.setup.calls.own(task)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_report_orphan)
            raise


def _report_orphan(task: asyncio.Task[Any]) -> None:
    """Look at the outcome of a write whose view is gone; only a crash is worth a line."""
    error = None if task.cancelled() else task.exception()
    if error is not None and not isinstance(error, Refused):
        log.error("message_crashed", after="hang-up", exc_info=error)

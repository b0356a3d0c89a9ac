"""The HTTP rungs below the socket: an event stream, polling, and a fresh slice (spec 01 section 17).

A token in the query opens them. Every answer may be read by every page, because sandboxed views have no origin of
their own; no cookie counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from aiohttp import web
from pydantic.alias_generators import to_camel

from ggui_core.http.errors import CHALLENGE, json_response
from ggui_core.http.routes import Access, Route, call_of
from ggui_core.protocol.session import HorizonPassed, Session
from ggui_core.tokens import Claims, TokenRefused
from ggui_live import frames
from ggui_live.channel import LiveChannel
from ggui_live.emissions import emissions_above
from ggui_live.slice import live_members
from ggui_live.spool import Spool
from ggui_live.subscription import Snapshot, Subscription, ledger_replay, take_snapshot

NO_STORE: Final = {"Cache-Control": "no-store, no-cache, must-revalidate"}
STREAM_HEADERS: Final = {
    **NO_STORE,
    "Content-Type": "text/event-stream; charset=utf-8",
    "X-Accel-Buffering": "no",
}
HEARTBEAT_S: Final = 25.0
RETRY_MS: Final = 3_000
MOST_EVENTS: Final = 500
DEFAULT_EVENTS: Final = 100
_MAX_DIGITS: Final = 15

Answer = Callable[[web.Request, Claims], Awaitable[web.StreamResponse]]


class _Refusal(Exception):
    """What is answered instead; ``response`` is complete."""

    def __init__(self, status: int, text: str, **headers: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = headers

    def response(self) -> web.Response:
        return web.Response(status=self.status, text=self.text, headers={**NO_STORE, **self.headers})


class Fallbacks:
    """``GET /api/sessions/{id}/stream``, ``…/events`` and ``…/state``."""

    def __init__(self, channel: LiveChannel) -> None:
        self._channel = channel

    def routes(self) -> Sequence[Route]:
        """The routes; they verify their token themselves."""
        rungs = {"stream": self._stream, "events": self._events, "state": self._state}
        return [
            Route(
                "GET",
                f"/api/sessions/{{session_id}}/{name}",
                self._opened(answer),
                Access.OPEN,
                family="text",
                cors="any",
            )
            for name, answer in rungs.items()
        ]

    def _opened(self, answer: Answer) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """A handler that runs ``answer`` for the holder of a good token."""

        async def handler(request: web.Request) -> web.StreamResponse:
            try:
                claims = self._claims(request)
                denied = await self._channel.charge(call_of(request), claims.session_id)
                if denied is not None:
                    wait = str(denied.retry_after_s)
                    raise _Refusal(429, f"too many requests; retry after {wait} s", **{"Retry-After": wait})
                return await answer(request, claims)
            except _Refusal as refusal:
                return refusal.response()

        return handler

    def _claims(self, request: web.Request) -> Claims:
        token = request.query.get("wsToken")
        if not token:
            raise _unauthorised("wsToken query required")
        try:
            claims = self._channel.signer.verify(token, "ws")
        except TokenRefused as refused:
            if refused.fault == "expired":
                raise _Refusal(410, "wsToken expired") from None
            raise _unauthorised("wsToken invalid") from None
        if claims.session_id != request.match_info["session_id"]:
            raise _unauthorised("wsToken scope mismatch")
        return claims

    async def _session(self, claims: Claims) -> Session:
        session = await self._channel.sessions.session(claims.session_id, None)
        if session is None:
            raise _gone()
        self._check_app(session, claims)
        return session

    def _check_app(self, session: Session, claims: Claims) -> None:
        if session.tenant.app_id != claims.app_id:
            raise _unauthorised("wsToken scope mismatch")

    async def _events(self, request: web.Request, claims: Claims) -> web.StreamResponse:
        since = _cursor(request, "sinceSequence")
        limit = _number(request.query.get("limit", str(DEFAULT_EVENTS)))
        if since is None:
            raise _Refusal(400, "sinceSequence query required: a whole number, 0 or above")
        if limit is None or not 1 <= limit <= MOST_EVENTS:
            raise _Refusal(400, f"limit must be a whole number from 1 to {MOST_EVENTS}")
        from_seq = _cursor(request, "fromSeq")
        session = await self._session(claims)
        page = await self._channel.sessions.events(session.id, since, limit)
        if isinstance(page, HorizonPassed):
            passed = {"reason": "REPLAY_HORIZON_PASSED", "currentSequence": page.current_sequence}
            return json_response(passed, status=410, headers=NO_STORE)
        body: dict[str, Any] = {
            "events": [event.wire() for event in page.events],
            "lastSequence": page.last_sequence,
            "hasMore": page.has_more,
        }
        if from_seq is not None:
            emitted = await emissions_above(self._channel, session.id, from_seq)
            body |= {to_camel(name): value for name, value in emitted.items()}
        return json_response(body, headers=NO_STORE)

    async def _state(self, request: web.Request, claims: Claims) -> web.StreamResponse:
        session = await self._session(claims)
        channel = self._channel
        mount = await channel.sessions.mount(session)
        members = {**mount.slice, **live_members(channel.setup.base_url, *channel.follow(claims))}
        return json_response({"ai.ggui/render": members}, headers=NO_STORE)

    async def _stream(self, request: web.Request, claims: Claims) -> web.StreamResponse:
        since = _number(request.headers.get("Last-Event-ID", ""))
        if since is None:
            since = _cursor(request, "sinceSequence")
        from_seq = _cursor(request, "fromSeq")
        channel = self._channel
        if request.method == "HEAD":
            return web.Response(headers=STREAM_HEADERS)
        if channel.is_crowded(claims.session_id):
            raise _Refusal(429, "too many views of this session are open", **{"Retry-After": "5"})
        spool = Spool(channel.room)
        subscription = Subscription(
            spool.put, expired=spool.end, proof_ended=spool.end, overrun=spool.end, room=channel.room
        )
        channel.hub.join(claims.session_id, subscription, channel.counts_until_ms(claims))
        try:
            snapshot = await take_snapshot(channel.sessions, claims.session_id, None, from_seq)
            if snapshot is None:
                raise _gone()
            self._check_app(snapshot.session, claims)
            response = await _begun(request)
            await self._replay(snapshot, since, spool, subscription)
            await self._pour(request, response, spool)
        finally:
            channel.hub.leave(claims.session_id, subscription)
        return response

    async def _replay(
        self, snapshot: Snapshot, since: int | None, spool: Spool, subscription: Subscription
    ) -> None:
        channel, session = self._channel, snapshot.session
        spool.put(
            frames.subscribed(
                session, snapshot.row, snapshot.stream_seq, channel.now_ms(), truncated=snapshot.truncated
            )
        )
        if since is not None:
            async for frame in ledger_replay(channel.sessions, session, since):
                spool.put(frame)
        for emission in snapshot.emissions:
            spool.put(frames.data(session.id, emission))
        channel.hub.lives_until(session.id, session.expires_at_ms)
        subscription.go_live(snapshot)

    async def _pour(self, request: web.Request, response: web.StreamResponse, spool: Spool) -> None:
        """Write what is spooled, and a sign of life when there is nothing, until one side ends it."""
        ended = asyncio.ensure_future(call_of(request).ended.wait())
        try:
            while not ended.done():
                written = spool.take()
                if written:
                    await response.write(written)
                    continue
                if spool.is_ended:
                    break
                filled = asyncio.ensure_future(spool.wait())
                beat = asyncio.ensure_future(self._channel.setup.clock.sleep(HEARTBEAT_S))
                try:
                    await asyncio.wait({ended, filled, beat}, return_when=asyncio.FIRST_COMPLETED)
                    if beat.done() and not filled.done():
                        await response.write(b": hb\n\n")
                finally:
                    filled.cancel()
                    beat.cancel()
        finally:
            ended.cancel()
        if not call_of(request).disconnected:
            await response.write_eof()


async def _begun(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers=STREAM_HEADERS)
    await response.prepare(request)
    await response.write(b"retry: %d\n\n" % RETRY_MS)
    return response


def _gone() -> _Refusal:
    return _Refusal(404, "render not found")


def _unauthorised(text: str) -> _Refusal:
    return _Refusal(401, text, **CHALLENGE)


def _cursor(request: web.Request, name: str) -> int | None:
    """A cursor of the query; ``None`` when it is absent.

    Raises:
        _Refusal: 400.
    """
    text = request.query.get(name)
    if text is None:
        return None
    value = _number(text)
    if value is None:
        raise _Refusal(400, f"{name} must be a whole number, 0 or above")
    return value


def _number(text: str) -> int | None:
    """The whole number that a text writes in decimal digits; ``None`` for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        return None
    return int(text)

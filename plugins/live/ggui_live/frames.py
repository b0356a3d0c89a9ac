"""The frames of the live channel: what they say, and the bytes of them (spec 01 sections 14.2, 15.1 and 15.4).

A frame is encoded once, however many views it goes to.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, Final

from ggui_core.bus import GestureRefused, GesturesDrained, PropsUpdated
from ggui_core.errors import RequestError
from ggui_core.http.body import decode
from ggui_core.mcp.messages import encode
from ggui_core.protocol.errors import CONTRACT_VIOLATION
from ggui_core.protocol.session import Emission, Failure, LedgerEvent, Session
from ggui_core.protocol.version import PROTOCOL_VERSION
from ggui_live.errors import ChannelRefused, Refused

_TEXT: Final = 0x81
"""The first byte of an unfragmented text message (RFC 6455 section 5.2)."""
EMPTY_CLOSE: Final = b"\x88\x00"
"""A close frame that names no code."""


Shown = tuple[str | None, Failure | None]
"""What a view shows of a session: the code of its component, or the failure in its place."""


def shown_by(session: Session) -> Shown:
    """What there is to show of a session."""
    return (None if session.component is None else session.component.code_hash, session.failure)


class Frame:
    """One frame on its way to views.

    Attributes:
        body: Its JSON.
        stream_seq: The ``seq`` of a stream delivery.
        ledger_seq: The ledger's head when the props in it were current.
        shows: Which component the session in it has, or why it has none.
        event_id: The ``id:`` line on an event stream: only what carries a ledger cursor has one.
    """

    __slots__ = ("_event", "_message", "body", "event_id", "ledger_seq", "shows", "stream_seq")

    def __init__(
        self,
        type_: str,
        payload: Mapping[str, Any],
        *,
        request_id: str | None = None,
        stream_seq: int | None = None,
        ledger_seq: int | None = None,
        shows: Shown | None = None,
        event_id: int | None = None,
    ) -> None:
        said: dict[str, Any] = {"type": type_, "payload": payload}
        if request_id is not None:
            said["requestId"] = request_id
        self.body = encode(said)
        self.stream_seq = stream_seq
        self.ledger_seq = ledger_seq
        self.shows = shows
        self.event_id = event_id
        self._message: bytes | None = None
        self._event: bytes | None = None

    @property
    def message(self) -> bytes:
        """The frame as a WebSocket message; a server's messages are not masked, so it is the same on every socket."""
        if self._message is None:
            size = len(self.body)
            if size < 126:
                head = struct.pack("!BB", _TEXT, size)
            elif size < 65_536:
                head = struct.pack("!BBH", _TEXT, 126, size)
            else:
                head = struct.pack("!BBQ", _TEXT, 127, size)
            self._message = head + self.body
        return self._message

    @property
    def event(self) -> bytes:
        """The frame as a server-sent event; JSON is one line."""
        if self._event is None:
            head = b"" if self.event_id is None else b"id: %d\n" % self.event_id
            self._event = head + b"data: " + self.body + b"\n\n"
        return self._event


def subscribed(
    session: Session,
    row: Mapping[str, Any],
    stream_seq: int,
    now_ms: int,
    *,
    truncated: bool,
    session_token: str | None = None,
    request_id: str | None = None,
) -> Frame:
    """The ``ack`` of a subscription: the current truth about the session."""
    payload: dict[str, Any] = {
        "sequence": session.event_sequence,
        "timestamp": now_ms,
        "session": row,
        "streamSeq": stream_seq,
        "serverVersion": PROTOCOL_VERSION,
    }
    if truncated:
        payload["replayTruncated"] = True
    if session_token is not None:
        payload["sessionToken"] = session_token
    return Frame("ack", payload, request_id=request_id)


def taken(sequence: int, now_ms: int, action_id: str, request_id: str | None, *, is_heard: bool) -> Frame:
    """The ``ack`` of a gesture.

    ``actionId``, which ``drain_ack`` will name, and ``consumerPresent`` (ruling 10) are ours.
    """
    payload = {
        "sequence": sequence,
        "timestamp": now_ms,
        "actionId": action_id,
        "consumerPresent": is_heard,
    }
    return Frame("ack", payload, request_id=request_id)


def error(refused: Refused, request_id: str | None = None, *, event_id: int | None = None) -> Frame:
    """An ``error`` frame."""
    payload: dict[str, Any] = {"code": refused.code, "message": refused.message}
    if refused.details is not None:
        payload["details"] = refused.details
    return Frame("error", payload, request_id=request_id, event_id=event_id)


def gesture_refused(event: GestureRefused) -> Frame:
    """A gesture that came another way was refused (spec 01 section 15.7); ``actionId`` is ours."""
    details = {**event.details, "actionId": event.action_id}
    return error(Refused(CONTRACT_VIOLATION, event.message, details))


def channel_error(refused: ChannelRefused, request_id: str | None) -> Frame:
    """A ``channel_error`` frame."""
    payload = {
        "sessionId": refused.session_id,
        "channelName": refused.channel,
        "code": refused.code,
        "message": refused.message,
    }
    if refused.details is not None:
        payload["details"] = refused.details
    return Frame("channel_error", payload, request_id=request_id)


def channel_payload(session: Session, channel: str, seq: int, ts: str, payload: Any) -> Frame:
    """What a polled tool answered; ``seq`` counts within one subscription of one channel."""
    said = {
        "sessionId": session.id,
        "appId": session.tenant.app_id,
        "channelName": channel,
        "seq": seq,
        "ts": ts,
        "mode": "replace",
        "payload": payload,
    }
    return Frame("channel_payload", said)


def pong(request_id: str | None) -> Frame:
    """The answer to ``ping``."""
    return Frame("pong", {}, request_id=request_id)


def envelope(session_id: str, emission: Emission) -> dict[str, Any]:
    """A stream delivery as it travels (spec 01 section 14.2)."""
    said: dict[str, Any] = {
        "sessionId": session_id,
        "channel": emission.channel,
        "mode": emission.mode,
        "payload": emission.payload,
        "seq": emission.seq,
        "schemaVersion": PROTOCOL_VERSION,
    }
    if emission.complete:
        said["complete"] = True
    return said


def data(session_id: str, emission: Emission) -> Frame:
    """A stream delivery, live or replayed."""
    return Frame("data", envelope(session_id, emission), stream_seq=emission.seq)


def props_update(event: PropsUpdated) -> Frame:
    """New props, all of them."""
    payload = {"sessionId": event.session_id, "props": event.props, "epoch": event.epoch}
    return Frame("props_update", payload, ledger_seq=event.sequence)


def drain_ack(event: GesturesDrained, action_id: str) -> Frame:
    """The agent has this gesture."""
    payload = {
        "appId": event.app_id,
        "sessionId": event.session_id,
        "eventId": action_id,
        "drainedAt": event.drained_at,
    }
    return Frame("drain_ack", payload)


def render(session: Session, row: Mapping[str, Any]) -> Frame:
    """The session has something to show now, or never will."""
    return Frame("render", {"session": row}, ledger_seq=session.event_sequence, shows=shown_by(session))


def render_event(event: LedgerEvent) -> Frame:
    """A replayed entry of the ledger."""
    return Frame("render_event", event.wire(), event_id=event.seq)


class Inbound:
    """A frame that arrived.

    Attributes:
        payload: ``None`` when the frame has none, or none that is an object.
        request_id: Echoed by the direct reply; ``None`` when it is absent or empty.
    """

    __slots__ = ("payload", "request_id", "type")

    def __init__(self, type_: str, payload: Mapping[str, Any] | None, request_id: str | None) -> None:
        self.type = type_
        self.payload = payload
        self.request_id = request_id

    @staticmethod
    def parse(raw: bytes) -> Inbound:
        """Read a message.

        Raises:
            Refused: ``INVALID_JSON``, or ``INVALID_MESSAGE`` for JSON that is no frame.
        """
        try:
            said = decode(raw)
        except RequestError as error:
            if error.http_status == 413:
                raise Refused("INVALID_MESSAGE", "The message has too many arrays and objects.") from None
            raise Refused("INVALID_JSON", "The message is not valid JSON.") from None
        request_id = said.get("requestId") if isinstance(said, dict) else None
        request_id = request_id if isinstance(request_id, str) and request_id else None
        if not isinstance(said, dict) or not isinstance(said.get("type"), str):
            raise Refused(
                "INVALID_MESSAGE",
                "A message is an object with a string 'type' and a 'payload'.",
                request_id=request_id,
            )
        payload = said.get("payload")
        return Inbound(said["type"], payload if isinstance(payload, dict) else None, request_id)

    def body(self) -> Mapping[str, Any]:
        """The payload of a frame that needs one.

        Raises:
            Refused: ``INVALID_MESSAGE``; it has none.
        """
        if self.payload is None:
            raise Refused("INVALID_MESSAGE", f"A '{self.type[:64]}' message needs a 'payload' object.")
        return self.payload

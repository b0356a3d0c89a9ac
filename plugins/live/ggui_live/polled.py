"""Channels that a tool feeds: the server asks the tool at intervals for a view (spec 01 section 15.6).

Only tools that the operator named are asked, in the name of the session's owner. What else a contract names, the view
asks for through its host.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog

from ggui_core.clock import iso
from ggui_core.errors import GguiError
from ggui_core.http.calls import Call
from ggui_core.mcp.caller import ToolCaller
from ggui_core.protocol.session import Session
from ggui_core.protocol.values import stream_violations
from ggui_core.stores import SessionStore
from ggui_live import frames
from ggui_live.calls import owner
from ggui_live.channel import LiveChannel
from ggui_live.errors import ChannelRefused
from ggui_live.frames import Frame

log = structlog.get_logger("ggui.live")

DEFAULT_INTERVAL_S: Final = 10.0
SHORTEST_INTERVAL_S: Final = 1.0
LONGEST_INTERVAL_S: Final = 60.0
_MOST_DETAILS: Final = 2_048
_MOST_READ: Final = 4 * _MOST_DETAILS
_REDACTED: Final = "[REDACTED]"
_SECRETS: Final = (
    (re.compile(r"\b(Authorization)\s*:\s*[^\r\n]*", re.IGNORECASE), rf"\1: {_REDACTED}"),
    (re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]+", re.IGNORECASE), rf"\1 {_REDACTED}"),
    (
        re.compile(
            r"([?&](?:token|api_key|access_token|refresh_token|password|secret|session_id)=)[^&#\s\"']*",
            re.IGNORECASE,
        ),
        rf"\1{_REDACTED}",
    ),
    (
        # Each name is walked once or twice: what a tool repeats of its arguments can be long, and anybody's.
        re.compile(
            r"\b((?:AWS_\w++|\w++(?<=API_KEY)|(?=\w*?(?:DATABASE|DB|REDIS|POSTGRES))\w++(?<=URL))\s*+=\s*+)\S+"
        ),
        rf"\1{_REDACTED}",
    ),
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a ``channel_subscribe`` message asks for, of a session that its socket is subscribed to."""

    channel: str
    interval_s: float
    arguments: Mapping[str, Any]

    @staticmethod
    def parse(channel: str, payload: Mapping[str, Any]) -> Wish:
        """Read it; what is no number or no object counts as not given."""
        wanted_ms = payload.get("pollIntervalMs")
        interval_s = DEFAULT_INTERVAL_S
        if isinstance(wanted_ms, int | float) and not isinstance(wanted_ms, bool):
            interval_s = wanted_ms / 1000
        arguments = payload.get("args")
        return Wish(
            channel,
            min(LONGEST_INTERVAL_S, max(SHORTEST_INTERVAL_S, interval_s)),
            arguments if isinstance(arguments, dict) else {},
        )


class Polls:
    """What is polled for one socket; ends with it."""

    def __init__(self, channel: LiveChannel, call: Call, send: Callable[[Frame], None]) -> None:
        self._channel = channel
        self._call = call
        self._send = send
        self._running: dict[str, asyncio.Task[None]] = {}

    async def start(self, session_id: str, wish: Wish) -> None:
        """Ask the tool at once and then at intervals; a repeated wish replaces the one before.

        Raises:
            ChannelRefused: ``CHANNEL_NOT_LOCAL``, ``SESSION_NOT_FOUND`` or ``CHANNEL_UNKNOWN``.
        """

        def refused(code: str, message: str) -> ChannelRefused:
            return ChannelRefused(code, message, session_id, wish.channel)

        local = self._channel.settings.local_tools
        if not local:
            raise refused("CHANNEL_NOT_LOCAL", "Call the channel's tool through the host.")
        session = await self._session(session_id)
        if session is None:
            raise refused("SESSION_NOT_FOUND", "There is no such session any more.")
        source = source_of(session.contract, wish.channel)
        if source is None:
            raise refused("CHANNEL_UNKNOWN", "The contract names no tool for this channel.")
        if source["tool"] not in local:
            raise refused("CHANNEL_NOT_LOCAL", "Call the channel's tool through the host.")
        self.stop(wish.channel)
        arguments = {**(source.get("args") or {}), **wish.arguments}
        self._running[wish.channel] = asyncio.ensure_future(
            self._poll(session, wish, source["tool"], arguments)
        )

    def stop(self, channel: str) -> None:
        """Ask no more; nothing happens where nobody asked."""
        task = self._running.pop(channel, None)
        if task is not None:
            task.cancel()

    def close(self) -> None:
        """Stop all of them."""
        for channel in tuple(self._running):
            self.stop(channel)

    async def _session(self, session_id: str) -> Session | None:
        """From the store: a page that nobody looks at must not keep its session alive by being polled for."""
        return await self._channel.setup.get(SessionStore).session(session_id, None)

    async def _is_gone(self, session_id: str) -> bool:
        try:
            return await self._session(session_id) is None
        except GguiError:
            return False  # a store that does not answer now will later

    async def _poll(self, session: Session, wish: Wish, tool: str, arguments: Mapping[str, Any]) -> None:
        clock = self._channel.setup.clock
        seq = 0
        while True:
            try:
                payload = await self._ask(session, wish.channel, tool, arguments)
            except ChannelRefused as refused:
                self._send(frames.channel_error(refused, None))
            else:
                seq += 1
                self._send(frames.channel_payload(session, wish.channel, seq, iso(clock.now()), payload))
            await clock.sleep(wish.interval_s)
            if await self._is_gone(session.id):
                return

    async def _ask(self, session: Session, channel: str, tool: str, arguments: Mapping[str, Any]) -> Any:
        """What the tool answers.

        Raises:
            ChannelRefused: ``POLL_FAILED``.
        """

        def failed(why: str) -> ChannelRefused:
            said = f"The tool '{tool}' did not answer."
            return ChannelRefused("POLL_FAILED", said, session.id, channel, details=sanitised(why))

        # A session may have hundreds of channels and a thousand views, and each pair is polled by itself.
        denied = await self._channel.charge(self._call, session.id, "polls")
        if denied is not None:
            raise failed(f"Too many polls; retry after {denied.retry_after_s} s.")
        caller = self._channel.setup.get(ToolCaller)
        try:
            result = await caller.call(
                tool, arguments, principal=owner(session.id, session.tenant), call=self._call
            )
        except Exception as error:
            log.warning("poll_failed", session=session.id, channel=channel, tool=tool, exc_info=error)
            raise failed(f"{type(error).__name__}") from None
        if result.get("isError"):
            raise failed(str(payload_of({**result, "structuredContent": None})))
        payload = payload_of(result)
        violations = stream_violations(session.contract, channel, payload)
        if violations:
            raise failed(f"{violations[0].field}: {violations[0].message}")
        return payload


def source_of(contract: Mapping[str, Any], channel: str) -> Mapping[str, Any] | None:
    """``streamSpec.<channel>.source``, or ``None``."""
    source: Mapping[str, Any] | None = ((contract.get("streamSpec") or {}).get(channel) or {}).get("source")
    return source


def payload_of(result: Mapping[str, Any]) -> Any:
    """What a tool says: its structured content, else JSON in its first text, else that text."""
    if result.get("structuredContent") is not None:
        return result["structuredContent"]
    content = result.get("content") or [{}]
    text = content[0].get("text", "")
    try:
        return json.loads(text)
    except ValueError:
        return text


def sanitised(text: str) -> str:
    """The words of a failure without credentials, and not too many of them."""
    is_long = len(text) > _MOST_READ
    text = text[:_MOST_READ]
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    is_long = is_long or len(text) > _MOST_DETAILS
    return text[:_MOST_DETAILS] + "\n…[truncated]" if is_long else text

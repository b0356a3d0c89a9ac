"""``ggui demo``: an agent in the terminal that lives the four moments with the official MCP client."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
import webbrowser
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import click

from ggui_core.protocol.merge_patch import merge_patch
from ggui_demo.browser import has_display
from ggui_demo.errors import DemoFailed
from ggui_demo.reactions import Moment, emissions, filled, react
from ggui_demo.running_server import RunningServer
from ggui_demo.samples import Sample, Stream

if TYPE_CHECKING:
    from mcp.client.client import Client

DEVICE: Final = "ggui demo"
CONSUME_S: Final = 25
_HTTP_TIMEOUT_S: Final = 120
"""Longer than a parked consume and than the writing of a card."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says.

    Attributes:
        token: A bearer to call with; ``None`` to pair a device of our own.
        admin_token: The operator's token; ``None`` to ask for it.
        opens: Whether to open the card in a browser.
        gestures: End after so many; ``None`` to go on until interrupted.
        environ: The process environment.
    """

    url: str
    token: str | None
    admin_token: str | None
    opens: bool
    gestures: int | None
    environ: Mapping[str, str]


async def run(card: Sample, options: Options) -> None:
    """Render a card, show it, answer its gestures.

    Raises:
        DemoFailed: the server cannot be reached, refuses the credential, or a call fails.
    """
    async with (
        RunningServer.at(options.url) as server,
        bearer_for(server, options.token, options.admin_token, DEVICE) as bearer,
    ):
        click.echo(click.style(f"\n{card.title} · {server.base_url}\n", bold=True))
        async with _connected(server, bearer) as client:
            await TerminalAgent(client, server, card, bearer, options).live()


@asynccontextmanager
async def bearer_for(
    server: RunningServer, token: str | None, admin_token: str | None, device_name: str
) -> AsyncIterator[str | None]:
    """What to call with: ``token``, or that of a device that is paired for this run and revoked at its end.

    Raises:
        DemoFailed: there is no credential, or the server refuses it.
    """
    if token is not None:
        yield token
        return
    if admin_token is None and await server.admits_everybody():
        yield None
        return
    admin_token = admin_token or _asked_admin_token()
    device = await server.pair(admin_token, device_name)
    try:
        yield device.token
    finally:
        try:
            await server.revoke(admin_token, device)
        except DemoFailed:
            click.echo(f"The server is gone; the device {device.pairing_id} may still be paired.", err=True)


def _asked_admin_token() -> str:
    if not sys.stdin.isatty():
        raise DemoFailed(
            "This server needs a credential.",
            hint="Pass --admin-token or set GGUI_ADMIN_TOKEN (ggui serve printed it), or pass a bearer with --token.",
        )
    return str(click.prompt("Admin token (ggui serve printed it)", hide_input=True, err=True)).strip()


@asynccontextmanager
async def _connected(server: RunningServer, bearer: str | None) -> AsyncIterator[Client]:
    """The official client on ``/mcp``; its failures become one sentence."""
    import httpx2
    from mcp.client.client import Client
    from mcp.client.streamable_http import streamable_http_client

    headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
    outcome: BaseException | None = None
    used = False
    try:
        async with httpx2.AsyncClient(headers=headers, timeout=_HTTP_TIMEOUT_S) as http:
            transport = streamable_http_client(f"{server.base_url}/mcp", http_client=http)
            async with Client(transport, mode="legacy") as client:
                try:
                    yield client
                    used = True
                except BaseException as error:
                    outcome = error
                    raise
    except BaseException as raised:
        # A call that is cut off breaks the transport while it closes; what the agent came to counts, not that.
        interrupted = (task := asyncio.current_task()) is not None and task.cancelling() > 0
        if outcome is not None and (interrupted or not isinstance(outcome, asyncio.CancelledError)):
            raise outcome from None
        if not used or isinstance(raised, asyncio.CancelledError):
            raise _only(raised) from None


def _only(raised: BaseException) -> BaseException:
    """The first failure inside of a task group, which is what the others followed from."""
    first = raised
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first


@dataclass(slots=True)
class TerminalAgent:
    """One run: what it knows of the card is what it sent."""

    client: Client
    server: RunningServer
    card: Sample
    bearer: str | None
    options: Options
    props: dict[str, Any] = field(default_factory=dict)
    heard: int = 0

    async def live(self) -> None:
        """The four moments; returns when the session ends or enough was heard."""
        session_id = await self._render(await self._handshake())
        await self._show(session_id)
        _step(4, "consume", "waiting for gestures; Ctrl-C ends")
        if self.card.stream is None:
            await self._listen(session_id)
            return
        channels = {emission["channel"] for tick in self.card.stream.ticks for emission in tick}
        _step(0, "emit", f"streaming to {' and '.join(sorted(channels))}")
        ended = asyncio.Event()
        listening = asyncio.create_task(self._listen(session_id))
        streaming = asyncio.create_task(self._stream(self.card.stream, session_id, ended))
        try:
            await asyncio.wait({listening, streaming}, return_when=asyncio.FIRST_COMPLETED)
            ended.set()
            if listening.done():
                await streaming  # up to the delivery that is on its way
                await listening
            else:
                await streaming  # it ends by itself only when a delivery failed
        finally:
            for task in (listening, streaming):
                task.cancel()
            await asyncio.gather(listening, streaming, return_exceptions=True)

    async def _handshake(self) -> str:
        answer = await self._call(
            "ggui_handshake", intent=self.card.intent, blueprintDraft={"contract": self.card.contract}
        )
        if answer["action"] == "declined":
            raise DemoFailed(f"The server declined the contract. {answer['suggestion']['rationale']}")
        contract_hash = answer["suggestion"]["blueprintMeta"]["contractHash"]
        _step(1, "handshake", f"{answer['action']}, contract {contract_hash}")
        return str(answer["handshakeId"])

    async def _render(self, handshake_id: str) -> str:
        self.props = filled(self.card.props, self._moment())
        answer = await self._call("ggui_render", handshakeId=handshake_id, props=self.props)
        _step(2, "render", f"session {answer['sessionId']}")
        return str(answer["sessionId"])

    async def _show(self, session_id: str) -> None:
        link = await self.server.viewer_link(self.bearer, session_id)
        _step(3, "interact", link)
        page = link.partition("?")[0].removeprefix(self.server.base_url)
        _step(0, "", f"opens once, within a minute; later: {self.server.base_url}/admin-login?next={page}")
        if self.options.opens and has_display(self.options.environ):
            await asyncio.to_thread(webbrowser.open, link)

    async def _listen(self, session_id: str) -> None:
        while True:
            answer = await self._call("ggui_consume", sessionId=session_id, timeout=CONSUME_S)
            for event in answer["events"]:
                await self._answer(session_id, event)
            if answer["status"] == "expired":
                click.echo("\nThe card has expired.")
                return
            if self.options.gestures is not None and self.heard >= self.options.gestures:
                return

    async def _answer(self, session_id: str, event: Mapping[str, Any]) -> None:
        self.heard += 1
        click.echo()
        _arrow("←", event["intent"], "")
        for line in json.dumps(event, indent=2, ensure_ascii=False).splitlines():
            click.echo(f"    {line}")
        rule = self.card.reactions.get(event["intent"])
        if rule is None:
            return
        reply = react(rule, self._moment(event["actionData"], event["uiContext"]))
        click.echo(f"    {reply.say}")
        if reply.patch:
            answer = await self._call(
                "ggui_update", sessionId=session_id, kind="merge", patch=dict(reply.patch)
            )
            merged = merge_patch(self.props, reply.patch)
            assert isinstance(merged, dict), "a patch of an object is an object"
            self.props = merged
            _arrow("→", "ggui_update", "the card repaints" if answer["updated"] else "nothing changed")
        for channel, payload in reply.emits:
            await self._emit(session_id, channel, payload)
            _arrow("→", "ggui_emit", f"to the channel {channel}")

    async def _stream(self, stream: Stream, session_id: str, ended: asyncio.Event) -> None:
        """Tick after tick, until ``ended`` is set; never stops in the middle of a call."""
        for tick in itertools.cycle(stream.ticks):
            for channel, payload in emissions(tick, self._moment()):
                if ended.is_set():
                    return
                await self._emit(session_id, channel, payload)
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), stream.every_ms / 1000)

    async def _emit(self, session_id: str, channel: str, payload: Any) -> None:
        await self._call("ggui_emit", sessionId=session_id, channel=channel, payload=payload)

    async def _call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The structured output of a tool.

        Raises:
            DemoFailed: the tool failed, or the call did not get through.
        """
        from mcp import MCPError

        try:
            result = await self.client.call_tool(tool, arguments)
        except MCPError as error:
            raise DemoFailed(f"The server refused the call: {error.message}") from None
        output = result.structured_content or {}
        if result.is_error:
            said = "".join(block.text for block in result.content[:1] if block.type == "text")
            # "code: cause remedy"
            raise DemoFailed(said.partition(": ")[2] or said or f"{tool} failed.")
        return output

    def _moment(self, data: Any = None, context: Any = None) -> Moment:
        return Moment(int(time.time() * 1000), self.heard, data, context, self.props)


def _step(number: int, name: str, words: str) -> None:
    click.echo(f"{number or ' '} {click.style(f'{name:<11}', bold=True)}{words}")


def _arrow(arrow: str, name: str, words: str) -> None:
    styled = click.style(f"{arrow} {name}", fg="yellow" if arrow == "←" else "green", bold=True)
    click.echo(f"  {styled}  {words}".rstrip())

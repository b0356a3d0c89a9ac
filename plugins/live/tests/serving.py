"""A server with the live channel over the kernel's own session store, and a view that speaks to it."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random
from types import ModuleType
from typing import Any

import aiohttp
from pydantic import BaseModel

import ggui_live.plugin as live
from ggui_core import hookimpl
from ggui_core.auth import AuthAdapter, AuthRequest, BuilderIdentity, Principal, UserIdentity
from ggui_core.bus import (
    GestureQueued,
    GesturesDrained,
    PropsUpdated,
    RenderCommitted,
    SessionExpired,
    StreamEmitted,
)
from ggui_core.clock import iso
from ggui_core.errors import ToolError
from ggui_core.mcp import Tool, ToolContext
from ggui_core.protocol.session import (
    Backlog,
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
from ggui_core.protocol.values import action_violations
from ggui_core.seams import Mount, NoPipe, SessionService, SliceContributor, Submitted, Violated
from ggui_core.setup import Setup
from ggui_core.stores import CodeStore, SessionStore
from ggui_core.testing import Booted, booted
from ggui_core.tokens import TokenSigner
from ggui_live.channel import LiveChannel

APP = "builder"
LIFETIME_MS = 3_600_000
CONTRACT: Mapping[str, Any] = {
    "propsSpec": {"properties": {"title": {"schema": {"type": "string"}}}},
    "actionSpec": {
        "book": {
            "label": "Book",
            "nextStep": "reserve_room",
            "schema": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
        },
        "refresh": {"label": "Refresh"},
    },
    "streamSpec": {
        "log": {"schema": {"type": "integer"}, "replay": "all"},
        "level": {"schema": {"type": "integer"}, "mode": "replace", "replay": "latest"},
        "tick": {"schema": {"type": "integer"}},
    },
    "agentCapabilities": {"tools": {"reserve_room": {}}},
}


class Stage:
    """Sessions as another plugin would keep them: the kernel's store, announced on the bus."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._numbers = itertools.count(1)
        self.before_row: Callable[[], Any] | None = None
        """Runs while a row is read, so that tests can change something at that moment."""
        self.jitter: Random | None = None
        """Lets every step give way for a moment, as a store in another process would."""

    @property
    def store(self) -> SessionStore:
        return self._setup.get(SessionStore)

    def now_ms(self) -> int:
        return int(self._setup.clock.now() * 1000)

    async def _pause(self) -> None:
        if self.jitter is not None:
            for _ in range(self.jitter.randrange(4)):
                await asyncio.sleep(0)

    # SessionService

    async def session(self, session_id: str, tenant: Tenant | None) -> Session | None:
        await self._pause()
        session = await self.store.session(session_id, tenant)
        if session is None or session.is_expired(self.now_ms()):
            return None
        await self._pause()
        await self.store.touch(session_id, self.now_ms(), self.now_ms() + LIFETIME_MS)
        return session

    async def by_short_code(self, short_code: str) -> Session | None:
        return await self.store.by_short_code(short_code)

    async def row(self, session: Session) -> dict[str, Any]:
        if self.before_row is not None:
            hook, self.before_row = self.before_row, None
            await hook()
        await self._pause()
        code = ""
        if session.component is not None:
            code = await self._setup.get(CodeStore).get(session.component.code_hash) or ""
        row: dict[str, Any] = {
            "id": session.id,
            "appId": session.tenant.app_id,
            "type": "component",
            "componentCode": code,
            "eventSequence": session.event_sequence,
            "epoch": session.epoch,
            "createdAt": session.created_at_ms,
            "lastActivityAt": session.last_activity_at_ms,
            "expiresAt": session.expires_at_ms,
            "props": dict(session.props),
            "actionSpec": session.contract["actionSpec"],
        }
        if session.failure is not None:
            row |= {"error": session.failure.message, "errorCode": session.failure.code}
        return row

    async def mount(self, session: Session) -> Mount:
        members: dict[str, Any] = {"sessionId": session.id, "appId": session.tenant.app_id}
        connect: tuple[str, ...] = ()
        for contributor in self._setup.contributions(SliceContributor):
            part = await contributor.slice_part(session)
            members |= part.fields
            connect += part.connect_domains
        return Mount(members, {"connectDomains": connect, "resourceDomains": ()})

    async def submit(
        self, session: Session, gesture: Gesture, record: Mapping[str, Any] | None = None
    ) -> Submitted | Violated | NoPipe:
        violations = action_violations(session.contract, gesture.intent, gesture.data)
        if violations:
            return Violated(violations)
        noted = gesture.wire(session.id) if record is None else record
        outcome, sequence = await self.store.append_gesture(session.id, gesture, noted, self.now_ms())
        if outcome in ("missing", "full"):
            return NoPipe(outcome)
        if outcome == "queued":
            await self._setup.bus.publish(GestureQueued(session.id))
        return Submitted(sequence, duplicate=outcome == "duplicate")

    async def events(self, session_id: str, since: int, limit: int) -> EventPage | HorizonPassed:
        return await self.store.events(session_id, since, limit)

    async def backlog(self, session_id: str, after: int | None) -> Backlog:
        await self._pause()
        backlog = await self.store.backlog(session_id, after)
        await self._pause()
        return backlog

    async def observe_host(self, session_id: str, host_context: Mapping[str, Any]) -> None:
        await self.store.set_host_context(session_id, host_context, self.now_ms())

    async def note_delivery(self, session_id: str, receipt: DeliveryReceipt) -> None:
        await self.store.set_delivery(session_id, receipt)

    # What agents do

    async def render(
        self, tenant: Tenant | None = None, *, committed: bool = True, **changes: Any
    ) -> Session:
        """A new session; with its component unless told otherwise."""
        number, owner, now_ms = next(self._numbers), tenant or Tenant(APP), self.now_ms()
        name = f"rs_{number}"
        common: dict[str, Any] = {
            "intent": "show rooms",
            "contract": CONTRACT,
            "contract_hash": "c" * 16,
            "variance": {},
            "props_schema": {},
            "props_schema_hash": "",
            "props_schema_profile": "full",
            "created_at_ms": now_ms,
            "expires_at_ms": now_ms + LIFETIME_MS,
        }
        await self.store.keep_handshake(
            Handshake(f"h{number}", owner, action="create", origin="agent", **common)
        )
        session = Session(
            id=name,
            tenant=owner,
            short_code=f"code{number}",
            variant_key="",
            props={"title": "first"},
            last_activity_at_ms=now_ms,
            **common,
        )
        assert await self.store.open(f"h{number}", replace(session, **changes), now_ms)
        return await self.commit(name) if committed else session

    async def commit(self, session_id: str, outcome: Component | Failure | None = None) -> Session:
        """Give a session its component, or its failure."""
        code_hash = await self._setup.get(CodeStore).put("export default () => null")
        outcome = outcome or Component(code_hash, "source", "test")
        session = await self.store.commit(session_id, outcome, self.now_ms())
        assert session is not None
        await self._setup.bus.publish(RenderCommitted(session_id))
        return session

    async def update(self, session_id: str, *, new_epoch: bool = False, **props: Any) -> Session:
        session = await self.store.session(session_id, None)
        assert session is not None
        changed = await self.store.change_props(
            session_id, session.revision, props, self.now_ms(), new_epoch=new_epoch
        )
        assert changed is not None
        await self._pause()
        event = PropsUpdated(session_id, changed.props, changed.epoch, changed.event_sequence)
        await self._setup.bus.publish(event)
        return changed

    async def emit(self, session_id: str, channel: str, payload: Any, *, complete: bool = False) -> int:
        spec = CONTRACT["streamSpec"].get(channel, {"replay": "all"})
        mode, replay = spec.get("mode", "append"), spec.get("replay", "none")
        seq = await self.store.emit(
            session_id, channel, mode, payload, complete=complete, replay=replay, now_ms=self.now_ms()
        )
        await self._pause()
        await self._setup.bus.publish(
            StreamEmitted(session_id, Emission(channel, mode, payload, seq, complete))
        )
        return seq

    async def drain(self, session_id: str) -> list[Gesture]:
        batch = await self.store.lease(session_id, "lease", self.now_ms())
        await self.store.settle(session_id, "lease")
        ids = tuple(gesture.action_id for gesture in batch.gestures)
        drained_at = iso(self._setup.clock.now())
        await self._setup.bus.publish(GesturesDrained(session_id, APP, ids, drained_at))
        return list(batch.gestures)

    async def expire(self, session_id: str) -> None:
        await self.store.remove(session_id)
        await self._setup.bus.publish(SessionExpired(session_id))


class MeterInput(BaseModel):
    """What ``read_meter`` and ``scold`` are called with."""

    room: str = "hall"


class MeterOutput(BaseModel):
    """What ``read_meter`` answers."""

    room: str
    reads: int
    asker: str


class Meter:
    """A tool for polled channels: counts how often each room was asked for."""

    def __init__(self) -> None:
        self.reads = 0
        self.trouble: str | None = None

    async def read(self, given: MeterInput, calling: ToolContext) -> MeterOutput:
        if self.trouble is not None:
            raise ToolError(self.trouble, code="meter_broken", hint="Wait.")
        self.reads += 1
        return MeterOutput(room=given.room, reads=self.reads, asker=calling.app_id)


def stage_plugin(meter: Meter | None = None) -> ModuleType:
    """A plugin that provides :class:`Stage`, and the bearers of :data:`PRINCIPALS`."""
    module = ModuleType("stage")
    meter = meter or Meter()

    @hookimpl
    def ggui_mcp_tools(setup: Setup) -> list[Tool[Any, Any]]:
        read = Tool("read_meter", "Read a meter.", MeterInput, MeterOutput, meter.read, title="Read meter")
        return [read]

    @hookimpl
    def ggui_provide(setup: Setup) -> None:
        setup.provide(SessionService, Stage(setup))

    @hookimpl
    def ggui_auth_adapters(setup: Setup) -> list[AuthAdapter]:
        return [Bearers()]

    hooks = {
        "ggui_provide": ggui_provide,
        "ggui_auth_adapters": ggui_auth_adapters,
        "ggui_mcp_tools": ggui_mcp_tools,
    }
    vars(module).update({"PLUGIN_API": 1, "PLUGIN_NAME": "stage", **hooks})
    return module


PRINCIPALS = {
    "phone": Principal(BuilderIdentity(), "pairing", "pairing:pair-1"),
    "tablet": Principal(BuilderIdentity(), "pairing", "pairing:pair-2"),
    "fern": Principal(UserIdentity("fern", "garden"), "oauth", "oauth:fern"),
    "reed": Principal(UserIdentity("reed", "garden"), "oauth", "oauth:reed"),
}


class Bearers:
    """Knows :data:`PRINCIPALS`."""

    name = "bearers"
    rank = 10

    async def authenticate(self, request: AuthRequest) -> Principal | None:
        return PRINCIPALS.get(request.bearer or "")


class View:
    """The other end of a socket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, type_: str, payload: Any = None, **members: Any) -> None:
        said = {"type": type_, **members}
        if payload is not None:
            said["payload"] = payload
        await self.socket.send_str(json.dumps(said))

    async def next(self) -> dict[str, Any]:
        """The next frame.

        Raises:
            AssertionError: the socket closes instead.
        """
        message = await self.socket.receive(timeout=20)
        assert message.type is aiohttp.WSMsgType.TEXT, f"{message} with {self.socket.close_code}"
        frame: dict[str, Any] = json.loads(message.data)
        return frame

    async def ask(self, type_: str, payload: Any = None, **members: Any) -> dict[str, Any]:
        """Send a message and return the next frame."""
        await self.send(type_, payload, **members)
        return await self.next()

    async def until_quiet(self) -> list[dict[str, Any]]:
        """Everything up to the answer of a ping sent now."""
        await self.send("ping", {}, requestId="quiet")
        frames = []
        while (frame := await self.next()).get("requestId") != "quiet":
            frames.append(frame)
        return frames

    async def closed(self) -> tuple[int | None, str]:
        """The code and reason the server closes with; frames before it are skipped."""
        async with asyncio.timeout(20):
            while True:
                message = await self.socket.receive()
                if message.type is aiohttp.WSMsgType.CLOSE:
                    return message.data, message.extra or ""
                if message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR):
                    return self.socket.close_code, ""


class LiveServer:
    """A booted server, its stage, and ways to open its channel."""

    def __init__(self, server: Booted) -> None:
        self.server = server
        self.client = server.client
        self.base_url = server.base_url
        self.setup = server.setup
        stage = server.setup.get(SessionService)
        assert isinstance(stage, Stage)
        self.stage = stage
        self.channel = server.setup.get(LiveChannel)

    def token(self, session: Session, *, kind: Any = "ws", ttl_s: int = 180, **changes: str) -> str:
        said = {"session_id": session.id, "app_id": session.tenant.app_id, **changes}
        return self.setup.get(TokenSigner).sign(kind, ttl_s=ttl_s, **said)[0]

    async def open(
        self, token: str | None = None, *, bearer: str | None = None, query: str = "", **options: Any
    ) -> View:
        """A socket that has not subscribed."""
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        headers |= options.pop("headers", {})
        if token is not None:
            query = f"?wsToken={token}"
        client: aiohttp.ClientSession = options.pop("client", self.client)
        socket = await client.ws_connect(f"{self.base_url}/ws{query}", headers=headers, **options)
        return View(socket)

    async def view(
        self, session: Session, *, client: aiohttp.ClientSession | None = None, **wanted: Any
    ) -> tuple[View, dict[str, Any]]:
        """A subscribed view, opened by a token, and its ack."""
        token = self.token(session)
        view = await self.open(token, client=client or self.client)
        asked = {"sessionId": session.id, "appId": session.tenant.app_id, "wsToken": token, **wanted}
        ack = await view.ask("subscribe", asked)
        assert ack["type"] == "ack", ack
        return view, ack

    async def refused(self, token: str | None = None, **options: Any) -> int:
        """The status of an upgrade that is refused."""
        try:
            view = await self.open(token, **options)
        except aiohttp.WSServerHandshakeError as error:
            return error.status
        await view.socket.close()
        raise AssertionError("the upgrade was accepted")


@asynccontextmanager
async def serving(**options: Any) -> AsyncIterator[LiveServer]:
    """A server with the live channel and a stage."""
    settings, meter = options.pop("settings", {}), options.pop("meter", None)
    config = {**options.pop("config", {}), "plugins": {"settings": {"live": settings}}}
    async with booted([stage_plugin(meter), live], config=config, **options) as server:
        yield LiveServer(server)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)

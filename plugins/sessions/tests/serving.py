"""A booted server with the four moments, seen as an agent and a view see it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import ggui_sessions.plugin as sessions
from ggui_core.clock import Clock
from ggui_core.consumers import ActiveConsumers
from ggui_core.protocol.session import Session
from ggui_core.stores import SessionStore
from ggui_core.testing import Booted, booted
from ggui_core.testing.waiting import PATIENCE_S

from .stand_ins import Writer, badges, rendering, writing

SLICE = "ai.ggui/render"
ERROR = "ai.ggui/error"
APP = "builder"

CONTRACT: dict[str, Any] = {
    "propsSpec": {
        "properties": {
            "title": {"schema": {"type": "string"}, "required": True},
            "rows": {
                "schema": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"id": {"type": "string"}, "done": {"type": "boolean"}},
                        "required": ["id"],
                    },
                }
            },
        }
    },
    "actionSpec": {
        "book": {
            "label": "Book",
            "schema": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
            "nextStep": "rooms_book",
        },
        "close": {"label": "Close"},
    },
    "streamSpec": {
        "ticks": {"schema": {"type": "object", "properties": {"n": {"type": "integer"}}}, "replay": "all"},
        "last": {"schema": {"type": "number"}, "mode": "replace", "complete": True},
    },
    "contextSpec": {
        "filter": {"schema": {"type": "string"}, "default": "all"},
        "page_size": {"schema": {"type": "integer"}},
    },
    "agentCapabilities": {
        "tools": {
            "rooms_book": {
                "toolInfo": {
                    "inputSchema": {
                        "type": "object",
                        "properties": {"id": {"type": "string"}},
                        "required": ["id"],
                    }
                }
            }
        }
    },
}
PROPS: dict[str, Any] = {"title": "Rooms", "rows": [{"id": "r1", "done": False}]}


@dataclass
class Agent:
    """One caller of a server."""

    server: Booted
    bearer: str | None = None

    async def call(
        self, tool: str, arguments: Mapping[str, Any], *, meta: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The result of a tool call, failed or not."""
        params: dict[str, Any] = {"name": tool, "arguments": dict(arguments)}
        if meta is not None:
            params["_meta"] = dict(meta)
        answer = await self.server.rpc("tools/call", params, bearer=self.bearer)
        assert "result" in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    async def ok(self, tool: str, arguments: Mapping[str, Any], **options: Any) -> dict[str, Any]:
        """The structured output of a call that succeeds."""
        result = await self.call(tool, arguments, **options)
        assert not result["isError"], result
        output: dict[str, Any] = result["structuredContent"]
        return output

    async def error(self, tool: str, arguments: Mapping[str, Any], **options: Any) -> dict[str, Any]:
        """``_meta["ai.ggui/error"]`` of a call that fails, with its text."""
        result = await self.call(tool, arguments, **options)
        assert result["isError"], result
        facts: dict[str, Any] = result["_meta"][ERROR]
        return {**facts, "text": result["content"][0]["text"]}

    async def handshake(
        self, contract: Mapping[str, Any] = CONTRACT, *, meta: Mapping[str, Any] | None = None, **more: Any
    ) -> dict[str, Any]:
        """Negotiate ``contract``."""
        draft = {"contract": contract, **more.pop("draft", {})}
        arguments = {"intent": "book a room", "blueprintDraft": draft, **more}
        return await self.ok("ggui_handshake", arguments, meta=meta)

    async def render(
        self,
        contract: Mapping[str, Any] = CONTRACT,
        props: Mapping[str, Any] = PROPS,
        **more: Any,
    ) -> dict[str, Any]:
        """Negotiate and render; the whole result."""
        agreed = await self.handshake(contract)
        arguments = {"handshakeId": agreed["handshakeId"], "props": dict(props), **more}
        result = await self.call("ggui_render", arguments)
        assert not result["isError"], result
        return result

    async def card(self, contract: Mapping[str, Any] = CONTRACT, props: Mapping[str, Any] = PROPS) -> str:
        """Negotiate and render; the session's id."""
        session_id: str = (await self.render(contract, props))["structuredContent"]["sessionId"]
        return session_id

    async def submit(
        self, session_id: str, action_id: str, data: Any = None, intent: str = "book", **more: Any
    ) -> dict[str, Any]:
        """Dispatch a gesture; by default a valid one."""
        payload = {
            "intent": intent,
            "actionData": {"id": "r1"} if data is None and intent == "book" else data,
            "uiContext": more.pop("ui_context", {}),
        }
        arguments = {
            "kind": "dispatch",
            "payload": payload,
            "sessionId": session_id,
            "appId": APP,
            "actionId": action_id,
            "firedAt": "2026-09-01T10:00:04.120Z",
            **more,
        }
        return await self.ok("ggui_runtime_submit_action", arguments)

    async def consume(self, session_id: str, timeout: int = 0) -> dict[str, Any]:
        """Drain the pipe."""
        return await self.ok("ggui_consume", {"sessionId": session_id, "timeout": timeout})

    async def read(self, uri: str) -> dict[str, Any]:
        """The answer to ``resources/read``."""
        return await self.server.rpc("resources/read", {"uri": uri}, bearer=self.bearer)

    async def stored(self, session_id: str) -> Session:
        """The session as the store has it."""
        session = await self.server.setup.get(SessionStore).session(session_id, None)
        assert session is not None
        return session

    async def parked(
        self, session_id: str, timeout: int = 25, count: int = 1
    ) -> asyncio.Task[dict[str, Any]]:
        """A consume that waits; returns once ``count`` of them are parked."""
        task = asyncio.create_task(self.consume(session_id, timeout))
        consumers = self.server.setup.get(ActiveConsumers)

        async def are_parked() -> bool:
            return (await consumers.attendance(session_id)).parked >= count

        await until(are_parked)
        return task


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Return once ``condition`` holds."""
    async with asyncio.timeout(PATIENCE_S):
        while not await condition():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def serving(
    writers: Writer | Sequence[Writer] = (),
    *more: ModuleType,
    clock: Clock | None = None,
    settings: Mapping[str, Any] | None = None,
    config: Mapping[str, Any] | None = None,
    args: Sequence[str] = (),
    renderer: bool = True,
) -> AsyncIterator[Agent]:
    """A server whose callers are the builder, or whoever their badge says; one writer unless others are given."""
    chosen = [writers] if isinstance(writers, Writer) else list(writers) or [Writer()]
    plugins = [sessions, badges(), writing(*chosen), *more]
    if renderer:
        plugins.append(rendering())
    complete: dict[str, Any] = {"schema": "1", "protocol": "1.1", **(config or {})}
    complete["plugins"] = {"settings": {"sessions": dict(settings or {})}}
    complete["limits"] = {"callsPerSecond": 100_000, "burst": 100_000, **complete.get("limits", {})}
    complete.setdefault("app", {"slug": APP, "name": "Rooms"})
    async with booted(plugins, clock=clock, config=complete, args=["--dev-allow-all", *args]) as server:
        yield Agent(server)

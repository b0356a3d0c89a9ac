"""A host page on one origin, a server on another, and a card in a sandboxed frame between them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web
from playwright.async_api import Frame, Page

HOST_PAGE = Path(__file__).parent / "host_page.html"
PATIENCE_S = 30.0

Json = dict[str, Any]
Tool = Callable[[Json], Awaitable[Json | None]]


async def until(holds: Callable[[], Any | Awaitable[Any]], what: str) -> Any:
    """Wait until a condition holds, and return what it gave."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while True:
        value = holds()
        if isinstance(value, Awaitable):
            value = await value
        if value:
            return value
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"Waited in vain for: {what}")
        await asyncio.sleep(0.05)


@dataclass
class Origin:
    """One aiohttp server on a free port."""

    app: web.Application
    runner: web.AppRunner | None = None
    url: str = ""

    async def start(self) -> None:
        self.runner = web.AppRunner(self.app, shutdown_timeout=1)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        assert self.runner.addresses
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}"

    async def stop(self) -> None:
        assert self.runner is not None
        await self.runner.cleanup()


@dataclass
class LiveServer:
    """A scripted ``/ws``, and addresses for the runtime and component code."""

    runtime: str
    origin: Origin = field(init=False)
    frames: list[Json] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    code: dict[str, str] = field(default_factory=dict)
    on_subscribe: list[Json] = field(default_factory=list)
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    streams: list[web.StreamResponse] = field(default_factory=list)
    stream_queries: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        app = web.Application()
        app.router.add_get("/runtime.js", self._runtime)
        app.router.add_get("/code/{hash}.js", self._code)
        app.router.add_get("/ws", self._ws)
        app.router.add_get("/stream", self._stream)
        self.origin = Origin(app)

    async def send(self, kind: str, payload: Json) -> None:
        """Send a frame to the newest connection."""
        await self.sockets[-1].send_json({"type": kind, "payload": payload})

    def received(self, kind: str) -> list[Json]:
        return [frame["payload"] for frame in self.frames if frame["type"] == kind]

    async def _runtime(self, _: web.Request) -> web.Response:
        return self._script(self.runtime)

    async def _code(self, request: web.Request) -> web.Response:
        return self._script(self.code[request.match_info["hash"]])

    def _script(self, text: str) -> web.Response:
        headers = {"Access-Control-Allow-Origin": "*"}
        return web.Response(text=text, content_type="application/javascript", headers=headers)

    async def say(self, kind: str, payload: Json) -> None:
        """Send a frame on the newest event stream."""
        frame = json.dumps({"type": kind, "payload": payload})
        await self.streams[-1].write(f"data: {frame}\n\n".encode())

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        headers = {"Content-Type": "text/event-stream", "Access-Control-Allow-Origin": "*"}
        stream = web.StreamResponse(headers=headers)
        self.stream_queries.append(dict(request.query))
        await stream.prepare(request)
        self.streams.append(stream)
        for answer in self.on_subscribe:
            await self.say(answer["type"], answer["payload"])
        await asyncio.Event().wait()
        return stream

    async def _ws(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        self.tokens.append(request.query.get("wsToken", ""))
        async for message in socket:
            if message.type != WSMsgType.TEXT:
                continue
            frame = json.loads(message.data)
            self.frames.append(frame)
            if frame["type"] == "subscribe":
                for answer in self.on_subscribe:
                    await socket.send_json(answer)
        return socket


def ack(session_id: str = "s-1", **session: Any) -> Json:
    """The answer to a subscription."""
    row = {"id": session_id, "appId": "shop", "type": "component", "componentCode": "", **session}
    payload = {
        "sequence": 3,
        "timestamp": 1,
        "streamSeq": 0,
        "serverVersion": "draft-2026-08-19",
        "session": row,
    }
    return {"type": "ack", "payload": payload}


def render_slice(
    code: str | None = None, *, session_id: str = "s-1", props: Json | None = None, **more: Any
) -> Json:
    """A slice as a server mints it; ``code`` is inlined with its hash."""
    slice_: Json = {"sessionId": session_id, "appId": "shop", "runtimeUrl": "https://ui.invalid/r.js"}
    if code is not None:
        slice_ |= {
            "codeB64": base64.b64encode(code.encode()).decode(),
            "codeHash": hashlib.sha256(code.encode()).hexdigest(),
        }
    if props is not None:
        slice_["propsJson"] = json.dumps(props)
    return slice_ | more


def meta(slice_: Json) -> Json:
    return {"ai.ggui/render": slice_}


def escaped(value: Any) -> str:
    text = json.dumps(value)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


@dataclass
class Host:
    """The page around a card, and what it saw."""

    page: Page
    runtime: str
    server: LiveServer
    tools: dict[str, Tool] = field(default_factory=dict)
    calls: list[tuple[str, Json]] = field(default_factory=list)
    resources: dict[str, str] = field(default_factory=dict)
    console: list[str] = field(default_factory=list)
    answering: set[asyncio.Future[Json | None]] = field(default_factory=set)
    """Tool calls that have no answer yet."""

    async def open(
        self,
        slice_: Json | None = None,
        *,
        csp: str | None = None,
        runtime_url: str | None = None,
        body: str = "",
        **behaviour: Any,
    ) -> Frame:
        """Embed a document with this slice inlined. The runtime stands in the document unless it has an address."""
        html = self.document(slice_, csp=csp, runtime_url=runtime_url, body=body)
        await self.page.evaluate("settings => embed(settings)", {"html": html, **behaviour})
        return await until(lambda: next((f for f in self.page.frames if f.parent_frame), None), "the frame")

    def document(
        self, slice_: Json | None, *, csp: str | None = None, runtime_url: str | None = None, body: str = ""
    ) -> str:
        policy = "" if csp is None else f'<meta http-equiv="Content-Security-Policy" content="{csp}">'
        inlined = (
            "" if slice_ is None else f"<script>globalThis.__GGUI_META__ = {escaped(meta(slice_))};</script>"
        )
        if runtime_url is None:
            code = self.runtime.replace("</script", "<\\/script").replace("<!--", "<\\!--")
            runtime = f'<script type="module" data-ggui-runtime="inline">{code}</script>'
        else:
            runtime = f'<script type="module" crossorigin="anonymous" src="{runtime_url}"></script>'
        head = f'<meta charset="utf-8">{policy}<title>card</title>'
        return (
            f'<!doctype html><html lang="en"><head>{head}</head><body>{body}{inlined}{runtime}</body></html>'
        )

    async def deliver(self, slice_: Json | None = None, **result: Any) -> None:
        """Send a tool result."""
        params: Json = {"content": [], **result}
        if slice_ is not None:
            params["_meta"] = meta(slice_)
        await self.tell("ui/notifications/tool-result", params)

    async def tell(self, method: str, params: Json) -> None:
        await self.page.evaluate("([method, params]) => tell(method, params)", [method, params])

    async def ask(self, method: str, params: Json) -> Json:
        answer: Json = await self.page.evaluate("([method, params]) => ask(method, params)", [method, params])
        return answer

    async def requests(self, method: str) -> list[Json]:
        said: list[Json] = await self.page.evaluate("() => requests")
        return [request for request in said if request["method"] == method]

    async def notifications(self, method: str) -> list[Json]:
        said: list[Json] = await self.page.evaluate("() => notifications")
        return [one["params"] for one in said if one["method"] == method]

    async def signals(self, kind: str) -> list[Json]:
        said: list[Json] = await self.page.evaluate("() => signals")
        return [signal for signal in said if signal["type"] == kind]

    async def states(self) -> list[str]:
        return [signal["event"]["state"] for signal in await self.signals("ggui:lifecycle")]

    def called(self, name: str) -> list[Json]:
        return [arguments for called, arguments in self.calls if called == name]

    async def call_tool(self, name: str, arguments: Json) -> Json | None:
        self.calls.append((name, arguments))
        tool = self.tools.get(name)
        if tool is None:
            return {"error": {"code": -32602, "message": f"Unknown tool: {name}"}}
        answering = asyncio.ensure_future(tool(arguments))
        self.answering.add(answering)
        answering.add_done_callback(self.answering.discard)
        try:
            return await asyncio.shield(answering)
        except asyncio.CancelledError:
            if not answering.cancelled():
                raise
            return None

    async def hang_up(self) -> None:
        """Give up the calls that are still held: what waits for nothing would end in the middle of another test."""
        held = tuple(self.answering)
        for answering in held:
            answering.cancel()
        await asyncio.gather(*held, return_exceptions=True)

    async def read_resource(self, uri: str) -> Json:
        self.calls.append(("resources/read", {"uri": uri}))
        if uri not in self.resources:
            return {"error": {"code": -32002, "message": "Resource not found."}}
        content = {"uri": uri, "mimeType": "text/html;profile=mcp-app", "text": self.resources[uri]}
        return {"result": {"contents": [content]}}


def structured(answer: Mapping[str, Any]) -> Json:
    """A tool result with structured content, as our server answers."""
    return {
        "result": {
            "content": [{"type": "text", "text": json.dumps(answer)}],
            "structuredContent": dict(answer),
        }
    }

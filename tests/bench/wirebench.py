#!/usr/bin/env python3
"""Load client for any server that speaks the ggui wire (MCP + live channel).

It knows nothing about the implementation behind the URL: every scenario runs
over the public wire, and every response that is timed is also checked.  A
response that is fast but wrong counts as an error, and a run with errors exits
with status 1.

Loopback only, bounded in count and in time.  Needs Python >= 3.11 and aiohttp
(uvloop is used when it is installed).

    python wirebench.py --base-url http://127.0.0.1:6781 --scenarios all
    python wirebench.py --base-url ... --bearer TOKEN --pid 1234 --out report.json
    python wirebench.py --scenarios cold --cold-cmd 'myserver serve --port {port}'

How a cached blueprint is obtained (``--prime``):

    register   call ggui_ops_register_blueprint on the control endpoint
               (``--control-path``, needs a bearer that is allowed to)
    command    run ``--prime-cmd`` first; it receives the contract and the code
               as files in {dir} (contract.json, component.js) and must make the
               server answer that contract from its store
    none       the server already holds a blueprint for ``--contract FILE``
    fresh      nothing is cached: every render is a fresh generation (a keyless
               generator, say); the cache checks are left out

Scenarios: ping, seq, conc, read, wake, wakews, waiters, nocons, nocons2, emit, update,
fanout, sessions, growth, cold (``all`` = everything except cold, sessions and growth).

``--era`` chooses how a client words its calls: 2025-06-18 with a handshake at the start, 2026-07-28 with an envelope
in each.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import hashlib
import ipaddress
import json
import os
import platform
import random
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

PROTOCOL_VERSION = "2025-06-18"
SLICE_KEY = "ai.ggui/render"
MODERN = "2026-07-28"
META = "io.modelcontextprotocol/"
MAX_COUNT = 20_000  # no scenario issues more timed operations than this
MAX_GROWTH = 100_000  # but growth, whose subject is their number


# --------------------------------------------------------------------------
# The blueprint every scenario uses
# --------------------------------------------------------------------------


def default_contract() -> dict[str, Any]:
    """A contract that exercises all four data surfaces."""
    return {
        "propsSpec": {
            "properties": {
                "title": {"schema": {"type": "string"}, "required": True},
                "count": {"schema": {"type": "number"}, "required": False},
            }
        },
        "actionSpec": {
            "benchPress": {
                "label": "Press",
                "schema": {
                    "type": "object",
                    "properties": {"n": {"type": "integer"}},
                    "required": ["n"],
                },
            }
        },
        "streamSpec": {
            "benchTicks": {
                "mode": "append",
                "schema": {
                    "type": "object",
                    "properties": {"n": {"type": "integer"}},
                    "required": ["n"],
                },
            }
        },
        "contextSpec": {"draft": {"schema": {"type": "string"}, "default": ""}},
    }


def default_code(size: int) -> str:
    """An ES module of about `size` bytes whose default export is a component."""
    head = (
        "import React from 'react';\n"
        "export default function BenchCard(props) {\n"
        "  return React.createElement('div', {'data-count': String(props.count)},\n"
        "    props.title + ': ' + props.count);\n}\n"
    )
    pad = "".join(f"const pad{i} = {i};\n" for i in range(4000))
    return head + pad[: max(0, size - len(head) - 1)].rsplit("\n", 1)[0] + "\n"


# --------------------------------------------------------------------------
# Figures
# --------------------------------------------------------------------------


def quantile(sorted_values: list[float], q: float) -> float:
    if not sorted_values:
        return float("nan")
    pos = q * (len(sorted_values) - 1)
    low = int(pos)
    high = min(low + 1, len(sorted_values) - 1)
    return sorted_values[low] + (sorted_values[high] - sorted_values[low]) * (pos - low)


def summary(values: Iterable[float]) -> dict[str, float]:
    v = sorted(values)
    if not v:
        return {"n": 0}
    return {
        "n": len(v),
        "min_ms": round(v[0], 3),
        "p50_ms": round(quantile(v, 0.50), 3),
        "p95_ms": round(quantile(v, 0.95), 3),
        "p99_ms": round(quantile(v, 0.99), 3),
        "max_ms": round(v[-1], 3),
        "mean_ms": round(sum(v) / len(v), 3),
    }


class CheckFailed(Exception):
    """A response arrived but is not what the wire promises."""


def check(condition: bool, message: str, got: Any = None) -> None:
    if not condition:
        detail = "" if got is None else f" (got {str(got)[:300]})"
        raise CheckFailed(message + detail)


@dataclass
class Report:
    results: dict[str, Any] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    error_count: int = 0

    def error(self, where: str, exc: BaseException) -> None:
        self.error_count += 1
        if len(self.errors) < 50:
            self.errors.append(f"{where}: {type(exc).__name__}: {exc}")

    def add(self, name: str, **figures: Any) -> None:
        self.results[name] = figures
        print(f"  {name:<28} " + json.dumps(figures), flush=True)


# --------------------------------------------------------------------------
# Process observation (optional)
# --------------------------------------------------------------------------


def family(pids: Iterable[int]) -> set[int]:
    """The processes and all their descendants that live now (Linux)."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                stat = (entry / "stat").read_text()
                parents[int(entry.name)] = int(stat.rsplit(")", 1)[1].split()[1])
    members = set(pids)
    grew = True
    while grew:
        more = {child for child, parent in parents.items() if parent in members} - members
        members |= more
        grew = bool(more)
    return members


def own_rss_kib(pid: int) -> int:
    """Resident set of one process, in KiB; 0 when it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


def rss_kib(pids: Iterable[int]) -> int:
    """Resident sets of processes and their descendants, in KiB (Linux)."""
    return sum(own_rss_kib(member) for member in family(pids))


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of processes and of their living descendants."""
    ticks = 0
    for member in family(pids):
        with contextlib.suppress(OSError, IndexError, ValueError):
            fields = Path(f"/proc/{member}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


# --------------------------------------------------------------------------
# The wire
# --------------------------------------------------------------------------


@dataclass
class Target:
    base_url: str
    bearer: str | None
    mcp_path: str = "/mcp"
    control_path: str = "/control"


class McpClient:
    """Streamable-HTTP MCP, plain JSON or SSE answers, with or without sessions."""

    def __init__(
        self, http: aiohttp.ClientSession, target: Target, path: str, era: str = PROTOCOL_VERSION
    ) -> None:
        self._http = http
        self._era = era
        self._url = target.base_url + path
        self._headers = {
            "Accept": "application/json, text/event-stream",
            "Content-Type": "application/json",
        }
        if target.bearer:
            self._headers["Authorization"] = f"Bearer {target.bearer}"
        self._next_id = 0
        self.answer_bytes = 0

    async def start(self) -> dict[str, Any]:
        if self._era == MODERN:
            result = await self.request("server/discover", {})
            check(MODERN in result.get("supportedVersions", ()), "server/discover result", result)
            return {"serverInfo": {}, **result}
        result = await self.request(
            "initialize",
            {
                "protocolVersion": PROTOCOL_VERSION,
                "capabilities": {},
                "clientInfo": {"name": "wirebench", "version": "1"},
            },
        )
        check("serverInfo" in result and "protocolVersion" in result, "initialize result", result)
        body = json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"})
        async with self._http.post(self._url, data=body, headers=self._headers) as resp:
            check(resp.status in (200, 202, 204), "initialized notification", resp.status)
            await resp.read()
        return result

    async def request(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self._next_id += 1
        request_id = self._next_id
        headers = self._headers
        if self._era == MODERN:
            envelope = {
                META + "protocolVersion": MODERN,
                META + "clientCapabilities": {},
                META + "clientInfo": {"name": "wirebench", "version": "1"},
            }
            params = {**params, "_meta": {**params.get("_meta", {}), **envelope}}
            headers = {**headers, "MCP-Protocol-Version": MODERN, "Mcp-Method": method}
            name = params.get("name") or params.get("uri")
            if isinstance(name, str):
                headers["Mcp-Name"] = name
        body = json.dumps({"jsonrpc": "2.0", "id": request_id, "method": method, "params": params})
        async with self._http.post(self._url, data=body, headers=headers) as resp:
            raw = await resp.read()
            self.answer_bytes = len(raw)
            text = raw.decode()
            check(resp.status == 200, f"{method}: HTTP status", f"{resp.status} {text[:200]}")
            if method == "initialize" and "mcp-session-id" in resp.headers:
                self._headers["Mcp-Session-Id"] = resp.headers["mcp-session-id"]
            is_sse = "text/event-stream" in resp.headers.get("content-type", "")
        message = self._pick(text, request_id) if is_sse else json.loads(text)
        check(message.get("id") == request_id, f"{method}: response id", message.get("id"))
        if "error" in message:
            raise CheckFailed(f"{method}: JSON-RPC error {message['error']}")
        return message["result"]

    @staticmethod
    def _pick(text: str, request_id: int) -> dict[str, Any]:
        for line in text.splitlines():
            if line.startswith("data:"):
                message = json.loads(line[5:])
                if message.get("id") == request_id:
                    return message
        raise CheckFailed(f"no SSE message answers request {request_id}")

    async def tool(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        result = await self.request("tools/call", {"name": name, "arguments": arguments})
        check(not result.get("isError"), f"{name}: isError", result.get("content"))
        check(isinstance(result.get("structuredContent"), dict), f"{name}: structuredContent")
        return result


@dataclass
class Session:
    """What a cached render returned, as a host would keep it."""

    session_id: str
    app_id: str
    resource_uri: str
    ws_url: str
    ws_token: str
    props: dict[str, Any]


class Channel:
    """One live-channel subscriber; frames are queued with their arrival time."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self._ws = ws
        self.frames: asyncio.Queue[tuple[float, dict[str, Any]]] = asyncio.Queue()
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self._ws:
            if message.type is aiohttp.WSMsgType.TEXT:
                arrived = time.perf_counter()
                self.frames.put_nowait((arrived, json.loads(message.data)))

    async def send(self, frame: dict[str, Any]) -> None:
        await self._ws.send_json(frame)

    async def until(
        self, accept: Callable[[dict[str, Any]], bool], timeout: float = 10.0
    ) -> tuple[float, dict[str, Any]]:
        async with asyncio.timeout(timeout):
            while True:
                arrived, frame = await self.frames.get()
                if frame.get("type") == "error":
                    raise CheckFailed(f"error frame {frame.get('payload')}")
                if accept(frame):
                    return arrived, frame

    async def close(self) -> None:
        await self._ws.close()
        await self._reader


def is_bench_tick(frame: dict[str, Any]) -> bool:
    return frame.get("type") == "data" and frame["payload"].get("channel") == "benchTicks"


async def open_channel(http: aiohttp.ClientSession, session: Session) -> Channel:
    url = f"{session.ws_url}?wsToken={session.ws_token}"
    ws = await http.ws_connect(url, compress=0, max_msg_size=0)
    channel = Channel(ws)
    request_id = uuid.uuid4().hex
    await channel.send(
        {
            "type": "subscribe",
            "requestId": request_id,
            "payload": {
                "sessionId": session.session_id,
                "appId": session.app_id,
                "wsToken": session.ws_token,
                "role": "user",
            },
        }
    )
    _, ack = await channel.until(lambda f: f.get("requestId") == request_id)
    check(ack["type"] == "ack", "subscribe answer", ack)
    return channel


# --------------------------------------------------------------------------
# Bench
# --------------------------------------------------------------------------


class Bench:
    def __init__(self, args: argparse.Namespace, http: aiohttp.ClientSession) -> None:
        self.args = args
        self.http = http
        self.target = Target(args.base_url.rstrip("/"), args.bearer, args.mcp_path, args.control_path)
        self.mcp = McpClient(http, self.target, self.target.mcp_path, args.era)
        self.report = Report()
        self.contract: dict[str, Any] = (
            json.loads(Path(args.contract).read_text()) if args.contract else default_contract()
        )
        self.code = Path(args.code).read_text() if args.code else default_code(args.code_bytes)
        self.code_hash = hashlib.sha256(self.code.encode()).hexdigest()
        self.random = random.Random(args.seed)
        self.seen_sessions: set[str] = set()
        self.serial = 0
        self.deadline = time.monotonic() + args.max_seconds

    # -- shared steps -------------------------------------------------------

    def out_of_time(self) -> bool:
        return time.monotonic() > self.deadline

    async def prime(self) -> None:
        mode = self.args.prime
        if mode == "command":
            with tempfile.TemporaryDirectory() as folder:
                Path(folder, "contract.json").write_text(json.dumps(self.contract))
                Path(folder, "component.js").write_text(self.code)
                subprocess.run(shlex.split(self.args.prime_cmd.replace("{dir}", folder)), check=True)
        elif mode == "register":
            control = McpClient(self.http, self.target, self.target.control_path, self.args.era)
            await control.start()
            result = await control.tool(
                "ggui_ops_register_blueprint",
                {"contract": self.contract, "componentCode": self.code, "confirm": True},
            )
            got = result["structuredContent"]
            check(got.get("codeHash") == self.code_hash, "registered codeHash", got)
        session, _, _ = await self.render_cached()
        check(bool(session.session_id), "primed render")

    async def render_cached(self) -> tuple[Session, float, float]:
        """One handshake + one render; both answered from the store."""
        self.serial += 1
        props = {"title": f"t{self.serial}", "count": self.serial}
        start = time.perf_counter()
        shake = (
            await self.mcp.tool(
                "ggui_handshake",
                {
                    "intent": f"bench card {self.serial}",
                    "blueprintDraft": {"contract": self.contract},
                },
            )
        )["structuredContent"]
        shaken = time.perf_counter()
        suggestion = shake.get("suggestion") or {}
        if self.args.prime != "fresh":
            check(suggestion.get("origin") == "cache", "handshake origin", suggestion)
        if self.args.prime in ("register", "command"):
            check(
                (suggestion.get("blueprintMeta") or {}).get("codeHash") == self.code_hash,
                "handshake codeHash",
                suggestion,
            )
        before_render = time.perf_counter()
        result = await self.mcp.tool("ggui_render", {"handshakeId": shake["handshakeId"], "props": props})
        done = time.perf_counter()
        out = result["structuredContent"]
        meta = (result.get("_meta") or {}).get(SLICE_KEY) or {}
        if self.args.prime != "fresh":
            check(bool((out.get("cache") or {}).get("hit")), "render cache.hit", out)
        check(out.get("sessionId") == meta.get("sessionId"), "render sessionId", out)
        check(out["sessionId"] not in self.seen_sessions, "fresh sessionId", out["sessionId"])
        self.seen_sessions.add(out["sessionId"])
        check(json.loads(meta.get("propsJson", "null")) == props, "render propsJson", meta)
        if "codeB64" in meta and self.args.prime in ("register", "command"):
            sent = hashlib.sha256(base64.b64decode(meta["codeB64"])).hexdigest()
            check(sent == self.code_hash, "render code bytes", sent)
        session = Session(
            session_id=out["sessionId"],
            app_id=meta["appId"],
            resource_uri=out["resourceUri"],
            ws_url=meta["wsUrl"],
            ws_token=meta["wsToken"],
            props=props,
        )
        return session, (shaken - start) * 1e3, (done - before_render) * 1e3

    def rss(self) -> int | None:
        return rss_kib(self.args.pid) if self.args.pid else None

    async def guarded(self, where: str, step: Awaitable[Any]) -> Any:
        try:
            return await step
        except Exception as exc:  # every failure is a figure here, none is fatal
            self.report.error(where, exc)
            return None

    # -- scenarios ------------------------------------------------------------

    async def ping(self) -> None:
        for name, method, key in (("ping", "ping", None), ("tools_list", "tools/list", "tools")):
            times = []
            for _ in range(self.args.n):
                start = time.perf_counter()
                result = await self.guarded(name, self.mcp.request(method, {}))
                if result is not None and (key is None or result.get(key)):
                    times.append((time.perf_counter() - start) * 1e3)
            self.report.add(name, **summary(times), bytes=self.mcp.answer_bytes)

    async def seq(self) -> None:
        shakes, renders, totals = [], [], []
        for _ in range(self.args.n):
            got = await self.guarded("seq", self.render_cached())
            if got:
                shakes.append(got[1])
                renders.append(got[2])
                totals.append(got[1] + got[2])
        self.report.add("seq_handshake", **summary(shakes))
        self.report.add("seq_render", **summary(renders))
        self.report.add("seq_handshake_render", **summary(totals))

    async def render_until_done(self, turns: Iterator[int], latencies: list[float]) -> None:
        for _ in turns:
            if self.out_of_time():
                return
            begun = time.perf_counter()
            if await self.guarded("conc", self.render_cached()):
                latencies.append((time.perf_counter() - begun) * 1e3)

    async def conc(self) -> None:
        for clients in self.args.clients:
            total = min(MAX_COUNT, max(self.args.conc_n, clients * 4))
            latencies: list[float] = []
            turns = iter(range(total))

            cpu0 = cpu_seconds(self.args.pid) if self.args.pid else 0.0
            own0 = time.process_time()
            start = time.perf_counter()
            await asyncio.gather(*(self.render_until_done(turns, latencies) for _ in range(clients)))
            wall = time.perf_counter() - start
            figures: dict[str, Any] = {
                "pairs_per_s": round(len(latencies) / wall, 1),
                **summary(latencies),
                "client_cpu_share": round((time.process_time() - own0) / wall, 2),
            }
            if self.args.pid:
                used = cpu_seconds(self.args.pid) - cpu0
                figures["server_cpu_share"] = round(used / wall, 2)
                figures["cpu_ms_per_pair"] = round(used * 1e3 / max(1, len(latencies)), 3)
            self.report.add(f"conc_{clients}", **figures)

    async def read(self) -> None:
        session, _, _ = await self.render_cached()
        times, size = [], 0
        for _ in range(self.args.n):
            start = time.perf_counter()
            result = await self.guarded(
                "read", self.mcp.request("resources/read", {"uri": session.resource_uri})
            )
            if result:
                contents = result["contents"][0]
                check(contents["uri"] == session.resource_uri, "read uri", contents["uri"])
                check(session.session_id in contents["text"], "read text names the session")
                size = len(contents["text"])
                times.append((time.perf_counter() - start) * 1e3)
        self.report.add("resources_read", **summary(times), bytes=size)

    def action(self, session: Session, n: int) -> dict[str, Any]:
        return {
            "kind": "dispatch",
            "sessionId": session.session_id,
            "appId": session.app_id,
            "actionId": f"act-{n}-{uuid.uuid4().hex[:8]}",
            "firedAt": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "payload": {"intent": "benchPress", "actionData": {"n": n}, "uiContext": {"draft": ""}},
        }

    async def consume(self, session: Session, timeout: int) -> tuple[float, list[dict[str, Any]]]:
        result = await self.mcp.tool("ggui_consume", {"sessionId": session.session_id, "timeout": timeout})
        return time.perf_counter(), result["structuredContent"]["events"]

    async def wake_once(self, session: Session, n: int, channel: Channel | None) -> float:
        """Milliseconds from sending an action to the long-poll's answer."""
        poll = asyncio.create_task(self.consume(session, 20))
        # A random phase, so that a polling server is sampled over its period.
        await asyncio.sleep(0.15 + self.random.random() * 1.6)
        check(not poll.done(), "long-poll returned before any action")
        if channel is None:
            envelope = self.action(session, n)
            sent = time.perf_counter()
            answer = await self.mcp.tool("ggui_runtime_submit_action", envelope)
            check(answer["structuredContent"].get("ok") is True, "submit ok", answer)
        else:
            request_id = f"wb-{n}-{uuid.uuid4().hex[:6]}"
            sent = time.perf_counter()
            await channel.send(
                {
                    "type": "action",
                    "requestId": request_id,
                    "payload": {
                        "sessionId": session.session_id,
                        "type": "data:submit",
                        "payload": {"action": "benchPress", "data": {"n": n}},
                    },
                }
            )
            _, ack = await channel.until(lambda f: f.get("requestId") == request_id)
            check(isinstance(ack["payload"].get("sequence"), int), "action ack sequence", ack)
        woke, events = await poll
        check(len(events) == 1, "one event", events)
        event = events[0]
        check(event.get("intent") == "benchPress", "event intent", event)
        check(event.get("actionData") == {"n": n}, "event actionData", event)
        return (woke - sent) * 1e3

    async def wake(self, over_ws: bool = False) -> None:
        name = "wake_ws_action" if over_ws else "wake_submit_action"
        rounds = max(1, self.args.wake_n // self.args.wake_parallel)
        times: list[float] = []

        async def lane(k: int) -> None:
            session, _, _ = await self.render_cached()
            channel = await open_channel(self.http, session) if over_ws else None
            for i in range(rounds):
                if self.out_of_time():
                    break
                got = await self.guarded(name, self.wake_once(session, k * 1000 + i, channel))
                if got is not None:
                    times.append(got)
            if channel:
                await channel.close()

        await asyncio.gather(*(self.guarded(name, lane(k)) for k in range(self.args.wake_parallel)))
        self.report.add(name, **summary(times), parallel=self.args.wake_parallel)

    async def wakews(self) -> None:
        await self.wake(over_ws=True)

    async def waiters(self) -> None:
        """Many idle long-polls held at once, then each woken by one action."""
        count = self.args.waiters
        sessions = [(await self.render_cached())[0] for _ in range(count)]
        before = self.rss()
        cpu0 = cpu_seconds(self.args.pid) if self.args.pid else 0.0
        polls = [asyncio.create_task(self.consume(s, 25)) for s in sessions]
        await asyncio.sleep(4)
        idle_cpu = (cpu_seconds(self.args.pid) - cpu0) / 4 if self.args.pid else None
        held = self.rss()
        times: list[float] = []

        async def one(i: int) -> None:
            sent = time.perf_counter()
            await self.mcp.tool("ggui_runtime_submit_action", self.action(sessions[i], i))
            woke, events = await polls[i]
            check(len(events) == 1 and events[0]["actionData"] == {"n": i}, "waiter event", events)
            times.append((woke - sent) * 1e3)

        await asyncio.gather(*(self.guarded("waiters", one(i)) for i in range(count)))
        self.report.add(
            f"waiters_{count}",
            **summary(times),
            rss_before_kib=before,
            rss_held_kib=held,
            idle_server_cpu_share=None if idle_cpu is None else round(idle_cpu, 3),
        )

    async def nocons(self) -> None:
        """An action nobody is waiting for: how long the submit itself takes."""
        times = []
        for i in range(min(self.args.n, 5)):
            session, _, _ = await self.render_cached()
            start = time.perf_counter()
            got = await self.guarded(
                "nocons", self.mcp.tool("ggui_runtime_submit_action", self.action(session, i))
            )
            if got:
                check(got["structuredContent"].get("ok") is True, "submit ok", got)
                times.append((time.perf_counter() - start) * 1e3)
                _, events = await self.consume(session, 0)
                check(len(events) == 1, "queued event", events)
        self.report.add("submit_without_consumer", **summary(times))

    async def nocons2(self) -> None:
        """A second gesture after one that was answered ``consumerPresent: false``: nobody is waited for again."""
        times = []
        for i in range(min(self.args.n, 20)):
            session, _, _ = await self.render_cached()
            first = await self.guarded(
                "nocons2", self.mcp.tool("ggui_runtime_submit_action", self.action(session, i))
            )
            if not first:
                continue
            check(first["structuredContent"].get("consumerPresent") is False, "nobody is there", first)
            start = time.perf_counter()
            second = await self.guarded(
                "nocons2", self.mcp.tool("ggui_runtime_submit_action", self.action(session, i + 1000))
            )
            if second:
                times.append((time.perf_counter() - start) * 1e3)
                check(second["structuredContent"].get("consumerPresent") is False, "still nobody", second)
                _, events = await self.consume(session, 0)
                check(len(events) == 2, "both events queued", events)
        self.report.add("second_submit_without_consumer", **summary(times))

    async def emit(self) -> None:
        session, _, _ = await self.render_cached()
        channel = await open_channel(self.http, session)
        frame_ms, call_ms, last_seq = [], [], 0
        for i in range(self.args.n):
            start = time.perf_counter()
            call = asyncio.create_task(
                self.mcp.tool(
                    "ggui_emit",
                    {
                        "sessionId": session.session_id,
                        "channel": "benchTicks",
                        "payload": {"n": i},
                    },
                )
            )
            got = await self.guarded(
                "emit",
                channel.until(is_bench_tick),
            )
            await call
            call_ms.append((time.perf_counter() - start) * 1e3)
            if got:
                arrived, frame = got
                check(frame["payload"]["payload"] == {"n": i}, "emit payload", frame)
                check(frame["payload"]["seq"] > last_seq, "emit seq grows", frame)
                last_seq = frame["payload"]["seq"]
                frame_ms.append((arrived - start) * 1e3)
        await channel.close()
        self.report.add("emit_to_frame", **summary(frame_ms))
        self.report.add("emit_call", **summary(call_ms))

    async def update(self) -> None:
        session, _, _ = await self.render_cached()
        channel = await open_channel(self.http, session)
        times = []
        for i in range(self.args.n):
            start = time.perf_counter()
            call = asyncio.create_task(
                self.mcp.tool(
                    "ggui_amend",
                    {"sessionId": session.session_id, "kind": "merge", "patch": {"count": 10_000 + i}},
                )
            )
            got = await self.guarded("update", channel.until(lambda f: f.get("type") == "props_update"))
            await call
            if got:
                arrived, frame = got
                expected = {**session.props, "count": 10_000 + i}
                check(frame["payload"]["props"] == expected, "props_update props", frame)
                times.append((arrived - start) * 1e3)
        await channel.close()
        self.report.add("amend_to_frame", **summary(times))

    async def fanout(self) -> None:
        width = self.args.fanout
        session, _, _ = await self.render_cached()
        opened = time.perf_counter()
        channels: list[Channel] = []
        for begin in range(0, width, 25):
            batch = [open_channel(self.http, session) for _ in range(min(25, width - begin))]
            channels.extend(await asyncio.gather(*batch))
        subscribe_s = time.perf_counter() - opened
        rounds, every, slowest = self.args.fanout_n, [], []
        for i in range(rounds):
            start = time.perf_counter()
            call = asyncio.create_task(
                self.mcp.tool(
                    "ggui_emit",
                    {"sessionId": session.session_id, "channel": "benchTicks", "payload": {"n": i}},
                )
            )
            got = await self.guarded("fanout", asyncio.gather(*(c.until(is_bench_tick) for c in channels)))
            await call
            if got:
                for _, frame in got:  # exactly the frame of this round, at each subscriber
                    check(frame["payload"]["payload"] == {"n": i}, "fan-out payload", frame)
                arrivals = [(arrived - start) * 1e3 for arrived, _ in got]
                every.extend(arrivals)
                slowest.append(max(arrivals))
        for channel in channels:
            await channel.close()
        self.report.add(f"fanout_{width}_each", **summary(every), subscribe_all_s=round(subscribe_s, 3))
        self.report.add(f"fanout_{width}_last", **summary(slowest))

    async def sessions(self) -> None:
        marks = sorted(self.args.session_marks)
        ids: list[Session] = []
        start_rss = self.rss()
        figures: dict[str, Any] = {"rss_start_kib": start_rss}
        lock_step = 16
        begun = time.perf_counter()
        for mark in marks:
            while len(ids) < mark and not self.out_of_time():
                want = min(lock_step, mark - len(ids))
                got = await asyncio.gather(
                    *(self.guarded("sessions", self.render_cached()) for _ in range(want))
                )
                made = [g[0] for g in got if g]
                ids.extend(made)
                if not made:
                    raise CheckFailed("no session could be made")
            figures[f"at_{len(ids)}_s"] = round(time.perf_counter() - begun, 1)
            await asyncio.sleep(1.0)
            figures[f"rss_{len(ids)}_kib"] = self.rss()
        for session in (ids[0], ids[len(ids) // 2], ids[-1]):
            got = await self.mcp.tool("ggui_get_session", {"sessionId": session.session_id})
            check(got["structuredContent"]["id"] == session.session_id, "session kept", got)
        if start_rss and figures.get(f"rss_{len(ids)}_kib"):
            grown = figures[f"rss_{len(ids)}_kib"] - start_rss
            figures["kib_per_session"] = round(grown / len(ids), 2)
        after = []
        for _ in range(50):
            got = await self.guarded("sessions", self.render_cached())
            if got:
                after.append(got[1] + got[2])
        self.report.add("sessions", **figures, pair_after=summary(after))

    async def growth(self) -> None:
        """Many renders of many contracts: does anything grow, or become slower, with the number of them?

        The server writes each contract's component once. Then every pair is reused; the first and the last tenth are
        compared.
        """
        contracts = [numbered_contract(self.contract, i) for i in range(self.args.contracts)]
        reused: list[float] = []
        samples: list[list[int]] = []
        begun = time.perf_counter()
        written: list[float] = []
        for contract in contracts:
            if self.out_of_time():
                raise CheckFailed("not finished: --max-seconds reached")
            start = time.perf_counter()
            if await self.guarded("growth", self.render_of(contract)):
                written.append((time.perf_counter() - start) * 1e3)
        total = self.args.growth_n - len(contracts)
        turns = iter(range(total))
        every = max(1, total // 50)

        async def lane() -> None:
            for turn in turns:
                if self.out_of_time():
                    raise CheckFailed("not finished: --max-seconds reached")
                start = time.perf_counter()
                if await self.guarded("growth", self.render_of(contracts[turn % len(contracts)], reuse=True)):
                    reused.append((time.perf_counter() - start) * 1e3)
                if self.report.error_count > 20:
                    raise CheckFailed("stopped after 20 errors")
                if turn % every == 0 and self.args.pid:
                    main = sum(own_rss_kib(pid) for pid in self.args.pid)
                    samples.append([turn + len(contracts), main, rss_kib(self.args.pid)])

        await asyncio.gather(*(lane() for _ in range(self.args.growth_clients)))
        tenth = max(1, len(reused) // 10)
        first, last = sorted(reused[:tenth]), sorted(reused[-tenth:])
        figures: dict[str, Any] = {
            "contracts": len(contracts),
            "renders": len(written) + len(reused),
            "wall_s": round(time.perf_counter() - begun, 1),
            "written": summary(written),
            "p50_first_tenth_ms": round(quantile(first, 0.5), 3),
            "p50_last_tenth_ms": round(quantile(last, 0.5), 3),
            "p95_first_tenth_ms": round(quantile(first, 0.95), 3),
            "p95_last_tenth_ms": round(quantile(last, 0.95), 3),
        }
        if self.args.pid:
            figures["rss_main_kib"] = sum(own_rss_kib(pid) for pid in self.args.pid)
            figures["rss_tree_kib"] = rss_kib(self.args.pid)
            figures["rss_samples"] = samples
        self.report.add("growth", **summary(reused), **figures)

    async def render_of(self, contract: dict[str, Any], *, reuse: bool = False) -> bool:
        """One handshake + render of a contract whose component the server writes or has written."""
        self.serial += 1
        props = {"title": f"t{self.serial}", "count": self.serial}
        draft = {"intent": f"bench card {self.serial}", "blueprintDraft": {"contract": contract}}
        shake = (await self.mcp.tool("ggui_handshake", draft))["structuredContent"]
        origin = (shake.get("suggestion") or {}).get("origin")
        check(not reuse or origin == "cache", "handshake origin", origin)
        result = await self.mcp.tool("ggui_render", {"handshakeId": shake["handshakeId"], "props": props})
        meta = (result.get("_meta") or {}).get(SLICE_KEY) or {}
        check(json.loads(meta.get("propsJson", "null")) == props, "render propsJson", meta)
        return True


def numbered_contract(contract: dict[str, Any], number: int) -> dict[str, Any]:
    """A contract of the same shape that no other number has."""
    field_name = f"field{number}"
    extra = {field_name: {"schema": {"type": "string"}, "required": False}}
    return {
        **contract,
        "propsSpec": {"properties": {**contract["propsSpec"]["properties"], **extra}},
    }


# --------------------------------------------------------------------------
# Cold start
# --------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


async def cold(args: argparse.Namespace, report: Report) -> None:
    ready, usable, rss = [], [], []
    for _ in range(args.cold_n):
        port = free_port()
        base = f"http://127.0.0.1:{port}"
        with tempfile.TemporaryDirectory() as home:
            environment = {**os.environ, "HOME": home}
            start = time.perf_counter()
            proc = subprocess.Popen(
                shlex.split(args.cold_cmd.replace("{port}", str(port))),
                cwd=home,
                env=environment,
                start_new_session=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            try:
                async with aiohttp.ClientSession() as http:
                    while True:
                        if time.perf_counter() - start > 60 or proc.poll() is not None:
                            raise CheckFailed("server did not come up")
                        try:
                            async with http.get(base + args.health_path) as resp:
                                if resp.status == 200:
                                    break
                        except aiohttp.ClientError:
                            pass
                        await asyncio.sleep(0.005)
                    ready.append((time.perf_counter() - start) * 1e3)
                    mcp = McpClient(http, Target(base, args.bearer), args.mcp_path, args.era)
                    listed = await mcp.request("tools/list", {})
                    check(len(listed["tools"]) > 0, "tools/list after start")
                    usable.append((time.perf_counter() - start) * 1e3)
                    await asyncio.sleep(1.0)
                    rss.append(rss_kib([proc.pid]))
            except Exception as exc:
                report.error("cold", exc)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(proc.pid, signal.SIGTERM)
                try:
                    proc.wait(10)
                except subprocess.TimeoutExpired:
                    os.killpg(proc.pid, signal.SIGKILL)
                    proc.wait()
    report.add("cold_to_health", **summary(ready))
    report.add("cold_to_tools_list", **summary(usable))
    report.add("cold_rss_kib", values=rss)


# --------------------------------------------------------------------------
# Entry
# --------------------------------------------------------------------------

ALL = [
    *("ping", "seq", "conc", "read", "wake", "wakews"),
    *("waiters", "nocons", "nocons2", "emit", "update", "fanout"),
]


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--base-url", default="http://127.0.0.1:6781")
    p.add_argument("--bearer", default="dev")
    p.add_argument("--mcp-path", default="/mcp")
    p.add_argument("--control-path", default="/control")
    p.add_argument("--prime", choices=["register", "command", "none", "fresh"], default="register")
    p.add_argument("--prime-cmd", default="")
    p.add_argument("--contract", help="JSON file; default: the built-in contract")
    p.add_argument("--code", help="component module file; default: a generated one")
    p.add_argument("--code-bytes", type=int, default=6144)
    p.add_argument("--scenarios", default="all", help="comma list, or all")
    p.add_argument("--n", type=int, default=200, help="operations in sequential scenarios")
    p.add_argument("--clients", type=lambda s: [int(x) for x in s.split(",")], default=[16, 64])
    p.add_argument("--conc-n", type=int, default=600, help="handshake+render pairs per level")
    p.add_argument("--wake-n", type=int, default=120)
    p.add_argument("--wake-parallel", type=int, default=12)
    p.add_argument("--waiters", type=int, default=100)
    p.add_argument("--fanout", type=int, default=200)
    p.add_argument("--fanout-n", type=int, default=50)
    p.add_argument("--session-marks", type=lambda s: [int(x) for x in s.split(",")], default=[1000, 5000])
    p.add_argument(
        "--pid",
        type=lambda s: [int(x) for x in s.split(",")],
        help="server processes (comma list), for RSS and CPU figures",
    )
    p.add_argument("--era", choices=[PROTOCOL_VERSION, MODERN], default=PROTOCOL_VERSION)
    p.add_argument("--contracts", type=int, default=500, help="different contracts in growth")
    p.add_argument("--growth-n", type=int, default=5000, help="renders in growth")
    p.add_argument("--growth-clients", type=int, default=8)
    p.add_argument("--cold-cmd", help="command that starts a server on {port}")
    p.add_argument("--cold-n", type=int, default=5)
    p.add_argument("--health-path", default="/ggui/health")
    p.add_argument("--warmup", type=int, default=30, help="untimed pairs before the first scenario")
    p.add_argument("--max-seconds", type=float, default=480)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--out", help="write the report as JSON")
    args = p.parse_args(argv)
    host = urlsplit(args.base_url).hostname or ""
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        p.error("only loopback servers may be measured")
    for name in ("n", "conc_n", "wake_n", "waiters", "fanout", "fanout_n"):
        if not 0 < getattr(args, name) <= MAX_COUNT:
            p.error(f"--{name.replace('_', '-')} out of range")
    if not 0 < args.contracts < args.growth_n <= MAX_GROWTH:
        p.error("--growth-n and --contracts out of range")
    return args


async def run(args: argparse.Namespace) -> Report:
    names = ALL if args.scenarios == "all" else args.scenarios.split(",")
    if "cold" in names:
        report = Report()
        await cold(args, report)
        names = [n for n in names if n != "cold"]
        if not names:
            return report
    else:
        report = Report()
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=4)
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as http:
        bench = Bench(args, http)
        bench.report = report
        try:
            info = await bench.mcp.start()
            await bench.prime()
        except Exception as exc:
            report.error("prime", exc)
            return report
        report.results["server"] = {k: info["serverInfo"].get(k) for k in ("name", "version")}
        for _ in range(args.warmup):
            await bench.guarded("warmup", bench.render_cached())
        if args.pid:
            report.results["rss_idle_kib"] = bench.rss()
        for name in names:
            if bench.out_of_time():
                report.error(name, TimeoutError("not run: --max-seconds reached"))
                continue
            await bench.guarded(name, getattr(bench, name)())
        if args.pid:
            report.results["rss_end_kib"] = bench.rss()
    return report


def main() -> int:
    args = parse()
    with contextlib.suppress(ImportError):
        import uvloop

        uvloop.install()
    load_before = os.getloadavg()
    started = time.time()
    report = asyncio.run(run(args))
    report.results["machine"] = {
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "load_before": [round(x, 2) for x in load_before],
        "load_after": [round(x, 2) for x in os.getloadavg()],
        "wall_s": round(time.time() - started, 1),
    }
    if args.out:
        Path(args.out).write_text(json.dumps({**report.results, "errors": report.errors}, indent=1) + "\n")
    print(f"machine {json.dumps(report.results['machine'])}")
    print(f"{report.error_count} errors")
    for line in report.errors[:10]:
        print("  " + line)
    return 1 if report.error_count else 0


if __name__ == "__main__":
    sys.exit(main())

"""Streamable HTTP as spec 02 sections 1.1 to 1.5 describe it, row by row, in both protocol eras."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

from ggui_core.testing import PATIENCE_S, Booted, booted, until

from .raw_http import port_of

OLD, NEW = "2025-11-25", "2026-07-28"
BOTH = "application/json, text/event-stream"
META = "io.modelcontextprotocol/"


@dataclass(frozen=True)
class Era:
    """How a client of one protocol era words a request."""

    version: str

    @property
    def modern(self) -> bool:
        return self.version == NEW

    def body(self, method: str, params: Mapping[str, Any] | None = None, id_: Any = 1) -> dict[str, Any]:
        sent = dict(params or {})
        if self.modern:
            sent["_meta"] = {
                **sent.get("_meta", {}),
                META + "protocolVersion": NEW,
                META + "clientCapabilities": {},
                META + "clientInfo": {"name": "test", "version": "1"},
            }
        body: dict[str, Any] = {"jsonrpc": "2.0", "id": id_, "method": method}
        if sent or self.modern:
            body["params"] = sent
        return body

    def headers(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, str]:
        headers = {"Accept": BOTH, "Content-Type": "application/json", "MCP-Protocol-Version": self.version}
        if self.modern:
            headers["Mcp-Method"] = method
            name = (params or {}).get("name") or (params or {}).get("uri")
            if isinstance(name, str):
                headers["Mcp-Name"] = name
        return headers


@pytest.fixture(params=[OLD, NEW])
def era(request: pytest.FixtureRequest) -> Era:
    return Era(request.param)


@pytest.fixture
async def server(probe: ModuleType) -> AsyncIterator[Booted]:
    limits = {"callsPerSecond": 10_000, "burst": 10_000}
    async with booted([probe], args=["--dev-allow-all"], config={"limits": limits}) as running:
        yield running


async def send(
    server: Booted,
    era: Era,
    method: str,
    params: Mapping[str, Any] | None = None,
    *,
    path: str = "/mcp",
    headers: Mapping[str, str | None] | None = None,
    raw: bytes | None = None,
    id_: Any = 1,
) -> tuple[int, Mapping[str, str], Any]:
    """POST one request; returns status, headers and the decoded JSON body (or text)."""
    sent: dict[str, str | None] = {**era.headers(method, params), **(headers or {})}
    data = raw if raw is not None else json.dumps(era.body(method, params, id_)).encode()
    kept = {name: value for name, value in sent.items() if value is not None}
    async with server.client.post(
        server.base_url + path,
        data=io.BytesIO(data),
        headers=kept,
        skip_auto_headers=["Content-Type", "Accept"],
    ) as response:
        text = await response.text()
        with suppress(ValueError):
            return response.status, response.headers, json.loads(text)
        return response.status, response.headers, text


def error_of(body: Any) -> tuple[int, Any]:
    assert body["jsonrpc"] == "2.0"
    return body["error"]["code"], body["id"]


# Section 1.1: routes


@pytest.mark.parametrize(
    ("path", "tools"),
    [
        ("/mcp", {"ggui_probe_echo", "ggui_runtime_probe"}),
        ("/protocol", {"ggui_protocol_probe"}),
        ("/ops", {"ggui_ops_probe"}),
        ("/probe/open", {"whoami"}),
        ("/probe/closed", {"whoami"}),
    ],
)
async def test_each_route_lists_its_own_tools(server: Booted, era: Era, path: str, tools: set[str]) -> None:
    status, _, body = await send(server, era, "tools/list", path=path)
    listed = {tool["name"] for tool in body["result"]["tools"]}
    assert status == 200
    assert tools <= listed
    assert len(listed) == len(body["result"]["tools"])
    if path != "/mcp":
        assert listed == tools


async def test_tools_never_leak_across_routes(server: Booted, era: Era) -> None:
    params = {"name": "ggui_ops_probe", "arguments": {}}
    status, _, body = await send(server, era, "tools/call", params)
    assert status == 200
    assert body["result"]["isError"] is True
    assert "Tool ggui_ops_probe not found" in body["result"]["content"][0]["text"]


@pytest.mark.parametrize("path", ["/mcp", "/protocol", "/ops", "/probe/open", "/probe/closed"])
@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "PATCH"])
async def test_other_methods_are_405_without_any_credential(
    probe: ModuleType, path: str, method: str
) -> None:
    async with (
        booted([probe]) as strict,
        strict.client.request(
            method, strict.base_url + path, headers={"Accept": "text/event-stream"}
        ) as answer,
    ):
        body = await answer.json()
    assert answer.status == 405
    assert answer.headers["Allow"] == "POST"
    assert body == {
        "jsonrpc": "2.0",
        "error": {"code": -32000, "message": "Method not allowed (stateless server)."},
        "id": None,
    }


async def test_options_is_204_and_never_asks_for_a_credential(probe: ModuleType) -> None:
    async with booted([probe]) as strict:
        for path in ("/mcp", "/ops", "/probe/closed", "/nowhere"):
            async with strict.client.options(strict.base_url + path) as answer:
                assert answer.status == 204
                assert await answer.read() == b""


# Section 1.2: order of the pipeline


async def test_missing_credential_is_401_before_the_accept_header_is_looked_at(
    probe: ModuleType, era: Era
) -> None:
    async with booted([probe]) as strict:
        status, headers, body = await send(strict, era, "tools/list", headers={"Accept": "text/html"})
    assert status == 401
    assert headers["WWW-Authenticate"].startswith("Bearer")
    assert body == {
        "jsonrpc": "2.0",
        "error": {"code": -32000, "message": "No valid credentials"},
        "id": None,
    }


async def test_malformed_json_is_refused_before_the_credential_is_looked_at(
    probe: ModuleType, era: Era
) -> None:
    async with booted([probe]) as strict:
        status, _, body = await send(strict, era, "tools/list", raw=b'{"jsonrpc": ')
    assert status == 400
    assert error_of(body) == (-32700, None)


async def test_request_id_is_taken_over_or_minted(server: Booted, era: Era) -> None:
    _, given, _ = await send(server, era, "tools/list", headers={"X-Request-Id": "my-request-7"})
    _, minted, _ = await send(server, era, "tools/list")
    assert given["X-Request-Id"] == "my-request-7"
    assert len(minted["X-Request-Id"]) == 36


# Section 1.3: streamable HTTP


async def test_no_session_id_is_issued_and_an_inbound_one_is_ignored(server: Booted, era: Era) -> None:
    status, headers, body = await send(server, era, "tools/list", headers={"Mcp-Session-Id": "made-up"})
    assert status == 200
    assert "Mcp-Session-Id" not in headers
    assert body["result"]["tools"]


async def test_every_request_stands_alone(server: Booted, era: Era) -> None:
    params = {"name": "ggui_probe_echo", "arguments": {"text": "hello"}}
    status, headers, body = await send(server, era, "tools/call", params)
    assert status == 200
    assert headers["Content-Type"].startswith("application/json")
    assert body["result"]["structuredContent"] == {"text": "hello", "appId": "builder", "principal": "dev"}


@pytest.mark.parametrize(
    "accept",
    [None, "application/json", "text/event-stream", "text/html", "", "application/jsonx, text/event-streamx"],
)
async def test_accept_must_name_both_types(server: Booted, era: Era, accept: str | None) -> None:
    status, _, body = await send(server, era, "tools/list", headers={"Accept": accept})
    assert status == 406
    assert error_of(body) == (-32000, None)


@pytest.mark.parametrize(
    "accept",
    [BOTH, "text/event-stream;q=0.5 , APPLICATION/JSON;charset=utf-8", "*/*", "application/*, text/*"],
)
async def test_accept_is_read_as_media_ranges(server: Booted, era: Era, accept: str) -> None:
    status, _, _ = await send(server, era, "tools/list", headers={"Accept": accept})
    assert status == 200


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonl"]
)
async def test_content_type_must_be_json(server: Booted, era: Era, content_type: str | None) -> None:
    status, _, body = await send(server, era, "tools/list", headers={"Content-Type": content_type})
    assert status == 415
    assert error_of(body) == (-32000, None)


async def test_content_type_may_name_a_charset(server: Booted, era: Era) -> None:
    status, _, _ = await send(
        server, era, "tools/list", headers={"Content-Type": "application/json; charset=utf-8"}
    )
    assert status == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"7",
        b'"text"',
        b"{}",
        b'{"id": 1, "method": "tools/list"}',
        b'{"jsonrpc": "1.0", "id": 1, "method": "tools/list"}',
        b'{"jsonrpc": "2.0", "id": null, "method": "tools/list"}',
        b'{"jsonrpc": "2.0", "id": true, "method": "tools/list"}',
        b'{"jsonrpc": "2.0", "id": {}, "method": "tools/list"}',
        b'{"jsonrpc": "2.0", "id": 1, "method": 7}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": [1]}',
        b'{"jsonrpc": "2.0", "id": 1}',
        b"[" * 5000,
    ],
)
async def test_what_is_no_message_is_a_parse_error(server: Booted, era: Era, raw: bytes) -> None:
    status, headers, body = await send(server, era, "tools/list", raw=raw)
    assert status == 400
    assert headers["Content-Type"].startswith("application/json")
    assert error_of(body) == (-32700, None)
    assert "Traceback" not in json.dumps(body)


@pytest.mark.parametrize(
    "version", ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05", "2024-10-07", None]
)
async def test_known_or_absent_version_headers_are_served(server: Booted, version: str | None) -> None:
    status, _, body = await send(server, Era(OLD), "tools/list", headers={"MCP-Protocol-Version": version})
    assert status == 200
    assert body["result"]["tools"]


@pytest.mark.parametrize("version", ["1999-01-01", "draft", "", "2025-11-26"])
async def test_unknown_version_header_names_the_supported_list(server: Booted, version: str) -> None:
    status, _, body = await send(server, Era(OLD), "tools/list", headers={"MCP-Protocol-Version": version})
    assert status == 400
    assert error_of(body) == (-32000, None)
    assert "2025-11-25" in body["error"]["message"]
    assert "2026-07-28" in body["error"]["message"]


async def test_envelope_of_an_unknown_revision_names_the_supported_ones(server: Booted) -> None:
    era = Era(NEW)
    body = era.body("tools/list")
    body["params"]["_meta"][META + "protocolVersion"] = "2031-01-01"
    status, _, answer = await send(
        server,
        era,
        "tools/list",
        raw=json.dumps(body).encode(),
        headers={"MCP-Protocol-Version": "2031-01-01"},
    )
    assert status == 400
    assert answer["error"]["code"] == -32022
    assert answer["error"]["data"]["supported"] == [NEW]


@pytest.mark.parametrize("header", ["MCP-Protocol-Version", "Mcp-Method"])
async def test_envelope_that_disagrees_with_its_headers_is_refused(server: Booted, header: str) -> None:
    status, _, body = await send(server, Era(NEW), "tools/list", headers={header: "something-else"})
    assert status == 400
    assert body["error"]["code"] == -32020
    assert body["id"] == 1


@pytest.mark.parametrize(
    "requested",
    ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05", "2024-10-07", "2026-07-28", "2099-01-01"],
)
async def test_initialize_echoes_known_versions_and_offers_the_newest_otherwise(
    server: Booted, requested: str
) -> None:
    params = {"protocolVersion": requested, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    _, _, body = await send(server, Era(OLD), "initialize", params, headers={"MCP-Protocol-Version": None})
    known = requested not in ("2026-07-28", "2099-01-01")
    assert body["result"]["protocolVersion"] == (requested if known else "2025-11-25")
    assert body["result"]["serverInfo"]["name"] == "ggui-mcp-server"
    assert 0 < len(body["result"]["instructions"]) <= 3000


async def test_discover_answers_the_modern_era(server: Booted) -> None:
    status, _, body = await send(server, Era(NEW), "server/discover")
    assert status == 200
    assert NEW in body["result"]["supportedVersions"]
    assert body["result"]["capabilities"]["tools"] is not None


async def test_notification_is_202_and_empty(server: Booted, era: Era) -> None:
    body = era.body("notifications/initialized")
    del body["id"]
    status, _, answer = await send(server, era, "notifications/initialized", raw=json.dumps(body).encode())
    assert (status, answer) == (202, "")


async def test_response_from_a_client_is_202(server: Booted, era: Era) -> None:
    raw = b'{"jsonrpc": "2.0", "id": 9, "result": {}}'
    status, _, answer = await send(server, era, "tools/list", raw=raw)
    assert (status, answer) == (202, "")


BATCH = [
    {"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
    {"jsonrpc": "2.0", "id": "b", "method": "tools/call", "params": {"name": "ggui_probe_echo"}},
]


@pytest.mark.parametrize("version", [None, "2025-03-26", "2024-11-05", "2024-10-07"])
async def test_batch_gets_one_event_per_response(server: Booted, version: str | None) -> None:
    status, headers, text = await send(
        server, Era(OLD), "x", raw=json.dumps(BATCH).encode(), headers={"MCP-Protocol-Version": version}
    )
    events = [event.split("\n") for event in text.strip().split("\n\n")]
    assert status == 200
    assert headers["Content-Type"].startswith("text/event-stream")
    assert [event[0] for event in events] == ["event: message"] * 2
    assert {json.loads(event[1].removeprefix("data: "))["id"] for event in events} == {1, "b"}


@pytest.mark.parametrize("version", ["2025-06-18", "2025-11-25", "2026-07-28"])
async def test_batch_is_refused_where_the_revision_has_none(server: Booted, version: str) -> None:
    status, _, body = await send(
        server, Era(OLD), "x", raw=json.dumps(BATCH).encode(), headers={"MCP-Protocol-Version": version}
    )
    assert status == 400
    assert error_of(body) == (-32600, None)


@pytest.mark.parametrize("batch", [[], [{"jsonrpc": "2.0", "id": n, "method": "ping"} for n in range(51)]])
async def test_batch_is_neither_empty_nor_huge(server: Booted, batch: list[object]) -> None:
    status, _, body = await send(
        server, Era(OLD), "x", raw=json.dumps(batch).encode(), headers={"MCP-Protocol-Version": None}
    )
    assert status == 400
    assert error_of(body) == (-32600, None)


async def test_batch_of_notifications_is_202(server: Booted) -> None:
    status, _, body = await send(
        server, Era(OLD), "x", raw=json.dumps([BATCH[1]]).encode(), headers={"MCP-Protocol-Version": None}
    )
    assert (status, body) == (202, "")


async def test_body_of_exactly_4_mib_is_read(server: Booted, era: Era) -> None:
    status, _, body = await send(server, era, "tools/list", raw=padded(era, 4 * 1024 * 1024))
    assert status == 200
    assert body["result"]["tools"]


async def test_body_of_4_mib_minus_one_is_read(server: Booted, era: Era) -> None:
    status, _, _ = await send(server, era, "tools/list", raw=padded(era, 4 * 1024 * 1024 - 1))
    assert status == 200


async def test_body_of_4_mib_plus_one_is_413_in_json_rpc(server: Booted, era: Era) -> None:
    status, headers, body = await send(server, era, "tools/list", raw=padded(era, 4 * 1024 * 1024 + 1))
    assert status == 413
    assert headers["Content-Type"].startswith("application/json")
    assert error_of(body) == (-32000, None)


def padded(era: Era, size: int) -> bytes:
    """A valid tools/list of exactly ``size`` bytes."""
    body = json.dumps(era.body("tools/list")).encode()
    return body[:-1] + b" " * (size - len(body)) + body[-1:]


@pytest.mark.parametrize(
    "method",
    ["prompts/list", "prompts/get", "completion/complete", "logging/setLevel", "resources/subscribe", "nope"],
)
async def test_methods_that_are_not_served_are_not_found(server: Booted, era: Era, method: str) -> None:
    params = {
        "prompts/get": {"name": "x"},
        "completion/complete": {
            "ref": {"type": "ref/prompt", "name": "x"},
            "argument": {"name": "a", "value": ""},
        },
        "logging/setLevel": {"level": "info"},
        "resources/subscribe": {"uri": "ui://x"},
    }.get(method)
    status, _, body = await send(server, era, method, params)
    assert body["error"]["code"] == -32601
    assert body["id"] == 1
    assert status == (404 if era.modern else 200)


@pytest.mark.parametrize("method", ["resources/list", "resources/templates/list", "tools/list"])
async def test_lists_answer_and_ignore_a_cursor(server: Booted, era: Era, method: str) -> None:
    status, _, body = await send(server, era, method, {"cursor": "anything"})
    assert status == 200
    assert "nextCursor" not in body["result"]


async def test_ping_belongs_to_the_handshake_era(server: Booted) -> None:
    status, _, body = await send(server, Era(OLD), "ping")
    assert (status, body["result"]) == (200, {})


async def test_missing_arguments_mean_an_empty_object(server: Booted, era: Era) -> None:
    _, _, body = await send(server, era, "tools/call", {"name": "ggui_probe_echo"})
    assert body["result"]["structuredContent"]["text"] == ""


async def test_unknown_arguments_are_dropped_not_refused(server: Booted, era: Era) -> None:
    params = {"name": "ggui_probe_echo", "arguments": {"text": "a", "extra": {"deep": [1]}}}
    _, _, body = await send(server, era, "tools/call", params)
    assert body["result"]["structuredContent"]["text"] == "a"


async def test_wrong_arguments_are_an_in_result_error_that_names_them(server: Booted, era: Era) -> None:
    params = {"name": "ggui_probe_write", "arguments": {"seconds": "soon"}}
    status, _, body = await send(server, era, "tools/call", params)
    result = body["result"]
    assert status == 200
    assert result["isError"] is True
    assert "structuredContent" not in result
    assert result["content"][0]["text"].startswith("invalid_arguments: ")
    assert "Invalid arguments for tool ggui_probe_write" in result["content"][0]["text"]
    assert result["_meta"]["ai.ggui/error"]["violations"][0]["field"] == "seconds"


@pytest.mark.spec("02 19.11")
async def test_tool_error_carries_code_hint_and_retry_time(server: Booted, era: Era) -> None:
    _, _, body = await send(server, era, "tools/call", {"name": "ggui_probe_refuse"})
    facts = body["result"]["_meta"]["ai.ggui/error"]
    assert body["result"]["content"][0]["text"].startswith("probe_refused: The probe refuses.")
    assert (facts["code"], facts["retryable"], facts["retryAfterMs"]) == ("probe_refused", True, 250)
    assert "ggui_probe_echo" in facts["hint"]


async def test_crash_of_a_tool_tells_nothing_but_the_request_id(server: Booted, era: Era) -> None:
    _, headers, body = await send(server, era, "tools/call", {"name": "ggui_probe_crash"})
    text = json.dumps(body)
    assert body["result"]["isError"] is True
    assert "passwd" not in text
    assert "Traceback" not in text
    assert headers["X-Request-Id"] in text


async def test_numeric_and_textual_ids_come_back_as_they_were(server: Booted, era: Era) -> None:
    for id_ in (0, -7, "abc", "7", 2**53):
        _, _, body = await send(server, era, "tools/list", id_=id_)
        assert body["id"] == id_
        assert type(body["id"]) is type(id_)


# Ruling 20: frames before the answer


async def test_progress_precedes_the_answer_for_a_caller_that_asked(server: Booted, era: Era) -> None:
    params = {"name": "ggui_probe_steps", "arguments": {"count": 3}, "_meta": {"progressToken": "tok"}}
    status, headers, text = await send(server, era, "tools/call", params)
    frames = [json.loads(event.split("data: ")[1]) for event in text.strip().split("\n\n")]
    assert status == 200
    assert headers["Content-Type"].startswith("text/event-stream")
    assert headers["Cache-Control"] == "no-cache, no-transform"
    assert headers["X-Accel-Buffering"] == "no"
    assert [frame["params"]["progress"] for frame in frames[:-1]] == [1, 2, 3]
    assert all(frame["params"]["progressToken"] == "tok" for frame in frames[:-1])
    assert frames[-1]["result"]["structuredContent"] == {"count": 3}


@pytest.mark.spec("02 18.14")
async def test_nothing_precedes_the_answer_for_anybody_else(server: Booted, era: Era) -> None:
    params = {"name": "ggui_probe_steps", "arguments": {"count": 3}}
    _, headers, body = await send(server, era, "tools/call", params)
    assert headers["Content-Type"].startswith("application/json")
    assert body["result"]["structuredContent"] == {"count": 3}


async def test_progress_token_without_progress_gets_plain_json(server: Booted, era: Era) -> None:
    params = {"name": "ggui_probe_echo", "arguments": {}, "_meta": {"progressToken": 5}}
    _, headers, _ = await send(server, era, "tools/call", params)
    assert headers["Content-Type"].startswith("application/json")


# Law 6: a hang-up cancels waiting, never writing


async def raw_call(
    server: Booted, era: Era, tool: str, arguments: Mapping[str, Any] | None = None, cut: int | None = None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Send a tools/call over a bare socket; with ``cut``, only that many bytes of it."""
    params = {"name": tool, "arguments": dict(arguments or {})}
    body = json.dumps(era.body("tools/call", params)).encode()
    port = port_of(server)
    lines = [f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {len(body)}\r\n"]
    lines += [f"{name}: {value}\r\n" for name, value in era.headers("tools/call", params).items()]
    message = "".join(lines).encode() + b"\r\n" + body
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(message if cut is None else message[:cut])
    await writer.drain()
    return reader, writer


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transport that would wait longer than any test before it cancels a long-poll."""
    monkeypatch.setattr("ggui_core.mcp.exchange.LONG_POLL_GRACE_S", 60 * PATIENCE_S)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("abort", [True, False], ids=["reset", "fin"])
async def test_hang_up_releases_a_parked_call_at_once(
    server: Booted, probe: ModuleType, era: Era, abort: bool
) -> None:
    _, writer = await raw_call(server, era, "ggui_probe_park")
    await until(lambda: probe.observed.parked == 1)
    if abort:
        writer.transport.abort()
    else:
        writer.close()
    await until(lambda: probe.observed.parked == 0)
    assert probe.observed.left == ["disconnected"]
    await until(lambda: server.setup.calls.tasks == 0 and len(server.setup.calls) == 0)


async def test_hang_up_in_mid_body_leaves_nothing_behind(server: Booted, probe: ModuleType, era: Era) -> None:
    _, writer = await raw_call(server, era, "ggui_probe_park", cut=-10)
    await until(lambda: len(server.setup.calls) == 1)
    writer.transport.abort()
    await until(lambda: len(server.setup.calls) == 0)
    assert server.setup.calls.tasks == 0
    assert probe.observed.left == []


async def test_hang_up_lets_a_started_write_finish(server: Booted, probe: ModuleType, era: Era) -> None:
    _, writer = await raw_call(server, era, "ggui_probe_hold")
    await until(lambda: probe.observed.started == 1)
    writer.transport.abort()
    await until(lambda: len(server.setup.calls) == 0)
    assert (server.setup.calls.tasks, probe.observed.written) == (1, 0), "nobody waits, and it still writes"
    probe.observed.wake.set()
    await until(lambda: server.setup.calls.tasks == 0)
    assert probe.observed.written == 1


async def test_long_poll_that_ignores_its_end_is_cancelled(
    server: Booted, probe: ModuleType, era: Era, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ggui_core.mcp.exchange.LONG_POLL_GRACE_S", 0.05)
    _, writer = await raw_call(server, era, "ggui_probe_stubborn")
    await until(lambda: server.setup.calls.tasks == 1)
    writer.transport.abort()
    await until(lambda: server.setup.calls.tasks == 0 and len(server.setup.calls) == 0)
    assert probe.observed.left == ["cancelled"]


@pytest.mark.usefixtures("patient")
async def test_hang_up_of_a_batch_releases_every_member(server: Booted, probe: ModuleType) -> None:
    batch = [
        {"jsonrpc": "2.0", "id": n, "method": "tools/call", "params": {"name": "ggui_probe_park"}}
        for n in range(3)
    ]
    body = json.dumps(batch).encode()
    port = port_of(server)
    head = f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {BOTH}\r\nContent-Type: application/json\r\n"
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    await until(lambda: probe.observed.parked == 3)
    writer.transport.abort()
    await until(lambda: probe.observed.parked == 0)
    assert probe.observed.left == ["disconnected"] * 3


async def test_parked_call_answers_when_its_event_comes(server: Booted, probe: ModuleType, era: Era) -> None:
    waiting = asyncio.create_task(send(server, era, "tools/call", {"name": "ggui_probe_park"}))
    await until(lambda: probe.observed.parked == 1)
    probe.observed.wake.set()
    _, _, body = await waiting
    assert body["result"]["structuredContent"] == {"events": ["woken"], "status": "active"}


@pytest.mark.parametrize(("method", "written"), [("POST", 1), ("GET", 0)])
async def test_hang_up_interrupts_only_plain_handlers_that_may_not_write(
    server: Booted, probe: ModuleType, method: str, written: int
) -> None:
    port = port_of(server)
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{method} /probe-write HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n".encode())
    await until(lambda: probe.observed.started == 1)
    writer.transport.abort()
    await until(lambda: len(server.setup.calls) == 0)
    probe.observed.wake.set()
    await until(lambda: server.setup.calls.tasks == 0)
    assert probe.observed.written == written

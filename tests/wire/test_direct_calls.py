"""A plain tool call takes a shorter way than the SDK's dispatcher; nobody can tell from the answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from ggui_core.errors import ToolError
from ggui_core.mcp import Tool, ToolContext, ToolResult
from ggui_core.mcp.direct import ENVELOPES, DirectCalls
from ggui_core.mcp.wire import Anything, Input, Output
from ggui_core.testing import Booted, booted

MakePlugin = Callable[..., ModuleType]

OLDEST, OLDER, OLD, NEW = "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"
META = "io.modelcontextprotocol/"
ENVELOPE = {
    META + "protocolVersion": NEW,
    META + "clientCapabilities": {},
    META + "clientInfo": {"name": "test", "version": "1"},
}


class Asked(Input):
    what: str = "plain"


class Answer(Output):
    value: Anything = None


class Part(BaseModel):
    snake_name: int | None = None


RESULTS: dict[str, Callable[[], Any]] = {
    "plain": lambda: Answer(value=1),
    "nothing": lambda: Answer(),
    "nested null": lambda: Answer(value={"a": None, "b": [None, {"c": None}]}),
    "lead": lambda: ToolResult(Answer(value="é\u2028"), lead="Before"),
    "meta": lambda: ToolResult(Answer(value=1), meta={"own": {"a": None, "b": [1, 2.5, "x"]}, "null": None}),
    "empty meta": lambda: ToolResult(Answer(value=1), meta={}),
    "meta of Python": lambda: ToolResult(
        Answer(value=1),
        meta={"at": datetime(2026, 1, 2, tzinfo=UTC), "id": UUID(int=7), "pair": (1, 2), "part": Part()},
    ),
    "meta that is no JSON": lambda: ToolResult(Answer(value=1), meta={"object": object()}),
    "meta names the server": lambda: ToolResult(
        Answer(value=1), meta={META + "serverInfo": {"name": "x", "version": "0"}}
    ),
    "error": lambda: ToolResult(Answer(value=1), is_error=True),
    "no blocks": lambda: ToolResult(Answer(value=1), content=[]),
    "image": lambda: ToolResult(
        Answer(value=1), content=[{"type": "image", "data": "AA==", "mimeType": "image/png"}]
    ),
    "annotated text": lambda: ToolResult(
        content=[{"type": "text", "text": "x", "annotations": {"priority": 1}, "other": 1}]
    ),
    "no such block": lambda: ToolResult(content=[{"type": "smell", "text": "x"}]),
    "text that is none": lambda: ToolResult(content=[{"type": "text", "text": 7}]),
}


async def answer_with(given: Asked, calling: ToolContext) -> Any:
    if given.what == "refuses":
        raise ToolError("No.", code="refused", hint="Ask otherwise.", details={"pair": (1, None)})
    if given.what == "crashes":
        raise RuntimeError
    if given.what == "progress":
        await calling.progress(1, 2, "half")
        return Answer(value=dict(calling.meta))
    return RESULTS[given.what]()


@pytest.fixture
async def server(plugin: MakePlugin) -> AsyncIterator[Booted]:
    tool = Tool("answer_with", "Answers.", Asked, Answer, answer_with)
    async with booted(
        [plugin("answers", mcp_tools=lambda setup: [tool])], args=["--dev-allow-all"]
    ) as running:
        yield running


async def post(server: Booted, version: str, params: Any) -> tuple[int, str, Any]:
    if version == NEW and isinstance(params, dict) and isinstance(params.get("_meta", {}), dict):
        params = {**params, "_meta": {**ENVELOPE, **params.get("_meta", {})}}
    headers = {
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
        "MCP-Protocol-Version": version,
        "Mcp-Method": "tools/call",
        "Mcp-Name": "answer_with",
    }
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    async with server.client.post(server.base_url + "/mcp", data=body, headers=headers) as response:
        text = (await response.read()).decode()
    if response.content_type == "text/event-stream":
        events = [json.loads(line[6:]) for line in text.split("\n") if line.startswith("data: ")]
        return response.status, response.content_type, events
    return response.status, response.content_type, json.loads(text)


async def both_ways(
    server: Booted, monkeypatch: pytest.MonkeyPatch, version: str, params: Any
) -> tuple[Any, Any]:
    direct = await post(server, version, params)
    with monkeypatch.context() as patch:
        patch.setattr(DirectCalls, "takes", lambda *_: False)
        return direct, await post(server, version, params)


def without_ids(answer: Any) -> str:
    """The text of a crash names its request."""
    text = json.dumps(answer, sort_keys=True)
    start, _, rest = text.partition("under request ")
    return start + rest[36:]


@pytest.mark.parametrize("version", [OLDEST, OLDER, OLD, NEW])
@pytest.mark.parametrize("what", [*RESULTS, "refuses", "crashes", "progress"])
async def test_a_result_is_the_one_of_the_dispatcher(
    server: Booted, monkeypatch: pytest.MonkeyPatch, version: str, what: str
) -> None:
    params = {"name": "answer_with", "arguments": {"what": what}}
    direct, dispatched = await both_ways(server, monkeypatch, version, params)
    assert without_ids(direct) == without_ids(dispatched)


@pytest.mark.parametrize("version", [OLDEST, OLDER, OLD, NEW])
@pytest.mark.parametrize(
    "params",
    [
        {"name": "nobody"},
        {"name": "answer_with"},
        {"name": "answer_with", "arguments": None},
        {"name": "answer_with", "arguments": []},
        {"name": "answer_with", "arguments": {"what": 7}},
        {"name": "answer_with", "arguments": {"what": "plain", "more": 1}},
        {"name": 7},
        {"arguments": {}},
        {"name": "answer_with", "other": 1},
        {"name": "answer_with", "task": {"ttl": 1}},
        {"name": "answer_with", "_meta": {}},
        {"name": "answer_with", "_meta": None},
        {"name": "answer_with", "_meta": 7},
        {"name": "answer_with", "_meta": {"own": [1], "progressToken": 3}},
        {"name": "answer_with", "arguments": {"what": "progress"}, "_meta": {"progressToken": "p", "own": 1}},
        {"name": "answer_with", "_meta": {"progressToken": [1]}},
        {"name": "answer_with", "_meta": {META + "clientInfo": 7}},
        {"name": "answer_with", "_meta": {META + "clientCapabilities": []}},
        {"name": "answer_with", "_meta": {META + "logLevel": "loud"}},
    ],
    ids=str,
)
async def test_what_is_asked_is_judged_as_the_dispatcher_judges_it(
    server: Booted, monkeypatch: pytest.MonkeyPatch, version: str, params: Any
) -> None:
    direct, dispatched = await both_ways(server, monkeypatch, version, params)
    assert direct == dispatched


@pytest.mark.parametrize("version", [OLDEST, OLD, NEW])
async def test_an_envelope_may_nest_as_deeply_as_the_dispatcher_takes_it(
    server: Booted, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    deep: list[Any] = []
    for _ in range(300):
        deep = [deep]
    params = {"name": "answer_with", "arguments": {}, "_meta": {"own": deep}}
    direct, dispatched = await both_ways(server, monkeypatch, version, params)
    assert direct == dispatched
    assert "error" not in direct[2]


async def test_plain_calls_do_not_reach_the_dispatcher(
    server: Booted, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError

    monkeypatch.setattr("ggui_core.mcp.exchange.serve_one", refuse)
    for version in (OLDER, OLD, NEW):
        _, _, body = await post(server, version, {"name": "answer_with", "arguments": {}})
        assert body["result"]["structuredContent"] == {"value": 1}


async def test_a_client_that_words_each_envelope_differently_fills_no_memory(
    server: Booted, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[DirectCalls] = []
    takes = DirectCalls.takes
    monkeypatch.setattr(
        DirectCalls, "takes", lambda self, *given: (seen.append(self), takes(self, *given))[1]
    )
    for turn in range(ENVELOPES + 10):
        params = {"name": "answer_with", "_meta": {"turn": turn}}
        assert (await post(server, OLD, params))[0] == 200
    assert len(seen[-1]._sound) == ENVELOPES

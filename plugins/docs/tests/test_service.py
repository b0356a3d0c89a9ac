"""The service on a booted server: who may call it, what it answers, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ggui_core.testing import Booted, booted
from ggui_docs import plugin


@pytest.fixture
async def server() -> AsyncIterator[Booted]:
    async with booted([plugin], config={"limits": {"anonymousBurst": 1000}}) as server:
        yield server


async def call(server: Booted, name: str, **arguments: Any) -> dict[str, Any]:
    return await server.call_tool(name, arguments, path="/docs")


async def test_tools_are_read_only_and_listed_without_a_credential(server: Booted) -> None:
    listed = (await server.rpc("tools/list", path="/docs"))["result"]["tools"]
    assert [tool["name"] for tool in listed] == ["search_docs", "read_doc", "list_docs"]
    assert all(tool["annotations"]["readOnlyHint"] for tool in listed)
    assert not any(tool["annotations"]["destructiveHint"] for tool in listed)


async def test_an_invalid_bearer_is_served_like_none(server: Booted) -> None:
    answer = await server.rpc("tools/list", path="/docs", bearer="wrong")
    assert len(answer["result"]["tools"]) == 3


async def test_the_tools_are_not_on_the_shared_route() -> None:
    async with booted([plugin], args=["--dev-allow-all"]) as server:
        result = await server.call_tool("search_docs", {"query": "pair"})
    assert result["_meta"]["ai.ggui/error"]["code"] == "tool_not_found"


async def test_search_leads_to_a_section_that_can_be_read(server: Booted) -> None:
    found = (await call(server, "search_docs", query="pair a device", limit=3))["structuredContent"][
        "results"
    ]
    assert 1 <= len(found) <= 3
    assert set(found[0]) == {"path", "title", "heading", "section", "snippet", "score"}
    read = await call(server, "read_doc", path=found[0]["path"], section=found[0]["section"])
    assert found[0]["heading"] in read["structuredContent"]["markdown"]


async def test_every_listed_page_can_be_read_as_tool_and_as_resource(server: Booted) -> None:
    pages = (await call(server, "list_docs"))["structuredContent"]["pages"]
    assert pages[0]["path"] == "index"
    resources = (await server.rpc("resources/list", path="/docs"))["result"]["resources"]
    assert [resource["uri"] for resource in resources] == [f"docs://ggui/{page['path']}" for page in pages]
    for page in pages:
        read = (await call(server, "read_doc", path=page["path"]))["structuredContent"]
        answer = await server.rpc("resources/read", {"uri": f"docs://ggui/{page['path']}"}, path="/docs")
        contents = answer["result"]["contents"][0]
        assert contents["mimeType"] == "text/markdown"
        assert contents["text"] == read["markdown"]


async def test_a_page_is_readable_through_the_template(server: Booted) -> None:
    templates = (await server.rpc("resources/templates/list", path="/docs"))["result"]["resourceTemplates"]
    assert [template["uriTemplate"] for template in templates] == ["docs://ggui/{page}"]
    answer = await server.rpc("resources/read", {"uri": "docs://ggui/quickstart.md"}, path="/docs")
    assert answer["result"]["contents"][0]["text"].startswith("# ")


async def test_an_unknown_page_names_the_nearest(server: Booted) -> None:
    result = await call(server, "read_doc", path="quick-start")
    error = result["_meta"]["ai.ggui/error"]
    assert result["isError"]
    assert error["code"] == "doc_not_found"
    assert "quickstart" in error["hint"]
    assert "quickstart" in error["nearest"]


async def test_an_unknown_section_names_those_there_are(server: Booted) -> None:
    error = (await call(server, "read_doc", path="quickstart", section="zebra"))["_meta"]["ai.ggui/error"]
    assert error["code"] == "doc_section_not_found"
    assert error["sections"]


@pytest.mark.parametrize(
    "path", ["../pyproject", "..%2f..%2fetc%2fpasswd", "/etc/passwd", "a/../../b", "\x00"]
)
async def test_a_path_outside_is_just_not_found(server: Booted, path: str) -> None:
    result = await call(server, "read_doc", path=path)
    assert result["_meta"]["ai.ggui/error"]["code"] == "doc_not_found"
    answer = await server.rpc("resources/read", {"uri": f"docs://ggui/{path}"}, path="/docs")
    assert answer["error"]["message"] == "Resource not found"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("search_docs", {"query": ""}),
        ("search_docs", {"query": "x" * 201}),
        ("search_docs", {"query": "x", "limit": 0}),
        ("search_docs", {"query": "x", "limit": 21}),
        ("search_docs", {}),
        ("read_doc", {"path": "x" * 201}),
        ("read_doc", {"path": "index", "section": "x" * 201}),
    ],
)
async def test_sizes_are_bounded(server: Booted, name: str, arguments: dict[str, Any]) -> None:
    result = await call(server, name, **arguments)
    assert result["_meta"]["ai.ggui/error"]["code"] == "invalid_arguments"


async def test_the_same_question_has_the_same_answer(server: Booted) -> None:
    first = await call(server, "search_docs", query="plugin settings", limit=20)
    second = await call(server, "search_docs", query="plugin settings", limit=20)
    assert json.dumps(first) == json.dumps(second)


async def test_the_shared_route_tells_about_the_service() -> None:
    async with booted([plugin], args=["--dev-allow-all"]) as server:
        params = {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        }
        instructions = (await server.rpc("initialize", params))["result"]["instructions"]
    assert "/docs" in instructions

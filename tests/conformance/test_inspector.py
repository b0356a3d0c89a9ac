"""The MCP Inspector's command line against a strict server: pair by HTTP, then list and call tools.

It is an independent client of the protocol (the TypeScript SDK inside), in the form in which people use it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

import node_tools
from everything import plugin as everything
from ggui_compiler import plugin as compiler
from ggui_core.testing import Booted, booted
from ggui_docs import plugin as docs
from ggui_pairing import plugin as pairing
from ggui_protocol import plugin as protocol
from ggui_renderer import plugin as renderer

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(node_tools.missing() is not None, reason=str(node_tools.missing())),
]


@dataclass(frozen=True, slots=True)
class Paired:
    """A strict server and one device that was paired with it."""

    base_url: str
    bearer: str
    home: Path

    async def inspect(self, path: str, *arguments: str, bearer: str | None = None) -> node_tools.Finished:
        """Run ``mcp-inspector --cli`` against one path of the server."""
        header = () if bearer is None else ("--header", f"Authorization: Bearer {bearer}")
        return await node_tools.run(
            node_tools.INSPECTOR,
            *("--cli", f"{self.base_url}{path}", "--transport", "http", *header, *arguments),
            cwd=self.home,
            # A home of its own: the Inspector keeps a catalogue of servers there.
            env={"PATH": os.environ.get("PATH", ""), "HOME": str(self.home)},
        )

    async def ask(self, path: str, *arguments: str, bearer: str | None = None) -> dict[str, Any]:
        """What the Inspector printed, which must be JSON."""
        finished = await self.inspect(path, *arguments, bearer=bearer)
        assert finished.status == 0, finished.stderr
        answer: dict[str, Any] = json.loads(finished.stdout)
        return answer


async def _paired(server: Booted, home: Path) -> Paired:
    pair = {"code": server.beacon("PAIR_CODE"), "deviceName": "inspector"}
    async with server.client.post(f"{server.base_url}/pair", json=pair) as response:
        assert response.status == 200, await response.text()
        return Paired(server.base_url, (await response.json())["token"], home)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def paired(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Paired]:
    async with booted([pairing, docs, compiler, renderer, protocol, everything]) as server:
        yield await _paired(server, tmp_path_factory.mktemp("inspector"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def complete(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Paired]:
    """The server as people install it: every first-party plugin."""
    async with booted(installed=True, args=["--ephemeral", "--control-alias"]) as server:
        yield await _paired(server, tmp_path_factory.mktemp("inspector"))


async def test_lists_the_tools_of_the_shared_route(paired: Paired) -> None:
    answer = await paired.ask("/mcp", "--method", "tools/list", bearer=paired.bearer)
    assert "test_simple_text" in [tool["name"] for tool in answer["tools"]]


async def test_calls_a_tool_of_the_shared_route(paired: Paired) -> None:
    call = ("--method", "tools/call", "--tool-name", "test_simple_text")
    answer = await paired.ask("/mcp", *call, bearer=paired.bearer)
    assert answer["content"][0]["text"] == "This is a simple text response for testing."


async def test_lists_the_tools_of_the_documentation_without_a_credential(paired: Paired) -> None:
    answer = await paired.ask("/docs", "--method", "tools/list")
    assert [tool["name"] for tool in answer["tools"]] == ["search_docs", "read_doc", "list_docs"]


async def test_searches_the_documentation_without_a_credential(paired: Paired) -> None:
    call = ("--method", "tools/call", "--tool-name", "search_docs", "--tool-arg", "query=plugin")
    answer = await paired.ask("/docs", *call)
    assert answer["structuredContent"]["results"]


async def test_lists_the_tools_for_authors(paired: Paired) -> None:
    answer = await paired.ask("/protocol", "--method", "tools/list", bearer=paired.bearer)
    assert [tool["name"].removeprefix("ggui_protocol_") for tool in answer["tools"]] == [
        "describe_data_contract_format",
        "describe_blueprint_format",
        "get_blueprint_boilerplate",
        "get_example_blueprints",
        "list_available_primitives",
        "validate_blueprint",
    ]


async def test_validates_a_blueprint_that_it_got_as_an_example(paired: Paired) -> None:
    def call(name: str, *arguments: str) -> tuple[str, ...]:
        given = (part for argument in arguments for part in ("--tool-arg", argument))
        return ("--method", "tools/call", "--tool-name", f"ggui_protocol_{name}", *given)

    answer = await paired.ask(
        "/protocol", *call("get_example_blueprints", "kind=collect"), bearer=paired.bearer
    )
    (example,) = answer["structuredContent"]["examples"]
    blueprint = example["blueprint"]
    arguments = (
        f"source={blueprint['source']}",
        f"contract={json.dumps(blueprint['contract'])}",
        f"fixtureProps={json.dumps(blueprint['fixtureProps'])}",
    )
    answer = await paired.ask("/protocol", *call("validate_blueprint", *arguments), bearer=paired.bearer)
    assert answer["structuredContent"]["valid"], answer


@pytest.mark.parametrize(("path", "tool"), [("/mcp", "test_simple_text"), ("/protocol", "ggui_protocol_")])
@pytest.mark.parametrize("bearer", [None, "ggui_user_of-nobody"])
async def test_a_stranger_lists_nothing(paired: Paired, path: str, tool: str, bearer: str | None) -> None:
    finished = await paired.inspect(path, "--method", "tools/list", bearer=bearer)
    assert finished.status != 0
    assert tool not in finished.stdout


ROUTES = ("/mcp", "/protocol", "/ops", "/control", "/apps/builder", "/docs")


@pytest.mark.parametrize("era", ["legacy", "modern"])
@pytest.mark.parametrize("path", ROUTES)
async def test_schemas_of_every_route_are_portable(complete: Paired, path: str, era: str) -> None:
    strict = ("--method", "tools/list", "--strict", "--protocol-era", era)
    finished = await complete.inspect(path, *strict, bearer=complete.bearer)
    assert finished.status == 0, finished.stderr
    assert "portability" not in finished.stderr, finished.stderr
    assert json.loads(finished.stdout)["tools"] is not None


async def test_only_tools_that_produce_a_ui_have_an_app(complete: Paired) -> None:
    probe = ("--method", "tools/list", "--app-info")
    finished = await complete.inspect("/mcp", *probe, bearer=complete.bearer)
    assert finished.status == 0, finished.stderr
    found = [json.loads(line) for line in finished.stdout.splitlines()]
    assert {row["toolName"] for row in found if row["hasApp"]} == {"ggui_render"}
    assert "ggui_update" in {row["toolName"] for row in found}


async def test_the_app_of_render_is_the_shell_by_its_content(complete: Paired) -> None:
    probe = ("--method", "tools/call", "--tool-name", "ggui_render", "--app-info")
    answer = await complete.ask("/mcp", *probe, bearer=complete.bearer)
    assert re.fullmatch(r"ui://ggui/render/rt-[0-9a-f]{12}", answer["resourceUri"])

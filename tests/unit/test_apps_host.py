"""The host emulator without a browser: its switches, its policies, and whom it relays for."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from ggui_core.apps_host import DEFAULT, SWITCHES, AppsHost, UnknownSwitch, serving, switched
from ggui_core.apps_host.policy import content_policy

DECLARED = {
    "connectDomains": [
        "https://ui.example",
        "wss://ui.example",
        "http://127.0.0.1:6781",
        "ws://127.0.0.1:6781",
    ],
    "resourceDomains": ["https://ui.example"],
}
SCRIPT = "http://127.0.0.1:1/sandbox.js"


def directives(*names: str, declared: Any = DECLARED) -> dict[str, list[str]]:
    policy = content_policy(declared, switched(names), SCRIPT)
    assert policy is not None
    return {name: sources for name, *sources in (part.split() for part in policy.split("; "))}


# Switches


def test_names_are_unique_and_rows_are_those_of_the_specification() -> None:
    assert len({switch.name for switch in SWITCHES}) == len(SWITCHES)
    assert {switch.row for switch in SWITCHES if switch.kind == "quirk"} == set(range(1, 18))
    assert {switch.row for switch in SWITCHES if switch.kind != "quirk"} == {0}


def test_a_choice_adds_to_the_defaults_or_takes_from_them() -> None:
    assert switched([]) == DEFAULT
    assert switched(["no-blob", "no:opaque-origin"]) == {"full-csp", "no-blob"}


def test_an_unknown_switch_names_the_nearest() -> None:
    with pytest.raises(UnknownSwitch) as unknown:
        switched(["no-websockets"])
    assert '"no-websocket"' in str(unknown.value.hint)


def test_the_documentation_has_every_switch() -> None:
    page = (Path(__file__).parents[2] / "docs" / "hosts.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+?) \| (\d*) \|$", page, re.MULTILINE)
    assert rows == [(switch.name, switch.about, str(switch.row or "")) for switch in SWITCHES]


# Policies


def test_what_is_declared_is_admitted_and_nothing_else() -> None:
    policy = directives()
    assert policy["default-src"] == ["'none'"]
    assert policy["connect-src"] == DECLARED["connectDomains"]
    assert policy["script-src"] == [SCRIPT, "'unsafe-inline'", "blob:", "data:", "https://ui.example"]


@pytest.mark.parametrize(
    ("name", "gone"),
    [("no-blob", "blob:"), ("no-data", "data:"), ("no-inline", "'unsafe-inline'")],
)
def test_a_policy_keeps_one_kind_of_script_away(name: str, gone: str) -> None:
    assert gone in directives()["script-src"]
    assert gone not in directives(name)["script-src"]


def test_no_socket_can_be_opened_where_none_is_admitted() -> None:
    assert directives("no-websocket")["connect-src"] == ["https://ui.example", "http://127.0.0.1:6781"]


@pytest.mark.parametrize("name", ["relay-only", "ignore-declared-csp"])
def test_no_network_is_admitted(name: str) -> None:
    assert directives(name)["connect-src"] == ["'none'"]
    assert "https://ui.example" not in directives(name)["script-src"]


def test_this_machine_is_refused_and_sockets_become_https() -> None:
    assert directives("no-loopback")["connect-src"] == ["https://ui.example", "https://ui.example"]


def test_a_host_may_have_no_policy() -> None:
    assert content_policy(DECLARED, switched(["no:full-csp"]), SCRIPT) is None


@pytest.mark.parametrize("hostile", ["x; script-src *", "a b", "'unsafe-eval'", "", 7, "https://a,b"])
def test_a_declaration_cannot_end_its_directive(hostile: object) -> None:
    assert directives(declared={"connectDomains": [hostile]})["connect-src"] == ["'none'"]
    assert directives(declared={"connectDomains": "https://a"})["connect-src"] == ["'none'"]


# Relaying


@pytest.fixture
async def seen() -> AsyncIterator[tuple[AppsHost, list[dict[str, Any]]]]:
    """An emulator before an MCP server that notes its requests."""
    requests: list[dict[str, Any]] = []

    async def mcp(request: web.Request) -> web.Response:
        body = await request.json()
        requests.append({"headers": request.headers.copy(), **body})
        results: dict[str, Any] = {
            "initialize": {"serverInfo": {"name": "s", "version": "1"}},
            "tools/list": {
                "tools": [
                    {"name": "listed"},
                    {"name": "hidden", "_meta": {"ui": {"visibility": ["model"]}}},
                    {"name": "internal", "_meta": {"ui": {"visibility": ["app"]}}},
                ]
            },
            "resources/read": {"contents": [{"uri": "ui://a", "text": str(len(requests))}]},
        }
        answer = {"jsonrpc": "2.0", "id": body.get("id"), "result": results.get(body["method"], {})}
        text = f"event: message\ndata: {json.dumps(answer)}\n\n"
        return web.Response(text=text, content_type="text/event-stream", headers={"Mcp-Session-Id": "sid"})

    app = web.Application()
    app.router.add_post("/mcp", mcp)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with serving(f"http://127.0.0.1:{runner.addresses[0][1]}/mcp", "secret") as host:
            yield host, requests
    finally:
        await runner.cleanup()


Seen = tuple[AppsHost, list[dict[str, Any]]]
CALL = {"by": "app", "method": "tools/call", "params": {"name": "unlisted"}, "switches": []}


async def posted(host: AppsHost, body: Any, **headers: str) -> tuple[int, Any]:
    sent = {"Origin": host.origin, "Content-Type": "application/json", **headers}
    async with (
        aiohttp.ClientSession() as client,
        client.post(host.url + "rpc", data=json.dumps(body), headers=sent) as response,
    ):
        text = await response.text()
        return response.status, json.loads(text) if response.status == 200 else text


async def test_it_relays_for_its_own_page_alone(seen: Seen) -> None:
    host, requests = seen
    port = host.origin.rpartition(":")[2]
    assert (await posted(host, CALL))[0] == 200
    before = len(requests)
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"http://127.0.0.1:{port}"},
        {"Origin": f"http://evil.example:{port}", "Host": f"evil.example:{port}"},
        {"Content-Type": "text/plain"},
    ):
        assert (await posted(host, CALL, **headers))[0] == 403
    for body in (
        [],
        {},
        {**CALL, "switches": ["x"]},
        {**CALL, "switches": [[]]},
        {**CALL, "method": "initialize"},
        {**CALL, "params": 1},
    ):
        assert (await posted(host, body))[0] == 400
    assert len(requests) == before


async def test_under_another_name_it_leads_to_its_own(seen: Seen) -> None:
    host, _ = seen
    other = host.url.replace("localhost", "127.0.0.1")
    async with aiohttp.ClientSession() as client:
        async with client.get(f"{other}?switch=no-blob", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (307, f"{host.url}?switch=no-blob")
        async with client.get(host.url, allow_redirects=False) as answer:
            assert answer.status == 200


async def test_who_was_not_told_the_address_gets_nothing_from_it(seen: Seen) -> None:
    host, requests = seen
    headers = {"Origin": host.origin, "Content-Type": "application/json"}
    async with aiohttp.ClientSession() as client:
        for path in ("/", "/facts", "/host.js", "/relay.js"):
            async with client.get(host.origin + path) as response:
                assert response.status == 404
                assert host.url not in await response.text()
        for path in ("/rpc", "/connect", "/x/rpc"):
            async with client.post(host.origin + path, data=json.dumps(CALL), headers=headers) as response:
                assert response.status == 404
    assert requests == []
    async with serving("http://127.0.0.1:1/mcp") as other:
        assert other.url.removeprefix(other.origin) != host.url.removeprefix(host.origin)


async def test_no_page_sees_the_bearer(seen: Seen) -> None:
    host, requests = seen
    await posted(host, CALL)
    assert requests[-1]["headers"]["Authorization"] == "Bearer secret"
    async with aiohttp.ClientSession() as client:
        for path in ("", "facts", "host.js", "relay.js"):
            async with client.get(host.url + path) as response:
                assert response.status == 200
                assert "secret" not in await response.text()
        async with client.get(host.url + "facts?switch=nope") as response:
            assert response.status == 400
            assert (await response.json())["error"]["code"] == "unknown_switch"
        async with client.get(host.sandbox_url, params={"csp": "{", "switch": "x"}) as response:
            assert response.status == 400


async def test_a_card_may_call_what_the_host_has_in_its_list(seen: Seen) -> None:
    host, _ = seen
    on = switched(["cached-tool-list"])
    await host.relay("model", "tools/list", {}, on)
    assert "error" in await host.relay("app", "tools/call", {"name": "unlisted"}, on)
    assert "result" in await host.relay("app", "tools/call", {"name": "listed"}, on)
    assert "result" in await host.relay("model", "tools/call", {"name": "unlisted"}, on)


async def test_a_card_may_not_call_what_is_for_models(seen: Seen) -> None:
    host, requests = seen
    on = switched([])
    await host.relay("model", "tools/list", {}, on)
    before = len(requests)
    refused = await host.relay("app", "tools/call", {"name": "hidden"}, on)
    assert refused["error"]["code"] == -32602
    assert len(requests) == before
    assert "result" in await host.relay("model", "tools/call", {"name": "hidden"}, on)
    for name in ("listed", "internal"):
        assert "result" in await host.relay("app", "tools/call", {"name": name}, on)


async def test_calls_of_cards_fail_in_two_ways_and_those_of_models_do_not(seen: Seen) -> None:
    host, _ = seen
    rejected = await host.relay("app", "tools/call", {"name": "listed"}, switched(["reject-calls"]))
    broken = await host.relay("app", "tools/call", {"name": "listed"}, switched(["error-calls"]))
    assert rejected["error"]["code"] == -32601
    assert broken["result"]["isError"] is True
    assert "result" in await host.relay("model", "tools/call", {"name": "listed"}, switched(["reject-calls"]))
    assert [call.tool for call in host.calls] == ["listed"] * 3


async def test_a_frozen_document_is_the_first_one_for_good(seen: Seen) -> None:
    host, _ = seen
    read = {"uri": "ui://a"}
    first = await host.relay("app", "resources/read", read, switched([]))
    frozen = await host.relay("app", "resources/read", read, switched(["frozen-template"]))
    fresh = await host.relay("app", "resources/read", read, switched([]))
    assert frozen == first != fresh


async def test_a_document_that_is_too_large_is_dropped(seen: Seen) -> None:
    host, _ = seen
    host.rewrite = lambda text: text + "x" * 1_048_576
    assert "error" in await host.relay(
        "app", "resources/read", {"uri": "ui://a"}, switched(["small-documents"])
    )
    assert "result" in await host.relay("app", "resources/read", {"uri": "ui://a"}, switched([]))


async def test_a_bare_probe_and_others_come_before_the_host_itself(seen: Seen) -> None:
    host, requests = seen
    await host.upstream.connect(switched(["probe-first"]))
    greeted = [request["params"] for request in requests if request["method"] == "initialize"]
    assert [greeting["clientInfo"]["name"] for greeting in greeted][0::3] == ["probe", "ggui-host-emulator"]
    assert [greeting["capabilities"] for greeting in greeted[:3]] == [{}, {}, {}]
    assert greeted[-1]["capabilities"]["extensions"]


async def test_the_session_header_is_returned_unless_a_host_never_does(seen: Seen) -> None:
    host, requests = seen
    await host.upstream.connect(switched([]))
    await host.relay("model", "tools/list", {}, switched([]))
    await host.relay("model", "tools/list", {}, switched(["no-session-header"]))
    assert [request["headers"].get("Mcp-Session-Id") for request in requests[-2:]] == ["sid", None]


async def test_a_server_that_is_not_there_is_an_answer() -> None:
    async with serving("http://127.0.0.1:9/mcp") as host:
        answer = await host.relay("model", "tools/list", {}, switched([]))
    assert "did not answer" in answer["error"]["message"]

"""Resources that plugins add to ``/mcp`` (spec 02 section 10)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from types import ModuleType
from typing import Any

import pytest

from ggui_core import hookimpl
from ggui_core.errors import BootError, GguiError
from ggui_core.mcp import Resource, ResourceContents, ResourceFailed, ResourceTemplate, ToolContext
from ggui_core.setup import Setup
from ggui_core.testing import Booted, booted

from .conftest import MakePlugin

OTHER_ROUTES = ["/protocol", "/ops"]


async def shell(uri: str, context: ToolContext) -> ResourceContents:
    return ResourceContents("text/html", text="<p>shell</p>", meta={"ui": {"prefersBorder": False}})


async def card(uri: str, context: ToolContext) -> ResourceContents | None:
    name = uri.rpartition("/")[2]
    match name:
        case "missing":
            return None
        case "denied":
            raise ResourceFailed("Resource not found.", code="NOT_FOUND", jsonrpc_code=-32002)
        case "broken":
            raise ResourceFailed(
                "The card has no component.", code="NOT_MOUNTABLE", jsonrpc_code=-32006, detail="no code"
            )
        case "refused":
            raise GguiError("The shelf is closed.", code="shelf_closed")
        case "crash":
            raise RuntimeError("secret path /etc/passwd")
    return ResourceContents("application/octet-stream", blob=f"{name} for {context.app_id}".encode())


async def anything(uri: str, context: ToolContext) -> ResourceContents:
    return ResourceContents("text/plain", text="anything")


OFFERED = [
    Resource("ui://shelf", "shelf", shell, mime_type="text/html", title="Shelf", description="All cards."),
    ResourceTemplate("ui://shelf/{card}", "card", card, mime_type="application/octet-stream"),
    ResourceTemplate("ui://{place}/{card}", "anything", anything),
]


@hookimpl
def ggui_mcp_resources(setup: Setup) -> Sequence[Resource | ResourceTemplate]:
    return OFFERED


@pytest.fixture
async def shelf(plugin: MakePlugin, table: ModuleType) -> AsyncIterator[Booted]:
    offering = plugin("shelf", mcp_resources=ggui_mcp_resources)
    async with booted([offering, table]) as server:
        yield server


async def ask(server: Booted, method: str, path: str = "/mcp", **params: Any) -> dict[str, Any]:
    return await server.rpc(method, params, path=path, bearer="builder")


async def read(server: Booted, uri: str, path: str = "/mcp") -> dict[str, Any]:
    return await ask(server, "resources/read", path, uri=uri)


async def test_resources_and_templates_are_listed_with_what_they_declare(shelf: Booted) -> None:
    listed = (await ask(shelf, "resources/list"))["result"]["resources"]
    assert listed == [
        {
            "uri": "ui://shelf",
            "name": "shelf",
            "title": "Shelf",
            "description": "All cards.",
            "mimeType": "text/html",
        }
    ]
    templates = (await ask(shelf, "resources/templates/list"))["result"]["resourceTemplates"]
    assert [template["uriTemplate"] for template in templates] == ["ui://shelf/{card}", "ui://{place}/{card}"]


async def test_a_resource_is_read_with_its_meta(shelf: Booted) -> None:
    (contents,) = (await read(shelf, "ui://shelf"))["result"]["contents"]
    assert contents == {
        "uri": "ui://shelf",
        "mimeType": "text/html",
        "text": "<p>shell</p>",
        "_meta": {"ui": {"prefersBorder": False}},
    }


async def test_templates_are_tried_in_the_order_given_and_know_who_asks(shelf: Booted) -> None:
    (contents,) = (await read(shelf, "ui://shelf/ace"))["result"]["contents"]
    assert contents["blob"] == "YWNlIGZvciBidWlsZGVy"  # ace for builder
    (contents,) = (await read(shelf, "ui://drawer/ace"))["result"]["contents"]
    assert contents["text"] == "anything"


@pytest.mark.parametrize(
    ("uri", "error"),
    [
        (
            "ui://shelf/denied",
            {"code": -32002, "message": "Resource not found.", "data": {"code": "NOT_FOUND"}},
        ),
        (
            "ui://shelf/broken",
            {
                "code": -32006,
                "message": "The card has no component.",
                "data": {"code": "NOT_MOUNTABLE", "detail": "no code"},
            },
        ),
        (
            "ui://shelf/refused",
            {
                "code": -32002,
                "message": "The shelf is closed.",
                "data": {"code": "shelf_closed", "uri": "ui://shelf/refused"},
            },
        ),
    ],
)
async def test_a_reader_learns_why_a_resource_failed(
    shelf: Booted, uri: str, error: dict[str, object]
) -> None:
    assert (await read(shelf, uri))["error"] == error


@pytest.mark.parametrize("uri", ["ui://shelf/missing", "ui://shelf/a/b", "https://elsewhere/x", "not a uri"])
async def test_what_nobody_offers_is_not_found(shelf: Booted, uri: str) -> None:
    assert "error" in await read(shelf, uri)


async def test_a_crash_shows_nothing_of_the_inside(shelf: Booted) -> None:
    answer = await read(shelf, "ui://shelf/crash")
    assert answer["error"]["code"] == -32603
    assert "passwd" not in str(answer)


@pytest.mark.parametrize("path", OTHER_ROUTES)
async def test_other_routes_neither_list_nor_read_them(shelf: Booted, path: str) -> None:
    assert (await ask(shelf, "resources/list", path))["result"]["resources"] == []
    assert (await ask(shelf, "resources/templates/list", path))["result"]["resourceTemplates"] == []
    for uri in ("ui://shelf", "ui://shelf/ace"):
        assert "error" in await read(shelf, uri, path)


async def test_services_neither_list_nor_read_them(
    plugin: MakePlugin, probe: ModuleType, table: ModuleType
) -> None:
    offering = plugin("shelf", mcp_resources=ggui_mcp_resources)
    async with booted([offering, probe, table]) as server:
        assert (await ask(server, "resources/list", "/probe/closed"))["result"]["resources"] == []
        assert "error" in await read(server, "ui://shelf", "/probe/closed")


async def test_resources_need_a_credential(shelf: Booted) -> None:
    for method in ("resources/list", "resources/read"):
        answer = await shelf.rpc(method, {"uri": "ui://shelf"})
        assert answer["error"]["message"] == "No valid credentials"


async def test_one_uri_offered_twice_does_not_boot(plugin: MakePlugin) -> None:
    first = plugin("first", mcp_resources=ggui_mcp_resources)
    second = plugin("second", mcp_resources=lambda setup: OFFERED[:2])
    with pytest.raises(BootError) as refused:
        async with booted([first, second]):
            pass
    assert refused.value.problems == tuple(
        f"the MCP resource {uri!r} is offered by plugin 'first' and by plugin 'second'; disable one of them"
        for uri in ("ui://shelf", "ui://shelf/{card}")
    )

"""``ui://ggui/render`` on the wire (spec 02 section 10)."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from ggui_core.protocol.session import DeliveryReceipt
from ggui_core.seams import ShellBuilder, SlicePart
from ggui_core.setup import Setup
from ggui_core.stores import MemorySessionStore, SessionLimits, SessionStore
from ggui_core.testing import FakeClock
from ggui_sessions.pinning import Location, locate

from .serving import PROPS, Agent, serving, until
from .stand_ins import Shells, Writer, plugin, slicing

MIME = "text/html;profile=mcp-app"
ROOT = "ui://ggui/render"
NOT_FOUND = {"code": -32002, "message": "Resource not found.", "data": {"code": "NOT_FOUND"}}


def contents(answer: dict[str, Any]) -> dict[str, Any]:
    """The one document of an answer."""
    assert "result" in answer, answer
    (document,) = answer["result"]["contents"]
    found: dict[str, Any] = document
    return found


def props_of(document: dict[str, Any]) -> Any:
    """The props that a page is born with."""
    meta = document["text"].partition("globalThis.__GGUI_META__ = ")[2].partition(";</script>")[0]
    return json.loads(json.loads(meta)["ai.ggui/render"]["propsJson"])


# Listing and the static shell


async def test_what_is_listed_in_which_order() -> None:
    async with serving() as agent:
        await agent.card()
        listed = (await agent.server.rpc("resources/list"))["result"]["resources"]
        templates = (await agent.server.rpc("resources/templates/list"))["result"]["resourceTemplates"]
    assert [(row["name"], row["mimeType"]) for row in listed] == [
        ("ggui-render", MIME),
        ("ggui-render-versioned", MIME),
    ]
    assert listed[0]["uri"] == ROOT
    assert [(row["uriTemplate"], row["name"], row["mimeType"]) for row in templates] == [
        (f"{ROOT}/rt-{{shellHash}}", "ggui-render-versioned-grandfather", MIME),
        (f"{ROOT}/{{sessionId}}", "ggui-render-self-contained", MIME),
        (f"{ROOT}/{{sessionId}}/{{blueprintKey}}", "ggui-render-self-contained-resume", MIME),
    ]


@pytest.mark.spec("02 19.1")
@pytest.mark.parametrize("path", ["/protocol", "/ops"])
async def test_nothing_is_listed_or_read_on_other_routes(path: str) -> None:
    async with serving() as agent:
        uri = (await agent.render())["structuredContent"]["resourceUri"]
        listed = (await agent.server.rpc("resources/list", path=path))["result"]["resources"]
        read = await agent.server.rpc("resources/read", {"uri": uri}, path=path)
    assert listed == []
    assert "error" in read


@pytest.mark.spec("02 18.13")
async def test_the_shell_is_addressed_by_its_content_and_older_addresses_still_lead_to_it() -> None:
    async with serving() as agent:
        listed = (await agent.server.rpc("resources/list"))["result"]["resources"]
        tools = {t["name"]: t for t in (await agent.server.rpc("tools/list"))["result"]["tools"]}
        documents = [
            contents(await agent.read(uri)) for uri in (ROOT, listed[1]["uri"], f"{ROOT}/rt-0123456789ab")
        ]
    shell = Shells().static_shell()
    meta = {"ui": {"csp": {"connectDomains": [], "resourceDomains": ["https://assets.example"]}}}
    assert listed[1]["uri"] == f"{ROOT}/rt-{shell.hash12}"
    assert [document["text"] for document in documents] == [shell.html] * 3
    assert [document["_meta"] for document in documents] == [meta] * 3
    assert documents[2]["uri"] == f"{ROOT}/rt-0123456789ab"
    assert tools["ggui_render"]["_meta"] == {
        "ui": {"resourceUri": listed[1]["uri"], "visibility": ["model"]},
        "ui/resourceUri": listed[1]["uri"],
    }


async def test_a_server_with_documents_advertises_mcp_apps() -> None:
    params = {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "t", "version": "1"},
    }
    async with serving() as agent:
        shown = await agent.server.rpc("initialize", params)
    async with serving(renderer=False) as agent:
        plain = await agent.server.rpc("initialize", params)
        tools = {t["name"]: t for t in (await agent.server.rpc("tools/list"))["result"]["tools"]}
    assert shown["result"]["capabilities"]["extensions"] == {"io.modelcontextprotocol/ui": {}}
    assert shown["result"]["capabilities"]["experimental"] == {"io.modelcontextprotocol/ui": {}}
    assert "extensions" not in plain["result"]["capabilities"]
    assert tools["ggui_render"]["_meta"] == {"ui": {"visibility": ["model"]}}


@pytest.mark.parametrize("prefers", [True, False])
async def test_documents_say_whether_they_want_a_border_where_the_operator_does(prefers: bool) -> None:
    async with serving(settings={"prefersBorder": prefers}) as agent:
        session_id = await agent.card()
        documents = [contents(await agent.read(uri)) for uri in (ROOT, f"{ROOT}/{session_id}")]
    assert [document["_meta"]["ui"]["prefersBorder"] for document in documents] == [prefers, prefers]
    assert all("csp" in document["_meta"]["ui"] for document in documents)


# The document of a session


@pytest.mark.parametrize(
    "form", ["{id}", "{id}/{key}", "{id}/0000000000000000", "{id}#0", "{id}/{key}#0", "{id}%230/x"]
)
async def test_a_session_is_read_under_each_form_of_its_address(form: str) -> None:
    async with serving() as agent:
        rendered = (await agent.render())["structuredContent"]
        uri = f"{ROOT}/" + form.format(id=rendered["sessionId"], key=rendered["contractHash"])
        document = contents(await agent.read(uri))
    assert document["uri"] == uri
    assert document["mimeType"] == MIME
    assert rendered["sessionId"] in document["text"]
    assert "<title>book a room</title>" in document["text"]


async def test_the_page_shows_the_newest_props_and_what_it_may_reach() -> None:
    part = SlicePart({}, connect_domains=("wss://live.example", "https://assets.example"))
    asking = {
        "clientCapabilities": {"gadgets": {"@ggui-ai/gadgets": {"useCamera": {}, "useNotifications": {}}}}
    }
    async with serving((), slicing(part)) as agent:
        base = agent.server.base_url
        session_id = await agent.card(asking, {})
        await agent.ok("ggui_update", {"sessionId": session_id, "kind": "replace", "props": {"n": 1}})
        document = contents(await agent.read(f"{ROOT}/{session_id}"))
    assert props_of(document) == {"n": 1}
    assert '"permissionsPolicy": ["camera", "notifications"]' in document["text"]
    assert document["_meta"] == {
        "ui": {
            "csp": {
                "connectDomains": [
                    base,
                    base.replace("http", "ws", 1),
                    "wss://live.example",
                    "https://assets.example",
                ],
                "resourceDomains": [base, "https://assets.example"],
            },
            "permissions": {"camera": {}},
        }
    }


async def test_reading_is_the_first_receipt() -> None:
    async with serving() as agent:
        session_id = await agent.card()
        await agent.read(f"{ROOT}/{session_id}")
        delivery = (await agent.stored(session_id)).delivery
    assert delivery is not None
    assert (delivery.state, delivery.rung) == ("read", "resource")


async def test_a_title_is_the_first_line_of_the_intent() -> None:
    async with serving() as agent:
        draft = {"intent": "x" * 100 + "\nsecond line", "blueprintDraft": {"contract": {}}}
        agreed = await agent.ok("ggui_handshake", draft)
        rendered = await agent.ok("ggui_render", {"handshakeId": agreed["handshakeId"], "props": {}})
        document = contents(await agent.read(rendered["resourceUri"]))
    assert f"<title>{'x' * 79}…</title>" in document["text"]


# Failures


@pytest.mark.spec("01 22.10")
@pytest.mark.parametrize(
    "path", ["nobody", "nobody/key", "nobody#0", "00000000-0000-4000-8000-000000000000", "%00", "a%2Fb", "é"]
)
async def test_what_is_not_there_is_not_found_without_a_detail(path: str) -> None:
    async with serving() as agent:
        assert (await agent.read(f"{ROOT}/{path}"))["error"] == NOT_FOUND


async def test_a_session_without_a_component_yet_is_not_mountable() -> None:
    writer = Writer()
    writer.held.clear()
    async with serving(writer) as agent:
        agreed = await agent.handshake()
        arguments = {"handshakeId": agreed["handshakeId"], "props": PROPS}
        rendering = asyncio.create_task(agent.ok("ggui_render", arguments))

        async def asked() -> bool:
            return bool(writer.asked)

        await until(asked)
        read = await agent.read(f"{ROOT}/{writer.asked[0].session_id}")
        writer.held.set()
        await rendering
    assert read["error"]["code"] == -32006
    assert read["error"]["data"]["code"] == "NOT_MOUNTABLE"


async def test_without_a_runtime_there_is_nothing_to_boot() -> None:
    def provide(setup: Setup) -> None:
        setup.provide(ShellBuilder, Shells())

    async with serving((), plugin("shells", provide=provide), renderer=False) as agent:
        session_id = await agent.card()
        missing = await agent.read(f"{ROOT}/{session_id}")
    async with serving(
        (), plugin("shells", provide=provide), slicing(RuntimeError("/etc/passwd")), renderer=False
    ) as agent:
        session_id = await agent.card()
        broken = await agent.read(f"{ROOT}/{session_id}")
    assert missing["error"]["data"]["code"] == "NOT_MOUNTABLE"
    assert broken["error"]["code"] == -32603
    assert "/etc/passwd" not in json.dumps(broken)


async def test_a_page_of_somebody_else_is_the_same_as_none() -> None:
    async with serving() as agent:
        ann, bob, app, other = (
            Agent(agent.server, who) for who in ("user:shop:ann", "user:shop:bob", "app:shop", "app:other")
        )
        uri = (await ann.render())["structuredContent"]["resourceUri"]
        for stranger in (bob, other, agent):
            assert json.dumps(await stranger.read(uri)) == json.dumps(await stranger.read(f"{ROOT}/nobody"))
        assert "result" in await app.read(uri)
        assert "result" in await ann.read(uri)


# Cards of earlier epochs


@pytest.mark.parametrize(
    ("uri", "location"),
    [
        (f"{ROOT}/s", Location("s")),
        (f"{ROOT}/s/key", Location("s", None, "key")),
        (f"{ROOT}/s#0", Location("s", 0)),
        (f"{ROOT}/s/key#12", Location("s", 12, "key")),
        (f"{ROOT}/s%232/key", Location("s", 2, "key")),
        (f"{ROOT}/s/key%2310", Location("s", 10, "key")),
        (f"{ROOT}/s#01", Location("s#01")),
        (f"{ROOT}/s#-1", Location("s#-1")),
        (f"{ROOT}/s#1x", Location("s#1x")),
        (f"{ROOT}/s#", Location("s#")),
        (f"{ROOT}/s#٣", Location("s#٣")),
    ],
)
def test_pins_are_canonical_decimals_at_the_end_of_a_segment(uri: str, location: Location) -> None:
    assert locate(uri) == location


@pytest.mark.spec("01 23.15")
async def test_a_pinned_page_shows_its_own_epoch() -> None:
    async with serving() as agent:
        session_id = await agent.card()

        async def changed(title: str, *, new: bool) -> None:
            arguments = {
                "sessionId": session_id,
                "kind": "merge",
                "patch": {"title": title},
                "renderAsNew": new,
            }
            await agent.ok("ggui_update", arguments)

        await changed("zero", new=False)
        await changed("one", new=True)
        await changed("one, later", new=False)
        await changed("two", new=True)
        pages = [await agent.read(f"{ROOT}/{session_id}/key#{epoch}") for epoch in range(4)]
        bare = await agent.read(f"{ROOT}/{session_id}")
    titles = [props_of(contents(page))["title"] for page in (*pages[:3], bare)]
    assert titles == ["zero", "one, later", "two", "two"]
    assert pages[3]["error"] == NOT_FOUND


@pytest.mark.spec("01 23.15")
async def test_the_first_card_is_kept_without_any_update_of_it() -> None:
    async with serving() as agent:
        session_id = await agent.card()
        change = {"sessionId": session_id, "kind": "merge", "patch": {"title": "New"}, "renderAsNew": True}
        await agent.ok("ggui_update", change)
        pages = [contents(await agent.read(f"{ROOT}/{session_id}#{epoch}")) for epoch in range(2)]
    assert [props_of(page)["title"] for page in pages] == [PROPS["title"], "New"]


async def test_a_card_that_the_ledger_has_forgotten_is_not_found() -> None:
    def provide(setup: Setup) -> None:
        setup.provide(SessionStore, MemorySessionStore(SessionLimits(ledger=2)))

    async with serving((), plugin("short", provide=provide)) as agent:
        session_id = await agent.card()
        for title in ("one", "two"):
            change = {
                "sessionId": session_id,
                "kind": "merge",
                "patch": {"title": title},
                "renderAsNew": True,
            }
            await agent.ok("ggui_update", change)
        assert (await agent.read(f"{ROOT}/{session_id}#0"))["error"] == NOT_FOUND


# Expired sessions


@pytest.mark.spec("02 18.10")
async def test_reading_revives_an_expired_session_before_anything_is_minted() -> None:
    clock = FakeClock()
    minted: list[bool] = []

    async with serving(clock=clock, settings={"ttlS": 60}) as agent:
        session_id = await agent.card()
        await clock.advance(61)
        assert (await agent.error("ggui_get_session", {"sessionId": session_id}))[
            "code"
        ] == "session_not_found"
        document = contents(await agent.read(f"{ROOT}/{session_id}"))
        assert session_id in document["text"]
        session = await agent.stored(session_id)
        minted.append(session.is_expired(int(clock.now() * 1000)))
        await agent.ok("ggui_get_session", {"sessionId": session_id})
        assert session.expires_at_ms == int(clock.now() * 1000) + 60_000
    assert minted == [False]


async def test_the_hard_end_of_a_session_is_its_end() -> None:
    clock = FakeClock()
    async with serving(clock=clock, settings={"ttlS": 60, "maxLifetimeS": 90}) as agent:
        session_id = await agent.card()
        await clock.advance(50)
        await agent.ok("ggui_get_session", {"sessionId": session_id})
        await clock.advance(41)
        assert (await agent.read(f"{ROOT}/{session_id}"))["error"] == NOT_FOUND
        assert await agent.server.setup.get(SessionStore).session(session_id, None) is not None


class Forgetful(MemorySessionStore):
    """A store that reads and does not write."""

    async def touch(self, session_id: str, now_ms: int, expires_at_ms: int) -> None:
        raise OSError("/var/lib/ggui is read-only")

    async def set_delivery(self, session_id: str, receipt: DeliveryReceipt) -> bool:
        raise OSError("/var/lib/ggui is read-only")


async def test_a_page_is_shown_although_nothing_can_be_written_about_it() -> None:
    clock = FakeClock()

    def provide(setup: Setup) -> None:
        setup.provide(SessionStore, Forgetful())

    async with serving((), plugin("forgetful", provide=provide), clock=clock, settings={"ttlS": 60}) as agent:
        session_id = await agent.card()
        await clock.advance(61)
        assert session_id in contents(await agent.read(f"{ROOT}/{session_id}"))["text"]


async def test_strangers_revive_nothing() -> None:
    clock = FakeClock()
    async with serving(clock=clock, settings={"ttlS": 60}) as agent:
        session_id = await agent.card()
        await clock.advance(61)
        assert (await Agent(agent.server, "app:other").read(f"{ROOT}/{session_id}"))["error"] == NOT_FOUND
        assert (await agent.stored(session_id)).is_expired(int(clock.now() * 1000))

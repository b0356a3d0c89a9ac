"""``ggui_update`` and ``ggui_amend`` on the wire (spec 02 section 6.3, ruling 1)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from ggui_core.bus import PropsUpdated
from ggui_core.protocol.session import EventPage, Session
from ggui_core.setup import Setup
from ggui_core.stores import MemorySessionStore, SessionStore

from .serving import PROPS, SLICE, Agent, serving
from .stand_ins import plugin

BOTH = ["ggui_update", "ggui_amend"]
NEW = {"title": "New", "rows": []}


async def ledger(agent: Agent, session_id: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Types and data of the ledger."""
    page = await agent.server.setup.get(SessionStore).events(session_id, 0, 100)
    assert isinstance(page, EventPage)
    return [(event.type, event.data) for event in page.events]


@pytest.mark.spec("02 18.4", "01 22.5")
@pytest.mark.parametrize("tool", BOTH)
@pytest.mark.parametrize(
    ("change", "props"),
    [
        ({"kind": "replace", "props": NEW}, NEW),
        ({"kind": "merge", "patch": {"title": "New"}}, {**PROPS, "title": "New"}),
        ({"kind": "merge", "patch": {"rows": None}}, {"title": "Rooms"}),
        ({"kind": "merge", "patch": {"rows": [{"id": "r9"}]}}, {**PROPS, "rows": [{"id": "r9"}]}),
        ({"kind": "replace", "props": {"title": "1"}}, {"title": "1"}),
    ],
)
async def test_the_card_is_refreshed_in_place_under_the_address_of_its_render(
    tool: str, change: dict[str, Any], props: dict[str, Any]
) -> None:
    told: list[PropsUpdated] = []
    async with serving() as agent:
        rendered = (await agent.render())["structuredContent"]
        session_id = rendered["sessionId"]
        agent.server.setup.bus.subscribe(PropsUpdated, told.append)
        result = await agent.call(tool, {"sessionId": session_id, **change})
        session = await agent.stored(session_id)
        events = await ledger(agent, session_id)
    expected = {
        "sessionId": session_id,
        "updated": True,
        "resourceUri": rendered["resourceUri"],
        "propsSchemaHash": session.props_schema_hash,
        "propsSchemaProfile": "grammar-safe",
    }
    if tool == "ggui_update":
        expected["epoch"] = 0
    assert result["structuredContent"] == expected
    assert "_meta" not in result
    assert (session.props, session.epoch) == (props, 0)
    assert events[-1] == ("ui.updated", {"sessionId": session_id, "props": props, "epoch": 0})
    assert told == [PropsUpdated(session_id, props, 0, len(events))]


@pytest.mark.spec("02 18.5")
@pytest.mark.parametrize("tool", BOTH)
@pytest.mark.parametrize(
    "change",
    [
        {"kind": "replace", "props": {"rows": PROPS["rows"], "title": "Rooms"}},
        {"kind": "merge", "patch": {}},
        {"kind": "merge", "patch": {"title": "Rooms"}},
        {"kind": "merge", "patch": {"gone": None}},
    ],
)
async def test_what_changes_nothing_says_so_and_tells_nobody(tool: str, change: dict[str, Any]) -> None:
    told: list[PropsUpdated] = []
    async with serving() as agent:
        session_id = await agent.card()
        agent.server.setup.bus.subscribe(PropsUpdated, told.append)
        output = await agent.ok(tool, {"sessionId": session_id, **change})
        events = await ledger(agent, session_id)
    assert output["updated"] is False
    assert output["warning"].startswith("Nothing changed")
    assert [type_ for type_, _ in events] == ["ui.created"]
    assert told == []


async def test_true_is_not_one() -> None:
    contract = {"propsSpec": {"properties": {"n": {"schema": {}}}}}
    async with serving() as agent:
        session_id = await agent.card(contract, {"n": 1})
        same = await agent.ok(
            "ggui_update", {"sessionId": session_id, "kind": "replace", "props": {"n": 1.0}}
        )
        other = await agent.ok(
            "ggui_update", {"sessionId": session_id, "kind": "replace", "props": {"n": True}}
        )
    assert (same["updated"], other["updated"]) == (False, True)


@pytest.mark.parametrize("tool", BOTH)
@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"kind": "replace"}, "CTR_UPDATE_MISSING_PROPS", "props"),
        ({"kind": "replace", "patch": {}}, "CTR_UPDATE_MISSING_PROPS", "props"),
        ({"kind": "merge"}, "CTR_UPDATE_MISSING_PATCH", "patch"),
        ({"kind": "merge", "props": {}}, "CTR_UPDATE_MISSING_PATCH", "patch"),
        ({"kind": "merge", "props": {}, "patch": {}}, "CTR_UPDATE_MIXED_FIELDS", "patch"),
        ({"kind": "replace", "props": {}, "patch": {}}, "CTR_UPDATE_MIXED_FIELDS", "patch"),
    ],
)
async def test_the_mode_is_checked_before_anything_is_looked_up(
    tool: str, change: dict[str, Any], code: str, field: str
) -> None:
    async with serving() as agent:
        error = await agent.error(tool, {"sessionId": "nobody", **change})
    assert error["code"] == code
    assert error["violations"][0]["field"] == field
    assert f"Contract violation in {tool}:" in error["text"]


@pytest.mark.parametrize("arguments", [{"kind": "append"}, {}, {"kind": "replace", "props": []}])
async def test_malformed_arguments(arguments: dict[str, Any]) -> None:
    async with serving() as agent:
        error = await agent.error("ggui_update", {"sessionId": "s", **arguments})
    assert error["code"] == "invalid_arguments"


@pytest.mark.parametrize("tool", BOTH)
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "replace", "props": {}}, "title"),
        ({"kind": "merge", "patch": {"title": 5}}, "title"),
        ({"kind": "merge", "patch": {"title": None}}, "title"),
        ({"kind": "merge", "patch": {"other": 1}}, "other"),
    ],
)
async def test_final_props_are_held_against_the_schema(tool: str, change: dict[str, Any], field: str) -> None:
    async with serving() as agent:
        session_id = await agent.card()
        error = await agent.error(tool, {"sessionId": session_id, **change})
        session = await agent.stored(session_id)
    assert error["code"] == "contract_violation"
    assert f"Contract violation in {tool}:" in error["text"]
    assert error["violations"][0]["field"] == field
    assert error["propsSchemaHash"] == session.props_schema_hash
    assert (session.props, session.revision) == (PROPS, 0)


async def test_a_session_without_declared_props_takes_anything() -> None:
    async with serving() as agent:
        session_id = await agent.card({"actionSpec": {"go": {"label": "Go"}}}, {})
        output = await agent.ok(
            "ggui_update", {"sessionId": session_id, "kind": "replace", "props": {"any": [1]}}
        )
        assert (await agent.stored(session_id)).props == {"any": [1]}
    assert output["updated"] is True
    assert "propsSchemaHash" not in output


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "merge", "patch": nested(200)}, "patch"),
        ({"kind": "replace", "props": nested(200)}, "props"),
        ({"kind": "replace", "props": {"a": "x" * 1_100_000}}, "props"),
    ],
    ids=["deep patch", "deep props", "large props"],
)
@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
async def test_too_much_is_refused(change: dict[str, Any], field: str) -> None:
    async with serving() as agent:
        session_id = await agent.card({"actionSpec": {"go": {"label": "Go"}}}, {})
        error = await agent.error("ggui_update", {"sessionId": session_id, **change})
    assert error["code"] == "contract_violation"
    assert error["violations"][0]["field"] == field


async def test_concurrent_merges_all_land() -> None:
    contract = {"propsSpec": {"properties": {f"k{n}": {"schema": {"type": "integer"}} for n in range(20)}}}
    told: list[PropsUpdated] = []
    async with serving() as agent:
        session_id = await agent.card(contract, {})
        agent.server.setup.bus.subscribe(PropsUpdated, told.append)
        changes = [{"sessionId": session_id, "kind": "merge", "patch": {f"k{n}": n}} for n in range(20)]
        await asyncio.gather(*(agent.ok("ggui_update", change) for change in changes))
        session = await agent.stored(session_id)
    assert session.props == {f"k{n}": n for n in range(20)}
    assert [event.sequence for event in told] == sorted(event.sequence for event in told)
    assert told[-1].props == session.props


class Contended(MemorySessionStore):
    """A store in which another replica changes the title just before every second change of ours."""

    def __init__(self) -> None:
        super().__init__()
        self.conflicts = 0

    async def change_props(
        self,
        session_id: str,
        revision: int,
        props: Mapping[str, Any],
        now_ms: int,
        *,
        new_epoch: bool = False,
    ) -> Session | None:
        session = await self.session(session_id, None)
        if session is not None and self.conflicts < 3:
            self.conflicts += 1
            theirs = {**session.props, "title": f"theirs {self.conflicts}"}
            await super().change_props(session_id, session.revision, theirs, now_ms)
        return await super().change_props(session_id, revision, props, now_ms, new_epoch=new_epoch)


async def test_a_change_from_elsewhere_is_merged_with_not_overwritten() -> None:
    store = Contended()

    def provide(setup: Setup) -> None:
        setup.provide(SessionStore, store)

    async with serving((), plugin("contended", provide=provide)) as agent:
        session_id = await agent.card()
        await agent.ok("ggui_update", {"sessionId": session_id, "kind": "merge", "patch": {"rows": []}})
        session = await agent.stored(session_id)
    assert store.conflicts == 3
    assert session.props == {"title": "theirs 3", "rows": []}


# renderAsNew


@pytest.mark.spec("01 22.5")
async def test_a_new_card_is_minted_only_when_asked_for_and_told_after_its_props() -> None:
    told: list[PropsUpdated] = []
    async with serving() as agent:
        rendered = (await agent.render())["structuredContent"]
        session_id = rendered["sessionId"]
        agent.server.setup.bus.subscribe(PropsUpdated, told.append)
        change = {"sessionId": session_id, "kind": "merge", "patch": {"title": "New"}, "renderAsNew": True}
        result = await agent.call("ggui_update", change)
        events = await ledger(agent, session_id)
        again = await agent.call("ggui_update", change)
        in_place = await agent.ok(
            "ggui_update", {**change, "patch": {"title": "Newer"}, "renderAsNew": False}
        )
    uri = f"{rendered['resourceUri']}#1"
    assert (result["structuredContent"]["epoch"], result["structuredContent"]["resourceUri"]) == (1, uri)
    assert result["_meta"]["ui"]["resourceUri"] == result["_meta"]["ui/resourceUri"] == uri
    assert result["_meta"][SLICE]["epoch"] == 1
    assert [type_ for type_, _ in events[-2:]] == ["ui.updated", "ui.reminted"]
    assert [data["epoch"] for _, data in events[-2:]] == [1, 1]
    assert [event.epoch for event in told] == [1, 1]
    assert again["structuredContent"]["updated"] is False
    assert "_meta" not in again
    assert (in_place["epoch"], in_place["resourceUri"]) == (1, rendered["resourceUri"])


async def test_a_new_card_that_nothing_can_show_is_not_promised() -> None:
    async with serving(renderer=False) as agent:
        session_id = await agent.card()
        change = {"sessionId": session_id, "kind": "merge", "patch": {"title": "New"}, "renderAsNew": True}
        result = await agent.call("ggui_update", change)
    assert result["structuredContent"]["epoch"] == 1
    assert "_meta" not in result


async def test_a_new_card_is_named_in_both_spellings_where_results_carry_no_token() -> None:
    config = {"app": {"slug": "builder", "name": "Rooms", "defaultDisplayMode": "fullscreen"}}
    async with serving(settings={"withholdResultMeta": True}, config=config) as agent:
        rendered = await agent.render()
        session_id = rendered["structuredContent"]["sessionId"]
        change = {"sessionId": session_id, "kind": "merge", "patch": {"title": "New"}, "renderAsNew": True}
        updated = await agent.call("ggui_update", change)
    for result in (rendered, updated):
        uri = result["structuredContent"]["resourceUri"]
        assert result["_meta"] == {
            "ui": {"resourceUri": uri, "displayMode": "fullscreen"},
            "ui/resourceUri": uri,
        }


async def test_the_declaration_promises_no_card() -> None:
    async with serving() as agent:
        listed = await agent.server.rpc("tools/list")
    tools = {tool["name"]: tool for tool in listed["result"]["tools"]}
    assert tools["ggui_update"]["_meta"] == {"ui": {"visibility": ["model"]}}
    assert tools["ggui_update"]["annotations"]["idempotentHint"] is True

"""Reading the page of a session that was removed (spec 02 section 10.5)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import pytest

from ggui_core.bus import Bus, SessionExpired
from ggui_core.protocol.blueprint import Blueprint, Provenance
from ggui_core.protocol.digests import contract_hash, variant_key
from ggui_core.protocol.session import EventPage, HorizonPassed, Session
from ggui_core.seams import SlicePart
from ggui_core.stores import SessionStore
from ggui_core.testing import FakeClock
from ggui_sessions.static_cards import default_props

from .serving import CONTRACT, PROPS, Agent, serving
from .stand_ins import Shelf, shelving, slicing
from .test_resources import NOT_FOUND, ROOT, contents, props_of
from .test_tenancy import raw

TTL_S, KEPT_S = 60, 30
SETTINGS: dict[str, Any] = {"ttlS": TTL_S, "keepExpiredS": KEPT_S, "sweepS": 1}
KEY = contract_hash(CONTRACT)


def a_blueprint(blueprint_id: str = "bp_1", *, app_id: str = "builder", **changes: Any) -> Blueprint:
    """What the shelf has for :data:`CONTRACT`."""
    given: dict[str, Any] = {
        "contract": CONTRACT,
        "contract_hash": KEY,
        "variance": {},
        "variant_key": variant_key(None),
        "source": Provenance("user"),
        "code_hash": "a" * 64,
        "created_at_ms": 1,
        "created_by": "agent",
        "intent": "book a room",
    }
    return Blueprint(blueprint_id, app_id, **(given | changes))


@dataclass
class Hall:
    """A server with a shelf of blueprints and a clock."""

    agent: Agent
    shelf: Shelf
    clock: FakeClock

    @property
    def store(self) -> SessionStore:
        return self.agent.server.setup.get(SessionStore)

    async def kept(self, agent: Agent | None = None, blueprint_id: str = "bp_1", **props: Any) -> str:
        """Render a card whose component is kept as a blueprint; the session's id."""
        session_id = await (agent or self.agent).card(CONTRACT, {**PROPS, **props})
        session = await self.agent.stored(session_id)
        assert session.component is not None
        await self.store.commit(session_id, session.component, session.created_at_ms, blueprint_id)
        return session_id

    async def end(self, session_id: str) -> Session:
        """Let its time run out and the sweeper remove it; returns it as it was."""
        session = await self.agent.stored(session_id)
        ended = asyncio.Event()

        def heard(event: SessionExpired) -> None:
            if event.session_id == session_id:
                ended.set()

        unsubscribe = self.agent.server.setup.get(Bus).subscribe(SessionExpired, heard)
        left_s = session.expires_at_ms / 1000 - self.clock.now()
        await self.clock.advance(left_s + KEPT_S + 2)
        async with asyncio.timeout(20):
            await ended.wait()
        unsubscribe()
        assert await self.store.session(session_id, None) is None
        return session

    async def read(self, path: str, agent: Agent | None = None) -> dict[str, Any]:
        return await (agent or self.agent).read(f"{ROOT}/{path}")


@asynccontextmanager
async def hall(
    shelf: Shelf | None = None, *more: ModuleType, settings: Mapping[str, Any] | None = None, **options: Any
) -> AsyncIterator[Hall]:
    """A hall whose shelf has one blueprint for :data:`CONTRACT` unless another is given."""
    shelf = Shelf([a_blueprint()]) if shelf is None else shelf
    clock = FakeClock(start=1_800_000_000)
    chosen = {**SETTINGS, **(settings or {})}
    async with serving((), shelving(shelf), *more, clock=clock, settings=chosen, **options) as agent:
        yield Hall(agent, shelf, clock)


def slice_of(document: dict[str, Any]) -> dict[str, Any]:
    """The slice that a page is born with."""
    meta = document["text"].partition("globalThis.__GGUI_META__ = ")[2].partition(";</script>")[0]
    members: dict[str, Any] = json.loads(meta)["ai.ggui/render"]
    return members


def failure(answer: dict[str, Any]) -> tuple[int, str, str | None]:
    """Number, code and detail of a refusal."""
    error = answer["error"]
    return error["code"], error["data"]["code"], error["data"].get("detail")


# Back under the same id


@pytest.mark.parametrize("form", ["{}", "{}/" + KEY, "{}/0000000000000000", "{}#0"])
async def test_a_session_comes_back_under_each_form_of_its_address(form: str) -> None:
    async with hall() as here:
        session_id = await here.kept(title="Last seen")
        before = await here.end(session_id)
        document = contents(await here.read(form.format(session_id)))
        session = await here.agent.stored(session_id)
        now_ms = int(here.clock.now() * 1000)
    assert props_of(document) == {**PROPS, "title": "Last seen"}
    assert slice_of(document)["sessionId"] == session_id
    assert slice_of(document)["codeB64"]
    assert session.expires_at_ms == now_ms + TTL_S * 1000
    assert session.created_at_ms == before.created_at_ms
    assert session.delivery is not None
    assert session.delivery.state == "read"
    changed = {
        "component", "last_activity_at_ms", "expires_at_ms", "delivery", "event_sequence", "contract", "props_schema"
    }  # fmt: skip
    for name in Session.__slots__:
        if name not in changed:
            assert getattr(session, name) == getattr(before, name), name


async def test_it_is_a_session_like_any_other_again() -> None:
    async with hall() as here:
        session_id = await here.kept()
        synced = {"sessionId": session_id, "appId": "builder", "snapshot": {"filter": "open", "page_size": 5}}
        await here.agent.ok("ggui_runtime_sync_context", synced)
        before = await here.end(session_id)
        assert (await here.agent.error("ggui_get_session", {"sessionId": session_id}))["code"] == (
            "session_not_found"
        )
        page = slice_of(contents(await here.read(session_id)))
        assert [slot["default"] for slot in page["contextSlots"]] == ["open", 5]
        assert page["lastSequence"] == before.event_sequence + 1
        consuming = await here.agent.parked(session_id)
        await here.agent.submit(session_id, "g1")
        assert [event["actionId"] for event in (await consuming)["events"]] == ["g1"]
        patch = {"sessionId": session_id, "kind": "merge", "patch": {"title": "New"}}
        updated = await here.agent.ok("ggui_update", patch)
        assert updated["updated"]
        assert updated["resourceUri"] == before.resource_uri
        wrong = {"sessionId": session_id, "kind": "merge", "patch": {"title": 5}}
        assert (await here.agent.error("ggui_update", wrong))["code"] == "contract_violation"


async def test_its_ledger_goes_on_where_it_was() -> None:
    async with hall() as here:
        session_id = await here.kept()
        before = await here.end(session_id)
        await here.read(session_id)
        assert isinstance(await here.store.events(session_id, 0, 9), HorizonPassed)
        page = await here.store.events(session_id, before.event_sequence, 9)
    assert isinstance(page, EventPage)
    assert [(event.seq, event.type) for event in page.events] == [(before.event_sequence + 1, "ui.created")]


async def test_it_comes_back_as_often_as_it_ends() -> None:
    async with hall() as here:
        session_id = await here.kept()
        for number in range(3):
            await here.agent.ok(
                "ggui_update", {"sessionId": session_id, "kind": "merge", "patch": {"title": f"{number}"}}
            )
            await here.end(session_id)
            assert props_of(contents(await here.read(session_id)))["title"] == f"{number}"


async def test_many_readers_at_once_all_see_it() -> None:
    async with hall() as here:
        session_id = await here.kept()
        before = await here.end(session_id)
        pages = await asyncio.gather(*(here.read(session_id) for _ in range(8)))
        session = await here.agent.stored(session_id)
    assert {props_of(contents(page))["title"] for page in pages} == {"Rooms"}
    assert session.event_sequence == before.event_sequence + 1


async def test_a_yanked_blueprint_goes_on_serving_the_cards_that_show_it() -> None:
    async with hall(Shelf([a_blueprint(is_yanked=True)])) as here:
        session_id = await here.kept()
        await here.end(session_id)
        assert "result" in await here.read(session_id)


async def test_its_user_and_its_app_bring_it_back_and_nobody_else_learns_of_it() -> None:
    async with hall(Shelf([a_blueprint(app_id="shop")])) as here:
        ann, bob, app, other = (
            Agent(here.agent.server, who)
            for who in ("user:shop:ann", "user:shop:bob", "app:shop", "app:other")
        )
        session_id = await here.kept(ann)
        before = await here.end(session_id)
        missing = "0" * len(session_id)
        for stranger in (bob, other, here.agent):
            for form in ("{}", "{}/key", "{}#0", "{}#7", f"{{}}/{KEY}"):
                answers = []
                for name in (session_id, missing):
                    uri = f"{ROOT}/{form.format(name)}"
                    body = {"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": uri}}
                    answers.append((await raw(replace(stranger, bearer=stranger.bearer or "x"), body))[1])
                assert answers[0].replace(session_id.encode(), missing.encode()) == answers[1]
        assert await here.store.session(session_id, None) is None
        assert "result" in await app.read(f"{ROOT}/{session_id}")
        revived = await here.agent.stored(session_id)
        assert revived.tenant == before.tenant
        assert "result" in await ann.read(f"{ROOT}/{session_id}")
        assert (await bob.read(f"{ROOT}/{session_id}"))["error"] == NOT_FOUND


# Cards of earlier epochs


async def remint(here: Hall, session_id: str, title: str) -> None:
    change = {"sessionId": session_id, "kind": "merge", "patch": {"title": title}, "renderAsNew": True}
    await here.agent.ok("ggui_update", change)


async def test_what_earlier_cards_showed_went_with_the_ledger() -> None:
    async with hall() as here:
        session_id = await here.kept()
        await remint(here, session_id, "one")
        await here.end(session_id)
        for pin in (0, 2):
            assert (await here.read(f"{session_id}#{pin}"))["error"] == NOT_FOUND
        assert await here.store.session(session_id, None) is None
        page = contents(await here.read(f"{session_id}#1"))
        assert (props_of(page)["title"], slice_of(page)["epoch"]) == ("one", 1)
        assert (await here.read(f"{session_id}#0"))["error"] == NOT_FOUND


async def test_the_card_that_came_back_stays_readable_when_another_one_follows() -> None:
    async with hall() as here:
        session_id = await here.kept()
        await remint(here, session_id, "one")
        await here.end(session_id)
        await here.read(session_id)
        await remint(here, session_id, "two")
        titles = [props_of(contents(await here.read(f"{session_id}#{pin}")))["title"] for pin in (1, 2)]
        assert titles == ["one", "two"]
        assert (await here.read(f"{session_id}#0"))["error"] == NOT_FOUND


# What cannot be brought back


async def test_a_card_that_was_not_kept_cannot_be_resolved() -> None:
    async with hall(Shelf([])) as here:
        session_id = await here.agent.card()
        await here.end(session_id)
        answer = await here.read(f"{session_id}/{KEY}")
    assert failure(answer)[:2] == (-32006, "BLUEPRINT_UNRESOLVABLE")
    assert "not kept" in (failure(answer)[2] or "")


@pytest.mark.parametrize(
    ("shelf", "detail"),
    [
        (Shelf([]), "blueprint is gone"),
        (Shelf([a_blueprint(app_id="other")]), "blueprint is gone"),
        (Shelf([a_blueprint(contract_hash="0" * 16)]), "blueprint is gone"),
        (Shelf([a_blueprint()], fails=OSError("/var/lib/ggui")), "blueprint is gone"),
        (Shelf([a_blueprint()], has_code=False), "code of its blueprint"),
    ],
)
async def test_what_its_component_was_made_of_is_gone(shelf: Shelf, detail: str) -> None:
    async with hall(shelf) as here:
        session_id = await here.kept()
        await here.end(session_id)
        answer = await here.read(session_id)
        assert await here.store.session(session_id, None) is None
    assert failure(answer)[:2] == (-32006, "BLUEPRINT_UNRESOLVABLE")
    assert detail in (failure(answer)[2] or "")
    assert "/var/lib" not in json.dumps(answer)


async def test_a_blueprint_that_is_there_again_brings_the_card_back() -> None:
    async with hall(Shelf([])) as here:
        session_id = await here.kept()
        await here.end(session_id)
        assert failure(await here.read(session_id))[1] == "BLUEPRINT_UNRESOLVABLE"
        here.shelf.blueprints.append(a_blueprint())
        assert "result" in await here.read(session_id)


async def test_props_that_were_too_large_are_not_made_up() -> None:
    async with hall() as here:
        session_id = await here.kept(title="x" * 70_000)
        await here.end(session_id)
        assert failure(await here.read(session_id))[:2] == (-32006, "NOT_MOUNTABLE")


async def test_the_hard_end_of_a_session_is_its_end() -> None:
    async with hall(settings={"maxLifetimeS": 70}) as here:
        session_id = await here.kept()
        await here.end(session_id)
        assert (await here.read(session_id))["error"] == NOT_FOUND


async def test_a_fresh_life_does_not_reach_beyond_the_hard_end() -> None:
    async with hall(settings={"maxLifetimeS": 140}) as here:
        session_id = await here.kept()
        before = await here.end(session_id)
        await here.read(session_id)
        assert (await here.agent.stored(session_id)).expires_at_ms == before.created_at_ms + 140_000


async def test_a_full_app_brings_nothing_back() -> None:
    async with hall(config={"limits": {"sessionsPerApp": 1}}) as here:
        session_id = await here.kept()
        await here.end(session_id)
        other = await here.agent.card()
        assert failure(await here.read(session_id))[:2] == (-32006, "NOT_MOUNTABLE")
        await here.end(other)
        assert "result" in await here.read(session_id)


async def test_a_render_whose_session_was_ended_by_the_operator_stays_away() -> None:
    async with hall() as here:
        sessions = [await here.kept(), await here.kept()]
        await here.end(sessions[1])
        for session_id in sessions:
            await here.agent.server.rpc(
                "tools/call",
                {"name": "ggui_ops_end_render", "arguments": {"sessionId": session_id}},
                path="/ops",
            )
            assert (await here.read(session_id))["error"] == NOT_FOUND


async def test_a_session_that_is_read_in_time_is_not_removed() -> None:
    async with hall() as here:
        session_id = await here.kept()
        await here.clock.advance(TTL_S + KEPT_S - 1)
        await here.read(session_id)
        await here.clock.advance(TTL_S)
        await asyncio.sleep(0.05)
        assert await here.store.session(session_id, None) is not None


# A server that keeps no records


async def test_a_server_that_keeps_no_records_says_the_same_of_everything() -> None:
    config = {"limits": {"endedSessionsPerApp": 0}}
    async with hall(config=config) as here:
        ann, bob = Agent(here.agent.server, "user:shop:ann"), Agent(here.agent.server, "user:shop:bob")
        live = await here.kept(ann)
        gone = await here.kept()
        await here.clock.advance(1)
        answers = [await bob.read(f"{ROOT}/{live}")]
        assert "result" in await ann.read(f"{ROOT}/{live}")
        await here.end(gone)
        answers += [await here.read(gone), await here.read("nobody"), await here.read("nobody/key#4")]
    assert [failure(answer) for answer in answers] == [(-32006, "NOT_SUPPORTED", None)] * 4
    assert len({json.dumps(answer) for answer in answers}) == 1


# A blueprint without a session


@pytest.mark.parametrize("pin", ["", "#0", "%230"])
async def test_a_known_contract_is_shown_with_its_default_props_and_without_a_token(pin: str) -> None:
    live = SlicePart(
        {
            "wsUrl": "wss://live.example/ws",
            "wsToken": "secret",
            "expiresAt": "2027-01-15T08:03:00.000Z",
            "sseUrl": "https://live.example/stream?wsToken=secret",
            "pollingUrl": "https://live.example/events?wsToken=secret",
        }
    )
    async with hall(None, slicing(live)) as here:
        document = contents(await here.read(f"nobody/{KEY}{pin}"))
    members = slice_of(document)
    assert members["propsJson"] == '{"title":""}'
    assert members["sessionId"] == "static:bp_1"
    assert members["appId"] == "builder"
    assert members["runtimeUrl"]
    assert members["codeB64"]
    assert "<title>ggui</title>" in document["text"], "the intent is another user's"
    assert "book a room" not in document["text"]
    assert not {"wsUrl", "wsToken", "expiresAt", "sseUrl", "pollingUrl"} & members.keys()
    assert "secret" not in document["text"]


async def test_a_static_page_is_the_same_for_every_id_and_leaves_nothing_behind() -> None:
    async with hall(Shelf([a_blueprint(), a_blueprint("bp_2", app_id="shop")])) as here:
        ann, bob = Agent(here.agent.server, "user:shop:ann"), Agent(here.agent.server, "user:shop:bob")
        session_id = await here.kept(ann, title="private")
        denied = contents(await bob.read(f"{ROOT}/{session_id}/{KEY}"))
        missing = contents(await bob.read(f"{ROOT}/nobody/{KEY}"))
        assert denied["text"] == missing["text"]
        assert "private" not in denied["text"]
        assert slice_of(denied)["sessionId"] == "static:bp_2"
        for tool in ("ggui_get_session", "ggui_consume"):
            assert (await bob.error(tool, {"sessionId": "static:bp_2"}))["code"] == "session_not_found"
        assert (await here.agent.stored(session_id)).delivery is None
        assert (await here.read("static:bp_1"))["error"] == NOT_FOUND


@pytest.mark.parametrize(
    "path", [f"nobody/{'0' * 16}", "nobody/key", f"nobody/{KEY}#1", "nobody", f"nobody/{KEY.upper()}"]
)
async def test_other_addresses_of_nothing_stay_not_found(path: str) -> None:
    async with hall() as here:
        assert (await here.read(path))["error"] == NOT_FOUND


@pytest.mark.parametrize(
    "shelf",
    [
        Shelf([a_blueprint(app_id="other")]),
        Shelf([a_blueprint(is_yanked=True)]),
        Shelf([a_blueprint()], has_code=False),
        Shelf([a_blueprint()], fails=OSError("/var/lib/ggui")),
        Shelf([a_blueprint(contract_hash="0" * 16)]),
    ],
)
async def test_a_blueprint_that_cannot_be_used_is_no_page(shelf: Shelf) -> None:
    async with hall(shelf) as here:
        assert (await here.read(f"nobody/{KEY}"))["error"] == NOT_FOUND


async def test_the_operators_choice_is_shown_first_then_the_default_variant() -> None:
    bold = {"variance": {"persona": "bold"}, "variant_key": variant_key({"persona": "bold"})}
    plain = a_blueprint("bp_plain")
    async with hall(Shelf([a_blueprint("bp_bold", hits=9, **bold), plain])) as here:
        assert slice_of(contents(await here.read(f"nobody/{KEY}")))["sessionId"] == "static:bp_plain"
        here.shelf.blueprints.append(a_blueprint("bp_chosen", is_operator_default=True, **bold))
        assert slice_of(contents(await here.read(f"nobody/{KEY}")))["sessionId"] == "static:bp_chosen"


def test_default_props_are_declared_or_empty_and_of_the_right_type() -> None:
    text = {"schema": {"type": "string"}}
    spec = {
        "properties": {
            "declared": {**text, "default": "A", "required": True},
            "optional": {**text, "default": "B"},
            "absent": text,
            "title": {**text, "required": True, "example": "never shown"},
            "kind": {"schema": {"enum": ["x", "y"]}, "required": True},
            "count": {"schema": {"type": "integer"}, "required": True},
        }
    }
    assert default_props(spec) == {"declared": "A", "optional": "B", "title": "", "kind": "x", "count": 0}
    assert default_props(None) == {}

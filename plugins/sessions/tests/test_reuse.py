"""What is stored is proposed and shown again, and never to the wrong one (spec 06 sections 3, 4 and 6)."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

import ggui_sessions.plugin as sessions
from ggui_core import logs
from ggui_core.protocol.blueprint import SHARED_APP, Blueprint, Provenance
from ggui_core.protocol.digests import contract_hash, variant_key
from ggui_core.protocol.session import Component, Session, Tenant
from ggui_core.setup import Setup
from ggui_core.stores import CodeStore, MemorySessionStore, SessionLimits, SessionStore
from ggui_core.testing import FakeClock, booted
from ggui_core.testing import until as met

from .serving import APP, CONTRACT, PROPS, SLICE, Agent, serving, until
from .stand_ins import Library, Mender, Writer, mending, plugin, rendering, storing
from .test_render import OTHER, is_open, nothing_runs, sessions_are

ANALYST = {"persona": "analyst"}


async def stocked(agent: Agent, shelf: Library, variance: dict[str, Any] | None = None) -> Blueprint:
    """Render once, so that there is something to reuse."""
    agreed = await agent.handshake(draft={"variance": variance or {}})
    await agent.ok("ggui_render", {"handshakeId": agreed["handshakeId"], "props": PROPS})
    (blueprint,) = shelf.rows.values()
    return blueprint


def meta(answer: dict[str, Any]) -> dict[str, Any]:
    """What the suggestion is made of."""
    found: dict[str, Any] = answer["suggestion"]["blueprintMeta"]
    return found


async def record_of(agent: Agent, answer: dict[str, Any]) -> Any:
    """The handshake as it is kept."""
    store = agent.server.setup.get(SessionStore)
    return await store.handshake(
        answer["handshakeId"], Tenant(APP), int(agent.server.setup.clock.now() * 1000)
    )


# Handshake


@pytest.mark.spec("02 18.15")
async def test_what_was_rendered_once_is_proposed_and_shown_again() -> None:
    shelf, writer = Library(), Writer()
    async with serving(writer, storing(shelf)) as agent:
        first = await agent.render()
        (blueprint,) = shelf.rows.values()
        assert first["structuredContent"]["blueprintId"] == blueprint.id
        agreed = await agent.handshake()
        kept = await record_of(agent, agreed)
        second = await agent.call("ggui_render", {"handshakeId": agreed["handshakeId"], "props": PROPS})
        session = await agent.stored(second["structuredContent"]["sessionId"])
        await met(lambda: shelf.uses == [blueprint.id])
    suggestion = agreed["suggestion"]
    assert (agreed["action"], suggestion["origin"]) == ("reuse", "cache")
    assert suggestion["rationale"].startswith("match-exact:")
    assert meta(agreed) == {
        "contractHash": contract_hash(CONTRACT),
        "variance": {},
        "blueprintId": blueprint.id,
        "codeHash": blueprint.code_hash,
        "source": {"kind": "llm", "generator": "writer", "model": "none"},
        "selectedReason": suggestion["rationale"],
    }
    assert {"amendments", "validationFindings"}.isdisjoint(suggestion)
    assert "propsSchema" not in agreed
    assert kept.matched == {
        "id": blueprint.id,
        "contractKey": blueprint.contract_hash,
        "variantKey": blueprint.variant_key,
        "cosine": 1,
    }
    output = second["structuredContent"]
    assert output["cache"] == {
        "hit": True,
        "similarity": 1,
        "cachedBlueprintId": blueprint.id,
        "llmCallsAvoided": 1,
        "kind": "full-template",
        "reason": output["cache"]["reason"],
    }
    assert output["cache"]["reason"].startswith("match-exact:")
    assert (output["action"], output["blueprintId"]) == ("create", blueprint.id)
    assert session.blueprint_id == blueprint.id
    assert second["_meta"][SLICE]["codeHash"] == first["_meta"][SLICE]["codeHash"]
    assert len(writer.asked) == 1
    assert [registration.variance for registration in shelf.recorded] == [{}]


@pytest.fixture
def telling() -> Iterator[None]:
    """The log tells what it tells an operator, not only what is wrong."""
    logs.configure({"GGUI_LOG_LEVEL": "info"}, cached=False)
    yield
    logs.configure({"GGUI_LOG_LEVEL": "warning"}, cached=False)


@pytest.mark.usefixtures("telling")
async def test_every_decision_is_a_line_in_the_log() -> None:
    shelf = Library()
    async with serving(Writer(), storing(shelf)) as agent:
        with capture_logs() as logged:
            blueprint = await stocked(agent, shelf)
            agreed = await agent.handshake()
    written, reused = [line for line in logged if line["event"] == "handshake_decided"]
    assert (written["action"], written["origin"]) == ("create", "agent")
    assert "blueprint" not in written
    assert reused == {
        "event": "handshake_decided",
        "log_level": "info",
        "app": APP,
        "handshake": agreed["handshakeId"],
        "action": "reuse",
        "origin": "cache",
        "reason": agreed["suggestion"]["rationale"],
        "contract": contract_hash(CONTRACT),
        "props_schema": agreed["propsSchemaHash"],
        "blueprint": blueprint.id,
        "source": blueprint.source.wire(),
    }


async def test_a_server_without_generators_shows_what_is_stored() -> None:
    shelf = Library()
    async with serving(Writer(), storing(shelf)) as agent:
        blueprint = await stocked(agent, shelf)
        code = await agent.server.setup.get(CodeStore).get(blueprint.code_hash)
    assert code is not None
    async with booted(
        [sessions, rendering(), storing(shelf)],
        config={"schema": "1", "protocol": "1.1", "app": {"slug": APP, "name": "Rooms"}},
        args=["--dev-allow-all"],
    ) as server:
        await server.setup.get(CodeStore).put(code)
        output = (await Agent(server).render())["structuredContent"]
    assert output["cache"]["hit"]


@pytest.mark.spec("02 18.15", "02 19.13")
async def test_force_create_promises_a_new_component_and_writes_one() -> None:
    shelf, writer = Library(), Writer()
    async with serving(writer, storing(shelf)) as agent:
        await stocked(agent, shelf)
        asked = len(shelf.asked)
        agreed = await agent.handshake(forceCreate=True)
        output = await agent.ok("ggui_render", {"handshakeId": agreed["handshakeId"], "props": PROPS})
    assert (agreed["action"], agreed["suggestion"]["origin"]) == ("create", "agent")
    assert output["cache"]["kind"] == "cold"
    assert len(shelf.asked) == asked
    assert len(writer.asked) == 2


async def test_another_variant_of_the_contract_is_proposed_with_the_difference() -> None:
    shelf, writer = Library(), Writer()
    stored = {
        "persona": "analyst",
        "aesthetic": "calm",
        "context": {"card": "4111"},
        "seedPrompt": "secret " * 99,
    }
    async with serving(writer, storing(shelf)) as agent:
        blueprint = await stocked(agent, shelf, stored)
        agreed = await agent.handshake()
        output = await agent.ok("ggui_render", {"handshakeId": agreed["handshakeId"], "props": PROPS})
    (finding,) = agreed["suggestion"]["validationFindings"]
    assert (finding["code"], finding["severity"], finding["path"]) == ("VARIANCE_GAP", "warn", "variance")
    assert "(default)" in finding["message"]
    assert "persona=analyst, aesthetic=calm, context=<set>, seedPrompt=<set>" in finding["message"]
    assert "4111" not in finding["message"]
    assert meta(agreed)["variance"] == {"persona": "analyst", "aesthetic": "calm"}
    assert agreed["action"] == "reuse"
    assert (output["blueprintId"], output["variantKey"]) == (blueprint.id, variant_key(stored))
    assert output["cache"]["reason"].startswith("match-exact:")
    assert "variance" not in output["cache"]["reason"], "it was asked for in another one"
    assert len(writer.asked) == 1


@pytest.mark.parametrize(
    ("changes", "wins"),
    [
        ({"bp_b": {"is_operator_default": True}, "bp_c": {"validator_score": 0.9}}, "bp_b"),
        ({"bp_a": {"validator_score": 0.5}, "bp_c": {"validator_score": 0.9}}, "bp_c"),
        ({"bp_b": {"created_at_ms": 9}}, "bp_b"),
        ({}, "bp_a"),
        ({"bp_a": {"is_yanked": True}}, "bp_b"),
    ],
    ids=["the operator's", "the best", "the newest", "by id", "not the yanked"],
)
async def test_the_variant_of_a_group_is_chosen_by_a_ladder(
    changes: dict[str, dict[str, Any]], wins: str
) -> None:
    shelf = Library()
    async with serving(Writer(), storing(shelf)) as agent:
        blueprint = await stocked(agent, shelf, ANALYST)
        for name in ("bp_a", "bp_b", "bp_c"):
            variance = {"persona": name}
            plain = {"variance": variance, "variant_key": variant_key(variance), "created_at_ms": 1}
            shelf.vary(blueprint, name, **{**plain, **changes.get(name, {})})
        del shelf.rows[blueprint.id]
        agreed = await agent.handshake()
        exact = await agent.handshake(draft={"variance": {"persona": "bp_c"}})
    assert meta(agreed)["blueprintId"] == wins
    assert meta(exact)["blueprintId"] == "bp_c"
    assert "validationFindings" not in exact["suggestion"]


async def test_the_own_tier_comes_first_but_an_exact_variant_wins_from_any() -> None:
    own, pool = Library("own"), Library("pool")
    async with serving(Writer(), storing(own, pool)) as agent:
        blueprint = await stocked(agent, own, ANALYST)
        pool.put(
            replace(blueprint, id="bp_pool", app_id=SHARED_APP, source=Provenance("curated")),
            own.components[blueprint.id],
        )
        pool.vary(pool.rows["bp_pool"], "bp_plain", variance={}, variant_key=variant_key({}))
        both = await agent.handshake(draft={"variance": ANALYST})
        plain = await agent.handshake()
        near = await agent.handshake(draft={"variance": {"persona": "poet"}})
        rendered = await agent.ok("ggui_render", {"handshakeId": plain["handshakeId"], "props": PROPS})
    assert meta(both)["blueprintId"] == blueprint.id
    assert meta(plain)["blueprintId"] == "bp_plain"
    assert meta(plain)["source"] == {"kind": "curated"}
    assert meta(near)["blueprintId"] == blueprint.id
    assert rendered["blueprintId"] == "bp_plain"


async def test_only_what_the_named_generator_wrote_is_proposed() -> None:
    shelf = Library()
    async with serving((Writer("first"), Writer("second")), storing(shelf)) as agent:
        await stocked(agent, shelf)
        one = await agent.handshake(draft={"generator": "first"})
        other = await agent.handshake(draft={"generator": "second"})
        unknown = await agent.handshake(draft={"generator": "third"})
    assert [answer["action"] for answer in (one, other, unknown)] == ["reuse", "create", "reuse"]
    assert [row["code"] for row in unknown["suggestion"]["validationFindings"]] == ["GENERATOR_UNKNOWN"]


async def test_a_mended_draft_is_looked_for_and_says_what_was_changed() -> None:
    shelf = Library()
    sound = {"propsSpec": {"properties": {"n": {"schema": {"type": "integer"}, "required": True}}}}
    loose = {"propsSpec": {"properties": {"n": {"schema": {"type": "int"}, "required": True}}}}
    broken = copy.deepcopy(sound)
    broken["propsSpec"]["properties"]["odd"] = {"schema": {"type": "gremlin"}}
    async with serving(Writer(), storing(shelf)) as agent:
        await agent.render(sound, {"n": 1})
        mended, cut = await agent.handshake(loose), await agent.handshake(broken)
    for answer in (mended, cut):
        assert (answer["action"], answer["suggestion"]["origin"]) == ("reuse", "cache")
        assert answer["suggestion"]["amendments"]["contractDiff"]
        assert meta(answer)["contractHash"] == contract_hash(sound)
    assert cut["suggestion"]["proposedContractSummary"].startswith("PARTIAL")
    assert "propsSchema" in mended


async def test_prose_is_no_difference_and_the_stored_contract_is_what_counts() -> None:
    shelf = Library()
    told = copy.deepcopy(OTHER)
    told["propsSpec"]["properties"]["n"]["schema"]["description"] = "how many"
    async with serving(Writer(), storing(shelf)) as agent:
        first = await agent.handshake(told)
        await agent.ok("ggui_render", {"handshakeId": first["handshakeId"], "props": {"n": 1}})
        again = await agent.handshake(OTHER)
        output = await agent.ok("ggui_render", {"handshakeId": again["handshakeId"], "props": {"n": 2}})
        session = await agent.stored(output["sessionId"])
    assert again["action"] == "reuse"
    assert again["propsSchemaHash"] == first["propsSchemaHash"]
    assert again["propsSchema"]["properties"]["n"]["description"] == "how many"
    assert session.contract == told


@pytest.mark.spec("01 23.24")
async def test_data_that_the_hash_does_not_see_is_told_by_the_schema() -> None:
    def choosing(word: str) -> dict[str, Any]:
        return {"propsSpec": {"properties": {"pick": {"schema": {"enum": [{"description": word}]}}}}}

    shelf, stored, draft = Library(), {"pick": {"description": "a"}}, {"pick": {"description": "b"}}
    assert contract_hash(choosing("a")) == contract_hash(choosing("b"))
    async with serving(Writer(), storing(shelf)) as agent:
        first = await agent.handshake(choosing("a"))
        await agent.ok("ggui_render", {"handshakeId": first["handshakeId"], "props": stored})
        agreed = await agent.handshake(choosing("b"))
        call = {"handshakeId": agreed["handshakeId"]}
        refused = await agent.error("ggui_render", {**call, "props": draft})
        await agent.ok("ggui_render", {**call, "props": stored})
    assert agreed["action"] == "reuse"
    assert agreed["propsSchemaHash"] == first["propsSchemaHash"] == refused["propsSchemaHash"]
    assert agreed["propsSchema"]["properties"]["pick"] == {"enum": [{"description": "a"}]}
    assert refused["code"] == "contract_violation"


async def test_a_probe_is_no_reuse() -> None:
    shelf = Library()
    async with serving(Writer(), storing(shelf)) as agent:
        await agent.render({}, {})
        arguments = {"intent": "[ggui:probe] hello", "blueprintDraft": {"contract": {}}}
        agreed = await agent.ok("ggui_handshake", arguments)
        output = await agent.ok("ggui_render", {"handshakeId": agreed["handshakeId"], "props": {}})
    assert agreed["action"] == "create"
    assert output["cache"]["kind"] == "cold"


# Tiers that lie, fail and hang


@pytest.mark.parametrize(
    "changes",
    [
        {"app_id": "meadow"},
        {"is_yanked": True},
        {"contract_hash": "0" * 16},
        {"contract": OTHER},
        {"contract": {"propsSpec": {"properties": {"a": {"schema": {"$ref": "http://127.0.0.1:1/"}}}}}},
        {"contract": {"propsSpec": "nonsense"}},
    ],
    ids=["another app's", "yanked", "another hash", "another contract", "hostile contract", "malformed"],
)
async def test_a_tier_is_not_believed(changes: dict[str, Any]) -> None:
    shelf = Library()
    async with serving(Writer(), storing(shelf)) as agent:
        blueprint = await stocked(agent, shelf)
        shelf.rows.clear()
        shelf.lies = [replace(blueprint, **changes)]
        with capture_logs():
            agreed = await agent.handshake()
        output = await agent.ok("ggui_render", {"handshakeId": agreed["handshakeId"], "props": PROPS})
    assert agreed["action"] == "create"
    if "contract" not in changes:  # a render takes the component of the same contract, not the contract
        assert output["cache"]["hit"] is False


async def test_a_tier_that_fails_costs_a_line_in_the_log() -> None:
    shelf, writer = Library(), Writer()
    async with serving(writer, storing(shelf)) as agent:
        await stocked(agent, shelf)
        proposed = await agent.handshake()
        shelf.fails = RuntimeError("the disk is gone")
        with capture_logs() as logged:
            agreed = await agent.handshake()
            outputs = [
                await agent.ok("ggui_render", {"handshakeId": one["handshakeId"], "props": PROPS})
                for one in (agreed, proposed)
            ]
    assert agreed["action"] == "create"
    assert [output["cache"]["kind"] for output in outputs] == ["cold", "cold"]
    assert "registry_tier_failed" in [line["event"] for line in logged]


async def test_a_tier_that_hangs_costs_seconds() -> None:
    clock, shelf = FakeClock(), Library()
    async with serving(Writer(), storing(shelf), clock=clock) as agent:
        await stocked(agent, shelf)
        shelf.held.clear()
        before = clock.sleepers
        asking = asyncio.create_task(agent.handshake())
        await met(lambda: clock.sleepers > before)
        await clock.advance(3)
        agreed = await asking
        rendering = asyncio.create_task(
            agent.ok("ggui_render", {"handshakeId": agreed["handshakeId"], "props": PROPS})
        )
        await met(lambda: clock.sleepers > before)
        await clock.advance(3)
        output = await rendering
    assert (agreed["action"], output["cache"]["kind"]) == ("create", "cold")


@pytest.mark.parametrize("gone", ["component", "code"])
async def test_what_has_no_code_is_not_shown(gone: str) -> None:
    shelf, writer = Library(), Writer()
    async with serving(writer, storing(shelf)) as agent:
        blueprint = await stocked(agent, shelf)
        proposed = await agent.handshake()
        lost = None if gone == "component" else Component("f" * 64, "", "writer")
        shelf.components[blueprint.id] = lost
        output = await agent.ok("ggui_render", {"handshakeId": proposed["handshakeId"], "props": PROPS})
        agreed = await agent.handshake()
    assert output["cache"]["kind"] == "cold"
    assert len(writer.asked) == 2
    assert agreed["action"] == ("create" if gone == "component" else "reuse")


async def test_the_next_variant_is_proposed_where_the_first_has_no_code() -> None:
    shelf = Library()
    async with serving(Writer(), storing(shelf)) as agent:
        blueprint = await stocked(agent, shelf)
        shelf.vary(blueprint, "bp_b", variance=ANALYST, variant_key=variant_key(ANALYST))
        shelf.components[blueprint.id] = None
        agreed = await agent.handshake()
    assert meta(agreed)["blueprintId"] == "bp_b"


async def test_blueprints_of_an_app_are_its_own() -> None:
    shelf, writer = Library(), Writer()
    async with serving(writer, storing(shelf)) as agent:
        await stocked(agent, shelf)
        stranger = Agent(agent.server, "app:meadow")
        agreed = await stranger.handshake()
        output = await stranger.ok("ggui_render", {"handshakeId": agreed["handshakeId"], "props": PROPS})
    assert agreed["action"] == "create"
    assert output["cache"]["hit"] is False
    assert {row.app_id for row in shelf.rows.values()} == {APP, "meadow"}


# Render


@pytest.mark.parametrize("how", ["deleted", "yanked", "recoded"])
async def test_a_blueprint_that_goes_away_between_handshake_and_render(how: str) -> None:
    shelf, writer = Library(), Writer()
    async with serving(writer, storing(shelf)) as agent:
        blueprint = await stocked(agent, shelf)
        agreed = await agent.handshake()
        if how == "deleted":
            del shelf.rows[blueprint.id]
        elif how == "yanked":
            shelf.vary(blueprint, blueprint.id, is_yanked=True)
        else:
            shelf.vary(blueprint, blueprint.id, contract_hash=contract_hash(OTHER))
        output = await agent.ok("ggui_render", {"handshakeId": agreed["handshakeId"], "props": PROPS})
    assert output["cache"] == {
        "hit": False,
        "llmCallsAvoided": 0,
        "kind": "cold",
        "reason": "no reusable component",
    }
    assert len(writer.asked) == 2


@pytest.mark.spec("02 18.15")
async def test_an_override_of_the_variance_is_looked_up_exactly() -> None:
    shelf, writer = Library(), Writer()
    async with serving(writer, storing(shelf)) as agent:
        blueprint = await stocked(agent, shelf)
        shelf.vary(blueprint, "bp_analyst", variance=ANALYST, variant_key=variant_key(ANALYST))
        outputs = []
        for persona in ("analyst", "poet", "poet"):
            agreed = await agent.handshake()
            arguments = {"props": PROPS, "override": {"variance": {"persona": persona}}}
            outputs.append(await agent.ok("ggui_render", {"handshakeId": agreed["handshakeId"], **arguments}))
    hit, cold, again = outputs
    assert (hit["cache"]["cachedBlueprintId"], hit["blueprintId"]) == ("bp_analyst", "bp_analyst")
    assert cold["cache"]["kind"] == "cold"
    assert shelf.rows[cold["blueprintId"]].variance == {"persona": "poet"}
    assert again["blueprintId"] == cold["blueprintId"]
    assert len(writer.asked) == 2


async def test_an_override_of_the_contract_is_always_written() -> None:
    shelf, writer = Library(), Writer()
    async with serving(writer, storing(shelf)) as agent:
        await agent.render(OTHER, {"n": 1})
        for variance in ({}, {"variance": ANALYST}):
            agreed = await agent.handshake()
            override = {"contract": OTHER, **variance}
            arguments = {"handshakeId": agreed["handshakeId"], "props": {"n": 1}, "override": override}
            output = await agent.ok("ggui_render", arguments)
            assert output["cache"]["kind"] == "cold"
    assert len(writer.asked) == 3


async def test_a_render_looks_once_more_before_it_writes() -> None:
    """Somebody else rendered the same between this handshake and its render."""
    shelf, writer = Library(), Writer()
    async with serving(writer, storing(shelf)) as agent:
        early = await agent.handshake()
        blueprint = await stocked(agent, shelf)
        output = await agent.ok("ggui_render", {"handshakeId": early["handshakeId"], "props": PROPS})
    assert early["action"] == "create"
    assert (output["cache"]["hit"], output["blueprintId"]) == (True, blueprint.id)
    assert len(writer.asked) == 1


async def test_equal_renders_at_the_same_time_are_registered_once_and_share_an_id() -> None:
    shelf, writer = Library(), Writer()
    writer.held.clear()
    async with serving(writer, storing(shelf)) as agent:
        renders = [asyncio.create_task(agent.render()) for _ in range(5)]
        await until(lambda: sessions_are(agent, 5))
        writer.held.set()
        results = await asyncio.gather(*renders)
        agreed = await agent.handshake()
        stored = [await agent.stored(one["structuredContent"]["sessionId"]) for one in results]
    assert len(writer.asked) == len(shelf.recorded) == 1
    ids = {one["structuredContent"]["blueprintId"] for one in results}
    assert ids == {session.blueprint_id for session in stored} == {meta(agreed)["blueprintId"]}
    assert len({session.id for session in stored}) == 5


async def test_what_is_registered_is_there_before_the_session_is_committed() -> None:
    shelf = Library()
    shelf.writable.clear()
    async with serving(Writer(), storing(shelf)) as agent:
        rendering = asyncio.create_task(agent.render())
        await met(lambda: shelf.recorded)
        listed = await agent.ok("ggui_list_sessions", {})
        session = await agent.stored(listed["sessions"][0]["sessionId"])
        assert session.component is None
        shelf.writable.set()
        output = (await rendering)["structuredContent"]
        assert (await agent.stored(session.id)).blueprint_id == output["blueprintId"] != ""


async def test_a_failing_index_fails_no_render() -> None:
    shelf = Library(refuses=RuntimeError("the disk is full"))
    async with serving(Writer(), storing(shelf)) as agent:
        with capture_logs() as logged:
            output = (await agent.render())["structuredContent"]
        session = await agent.stored(output["sessionId"])
    assert (output["blueprintId"], session.blueprint_id) == ("", "")
    assert session.component is not None
    assert [line["reason"] for line in logged if line["event"] == "cache_write_failed"] == ["failed"]


async def test_an_index_that_hangs_costs_seconds_and_records_in_the_end() -> None:
    clock, shelf = FakeClock(), Library()
    shelf.writable.clear()
    async with serving(Writer(), storing(shelf), clock=clock) as agent:
        before = clock.sleepers
        rendering = asyncio.create_task(agent.render())
        await met(lambda: shelf.recorded and clock.sleepers > before)
        await clock.advance(3)
        output = (await rendering)["structuredContent"]
        assert output["blueprintId"] == ""
        shelf.writable.set()
        await met(lambda: shelf.rows)
        assert (await agent.handshake())["action"] == "reuse"


async def test_a_render_whose_caller_left_registers_nothing() -> None:
    shelf, writer = Library(), Writer()
    writer.held.clear()
    async with serving(writer, storing(shelf)) as agent:
        agreed = await agent.handshake()
        arguments = {"handshakeId": agreed["handshakeId"], "props": PROPS}
        rendering = asyncio.create_task(agent.call("ggui_render", arguments))
        await met(lambda: writer.running)
        rendering.cancel()
        await until(lambda: nothing_runs(writer))
        await until(lambda: sessions_are(agent, 0))
        assert await is_open(agent, agreed["handshakeId"])
    assert shelf.recorded == []


async def test_a_caller_that_leaves_while_it_is_registered_leaves_a_whole_blueprint() -> None:
    shelf, writer = Library(), Writer()
    shelf.writable.clear()
    async with serving(writer, storing(shelf)) as agent:
        agreed = await agent.handshake()
        arguments = {"handshakeId": agreed["handshakeId"], "props": PROPS}
        rendering = asyncio.create_task(agent.call("ggui_render", arguments))
        await met(lambda: shelf.recorded)
        rendering.cancel()
        await until(lambda: sessions_are(agent, 0))
        shelf.writable.set()
        await met(lambda: shelf.rows)
        output = await agent.ok("ggui_render", arguments)
    assert output["cache"]["hit"] is True


@pytest.mark.parametrize(("broken", "is_stored"), [("open", True), ("open", False), ("commit", False)])
async def test_a_store_that_fails_leaves_nothing_and_gives_the_handshake_back(
    broken: str, is_stored: bool
) -> None:
    class Failing(MemorySessionStore):
        """Cannot do one thing while it is told so."""

        broken: str | None = None

        async def open(self, *arguments: Any, **options: Any) -> Session | None:
            self._check("open")
            return await super().open(*arguments, **options)

        async def commit(self, *arguments: Any, **options: Any) -> Session | None:
            self._check("commit")
            return await super().commit(*arguments, **options)

        def _check(self, what: str) -> None:
            if self.broken == what:
                raise OSError("no space left")

    store, shelf = Failing(SessionLimits()), Library()

    def provide(setup: Setup) -> None:
        setup.provide(SessionStore, store)

    async with serving(Writer(), storing(shelf), plugin("failing", provide=provide)) as agent:
        if is_stored:
            await stocked(agent, shelf)
        agreed = await agent.handshake()
        arguments = {"handshakeId": agreed["handshakeId"], "props": PROPS}
        store.broken = broken
        with capture_logs():
            error = await agent.error("ggui_render", arguments)
        assert await sessions_are(agent, int(is_stored))
        store.broken = None
        output = await agent.ok("ggui_render", arguments)
    assert error["code"] == "internal_error"
    assert "space" not in error["text"]
    assert output["cache"]["hit"] is (broken == "commit" or is_stored)


async def test_gates_come_before_what_is_stored() -> None:
    shelf = Library()
    async with serving(Writer(), storing(shelf)) as agent:
        await stocked(agent, shelf)
        agreed = await agent.handshake()
        error = await agent.error("ggui_render", {"handshakeId": agreed["handshakeId"], "props": {}})
        assert await is_open(agent, agreed["handshakeId"])
    assert error["code"] == "contract_violation"
    assert shelf.read == []


# A negotiator

LOOSE: dict[str, Any] = {
    "propsSpec": {
        "properties": {"n": {"schema": {"type": "gremlin"}}, "title": {"schema": {"type": "string"}}}
    }
}
MENDED: dict[str, Any] = {
    "propsSpec": {
        "properties": {"n": {"schema": {"type": "integer"}}, "title": {"schema": {"type": "string"}}}
    }
}


async def test_a_negotiator_mends_what_no_rule_does() -> None:
    mender, shelf = Mender(MENDED), Library()
    async with serving(Writer(), mending(mender), storing(shelf)) as agent:
        agreed, again = await agent.handshake(LOOSE), await agent.handshake(LOOSE)
        output = await agent.ok("ggui_render", {"handshakeId": agreed["handshakeId"], "props": {"n": 1}})
        reused = await agent.handshake(LOOSE)
    suggestion = agreed["suggestion"]
    assert (agreed["action"], suggestion["origin"]) == ("create", "synth")
    assert output["contractHash"] == meta(agreed)["contractHash"] == contract_hash(MENDED)
    assert suggestion["amendments"]["contractDiff"] == [
        {"op": "replace", "path": "/propsSpec/properties/n/schema/type", "value": "integer"}
    ]
    assert "PARTIAL" not in suggestion["proposedContractSummary"]
    assert suggestion["validationFindings"], "what was wrong with the draft is told all the same"
    assert not [row for row in suggestion["validationFindings"] if "Left out" in row["message"]]
    assert again["suggestion"] == suggestion
    assert (reused["action"], reused["suggestion"]["origin"]) == ("reuse", "cache")
    (asked,) = mender.asked
    assert (asked.app_id, asked.intent, asked.draft) == (APP, "book a room", LOOSE)
    assert [issue.severity for issue in asked.issues] == ["error"]


@pytest.mark.parametrize(
    "draft", [CONTRACT, {"propsSpec": {"properties": {"n": {"schema": {"type": "int"}}}}}]
)
async def test_a_negotiator_is_not_asked_about_what_rules_can_mend(draft: dict[str, Any]) -> None:
    mender = Mender(MENDED)
    async with serving(Writer(), mending(mender)) as agent:
        await agent.handshake(draft)
    assert mender.asked == []


@pytest.mark.parametrize(
    "mender",
    [
        Mender(None),
        Mender({}),
        Mender([MENDED]),
        Mender("a contract"),
        Mender(object()),
        Mender({"propsSpec": {"properties": {"title": {"schema": {"type": "string"}}}}}),
        Mender(
            {"propsSpec": {"properties": {"n": {"schema": {"type": "gremlin"}}, "title": {"schema": {}}}}}
        ),
        Mender({**MENDED, "streamSpec": {"_ggui:lifecycle": {"schema": {}}}}),
        Mender({**MENDED, "extra": "\ud800"}),
        Mender(fails=RuntimeError("no key")),
        Mender(fails=asyncio.CancelledError()),
    ],
    ids=[
        "none",
        "empty",
        "list",
        "text",
        "object",
        "drops a prop",
        "unsound",
        "reserved",
        "surrogate",
        "raises",
        "cancels",
    ],
)
async def test_what_a_negotiator_does_wrong_costs_nothing(mender: Mender) -> None:
    async with serving(Writer(), mending(mender)) as agent:
        with capture_logs():
            agreed = await agent.handshake(LOOSE)
    assert len(mender.asked) == 1
    assert agreed["suggestion"]["proposedContractSummary"].startswith("PARTIAL, left out: ")
    assert meta(agreed)["contractHash"] == contract_hash(
        {"propsSpec": {"properties": {"title": {"schema": {"type": "string"}}}}}
    )


async def test_a_negotiator_has_so_much_time() -> None:
    clock, mender = FakeClock(), Mender(MENDED)
    mender.held.clear()
    async with serving(Writer(), mending(mender), clock=clock, settings={"repairTimeoutS": 7}) as agent:
        before = clock.sleepers
        asking = asyncio.create_task(agent.handshake(LOOSE))
        await met(lambda: mender.asked and clock.sleepers > before)
        with capture_logs() as logged:
            await clock.advance(7)
            agreed = await asking
    assert agreed["suggestion"]["proposedContractSummary"].startswith("PARTIAL")
    assert [line["seconds"] for line in logged if line["event"] == "negotiator_slow"] == [7]

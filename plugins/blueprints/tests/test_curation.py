"""What an operator does to blueprints, and what agents are served with afterwards."""

from __future__ import annotations

import asyncio
from functools import reduce
from hashlib import sha256
from typing import Any

import pytest

from ggui_core.protocol.blueprint import Provenance
from ggui_core.protocol.digests import contract_hash, variant_key
from ggui_core.protocol.session import Component
from ggui_core.seams import BlueprintIndex, Registration
from ggui_core.stores import AuditStore, CodeStore

from .serving import APP, CONTRACT, MODULE, OTHER_MODULE, TSX, Server, serving


async def rendered(server: Server, code: str = MODULE, app: str = APP, **changes: Any) -> str:
    """What a fresh render leaves behind; returns the id of the blueprint."""
    setup = server.booted.setup
    variance = changes.get("variance", {})
    fresh = Registration(
        app_id=app,
        intent="the tide at the harbour",
        contract=CONTRACT,
        contract_hash=contract_hash(CONTRACT),
        variance=variance,
        variant_key=variant_key(variance),
        component=Component(await setup.get(CodeStore).put(code), "<b/>", "forms"),
        source=Provenance.generated("forms", None),
    )
    return (await setup.get(BlueprintIndex).record(fresh)).id


# Registering


async def test_a_module_is_served_to_the_byte_under_its_own_hash() -> None:
    async with serving() as server:
        registered = await server.register(MODULE, confirm=True)
        assert registered["codeHash"] == sha256(MODULE.encode()).hexdigest()
        assert registered["source"] == {"kind": "user"}
        assert await server.served() == MODULE


@pytest.mark.parametrize(
    "context",
    [{"notes": "x" * 65_536}, {"rows": [[]] * 2_000}, {"deep": reduce(lambda inner, _: [inner], range(32), 0)}],
    ids=["too long", "too many", "too deep"],
)  # fmt: skip
async def test_a_variance_that_no_handshake_could_name_is_not_kept(context: dict[str, Any]) -> None:
    async with serving() as server:
        refusal = await server.refused(
            "register_blueprint", contract=CONTRACT, componentCode=MODULE, context=context
        )
        assert refusal["code"] == "invalid_arguments"
        kept = await server.register(MODULE)
        refusal = await server.refused(
            "update_blueprint", blueprintId=kept["blueprintId"], variance={"context": context}
        )
        assert refusal["code"] == "invalid_arguments"


@pytest.mark.spec("02 19.25")
async def test_tsx_is_compiled_and_its_hash_is_that_of_what_is_served() -> None:
    async with serving() as server:
        registered = await server.register(TSX)
        served = await server.served()
        assert served is not None
        assert served != TSX
        assert registered["codeHash"] == sha256(served.encode()).hexdigest()
        kept = await server.blueprint(registered["blueprintId"])
        assert kept is not None
        assert kept.authored == TSX


async def test_without_a_compiler_modules_are_taken_and_tsx_is_not() -> None:
    async with serving(compiles=False) as server:
        assert (await server.refused("register_blueprint", contract=CONTRACT, componentCode=TSX))["code"] == (
            "compiler_unavailable"
        )
        await server.register(MODULE)
        assert await server.served() == MODULE


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("const a = 1;", "component_invalid"),
        ("module.exports = () => null;", "component_invalid"),
        ("not code at all", "component_invalid"),
        ("export const Tide = () => null;", "component_invalid"),
        ("export default (", "compilation_error"),
        ("export default () => <b>;", "compilation_error"),
        ('import fs from "node:fs"; export default fs;', "compilation_error"),
        ('import x from "https://evil.example/x.js"; export default x;', "compilation_error"),
        ("export default '" + "x" * (2 * 1024 * 1024 - 19) + "é';", "component_too_large"),
    ],
    ids=lambda value: value[:24],
)
async def test_what_is_no_component_is_refused_and_nothing_is_kept(code: str, fault: str) -> None:
    async with serving() as server:
        refusal = await server.refused("register_blueprint", contract=CONTRACT, componentCode=code)
        assert refusal["code"] == fault
        assert await server.listed() == []


@pytest.mark.parametrize(
    ("contract", "fault"),
    [
        ({"propsSpec": 1}, "contract_validation_failed"),
        ({"wiredTools": {}}, "contract_validation_failed"),
        ({"clientCapabilities": {"gadgets": {"@acme/map": {"Map": {}}}}}, "gadget_not_registered"),
        (
            {"clientCapabilities": {"gadgets": {"@acme/map": {"useCamera": {}}}}},
            "gadget_package_mismatch",
        ),
    ],
)
async def test_a_contract_has_to_pass_the_gates_of_a_render(contract: Any, fault: str) -> None:
    async with serving() as server:
        refusal = await server.refused("register_blueprint", contract=contract, componentCode=MODULE)
        assert refusal["code"] == fault


async def test_an_unknown_member_is_refused_by_name() -> None:
    async with serving() as server:
        refusal = await server.refused(
            "register_blueprint", contract=CONTRACT, componentCode=MODULE, persna="skipper"
        )
        assert refusal["code"] == "invalid_arguments"
        assert "persna" in refusal["text"]


async def test_the_first_of_an_operator_stays_and_the_second_learns_so() -> None:
    async with serving() as server:
        first = await server.register(MODULE)
        arguments = {"contract": CONTRACT, "componentCode": OTHER_MODULE}
        result = await server.booted.call_tool(
            "ggui_ops_register_blueprint", arguments, path="/ops", bearer=APP
        )
        assert result["structuredContent"] == first
        assert "Nothing was registered" in result["content"][0]["text"]
        assert await server.served() == MODULE
        assert await server.register(MODULE) == first


async def test_at_once_many_registrations_become_one() -> None:
    async with serving() as server:
        codes = [MODULE.replace("Tide", f"Tide{number}") for number in range(10)]
        answers = await asyncio.gather(*(server.register(code) for code in codes))
        assert len({(answer["blueprintId"], answer["codeHash"]) for answer in answers}) == 1
        assert len(await server.listed()) == 1


async def test_an_operator_takes_the_place_of_what_an_agent_made() -> None:
    async with serving() as server:
        of_agent = await rendered(server, MODULE)
        registered = await server.register(OTHER_MODULE)
        assert registered["blueprintId"] != of_agent
        assert await server.served() == OTHER_MODULE
        old = await server.blueprint(of_agent)
        assert old is not None, "a session that names it finds it"
        assert old.is_yanked


async def test_a_render_does_not_take_the_place_of_an_operators() -> None:
    async with serving() as server:
        registered = await server.register(OTHER_MODULE)
        assert await rendered(server, MODULE) == registered["blueprintId"]
        assert await server.served() == OTHER_MODULE


# Variants


async def test_a_persona_is_trimmed_and_small() -> None:
    async with serving() as server:
        await server.register(persona="  Skipper ", aesthetic="", seedPrompt="calm", context={"unit": "m"})
        (row,) = await server.listed()
        assert row["variance"] == {"persona": "skipper", "seedPrompt": "calm", "context": {"unit": "m"}}
        assert row["variantKey"] == variant_key(row["variance"])
        assert await server.served(variance=row["variance"]) == MODULE
        assert await server.listed(persona=" SKIPPER") == [row]
        assert await server.listed(persona="pirate") == []


@pytest.mark.spec("02 19.25")
async def test_an_update_merges_the_variance_and_an_empty_persona_takes_it_away() -> None:
    async with serving() as server:
        registered = await server.register(persona="skipper", seedPrompt="calm")
        name = registered["blueprintId"]
        await server.ops("update_blueprint", blueprintId=name, variance={"aesthetic": "nautical"})
        assert (await server.listed())[0]["variance"] == {
            "persona": "skipper",
            "seedPrompt": "calm",
            "aesthetic": "nautical",
        }
        await server.ops("update_blueprint", blueprintId=name, variance={"persona": "", "context": {}})
        variance = {"seedPrompt": "calm", "aesthetic": "nautical"}
        assert (await server.listed())[0]["variance"] == variance
        assert await server.served(variance=variance) == MODULE
        assert await server.served(variance={"persona": "skipper", "seedPrompt": "calm"}) is None


async def test_an_update_cannot_make_two_of_one_variant() -> None:
    async with serving() as server:
        await server.register()
        other = await server.register(OTHER_MODULE, persona="skipper")
        refusal = await server.refused(
            "update_blueprint",
            blueprintId=other["blueprintId"],
            variance={"persona": ""},
            isOperatorDefault=True,
        )
        assert refusal["code"] == "BLUEPRINT_ALREADY_EXISTS"
        assert not any(row.get("isOperatorDefault") for row in await server.listed())


async def test_a_pin_moves_within_its_group() -> None:
    async with serving() as server:
        first = await server.register(setAsOperatorDefault=True)
        second = await server.register(OTHER_MODULE, persona="skipper")
        await server.ops("update_blueprint", blueprintId=second["blueprintId"], isOperatorDefault=True)
        pins = {row["blueprintId"]: row.get("isOperatorDefault", False) for row in await server.listed()}
        assert pins == {first["blueprintId"]: False, second["blueprintId"]: True}
        await server.register(setAsOperatorDefault=True)
        pins = {row["blueprintId"]: row.get("isOperatorDefault", False) for row in await server.listed()}
        assert pins == {first["blueprintId"]: True, second["blueprintId"]: False}


@pytest.mark.parametrize("change", [{}, {"isOperatorDefault": False}, {"variance": {"colour": "blue"}}])
async def test_an_update_has_to_say_something_sensible(change: dict[str, Any]) -> None:
    async with serving() as server:
        registered = await server.register()
        refusal = await server.refused("update_blueprint", blueprintId=registered["blueprintId"], **change)
        assert refusal["code"] == "invalid_arguments"


# Taking away


async def test_what_is_yanked_is_offered_to_nobody_and_cards_that_show_it_go_on() -> None:
    async with serving() as server:
        registered = await server.register()
        name = registered["blueprintId"]
        assert await server.ops("yank_blueprint", blueprintId=name) == {"blueprintId": name, "yanked": True}
        assert await server.served() is None
        assert await server.candidates() == []
        assert (await server.listed())[0]["isYanked"] is True
        assert (await server.agent("search_blueprints", query="level"))["total"] == 0
        assert (await server.agent_refused("render_blueprint", blueprintId=name))[
            "code"
        ] == "BLUEPRINT_NOT_FOUND"
        assert await server.code(registered["codeHash"]) == MODULE
        assert await server.blueprint(name) is not None
        await server.ops("unyank_blueprint", blueprintId=name)
        assert await server.served() == MODULE


async def test_a_yanked_one_leaves_its_place_to_a_fresh_one() -> None:
    async with serving() as server:
        registered = await server.register()
        await server.ops("yank_blueprint", blueprintId=registered["blueprintId"])
        fresh = await rendered(server, OTHER_MODULE)
        assert fresh != registered["blueprintId"]
        assert await server.served() == OTHER_MODULE
        refusal = await server.refused("unyank_blueprint", blueprintId=registered["blueprintId"])
        assert refusal["code"] == "BLUEPRINT_ALREADY_EXISTS"
        assert fresh in refusal["text"]


async def test_deleting_says_the_same_of_what_is_there_gone_and_foreign() -> None:
    async with serving() as server:
        registered = await server.register()
        foreign = await server.register(app="acme")
        answers = [
            await server.ops("delete_blueprint", blueprintId=name)
            for name in (
                registered["blueprintId"],
                registered["blueprintId"],
                foreign["blueprintId"],
                "bp_none",
            )
        ]
        assert answers == [{"deleted": True}] * 4
        assert await server.listed() == []
        assert len(await server.listed(app="acme")) == 1


# Tenants


@pytest.mark.parametrize("tool", ["update", "yank", "unyank"])
async def test_a_foreign_blueprint_is_refused_like_a_missing_one(tool: str) -> None:
    more = {"isOperatorDefault": True} if tool == "update" else {}
    async with serving() as server:
        foreign = (await server.register(app="acme"))["blueprintId"]
        missing = foreign[:-4] + "0000"
        answers = [
            str(await server.refused(f"{tool}_blueprint", blueprintId=name, **more)).replace(name, "?")
            for name in (foreign, missing)
        ]
        assert answers[0] == answers[1]
        assert "BLUEPRINT_NOT_FOUND" in answers[0]


async def test_apps_do_not_see_or_serve_what_others_have() -> None:
    async with serving() as server:
        await server.register(app="acme")
        assert await server.listed() == []
        assert await server.served() is None
        assert (await server.agent("search_blueprints", query="level refresh"))["total"] == 0
        assert (await server.ops("export_blueprints"))["blueprints"] == []
        assert await server.served(app_id="acme") == MODULE


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("register_blueprint", {"contract": CONTRACT, "componentCode": MODULE}),
        ("generate_blueprint", {"contract": CONTRACT}),
        ("list_blueprints", {}),
        ("export_blueprints", {}),
        ("update_blueprint", {"blueprintId": "bp_1", "isOperatorDefault": True}),
        ("delete_blueprint", {"blueprintId": "bp_1"}),
        ("yank_blueprint", {"blueprintId": "bp_1"}),
        ("unyank_blueprint", {"blueprintId": "bp_1"}),
    ],
)
async def test_nobody_curates_another_app(tool: str, arguments: dict[str, Any]) -> None:
    async with serving() as server:
        refusal = await server.refused(tool, appId="acme", **arguments)
        assert refusal["code"] == "cross_app_curation_unavailable"
        own = await server.booted.call_tool(
            f"ggui_ops_{tool}", {**arguments, "appId": APP}, path="/ops", bearer=APP
        )
        assert "cross_app" not in str(own)


# Lists


async def test_lists_page_without_gap_or_overlap() -> None:
    async with serving() as server:
        for number in range(5):
            await server.register(persona=f"persona {'x' * number}")
        whole = [row["blueprintId"] for row in await server.listed()]
        paged, cursor = [], {}
        while True:
            page = await server.ops("list_blueprints", limit=2, **cursor)
            paged += [row["blueprintId"] for row in page["blueprints"]]
            if "nextCursor" not in page:
                break
            cursor = {"cursor": page["nextCursor"]}
        assert paged == whole
        assert len(paged) == 5


@pytest.mark.parametrize("cursor", ["x", "~", "1", "1~", "-1~bp", "9" * 40 + "~bp", "٣~bp"])
async def test_a_cursor_that_is_none_is_refused(cursor: str) -> None:
    async with serving() as server:
        assert (await server.refused("list_blueprints", cursor=cursor))["code"] == "invalid_cursor"


async def test_lists_carry_no_code_and_no_contract() -> None:
    async with serving() as server:
        await server.register(intent="the tide at the harbour")
        (row,) = await server.listed(intentKeywords=["TIDE", "harbour"], contractHash=contract_hash(CONTRACT))
        assert MODULE not in str(row)
        assert "contract" not in row
        assert row["createdBy"] == "operator"
        assert await server.listed(intentKeywords=["tide", "mountain"]) == []
        assert await server.listed(generator="forms") == []


async def test_privileged_actions_are_on_record() -> None:
    async with serving() as server:
        name = (await server.register())["blueprintId"]
        await server.ops("yank_blueprint", blueprintId=name)
        await server.ops("delete_blueprint", blueprintId=name)
        events = await server.booted.setup.get(AuditStore).newest(10)
        assert {event.action for event in events} == {
            "blueprint.registered",
            "blueprint.yanked",
            "blueprint.deleted",
        }
        assert {event.actor for event in events} == {f"apikey:{APP}"}

"""A skeleton for any contract: it compiles, says everything the contract fixes, and passes the checks."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ggui_core.protocol.gate import check
from ggui_core.seams import Compiler, ComponentCatalog
from ggui_core.testing import Booted
from ggui_core.testing.any_contract import NASTY, TEXT, contracts
from ggui_protocol.boilerplate import Brief, skeleton
from ggui_protocol.validation import self_check
from ggui_protocol.wiring import Declared

from .conftest import Call, Json

pytestmark = pytest.mark.asyncio(loop_scope="session")

GENERATED = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
SHELLS = ["chat", "fullscreen", "spatial"]
SCREENS = ["mobile", "tablet", "desktop", "universal"]

CONTRACT: Json = {
    "propsSpec": {
        "properties": {
            "title": {"schema": TEXT, "required": True},
            "due date": {"schema": {"type": ["string", "null"]}},
            "tags": {"schema": {"type": "array", "items": {"enum": ["a", "b"]}}, "required": False},
        }
    },
    "actionSpec": {
        "approve": {"label": "Approve"},
        "send_note": {
            "label": "Send note",
            "schema": {"type": "object", "properties": {"text": TEXT}, "required": ["text"]},
        },
    },
    "streamSpec": {
        "news": {"schema": {"type": "object", "properties": {"n": {"type": "integer"}}}},
        "state": {"schema": {"enum": ["up", "down"]}, "mode": "replace"},
    },
    "contextSpec": {
        "draft": {"schema": TEXT},
        "is_open": {"schema": {"type": "boolean"}},
        "picked": {"schema": {"type": "array", "items": TEXT}},
    },
    "clientCapabilities": {"gadgets": {"@acme/maps": {"useMap": {}, "MapView": {}}}},
}


async def judged(server: Booted, contract: Any, source: str) -> list[str]:
    """The codes of what is wrong with a source."""
    declared = Declared.of(contract)
    compiled = await server.setup.get(Compiler).compile(source, packages=tuple(declared.gadgets))
    checked = await asyncio.to_thread(self_check, compiled.code, declared, server.setup.get(ComponentCatalog))
    return [finding.code for finding in (*checked.errors, *checked.warnings)]


async def test_it_says_what_the_contract_fixes(server: Booted, call: Call) -> None:
    source = (await call("get_blueprint_boilerplate", contract=CONTRACT, intent="Approve it"))["source"]
    for line in (
        'interface Props {\n  title: string;\n  "due date"?: string | null;\n  tags?: ("a" | "b")[];\n}',
        "type SendNotePayload = { text: string };",
        'const sendApprove = useAction("approve");',
        'const sendSendNote = useAction<SendNotePayload>("send_note");',
        "async function handleApprove() {",
        "async function handleSendNote(payload: SendNotePayload) {",
        'const news = useStream<NewsDelivery>("news");',
        'type StateDelivery = "up" | "down";',
        'const [draft, setDraft] = useGguiContext<DraftValue>("draft");',
        'import { MapView, useMap } from "@acme/maps";',
        "const map = useMap();",
        "<MapView />",
        "export default function View(props: Props) {",
        "<Heading level={2}>Approve it</Heading>",
    ):
        assert line in source
    assert await judged(server, CONTRACT, source) == []
    report = await call("validate_blueprint", source=source, contract=CONTRACT, fixtureProps={"title": "x"})
    assert report["valid"], report


async def test_an_empty_contract_has_an_empty_page(server: Booted, call: Call) -> None:
    source: str = (await call("get_blueprint_boilerplate", contract={}))["source"]
    assert "export default function View() {" in source
    assert "Props" not in source
    assert await judged(server, {}, source) == []


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("shell", SHELLS)
async def test_every_place_has_its_frame(server: Booted, call: Call, shell: str, screen: str) -> None:
    answer = await call("get_blueprint_boilerplate", contract=CONTRACT, shell=shell, screen=screen)
    source: str = answer["source"]
    frame = '<Container maxWidth="xl" padding="lg">'
    if (shell, screen) == ("fullscreen", "mobile"):
        frame = '<Container maxWidth="sm" padding="md">'
    elif shell != "fullscreen":
        frame = f'<Card padding="{"sm" if shell == "chat" else "md"}">'
    assert frame in source
    assert ("<Grid" in source) == (shell == "fullscreen" and screen != "mobile")
    assert ("fullWidth" in source) == (screen == "mobile")
    assert await judged(server, CONTRACT, source) == []


async def test_any_contract_has_one(server: Booted) -> None:
    loop = asyncio.get_running_loop()

    @GENERATED
    @given(contracts, st.text(max_size=30), st.sampled_from(SHELLS), st.sampled_from(SCREENS))
    def holds(contract: Json, intent: str, shell: Any, screen: Any) -> None:
        assume(check(contract).contract is not None)
        source = skeleton(Brief(contract, intent, shell, screen))
        assert source == skeleton(Brief(contract, intent, shell, screen))
        future = asyncio.run_coroutine_threadsafe(judged(server, contract, source), loop)
        assert future.result(120) == []

    await asyncio.to_thread(holds)


@pytest.mark.parametrize("text", NASTY, ids=lambda text: ascii(text)[1:20])
async def test_text_that_wants_to_be_code_stays_text(server: Booted, call: Call, text: str) -> None:
    schema = {"type": "object", "properties": {text: TEXT, "x": {"const": text}}, "required": [text]}
    contract = {
        "propsSpec": {"description": text, "properties": {text: {"schema": schema, "description": text}}},
        "actionSpec": {f"{text}a": {"label": text, "schema": schema}, f"{text}b": {"label": text}},
        "streamSpec": {f"{text}s": {"schema": schema, "description": text}},
        "contextSpec": {"slot": {"schema": schema, "default": {text: "", "x": text}}},
    }
    assert check(contract).contract is not None, check(contract).issues
    source = (await call("get_blueprint_boilerplate", contract=contract, intent=text))["source"]
    assert "</script" not in source
    assert not {"\u2028", "\u2029", "\u202e", "\u200b"} & set(source)
    assert await judged(server, contract, source) == []


async def test_names_of_gadgets_do_not_clash_with_those_of_the_page(server: Booted, call: Call) -> None:
    gadgets = {"@acme/a": {"Card": {}, "useState": {}, "View": {}}, "@acme/b": {"Card": {}, "useState": {}}}
    contract = {"clientCapabilities": {"gadgets": gadgets}, "actionSpec": {"go": {"label": "Go"}}}
    source = (await call("get_blueprint_boilerplate", contract=contract))["source"]
    assert await judged(server, contract, source) == []


async def test_an_endless_or_enormous_schema_ends(call: Call) -> None:
    tree = {
        "type": "object",
        "properties": {"name": TEXT, "children": {"type": "array", "items": {"$ref": "#"}}},
    }
    definitions: Json = {
        f"d{n}": {
            "type": "object",
            "properties": {f"p{k}": {"$ref": f"#/definitions/d{n + 1}"} for k in range(9)},
        }
        for n in range(8)
    }
    definitions["d8"] = TEXT
    for schema in (tree, {"$ref": "#/definitions/d0", "definitions": definitions}):
        contract = {"propsSpec": {"properties": {"data": {"schema": schema}}}}
        source = (await call("get_blueprint_boilerplate", contract=contract))["source"]
        assert len(source) < 128 * 1024


@pytest.mark.parametrize(
    "contract", [None, 1, "x", [], {"propsSpec": {"properties": {"a": {}}}}, {"libraries": {}}]
)
async def test_what_is_no_contract_is_refused_with_the_gates_issues(server: Booted, contract: Any) -> None:
    name = "ggui_protocol_get_blueprint_boilerplate"
    result = await server.call_tool(name, {"contract": contract}, path="/protocol")
    facts = result["_meta"]["ai.ggui/error"]
    assert facts["code"] == "contract_validation_failed"
    assert facts["phase"] == check(contract).failed_phase
    assert facts["issues"] == [issue.to_wire() for issue in check(contract).issues]
    assert facts["hint"]


async def test_a_missing_contract_is_an_invalid_argument(server: Booted) -> None:
    result = await server.call_tool("ggui_protocol_get_blueprint_boilerplate", {}, path="/protocol")
    assert result["_meta"]["ai.ggui/error"]["code"] == "invalid_arguments"

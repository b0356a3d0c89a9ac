"""The six tools on their route: who lists them, what they answer, and that the answers are true."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

import ggui_protocol.plugin as protocol
from ggui_core.protocol import contract as models
from ggui_core.protocol.gate import check
from ggui_core.protocol.props_schema import enforce
from ggui_core.protocol.values import (
    action_violations,
    props_violations,
    stream_violations,
)
from ggui_core.seams import ComponentCatalog
from ggui_core.testing import Booted, booted
from ggui_protocol.contract_format import PARTS

from .conftest import Call, Json

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAMES = [
    "ggui_protocol_describe_data_contract_format",
    "ggui_protocol_describe_blueprint_format",
    "ggui_protocol_get_blueprint_boilerplate",
    "ggui_protocol_get_example_blueprints",
    "ggui_protocol_list_available_primitives",
    "ggui_protocol_validate_blueprint",
]


async def test_they_are_listed_on_protocol_and_nowhere_else(server: Booted) -> None:
    listed = (await server.rpc("tools/list", path="/protocol"))["result"]["tools"]
    assert [tool["name"] for tool in listed] == NAMES
    for tool in listed:
        assert tool["annotations"]["readOnlyHint"]
        assert tool["annotations"]["idempotentHint"]
        assert not tool["annotations"]["openWorldHint"]
        assert tool["title"]
        assert "_meta" not in tool
    for path in ("/mcp", "/ops"):
        others = (await server.rpc("tools/list", path=path))["result"]["tools"]
        assert not [tool for tool in others if tool["name"] in NAMES]
        refused = await server.call_tool(NAMES[0], path=path)
        assert refused["_meta"]["ai.ggui/error"]["code"] == "tool_not_found"


async def test_a_caller_needs_a_credential() -> None:
    async with (
        booted([protocol]) as server,
        server.client.post(f"{server.base_url}/protocol", json={}) as answer,
    ):
        assert answer.status == 401


async def test_the_answers_are_the_same_every_time(call: Call) -> None:
    for name in ("describe_data_contract_format", "describe_blueprint_format", "list_available_primitives"):
        assert await call(name) == await call(name)


def _models() -> set[type[BaseModel]]:
    return {
        member
        for member in vars(models).values()
        if isinstance(member, type)
        and issubclass(member, BaseModel)
        and member.__module__ == models.__name__
        and not member.__name__.startswith("_")
    }


async def test_every_field_of_every_part_of_a_contract_is_explained() -> None:
    assert {part.model for part in PARTS} == _models()
    for part in PARTS:
        assert {field.alias or name for name, field in part.model.model_fields.items()} == set(part.fields)


async def test_the_page_about_contracts_says_what_the_gate_does(call: Call) -> None:
    answer = await call("describe_data_contract_format")
    assert answer["format"] == "DataContract"
    page = answer["documentation"]
    assert "| `mode` | `append` or `replace` |  | `append` |" in page
    assert "| `debounceMs` | integer |  | `300` |" in page
    assert "`patternProperties`" in page
    for name in ("libraries", "capabilities"):
        assert f"`{name}`" in page
        assert check({name: {}}).failed_phase == "retired"
    assert len(answer["examples"]) == 3
    for example in answer["examples"]:
        assert example["title"]
        assert not check(example["contract"]).issues


async def test_the_page_about_blueprints_names_what_is_refused(call: Call) -> None:
    answer = await call("describe_blueprint_format")
    assert answer["format"] == "AgentBlueprint"
    for name in ("eval", "fetch", "localStorage", "document", "innerHTML", "wire", "useGguiContext(name)"):
        assert name in answer["documentation"]
    example = answer["example"]
    report = await call("validate_blueprint", **example)
    assert report["valid"], report


@pytest.mark.parametrize("kind", ["display", "collect", "converse"])
async def test_an_example_is_valid_in_every_tier(call: Call, kind: str) -> None:
    (example,) = (await call("get_example_blueprints", kind=kind))["examples"]
    assert (example["kind"], bool(example["title"]), bool(example["summary"])) == (kind, True, True)
    blueprint = example["blueprint"]
    report = await call("validate_blueprint", **blueprint)
    assert report == {
        "valid": True,
        "failedAt": None,
        "errors": [],
        "warnings": [report["warnings"][0]],
    }
    assert report["warnings"][0]["code"] == "runtime:component-not-executed"


async def test_an_example_keeps_its_own_contract(call: Call) -> None:
    examples = (await call("get_example_blueprints"))["examples"]
    assert [example["kind"] for example in examples] == ["display", "collect", "converse"]
    for example in examples:
        contract: Json = example["blueprint"]["contract"]
        fixture = example["blueprint"]["fixtureProps"]
        assert not props_violations(enforce(contract["propsSpec"]), fixture)
        for name, action in contract.get("actionSpec", {}).items():
            assert not action_violations(contract, name, action["example"])
        for name, stream in contract.get("streamSpec", {}).items():
            assert not stream_violations(contract, name, stream["example"])


async def test_an_unknown_kind_is_refused(server: Booted) -> None:
    result = await server.call_tool(
        "ggui_protocol_get_example_blueprints", {"kind": "dance"}, path="/protocol"
    )
    assert result["_meta"]["ai.ggui/error"]["code"] == "invalid_arguments"


async def test_the_primitives_are_those_of_the_views(server: Booted, call: Call) -> None:
    answer = await call("list_available_primitives")
    assert answer["importPath"] == "@ggui-ai/design"
    page = answer["documentation"]
    catalog = server.setup.get(ComponentCatalog)
    for entry in catalog.declarations:
        assert f"- `{entry.name}`: {entry.summary}" in page
        assert entry.declaration in page
    for module in catalog.modules:
        assert ("-runtime" in module) != (f"`{module}`" in page)
    assert "`useEffect`" in page
    assert "__CLIENT_INTERNALS" not in page


async def test_a_server_without_views_and_compiler_says_so() -> None:
    async with booted([protocol], args=["--dev-allow-all"]) as server:

        async def code(name: str, **arguments: object) -> str:
            result = await server.call_tool(f"ggui_protocol_{name}", arguments, path="/protocol")
            return str(result["_meta"]["ai.ggui/error"]["code"]) if result["isError"] else ""

        assert await code("list_available_primitives") == "catalog_unavailable"
        assert await code("validate_blueprint", source="export default () => null") == "compiler_unavailable"
        assert await code("describe_blueprint_format") == ""
        assert await code("get_blueprint_boilerplate", contract={}) == ""

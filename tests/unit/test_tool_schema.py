"""Schemas of tools and what of a result reaches the wire (spec 02 sections 3.2 and 3.3)."""

from __future__ import annotations

import json
from enum import Enum
from typing import Annotated, Any, Literal, cast

import jsonschema
import pytest
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ggui_core.auth import AppIdentity, BuilderIdentity, Identity, Principal, UserIdentity
from ggui_core.errors import BootError
from ggui_core.http.calls import Call
from ggui_core.mcp import Tool, ToolContext, ToolResult
from ggui_core.mcp.schema import input_schema, output_schema
from ggui_core.mcp.table import ERROR_META, ToolTable
from ggui_core.mcp.wire import Whole
from ggui_core.testing import FakeClock


class Color(Enum):
    RED = "red"


class Point(BaseModel):
    model_config = ConfigDict(extra="forbid")
    at: tuple[int, str]
    color: Color = Color.RED


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["polygon"]
    points: list[Point] = Field(description="Corners in order.")
    snake_case: int | None = Field(
        default=None, serialization_alias="snakeCase", validation_alias="snakeCase"
    )
    default: tuple[int, int] = (0, 0)
    title: str = ""


class Tree(BaseModel):
    name: str
    children: list[Tree] = []


class Page(BaseModel):
    items: list[dict[str, Any]]
    cursor: str | None


class Loose(BaseModel):
    model_config = ConfigDict(extra="allow")
    known: int


def keywords(schema: object) -> set[str]:
    """Every key of every object in a schema."""
    if isinstance(schema, dict):
        return set(schema) | set().union(*(keywords(value) for value in schema.values()))
    if isinstance(schema, list):
        return set().union(*(keywords(item) for item in schema))
    return set()


@pytest.mark.parametrize("model", [Point, Shape, Tree, Page, Loose])
@pytest.mark.parametrize("write", [input_schema, output_schema])
def test_schemas_are_draft_07_objects(model: type[BaseModel], write: Any) -> None:
    schema = write(model)
    jsonschema.Draft7Validator.check_schema(schema)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert schema["type"] == "object"
    assert not keywords(schema) & {"$defs", "prefixItems", "unevaluatedProperties"}
    assert "$ref" not in schema, "draft-07 ignores what stands beside a $ref"


def test_shared_definitions_stand_once_under_definitions() -> None:
    schema = input_schema(Shape)
    assert set(schema["definitions"]) == {"Point", "Color"}
    assert schema["properties"]["points"]["items"] == {"$ref": "#/definitions/Point"}
    assert schema["definitions"]["Point"]["properties"]["at"]["items"] == [
        {"type": "integer"},
        {"type": "string"},
    ]


def test_properties_named_like_keywords_are_schemas_too() -> None:
    properties = input_schema(Shape)["properties"]
    assert properties["default"]["items"] == [{"type": "integer"}, {"type": "integer"}]
    assert properties["title"] == {"type": "string", "default": ""}


class Bounded(BaseModel):
    ge: int = Field(ge=1)
    whole: Annotated[Whole, Field(ge=0, le=25)] | None = None
    part: Annotated[float, BeforeValidator(float), Field(gt=0, lt=1, multiple_of=0.5)] = 0.5


def test_bounds_behind_a_validator_are_written_in_words_that_clients_know() -> None:
    properties = input_schema(Bounded)["properties"]
    assert properties["ge"] == {"type": "integer", "minimum": 1}
    whole = next(one for one in properties["whole"]["anyOf"] if one["type"] == "integer")
    assert whole == {"type": "integer", "minimum": 0, "maximum": 25}
    assert {key: properties["part"][key] for key in properties["part"] if key not in ("type", "default")} == {
        "exclusiveMinimum": 0, "exclusiveMaximum": 1, "multipleOf": 0.5
    }  # fmt: skip


def test_invented_titles_are_left_out() -> None:
    assert "title" not in input_schema(Shape)
    assert "title" not in input_schema(Shape)["definitions"]["Point"]


def test_inputs_are_open_whatever_the_model_says() -> None:
    assert "additionalProperties" not in input_schema(Shape)
    assert input_schema(Shape)["required"] == ["kind", "points"]


@pytest.mark.parametrize("model", [Point, Shape, Tree, Page, Loose])
def test_outputs_are_closed(model: type[BaseModel]) -> None:
    assert output_schema(model)["additionalProperties"] is False


def test_outputs_speak_the_words_of_the_wire() -> None:
    assert "snakeCase" in output_schema(Shape)["properties"]
    assert "snake_case" not in output_schema(Shape)["properties"]


def test_recursive_models_accept_what_they_describe() -> None:
    tree = {"name": "root", "children": [{"name": "leaf", "children": []}]}
    jsonschema.validate(tree, output_schema(Tree), cls=jsonschema.Draft7Validator)
    jsonschema.validate(tree, input_schema(Tree), cls=jsonschema.Draft7Validator)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"name": 5}, output_schema(Tree), cls=jsonschema.Draft7Validator)


async def nothing(arguments: Loose, context: ToolContext) -> Any:
    raise NotImplementedError


def context_of(identity: Identity) -> ToolContext:
    call = Call("request-1", "192.0.2.1")

    async def progress(done: float, total: float | None, message: str | None) -> None:
        raise NotImplementedError

    return ToolContext(
        "app", Principal(identity, "apikey", "c"), "request-1", {}, call, FakeClock(), progress
    )


async def answer(output: object, model: type[BaseModel]) -> dict[str, Any]:
    async def handler(arguments: Loose, context: ToolContext) -> Any:
        return output

    table = ToolTable()
    table.add(Tool("probe", "Answers.", Loose, cast("type[Any]", model), handler), "a test")
    return await table.call("probe", {"known": 1}, context_of(BuilderIdentity()))


class Derived(Page):
    secret: str = "derived"


class Nested(BaseModel):
    page: Page


@pytest.mark.parametrize("wrap", [lambda output: output, lambda output: ToolResult(output=output)])
@pytest.mark.parametrize(
    ("output", "model"),
    [
        (Derived(items=[], cursor=None), Page),
        (Nested(page=Derived(items=[], cursor=None)), Nested),
        (Loose.model_validate({"known": 1, "secret": "derived"}), Loose),
    ],
)
async def test_fields_that_are_not_declared_never_reach_the_wire(
    output: BaseModel, model: type[BaseModel], wrap: Any
) -> None:
    result = await answer(wrap(output), model)
    assert result["isError"] is False
    assert "derived" not in json.dumps(result)
    jsonschema.validate(result["structuredContent"], output_schema(model), cls=jsonschema.Draft7Validator)


async def test_nulls_inside_data_are_data() -> None:
    result = await answer(Page(items=[{"a": None, "b": [None]}], cursor="c"), Page)
    assert result["structuredContent"] == {"items": [{"a": None, "b": [None]}], "cursor": "c"}


async def test_required_field_that_is_null_still_satisfies_the_schema() -> None:
    assert Page.model_fields["cursor"].is_required()
    result = await answer(Page(items=[], cursor=None), Page)
    assert result["structuredContent"] == {"items": []}
    assert jsonschema.Draft7Validator(output_schema(Page)).is_valid(result["structuredContent"])


async def test_optional_fields_without_a_value_are_left_out() -> None:
    result = await answer(Shape(kind="polygon", points=[]), Shape)
    assert "snakeCase" not in result["structuredContent"]


async def test_text_block_is_compact_json_of_the_structured_output() -> None:
    result = await answer(Page(items=[{"a": 1}], cursor="c"), Page)
    assert result["content"] == [{"type": "text", "text": '{"items":[{"a":1}],"cursor":"c"}'}]


async def test_integers_beyond_64_bits_arrive() -> None:
    result = await answer(Page(items=[{"n": 2**70}], cursor="c"), Page)
    assert result["structuredContent"]["items"] == [{"n": 2**70}]
    assert str(2**70) in result["content"][0]["text"]


async def test_answer_of_another_kind_is_a_fault_of_the_tool() -> None:
    result = await answer(Loose(known=1), Page)
    assert result["isError"] is True
    assert result["_meta"][ERROR_META]["code"] == "internal_error"
    assert "structuredContent" not in result


def test_tool_without_output_fields_is_refused_with_its_owner() -> None:
    class Empty(BaseModel):
        pass

    with pytest.raises(BootError, match=r"'probe' of plugin 'x' has an empty output schema"):
        ToolTable().add(Tool("probe", "", Loose, Empty, nothing), "plugin 'x'")


def test_name_twice_in_one_table_names_both_owners() -> None:
    table = ToolTable()
    table.add(Tool("probe", "", Loose, Page, nothing), "plugin 'one'")
    with pytest.raises(
        BootError, match=r"'probe' is declared by plugin 'one' and by mount 'two'; rename one"
    ):
        table.add(Tool("probe", "", Loose, Page, nothing), "mount 'two'")


@pytest.mark.parametrize(
    ("identity", "code"),
    [
        (AppIdentity("a", "h"), "internal_error"),
        (BuilderIdentity(), "tool_not_found"),
        (UserIdentity("u"), "tool_not_found"),
    ],
)
async def test_tool_for_other_identities_is_not_found(identity: Identity, code: str) -> None:
    table = ToolTable()
    table.add(Tool("probe", "", Loose, Page, nothing, allowed_for=frozenset({"app"})), "a test")
    result = await table.call("probe", {"known": 1}, context_of(identity))
    assert result["_meta"][ERROR_META]["code"] == code


def test_unknown_and_forbidden_tools_are_worded_alike() -> None:
    table = ToolTable()
    table.add(Tool("probe", "", Loose, Page, nothing, allowed_for=frozenset({"app"})), "a test")
    assert [d["name"] for d in table.listed_for("app")] == ["probe"]
    assert table.listed_for("builder") == []


def test_default_visibility_follows_the_audience_and_keeps_other_meta() -> None:
    table = ToolTable()
    ui = {"ui": {"resourceUri": "ui://x"}, "k": 1}
    table.add(Tool("a", "", Loose, Page, nothing, audience="agent", meta=ui), "t")
    table.add(Tool("b", "", Loose, Page, nothing, audience="runtime"), "t")
    table.add(Tool("c", "", Loose, Page, nothing, audience="ops"), "t")
    table.add(Tool("d", "", Loose, Page, nothing, audience="agent", visibility=("app", "model")), "t")
    metas = [declaration.get("_meta") for declaration in table.declarations]
    assert metas == [
        {"ui": {"resourceUri": "ui://x", "visibility": ["model"]}, "k": 1},
        {"ui": {"visibility": ["app"]}},
        None,
        {"ui": {"visibility": ["app", "model"]}},
    ]

"""Which tools and services may stand where (spec 02 sections 3.1 and 12)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel

from ggui_core.errors import BootError
from ggui_core.instructions import IDENTITY, InstructionPart, compose
from ggui_core.mcp import Audience, McpService, Tool, ToolContext, ToolMount
from ggui_core.mcp.routes import RESERVED, Owned, audience_tables, check_services, load_mounts
from ggui_core.mcp.table import ToolTable


class Text(BaseModel):
    text: str = ""


class Empty(BaseModel):
    pass


async def same(arguments: Text, context: ToolContext) -> Text:
    return arguments


def tool(name: str, audience: Audience | None = None, output: type[Any] = Text) -> Tool[Any, Any]:
    return Tool(name, "Says it.", Text, output, same, audience=audience)


def problems_of(*owned: Owned) -> tuple[str, ...]:
    with pytest.raises(BootError) as refused:
        audience_tables(owned)
    return refused.value.problems


def test_audience_decides_the_route_and_agents_are_the_default() -> None:
    tools = [
        tool("ggui_a"), tool("ggui_runtime_b", "runtime"), tool("ggui_protocol_c", "protocol"),
        tool("ggui_ops_d", "ops"), tool("foreign", "ops"), tool("ggui_e", "agent"),
    ]  # fmt: skip
    tables = audience_tables([Owned("plugin 'p'", tools)])
    assert {path: list(table.names()) for path, table in tables.items()} == {
        "/mcp": ["ggui_a", "ggui_runtime_b", "ggui_e"],
        "/protocol": ["ggui_protocol_c"],
        "/ops": ["ggui_ops_d", "foreign"],
    }


def test_untagged_tool_is_declared_for_the_model_only() -> None:
    tables = audience_tables([Owned("plugin 'p'", [tool("ggui_a")])])
    assert tables["/mcp"].declarations[0]["_meta"] == {"ui": {"visibility": ["model"]}}


@pytest.mark.parametrize(
    ("name", "audience"),
    [
        ("ggui_ops_x", None), ("ggui_ops_x", "agent"), ("ggui_runtime_x", "protocol"), ("ggui_x", "ops"),
        ("ggui_protocol_x", "runtime"), ("ggui_x", "runtime"),
    ],
)  # fmt: skip
def test_name_that_says_another_audience_is_refused(name: str, audience: Audience | None) -> None:
    (problem,) = problems_of(Owned("plugin 'p'", [tool(name, audience)]))
    assert problem.startswith(f"tool {name!r} of plugin 'p' is for ")
    assert "start the name with" in problem


@pytest.mark.parametrize("audiences", [(None, None), ("agent", "ops"), ("runtime", "agent")])
def test_collision_names_both_owners_on_whatever_routes(audiences: tuple[Audience | None, ...]) -> None:
    problems = problems_of(
        Owned("plugin 'one'", [tool("x", audiences[0])]), Owned("mount 'two'", [tool("x", audiences[1])])
    )
    assert problems == (
        "tool 'x' is declared by plugin 'one' and by mount 'two'; rename one, or disable one of them",
    )


def test_one_owner_may_not_declare_a_name_twice() -> None:
    assert len(problems_of(Owned("plugin 'one'", [tool("x"), tool("x")]))) == 1
    assert len(problems_of(Owned("plugin 'one'", [tool("x"), tool("x", "ops")]))) == 1


def test_every_fault_of_the_tools_is_reported_at_once() -> None:
    problems = problems_of(
        Owned("plugin 'one'", [tool("x"), tool("empty", output=Empty)]),
        Owned("plugin 'two'", [tool("x"), tool("ggui_ops_y")]),
    )
    assert len(problems) == 3
    assert any("'empty' of plugin 'one' has an empty output schema" in problem for problem in problems)


@pytest.fixture
def mounts_module() -> Iterator[ModuleType]:
    module = ModuleType("ggui_test_mounts")
    vars(module).update(
        todos=lambda: ToolMount("todos", [tool("todo_add"), tool("todo_ops", "ops")]),
        create_ggui_mcp_mount=lambda: ToolMount("default", [tool("default_tool")]),
        nameless=lambda: ToolMount("", []),
        wrong=lambda: "no mount",
        broken=lambda: 1 / 0,
    )
    sys.modules[module.__name__] = module
    yield module
    del sys.modules[module.__name__]


def test_mounts_load_in_order(mounts_module: ModuleType) -> None:
    mounts = load_mounts(["ggui_test_mounts:todos", "ggui_test_mounts"])
    assert [mount.name for mount in mounts] == ["todos", "default"]
    tables = audience_tables(Owned(mount.name, mount.tools) for mount in mounts)
    assert list(tables["/mcp"].names()) == ["todo_add", "default_tool"]
    assert list(tables["/ops"].names()) == ["todo_ops"]


def test_every_mount_that_cannot_be_loaded_is_reported_at_once(mounts_module: ModuleType) -> None:
    bad = [
        "no_such_module:f",
        "ggui_test_mounts:none",
        *(f"ggui_test_mounts:{n}" for n in ("nameless", "wrong", "broken")),
    ]
    with pytest.raises(BootError) as refused:
        load_mounts(["ggui_test_mounts:todos", *bad])
    assert len(refused.value.problems) == len(bad)
    for specifier, problem in zip(bad, refused.value.problems, strict=True):
        assert repr(specifier) in problem
        assert '"package.module:factory"' in problem
    assert "ZeroDivisionError" in refused.value.problems[-1]


def service(path: str, **fields: Any) -> McpService:
    return McpService("notes", path, **{"tools": [tool("add")], **fields})


@pytest.mark.parametrize(
    "path", ["/docs", "/playground/todos", "/a", "/A-b_c/9", "/adminx", "/mcp2", "/rooms"]
)
def test_services_may_stand_at_free_paths(path: str) -> None:
    check_services([service(path)], ["/ggui/health", "/mcp"])


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "docs",
        "/docs/",
        "/do cs",
        "/dócs",
        "/a//b",
        "//",
        "/{x}",
        "/a.b",
        "/a?b",
        "/a%2fb",
        "/docs\n",
    ],
)
def test_service_path_has_a_form(path: str) -> None:
    with pytest.raises(BootError, match="MCP service 'notes' at"):
        check_services([service(path)], [])


@pytest.mark.spec("02 19.26")
@pytest.mark.parametrize("reserved", RESERVED)
@pytest.mark.parametrize("below", ["", "/x", "/x/y"])
@pytest.mark.parametrize("upper", [False, True])
def test_reserved_paths_and_what_is_below_them_are_not_for_services(
    reserved: str, below: str, upper: bool
) -> None:
    path = reserved.upper() + below if upper else reserved + below
    with pytest.raises(BootError) as refused:
        check_services([service(path)], [])
    assert any(f"{path!r}: everything below {reserved} is reserved" in p for p in refused.value.problems)


@pytest.mark.parametrize(
    "reserved",
    [
        "/mcp", "/protocol", "/ops", "/control", "/ws", "/health", "/.well-known", "/oauth", "/_ggui", "/ggui",
        "/admin", "/pair", "/api", "/code", "/contract", "/r", "/auth", "/settings", "/apps",
    ],
)  # fmt: skip
def test_paths_of_the_specification_are_reserved(reserved: str) -> None:
    assert reserved in RESERVED


def test_two_services_may_share_tool_names_but_no_path() -> None:
    check_services([service("/one"), service("/two")], [])
    with pytest.raises(BootError, match=r"'/ONE': the path is taken by MCP service 'notes'"):
        check_services([service("/one"), service("/ONE")], [])


@pytest.mark.parametrize("route", ["/page", "/PAGE"])
def test_service_does_not_shadow_a_page(route: str) -> None:
    with pytest.raises(BootError, match="another plugin serves a page there"):
        check_services([service("/page")], [route])


def test_tools_of_a_service_have_no_audience() -> None:
    with pytest.raises(BootError, match="tools of a service have no audience, but a, b declare one"):
        check_services([service("/x", tools=[tool("a", "ops"), tool("b", "agent"), tool("c")])], [])


def test_nameless_service_is_refused() -> None:
    with pytest.raises(BootError, match="the MCP service at '/x' has no name"):
        check_services([McpService("", "/x", [tool("a")])], [])


def test_all_faults_of_services_come_together() -> None:
    with pytest.raises(BootError) as refused:
        check_services([service("/admin/x"), service("/bad/"), service("/t", tools=[tool("a", "ops")])], [])
    assert len(refused.value.problems) == 3


PARTS = [
    InstructionPart("late", rank=90), InstructionPart("early", rank=1),
    InstructionPart("more", since="aggressive"), InstructionPart("all", since="always"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("preset", "texts"),
    [
        ("minimal", [IDENTITY]),
        ("default", [IDENTITY, "early", "late"]),
        ("aggressive", [IDENTITY, "early", "more", "late"]),
        ("always", [IDENTITY, "early", "more", "all", "late"]),
        ("Speak like a pirate.", ["Speak like a pirate."]),
    ],
)
def test_preset_decides_which_paragraphs_are_shown(preset: str, texts: list[str]) -> None:
    assert compose(preset, PARTS) == "\n\n".join(texts)


@pytest.mark.parametrize("preset", ["off", ""])
def test_off_sends_no_instructions(preset: str) -> None:
    assert compose(preset, PARTS) is None


def test_table_lists_in_the_order_of_registration() -> None:
    table = ToolTable()
    for name in ("zulu", "alpha", "mike"):
        table.add(tool(name), "t")
    assert list(table.names()) == ["zulu", "alpha", "mike"]
    assert len(table) == 3
    assert table.input_schema("alpha") == table.declarations[1]["inputSchema"]
    assert table.input_schema("none") is None

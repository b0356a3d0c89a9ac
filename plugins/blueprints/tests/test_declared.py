"""The UIs that a project declares."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from ggui_core.errors import BootError
from ggui_core.seams import Compiled
from ggui_core.testing import FakeClock

from .serving import APP, MODULE, OTHER_MODULE, TSX, CountingCompiler, compiling, serving, write_ui
from .test_curation import rendered

INCLUDE = {"blueprints": {"include": ["ui/**/ggui.ui.json"]}}


async def test_a_declared_ui_is_listed_found_and_served(tmp_path: Path) -> None:
    write_ui(tmp_path / "ui", description="How high the water is", category="marine")
    async with serving(root=tmp_path, config=INCLUDE) as server:
        (listed,) = (await server.agent("list_featured_blueprints"))["blueprints"]
        assert listed.pop("updatedAt").endswith("Z")
        assert listed == {
            "id": "tide",
            "name": "Tide",
            "description": "How high the water is",
            "source": {"kind": "user"},
            "tags": ["marine"],
        }
        served = await server.served()
        assert served is not None
        assert "export" in served
        (row,) = await server.listed()
        assert row["source"] == {"kind": "user"}
        assert (row["createdBy"], row["isFeatured"], row["isInstalled"]) == ("operator", True, True)
        given = await server.agent("render_blueprint", blueprintId="tide")
        assert given == {
            "blueprintId": "tide",
            "blueprintName": "Tide",
            "code": served,
            "contentType": "text/javascript",
        }
        assert (await server.agent("render_blueprint", blueprintId=row["blueprintId"]))["code"] == served


async def test_it_belongs_to_the_default_app(tmp_path: Path) -> None:
    write_ui(tmp_path / "ui")
    async with serving(root=tmp_path, config=INCLUDE) as server:
        assert (await server.agent("list_featured_blueprints", app="acme"))["total"] == 0
        assert await server.served(app_id="acme") is None
        refusal = await server.agent_refused("render_blueprint", app="acme", blueprintId="tide")
        assert refusal["code"] == "BLUEPRINT_NOT_FOUND"


async def test_a_precompiled_entry_needs_no_compiler_and_stays_as_it_is(tmp_path: Path) -> None:
    write_ui(tmp_path / "ui", entry=None, entryPoint="ui/tide/dist/tide.js")
    (tmp_path / "ui" / "tide" / "dist").mkdir()
    (tmp_path / "ui" / "tide" / "dist" / "tide.js").write_text(MODULE)
    async with serving(root=tmp_path, config=INCLUDE, compiles=False) as server:
        assert await server.served() == MODULE


async def test_an_entry_is_compiled_once_when_it_is_first_needed(tmp_path: Path) -> None:
    write_ui(tmp_path / "ui")
    compiler = CountingCompiler()
    async with serving(compiling(compiler), root=tmp_path, config=INCLUDE, compiles=False) as server:
        await server.agent("list_featured_blueprints")
        await server.agent("search_blueprints", query="tide")
        await server.candidates({"propsSpec": {"properties": {}}})
        assert compiler.sources == []
        await asyncio.gather(*(server.served() for _ in range(20)))
        assert compiler.sources == [TSX]


class StuckCompiler:
    """Compiles when it is let."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.go = asyncio.Event()

    async def compile(self, source: str, *, packages: Any = ()) -> Compiled:
        self.started.set()
        await self.go.wait()
        return Compiled(MODULE, ())


async def test_a_pass_goes_on_when_the_first_who_waited_leaves(tmp_path: Path) -> None:
    write_ui(tmp_path / "ui")
    compiler = StuckCompiler()
    async with serving(compiling(compiler), root=tmp_path, config=INCLUDE, compiles=False) as server:
        first = asyncio.ensure_future(server.candidates())
        await compiler.started.wait()
        second = asyncio.ensure_future(server.candidates())
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        compiler.go.set()
        assert len(await second) == 1


async def test_a_compiler_that_never_ends_costs_its_time_and_no_request(tmp_path: Path) -> None:
    write_ui(tmp_path / "ui")
    config = {**INCLUDE, "plugins": {"settings": {"blueprints": {"compileTimeoutS": 20}}}}
    compiler, clock = StuckCompiler(), FakeClock()
    stuck = compiling(compiler)
    async with serving(stuck, root=tmp_path, config=config, compiles=False, clock=clock) as server:
        asking = asyncio.ensure_future(server.candidates())
        await compiler.started.wait()
        await clock.advance(20)
        assert await asking == []
        compiler.go.set()
        assert await server.candidates() == [], "what has failed is not tried with every request"


async def test_the_server_stops_while_something_is_compiled(tmp_path: Path) -> None:
    write_ui(tmp_path / "ui")
    compiler = StuckCompiler()
    async with serving(compiling(compiler), root=tmp_path, config=INCLUDE, compiles=False) as server:
        asking = asyncio.ensure_future(server.candidates())
        await compiler.started.wait()
    await asyncio.gather(asking, return_exceptions=True)


async def test_an_entry_that_does_not_compile_fails_no_match_and_is_logged_once(tmp_path: Path) -> None:
    write_ui(tmp_path / "ui", entry="export default () => <b>;")
    write_ui(tmp_path / "ui", "depth", contract={"propsSpec": {"properties": {}}})
    async with serving(root=tmp_path, config=INCLUDE) as server:
        with capture_logs() as logs:
            await server.candidates()
        assert [(line["event"], line["entry"]) for line in logs] == [
            ("blueprint_issue", "ui/tide/ggui.ui.json")
        ]
        with capture_logs() as logs:
            assert await server.candidates() == []
        assert logs == []
        await rendered(server, MODULE)
        assert await server.served() == MODULE
        assert await server.served({"propsSpec": {"properties": {}}}) is not None
        assert (await server.agent("list_featured_blueprints"))["total"] == 2


async def test_without_a_compiler_a_tsx_entry_is_listed_and_not_served(tmp_path: Path) -> None:
    write_ui(tmp_path / "ui")
    async with serving(root=tmp_path, config=INCLUDE, compiles=False) as server:
        assert await server.candidates() == []
        assert (await server.agent("list_featured_blueprints"))["total"] == 1
        assert len(await server.listed()) == 1


async def test_what_is_declared_comes_before_what_was_kept(tmp_path: Path) -> None:
    write_ui(tmp_path / "ui", entry=None, entryPoint="ui/tide/tide.js")
    (tmp_path / "ui" / "tide" / "tide.js").write_text(OTHER_MODULE)
    async with serving(root=tmp_path, config=INCLUDE) as server:
        declared = (await server.listed())[0]["blueprintId"]
        assert (await server.register(MODULE))["blueprintId"] == declared
        assert await rendered(server, MODULE) == declared
        assert await server.served() == OTHER_MODULE
        await server.register(MODULE, persona="skipper")
        assert len(await server.candidates()) == 2


@pytest.mark.parametrize("tool", ["delete", "yank", "unyank", "update"])
async def test_tools_do_not_change_what_files_say(tmp_path: Path, tool: str) -> None:
    write_ui(tmp_path / "ui")
    async with serving(root=tmp_path, config=INCLUDE) as server:
        name = (await server.listed())[0]["blueprintId"]
        more = {"isOperatorDefault": True} if tool == "update" else {}
        refusal = await server.refused(f"{tool}_blueprint", blueprintId=name, **more)
        assert refusal["code"] == "blueprint_read_only"


async def test_the_id_outlives_a_restart_and_a_removed_manifest_does_not(tmp_path: Path) -> None:
    path = write_ui(tmp_path / "ui")
    ids = []
    for _ in range(2):
        async with serving(root=tmp_path, config=INCLUDE) as server:
            ids.append((await server.listed())[0]["blueprintId"])
    assert ids[0] == ids[1]
    path.unlink()
    async with serving(root=tmp_path, config=INCLUDE) as server:
        assert await server.listed() == []
        assert await server.served() is None


async def test_the_order_of_patterns_and_paths_is_that_of_the_list(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        write_ui(tmp_path / "ui", name, contract={"propsSpec": {"properties": {name: {"schema": {}}}}})
    config = {"blueprints": {"include": ["ui/c/ggui.ui.json", "ui/*/ggui.ui.json", "ui/*/other.json"]}}
    async with serving(root=tmp_path, config=config) as server:
        listed = (await server.agent("list_featured_blueprints"))["blueprints"]
    assert [one["id"] for one in listed] == ["c", "a", "b"]


# What stops the boot


async def problems(root: Path, include: Any = ("ui/**/ggui.ui.json",)) -> tuple[str, ...]:
    with pytest.raises(BootError) as caught:
        async with serving(root=root, config={"blueprints": {"include": list(include)}}):
            pass
    return caught.value.problems


async def test_every_fault_of_every_file_is_said_at_once(tmp_path: Path) -> None:
    write_ui(tmp_path / "ui", "bad-name", name="", colour="blue")
    write_ui(tmp_path / "ui", "bad-contract", contract={"wiredTools": {}})
    write_ui(tmp_path / "ui", "no-entry", entry=None)
    (tmp_path / "ui" / "torn").mkdir()
    (tmp_path / "ui" / "torn" / "ggui.ui.json").write_text('{"id": ')
    write_ui(tmp_path / "ui", "one", id="same")
    write_ui(tmp_path / "ui", "two", id="same")
    found = await problems(tmp_path, ["ui/**/ggui.ui.json", "../up/*"])
    said = "\n".join(found)
    for part in (
        "ui/bad-name/ggui.ui.json: $.name",
        "ui/bad-name/ggui.ui.json: $.colour: unknown key",
        "ui/bad-contract/ggui.ui.json: $.contract.wiredTools: [CTR_RETIRED_FIELD]",
        "ui/no-entry/ggui.ui.json: $.entryPoint: is missing",
        "is not valid JSON",
        'ui/two/ggui.ui.json: $.id: "same" is the id of ui/one/ggui.ui.json too',
        '$.blueprints.include[1]: "../up/*" leads out of the project',
    ):
        assert part in said, said
    assert len(found) == 7


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", ""),
        ("id", "-x"),
        ("id", "a b"),
        ("id", "x" * 129),
        ("id", 7),
        ("name", "x" * 121),
        ("description", "x" * 501),
        ("category", "x" * 61),
        ("contract", "none"),
        ("matchPatterns", [""]),
        ("mcpTools", [1]),
        ("mcpTools", "tide"),
        ("uiClass", "open"),
        ("entryPoint", ""),
        ("entryPoint", "ui/tide/ggui.ui.json"),
        ("entryPoint", "ui/tide/nothing.tsx"),
        ("entryPoint", "../outside.tsx"),
        ("entryPoint", "/etc/passwd"),
    ],
)
async def test_a_key_is_held_to_its_limits(tmp_path: Path, key: str, value: object) -> None:
    (tmp_path / "outside.tsx").write_text(TSX)
    root = tmp_path / "project"
    write_ui(root / "ui", **{key: value})
    (problem,) = await problems(root)
    assert f"ui/tide/ggui.ui.json: $.{key}" in problem


async def test_an_entry_is_never_a_symbolic_link(tmp_path: Path) -> None:
    write_ui(tmp_path / "ui", entry=None)
    secret = tmp_path / "secret.tsx"
    secret.write_text(TSX)
    (tmp_path / "ui" / "tide" / "ggui.ui.tsx").symlink_to(secret)
    (problem,) = await problems(tmp_path)
    assert "$.entryPoint" in problem


async def test_an_entry_that_becomes_a_link_is_not_followed(tmp_path: Path) -> None:
    write_ui(tmp_path / "ui")
    secret = tmp_path / "secret.tsx"
    secret.write_text(TSX)
    async with serving(root=tmp_path, config=INCLUDE) as server:
        entry = tmp_path / "ui" / "tide" / "ggui.ui.tsx"
        entry.unlink()
        entry.symlink_to(secret)
        assert await server.candidates() == []


async def test_the_other_names_of_an_entry_are_looked_for_in_order(tmp_path: Path) -> None:
    write_ui(tmp_path / "ui", entry=None)
    folder = tmp_path / "ui" / "tide"
    compiler = CountingCompiler()
    for name in ("component.tsx", "index.tsx", "ggui.ui.tsx"):
        (folder / name).write_text(f"// {name}\n{TSX}")
        async with serving(compiling(compiler), root=tmp_path, config=INCLUDE, compiles=False) as server:
            await server.candidates()
        assert compiler.sources[-1].startswith(f"// {name}")


async def test_json_is_read_strictly(tmp_path: Path) -> None:
    path = write_ui(tmp_path / "ui")
    path.write_text(path.read_text()[:-1] + ', "id": "again"}')
    (problem,) = await problems(tmp_path)
    assert 'the key "id" stands twice' in problem


async def test_the_default_app_is_the_one_of_the_project(tmp_path: Path) -> None:
    write_ui(tmp_path / "ui")
    config = {**INCLUDE, "app": {"slug": "harbour", "name": "Harbour"}}
    async with serving(root=tmp_path, config=config) as server:
        assert await server.served(app_id="harbour") is not None
        assert await server.served(app_id=APP) is None

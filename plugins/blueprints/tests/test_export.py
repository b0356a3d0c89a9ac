"""From one server into a folder, and from the folder into another server."""

from __future__ import annotations

import asyncio
import json
from hashlib import sha256
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from ggui_blueprints.commands import add_to
from ggui_blueprints.errors import ExportFailed
from ggui_blueprints.exporting import export

from .serving import APP, MODULE, OTHER_MODULE, TSX, Server, serving, write_ui
from .test_curation import rendered
from .test_declared import INCLUDE


async def cli(*args: str) -> Result:
    group = click.Group("ggui")
    add_to(group)
    return await asyncio.to_thread(CliRunner().invoke, group, list(args))


def other_contract(number: int) -> dict[str, object]:
    return {"propsSpec": {"properties": {f"level_{number}": {"schema": {"type": "number"}}}}}


async def test_what_one_server_rendered_another_serves_without_compiler_and_generator(tmp_path: Path) -> None:
    variance = {"persona": "skipper", "context": {"unit": "m"}}
    async with serving() as server:
        await rendered(server, MODULE)
        await rendered(server, OTHER_MODULE, variance=variance)
        await server.register(TSX, other_contract(1))
        compiled = await server.served(other_contract(1))
        answer = await cli(
            "export-pool", "--out", str(tmp_path / "p"), "--url", server.booted.base_url, "--key", APP
        )
        assert answer.exit_code == 0, answer.output
        assert "Wrote 3 blueprints" in answer.output
    async with serving(args=["--seed-pool", str(tmp_path / "p")], compiles=False) as server:
        assert await server.served() == MODULE
        assert await server.served(variance=variance) == OTHER_MODULE
        assert await server.served(other_contract(1)) == compiled
        (found,) = await server.candidates()
        assert found.blueprint.code_hash == sha256(MODULE.encode()).hexdigest()
        assert found.blueprint.source.generator == "forms"
        assert found.blueprint.intent == "the tide at the harbour"


async def test_many_pages_make_one_pool(tmp_path: Path) -> None:
    async with serving() as server:
        for number in range(120):
            await server.register(MODULE.replace("Tide", f"Tide{number}"), other_contract(number))
        exported = await export(server.booted.base_url, APP, tmp_path / "pool")
        assert (exported.blueprints, exported.skipped) == (120, 0)
    manifest = json.loads((tmp_path / "pool" / "manifest.json").read_text())
    assert len({entry["codeRef"] for entry in manifest["blueprints"]}) == 120
    assert len(list((tmp_path / "pool" / "codes").iterdir())) == 120


async def _pages(server: Server, limit: int) -> list[dict[str, object]]:
    pages, more = [], {}
    while True:
        page = await server.ops("export_blueprints", limit=limit, **more)
        pages.append(page)
        if "nextCursor" not in page:
            return pages
        more = {"cursor": page["nextCursor"]}


async def test_a_page_ends_early_when_it_grows_heavy() -> None:
    async with serving() as server:
        for number in range(5):
            heavy = MODULE + f"//{number}" + "x" * 900_000
            await server.register(heavy, other_contract(number))
        pages = await _pages(server, 100)
    assert len(pages) > 1
    assert sum(len(page["blueprints"]) for page in pages) == 5  # type: ignore[arg-type,misc]


async def test_what_is_yanked_or_lost_its_code_is_left_out_and_counted(tmp_path: Path) -> None:
    async with serving() as server:
        await server.register(MODULE)
        yanked = await server.register(OTHER_MODULE, persona="skipper")
        await server.ops("yank_blueprint", blueprintId=yanked["blueprintId"])
        exported = await export(server.booted.base_url, APP, tmp_path / "pool")
    assert (exported.blueprints, exported.skipped) == (1, 1)


async def test_what_the_project_declares_goes_with_it(tmp_path: Path) -> None:
    write_ui(tmp_path / "ui")
    async with serving(root=tmp_path, config=INCLUDE) as server:
        await server.register(MODULE, persona="skipper")
        exported = await export(server.booted.base_url, APP, tmp_path / "pool")
        declared = await server.served()
    assert exported.blueprints == 2
    async with serving(args=["--seed-pool", str(tmp_path / "pool")], compiles=False) as server:
        assert await server.served() == declared


async def test_a_pool_is_replaced_and_anything_else_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "pool"
    async with serving() as server:
        await server.register(MODULE)
        await export(server.booted.base_url, APP, folder)
        await server.register(OTHER_MODULE, persona="skipper")
        assert (await export(server.booted.base_url, APP, folder)).blueprints == 2
        (folder / "notes.txt").write_text("mine")
        with pytest.raises(ExportFailed):
            await export(server.booted.base_url, APP, folder)
        assert (folder / "notes.txt").read_text() == "mine"
        (tmp_path / "file").write_text("mine")
        with pytest.raises(ExportFailed):
            await export(server.booted.base_url, APP, tmp_path / "file")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "pool"], "nothing is left beside"


async def test_a_failed_export_leaves_the_old_pool_alone(tmp_path: Path) -> None:
    folder = tmp_path / "pool"
    async with serving() as server:
        await server.register(MODULE)
        await export(server.booted.base_url, APP, folder)
        before = (folder / "manifest.json").read_bytes()
        with pytest.raises(ExportFailed):
            await export(server.booted.base_url, "acme", folder)
    assert (folder / "manifest.json").read_bytes() == before


async def test_a_pool_that_cannot_be_put_in_place_leaves_the_old_one_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool, rename = tmp_path / "pool", Path.rename

    def failing(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    async with serving() as server:
        await rendered(server)
        await export(server.booted.base_url, APP, pool)
        before = (pool / "manifest.json").read_bytes()
        await rendered(server, OTHER_MODULE, variance={"persona": "skipper"})
        monkeypatch.setattr(Path, "rename", failing)
        with pytest.raises(ExportFailed, match="No space left"):
            await export(server.booted.base_url, APP, pool)
    assert (pool / "manifest.json").read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["pool"], "nothing is left beside"


async def test_the_verb_says_what_is_wrong_and_what_to_do(tmp_path: Path) -> None:
    out = ("--out", str(tmp_path / "pool"))
    async with serving() as server:
        url = server.booted.base_url
        cases = {
            ("--url", url, "--key", APP): "has no blueprints to export",
            ("--url", url): "needs a key",
            ("--url", "http://127.0.0.1:9"): "No ggui server answers",
            ("--url", "nonsense"): "is no address",
        }
        for args, said in cases.items():
            answer = await cli("export-pool", *out, *args)
            assert isinstance(answer.exception, ExportFailed)
            assert said in answer.exception.message
            assert answer.exception.hint
    assert not (tmp_path / "pool").exists()


async def test_the_verb_stands_under_blueprint_too_beside_what_others_put_there(tmp_path: Path) -> None:
    group = click.Group("ggui")
    theirs = click.Group("blueprint", commands=[click.Command("publish")])
    group.add_command(theirs)
    add_to(group)
    assert set(theirs.commands) == {"publish", "export-pool"}
    answer = await cli("blueprint", "export-pool", "--help")
    assert answer.exit_code == 0
    assert "--seed-pool" in answer.output

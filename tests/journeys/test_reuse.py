"""Reuse across servers: one renders, its pool is exported, another one serves from it with nothing else."""

from __future__ import annotations

import asyncio
import base64
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

import ggui_blueprints.plugin as blueprints
import ggui_compiler.plugin as compiler
import ggui_renderer.plugin as renderer
import ggui_sessions.plugin as sessions
from ggui_core.testing import PATIENCE_S, Booted, booted

CONTRACT: dict[str, Any] = {
    "propsSpec": {"properties": {"level": {"schema": {"type": "number"}, "required": True}}},
    "actionSpec": {"refresh": {"label": "Look again"}},
}
MODULE = """\
import React from "react";
export default function Tide(props) {
  return React.createElement("b", null, `${props.level} m`);
}
"""


async def called(server: Booted, tool: str, path: str = "/mcp", **arguments: Any) -> dict[str, Any]:
    result = await server.call_tool(tool, arguments, path=path)
    assert not result["isError"], result
    return result


async def rendered(
    server: Booted, contract: Any = CONTRACT, **draft: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The handshake, and the result of its render."""
    agreed = await called(
        server, "ggui_handshake", intent="the tide", blueprintDraft={"contract": contract, **draft}
    )
    proposal = agreed["structuredContent"]
    shown = await called(server, "ggui_render", handshakeId=proposal["handshakeId"], props={"level": 1.4})
    return proposal, shown


def shown_code(result: dict[str, Any]) -> tuple[str, str]:
    """Hash and text of the component in the slice."""
    members = result["_meta"]["ai.ggui/render"]
    code = base64.b64decode(members["codeB64"])
    assert sha256(code).hexdigest() == members["codeHash"]
    return members["codeHash"], code.decode()


async def exported(server: Booted, folder: Path) -> str:
    cli = click.Group("ggui")
    blueprints.ggui_commands(cli)
    args = ["export-pool", "--out", str(folder), "--url", server.base_url]
    answer = await asyncio.to_thread(CliRunner().invoke, cli, args)
    assert answer.exit_code == 0, (answer.output, answer.exception)
    return answer.output


async def test_what_one_server_wrote_another_serves_without_compiler_and_generator(tmp_path: Path) -> None:
    async with booted(installed=True, args=["--dev-allow-all"]) as server:
        _, fresh = await rendered(server)
        assert fresh["structuredContent"]["cache"]["hit"] is False
        address, text = shown_code(fresh)
        assert "Wrote 1 blueprints" in await exported(server, tmp_path / "pool")
    args = ["--dev-allow-all", "--seed-pool", str(tmp_path / "pool")]
    async with booted([sessions, renderer, blueprints], args=args) as server:
        proposal, shown = await rendered(server)
        assert (proposal["action"], proposal["suggestion"]["origin"]) == ("reuse", "cache")
        assert shown["structuredContent"]["cache"]["hit"] is True
        assert shown_code(shown) == (address, text)
        assert proposal["suggestion"]["blueprintMeta"]["codeHash"] == address
        assert (
            shown["structuredContent"]["blueprintId"]
            == proposal["suggestion"]["blueprintMeta"]["blueprintId"]
        )


@pytest.mark.spec("02 18.15", "02 19.25")
async def test_the_second_render_of_a_contract_is_the_first_one_again() -> None:
    async with booted(installed=True, args=["--dev-allow-all"]) as server:
        _, first = await rendered(server)
        proposal, second = await rendered(server)
        assert proposal["suggestion"]["origin"] == "cache"
        assert proposal["suggestion"]["blueprintMeta"]["source"] == {
            "kind": "llm",
            "generator": "forms",
            "model": "none",
        }
        assert shown_code(second) == shown_code(first)
        assert second["structuredContent"]["blueprintId"] == first["structuredContent"]["blueprintId"] != ""
        async with asyncio.timeout(PATIENCE_S):  # a use is written after the answer
            while await hits(server) != [1]:
                await asyncio.sleep(0.01)


async def hits(server: Booted) -> list[int]:
    listed = (await called(server, "ggui_ops_list_blueprints", "/ops"))["structuredContent"]["blueprints"]
    return [row["hits"] for row in listed]


async def test_what_an_operator_registered_is_shown_to_the_byte_until_it_is_yanked() -> None:
    async with booted(installed=True, args=["--dev-allow-all"]) as server:
        await rendered(server)
        registered = (
            await called(
                server,
                "ggui_ops_register_blueprint",
                "/ops",
                contract=CONTRACT,
                componentCode=MODULE,
                confirm=True,
            )
        )["structuredContent"]
        assert registered["codeHash"] == sha256(MODULE.encode()).hexdigest()
        proposal, shown = await rendered(server)
        assert proposal["suggestion"]["blueprintMeta"]["blueprintId"] == registered["blueprintId"]
        assert shown_code(shown) == (registered["codeHash"], MODULE)
        session = shown["structuredContent"]["sessionId"]
        await called(server, "ggui_ops_yank_blueprint", "/ops", blueprintId=registered["blueprintId"])
        _, fresh = await rendered(server)
        assert fresh["structuredContent"]["cache"]["hit"] is False
        assert shown_code(fresh)[1] != MODULE
        await called(server, "ggui_update", sessionId=session, kind="merge", patch={"level": 2})


async def test_a_yank_between_handshake_and_render_counts() -> None:
    async with booted(installed=True, args=["--dev-allow-all"]) as server:
        registered = await called(
            server, "ggui_ops_register_blueprint", "/ops", contract=CONTRACT, componentCode=MODULE
        )
        agreed = await called(
            server, "ggui_handshake", intent="the tide", blueprintDraft={"contract": CONTRACT}
        )
        await called(
            server,
            "ggui_ops_yank_blueprint",
            "/ops",
            blueprintId=registered["structuredContent"]["blueprintId"],
        )
        shown = await called(
            server, "ggui_render", handshakeId=agreed["structuredContent"]["handshakeId"], props={"level": 1}
        )
        assert shown_code(shown)[1] != MODULE


@pytest.mark.parametrize("compiles", [True, False])
async def test_a_declared_ui_is_what_a_render_shows(tmp_path: Path, compiles: bool) -> None:
    folder = tmp_path / "ui" / "tide"
    folder.mkdir(parents=True)
    manifest = {"id": "tide", "name": "Tide", "contract": CONTRACT}
    if not compiles:
        manifest["entryPoint"] = "ui/tide/tide.js"
    (folder / "ggui.ui.json").write_text(json.dumps(manifest))
    (folder / "ggui.ui.tsx").write_text(
        "export default function Tide(p: { level: number }) { return <i>{p.level}</i>; }"
    )
    (folder / "tide.js").write_text(MODULE)
    plugins = [sessions, renderer, blueprints]
    if compiles:
        plugins.append(compiler)
    config = {"blueprints": {"include": ["ui/**"]}}
    async with booted(plugins, args=["--dev-allow-all"], config=config, root=tmp_path) as server:
        proposal, shown = await rendered(server)
        assert proposal["suggestion"]["origin"] == "cache"
        assert proposal["suggestion"]["blueprintMeta"]["source"] == {"kind": "user"}
        _, text = shown_code(shown)
        assert (text == MODULE) is not compiles
        listed = (await called(server, "ggui_list_featured_blueprints"))["structuredContent"]
        assert [one["id"] for one in listed["blueprints"]] == ["tide"]

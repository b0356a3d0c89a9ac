"""Parts of the catalog that the runtime does not hold: where they come from, and what shows until they are here."""

from __future__ import annotations

import hashlib
import json

import pytest
from playwright.async_api import expect

from .building import STATIC
from .harness import Host, render_slice

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

WITH_TABLE = (
    'import{jsx as e,jsxs as t}from"react/jsx-runtime";import{DataTable as n,Text as r}from"@ggui-ai/design";'
    'function o(){return t("div",{children:[e(r,{children:"Beside the table"}),'
    'e(n,{caption:"Orders",columns:[{key:"id",header:"Order"}],data:[{id:"o-7"}]})]})}export{o as default};'
)


def part(name: str) -> str:
    return (STATIC / f"catalog-{name}.js").read_text("utf-8")


async def test_a_part_in_the_document_needs_no_network(host: Host) -> None:
    written = json.dumps(part("more")).replace("<", "\\u003c")
    tag = f'<script type="application/json" data-ggui-part="more">{written}</script>'
    frame = await host.open(render_slice(WITH_TABLE), body=tag)
    await expect(frame.get_by_role("table", name="Orders")).to_be_visible()


async def test_a_part_that_is_nowhere_leaves_the_rest_of_the_card(host: Host) -> None:
    frame = await host.open(render_slice(WITH_TABLE))
    await expect(frame.get_by_text("Beside the table")).to_be_visible()
    await expect(frame.get_by_text("This part could not be loaded.")).to_be_visible()
    await expect(frame.get_by_role("button", name="Try again")).to_be_visible()


async def test_the_runtime_runs_only_the_parts_it_was_built_with(host: Host) -> None:
    other = json.dumps(part("more") + "\n").replace("<", "\\u003c")
    tag = f'<script type="application/json" data-ggui-part="more">{other}</script>'
    frame = await host.open(render_slice(WITH_TABLE), body=tag)
    await expect(frame.get_by_text("This part could not be loaded.")).to_be_visible()


async def test_the_runtime_knows_the_digest_of_each_part() -> None:
    runtime = (STATIC / "runtime.js").read_text("utf-8")
    for name in ("more", "icons"):
        assert hashlib.sha256(part(name).encode()).hexdigest() in runtime

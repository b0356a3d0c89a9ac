"""Every entry of the catalog, compiled as a generator's component is, mounted by the runtime and used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Frame, expect

from ggui_renderer.catalog import BuiltCatalog

from .building import WEB, axe, esbuild
from .harness import Host, Json, render_slice, until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="session")
def catalog() -> str:
    """The module that the compiler makes of the catalog's component."""
    source: Path = WEB / "packages/design/tests/catalog.tsx"
    flags = ["--format=esm", "--jsx=automatic", "--target=es2020", "--minify", "--charset=utf8"]
    return esbuild(source, *flags)


async def opened(host: Host, catalog: str, mode: str = "light", width: int = 640) -> Frame:
    await host.page.set_viewport_size({"width": width, "height": 900})
    frame = await host.open(render_slice(catalog), context={"theme": mode}, followsSize=True)
    await expect(frame.get_by_role("heading", name="Every entry of the catalog")).to_be_visible()
    await expect(frame.locator("html")).to_have_attribute("data-theme", mode)
    return frame


async def pressed(frame: Frame) -> int:
    return int(await frame.get_by_test_id("presses").inner_text())


async def values(frame: Frame) -> Json:
    told: Json = json.loads(await frame.get_by_test_id("values").inner_text())
    return told


@pytest.mark.parametrize("width", [760, 320])
@pytest.mark.parametrize("mode", ["light", "dark"])
async def test_no_accessibility_fault_and_nothing_cut_off(
    host: Host, catalog: str, mode: str, width: int
) -> None:
    frame = await opened(host, catalog, mode, width)
    assert await frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await frame.evaluate("source => { (0, eval)(source) }", axe())
    # Rules about whole pages; this one is a part of another.
    page_rules = ["region", "landmark-one-main", "page-has-heading-one", "heading-order"]
    options: dict[str, Any] = {"runOnly": RULES, "rules": {name: {"enabled": False} for name in page_rules}}
    found = await frame.evaluate(
        "options => axe.run(document, options).then(({violations}) =>"
        " violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 200))]))",
        options,
    )
    assert found == []


async def test_buttons_press_unless_they_are_busy_or_disabled(host: Host, catalog: str) -> None:
    frame = await opened(host, catalog)
    for name in ("primary", "danger", "Size xs", "Full width"):
        await frame.get_by_role("button", name=name, exact=True).click()
    assert await pressed(frame) == 4
    busy = frame.get_by_role("button", name="Saving")
    await expect(busy).to_have_attribute("aria-busy", "true")
    await busy.focus()
    await busy.press("Enter")
    await expect(frame.get_by_role("button", name="Disabled")).to_be_disabled()
    assert await pressed(frame) == 4


async def test_fields_hand_over_values(host: Host, catalog: str) -> None:
    frame = await opened(host, catalog)
    await frame.get_by_label("Name").fill("Grace")
    await frame.get_by_label("E-mail").fill("g@example.com")
    await frame.get_by_label("Note").fill("Twice.")
    await frame.get_by_label("Priority").select_option("a")
    await frame.get_by_label("Tell me when it ships").uncheck()
    await frame.get_by_role("switch", name="Express").focus()
    await frame.get_by_role("switch", name="Express").press("Space")
    await frame.get_by_role("radio", name="Tuesday").focus()
    await frame.get_by_role("radio", name="Tuesday").press("ArrowLeft")
    assert await values(frame) == {
        "name": "Grace",
        "email": "g@example.com",
        "note": "Twice.",
        "priority": "a",
        "ships": False,
        "express": True,
        "slot": "a",
    }
    await expect(frame.get_by_text("6 / 200")).to_be_visible()


async def test_texts_around_a_control_are_tied_to_it(host: Host, catalog: str) -> None:
    frame = await opened(host, catalog)
    email = frame.get_by_label("E-mail")
    await expect(email).to_have_attribute("aria-invalid", "true")
    await expect(email).to_have_accessible_description("Enter an address such as you@example.com")
    await expect(email).to_have_attribute("required", "")
    await expect(frame.get_by_role("alert").filter(has_text="Enter an address")).to_be_visible()
    await expect(frame.get_by_label("Name")).to_have_accessible_description("As on the door")
    await expect(frame.get_by_label("Note")).to_have_accessible_description("Only the courier sees this.")
    await expect(frame.get_by_label("Plain input")).to_have_accessible_description(
        "Styled and tied to its label"
    )
    catalog_input = frame.get_by_label("Catalog input")
    await expect(catalog_input).to_have_accessible_description("Not long enough")
    await expect(catalog_input).to_have_attribute("aria-invalid", "true")
    await expect(frame.get_by_label("Terms")).to_have_accessible_description("Please accept to continue")
    await expect(frame.get_by_role("radiogroup", name="Choice")).to_have_accessible_description("Choose one")
    assert await frame.get_by_label("Partly").evaluate("box => box.indeterminate")


async def test_a_table_sorts_by_its_headers(host: Host, catalog: str) -> None:
    frame = await opened(host, catalog, width=760)
    total = frame.get_by_role("columnheader", name="Total")
    await expect(total).to_have_attribute("aria-sort", "ascending")
    await total.get_by_role("button").click()
    await expect(total).to_have_attribute("aria-sort", "descending")
    await frame.get_by_role("columnheader", name="Customer").get_by_role("button").first.click()
    await expect(total).to_have_attribute("aria-sort", "none")


async def test_a_narrow_table_is_a_list_of_labelled_cards_and_still_a_table(host: Host, catalog: str) -> None:
    frame = await opened(host, catalog, width=320)
    table = frame.get_by_role("table", name="Orders of this week")
    cells = table.get_by_role("row").nth(1).get_by_role("cell")
    assert await cells.count() == 6
    boxes = [box for box in [await cells.nth(n).bounding_box() for n in range(3)] if box is not None]
    assert boxes[0]["y"] < boxes[1]["y"] < boxes[2]["y"]
    label = "cell => getComputedStyle(cell, '::before').content"
    assert await cells.nth(1).evaluate(label) == '"Customer"'
    assert await cells.nth(5).evaluate(label) == "none"
    await expect(frame.get_by_role("button", name="Open o-8, row 1")).to_be_visible()


async def test_notices_and_tags_can_be_taken_away(host: Host, catalog: str) -> None:
    frame = await opened(host, catalog)
    await frame.get_by_role("button", name="Remove urgent").click()
    await expect(frame.get_by_text("urgent")).to_have_count(0)
    dismiss = frame.get_by_role("button", name="Dismiss")
    before = await dismiss.count()
    await dismiss.first.click()
    await expect(dismiss).to_have_count(before - 1)


async def test_a_missing_image_shows_its_words(host: Host, catalog: str) -> None:
    frame = await opened(host, catalog)
    await expect(frame.get_by_text("A picture that is missing")).to_be_visible()
    await until(lambda: frame.evaluate("document.images.length === 1"), "the other image")


async def test_motion_stops_for_whom_it_disturbs(host: Host, catalog: str) -> None:
    await host.page.emulate_media(reduced_motion="reduce")
    frame = await opened(host, catalog)
    duration = "getComputedStyle(document.querySelector('.ggui-skeleton')).animationDuration"
    assert float((await frame.evaluate(duration)).removesuffix("s")) < 0.001


async def test_focus_is_visible(host: Host, catalog: str) -> None:
    frame = await opened(host, catalog)
    for name in ("primary", "outline"):
        button = frame.get_by_role("button", name=name, exact=True)
        await button.focus()
        await button.press("Shift")  # the keyboard is in use
        outline = await button.evaluate(
            "b => [getComputedStyle(b).outlineStyle, getComputedStyle(b).outlineWidth]"
        )
        assert outline == ["solid", "2px"]


async def test_the_server_knows_what_the_view_offers(host: Host, catalog: str) -> None:
    frame = await opened(host, catalog)
    offered = await frame.evaluate(
        "() => { const { react, reactDom, primitives, tokens, wire, gadgets } = globalThis.__ggui__;"
        " const of = (namespace) => Object.keys(namespace).sort();"
        " return {react: of(react), 'react-dom': of(reactDom), '@ggui-ai/design': of(primitives),"
        " '@ggui-ai/design/tokens': of(tokens), '@ggui-ai/wire': of(wire),"
        " '@ggui-ai/gadgets': of(gadgets['@ggui-ai/gadgets'])} }"
    )
    known = BuiltCatalog.load().modules
    assert offered == {specifier: sorted(known[specifier]) for specifier in offered}

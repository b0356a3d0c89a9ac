"""The page that shows every component: each of them in each of its states, in light and dark, and by keyboard."""

from __future__ import annotations

import json
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, expect

from ggui_renderer.built import STATIC

from .runtime.building import axe
from .runtime.harness import Origin

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SHOTS = os.environ.get("GGUI_CATALOG_SHOTS")
"""A folder to which each page is drawn, to be looked at."""

HOOKS = {"useMotion", "useAnimationKey"}
WITHIN_ANOTHER = {"MenuItem", "FormField", "renderRichTextInlines"}
STATES: dict[str, list[tuple[str, str]]] = {
    "Accordion": [("How long", "click"), ("What does it cost", "click")],
    "Autocomplete": [("City", "click"), ("City", "ArrowDown")],
    "Button": [("Primary", "hover"), ("Primary", "focus")],
    "Card": [],
    "Checkbox": [("Tell me", "focus")],
    "ChatWindow": [("Write a message", "focus")],
    "CommandPalette": [("Open the palette", "click")],
    "CommentThread": [("Reply: Ada", "click")],
    "DataTable": [("Select all", "click"), ("Customer", "click")],
    "Dropdown": [("View:", "click")],
    "Input": [("E-mail", "focus")],
    "Modal": [("Open the dialog", "click")],
    "Pagination": [("Next page", "click")],
    "Slider": [("Volume", "focus")],
    "Tabs": [("History", "click")],
    "Toast": [("Show an error", "click")],
    "Tooltip": [("top", "focus")],
}
"""What is done on a page before it is looked at once more: the start of a control's name, and how it is used."""


def subjects() -> list[str]:
    """Every component that the page has examples of."""
    told = re.search(r'id="told">(.*?)</script>', (STATIC / "catalog.html").read_text("utf-8"), re.DOTALL)
    assert told is not None
    return sorted({name.split("_")[0] for name in json.loads(told[1])["examples"]})


async def _document(_: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / "catalog.html")


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    app = web.Application()
    app.router.add_get("/", _document)
    app.router.add_static("/", STATIC)
    site = Origin(app)
    await site.start()
    context = await browser.new_context(viewport={"width": 1000, "height": 800}, reduced_motion="reduce")
    page = await context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type in ("error", "warning") else None)
    await page.goto(site.url)
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await page.evaluate(f"(0, eval)({json.dumps(axe())})")
    yield page
    await context.close()
    await site.stop()
    assert [problem for problem in problems if "net::ERR_INVALID_URL" not in problem] == []


async def shown(page: Page, name: str, mode: str, direction: str = "ltr") -> None:
    await page.evaluate(f"location.hash = {json.dumps(name)}")
    await expect(page.get_by_role("heading", level=1, name=name, exact=True).first).to_be_visible()
    await page.get_by_role("switch", name="Dark").set_checked(mode == "dark")
    await page.get_by_role("switch", name="Right to left").set_checked(direction == "rtl")
    await expect(page.locator("html")).to_have_attribute("data-theme", mode)
    await expect(page.locator("html")).to_have_attribute("dir", direction)


async def faults(page: Page) -> Any:
    return await page.evaluate(
        "rules => axe.run(document, {runOnly: rules}).then(({violations}) =>"
        " violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 160))]))",
        RULES,
    )


async def used(page: Page, name: str, how: str) -> None:
    main = page.locator("[data-example]")
    control = main.get_by_label(re.compile(f"^{re.escape(name)}")).or_(
        main.get_by_role("button", name=re.compile(f"^{re.escape(name)}"))
    )
    control = control.or_(main.get_by_role("tab", name=re.compile(f"^{re.escape(name)}"))).first
    if how == "click":
        await control.click()
    elif how == "hover":
        await control.hover()
    elif how == "focus":
        await control.focus()
        await page.keyboard.press("Shift")
    else:
        await control.press(how)


async def test_the_page_shows_every_component() -> None:
    known = json.loads((STATIC / "catalog.json").read_text("utf-8"))
    names = set(known["modules"]["@ggui-ai/design"])
    assert names - set(subjects()) - WITHIN_ANOTHER - HOOKS == set()


@pytest.mark.parametrize("mode", ["light", "dark"])
async def test_no_component_has_an_accessibility_fault_in_any_state(page: Page, mode: str) -> None:
    found = {}
    for name in subjects():
        await shown(page, name, mode)
        states = [("", ""), *STATES.get(name, [])]
        for control, how in states:
            if control:
                await used(page, control, how)
            if wrong := await faults(page):
                found[f"{name} {control} {how}".strip()] = wrong
            if SHOTS:
                file = f"{mode}-{name}-{control or 'start'}-{how}.png".replace(" ", "_").replace(":", "")
                await page.screenshot(path=Path(SHOTS) / file, full_page=True)
        await page.keyboard.press("Escape")
    assert found == {}


async def test_nothing_is_cut_off_on_a_phone_in_either_direction(page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 700})
    wide = []
    for name in subjects():
        for direction in ("ltr", "rtl"):
            await shown(page, name, "light", direction)
            if not await page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                wide.append(f"{name} {direction}")
    assert wide == []


async def test_the_keyboard_reaches_and_leaves_every_control(page: Page) -> None:
    stuck = []
    for name in subjects():
        await shown(page, name, "light")
        await page.locator("h1").first.evaluate("h => { h.tabIndex = -1; h.focus() }")
        wanted = await page.locator("[data-example]").evaluate_all(
            "all => all.flatMap(e =>"
            " [...e.querySelectorAll('a[href],button,input,select,textarea,[tabindex=\"0\"]')])"
            ".filter(e => !e.disabled && e.tabIndex >= 0 && e.type !== 'file' && e.checkVisibility()"
            " && !e.closest('[inert]') && !(e.type === 'radio' && !e.checked))"
            ".map((e, i) => (e.dataset.reach = i)).length"
        )
        reached: set[str] = set()
        for _ in range(3 * wanted + 12):
            await page.keyboard.press("Tab")
            at = await page.evaluate("document.activeElement?.dataset.reach ?? null")
            if at is not None:
                reached.add(at)
        if len(reached) < wanted:
            stuck.append((name, wanted, sorted(reached)))
    assert stuck == []


async def test_a_dialog_keeps_the_focus_and_gives_it_back(page: Page) -> None:
    await shown(page, "Modal", "light")
    opener = page.get_by_role("button", name="Open the dialog")
    await opener.focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="New order")
    await expect(dialog.get_by_label("Customer")).to_be_focused()
    for _ in range(8):
        await page.keyboard.press("Tab")
        # Between the last and the first control the browser itself has the focus, then the page's body.
        assert await page.evaluate(
            "document.activeElement === document.body || document.activeElement.closest('dialog') !== null"
        )
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(opener).to_be_focused()


async def test_a_menu_is_used_by_keyboard(page: Page) -> None:
    await shown(page, "Dropdown", "light")
    trigger = page.get_by_role("button", name="View: week")
    await trigger.focus()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("menuitemradio", name="Week")).to_be_focused()
    await page.keyboard.press("m")
    await expect(page.get_by_role("menuitemradio", name="Month")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="View: month")).to_be_focused()
    await expect(page.get_by_role("menu")).to_have_count(0)


async def test_arrows_between_tabs_follow_the_direction_of_the_text(page: Page) -> None:
    await shown(page, "Tabs", "light", "rtl")
    tabs = page.get_by_role("tablist", name="Line")
    await tabs.get_by_role("tab", name="Overview").focus()
    await page.keyboard.press("ArrowLeft")
    await expect(tabs.get_by_role("tab", name="History")).to_be_focused()
    await expect(tabs.get_by_role("tab", name="History")).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Home")
    await expect(tabs.get_by_role("tab", name="Overview")).to_be_focused()


async def test_a_combobox_names_the_option_that_enter_takes(page: Page) -> None:
    await shown(page, "Autocomplete", "light")
    city = page.get_by_role("combobox", name="City")
    await city.fill("ber")
    options = page.get_by_role("option")
    assert await options.all_inner_texts() == ["Berlin", "Bergen", "Bern"]
    await city.press("ArrowDown")
    await city.press("ArrowDown")
    active = await city.get_attribute("aria-activedescendant")
    assert await page.locator(f"[id='{active}']").inner_text() == "Bergen"
    await city.press("Enter")
    await expect(city).to_have_value("Bergen")
    await expect(options).to_have_count(0)


async def test_a_table_of_data_sorts_selects_and_opens(page: Page) -> None:
    await shown(page, "DataTable", "light")
    table = page.get_by_role("table", name="Orders")
    await table.get_by_role("button", name="Total").click()
    totals = table.locator("tbody td:nth-child(3)")
    assert await totals.all_inner_texts() == ["18.5", "42", "1,240"]
    await table.get_by_label("Select o-9").check()
    await table.get_by_role("button", name="Grace Hopper").press("Enter")
    await expect(page.get_by_text("Opened: o-8; selected: o-8, o-9")).to_be_visible()

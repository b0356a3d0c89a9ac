"""What axe-core finds, and what the page looks like on a phone and in the dark."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Frame, Page, expect

from ggui_core.testing import Booted, booted

from .conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
CARD_MS = 30_000
"""A first card is compiled and its runtime loaded, on a slow machine too."""
SCREENS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 360, "height": 740}},
    "phone-dark": {"color_scheme": "dark", "viewport": {"width": 360, "height": 740}},
}


async def violations(page: Page | Frame, axe: str) -> list[str]:
    await page.evaluate(axe)
    # Frames are looked at one by one: that of a card does not answer the scripts of the page around it. A card is a
    # part of a page, so what axe recommends for whole pages (landmarks, headings) does not concern it.
    only = [] if isinstance(page, Page) else WCAG
    found = await page.evaluate(
        """only => axe.run(document, {
            resultTypes: ['violations'], iframes: false, ...(only.length > 0 ? {runOnly: only} : {}),
        })""",
        only,
    )
    return [f"{rule['id']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]]


@pytest.mark.parametrize("screen", SCREENS)
async def test_every_state_is_accessible_and_fits_the_screen(
    server: Booted, visit: Visit, admin_token: str, axe: str, screen: str, tmp_path: Path
) -> None:
    page = await visit(server, **SCREENS[screen])
    found: dict[str, list[str]] = {}
    wide: list[str] = []

    async def look(state: str) -> None:
        found[state] = await violations(page, axe)
        await page.screenshot(path=tmp_path / f"{screen}-{state}.png", full_page=True)
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(state)

    await expect(page.get_by_text("Running well")).to_be_visible()
    await look("idle")
    await page.get_by_role("button", name="Start pairing").click()
    await look("token")
    await page.get_by_label("Admin token").fill("ggui_admin_wrong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text(re.compile("not this server"))
    await look("wrong-token")
    await page.get_by_label("Admin token").fill(admin_token)
    await page.keyboard.press("Enter")
    await expect(page.locator("#code-digits .digit")).to_have_count(6)
    await page.get_by_text("Pair from a command line").click()
    await look("code")
    await page.get_by_role("button", name="Create a key for Claude Desktop").click()
    await expect(page.get_by_role("button", name="Revoke Claude Desktop")).to_be_visible()
    await look("key")
    await page.get_by_role("button", name="Revoke Claude Desktop").click()
    await look("revoke")

    assert {state: faults for state, faults in found.items() if faults} == {}
    assert wide == []


async def test_the_sign_in_page_is_accessible(server: Booted, visit: Visit, axe: str) -> None:
    page = await visit(server, "/admin-login")

    assert await violations(page, axe) == []


@pytest.mark.parametrize("screen", SCREENS)
async def test_every_state_of_try_it_is_accessible_and_fits_the_screen(
    visit: Visit, axe: str, screen: str, tmp_path: Path
) -> None:
    found: dict[str, list[str]] = {}
    wide: list[str] = []

    async with booted(installed=True) as server:
        page = await visit(server, "/try", **SCREENS[screen])

        async def look(state: str) -> None:
            frames = page.frames[1:]
            found[state] = await violations(page, axe)
            for depth, frame in enumerate(frames, start=1):
                found[f"{state}, frame {depth}"] = await violations(frame, axe)
            await page.screenshot(path=tmp_path / f"{screen}-{state}.png", full_page=True)
            if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wide.append(state)

        await page.get_by_role("tab", name="To-do board").click()
        await page.get_by_text("The contract that the agent proposes").click()
        await look("idle")
        await page.get_by_role("button", name="Start").click()
        await look("token")
        await page.get_by_label("Admin token").fill(server.beacon("ADMIN_TOKEN") or "")
        await page.keyboard.press("Enter")
        card = page.frame_locator("#card-place iframe").frame_locator("#stage iframe")
        complete = card.get_by_role("button", name="Complete: Collect the keys")
        await expect(complete).to_be_visible(timeout=CARD_MS)
        await look("card")
        await complete.click()
        await expect(page.locator("#log .gesture")).to_have_count(1)
        await page.get_by_role("button", name="Show all JSON").click()
        await look("gesture")
        await page.get_by_role("button", name="Stop").click()
        await look("stopped")
    await page.get_by_role("button", name="Start").click()
    await expect(page.get_by_role("alert").first).to_contain_text("did not answer")
    await look("failed")

    assert {state: faults for state, faults in found.items() if faults} == {}
    assert len([state for state in found if state.startswith("card")]) == 3
    assert wide == []


async def test_dark_mode_is_dark_and_light_mode_is_light(server: Booted, visit: Visit) -> None:
    async def paper(scheme: str) -> int:
        page = await visit(server, color_scheme=scheme)
        colour = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(int(part) for part in re.findall(r"\d+", colour)[:3])

    assert await paper("dark") < 150
    assert await paper("light") > 600

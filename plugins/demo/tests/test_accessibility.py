"""What axe-core finds, and what the page looks like on a phone and in the dark."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from playwright.async_api import Page, expect

from ggui_core.testing import Booted

from .conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

WEB = Path(__file__).resolve().parent.parent / "web"
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
SCREENS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 360, "height": 740}},
    "phone-dark": {"color_scheme": "dark", "viewport": {"width": 360, "height": 740}},
}


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, from the locked npm packages."""
    bundle = runpy.run_path(str(WEB / "bundle.py"))
    try:
        with FileLock(WEB / ".build.lock"):
            bundle["install"](WEB, development=True)
    except RuntimeError as error:
        pytest.skip(f"axe-core could not be installed: {error}")
    return AXE.read_text("utf-8")


async def violations(page: Page, axe: str) -> list[str]:
    await page.evaluate(axe)
    found = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
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


async def test_dark_mode_is_dark_and_light_mode_is_light(server: Booted, visit: Visit) -> None:
    async def paper(scheme: str) -> int:
        page = await visit(server, color_scheme=scheme)
        colour = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(int(part) for part in re.findall(r"\d+", colour)[:3])

    assert await paper("dark") < 150
    assert await paper("light") > 600

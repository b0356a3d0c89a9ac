"""The page *Try it* as people use it: a real browser, a real server, real cards."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import FrameLocator, Locator, Page, expect

import ggui_demo.plugin as demo
import ggui_pairing.plugin as pairing
from ggui_core.testing import Booted, booted

from .conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CARD_MS = 30_000
"""A first card is compiled and its runtime loaded, on a slow machine too."""


@pytest_asyncio.fixture(loop_scope="session")
async def full() -> AsyncIterator[Booted]:
    """Everything that a first card takes."""
    async with booted(installed=True) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def open_to_all() -> AsyncIterator[Booted]:
    """The same in development mode."""
    async with booted(installed=True, args=["--dev-allow-all"]) as running:
        yield running


def token_of(server: Booted) -> str:
    token = server.beacon("ADMIN_TOKEN")
    assert token is not None
    return token


async def start(page: Page, sample: str) -> FrameLocator:
    """Choose a sample, start it, and return its card once it is there."""
    await page.get_by_role("tab", name=sample).click()
    await page.get_by_role("button", name=re.compile("^Start")).click()
    return card(page)


async def sign_in(page: Page, server: Booted) -> None:
    await page.get_by_label("Admin token").fill(token_of(server))
    await page.get_by_role("button", name="Sign in").click()


def card(page: Page) -> FrameLocator:
    """The sandbox inside the viewer page inside the page."""
    return page.frame_locator("#card-place iframe").frame_locator("#stage iframe")


def gestures(page: Page) -> Locator:
    return page.locator("#log .gesture")


def calls(page: Page, name: str) -> Locator:
    return page.locator("#log .call", has=page.locator(".call-name", has_text=re.compile(f"^{name}$")))


def row(cards: FrameLocator, title: str) -> Locator:
    """The row of a task, whether it stands in a table or in cards."""
    return cards.locator("tr, li, [role=listitem], [role=row]", has_text=title).last


async def devices(server: Booted) -> list[str]:
    admin = {"Authorization": f"Bearer {token_of(server)}"}
    async with server.client.get(f"{server.base_url}/admin/pair", headers=admin) as response:
        return [pairing["deviceName"] for pairing in (await response.json())["pairings"]]


async def seen(gesture: Locator) -> dict[str, Any]:
    """The event of a gesture, as the page prints it."""
    event: dict[str, Any] = json.loads(await gesture.locator("pre").inner_text())
    return event


async def test_a_row_action_reaches_the_agent_and_the_card_repaints(full: Booted, visit: Visit) -> None:
    page = await visit(full, "/")
    await page.get_by_role("link", name="Try it").click()
    await start(page, "To-do board")
    await sign_in(page, full)
    await expect(row(card(page), "Collect the keys")).to_contain_text("open", timeout=CARD_MS, ignore_case=True)

    await row(card(page), "Collect the keys").get_by_role("button", name="Complete").click()

    await expect(gestures(page)).to_have_count(1)
    event = await seen(gestures(page).first)
    assert (event["intent"], event["actionData"]) == ("complete_todo", {"todoId": "keys"})
    await expect(row(card(page), "Collect the keys")).to_contain_text("done", ignore_case=True)
    await expect(calls(page, "ggui_update")).to_contain_text("the card repaints")
    await expect(row(card(page), "Redirect the post")).to_contain_text("open", ignore_case=True)


async def test_the_agent_pairs_itself_once_and_is_revoked_when_the_page_goes(full: Booted, visit: Visit) -> None:
    page = await visit(full, "/try")
    await start(page, "To-do board")
    await sign_in(page, full)
    await expect(card(page).get_by_text("Collect the keys")).to_be_visible(timeout=CARD_MS)
    await start(page, "Feedback form")
    await expect(card(page).get_by_text("How did your support chat go?")).to_be_visible(timeout=CARD_MS)
    assert await devices(full) == ["Try it"]

    await page.goto(f"{full.base_url}/")

    await expect(page.get_by_text("No device is paired yet.")).to_be_visible()

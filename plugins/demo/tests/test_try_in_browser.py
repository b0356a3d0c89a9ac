"""The page *Try it* as people use it: a real browser, a real server, real cards."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import FrameLocator, Locator, Page, expect

import ggui_demo.plugin as demo
import ggui_pairing.plugin as pairing
from ggui_core.consumers import ActiveConsumers
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


def shown(cards: FrameLocator, words: str) -> Locator:
    """Words that the person can see: what stands there while the card loads stays behind it, hidden."""
    return cards.get_by_text(words).filter(visible=True)


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
    await expect(row(card(page), "Collect the keys")).to_contain_text(
        "open", timeout=CARD_MS, ignore_case=True
    )

    await row(card(page), "Collect the keys").get_by_role("button", name="Complete").click()

    await expect(gestures(page)).to_have_count(1)
    event = await seen(gestures(page).first)
    assert (event["intent"], event["actionData"]) == ("complete_todo", {"todoId": "keys"})
    await expect(row(card(page), "Collect the keys")).to_contain_text("done", ignore_case=True)
    await expect(calls(page, "ggui_update")).to_contain_text("the card repaints")
    await expect(row(card(page), "Redirect the post")).to_contain_text("open", ignore_case=True)


async def test_the_agent_pairs_itself_once_and_is_revoked_when_the_page_goes(
    full: Booted, visit: Visit
) -> None:
    page = await visit(full, "/try")
    await start(page, "To-do board")
    await sign_in(page, full)
    await expect(shown(card(page), "Collect the keys")).to_be_visible(timeout=CARD_MS)
    await start(page, "Feedback form")
    await expect(shown(card(page), "How did your support chat go?")).to_be_visible(timeout=CARD_MS)
    assert await devices(full) == ["Try it"]

    await page.goto(f"{full.base_url}/")

    await expect(page.get_by_text("No device is paired yet.")).to_be_visible()


async def test_a_form_is_answered_on_the_same_card(full: Booted, visit: Visit) -> None:
    page = await visit(full, "/try")
    form = await start(page, "Feedback form")
    await sign_in(page, full)
    await expect(shown(form, "How did your support chat go?")).to_be_visible(timeout=CARD_MS)

    await form.get_by_label("Comment").fill("Quick and friendly.")
    await choose(form, "How was it?", "good")
    await form.get_by_role("button", name="Send feedback").click()

    event = await seen(gestures(page).first)
    assert event["actionData"] == {"rating": "good", "comment": "Quick and friendly."}
    await expect(shown(form, "Thank you! You found it good")).to_be_visible()


async def choose(form: FrameLocator, label: str, value: str) -> None:
    """Pick a value of a closed set, whichever control shows it."""
    option = form.get_by_role("radio", name=re.compile(value, re.IGNORECASE))
    if await option.count() > 0:
        await option.check()
    else:
        await form.get_by_label(label).select_option(value)


async def test_a_stream_arrives_on_the_card_while_it_is_open(full: Booted, visit: Visit) -> None:
    page = await visit(full, "/try")
    status = await start(page, "Live status")
    await sign_in(page, full)

    await expect(shown(status, "Version 42 is live in both regions")).to_be_visible(timeout=CARD_MS)
    await expect(shown(status, "Payments answer slowly")).to_be_visible(timeout=CARD_MS)
    await expect(calls(page, "ggui_emit").last).to_contain_text("×")


async def test_stopping_leaves_the_card_and_ends_the_calls(full: Booted, visit: Visit) -> None:
    page = await visit(full, "/try")
    board = await start(page, "To-do board")
    await sign_in(page, full)
    await expect(shown(board, "Collect the keys")).to_be_visible(timeout=CARD_MS)
    await expect(calls(page, "ggui_consume")).to_contain_text("waits")
    session_id = await rendered_session(page)

    await page.get_by_role("button", name="Stop").click()

    await expect(page.get_by_text("The agent has stopped listening.").first).to_be_visible()
    await expect(page.get_by_role("button", name="Start")).to_be_focused()
    await expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    await expect(shown(board, "Collect the keys")).to_be_visible()
    await nobody_listens(full, session_id)


async def rendered_session(page: Page) -> str:
    """The id of the session that the page's agent rendered."""
    answer = calls(page, "ggui_render").locator("pre").last
    return str(json.loads(await answer.text_content() or "")["structuredContent"]["sessionId"])


async def nobody_listens(server: Booted, session_id: str) -> None:
    """Returns once no agent is parked on a session."""
    consumers = server.setup.get(ActiveConsumers)
    async with asyncio.timeout(CARD_MS / 1000):
        while (await consumers.attendance(session_id)).parked > 0:
            await asyncio.sleep(0.02)


async def test_another_sample_ends_the_first_one(full: Booted, visit: Visit) -> None:
    page = await visit(full, "/try")
    board = await start(page, "To-do board")
    await sign_in(page, full)
    await expect(shown(board, "Collect the keys")).to_be_visible(timeout=CARD_MS)
    first = await rendered_session(page)

    await page.get_by_role("tab", name="Feedback form").click()

    await expect(page.locator("#card-place iframe")).to_have_count(0)
    await expect(page.locator("#log-entries li")).to_have_count(0)
    await expect(page.get_by_text("Press Start, and the agent renders the feedback form.")).to_be_visible()
    await nobody_listens(full, first)


async def test_starting_again_renders_a_new_card_and_leaves_the_old_one(full: Booted, visit: Visit) -> None:
    page = await visit(full, "/try")
    board = await start(page, "To-do board")
    await sign_in(page, full)
    await expect(shown(board, "Collect the keys")).to_be_visible(timeout=CARD_MS)
    first = await rendered_session(page)

    await page.get_by_role("button", name="Start again").click()

    await expect(calls(page, "ggui_render")).to_contain_text("session")
    assert await rendered_session(page) != first
    await nobody_listens(full, first)
    assert await devices(full) == ["Try it"]


async def test_a_revoked_page_says_so_and_can_start_again(full: Booted, visit: Visit) -> None:
    page = await visit(full, "/try")
    board = await start(page, "To-do board")
    await sign_in(page, full)
    await expect(shown(board, "Collect the keys")).to_be_visible(timeout=CARD_MS)

    await revoke_all(full)

    await expect(page.get_by_role("alert")).to_contain_text("The key of this page was revoked.")
    await page.get_by_role("button", name="Start").click()
    await expect(shown(board, "Collect the keys")).to_be_visible(timeout=CARD_MS)


async def revoke_all(server: Booted) -> None:
    admin = {"Authorization": f"Bearer {token_of(server)}"}
    async with server.client.get(f"{server.base_url}/admin/pair", headers=admin) as response:
        found = (await response.json())["pairings"]
    for pairing_ in found:
        path = f"{server.base_url}/admin/pair/{pairing_['pairingId']}/revoke"
        async with server.client.post(path, json={}, headers=admin) as response:
            assert response.status == 200


async def test_signing_out_revokes_the_page_first(full: Booted, visit: Visit) -> None:
    page = await visit(full, "/try")
    board = await start(page, "To-do board")
    await sign_in(page, full)
    await expect(shown(board, "Collect the keys")).to_be_visible(timeout=CARD_MS)

    await page.get_by_role("button", name="Sign out").click()

    await expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    assert await devices(full) == []


async def test_development_mode_asks_for_nothing_and_pairs_nobody(open_to_all: Booted, visit: Visit) -> None:
    page = await visit(open_to_all, "/try")

    board = await start(page, "To-do board")

    await expect(shown(board, "Collect the keys")).to_be_visible(timeout=CARD_MS)
    await row(board, "Collect the keys").get_by_role("button", name="Complete").click()
    await expect(gestures(page)).to_have_count(1)
    assert await devices(open_to_all) == []


async def test_what_the_agent_sees_is_what_went_over_the_wire(open_to_all: Booted, visit: Visit) -> None:
    page = await visit(open_to_all, "/try")
    sent: list[dict[str, Any]] = []
    page.on("request", lambda request: sent.append(request.post_data_json) if "/mcp" in request.url else None)
    board = await start(page, "To-do board")
    await expect(shown(board, "Collect the keys")).to_be_visible(timeout=CARD_MS)

    names = await page.locator("#log .call-name").all_text_contents()
    await page.get_by_role("button", name="Show all JSON").click()
    asked = json.loads(await calls(page, "ggui_handshake").locator("pre").first.inner_text())

    assert names == ["initialize", "ggui_handshake", "ggui_render", "ggui_consume"]
    assert asked["method"] == "tools/call"
    assert asked["params"] == next(
        message["params"] for message in sent if message.get("params", {}).get("name") == "ggui_handshake"
    )


async def test_without_a_generator_the_server_says_what_to_install(visit: Visit) -> None:
    import ggui_sessions.plugin as sessions

    async with booted([pairing, demo, sessions], args=["--dev-allow-all"]) as server:
        page = await visit(server, "/try")
        await start(page, "To-do board")

        await expect(page.get_by_role("alert")).to_contain_text("no generator")
        await expect(page.get_by_role("alert")).to_contain_text("pip install ggui-forms")
        await expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()


async def test_without_sessions_the_missing_tool_is_named(visit: Visit) -> None:
    async with booted([pairing, demo], args=["--dev-allow-all"]) as server:
        page = await visit(server, "/try")
        await start(page, "To-do board")

        await expect(page.get_by_role("alert")).to_contain_text("ggui_handshake")


async def test_everything_works_from_the_keyboard(full: Booted, visit: Visit) -> None:
    page = await visit(full, "/try")
    await page.get_by_role("tab", name="Feedback form").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("tab", name="To-do board")).to_have_attribute("aria-selected", "true")
    await tab_to(page, page.get_by_role("button", name="Start"))
    await page.keyboard.press("Enter")
    await page.keyboard.type(token_of(full))
    await page.keyboard.press("Enter")
    await expect(shown(card(page), "Collect the keys")).to_be_visible(timeout=CARD_MS)

    complete = row(card(page), "Collect the keys").get_by_role("button", name="Complete")
    await tab_to(page, complete)
    await page.keyboard.press("Enter")

    await expect(gestures(page)).to_have_count(1)
    await expect(row(card(page), "Collect the keys")).to_contain_text("done", ignore_case=True)
    await tab_to(page, page.locator("#log"))
    await page.keyboard.press("Home")
    await expect(page.locator("#log")).to_have_js_property("scrollTop", 0)
    update = calls(page, "ggui_update").locator("summary")
    await tab_to(page, update)
    await page.keyboard.press("Enter")
    await expect(calls(page, "ggui_update").locator("details")).to_have_attribute("open", "")


async def tab_to(page: Page, target: Locator, most: int = 80) -> None:
    """Press Tab until the target has the focus, inside of frames too."""
    for _ in range(most):
        await page.keyboard.press("Tab")
        if await target.evaluate(
            "element => element === element.ownerDocument.activeElement && document.hasFocus()"
        ):
            return
    pytest.fail(f"Tab does not lead to {target}")


async def test_a_screen_reader_hears_of_gestures_and_not_of_json(full: Booted, visit: Visit) -> None:
    page = await visit(full, "/try")
    board = await start(page, "To-do board")
    await sign_in(page, full)
    await row(board, "Collect the keys").get_by_role("button", name="Complete").click(timeout=CARD_MS)

    await expect(page.locator("#announcer")).to_have_text(re.compile("^The agent received complete_todo"))
    assert await page.locator("#log").get_attribute("aria-live") is None

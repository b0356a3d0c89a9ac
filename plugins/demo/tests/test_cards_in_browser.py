"""The three cards in every state a person brings them to: what axe-core finds, and the way without a mouse."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Frame, Locator, Page, expect

from ggui_core.seams import SessionService
from ggui_core.testing import Booted, booted
from ggui_demo.reactions import Moment, filled
from ggui_demo.samples import NAMES, sample

from .conftest import Visit
from .test_accessibility import CARD_MS, violations

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SEND = {"feedback": "Send feedback", "todo": "Add a task", "status": "Acknowledge"}
FIELD = {"feedback": "Comment", "todo": "Task", "status": "Note"}


@pytest_asyncio.fixture(loop_scope="session")
async def everything() -> AsyncIterator[Booted]:
    """Every installed plugin, open to everybody on this machine: no viewer page asks who comes."""
    async with booted(installed=True, args=["--dev-allow-all", "--ephemeral"]) as running:
        yield running


async def rendered(server: Booted, name: str) -> str:
    """The id of a new session of a sample."""
    card = sample(name)
    draft = {"intent": card.intent, "blueprintDraft": {"contract": card.contract}}
    handshake = (await server.call_tool("ggui_handshake", draft))["structuredContent"]
    props = filled(card.props, Moment(int(time.time() * 1000), 0, {}, {}, {}))
    given = {"handshakeId": handshake["handshakeId"], "props": props}
    session_id: str = (await server.call_tool("ggui_render", given))["structuredContent"]["sessionId"]
    return session_id


async def opened(server: Booted, visit: Visit, session_id: str, **options: Any) -> tuple[Page, Frame]:
    """The viewer page of a session, and the frame of its card once it is painted."""
    session = await server.setup.get(SessionService).session(session_id, None)
    assert session is not None
    page = await visit(server, f"/r/{session.short_code}", **options)
    await expect(page.frame_locator("iframe").locator("h1:visible").first).to_be_visible(timeout=CARD_MS)
    return page, page.frames[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
async def test_every_state_of_a_card_is_accessible(
    everything: Booted, visit: Visit, axe: str, name: str, scheme: str
) -> None:
    found: dict[str, list[str]] = {}
    session_id = await rendered(everything, name)
    page, card = await opened(everything, visit, session_id, color_scheme=scheme)

    async def look(state: str) -> None:
        found[f"{state}, page"] = await violations(page, axe)
        found[f"{state}, card"] = await violations(card, axe)

    await look("shown")
    if name == "todo":
        await card.get_by_role("button", name="Rename").first.click()
        await look("a row's form is open")
        await card.get_by_role("button", name="Cancel").click()
        await card.get_by_role("button", name="Remove").first.click()
        await look("asked to confirm")
        await card.get_by_role("button", name="Cancel").click()
    send = card.get_by_role("button", name=SEND[name], exact=True)
    await send.click()
    await expect(card.get_by_text("is required").first).to_be_visible()
    await look("a field is missing")
    if name == "feedback":
        await card.get_by_role("radio", name="Good").check()
    await card.get_by_label(FIELD[name]).last.fill("Quick and friendly")
    await send.click()
    await expect(card.get_by_text("Sent.").first).to_be_visible()
    await look("sent")

    assert {state: faults for state, faults in found.items() if faults} == {}


async def test_a_form_is_filled_and_sent_from_the_keyboard_alone(everything: Booted, visit: Visit) -> None:
    session_id = await rendered(everything, "feedback")
    page, card = await opened(everything, visit, session_id)
    keyboard = page.keyboard

    async def tab_to(target: Locator) -> None:
        for _ in range(40):
            if await target.evaluate("element => element === document.activeElement"):
                return
            await keyboard.press("Tab")
        raise AssertionError(f"{target} is not reachable with Tab")

    await page.locator("iframe").focus()
    await tab_to(card.get_by_role("radio", name="Excellent"))
    await keyboard.press("Space")
    await keyboard.press("ArrowDown")
    await expect(card.get_by_role("radio", name="Good")).to_be_checked()
    await tab_to(card.get_by_label("Comment").last)
    await keyboard.type("Quick and friendly")
    await tab_to(card.get_by_role("button", name="Send feedback", exact=True))
    await keyboard.press("Enter")
    await expect(card.get_by_text("Sent.").first).to_be_visible()

    consumed = await everything.call_tool("ggui_consume", {"sessionId": session_id, "timeout": 5})
    (event,) = consumed["structuredContent"]["events"]
    assert (event["intent"], event["actionData"]) == (
        "submit_feedback",
        {"rating": "good", "comment": "Quick and friendly"},
    )

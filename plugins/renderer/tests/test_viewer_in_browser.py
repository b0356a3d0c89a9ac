"""The viewer page as a person meets it: a real browser, a real server, a card in a sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Frame, Page, expect

import ggui_pairing.plugin as pairing
import ggui_renderer.plugin as renderer
from ggui_core.protocol.session import Failure, Session
from ggui_core.seams import SessionService, UiGenerator
from ggui_core.testing import Booted, booted
from ggui_renderer.tickets import page_path
from ggui_renderer.viewer_cookie import calls_path

from .conftest import paired, ticket
from .stand_in import StandInSessions, session, stand_in_plugin

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SUBMIT = "ggui_runtime_submit_action"
PATIENCE_MS = 20_000

ContextOf = Callable[[Booted], Awaitable[BrowserContext]]


@pytest_asyncio.fixture(loop_scope="session")
async def server(sessions: StandInSessions) -> AsyncIterator[Booted]:
    async with booted([pairing, renderer, stand_in_plugin(sessions)]) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def shown(server: Booted, sessions: StandInSessions) -> Session:
    return await sessions.with_component(session())


@pytest_asyncio.fixture(loop_scope="session")
async def context_of(browser: Browser) -> AsyncIterator[ContextOf]:
    """Fresh browser profiles, each for one server; what leaves that server or breaks a script fails the test."""
    faults: list[str] = []
    async with AsyncExitStack() as stack:

        async def make(server: Booted) -> BrowserContext:
            made = await stack.enter_async_context(await browser.new_context())
            made.set_default_timeout(PATIENCE_MS)
            own = (server.base_url, server.base_url.replace("http://", "ws://"), "data:", "blob:")
            made.on("request", lambda seen: seen.url.startswith(own) or faults.append(seen.url))
            made.on("weberror", lambda error: faults.append(str(error.error)))
            return made

        yield make
    assert faults == []


@pytest_asyncio.fixture(loop_scope="session")
async def context(context_of: ContextOf, server: Booted) -> BrowserContext:
    """A fresh profile for the server with the stand-in."""
    return await context_of(server)


async def open_card(context: BrowserContext, server: Booted, shown: Session) -> tuple[Page, Frame]:
    """The page behind a fresh ticket, and the frame of its card, painted."""
    page = await context.new_page()
    await page.goto(server.base_url + await ticket(server, shown.id))
    await expect(page.locator("#state-words")).to_have_text("Connected", timeout=PATIENCE_MS)
    frame = page.frame(url=f"{server.base_url}{page_path(shown)}/card")
    assert frame is not None
    return page, frame


async def test_a_ticket_shows_the_card_and_a_gesture_arrives(
    context: BrowserContext, server: Booted, sessions: StandInSessions, shown: Session
) -> None:
    page, frame = await open_card(context, server, shown)
    address = page.url
    await expect(frame.get_by_role("heading", name="Order 7")).to_be_visible()

    async with page.expect_response(lambda response: response.url.endswith(calls_path(shown.id))) as called:
        await frame.get_by_role("button", name="Approve").click()
    answer = await called.value

    assert address == server.base_url + page_path(shown)
    assert await page.title() == "Approve order 7"
    assert answer.status == 200
    gestures = [(arguments, context) for name, arguments, context in sessions.heard if name == SUBMIT]
    ((arguments, caller),) = gestures
    assert arguments["sessionId"] == shown.id
    assert arguments["payload"]["intent"] == "approve"
    assert arguments["payload"]["actionData"] == {"id": "o-7"}
    assert caller.principal.source == "viewer"


async def test_the_card_stays_in_its_sandbox(
    context: BrowserContext, server: Booted, sessions: StandInSessions, shown: Session
) -> None:
    page, frame = await open_card(context, server, shown)

    origin = await frame.evaluate("origin")
    cookies = await frame.evaluate("(() => { try { return document.cookie } catch (e) { return e.name } })()")
    reaches_out = await frame.evaluate(
        "(() => { try { return parent.document.title } catch (e) { return e.name } })()"
    )
    calls = await frame.evaluate(
        """(url) => fetch(url, { method: "POST", credentials: "include", body: "{}",
             headers: { "Content-Type": "application/json" } }).then((r) => r.status, (e) => e.name)""",
        server.base_url + calls_path(shown.id),
    )
    reads = await frame.evaluate(
        """(url) => fetch(url, { credentials: "include" }).then((r) => r.status, (e) => e.name)""",
        server.base_url + page_path(shown),
    )

    assert origin == "null"
    assert cookies == "SecurityError"
    assert reaches_out == "SecurityError"
    assert calls == "TypeError"
    assert reads == "TypeError"
    assert [name for name, _, _ in sessions.heard if name == SUBMIT] == []
    await expect(page.locator("iframe")).to_have_attribute("sandbox", "allow-scripts allow-forms")


async def test_the_card_cannot_lead_its_frame_away(
    context: BrowserContext, server: Booted, shown: Session
) -> None:
    page, frame = await open_card(context, server, shown)

    async with page.expect_console_message(lambda message: "frame-src" in message.text):
        await frame.evaluate("setTimeout(() => { location.href = 'https://evil.example/?stolen' }, 0)")

    assert page.url == server.base_url + page_path(shown)


async def test_the_card_opens_when_it_is_reloaded_and_not_elsewhere(
    context: BrowserContext, browser: Browser, server: Booted, shown: Session
) -> None:
    link = await ticket(server, shown.id)
    page = await context.new_page()
    await page.goto(server.base_url + link)
    await expect(page.locator("#state-words")).to_have_text("Connected", timeout=PATIENCE_MS)

    await page.reload()
    await expect(page.locator("#state-words")).to_have_text("Connected", timeout=PATIENCE_MS)
    async with await browser.new_context() as somebody_else:
        other = await somebody_else.new_page()
        for path in (link, page_path(shown)):
            answer = await other.goto(server.base_url + path)
            assert answer is not None
            assert answer.status == 404
            await expect(other.get_by_role("heading", name="There is nothing to show here")).to_be_visible()


async def test_the_card_follows_the_mode_of_the_page(
    context: BrowserContext, server: Booted, shown: Session
) -> None:
    page, frame = await open_card(context, server, shown)

    for scheme in ("dark", "light"):
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        await expect(frame.locator("html")).to_have_attribute("data-theme", scheme, timeout=PATIENCE_MS)


async def test_the_frame_is_as_high_as_its_card(
    context: BrowserContext, server: Booted, shown: Session
) -> None:
    page, frame = await open_card(context, server, shown)

    await page.wait_for_function("document.querySelector('iframe').style.height !== ''")

    overflow = await frame.evaluate("document.documentElement.scrollHeight - innerHeight")
    assert overflow <= 0


@pytest.mark.parametrize("width", [320, 390, 1280])
async def test_the_page_fits_every_screen(
    context: BrowserContext, server: Booted, shown: Session, width: int
) -> None:
    page, _ = await open_card(context, server, shown)

    await page.set_viewport_size({"width": width, "height": 700})

    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


async def test_a_link_on_another_site_opens_the_card(
    browser: Browser, server: Booted, shown: Session
) -> None:
    link = server.base_url + await ticket(server, shown.id)
    async with await browser.new_context() as context:
        await context.route(
            "https://chat.example/",
            lambda route: route.fulfill(body=f'<a href="{link}">open</a>', content_type="text/html"),
        )
        page = await context.new_page()
        await page.goto("https://chat.example/")

        await page.get_by_role("link", name="open").click()

        await expect(page.locator("#state-words")).to_have_text("Connected", timeout=PATIENCE_MS)
        assert page.url == server.base_url + page_path(shown)


async def test_two_cards_in_one_browser_do_not_disturb_one_another(
    context: BrowserContext, server: Booted, sessions: StandInSessions, shown: Session
) -> None:
    other = await sessions.with_component(session("s-2", short_code="qqqqqqqqqqqqqqqq"))
    first, frame = await open_card(context, server, shown)
    await open_card(context, server, other)

    async with first.expect_response(lambda response: response.url.endswith(calls_path(shown.id))) as called:
        await frame.get_by_role("button", name="Approve").click()

    assert (await called.value).status == 200


async def test_a_gesture_after_the_end_says_that_the_card_has_ended(
    context: BrowserContext, server: Booted, sessions: StandInSessions, shown: Session
) -> None:
    page, frame = await open_card(context, server, shown)
    del sessions.kept[shown.id]

    await frame.get_by_role("button", name="Approve").click()

    await expect(page.locator("#state-words")).to_have_text("This card has ended", timeout=PATIENCE_MS)


async def test_a_card_that_is_made_meanwhile_appears_by_itself(
    context: BrowserContext, server: Booted, sessions: StandInSessions
) -> None:
    pending = session()
    sessions.keep(pending)
    page = await context.new_page()
    await page.goto(server.base_url + await ticket(server, pending.id))
    await expect(page.locator("#state-words")).to_have_text("The card is being made…")

    await sessions.with_component(pending)

    await expect(page.locator("#state-words")).to_have_text("Connected", timeout=PATIENCE_MS)


async def test_a_card_that_could_not_be_made_says_why(
    context: BrowserContext, server: Booted, sessions: StandInSessions
) -> None:
    sessions.keep(session(failure=Failure("PRODUCTION_FAILED", "The component does not compile.")))
    page = await context.new_page()

    await page.goto(server.base_url + await ticket(server, session().id))

    await expect(page.get_by_text("The component does not compile.")).to_be_visible()
    await expect(page.locator("iframe")).to_have_count(0)


async def test_an_agent_renders_a_person_clicks_the_agent_hears_it(context_of: ContextOf) -> None:
    """The whole loop with the plugins that are installed; nothing stands in for anything."""
    contract = {
        "propsSpec": {"properties": {"title": {"schema": {"type": "string"}, "required": True}}},
        "actionSpec": {"approve": {"label": "Approve"}},
    }
    async with booted(installed=True) as whole:
        if whole.setup.find(SessionService) is None or whole.setup.contributions(UiGenerator) == ():
            pytest.skip("no plugin renders here; install requirements.txt")
        bearer = await paired(whole)

        async def tool(name: str, **arguments: object) -> dict[str, Any]:
            result = await whole.call_tool(name, arguments, bearer=bearer)
            assert not result["isError"], result
            structured: dict[str, Any] = result["structuredContent"]
            return structured

        handshake = await tool(
            "ggui_handshake", intent="Approve order 7", blueprintDraft={"contract": contract}
        )
        render = await tool("ggui_render", handshakeId=handshake["handshakeId"], props={"title": "Order 7"})
        session_id = render["sessionId"]
        context = await context_of(whole)
        page = await context.new_page()
        await page.goto(whole.base_url + await ticket(whole, session_id))
        card = page.frame_locator("iframe")
        await expect(card.get_by_role("heading", name="Order 7", exact=True)).to_be_visible(
            timeout=PATIENCE_MS
        )
        consuming = asyncio.ensure_future(tool("ggui_consume", sessionId=session_id, timeout=25))

        await card.get_by_role("button", name="Approve").click()
        consumed = await consuming
        await tool("ggui_update", sessionId=session_id, kind="merge", patch={"title": "Order 7 is approved"})

        assert [(event["intent"], event["sessionId"]) for event in consumed["events"]] == [
            ("approve", session_id)
        ]
        await expect(card.get_by_role("heading", name="Order 7 is approved")).to_be_visible(
            timeout=PATIENCE_MS
        )

"""Both documents in a page of another origin, as an opaque frame, under the policies that hosts set (spec 08)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

import ggui_renderer.plugin as renderer
from ggui_core.protocol.session import Session
from ggui_core.seams import ShellBuilder
from ggui_core.testing import Booted, booted
from ggui_renderer.built import Built

from .browsing import PATIENCE_S, HostSite, heard
from .stand_in import StandInSessions, session, stand_in_plugin

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

READY = 'm.type === "ggui:renderer-ready"'
PAINTED = 'm.type === "ggui:lifecycle" && m.event.state === "code-ready"'
FAILED = 'm.type === "ggui:bootstrap-failed"'
NOTHING_DECLARED = (
    "default-src 'none'; script-src 'unsafe-inline' blob: data:; style-src 'unsafe-inline'; img-src data:; "
    "connect-src 'none'; frame-src 'self' blob: data:"
)
"""What a host grants a card that declares no domain."""
STRICTEST = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; frame-src 'self'"


@pytest_asyncio.fixture(loop_scope="session")
async def server(sessions: StandInSessions) -> AsyncIterator[Booted]:
    async with booted([renderer, stand_in_plugin(sessions)]) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def shown(server: Booted, sessions: StandInSessions) -> Session:
    return await sessions.with_component(session())


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    async with await browser.new_context() as made:
        made.set_default_timeout(20_000)
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def host() -> AsyncIterator[HostSite]:
    async with HostSite() as site:
        yield site


def static_shell(server: Booted) -> str:
    return server.setup.get(ShellBuilder).static_shell().html


async def document_of(server: Booted, sessions: StandInSessions, shown: Session) -> str:
    return server.setup.get(ShellBuilder).session_shell(await sessions.mount(shown), "Approve order 7")


async def result_of(sessions: StandInSessions, shown: Session) -> dict[str, Any]:
    """A tool result as ``ggui_render`` gives it."""
    uri = shown.resource_uri
    meta = {"ui": {"resourceUri": uri}, "ai.ggui/render": dict((await sessions.mount(shown)).slice)}
    return {"content": [], "structuredContent": {"resourceUri": uri}, "_meta": meta}


async def expect_card(page: Page) -> None:
    await heard(page, PAINTED)
    card = page.frame_locator("iframe")
    await expect(card.get_by_role("heading", name="Order 7")).to_be_visible()
    await expect(card.get_by_role("button", name="Approve")).to_be_visible()


@pytest.mark.parametrize(
    "policy", [None, NOTHING_DECLARED, STRICTEST], ids=["open", "undeclared", "strictest"]
)
async def test_a_session_document_needs_no_declared_domain_and_no_network(
    context: BrowserContext,
    host: HostSite,
    server: Booted,
    sessions: StandInSessions,
    shown: Session,
    policy: str | None,
) -> None:
    document = await document_of(server, sessions, shown)
    await context.set_offline(True)

    page = await host.show(context, document, policy=policy, public=True)

    await expect_card(page)


async def test_the_text_before_the_first_paint_is_gone_after_it(
    context: BrowserContext, host: HostSite, server: Booted, sessions: StandInSessions, shown: Session
) -> None:
    page = await host.show(context, await document_of(server, sessions, shown))
    await expect_card(page)

    await expect(page.frame_locator("iframe").locator("[data-ggui-boot]")).to_be_hidden()


async def test_without_any_script_the_title_and_the_state_can_be_read(
    context: BrowserContext, server: Booted, sessions: StandInSessions, shown: Session
) -> None:
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    page = await context.new_page()
    document = await document_of(server, sessions, shown)
    await context.route(
        "https://bare.example/",
        lambda route: route.fulfill(
            body=document,
            headers={"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy},
        ),
    )

    await page.goto("https://bare.example/")

    await expect(page.get_by_role("heading", name="Approve order 7")).to_be_visible()
    await expect(page.get_by_text("title: Order 7")).to_be_visible()


async def test_the_static_shell_starts_from_a_tool_result(
    context: BrowserContext, host: HostSite, server: Booted, sessions: StandInSessions, shown: Session
) -> None:
    page = await host.show(context, static_shell(server), result=await result_of(sessions, shown))

    await expect_card(page)

    first = await heard(page, 'm.method === "ui/initialize"')
    assert first["id"] == 1
    assert first["params"] == {
        "appCapabilities": {},
        "appInfo": {"name": "ggui-render", "version": "1.0.0"},
        "protocolVersion": "2026-01-26",
    }


async def test_the_static_shell_reads_the_document_when_the_slice_was_withheld(
    context: BrowserContext, host: HostSite, server: Booted, sessions: StandInSessions, shown: Session
) -> None:
    result = await result_of(sessions, shown)
    del result["_meta"]
    documents = {shown.resource_uri: await document_of(server, sessions, shown)}

    page = await host.show(context, static_shell(server), result=result, documents=documents)

    await expect_card(page)


@pytest.mark.parametrize("policy", [NOTHING_DECLARED, STRICTEST], ids=["undeclared", "strictest"])
@pytest.mark.parametrize("sliced", [True, False], ids=["with slice", "locator only"])
async def test_the_static_shell_starts_where_the_host_blocks_this_server(
    context: BrowserContext,
    host: HostSite,
    server: Booted,
    sessions: StandInSessions,
    shown: Session,
    policy: str,
    sliced: bool,
) -> None:
    result = await result_of(sessions, shown)
    if not sliced:
        del result["_meta"]["ai.ggui/render"]
    documents = {shown.resource_uri: await document_of(server, sessions, shown)}

    page = await host.show(context, static_shell(server), policy=policy, result=result, documents=documents)

    await expect_card(page)


async def test_a_silent_host_gets_a_card_that_offers_to_try_again(
    context: BrowserContext, host: HostSite, server: Booted, sessions: StandInSessions, shown: Session
) -> None:
    page = await host.show(
        context, static_shell(server), silent=True, result=await result_of(sessions, shown)
    )
    failure = await heard(page, FAILED)
    card = page.frame_locator("iframe")
    await expect(card.get_by_role("alert")).to_contain_text("This card could not start")

    await page.evaluate("window.silent = false")
    await card.get_by_role("button", name="Retry").click()

    await expect_card(page)
    assert failure["reason"] == "UI_INITIALIZE_FAILED"


async def test_a_runtime_that_cannot_be_had_says_so_and_can_be_tried_again(
    context: BrowserContext, host: HostSite, server: Booted, sessions: StandInSessions, shown: Session
) -> None:
    result = await result_of(sessions, shown)
    result["_meta"]["ai.ggui/render"]["runtimeUrl"] = f"{host.origin}/module.js"
    page = await host.show(context, static_shell(server), result=result)
    failure = await heard(page, FAILED)
    card = page.frame_locator("iframe")
    await expect(card.get_by_role("alert")).to_contain_text("could not be loaded")

    host.module = server.setup.get(Built).runtime.plain
    await card.get_by_role("button", name="Retry").click()

    await expect_card(page)
    assert failure["reason"] == "BUNDLE_FETCH_FAILED"


async def test_a_document_without_a_slice_says_so(
    context: BrowserContext, host: HostSite, server: Booted, sessions: StandInSessions, shown: Session
) -> None:
    result = {"structuredContent": {"resourceUri": shown.resource_uri}}

    page = await host.show(
        context, static_shell(server), result=result, documents={shown.resource_uri: "<p>nothing</p>"}
    )

    assert (await heard(page, FAILED))["reason"] == "MALFORMED_BOOTSTRAP"
    await expect(page.frame_locator("iframe").get_by_role("alert")).to_be_visible()


async def test_a_result_that_is_not_ours_leaves_the_shell_waiting(
    context: BrowserContext, host: HostSite, server: Booted, sessions: StandInSessions, shown: Session
) -> None:
    page = await host.show(context, static_shell(server), result={"content": [], "_meta": {"other": 1}})
    await heard(page, 'm.method === "ui/notifications/initialized"')

    await page.evaluate("(result) => deliver(result)", await result_of(sessions, shown))

    await expect_card(page)


async def test_the_static_shell_starts_on_a_public_page_and_this_server_on_the_same_machine(
    context: BrowserContext, host: HostSite, server: Booted, sessions: StandInSessions, shown: Session
) -> None:
    """Browsers keep public pages from loopback addresses, whatever the page's policy says."""
    page = await host.show(
        context,
        static_shell(server),
        result=await result_of(sessions, shown),
        documents={shown.resource_uri: await document_of(server, sessions, shown)},
        public=True,
    )

    await expect_card(page)


async def test_a_runtime_that_comes_too_late_does_not_run_a_second_time(
    context: BrowserContext, host: HostSite, server: Booted, sessions: StandInSessions, shown: Session
) -> None:
    """Browsers ask a person before a page may reach a loopback address, and the answer may come at any time."""
    result = await result_of(sessions, shown)
    result["_meta"]["ai.ggui/render"]["runtimeUrl"] = f"{host.origin}/slow.js"
    host.module = server.setup.get(Built).runtime.plain
    documents = {shown.resource_uri: await document_of(server, sessions, shown)}
    page = await host.show(context, static_shell(server), result=result, documents=documents)
    await expect_card(page)

    host.released.set()
    # Polled here, not in the page: that the module has arrived is known by its entry, one task before it could run.
    arrived = "performance.getEntriesByType('resource').some((entry) => entry.name.endsWith('/slow.js'))"
    async with asyncio.timeout(PATIENCE_S):
        while not await page.frames[1].evaluate(arrived):
            await asyncio.sleep(0.05)
    await page.frames[1].evaluate("new Promise((done) => setTimeout(done, 500))")

    assert len(await page.evaluate(f"window.seen.filter((m) => {READY})")) == 1

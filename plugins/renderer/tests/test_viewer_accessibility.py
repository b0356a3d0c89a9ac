"""What axe-core finds on the viewer page, with a card, without one, and where there is nothing to show."""

from __future__ import annotations

import runpy
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from filelock import FileLock
from playwright.async_api import Browser, Frame, Page, expect

import ggui_pairing.plugin as pairing
import ggui_renderer.plugin as renderer
from ggui_core.protocol.session import Failure
from ggui_core.testing import Booted, booted

from .conftest import ticket
from .stand_in import StandInSessions, session, stand_in_plugin

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

WEB = Path(__file__).resolve().parent.parent / "web"
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"


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


@pytest_asyncio.fixture(loop_scope="session")
async def server(sessions: StandInSessions) -> AsyncIterator[Booted]:
    async with booted([pairing, renderer, stand_in_plugin(sessions)]) as running:
        yield running


async def violations(where: Page | Frame, axe: str) -> list[str]:
    await where.evaluate(axe)
    found = await where.evaluate("axe.run(document, {resultTypes: ['violations'], iframes: false})")
    return [f"{rule['id']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_state_of_the_page_is_accessible(
    browser: Browser, server: Booted, sessions: StandInSessions, axe: str, scheme: Literal["light", "dark"]
) -> None:
    shown = await sessions.with_component(session())
    failed = session("s-2", short_code="qqqqqqqqqqqqqqqq", failure=Failure("PRODUCTION_FAILED", "No luck."))
    sessions.keep(failed)
    found: dict[str, list[str]] = {}
    async with await browser.new_context(
        color_scheme=scheme, viewport={"width": 390, "height": 740}
    ) as context:
        page = await context.new_page()

        await page.goto(server.base_url + await ticket(server, shown.id))
        await expect(page.locator("#state-words")).to_have_text("Connected", timeout=30_000)
        found["shown"] = await violations(page, axe)

        await page.goto(server.base_url + await ticket(server, failed.id))
        await expect(page.get_by_role("heading", name="Approve order 7")).to_be_visible()
        found["failed"] = await violations(page, axe)

        await page.goto(f"{server.base_url}/r/zzzzzzzzzzzzzzzz")
        await expect(page.get_by_role("heading", name="There is nothing to show here")).to_be_visible()
        found["gone"] = await violations(page, axe)

    assert found == {"shown": [], "failed": [], "gone": []}

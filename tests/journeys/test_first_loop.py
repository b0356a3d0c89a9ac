"""The product in one journey: an agent renders, a person clicks, the agent hears it and answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from playwright.async_api import Browser, FrameLocator, Page, expect

from ggui_core.testing import Booted, FakeClock, booted, card_host

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ADMIN = "ggui_admin_for-the-journey-tests"
PATIENCE_MS = 20_000

CONTRACT: dict[str, Any] = {
    "propsSpec": {
        "properties": {
            "question": {"schema": {"type": "string"}, "required": True},
            "status": {"schema": {"type": "string"}},
        }
    },
    "actionSpec": {
        "send_feedback": {
            "label": "Send feedback",
            "schema": {
                "type": "object",
                "properties": {"comment": {"type": "string", "minLength": 1}},
                "required": ["comment"],
            },
        }
    },
    "streamSpec": {
        "news": {
            "mode": "append",
            "schema": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
        }
    },
    "contextSpec": {"draft": {"schema": {"type": "string"}, "default": ""}},
}


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    yield await context.new_page()
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[Booted]:
    """Every installed plugin, and a clock that never moves: whatever happens here waits for no tick."""
    async with booted(
        installed=True, args=["--admin-token", ADMIN, "--ephemeral"], clock=FakeClock()
    ) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def ticking() -> AsyncIterator[Booted]:
    """The same with the machine's clock, for what is about waiting."""
    async with booted(installed=True, args=["--admin-token", ADMIN, "--ephemeral"]) as running:
        yield running


async def paired(server: Booted) -> str:
    """The bearer of a newly paired device."""
    admin = {"Authorization": f"Bearer {ADMIN}"}
    async with server.client.post(server.base_url + "/admin/pair/init", headers=admin) as answer:
        code = (await answer.json())["code"]
    body = {"code": code, "deviceName": "agent"}
    async with server.client.post(server.base_url + "/pair", json=body) as answer:
        token: str = (await answer.json())["token"]
        return token


@asynccontextmanager
async def connected(server: Booted, bearer: str, mode: str) -> AsyncIterator[Client]:
    """The official client, speaking one era of the protocol."""
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {bearer}"}, timeout=60) as http:
        transport = streamable_http_client(server.base_url + "/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            yield client


async def called(client: Client, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result
    assert result.structured_content is not None
    return dict(result.structured_content)


Mount = Callable[[str, str], Awaitable[FrameLocator]]


async def the_loop(client: Client, mount: Mount) -> None:
    """Handshake, render, interact, consume, update, emit."""
    draft = {"intent": "Ask how the session went", "blueprintDraft": {"contract": CONTRACT}}
    handshake = await called(client, "ggui_handshake", draft)
    assert handshake["suggestion"]["origin"] == "agent"
    given = {"handshakeId": handshake["handshakeId"], "props": {"question": "How did the session go?"}}
    render = await called(client, "ggui_render", given)
    session_id = render["sessionId"]

    card = await mount(session_id, render["resourceUri"])
    await expect(card.get_by_text("How did the session go?").last).to_be_visible(timeout=PATIENCE_MS)

    parked = asyncio.create_task(called(client, "ggui_consume", {"sessionId": session_id, "timeout": 25}))
    await asyncio.sleep(0.5)
    assert not parked.done()
    await card.get_by_label("comment", exact=False).fill("Splendid")
    await card.get_by_role("button", name="Send feedback").click()
    async with asyncio.timeout(PATIENCE_MS / 1000):
        consumed = await parked
    assert consumed["status"] == "active"
    (event,) = consumed["events"]
    assert event["intent"] == "send_feedback"
    assert event["actionData"] == {"comment": "Splendid"}
    assert event["sessionId"] == session_id
    assert event["uiContext"] == {"draft": ""}

    await card.locator("body").evaluate("body => { body.dataset.neverReloaded = 'yes'; }")
    patch = {"sessionId": session_id, "kind": "merge", "patch": {"status": "Thank you"}}
    update = await called(client, "ggui_update", patch)
    assert (update["updated"], update["resourceUri"]) == (True, render["resourceUri"])
    await expect(card.get_by_text("Thank you").last).to_be_visible(timeout=PATIENCE_MS)
    emit = {"sessionId": session_id, "channel": "news", "payload": {"text": "Noted by the team"}}
    assert (await called(client, "ggui_emit", emit))["accepted"] is True
    await expect(card.get_by_text("Noted by the team").last).to_be_visible(timeout=PATIENCE_MS)
    await expect(card.locator("body")).to_have_attribute("data-never-reloaded", "yes")

    session = await called(client, "ggui_get_session", {"sessionId": session_id})
    assert session["delivery"]["state"] == "touched"


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_the_loop_in_the_viewer(server: Booted, page: Page, mode: str) -> None:
    bearer = await paired(server)

    async def mount(session_id: str, uri: str) -> FrameLocator:
        async with server.client.post(
            server.base_url + "/ggui/viewer/tickets",
            json={"sessionId": session_id},
            headers={"Authorization": f"Bearer {bearer}"},
        ) as answer:
            ticket = await answer.json()
        await page.goto(ticket["url"])
        return page.frame_locator("iframe")

    async with connected(server, bearer, mode) as client:
        await the_loop(client, mount)


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_the_loop_in_a_host_that_lets_the_card_reach_nobody(
    server: Booted, page: Page, mode: str
) -> None:
    bearer = await paired(server)
    with card_host(server.base_url, bearer) as host:

        async def mount(session_id: str, uri: str) -> FrameLocator:
            return await host.show(page, uri, "relay-only")

        async with connected(server, bearer, mode) as client:
            await the_loop(client, mount)
        assert "ggui_runtime_submit_action" in host.called()


async def test_a_gesture_that_nobody_hears_rings_the_doorbell(ticking: Booted, page: Page) -> None:
    bearer = await paired(ticking)
    with card_host(ticking.base_url, bearer) as host:
        session_id, uri = await rendered(ticking, bearer)
        card = await host.show(page, uri, "relay-only")
        await card.get_by_label("comment", exact=False).fill("Anybody there?")
        await card.get_by_role("button", name="Send feedback").click()
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while not (said := await page.evaluate("async () => (await emulator).messages")):
                await asyncio.sleep(0.05)
        (block,) = said[0]["content"]
        pointer = block["_meta"]["ai.ggui/userAction"]
        assert pointer["nextStep"] == {"tool": "ggui_consume", "args": {"sessionId": session_id}}
        assert "Anybody there?" not in block["text"]
        drained = await ticking.call_tool("ggui_consume", {"sessionId": session_id}, bearer=bearer)
        (event,) = drained["structuredContent"]["events"]
        assert event["actionId"] == pointer["actionId"]


async def rendered(server: Booted, bearer: str) -> tuple[str, str]:
    """Session id and resource URI of a new card."""
    draft = {"intent": "Ask how the session went", "blueprintDraft": {"contract": CONTRACT}}
    shaken = await server.call_tool("ggui_handshake", draft, bearer=bearer)
    given = {
        "handshakeId": shaken["structuredContent"]["handshakeId"],
        "props": {"question": "How did the session go?"},
    }
    result = (await server.call_tool("ggui_render", given, bearer=bearer))["structuredContent"]
    return result["sessionId"], result["resourceUri"]

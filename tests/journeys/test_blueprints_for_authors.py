"""What the tools for authors hand out works in the product: the examples mount, are usable and accessible."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FrameLocator, Page, expect

from ggui_core.seams import GenerationRequest, UiGenerator
from ggui_core.testing import Booted, booted

from . import example_generator
from .test_first_loop import ADMIN, PATIENCE_MS, paired

pytestmark = pytest.mark.asyncio(loop_scope="session")

Json = dict[str, Any]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server() -> AsyncIterator[Booted]:
    args = ["--admin-token", ADMIN, "--ephemeral"]
    async with booted([example_generator], installed=True, args=args) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def bearer(server: Booted) -> str:
    return await paired(server)


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 760, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    yield await context.new_page()
    await context.close()


class Agent:
    """An agent that renders examples, and the person who looks at them."""

    def __init__(self, server: Booted, bearer: str, page: Page) -> None:
        self._server = server
        self._bearer = bearer
        self._page = page

    async def call(self, name: str, arguments: Json, path: str = "/mcp") -> Json:
        result = await self._server.call_tool(name, arguments, path=path, bearer=self._bearer)
        assert not result["isError"], result
        answer: Json = result["structuredContent"]
        return answer

    async def example(self, kind: str) -> Json:
        """The blueprint as an author gets it."""
        answer = await self.call("ggui_protocol_get_example_blueprints", {"kind": kind}, "/protocol")
        blueprint: Json = answer["examples"][0]["blueprint"]
        return blueprint

    async def show(self, blueprint: Json, props: Json) -> tuple[str, FrameLocator]:
        """Render it and open the card."""
        draft = {"intent": "an example", "blueprintDraft": {"contract": blueprint["contract"]}}
        handshake = await self.call("ggui_handshake", draft)
        render = await self.call("ggui_render", {"handshakeId": handshake["handshakeId"], "props": props})
        assert "error" not in render, render
        async with self._server.client.post(
            self._server.base_url + "/ggui/viewer/tickets",
            json={"sessionId": render["sessionId"]},
            headers={"Authorization": f"Bearer {self._bearer}"},
        ) as answer:
            await self._page.goto((await answer.json())["url"])
        return render["sessionId"], self._page.frame_locator("iframe")

    async def heard(self, session_id: str) -> Json:
        """The gesture that comes next."""
        consumed = await self.call("ggui_consume", {"sessionId": session_id, "timeout": 20})
        event: Json = consumed["events"][0]
        return event


@pytest.fixture
def agent(server: Booted, bearer: str, page: Page) -> Agent:
    return Agent(server, bearer, page)


@pytest.mark.browser
async def test_the_example_that_shows(agent: Agent) -> None:
    blueprint = await agent.example("display")
    session_id, card = await agent.show(blueprint, blueprint["fixtureProps"])
    await expect(card.get_by_role("heading", name="Bergen to Lisbon")).to_be_visible()
    await expect(card.get_by_text("B12", exact=True)).to_be_visible()
    await expect(card.get_by_role("row")).to_have_count(4)
    patch = {"status": "cancelled", "gate": None, "steps": []}
    await agent.call("ggui_update", {"sessionId": session_id, "kind": "merge", "patch": patch})
    await expect(card.get_by_text("Cancelled", exact=True)).to_be_visible()
    await expect(card.get_by_text("No steps are known yet.")).to_be_visible()
    await expect(card.get_by_text("B12", exact=True)).to_have_count(0)


@pytest.mark.browser
async def test_the_example_that_asks(agent: Agent) -> None:
    blueprint = await agent.example("collect")
    session_id, card = await agent.show(blueprint, blueprint["fixtureProps"])
    await card.get_by_role("button", name="Request table").click()
    await expect(card.get_by_text("Choose a time.")).to_be_visible()
    await expect(card.get_by_text("Say whom the table is for.")).to_be_visible()
    await card.get_by_role("radio", name="19:30").check(force=True)
    await card.get_by_label("Guests").select_option("4")
    await card.get_by_label("Name").fill("Nora Lind")
    waiting = asyncio.create_task(agent.heard(session_id))
    await card.get_by_role("button", name="Request table").click()
    event = await waiting
    assert event["intent"] == "request_table"
    assert event["actionData"] == {"slotId": "s-1930", "guests": 4, "name": "Nora Lind"}
    await expect(card.get_by_text("You will see here when the table is confirmed.")).to_be_visible()
    await expect(card.get_by_role("button", name="Request table")).to_have_count(0)


@pytest.mark.browser
async def test_the_example_that_asks_when_there_is_nothing_to_choose(agent: Agent) -> None:
    blueprint = await agent.example("collect")
    _, card = await agent.show(blueprint, {**blueprint["fixtureProps"], "slots": []})
    await expect(card.get_by_text("No table is left")).to_be_visible()


@pytest.mark.browser
async def test_the_example_that_talks(agent: Agent) -> None:
    blueprint = await agent.example("converse")
    session_id, card = await agent.show(blueprint, blueprint["fixtureProps"])
    log = card.get_by_role("log", name="Conversation")
    await expect(log.get_by_text("Hello! Ask me anything about your day.")).to_be_visible()
    await card.get_by_label("Message").fill("Is the funicular open?")
    waiting = asyncio.create_task(agent.heard(session_id))
    await card.get_by_role("button", name="Send").click()
    event = await waiting
    assert (event["intent"], event["actionData"]) == ("say", {"text": "Is the funicular open?"})
    await expect(card.get_by_label("Message")).to_have_value("")
    emit = {"sessionId": session_id, "channel": "replies", "payload": {"text": "Until eleven tonight."}}
    await agent.call("ggui_emit", emit)
    await expect(log.get_by_text("Until eleven tonight.")).to_be_visible()
    said = await log.inner_text()
    assert said.index("Hello!") < said.index("Is the funicular open?") < said.index("Until eleven tonight.")
    await agent.call("ggui_emit", {**emit, "payload": {"text": "Goodbye."}, "complete": True})
    await expect(card.get_by_text("Ended", exact=True)).to_be_visible()
    await expect(card.get_by_label("Message")).to_be_disabled()


async def test_what_the_keyless_generator_writes_passes_the_checks_for_authors(
    server: Booted, bearer: str
) -> None:
    (forms,) = (each for each in server.setup.contributions(UiGenerator) if each.name == "forms")

    async def progress(now: float, total: float | None, message: str | None, /) -> None:
        return None

    for example in example_generator.examples():
        request = GenerationRequest("s", "builder", "an example", example.contract, "0" * 64)
        generated = await forms.generate(request, progress)
        arguments = {
            "source": generated.source,
            "contract": example.contract,
            "fixtureProps": example.fixture,
        }
        result = await server.call_tool(
            "ggui_protocol_validate_blueprint", arguments, path="/protocol", bearer=bearer
        )
        assert result["structuredContent"]["valid"], result["structuredContent"]

"""For every way in which a card does not appear, the agent hears within six seconds what happened (spec 08)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from ggui_core.testing import CardHost, booted, card_host

from .hosted import Agent, is_shown, session_of
from .test_first_loop import ADMIN, PATIENCE_MS

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

WITHIN_S = 6.0
_SLICE = re.compile(r"(?<=globalThis\.__GGUI_META__ = ).*?(?=;</script>)", re.DOTALL)
Rewrite = Callable[[str], str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def agent() -> AsyncIterator[Agent]:
    async with booted(installed=True, args=["--admin-token", ADMIN, "--ephemeral"]) as server:
        yield await Agent.of(server)


@pytest.fixture(scope="module")
def running(agent: Agent) -> Iterator[CardHost]:
    with card_host(agent.server.base_url, agent.bearer) as host:
        yield host


@pytest.fixture
def host(running: CardHost) -> Iterator[CardHost]:
    yield running
    running.apps_host.rewrite = None


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    page = await browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield page
    await page.close()


def sliced(**members: object) -> Rewrite:
    """A document whose slice has other members."""

    def rewrite(document: str) -> str:
        def changed(found: re.Match[str]) -> str:
            meta = json.loads(found.group())
            meta["ai.ggui/render"].update(members)
            return json.dumps(meta).replace("<", "\\u003c")

        return _SLICE.sub(changed, document, count=1)

    return rewrite


def component(code: str) -> Rewrite:
    """A document with another component, hash and all."""
    text = code.encode()
    return sliced(codeB64=base64.b64encode(text).decode(), codeHash=hashlib.sha256(text).hexdigest())


def broken_runtime(document: str) -> str:
    return document.replace('data-ggui-runtime="inline">', 'data-ggui-runtime="inline">}} no script {{', 1)


WAYS: list[tuple[str, tuple[str, ...], Rewrite | None, str, str | None, str]] = [
    ("scripts are blocked", ("no-inline",), None, "read", None, "script did not start"),
    ("the script is broken", (), broken_runtime, "read", None, "script did not start"),
    ("the frame is never loaded", ("never-mount",), None, "read", None, "never put in a frame"),
    ("the resource is never read", ("never-read",), None, "pending", None, "No host has fetched"),
    (
        "the component is not the announced one",
        (),
        sliced(codeHash="0" * 64),
        "started",
        "COMPONENT_INTEGRITY_FAILED",
        "failed",
    ),
    (
        "the component throws when it is drawn",
        (),
        component("export default function Card() { throw new Error('no such thing'); }"),
        "started",
        "COMPONENT_RENDER_FAILED: no such thing",
        "failed",
    ),
    (
        "the component throws when it is loaded",
        (),
        component("throw new Error('not today'); export default () => null;"),
        "started",
        "COMPONENT_EVAL_FAILED: not today",
        "failed",
    ),
    (
        "the component imports what is not there",
        (),
        component("import gone from 'left-pad'; export default () => gone;"),
        "started",
        "COMPONENT_EVAL_FAILED",
        "failed",
    ),
    ("the slice is malformed", (), sliced(runtimeUrl=""), "read", "MALFORMED_BOOTSTRAP", "failed"),
]


@pytest.mark.parametrize(
    ("switches", "rewrite", "state", "error", "words"),
    [way[1:] for way in WAYS],
    ids=[way[0] for way in WAYS],
)
async def test_the_agent_hears_in_time_when(
    agent: Agent,
    host: CardHost,
    page: Page,
    switches: tuple[str, ...],
    rewrite: Rewrite | None,
    state: str,
    error: str | None,
    words: str,
) -> None:
    host.apps_host.rewrite = rewrite
    await page.goto(host.address(*switches))
    await page.evaluate("async () => { await emulator; }")
    result = await agent.rendered()
    began = time.monotonic()
    parked = asyncio.create_task(agent.hears(session_of(result), 25))
    # The document alone: a result that is delivered besides brings the sound component, and the card recovers.
    await host.act(page, "open", result["structuredContent"]["resourceUri"])
    consumed = await parked
    assert time.monotonic() - began < WITHIN_S
    assert (consumed["events"], consumed["status"]) == ([], "active")
    delivery = consumed["delivery"]
    assert delivery["state"] == state, delivery
    assert (delivery.get("error") or "").startswith(error or ""), delivery
    assert ("error" in delivery) is (error is not None)
    assert words in delivery["hint"]
    assert "in text" in delivery["hint"]


async def test_a_card_that_appears_ends_no_waiting(agent: Agent, host: CardHost, page: Page) -> None:
    result = await agent.rendered()
    parked = asyncio.create_task(agent.hears(session_of(result), 8))
    card = await host.show(page, result)
    await is_shown(card)
    await asyncio.sleep(6)
    assert not parked.done()
    consumed = await parked
    assert consumed["delivery"]["state"] == "painted"
    assert "hint" not in consumed["delivery"]

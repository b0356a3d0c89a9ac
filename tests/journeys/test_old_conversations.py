"""A conversation is opened again long after the sessions of its cards were removed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import ModuleType

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from ggui_core.bus import SessionExpired
from ggui_core.protocol.blueprint import Blueprint, Provenance
from ggui_core.protocol.session import Component, Session
from ggui_core.seams import BlueprintQuery, RegistryTier
from ggui_core.setup import Setup
from ggui_core.stores import SessionStore
from ggui_core.testing import Booted, booted, card_host

from .test_first_loop import ADMIN, PATIENCE_MS, paired, rendered

MakePlugin = Callable[..., ModuleType]

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@dataclass
class Archive:
    """A tier that has the components of sessions, as a plugin that keeps blueprints would."""

    name: str = "archive"
    kept: dict[str, tuple[Blueprint, Component]] = field(default_factory=dict)

    def keep(self, session: Session) -> Blueprint:
        """A blueprint of what a session shows."""
        assert session.component is not None
        blueprint = Blueprint(
            f"bp_{session.id}",
            session.tenant.app_id,
            session.contract,
            session.contract_hash,
            session.variance,
            session.variant_key,
            Provenance.generated(session.component.generator, None),
            session.component.code_hash,
            session.created_at_ms,
            "agent",
            intent=session.intent,
        )
        self.kept[blueprint.id] = blueprint, session.component
        return blueprint

    async def candidates(self, query: BlueprintQuery) -> Sequence[Blueprint]:
        return [blueprint for blueprint, _ in self.kept.values() if blueprint.app_id == query.app_id]

    async def blueprint(self, app_id: str, blueprint_id: str) -> Blueprint | None:
        found = self.kept.get(blueprint_id)
        return None if found is None or found[0].app_id != app_id else found[0]

    async def component(self, blueprint: Blueprint) -> Component | None:
        return self.kept[blueprint.id][1]


@asynccontextmanager
async def serving(archive: Archive, plugin: MakePlugin) -> AsyncIterator[Booted]:
    def registry_tiers(setup: Setup) -> Sequence[RegistryTier]:
        return [archive]

    keeper = plugin("archive", registry_tiers=registry_tiers)
    args = ["--admin-token", ADMIN, "--ephemeral"]
    async with booted([keeper], installed=True, args=args) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    page = await browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield page
    await page.close()


async def ended(server: Booted, archive: Archive, session_id: str) -> None:
    """Keep what a session shows as a blueprint, then remove the session as the sweeper does."""
    store = server.setup.get(SessionStore)
    session = await store.session(session_id, None)
    assert session is not None
    assert session.component is not None
    await store.commit(session_id, session.component, session.created_at_ms, archive.keep(session).id)
    assert await store.retire(session_id, session.expires_at_ms + 3_600_000)
    await server.setup.bus.publish(SessionExpired(session_id))


async def test_a_card_shows_its_last_state_and_its_gestures_reach_the_agent_again(
    plugin: MakePlugin, page: Page
) -> None:
    archive = Archive()
    async with serving(archive, plugin) as server:
        bearer = await paired(server)
        session_id, uri = await rendered(server, bearer)
        patch = {"sessionId": session_id, "kind": "merge", "patch": {"status": "Half done"}}
        await server.call_tool("ggui_update", patch, bearer=bearer)
        await ended(server, archive, session_id)
        gone = await server.call_tool("ggui_get_session", {"sessionId": session_id}, bearer=bearer)
        assert gone["isError"]
        with card_host(server.base_url, bearer) as host:
            card = await host.show(page, uri, "relay-only")
            await expect(card.get_by_text("Half done").last).to_be_visible(timeout=PATIENCE_MS)
            await card.get_by_label("comment", exact=False).fill("Still here")
            await card.get_by_role("button", name="Send feedback").click()
            consume = {"sessionId": session_id, "timeout": 25}
            heard = (await server.call_tool("ggui_consume", consume, bearer=bearer))["structuredContent"]
            (event,) = heard["events"]
            assert event["actionData"] == {"comment": "Still here"}
            patch["patch"] = {"status": "Done"}
            await server.call_tool("ggui_update", patch, bearer=bearer)
            await expect(card.get_by_text("Done", exact=True).last).to_be_visible(timeout=PATIENCE_MS)


async def test_what_only_a_blueprint_is_left_of_is_shown_without_a_token(
    plugin: MakePlugin, page: Page
) -> None:
    archive = Archive()
    async with serving(archive, plugin) as server:
        bearer = await paired(server)
        session_id, uri = await rendered(server, bearer)
        await ended(server, archive, session_id)
        await server.setup.get(SessionStore).remove(session_id)
        with card_host(server.base_url, bearer) as host:
            read = await server.rpc("resources/read", {"uri": uri}, bearer=bearer)
            document = read["result"]["contents"][0]["text"]
            assert (
                "wsToken" not in document.partition("globalThis.__GGUI_META__")[2].partition("</script>")[0]
            )
            card = await host.show(page, uri, "relay-only")
            await expect(card.get_by_role("button", name="Send feedback")).to_be_visible(timeout=PATIENCE_MS)

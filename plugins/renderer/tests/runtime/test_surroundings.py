"""The page around the card: its look, its size, ways out of it (spec 05 sections 3.3 and 10)."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from .components import GREETING, LINKS, TALL
from .harness import Host, Json, render_slice, until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SURFACE = "getComputedStyle(document.documentElement).getPropertyValue('--ggui-color-surface').trim()"
DARK_HOST = {"--color-background-primary": "#101418", "--color-text-primary": "#f0f4f8"}


async def test_the_hosts_theme_and_palette_are_taken_over_and_followed(host: Host) -> None:
    context = {"theme": "dark", "styles": {"variables": DARK_HOST}}
    frame = await host.open(render_slice(GREETING), context=context)
    await until(lambda: frame.evaluate(f"{SURFACE} === '#101418'"), "the palette")
    html = frame.locator("html")
    await expect(html).to_have_attribute("data-theme", "dark")
    assert await frame.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    value = "document.documentElement.style.getPropertyValue('--color-text-primary')"
    assert await frame.evaluate(value) == "#f0f4f8"
    await host.tell("ui/notifications/host-context-changed", {"theme": "light", "styles": {"variables": {}}})
    await expect(html).to_have_attribute("data-theme", "light")
    assert await frame.evaluate(SURFACE) == "#f4f3ed"
    assert await frame.evaluate(value) == ""


async def test_colours_of_any_syntax_are_measured(host: Host) -> None:
    variables = {
        "--color-background-primary": "light-dark(oklch(1 0 0), #000)",
        "--color-text-primary": "light-dark(rgb(20 20 20), white)",
        "--color-text-secondary": "light-dark(color-mix(in srgb, white 80%, black), white)",
    }
    frame = await host.open(
        render_slice(GREETING), context={"theme": "light", "styles": {"variables": variables}}
    )
    await until(lambda: frame.evaluate(f"{SURFACE} === 'light-dark(oklch(1 0 0), #000)'"), "the palette")
    secondary = "getComputedStyle(document.documentElement).getPropertyValue('--ggui-color-onSurfaceVariant')"
    assert await frame.evaluate(secondary) == "#5a5952"  # light grey on white is not legible


async def test_the_apps_mode_wins_over_the_hosts(host: Host) -> None:
    context = {"theme": "dark", "styles": {"variables": DARK_HOST}}
    frame = await host.open(render_slice(GREETING, themeMode="light"), context=context)
    await until(lambda: host.notifications("ui/notifications/initialized"), "the greeting")
    await expect(frame.locator("html")).to_have_attribute("data-theme", "light")
    assert await frame.evaluate(SURFACE) == "#f4f3ed"


async def test_without_a_word_of_anybody_the_persons_preference_counts(host: Host) -> None:
    await host.page.emulate_media(color_scheme="dark")
    frame = await host.open(render_slice(GREETING))
    await expect(frame.locator("html")).to_have_attribute("data-theme", "dark")
    await host.page.emulate_media(color_scheme="light")
    await expect(frame.locator("html")).to_have_attribute("data-theme", "light")


async def test_language_and_direction_follow_the_host(host: Host) -> None:
    frame = await host.open(render_slice(GREETING), context={"locale": "ar-EG"})
    await expect(frame.locator("html")).to_have_attribute("dir", "rtl")
    await expect(frame.locator("html")).to_have_attribute("lang", "ar-EG")


async def test_the_reported_height_is_that_of_the_content(host: Host) -> None:
    frame = await host.open(render_slice(GREETING, props={"title": "Sized"}), followsSize=True)
    await expect(frame.get_by_role("heading", name="Sized")).to_be_visible()
    await until(
        lambda: frame.evaluate("Math.abs(innerHeight - document.body.getBoundingClientRect().height) <= 4"),
        "the frame to fit",
    )
    assert not await frame.evaluate("document.documentElement.scrollHeight > innerHeight + 4")


async def test_content_that_follows_the_viewport_stops_growing(host: Host) -> None:
    frame = await host.open(render_slice(TALL), followsSize=True)
    await expect(frame.get_by_text("As high as the view")).to_be_visible()
    await until(lambda: host.notifications("ui/notifications/size-changed"), "the first report")
    await frame.evaluate(
        "new Promise(r => { let n = 60; (function f() { n-- ? requestAnimationFrame(f) : r() })() })"
    )
    assert len(await host.notifications("ui/notifications/size-changed")) <= 4


async def test_links_that_lead_away_go_through_the_host(host: Host) -> None:
    frame = await host.open(render_slice(LINKS))
    for name in ("Prevented", "Stopped", "Away"):
        await frame.get_by_text(name).click()
    requests = await until(lambda: _of_length(host, 2), "both requests")
    assert [r["params"]["url"] for r in requests] == ["https://example.com/c", "https://example.com/a"]
    audits = await until(
        lambda: host.called("ggui_runtime_submit_action")[1:2] and host.called("ggui_runtime_submit_action"),
        "audits",
    )
    assert [a["payload"] for a in audits] == [
        {"url": "https://example.com/c"},
        {"url": "https://example.com/a"},
    ]
    assert {a["kind"] for a in audits} == {"openLink"}
    assert await frame.get_by_text("Script").get_attribute("href") is None


async def _of_length(host: Host, length: int) -> list[Json] | None:
    requests = await host.requests("ui/open-link")
    return requests if len(requests) == length else None


async def test_full_screen_is_asked_of_the_host(host: Host) -> None:
    frame = await host.open(render_slice(LINKS))
    await frame.get_by_text("Full").click()
    [request] = await until(lambda: host.requests("ui/request-display-mode"), "the request")
    assert request["params"] == {"mode": "fullscreen"}
    await frame.evaluate("document.exitFullscreen()")
    await until(lambda: _modes(host, ["fullscreen", "inline"]), "the way back")


async def _modes(host: Host, wanted: list[str]) -> bool:
    return [r["params"]["mode"] for r in await host.requests("ui/request-display-mode")] == wanted

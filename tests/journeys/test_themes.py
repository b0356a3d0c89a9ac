"""A theme from the operator's file or the agent's call to what a browser paints."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from ggui_core.testing import Booted, FakeClock, booted
from ggui_themes.presets import IDS, preset

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PATIENCE_MS = 20_000
MODES = ("light", "dark")

CONTRACT: dict[str, Any] = {
    "propsSpec": {"properties": {"question": {"schema": {"type": "string"}, "required": True}}},
    "actionSpec": {
        "agree": {
            "label": "Agree",
            "schema": {"type": "object", "properties": {"comment": {"type": "string"}}},
        }
    },
}
VARIABLES = """() => {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries([...style].filter((name) => name.startsWith("--ggui-"))
    .map((name) => [name, style.getPropertyValue(name).trim()]));
}"""
PAINTED = """() => {
  const button = getComputedStyle([...document.querySelectorAll("button")].find((b) => b.textContent === "Agree"));
  return {
    ground: getComputedStyle(document.documentElement).backgroundColor,
    scheme: getComputedStyle(document.documentElement).colorScheme,
    button: button.backgroundColor,
    font: getComputedStyle(document.body).fontFamily.split(",")[0].replaceAll('"', ""),
  };
}"""


@asynccontextmanager
async def serving(**config: Any) -> AsyncIterator[Booted]:
    """Every installed plugin, and a clock that never moves."""
    args = ["--dev-allow-all", "--ephemeral"]
    app = {"app": {"slug": "shop", "name": "Shop"}}
    async with booted(installed=True, config={**app, **config}, args=args, clock=FakeClock()) as server:
        yield server


async def card(server: Booted, **arguments: Any) -> str:
    """The document of a new card."""
    draft = {"intent": "Ask for agreement", "blueprintDraft": {"contract": CONTRACT}}
    agreed = (await server.call_tool("ggui_handshake", draft))["structuredContent"]
    given = {"handshakeId": agreed["handshakeId"], "props": {"question": "Shall we?"}, **arguments}
    rendered = await server.call_tool("ggui_render", given)
    assert not rendered["isError"], rendered
    uri = rendered["structuredContent"]["resourceUri"]
    answer = await server.rpc("resources/read", {"uri": uri})
    text: str = answer["result"]["contents"][0]["text"]
    return text


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server() -> AsyncIterator[Booted]:
    async with serving() as running:
        yield running


@asynccontextmanager
async def shown(browser: Browser, document: str, mode: str) -> AsyncIterator[Page]:
    """The card on a machine whose owner prefers a mode, in a host that says nothing."""
    context = await browser.new_context(color_scheme=mode)  # type: ignore[arg-type]
    try:
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        await page.set_content(document)
        await page.get_by_role("button", name="Agree").wait_for()
        yield page
    finally:
        await context.close()


def rgb(colour: str) -> str:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return f"rgb({red}, {green}, {blue})"


def squeezed(variables: Mapping[str, str]) -> dict[str, str]:
    """Without the spaces that a browser may write otherwise."""
    return {name: "".join(value.split()) for name, value in variables.items()}


@pytest.mark.parametrize("name", IDS)
async def test_a_card_wears_the_preset_that_its_render_names(
    server: Booted, browser: Browser, name: str
) -> None:
    theme = preset(name)
    document = await card(server, themeId=name)
    for mode, ladder in (("light", theme.light), ("dark", theme.dark)):
        async with shown(browser, document, mode) as page:
            variables, painted = await page.evaluate(VARIABLES), await page.evaluate(PAINTED)
        assert squeezed(variables) == squeezed(ladder)
        first_font = ladder["--ggui-font-family-sans"].split(",")[0].strip("'")
        assert painted == {
            "ground": rgb(ladder["--ggui-color-surface"]),
            "scheme": mode,
            "button": rgb(ladder["--ggui-color-primary-500"]),
            "font": first_font,
        }


async def test_the_default_preset_is_what_a_view_wears_when_nothing_is_said(
    server: Booted, browser: Browser
) -> None:
    document = await card(server)
    for mode in MODES:
        async with shown(browser, document, mode) as page:
            variables = await page.evaluate(VARIABLES)
        assert squeezed(variables) == squeezed(getattr(preset("ggui"), mode))


async def test_the_operators_theme_mode_and_overrides_are_worn_whatever_the_machine_prefers(
    browser: Browser,
) -> None:
    theme = {"preset": "claudic", "mode": "dark", "overrides": {"color.primary.500": "#ffcc00"}}
    async with serving(theme=theme) as server, shown(browser, await card(server), "light") as page:
        painted = await page.evaluate(PAINTED)
    assert painted["ground"] == rgb(preset("claudic").dark["--ggui-color-surface"])
    assert painted["button"] == "rgb(255, 204, 0)"
    assert painted["scheme"] == "dark"


async def test_an_unknown_theme_is_refused_and_says_what_was_meant(server: Booted) -> None:
    draft = {"intent": "Ask for agreement", "blueprintDraft": {"contract": CONTRACT}}
    agreed = (await server.call_tool("ggui_handshake", draft))["structuredContent"]
    given = {"handshakeId": agreed["handshakeId"], "props": {"question": "?"}, "themeId": "claudik"}
    refusal = await server.call_tool("ggui_render", given)
    assert refusal["_meta"]["ai.ggui/error"]["code"] == "CTR_RENDER_UNKNOWN_THEME_ID"
    assert 'did you mean "claudic"?' in refusal["content"][0]["text"]

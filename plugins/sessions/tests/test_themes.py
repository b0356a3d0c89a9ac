"""A render may wear the themes of its app and no other (spec 02 section 6.2, gate 3)."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from ggui_core.protocol.theme import Theme
from ggui_core.setup import Setup

from .serving import PROPS, SLICE, serving
from .stand_ins import plugin

UNKNOWN = "CTR_RENDER_UNKNOWN_THEME_ID"


def wardrobe(*names: str) -> ModuleType:
    """A plugin that brings themes of these names."""

    def themes(setup: Setup) -> Sequence[Theme]:
        return [Theme(name, name.title(), "Made for a test.", {}, {}, "0" * 64) for name in names]

    return plugin("wardrobe", themes=themes)


async def test_a_theme_of_the_app_is_worn() -> None:
    async with serving((), wardrobe("dusk", "dawn")) as agent:
        result = await agent.render(themeId="dawn")
    assert result["_meta"][SLICE]["themeId"] == "dawn"


async def test_an_unknown_theme_is_a_contract_violation_that_leaves_the_handshake_open() -> None:
    async with serving((), wardrobe("dusk", "dawn")) as agent:
        agreed = await agent.handshake()
        arguments = {"handshakeId": agreed["handshakeId"], "props": PROPS}
        refusal = await agent.error("ggui_render", {**arguments, "themeId": "dust"})
        again = await agent.ok("ggui_render", {**arguments, "themeId": "dusk"})
    assert refusal["code"] == UNKNOWN
    assert [violation["field"] for violation in refusal["violations"]] == ["themeId"]
    assert 'did you mean "dusk"?' in refusal["text"]
    assert again["sessionId"]


async def test_the_theme_is_judged_before_the_handshake() -> None:
    async with serving((), wardrobe("dusk")) as agent:
        refusal = await agent.error(
            "ggui_render", {"handshakeId": "never-was", "props": {}, "themeId": "nightfall"}
        )
    assert refusal["code"] == UNKNOWN


async def test_a_server_without_themes_takes_every_name() -> None:
    async with serving() as agent:
        result = await agent.render(themeId="whatever")
    assert result["_meta"][SLICE]["themeId"] == "whatever"

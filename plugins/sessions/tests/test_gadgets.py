"""``ggui_list_gadgets`` on the wire (spec 02 section 6.10)."""

from __future__ import annotations

from typing import Any

import pytest

from ggui_core.protocol.gadgets import BUILT_IN, GadgetDescriptor

from .serving import Agent, serving

LIST = "ggui_list_gadgets"


@pytest.mark.parametrize("arguments", [{}, {"appId": "builder"}])
async def test_the_gadgets_that_every_runtime_has_are_listed(arguments: dict[str, Any]) -> None:
    async with serving() as agent:
        (listed,) = (await agent.ok(LIST, arguments))["gadgets"]
    assert GadgetDescriptor.model_validate(listed) == BUILT_IN
    camera = next(export for export in listed["exports"] if export["hook"] == "useCamera")
    assert camera["permission"] == "camera"
    assert camera["usage"].startswith("const {value, status, error, start, stop} = useCamera(")
    assert set(listed) == {"package", "version", "exports"}


async def test_another_app_is_refused_whether_or_not_it_exists() -> None:
    async with serving() as agent:
        await Agent(agent.server, "app:shop").card()
        there, nowhere = [await agent.error(LIST, {"appId": app_id}) for app_id in ("shop", "nobody")]
    assert there["code"] == "app_access_denied"
    assert there == nowhere


async def test_each_caller_asks_for_its_own_app() -> None:
    async with serving() as agent:
        shop = Agent(agent.server, "user:shop:ann")
        assert await shop.ok(LIST, {"appId": "shop"}) == await agent.ok(LIST, {})
        assert (await shop.error(LIST, {"appId": "builder"}))["code"] == "app_access_denied"


async def test_what_a_contract_may_name_is_what_is_listed() -> None:
    async with serving() as agent:
        (listed,) = (await agent.ok(LIST, {}))["gadgets"]
        named = {export["hook"]: {} for export in listed["exports"]}
        await agent.card({"clientCapabilities": {"gadgets": {listed["package"]: named}}}, {})

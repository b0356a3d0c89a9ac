"""What an operator sees of the renders of a server, and how one is ended."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from ggui_core.stores import AuditStore
from ggui_core.testing import FakeClock

from .serving import Agent, serving


async def operate(agent: Agent, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The result of an ops tool."""
    params = {"name": tool, "arguments": dict(arguments)}
    answer = await agent.server.rpc("tools/call", params, bearer=agent.bearer, path="/ops")
    result: dict[str, Any] = answer["result"]
    return result


async def listed(agent: Agent, **arguments: Any) -> list[str]:
    result = await operate(agent, "ggui_ops_list_renders", arguments)
    return [render["sessionId"] for render in result["structuredContent"]["renders"]]


async def test_an_operator_lists_the_renders_of_all_users_of_the_app_newest_first() -> None:
    async with serving() as agent:
        shop = Agent(agent.server, "app:shop")
        ann, bob = Agent(agent.server, "user:shop:ann"), Agent(agent.server, "user:shop:bob")
        first, second = await ann.card(), await bob.card()
        elsewhere = await Agent(agent.server, "app:other").card()
        assert await listed(shop) == [second, first]
        assert await listed(shop, limit=1) == [second]
        assert elsewhere not in await listed(shop)


async def test_a_render_is_shown_with_its_provenance_and_without_code_or_tokens() -> None:
    async with serving() as agent:
        session_id = await agent.card()
        result = await operate(agent, "ggui_ops_get_render", {"sessionId": session_id})
        stored = await agent.stored(session_id)
    render = result["structuredContent"]
    assert (render["generator"], render["status"], render["intent"]) == ("writer", "active", "book a room")
    assert render["props"] == stored.props
    assert render["contract"] == stored.contract
    text = str(result)
    assert stored.component is not None
    assert stored.component.source not in text
    assert "wsToken" not in text
    assert stored.short_code not in text


async def test_looking_at_renders_does_not_prolong_their_lives() -> None:
    clock = FakeClock()
    async with serving(clock=clock) as agent:
        session_id = await agent.card()
        before = await agent.stored(session_id)
        await clock.advance(60)
        await listed(agent)
        await operate(agent, "ggui_ops_get_render", {"sessionId": session_id})
        assert await agent.stored(session_id) == before


async def test_an_ended_render_is_gone_and_whoever_waits_for_it_hears_so() -> None:
    async with serving() as agent:
        session_id = await agent.card()
        waiting = await agent.parked(session_id)
        ended = await operate(agent, "ggui_ops_end_render", {"sessionId": session_id})
        assert ended["structuredContent"] == {"ended": True}
        async with asyncio.timeout(5):
            assert (await waiting)["status"] == "expired"
        assert (await agent.error("ggui_get_session", {"sessionId": session_id}))["code"] == (
            "session_not_found"
        )
        (event,) = await agent.server.setup.get(AuditStore).newest(1)
        assert (event.action, event.details) == ("session.ended", {"sessionId": session_id})


async def test_ending_a_render_of_somebody_else_answers_the_same_and_ends_nothing() -> None:
    async with serving() as agent:
        ann, bob = Agent(agent.server, "user:shop:ann"), Agent(agent.server, "app:other")
        session_id = await ann.card()
        denied = await operate(bob, "ggui_ops_end_render", {"sessionId": session_id})
        missing = await operate(bob, "ggui_ops_end_render", {"sessionId": "0" * 36})
        assert denied == missing
        assert (await ann.ok("ggui_get_session", {"sessionId": session_id}))["status"] == "active"
        foreign = await operate(bob, "ggui_ops_get_render", {"sessionId": session_id})
        unknown = await operate(bob, "ggui_ops_get_render", {"sessionId": "0" * 36})
        assert str(foreign).replace(session_id, "0" * 36) == str(unknown)

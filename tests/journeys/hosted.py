"""What journeys through hosts share: an agent on the wire, and one whole loop with a card that a browser shows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from playwright.async_api import FrameLocator, Page, expect

from ggui_core.testing import Booted, CardHost

from .test_first_loop import CONTRACT, PATIENCE_MS, paired

QUESTION = "How did the session go?"
Json = dict[str, Any]


@dataclass(frozen=True)
class Agent:
    """An agent that speaks to the server directly."""

    server: Booted
    bearer: str

    @classmethod
    async def of(cls, server: Booted) -> Agent:
        return cls(server, await paired(server))

    async def call(self, tool: str, **arguments: Any) -> Json:
        """The structured content of a call that succeeds."""
        result = await self.server.call_tool(tool, arguments, bearer=self.bearer)
        assert not result.get("isError"), result
        content: Json = result["structuredContent"]
        return content

    async def rendered(self) -> Json:
        """The whole result of rendering the card of these journeys."""
        draft = {"intent": "Ask how the session went", "blueprintDraft": {"contract": CONTRACT}}
        shaken = await self.call("ggui_handshake", **draft)
        given = {"handshakeId": shaken["handshakeId"], "props": {"question": QUESTION}}
        return await self.server.call_tool("ggui_render", given, bearer=self.bearer)

    async def says(self, session_id: str, status: str) -> None:
        """Update the card."""
        patch = {"status": status}
        answer = await self.call("ggui_update", sessionId=session_id, kind="merge", patch=patch)
        assert answer["updated"] is True

    async def tells(self, session_id: str, text: str) -> None:
        """Emit news to the card."""
        answer = await self.call("ggui_emit", sessionId=session_id, channel="news", payload={"text": text})
        assert answer["accepted"] is True

    async def hears(self, session_id: str, timeout_s: int = 20) -> Json:
        """Consume."""
        return await self.call("ggui_consume", sessionId=session_id, timeout=timeout_s)


def session_of(result: Json) -> str:
    """The id of a rendered session."""
    session_id: str = result["structuredContent"]["sessionId"]
    return session_id


async def is_shown(card: FrameLocator, words: str = QUESTION) -> None:
    """Wait until a text is visible in the card."""
    await expect(card.get_by_text(words).last).to_be_visible(timeout=PATIENCE_MS)


async def says(card: FrameLocator, comment: str) -> None:
    """The person writes and sends."""
    await card.get_by_label("comment", exact=False).fill(comment)
    await card.get_by_role("button", name="Send feedback").click()


async def live(agent: Agent, card: FrameLocator, session_id: str, *, word: str = "") -> None:
    """One loop with a card that is mounted or about to be: gesture → consume → update and emit become visible.

    Args:
        word: Sets the texts of this loop apart from those of another with the same card.
    """
    await is_shown(card)
    parked = asyncio.create_task(heard(agent, session_id))
    await says(card, f"Splendid{word}")
    async with asyncio.timeout(PATIENCE_MS / 1000):
        event = await parked
    assert (event["intent"], event["actionData"]) == ("send_feedback", {"comment": f"Splendid{word}"})
    await agent.says(session_id, f"Thank you{word}")
    await is_shown(card, f"Thank you{word}")
    await agent.tells(session_id, f"Noted{word}")
    await is_shown(card, f"Noted{word}")
    session = await agent.call("ggui_get_session", sessionId=session_id)
    assert session["delivery"]["state"] == "touched"


async def heard(agent: Agent, session_id: str) -> Json:
    """The one gesture that the agent waits for; an answer without one is waited on, as agents do."""
    while True:
        consumed = await agent.hears(session_id)
        assert consumed["status"] == "active"
        if consumed["events"]:
            (event,) = consumed["events"]
            assert isinstance(event, dict)
            return event


async def transport(page: Page) -> str:
    """The way on which the newest card that is shown gets its news, as it told its host."""
    picked = [
        message["event"]["transport"]
        for message in await CardHost.heard(page)
        if message.get("type") == "ggui:observe" and message["event"]["kind"] == "channel-transport-picked"
    ]
    return str(picked[-1]) if picked else "none"

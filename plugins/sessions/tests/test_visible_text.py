"""What a model reads of an answer: no credential of a view is in it (spec 02 section 19)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ggui_core.seams import SlicePart

from .serving import PROPS, SLICE, serving
from .stand_ins import slicing

TOKEN = SlicePart({"wsUrl": "ws://x/ws", "wsToken": "secret-token"})


@pytest.mark.spec("02 19.5")
async def test_tokens_of_views_travel_beside_the_text_never_in_it() -> None:
    async with serving((), slicing(TOKEN)) as agent:
        agreed = await agent.handshake()
        rendered = await agent.call("ggui_render", {"handshakeId": agreed["handshakeId"], "props": PROPS})
        session_id = rendered["structuredContent"]["sessionId"]
        minted = {"kind": "merge", "patch": {"title": "New"}, "renderAsNew": True}
        calls: dict[str, dict[str, Any]] = {
            "ggui_list_sessions": {},
            "ggui_get_session": {"sessionId": session_id},
            "ggui_update": {"sessionId": session_id, **minted},
            "ggui_consume": {"sessionId": session_id},
        }
        answers = [rendered, *[await agent.call(name, arguments) for name, arguments in calls.items()]]
        tools = (await agent.server.rpc("tools/list"))["result"]["tools"]
    assert rendered["_meta"][SLICE]["wsToken"] == "secret-token"
    for answer in answers:
        assert not answer["isError"]
        assert "secret-token" not in json.dumps([answer["content"], answer["structuredContent"]])
    (listing,) = (tool for tool in tools if tool["name"] == "ggui_list_sessions")
    assert listing["_meta"]["ui"]["visibility"] == ["model"], "no view may call it"

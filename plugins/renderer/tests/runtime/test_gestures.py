"""What a person does, on its way to the agent (spec 05 section 8)."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime

import pytest
from playwright.async_api import Frame, expect

from .components import ORDER
from .harness import Host, Json, LiveServer, ack, render_slice, structured, until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SUBMIT = "ggui_runtime_submit_action"


def fnv1a(text: str) -> str:
    value = 0x811C9DC5
    for unit in memoryview(text.encode("utf-16-le")).cast("H"):
        value = (value ^ unit) * 0x01000193 % 2**32
    return f"{value:08x}"


async def outcome(frame: Frame) -> Json:
    """What the component was told."""
    cell = frame.get_by_test_id("outcome")
    await expect(cell).not_to_have_text("none")
    told: Json = json.loads(await cell.inner_text())
    return told


async def test_a_click_becomes_one_tool_call_of_exactly_this_shape(host: Host) -> None:
    slots = [{"name": "note", "contextName": "NoteContext", "schema": {"type": "string"}, "default": "ok"}]
    frame = await host.open(render_slice(ORDER, props={"id": "o-7"}, contextSlots=slots))
    await frame.get_by_role("button", name="Approve").click()
    assert await outcome(frame) == {"ok": True, "heard": True}
    [call] = host.called(SUBMIT)
    fired_at = call["firedAt"]
    assert datetime.fromisoformat(fired_at).tzinfo is not None
    assert fired_at.endswith("Z")
    assert call == {
        "kind": "dispatch",
        "payload": {"intent": "approve", "actionData": {"id": "o-7"}, "uiContext": {"note": "ok"}},
        "sessionId": "s-1",
        "appId": "shop",
        "actionId": fnv1a(f'approve|{{"id":"o-7"}}|{fired_at}'),
        "firedAt": fired_at,
    }
    assert await host.requests("ui/message") == []


async def test_the_model_context_tells_of_the_gesture(host: Host) -> None:
    frame = await host.open(render_slice(ORDER, props={"id": "o-7"}))
    await frame.get_by_role("button", name="Approve").click()
    [request] = await until(lambda: host.requests("ui/update-model-context"), "the model context")
    [block] = request["params"]["content"]
    marker, _, told = block["text"].partition(" ")
    assert marker == "[ggui:pending-action]"
    [call] = host.called(SUBMIT)
    assert json.loads(told) == {
        "actionId": call["actionId"],
        "intent": "approve",
        "data": {"id": "o-7"},
        "firedAt": call["firedAt"],
        "sessionId": "s-1",
        "appId": "shop",
    }


async def test_nested_elements_that_send_the_same_send_once(host: Host) -> None:
    frame = await host.open(render_slice(ORDER))
    await frame.get_by_role("button", name="Nested").click()
    await until(lambda: any("dispatched twice" in line for line in host.console), "the warning")
    await frame.get_by_role("button", name="Approve").click()
    assert await outcome(frame) == {"ok": True, "heard": True}
    assert [call["payload"]["intent"] for call in host.called(SUBMIT)] == ["ping", "approve"]
    assert host.called(SUBMIT)[0]["payload"]["actionData"] is None  # the click event is no payload


async def test_the_same_gesture_made_twice_has_two_ids(host: Host) -> None:
    frame = await host.open(render_slice(ORDER, props={"id": "o-7"}))
    button = frame.get_by_role("button", name="Approve")
    await button.evaluate("b => { b.click(); setTimeout(() => b.click()) }")
    await until(lambda: len(host.called(SUBMIT)) == 2, "both calls")
    assert len({call["actionId"] for call in host.called(SUBMIT)}) == 2


@pytest.mark.spec("01 22.7")
@pytest.mark.parametrize("present", [False, None, "true"])
async def test_unless_somebody_is_literally_present_the_doorbell_rings(host: Host, present: object) -> None:
    async def unheard(_: Json) -> Json:
        return structured({"ok": True} if present is None else {"ok": True, "consumerPresent": present})

    host.tools[SUBMIT] = unheard
    frame = await host.open(render_slice(ORDER, props={"id": "o-7"}))
    await frame.get_by_role("button", name="Approve").click()
    assert await outcome(frame) == {"ok": True, "heard": False}
    [ring] = await until(lambda: host.requests("ui/message"), "the doorbell")
    assert isinstance(ring["id"], int)
    assert set(ring["params"]) == {"role", "content"}
    assert ring["params"]["role"] == "user"
    [block] = ring["params"]["content"]
    assert set(block) == {"type", "text", "_meta"}
    assert block["type"] == "text"
    [call] = host.called(SUBMIT)
    action = block["_meta"]["ai.ggui/userAction"]
    assert action.pop("description")
    assert datetime.fromisoformat(action.pop("submittedAt"))
    assert action == {
        "kind": "user-action",
        "sessionId": "s-1",
        "actionId": call["actionId"],
        "intent": "approve",
        "nextStep": {"tool": "ggui_consume", "args": {"sessionId": "s-1"}},
    }
    assert block["text"].index("ggui_consume") < block["text"].index("<ggui_directive")
    assert "approve" not in block["text"]
    notice = frame.locator("[data-ggui-notice]")
    await expect(notice).to_contain_text("Sent to the chat")
    await expect(frame.get_by_role("status").filter(has_text="Sent to the chat").first).to_be_attached()
    await notice.press("Enter")
    await expect(notice).to_have_count(0)


async def test_a_host_without_messages_is_told_apart(host: Host) -> None:
    async def unheard(_: Json) -> Json:
        return structured({"ok": True, "consumerPresent": False})

    host.tools[SUBMIT] = unheard
    frame = await host.open(render_slice(ORDER), capabilities={"serverTools": {}}, refused=["ui/message"])
    await frame.get_by_role("button", name="Approve").click()
    await expect(frame.locator("[data-ggui-notice]")).to_contain_text("Saved for the agent")


async def test_a_refused_gesture_brings_its_violations_and_rings_no_doorbell(host: Host) -> None:
    violations = [{"field": "approve.data.id", "message": "must be a string", "expected": "string"}]

    async def refused(_: Json) -> Json:
        return structured(
            {"ok": False, "code": "CONTRACT_VIOLATION", "message": "no", "violations": violations}
        )

    host.tools[SUBMIT] = refused
    frame = await host.open(render_slice(ORDER))
    await frame.get_by_role("button", name="Approve").click()
    told = await outcome(frame)
    assert told["violations"] == [{"field": "approve.data.id", "message": "must be a string"}]
    assert (told["ok"], told["code"]) == (False, "CONTRACT_VIOLATION")
    await expect(frame.get_by_role("alert").filter(has_text="nothing was sent")).to_be_attached()
    assert await host.requests("ui/message") == []
    assert len(host.called(SUBMIT)) == 1


async def test_a_lost_call_is_repeated_under_the_same_id(host: Host) -> None:
    answers: list[Json] = [
        {"error": {"code": -32000, "message": "connection reset"}},
        {"result": {"isError": True, "content": [{"type": "text", "text": "upstream fault"}]}},
        structured({"ok": True, "consumerPresent": True}),
    ]

    async def flaky(_: Json) -> Json:
        return answers.pop(0)

    host.tools[SUBMIT] = flaky
    frame = await host.open(render_slice(ORDER, props={"id": "o-7"}))
    await frame.get_by_role("button", name="Approve").click()
    assert await outcome(frame) == {"ok": True, "heard": True}
    assert len(host.called(SUBMIT)) == 3
    assert all(call == host.called(SUBMIT)[0] for call in host.called(SUBMIT))


async def test_after_the_third_failure_the_person_is_told(host: Host) -> None:
    async def well(_: Json) -> Json:
        return structured({"ok": True, "consumerPresent": True})

    async def broken(_: Json) -> Json:
        return {"error": {"code": -32000, "message": "connection reset"}}

    host.tools[SUBMIT] = broken
    frame = await host.open(render_slice(ORDER))
    await frame.get_by_role("button", name="Approve").click()
    told = await outcome(frame)
    assert (told["ok"], told["code"], told["message"]) == (False, "RELAY_FAILED", "connection reset")
    assert len(host.called(SUBMIT)) == 3
    assert await host.requests("ui/message") == []
    await expect(frame.get_by_role("alert").filter(has_text="connection reset")).to_be_attached()
    notice = frame.locator("[data-ggui-notice=failed]")
    await expect(notice).to_contain_text("That was not sent: connection reset")
    host.tools[SUBMIT] = well
    await frame.get_by_role("button", name="Approve").click()
    await expect(notice).to_have_count(0)


async def test_a_host_that_relays_nothing_is_named_once(host: Host) -> None:
    frame = await host.open(render_slice(ORDER), refused=["tools/call"], capabilities={})
    await frame.get_by_role("button", name="Approve").click()
    assert (await outcome(frame))["ok"] is False
    await expect(frame.locator("[data-ggui-notice=incapable]")).to_be_visible()
    await until(lambda: _observed(host, "relay-incapability"), "the signal to the host page")
    assert len(await host.requests("tools/call")) >= 1


async def _observed(host: Host, kind: str) -> list[Json]:
    return [s["event"] for s in await host.signals("ggui:observe") if s["event"]["kind"] == kind]


async def test_without_a_relay_the_open_socket_carries_the_gesture(host: Host, live: LiveServer) -> None:
    live.on_subscribe = [ack(actionSpec={"approve": {"label": "Approve order"}})]
    url = live.origin.url.replace("http", "ws") + "/ws"
    frame = await host.open(
        render_slice(ORDER, props={"id": "o-7"}, wsUrl=url, wsToken="t-1"),
        refused=["tools/call"],
        capabilities={},
    )
    await until(lambda: live.received("subscribe"), "the subscription")
    await until(lambda: _observed(host, "channel-transport-picked"), "the socket")
    await frame.get_by_role("button", name="Approve").click()
    [frame_] = await until(lambda: [f for f in live.frames if f["type"] == "action"], "the action frame")
    assert frame_["payload"]["payload"] == {"action": "approve", "data": {"id": "o-7"}}
    assert frame_["payload"]["actionId"] == frame_["requestId"]
    await live.sockets[-1].send_json(
        {"type": "ack", "requestId": frame_["requestId"], "payload": {"sequence": 4, "timestamp": 1}}
    )
    assert await outcome(frame) == {"ok": True, "heard": False}


@pytest.mark.spec("01 22.6")
async def test_the_notice_goes_when_the_agent_has_drained_that_gesture(host: Host, live: LiveServer) -> None:
    async def unheard(_: Json) -> Json:
        return structured({"ok": True, "consumerPresent": False})

    host.tools[SUBMIT] = unheard
    live.on_subscribe = [ack()]
    url = live.origin.url.replace("http", "ws") + "/ws"
    frame = await host.open(render_slice(ORDER, wsUrl=url, wsToken="t-1"))
    await until(lambda: live.received("subscribe"), "the subscription")
    await frame.get_by_role("button", name="Approve").click()
    notice = frame.locator("[data-ggui-notice]")
    await expect(notice).to_be_visible()
    drained = {"sessionId": "s-1", "appId": "shop", "drainedAt": "2026-03-01T10:01:24.100Z"}
    await live.send("drain_ack", {**drained, "eventId": "00000000"})
    await live.send("props_update", {"sessionId": "s-1", "props": {"id": "later"}})
    await asyncio.sleep(0)
    await expect(notice).to_be_visible()
    await live.send("drain_ack", {**drained, "eventId": host.called(SUBMIT)[0]["actionId"]})
    await expect(notice).to_have_count(0)


async def test_the_tools_name_can_be_overridden_by_the_page(host: Host) -> None:
    body = "<script>globalThis.__GGUI_DISPATCH_TOOL__ = 'other_submit'</script>"
    frame = await host.open(render_slice(ORDER), body=body)
    await frame.get_by_role("button", name="Approve").click()
    await until(lambda: host.called("other_submit"), "the overridden tool")

"""From a document, or a tool result, to a mounted card (spec 05 section 3)."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import expect

from .components import GREETING
from .harness import Host, LiveServer, meta, render_slice, until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_an_inlined_slice_is_mounted_and_says_so(host: Host) -> None:
    frame = await host.open(render_slice(GREETING, props={"title": "Hello"}))
    await expect(frame.get_by_role("heading", name="Hello")).to_be_visible()
    await until(lambda: host.called("ggui_runtime_telemetry"), "receipts")
    assert await host.states() == ["mounting", "code-ready"]
    assert (await host.signals("ggui:renderer-ready"))[0]["version"]
    assert await frame.evaluate("evaluations") == 1
    first, *rest = await host.requests("ui/initialize")
    assert (first["id"], rest) == (0, [])
    assert first["params"]["appInfo"]["name"] == "ggui-iframe-runtime"
    assert first["params"]["protocolVersion"] == "2026-01-26"
    assert len(await host.notifications("ui/notifications/initialized")) == 1


async def test_receipts_name_started_and_painted(host: Host) -> None:
    await host.open(render_slice(GREETING))
    await until(
        lambda: (
            "delivery.painted"
            in [e["kind"] for t in host.called("ggui_runtime_telemetry") for e in t["events"]]
        ),
        "the painted receipt",
    )
    events = [event for batch in host.called("ggui_runtime_telemetry") for event in batch["events"]]
    assert [e["kind"] for e in events if e["kind"].startswith("delivery.")] == [
        "delivery.started",
        "delivery.painted",
    ]
    assert {batch["sessionId"] for batch in host.called("ggui_runtime_telemetry")} == {"s-1"}
    assert all(isinstance(event["at"], int) for event in events)


async def test_a_host_that_never_answers_still_gets_a_card(host: Host) -> None:
    frame = await host.open(render_slice(GREETING, props={"title": "Alone"}), silent=["ui/initialize"])
    await expect(frame.get_by_role("heading", name="Alone")).to_be_visible()
    await frame.get_by_role("button", name="Count 0").click()
    await expect(frame.get_by_role("button", name="Count 1")).to_be_visible()
    # After waiting for it long enough, the rest is tried all the same.
    await until(lambda: host.called("ggui_runtime_telemetry"), "receipts")


async def test_a_tool_result_that_comes_after_the_greeting_is_mounted(host: Host) -> None:
    frame = await host.open(None, body='<div id="ggui-root" data-ggui-shell="thin"></div>')
    await until(lambda: host.notifications("ui/notifications/initialized"), "the greeting")
    await host.deliver(render_slice(GREETING, props={"title": "Late"}))
    await expect(frame.get_by_role("heading", name="Late")).to_be_visible()


async def test_a_tool_result_buffered_by_the_shell_is_mounted(host: Host) -> None:
    older, newer = (render_slice(GREETING, props={"title": title}) for title in ("Older", "Newer"))
    buffered = [{"_meta": meta(older)}, {"_meta": meta(newer)}, {"content": []}]
    body = f"<script>globalThis.__GGUI_PENDING_TOOL_RESULTS__ = {json.dumps(buffered)}</script>"
    frame = await host.open(None, body=body)
    await expect(frame.get_by_role("heading", name="Newer")).to_be_visible()


async def test_a_locator_leads_through_the_read_door(host: Host) -> None:
    uri = "ui://ggui/render/s-1/0123456789abcdef"
    host.resources[uri] = host.document(render_slice(GREETING, props={"title": "From the document"}))
    frame = await host.open(None)
    await until(lambda: host.notifications("ui/notifications/initialized"), "the greeting")
    await host.deliver(structuredContent={"sessionId": "s-1", "resourceUri": uri})
    await expect(frame.get_by_role("heading", name="From the document")).to_be_visible()
    assert host.called("resources/read") == [{"uri": uri}]


async def test_an_expired_document_is_read_anew(host: Host, live: LiveServer) -> None:
    expired = render_slice(wsUrl="ws://127.0.0.1:1/ws", wsToken="old", expiresAt="2020-01-01T00:00:00Z")
    host.resources["ui://ggui/render/s-1"] = host.document(render_slice(GREETING, props={"title": "Fresh"}))
    frame = await host.open(expired)
    await expect(frame.get_by_role("heading", name="Fresh")).to_be_visible()


async def test_the_same_slice_twice_is_evaluated_once(host: Host) -> None:
    slice_ = render_slice(GREETING, props={"title": "Once"})
    frame = await host.open(slice_)
    await frame.get_by_role("button", name="Count 0").click()
    await host.deliver(slice_)
    await host.deliver({**slice_, "propsJson": '{"title":"Newer props"}'})
    await expect(frame.get_by_role("heading", name="Newer props")).to_be_visible()
    await expect(frame.get_by_role("button", name="Count 1")).to_be_visible()
    assert await frame.evaluate("evaluations") == 1


async def test_a_result_that_comes_while_the_code_loads_does_not_run_it_again(host: Host) -> None:
    slices = [render_slice(GREETING, props={"title": title}) for title in ("First", "Second", "Third")]
    frame = await host.open(slices[0], onReady=[{"_meta": meta(slice_)} for slice_ in slices[1:]])
    await expect(frame.get_by_role("heading", name="Third")).to_be_visible()
    assert await frame.evaluate("evaluations") == 1


async def test_an_older_result_does_not_bring_back_older_props(host: Host) -> None:
    frame = await host.open(render_slice(GREETING, props={"title": "Newest"}, lastSequence=9))
    await expect(frame.get_by_role("heading", name="Newest")).to_be_visible()
    await host.deliver(render_slice(GREETING, props={"title": "Stored long ago"}, lastSequence=2))
    await host.deliver(render_slice(GREETING, props={"title": "After it"}, lastSequence=10))
    await expect(frame.get_by_role("heading", name="After it")).to_be_visible()


async def test_a_document_belongs_to_its_session_a_shell_does_not(host: Host) -> None:
    other = render_slice(GREETING, session_id="s-2", props={"title": "Other"})
    frame = await host.open(render_slice(GREETING, props={"title": "Mine"}))
    await expect(frame.get_by_role("heading", name="Mine")).to_be_visible()
    await host.deliver(other)
    await until(lambda: any("s-2" in line for line in host.console), "the warning")
    await expect(frame.get_by_role("heading", name="Mine")).to_be_visible()


async def test_a_shell_shows_whichever_session_the_host_delivers(host: Host) -> None:
    frame = await host.open(None, body='<div data-ggui-shell="thin"></div>')
    await until(lambda: host.notifications("ui/notifications/initialized"), "the greeting")
    await host.deliver(render_slice(GREETING, props={"title": "First"}))
    await expect(frame.get_by_role("heading", name="First")).to_be_visible()
    await host.deliver(render_slice(GREETING, session_id="s-2", props={"title": "Second"}))
    await expect(frame.get_by_role("heading", name="Second")).to_be_visible()


async def test_nothing_to_show_is_said_and_not_left_blank(host: Host) -> None:
    frame = await host.open({"sessionId": "s-1", "appId": "shop"})
    await expect(frame.get_by_role("alert").filter(has_text="nothing to show")).to_be_visible()
    failed = (await host.signals("ggui:bootstrap-failed"))[0]
    assert failed["reason"] == "MALFORMED_BOOTSTRAP"
    await host.deliver(render_slice(GREETING, props={"title": "After all"}))
    await expect(frame.get_by_role("heading", name="After all")).to_be_visible()


async def test_a_failed_tool_call_is_shown_with_its_words(host: Host) -> None:
    frame = await host.open(None)
    await until(lambda: host.notifications("ui/notifications/initialized"), "the greeting")
    await host.deliver(isError=True, content=[{"type": "text", "text": "handshake_not_found"}])
    await frame.get_by_text("Details").click()
    await expect(frame.get_by_text("handshake_not_found")).to_be_visible()
    assert (await host.signals("ggui:bootstrap-failed"))[0]["reason"] == "MISSING_TOOL_OUTPUT"


async def test_teardown_flushes_unmounts_and_answers(host: Host) -> None:
    frame = await host.open(render_slice(GREETING, props={"title": "Gone soon"}))
    await expect(frame.get_by_role("heading")).to_be_visible()
    answer = await host.ask("ui/resource-teardown", {"reason": "host_unmount"})
    assert answer["result"] == {}
    await expect(frame.get_by_role("heading")).to_have_count(0)
    assert (await host.states())[-1] == "disconnected"


async def test_an_unknown_request_of_the_host_is_refused_politely(host: Host) -> None:
    await host.open(render_slice(GREETING))
    await until(lambda: host.signals("ggui:renderer-ready"), "the runtime")
    assert (await host.ask("ping", {}))["result"] == {}
    assert (await host.ask("ui/unheard-of", {}))["error"]["code"] == -32601


@pytest.mark.spec("02 19.28")
async def test_messages_of_anybody_but_the_parent_are_ignored(host: Host) -> None:
    frame = await host.open(render_slice(GREETING, props={"title": "Mine"}))
    await expect(frame.get_by_role("heading", name="Mine")).to_be_visible()
    forged = {
        "jsonrpc": "2.0",
        "method": "ui/notifications/tool-result",
        "params": {"_meta": meta(render_slice(GREETING, props={"title": "Forged"}))},
    }
    await frame.evaluate("message => window.postMessage(message, '*')", forged)
    await host.deliver(render_slice(GREETING, props={"title": "Genuine"}))
    await expect(frame.get_by_role("heading", name="Genuine")).to_be_visible()

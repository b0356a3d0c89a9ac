"""Context slots: shared in the view, mirrored to host and server (spec 05 section 9)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.async_api import expect

from .components import NOTE
from .harness import Host, Json, render_slice, structured, until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SYNC = "ggui_runtime_sync_context"


def slot(name: str = "note", default: Any = "", **more: Any) -> Json:
    return {
        "name": name,
        "contextName": "NoteContext",
        "schema": {"type": "string"},
        "default": default,
        **more,
    }


async def test_every_reader_sees_a_change_and_one_message_tells_it(host: Host) -> None:
    frame = await host.open(render_slice(NOTE, contextSlots=[slot(default="seed")]))
    await expect(frame.get_by_test_id("mirror")).to_have_text("seed")
    await until(lambda: host.called(SYNC), "the initial value")
    await frame.get_by_label("Note").press_sequentially("! ring twice")
    await expect(frame.get_by_test_id("mirror")).to_have_text("seed! ring twice")
    await until(lambda: host.called(SYNC)[-1]["snapshot"] == {"note": "seed! ring twice"}, "the last value")
    assert host.called(SYNC)[0] == {"sessionId": "s-1", "appId": "shop", "snapshot": {"note": "seed"}}
    assert len(host.called(SYNC)) < 2 + len("! ring twice")
    texts = [
        request["params"]["content"][0]["text"] for request in await host.requests("ui/update-model-context")
    ]
    assert [json.loads(text.removeprefix("[ggui:context] ")) for text in texts] == [
        call["snapshot"] for call in host.called(SYNC)
    ]


async def test_a_value_that_was_told_is_not_told_again(host: Host) -> None:
    frame = await host.open(render_slice(NOTE, contextSlots=[slot(debounceMs=0)]))
    await until(lambda: host.called(SYNC), "the initial value")
    await frame.get_by_label("Note").fill("a")
    await until(lambda: len(host.called(SYNC)) == 2, "the change")
    await frame.evaluate(
        "document.dispatchEvent(new Event('visibilitychange')); dispatchEvent(new Event('pagehide'))"
    )
    await frame.get_by_label("Note").fill("b")
    await until(lambda: len(host.called(SYNC)) >= 3, "the next change")
    assert [call["snapshot"]["note"] for call in host.called(SYNC)] == ["", "a", "b"]


async def test_a_gesture_carries_what_was_not_told_yet(host: Host) -> None:
    frame = await host.open(render_slice(NOTE, contextSlots=[slot(debounceMs=60_000)]))
    await frame.get_by_label("Note").fill("unsent")
    await frame.get_by_role("button", name="Save").click()
    [call] = await until(lambda: host.called("ggui_runtime_submit_action"), "the gesture")
    assert call["payload"]["uiContext"] == {"note": "unsent"}


async def test_teardown_tells_what_was_waiting(host: Host) -> None:
    frame = await host.open(render_slice(NOTE, contextSlots=[slot(debounceMs=60_000)]))
    await until(lambda: host.called(SYNC), "the initial value")
    await frame.get_by_label("Note").fill("last words")
    assert (await host.ask("ui/resource-teardown", {}))["result"] == {}
    assert host.called(SYNC)[-1]["snapshot"] == {"note": "last words"}


async def test_leaving_the_page_tells_what_was_waiting(host: Host) -> None:
    frame = await host.open(render_slice(NOTE, contextSlots=[slot(debounceMs=60_000)]))
    await until(lambda: host.called(SYNC), "the initial value")
    await frame.get_by_label("Note").fill("hidden now")
    await frame.evaluate("dispatchEvent(new Event('pagehide'))")
    await until(lambda: host.called(SYNC)[-1]["snapshot"] == {"note": "hidden now"}, "the last value")


async def test_a_lost_sync_is_repeated(host: Host) -> None:
    answers = [{"error": {"code": -32000, "message": "reset"}}, structured({"ok": True})]

    async def flaky(_: Json) -> Json:
        return answers.pop(0)

    host.tools[SYNC] = flaky
    await host.open(render_slice(NOTE, contextSlots=[slot(default="kept")]))
    await until(lambda: not answers, "the second attempt")
    assert [call["snapshot"] for call in host.called(SYNC)] == [{"note": "kept"}] * 2


async def test_values_outlive_a_remount(host: Host) -> None:
    frame = await host.open(render_slice(NOTE, contextSlots=[slot()]))
    await frame.get_by_label("Note").fill("typed")
    other_code = NOTE + "\n"
    await host.deliver(
        render_slice(other_code, contextSlots=[slot(), slot("extra", default=None)], lastSequence=5)
    )
    await until(lambda: host.called(SYNC) and "extra" in host.called(SYNC)[-1]["snapshot"], "the new slots")
    await expect(frame.get_by_label("Note")).to_have_value("typed")
    assert host.called(SYNC)[-1]["snapshot"] == {"note": "typed", "extra": None}


async def test_an_undeclared_slot_is_a_failure_card_that_names_it(host: Host) -> None:
    frame = await host.open(render_slice(NOTE))
    await frame.get_by_text("Details").click()
    await expect(frame.get_by_text("declares no context slot 'note'")).to_be_visible()

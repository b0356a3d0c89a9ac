"""What goes wrong is said on the card and to the host, never left blank (spec 05 section 5.2)."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from .components import BREAKS, GREETING, THROWS
from .harness import Host, Json, LiveServer, ack, render_slice, until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def errors(host: Host) -> list[Json]:
    events = [signal["event"] for signal in await host.signals("ggui:lifecycle")]
    return [event["error"] for event in events if event["state"] == "error"]


def receipts(host: Host) -> list[Json]:
    events = [event for batch in host.called("ggui_runtime_telemetry") for event in batch["events"]]
    return [event for event in events if event["kind"].startswith("delivery.")]


async def test_a_module_that_throws_is_a_card_and_no_code_ready(host: Host) -> None:
    frame = await host.open(render_slice(THROWS))
    card = frame.get_by_role("alert").filter(has_text="could not be started")
    await expect(card).to_be_visible()
    await expect(card.get_by_role("button", name="Try again")).to_be_visible()
    assert await errors(host) == [{"code": "COMPONENT_EVAL_FAILED", "message": "no luck at the top level"}]
    assert "code-ready" not in await host.states()
    failed = await until(lambda: [r for r in receipts(host) if r["kind"] == "delivery.error"], "the receipt")
    assert "no luck at the top level" in failed[0]["detail"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("const a = 1;", "exports nothing"),
        ("export default 7;", "exports no component"),
        ('import a from "left-pad";export default a;', "'left-pad'"),
        ('import{Nothing as a}from"@ggui-ai/design";export default a;', "exports no 'Nothing'"),
        ("export default () => {", "bracket"),
        ("export default () => 1 +;", "Unexpected token"),
    ],
)
async def test_a_module_that_cannot_be_linked_names_the_reason(host: Host, code: str, said: str) -> None:
    frame = await host.open(render_slice(code))
    await frame.get_by_text("Details").click()
    await expect(frame.locator("pre")).to_contain_text(said)
    assert (await errors(host))[0]["code"] == "COMPONENT_EVAL_FAILED"


async def test_rendering_is_tried_twice_then_a_card_offers_a_third(host: Host) -> None:
    frame = await host.open(render_slice(BREAKS))
    card = frame.get_by_role("alert").filter(has_text="Something went wrong")
    await expect(card).to_be_visible()
    assert await errors(host) == [{"code": "COMPONENT_RENDER_FAILED", "message": "no luck while rendering"}]
    await expect(card.get_by_text("no luck while rendering")).to_be_hidden()
    await card.get_by_text("Details").click()
    await expect(card.get_by_text("no luck while rendering")).to_be_visible()
    await card.get_by_role("button", name="Try again").click()
    await until(lambda: _count(host, 2), "the second failure")


async def _count(host: Host, wanted: int) -> bool:
    return len(await errors(host)) == wanted


async def test_new_props_give_a_failed_component_another_chance(host: Host, live: LiveServer) -> None:
    live.on_subscribe = [ack()]
    url = live.origin.url.replace("http", "ws") + "/ws"
    frame = await host.open(render_slice(BREAKS, wsUrl=url, wsToken="t-1"))
    await expect(frame.get_by_role("alert").filter(has_text="Something went wrong")).to_be_visible()
    await live.send("props_update", {"sessionId": "s-1", "props": {"ok": True}})
    await expect(frame.get_by_role("heading", name="Fine now")).to_be_visible()
    await until(lambda: [r for r in receipts(host) if r["kind"] == "delivery.painted"], "the receipt")
    assert (await host.states())[-1] == "code-ready"


async def test_code_that_is_not_the_announced_code_is_never_run(host: Host) -> None:
    tampered = render_slice(GREETING) | {"codeHash": "0" * 64}
    host.resources["ui://ggui/render/s-1"] = host.document(
        render_slice(GREETING, props={"title": "The real one"})
    )
    frame = await host.open(tampered)
    card = frame.get_by_role("alert").filter(has_text="was not opened")
    await expect(card).to_be_visible()
    assert (await errors(host))[0]["code"] == "COMPONENT_INTEGRITY_FAILED"
    assert await frame.evaluate("globalThis.evaluations") is None
    await card.get_by_role("button", name="Try again").click()
    await expect(frame.get_by_role("heading", name="The real one")).to_be_visible()


async def test_code_that_does_not_arrive_is_read_from_the_document(host: Host) -> None:
    host.resources["ui://ggui/render/s-1"] = host.document(
        render_slice(GREETING, props={"title": "From the document"})
    )
    frame = await host.open(render_slice(codeUrl="http://127.0.0.1:1/code/x.js"))
    card = frame.get_by_role("alert").filter(has_text="could not be loaded")
    await expect(card).to_be_visible()
    await card.get_by_role("button", name="Try again").click()
    await expect(frame.get_by_role("heading", name="From the document")).to_be_visible()


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("no-credentials", "Connect a language model"),
        ("mcp-apps-probe", "What this host can do"),
        ("new-kind", "new-kind"),
    ],
)
async def test_system_cards_are_drawn(host: Host, kind: str, said: str) -> None:
    props = {"settingsUrl": "https://ui.example/settings", "intent": "a map"}
    frame = await host.open(render_slice(kind=kind, props=props))
    await expect(frame.get_by_text(said).first).to_be_visible()
    await until(lambda: [r for r in receipts(host) if r["kind"] == "delivery.painted"], "the receipt")


async def test_the_settings_are_opened_through_the_host(host: Host) -> None:
    frame = await host.open(
        render_slice(kind="no-credentials", props={"settingsUrl": "https://ui.example/settings"})
    )
    await frame.get_by_role("button", name="Open settings").click()
    [request] = await until(lambda: host.requests("ui/open-link"), "the request")
    assert request["params"] == {"url": "https://ui.example/settings"}

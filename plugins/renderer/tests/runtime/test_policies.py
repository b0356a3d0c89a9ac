"""Cards under the content-security policies of real hosts (spec 05 section 4, spec 08 quirk 8)."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from .components import GREETING, ORDER
from .harness import Host, LiveServer, render_slice, until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

INLINE_ONLY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'none'"


async def test_with_nothing_but_inline_scripts_everything_works(host: Host) -> None:
    frame = await host.open(render_slice(ORDER, props={"id": "o-7"}), csp=INLINE_ONLY)
    await frame.get_by_role("button", name="Approve").click()
    await expect(frame.get_by_test_id("outcome")).to_have_text('{"ok":true,"heard":true}')
    await until(lambda: host.called("ggui_runtime_telemetry"), "receipts")
    assert await host.states() == ["mounting", "code-ready"]


async def test_without_blobs_a_component_is_evaluated_once(host: Host) -> None:
    frame = await host.open(render_slice(GREETING, props={"title": "Inline"}), csp=INLINE_ONLY)
    await expect(frame.get_by_role("heading", name="Inline")).to_be_visible()
    await host.deliver(render_slice(GREETING + "\n", props={"title": "Another"}, lastSequence=5))
    await expect(frame.get_by_role("heading", name="Another")).to_be_visible()
    assert await frame.evaluate("evaluations") == 2


async def test_without_inline_scripts_blobs_are_enough(host: Host, live: LiveServer) -> None:
    origin = live.origin.url
    csp = f"default-src 'none'; script-src {origin} blob:; style-src 'unsafe-inline'; connect-src {origin}"
    frame = await host.open(
        None, csp=csp, runtime_url=f"{origin}/runtime.js", body='<div data-ggui-shell="thin"></div>'
    )
    await until(lambda: host.notifications("ui/notifications/initialized"), "the greeting")
    await host.deliver(render_slice(GREETING, props={"title": "From a blob"}))
    await expect(frame.get_by_role("heading", name="From a blob")).to_be_visible()


async def test_where_nothing_runs_the_card_says_so(host: Host, live: LiveServer) -> None:
    origin = live.origin.url
    csp = f"default-src 'none'; script-src {origin}; style-src 'unsafe-inline'"
    frame = await host.open(
        None, csp=csp, runtime_url=f"{origin}/runtime.js", body='<div data-ggui-shell="thin"></div>'
    )
    await until(lambda: host.notifications("ui/notifications/initialized"), "the greeting")
    await host.deliver(render_slice(GREETING))
    await expect(frame.get_by_role("alert").filter(has_text="could not be started")).to_be_visible()
    await frame.get_by_text("Details").click()
    await expect(frame.get_by_text("content-security policy")).to_be_visible()


async def test_code_is_fetched_and_verified_where_it_is_not_inlined(host: Host, live: LiveServer) -> None:
    slice_ = render_slice(GREETING, props={"title": "Fetched"})
    del slice_["codeB64"]
    live.code[slice_["codeHash"]] = GREETING
    frame = await host.open(slice_ | {"codeUrl": f"{live.origin.url}/code/{slice_['codeHash']}.js"})
    await expect(frame.get_by_role("heading", name="Fetched")).to_be_visible()


async def test_a_frame_with_an_origin_of_its_own_works_the_same(host: Host) -> None:
    frame = await host.open(
        render_slice(GREETING, props={"title": "Same origin"}), sandbox="allow-scripts allow-same-origin"
    )
    await expect(frame.get_by_role("heading", name="Same origin")).to_be_visible()
    await until(lambda: host.called("ggui_runtime_telemetry"), "receipts")

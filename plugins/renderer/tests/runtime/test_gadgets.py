"""Gadgets in a view: loaded beside the card, held against their hash, and kept from taking the card along."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Frame, expect

from ggui_renderer.catalog import BuiltCatalog
from ggui_renderer.shims import import_map, shims

from .building import STATIC
from .components import GREETING
from .harness import Host, Json, Origin, render_slice, until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

BUNDLE = (
    'import{useState as e}from"react";import{jsx as t}from"react/jsx-runtime";'
    "globalThis.evaluations=(globalThis.evaluations??0)+1;"
    'export function Map({place:n}){let[r,o]=e(0);if(n==="nowhere")throw new Error("no such place");'
    'return t("button",{className:"acme-map",onClick:()=>o(r+1),children:`${n} ${r}`})}'
    "export function useZoom(){let[n]=e(7);return n}"
)
"""What a build makes of a gadget that leaves React out."""

SHARED = (
    "const{react:e}=globalThis.__ggui__;globalThis.evaluations=(globalThis.evaluations??0)+1;"
    'export function Map({place:n}){const[r]=e.useState("inside");return e.createElement("p",null,`${n} ${r}`)}'
    "export function useZoom(){return e.useState(7)[0]}"
)
"""One that takes the React of the view without importing anything."""

CARD = (
    'import{jsx as e,jsxs as t}from"react/jsx-runtime";import{Heading as n}from"@ggui-ai/design";'
    'import{Map as r}from"@acme/map";'
    'export default function o({place:i}){return t("div",{children:[e(n,{children:"Where"}),e(r,{place:i??"Pier"})]})}'
)
HOOK_CARD = (
    'import{jsx as e}from"react/jsx-runtime";import{useZoom as t}from"@acme/map";'
    'export default function n(){return e("p",{children:`zoom ${t()}`})}'
)
PICKER = (
    'import{jsx as e,jsxs as t}from"react/jsx-runtime";'
    'import{useFilePicker as n,getPublicEnv as r}from"@ggui-ai/gadgets";'
    "export default function o(){let i=n({multiple:true});"
    'return t("div",{children:[e("button",{onClick:i.start,children:"Choose"}),'
    'e("output",{children:[i.status,i.error?.code,...(i.value?.files??[]).map(a=>`${a.name} ${a.size}`)].join(" ")}),'
    'e("p",{children:r("GGUI_PUBLIC_APP_CITY",{optional:true})??"no city"})]})}'
)


def sri(text: str) -> str:
    return f"sha384-{base64.b64encode(hashlib.sha384(text.encode()).digest()).decode()}"


@dataclass
class BundleHost:
    """A host of bundles and of what the server of the view serves, on an origin of its own."""

    files: dict[str, tuple[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    wait: dict[str, asyncio.Event] = field(default_factory=dict)

    def __post_init__(self) -> None:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._get)
        self.origin = Origin(app)

    async def _get(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if request.path in self.wait:
            await self.wait[request.path].wait()
        if request.path not in self.files:
            return web.Response(status=404)
        kind, body = self.files[request.path]
        headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
        return web.Response(text=body, content_type=kind, headers=headers)

    def script(self, path: str, body: str) -> str:
        self.files[path] = ("application/javascript", body)
        return self.origin.url + path

    def gadget(self, body: str = BUNDLE, *, package: str = "@acme/map", pinned: str | None = None) -> Json:
        """A served bundle, as a slice announces it; ``pinned`` is the text whose hash is announced."""
        url = self.script(f"/{package}/bundle.js", body)
        return {
            "package": package,
            "bundleUrl": url,
            "bundleSri": sri(pinned if pinned is not None else body),
        }


@pytest_asyncio.fixture(loop_scope="session")
async def bundles() -> AsyncIterator[BundleHost]:
    host = BundleHost()
    await host.origin.start()
    yield host
    for event in host.wait.values():
        event.set()
    await host.origin.stop()


@pytest.fixture
def mapped(bundles: BundleHost) -> str:
    """The import map of a document, and the shims that it leads to."""
    for name, shim in shims(BuiltCatalog.load().modules).items():
        bundles.script(f"/_ggui/shims/{'a' * 12}/{name}.js", shim.plain.decode())
    return import_map(bundles.origin.url, "a" * 12)


async def errors(host: Host) -> list[Json]:
    events = [signal["event"] for signal in await host.signals("ggui:lifecycle")]
    return [event["error"] for event in events if event["state"] == "error"]


def receipts(host: Host) -> list[Json]:
    events = [event for batch in host.called("ggui_runtime_telemetry") for event in batch["events"]]
    return [event for event in events if event["kind"].startswith("delivery.")]


async def receipt(host: Host, kind: str) -> Json:
    found = await until(lambda: [one for one in receipts(host) if one["kind"] == kind], f"the receipt {kind}")
    first: Json = found[0]
    return first


async def works(frame: Frame, host: Host) -> None:
    button = frame.get_by_role("button", name="Pier 0")
    await button.click()
    await expect(frame.get_by_role("button", name="Pier 1")).to_be_visible()
    assert await frame.evaluate("globalThis.evaluations") == 1
    await receipt(host, "delivery.painted")
    assert [one["kind"] for one in receipts(host) if one["kind"] == "delivery.error"] == []


async def test_a_component_mounts_the_gadget_it_imports_with_the_one_react_of_the_view(
    host: Host, bundles: BundleHost, mapped: str
) -> None:
    frame = await host.open(render_slice(CARD, gadgets=[bundles.gadget()]), body=mapped)
    await works(frame, host)
    assert await frame.locator("link[rel=modulepreload]").get_attribute("integrity") == sri(BUNDLE)
    assert f"/_ggui/shims/{'a' * 12}/react.js" in bundles.asked


async def test_a_bundle_finds_react_also_where_the_host_took_the_import_map_away(
    host: Host, bundles: BundleHost
) -> None:
    frame = await host.open(render_slice(CARD, gadgets=[bundles.gadget()]))
    await works(frame, host)


async def test_a_bundle_that_imports_nothing_needs_no_map(host: Host, bundles: BundleHost) -> None:
    frame = await host.open(render_slice(CARD, gadgets=[bundles.gadget(SHARED)]))
    await expect(frame.get_by_text("Pier inside")).to_be_visible()
    shared = await frame.evaluate("Object.keys(__ggui__.gadgets).sort()")
    assert shared == ["@acme/map", "@ggui-ai/gadgets"]


async def test_a_gadget_whose_hash_differs_never_runs_and_a_card_and_a_receipt_say_so(
    host: Host, bundles: BundleHost, mapped: str
) -> None:
    frame = await host.open(render_slice(CARD, gadgets=[bundles.gadget(pinned="another")]), body=mapped)
    card = frame.get_by_role("alert").filter(has_text="was not opened")
    await expect(card).to_be_visible()
    await expect(frame.get_by_role("heading", name="Where")).to_have_count(0)
    [error] = await errors(host)
    assert error["code"] == "GADGET_INTEGRITY_FAILED"
    assert "@acme/map" in error["message"]
    assert await frame.evaluate("globalThis.evaluations") is None
    assert "GADGET_INTEGRITY_FAILED" in (await receipt(host, "delivery.error"))["detail"]
    assert "code-ready" not in await host.states()


async def test_trying_again_takes_what_the_operator_pins_now(
    host: Host, bundles: BundleHost, mapped: str
) -> None:
    wrong = bundles.gadget(pinned="another")
    frame = await host.open(render_slice(CARD, gadgets=[wrong]), body=mapped)
    card = frame.get_by_role("alert").filter(has_text="was not opened")
    await expect(card).to_be_visible()
    right = {**wrong, "bundleSri": sri(BUNDLE)}
    host.resources["ui://ggui/render/s-1"] = host.document(render_slice(CARD, gadgets=[right]))
    await card.get_by_role("button", name="Try again").click()
    await expect(frame.get_by_role("button", name="Pier 0")).to_be_visible()


async def test_a_host_of_bundles_that_recovers_is_asked_again(
    host: Host, bundles: BundleHost, mapped: str
) -> None:
    gadget = bundles.gadget("export const broken = 1;", pinned=BUNDLE)
    host.resources["ui://ggui/render/s-1"] = host.document(render_slice(CARD, gadgets=[gadget]))
    frame = await host.open(render_slice(CARD, gadgets=[gadget]), body=mapped)
    card = frame.get_by_role("alert").filter(has_text="was not opened")
    await expect(card).to_be_visible()
    bundles.gadget(BUNDLE)
    await card.get_by_role("button", name="Try again").click()
    await expect(frame.get_by_role("button", name="Pier 0")).to_be_visible()


@pytest.mark.parametrize("fault", ["gone", "throws", "no address"])
async def test_a_gadget_that_does_not_load_costs_its_place_and_not_the_card(
    host: Host, bundles: BundleHost, fault: str
) -> None:
    gadget = bundles.gadget('throw new Error("no luck");export const Map=1')
    if fault == "gone":
        del bundles.files["/@acme/map/bundle.js"]
    if fault == "no address":
        gadget = {"package": "@acme/map"}
    frame = await host.open(render_slice(CARD, gadgets=[gadget]))
    await expect(frame.get_by_role("heading", name="Where")).to_be_visible()
    box = frame.get_by_role("alert").filter(has_text="could not be shown")
    await expect(box).to_be_visible()
    assert "@acme/map" in (await receipt(host, "delivery.error"))["detail"]
    kinds = [one["kind"] for one in receipts(host)]
    assert kinds.index("delivery.error") > kinds.index("delivery.painted"), "the later receipt counts"
    assert "code-ready" in await host.states()


async def test_a_hook_of_a_gadget_that_did_not_load_says_which_one(host: Host, bundles: BundleHost) -> None:
    frame = await host.open(render_slice(HOOK_CARD, gadgets=[{"package": "@acme/map"}]))
    await expect(frame.get_by_role("alert").filter(has_text="Something went wrong")).to_be_visible()
    [error] = await errors(host)
    assert "'useZoom' of '@acme/map' is not loaded" in error["message"]


async def test_a_hook_of_a_gadget_runs_inside_the_component(
    host: Host, bundles: BundleHost, mapped: str
) -> None:
    frame = await host.open(render_slice(HOOK_CARD, gadgets=[bundles.gadget()]), body=mapped)
    await expect(frame.get_by_text("zoom 7")).to_be_visible()


async def test_a_component_of_a_gadget_that_throws_leaves_the_rest_of_the_card(
    host: Host, bundles: BundleHost, mapped: str
) -> None:
    slice_ = render_slice(CARD, gadgets=[bundles.gadget()], props={"place": "nowhere"})
    frame = await host.open(slice_, body=mapped)
    await expect(frame.get_by_role("alert").filter(has_text="could not be shown")).to_be_visible()
    await expect(frame.get_by_role("heading", name="Where")).to_be_visible()
    detail = (await receipt(host, "delivery.error"))["detail"]
    assert detail.startswith("GADGET_COMPONENT_FAILED")
    assert "no such place" in detail


async def test_packages_load_beside_one_another_and_once_for_all_mounts(
    host: Host, bundles: BundleHost, mapped: str
) -> None:
    first, second = bundles.gadget(), bundles.gadget(SHARED, package="@acme/other")
    bundles.wait["/@acme/map/bundle.js"] = asyncio.Event()
    frame = await host.open(render_slice(CARD, gadgets=[first, second]), body=mapped)
    await until(
        lambda: "/@acme/other/bundle.js" in bundles.asked, "the second package, while the first is held"
    )
    bundles.wait["/@acme/map/bundle.js"].set()
    await expect(frame.get_by_role("button", name="Pier 0")).to_be_visible()
    other = CARD.replace("Where", "Elsewhere")
    await host.deliver(render_slice(other, gadgets=[first, second]))
    await expect(frame.get_by_role("heading", name="Elsewhere")).to_be_visible()
    assert await frame.evaluate("globalThis.evaluations") == 2, "each of the two once"
    assert bundles.asked.count("/@acme/map/bundle.js") == 1


async def test_the_built_in_package_cannot_be_replaced(host: Host, bundles: BundleHost) -> None:
    shadow = bundles.gadget("export const useFilePicker=()=>'mine'", package="@ggui-ai/gadgets")
    stdlib = (STATIC / "stdlib-gadgets.js").read_text()
    frame = await host.open(render_slice(PICKER, gadgets=[shadow]), body=f"<script>{stdlib}</script>")
    await expect(frame.get_by_text("idle")).to_be_visible()
    assert bundles.asked == []


async def test_the_style_sheet_of_a_gadget_is_there_before_it_is_drawn(
    host: Host, bundles: BundleHost, mapped: str
) -> None:
    bundles.files["/style.css"] = ("text/css", ".acme-map{color:rgb(1, 2, 3)}")
    bundles.wait["/style.css"] = asyncio.Event()
    gadget = bundles.gadget() | {"styleUrl": bundles.origin.url + "/style.css"}
    frame = await host.open(render_slice(CARD, gadgets=[gadget]), body=mapped)
    await until(lambda: "/@acme/map/bundle.js" in bundles.asked, "the bundle, while the style sheet is held")
    await expect(frame.get_by_role("heading", name="Where")).to_have_count(0)
    bundles.wait["/style.css"].set()
    await expect(frame.get_by_role("button", name="Pier 0")).to_have_css("color", "rgb(1, 2, 3)")


async def test_a_style_sheet_that_is_gone_withholds_no_card(
    host: Host, bundles: BundleHost, mapped: str
) -> None:
    gadget = bundles.gadget() | {"styleUrl": bundles.origin.url + "/none.css"}
    frame = await host.open(render_slice(CARD, gadgets=[gadget]), body=mapped)
    await works(frame, host)


async def test_built_in_gadgets_come_from_the_server_when_a_card_wants_them(
    host: Host, bundles: BundleHost
) -> None:
    build = "b" * 12
    bundles.script(f"/_ggui/stdlib-gadgets.{build}.js", (STATIC / "stdlib-gadgets.js").read_text())
    runtime = f"{bundles.origin.url}/_ggui/iframe-runtime.{build}.js"
    env = {"GGUI_PUBLIC_APP_CITY": "Bremen"}
    frame = await host.open(render_slice(PICKER, publicEnv=env) | {"runtimeUrl": runtime})
    await expect(frame.get_by_text("Bremen")).to_be_visible()
    await picks_files(host, frame)


async def picks_files(host: Host, frame: Frame) -> None:
    async with host.page.expect_file_chooser() as chooser:
        await frame.get_by_role("button", name="Choose").click()
    await expect(frame.get_by_text("prompting")).to_be_visible()
    note = {"name": "note.txt", "mimeType": "text/plain", "buffer": b"hello"}
    await (await chooser.value).set_files([note])  # type: ignore[list-item]
    await expect(frame.get_by_text("completed note.txt 5")).to_be_visible()


async def test_built_in_gadgets_that_stand_in_the_document_need_no_server(host: Host) -> None:
    stdlib = (STATIC / "stdlib-gadgets.js").read_text()
    frame = await host.open(render_slice(PICKER), body=f"<script>{stdlib}</script>")
    await expect(frame.get_by_text("no city")).to_be_visible()
    await picks_files(host, frame)


async def test_built_in_gadgets_of_another_build_are_not_run(host: Host, bundles: BundleHost) -> None:
    build = "b" * 12
    bundles.script(f"/_ggui/stdlib-gadgets.{build}.js", "globalThis.__ggui_stdlib__=()=>({})")
    runtime = f"{bundles.origin.url}/_ggui/iframe-runtime.{build}.js"
    frame = await host.open(render_slice(PICKER) | {"runtimeUrl": runtime})
    await expect(frame.get_by_role("alert").filter(has_text="could not be loaded")).to_be_visible()
    assert (await errors(host))[0]["code"] == "GADGET_LOAD_FAILED"


async def test_a_card_without_gadgets_asks_for_none(host: Host, bundles: BundleHost) -> None:
    await host.open(
        render_slice(GREETING) | {"runtimeUrl": f"{bundles.origin.url}/_ggui/iframe-runtime.{'b' * 12}.js"}
    )
    await receipt(host, "delivery.painted")
    assert bundles.asked == []


async def test_only_the_named_origin_need_be_admitted(host: Host, bundles: BundleHost, mapped: str) -> None:
    frame = await host.open(
        render_slice(CARD, gadgets=[bundles.gadget()]),
        csp=f"default-src 'none'; script-src 'unsafe-inline' blob: {bundles.origin.url}; style-src 'unsafe-inline'",
        body=mapped,
    )
    await works(frame, host)

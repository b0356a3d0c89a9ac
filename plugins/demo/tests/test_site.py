"""The pages and assets over plain HTTP."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

import ggui_demo.plugin as demo
from ggui_core.errors import BootError
from ggui_core.testing import Booted, booted
from ggui_demo.browser import has_display
from ggui_demo.next_path import next_path
from ggui_demo.pages import Pages
from ggui_demo.samples import NAMES, wire

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
PAGES = {"/": POLICY, "/admin-login": POLICY, "/try": f"{POLICY}; frame-src 'self'"}


async def fetch(server: Booted, path: str) -> tuple[Any, str]:
    async with server.client.get(server.base_url + path) as response:
        return response, await response.text()


def facts_of(page: str) -> dict[str, Any]:
    found = re.search(r'<meta name="ggui-facts" content="([^"]*)">', page)
    assert found is not None
    facts: dict[str, Any] = json.loads(html.unescape(found[1]))
    return facts


def loaded_by(page: str) -> Sequence[str]:
    return re.findall(r'(?:src|href)="(/assets/[^"]+)"', page)


@pytest.mark.parametrize("path", PAGES)
async def test_pages_forbid_everything_but_their_own_files(path: str) -> None:
    async with booted([demo]) as server:
        response, text = await fetch(server, path)

    assert response.status == 200
    assert response.content_type == "text/html"
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["Content-Security-Policy"] == PAGES[path]
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"https?://", text)


@pytest.mark.parametrize("path", PAGES)
async def test_assets_of_a_page_never_change_under_their_name(path: str) -> None:
    async with booted([demo]) as server:
        _, page = await fetch(server, path)
        answers = [(await fetch(server, asset))[0] for asset in loaded_by(page)]

    assert {answer.status for answer in answers} == {200}
    assert {answer.content_type for answer in answers} == {"text/css", "text/javascript"}
    assert {answer.headers["Cache-Control"] for answer in answers} == {"public, max-age=31536000, immutable"}


@pytest.mark.parametrize("name", ["nothing.js", "build.json", "..%2Fbuild.json", "landing.ts"])
async def test_only_built_assets_are_served(name: str) -> None:
    async with booted([demo]) as server:
        response, text = await fetch(server, f"/assets/demo/{name}")

    assert response.status == 404
    assert json.loads(text)["error"]["code"] == "not_found"


@pytest.mark.parametrize("path", ["/favicon.svg", "/favicon.ico"])
async def test_the_icon_is_svg(path: str) -> None:
    async with booted([demo]) as server:
        response, text = await fetch(server, path)

    assert response.content_type == "image/svg+xml"
    assert text.startswith("<svg")


async def test_the_name_of_the_app_is_text_not_markup() -> None:
    name = """<img src=x onerror=alert(1)> & "$name" 'x'"""
    async with booted([demo], config={"app": {"slug": "shop", "name": name}}) as server:
        _, page = await fetch(server, "/")

    assert "<img" not in page
    assert f"<title>{html.escape(name)}</title>" in page


async def test_facts_tell_what_is_installed_and_how_the_server_runs() -> None:
    async with booted([demo], args=["--dev-allow-all"]) as server:
        _, page = await fetch(server, "/")

    facts = facts_of(page)
    assert facts["pairing"] is False
    assert facts["devAllowAll"] is True
    assert facts["session"] is False
    assert facts["publicBaseUrl"] is None
    assert "without a key" in page


async def test_strict_mode_carries_no_warning() -> None:
    async with booted([demo]) as server:
        _, page = await fetch(server, "/")

    assert "--dev-allow-all" not in page


async def test_the_samples_are_told_as_they_are() -> None:
    async with booted([demo]) as server:
        response, text = await fetch(server, "/try/samples.json")

    assert response.status == 200
    assert response.content_type == "application/json"
    assert json.loads(text) == {"samples": [wire(name) for name in NAMES]}


async def test_a_server_that_admits_nobody_offers_no_samples() -> None:
    async with booted([demo]) as server:
        _, page = await fetch(server, "/try")

    assert "ggui plugins enable pairing" in page
    assert re.search(r'class="stage" hidden', page)


async def test_the_development_mode_needs_no_pairing_to_try_it() -> None:
    async with booted([demo], args=["--dev-allow-all"]) as server:
        _, page = await fetch(server, "/try")

    assert "ggui plugins enable pairing" not in page
    assert "without a key" in page
    assert not re.search(r'class="stage" hidden', page)


async def test_the_landing_page_leads_there() -> None:
    async with booted([demo]) as server:
        _, page = await fetch(server, "/")

    assert re.search(r'<a [^>]*href="/try">Try it</a>', page)


async def test_the_banner_says_where_to_start() -> None:
    async with booted([demo]) as server:
        rows = [line.split() for line in server.stdout]

    assert ["open", f"{server.setup.base_url}/"] in rows
    assert ["try", "it", f"{server.setup.base_url}/try"] in rows
    assert ["sign", "in", f"{server.setup.base_url}/admin-login"] in rows


async def test_without_this_plugin_there_is_no_landing_page() -> None:
    nothing: Sequence[ModuleType] = ()
    async with booted(nothing) as server:
        response, text = await fetch(server, "/")

    assert response.status == 404
    assert json.loads(text)["error"]["code"] == "not_found"


def test_pages_that_were_not_built_stop_the_boot_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(BootError, match="pip install"):
        Pages.load(tmp_path)


@pytest.mark.parametrize(
    "path", ["/", "/admin", "/admin/sessions?filter=a%20b#top", "/r/abc?x=https://elsewhere.example"]
)
def test_paths_of_this_site_are_followed(path: str) -> None:
    assert next_path(path, "/") == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "admin",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        " /admin",
        "https://evil.example/",
        "javascript:alert(1)",
        "/" + "a" * 3_000,
    ],
)
def test_anything_else_leads_home(path: str | None) -> None:
    assert next_path(path, "/home") == "/home"


@given(st.text(alphabet=st.sampled_from("/\\.:@?#ab\t\n\r h"), max_size=12))
def test_no_path_leads_to_another_host(given_path: str) -> None:
    followed = next_path(given_path, "/")

    # As browsers read it (WHATWG URL): control characters dropped, backslashes are slashes.
    read = re.sub(r"[\t\n\r]", "", followed).strip().replace("\\", "/")
    assert URL("http://here.example").join(URL(read)).host == "here.example"


@pytest.mark.parametrize(
    ("environ", "platform", "shown"),
    [
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "linux", False),
        ({}, "darwin", True),
        ({}, "win32", True),
        ({"DISPLAY": ":10", "SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22"}, "linux", False),
    ],
)
def test_a_browser_opens_only_where_somebody_sees_it(
    environ: dict[str, str], platform: str, shown: bool
) -> None:
    assert has_display(environ, platform) is shown

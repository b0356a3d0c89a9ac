"""Built gadgets of this machine over HTTP: for everybody, from any origin, by their content."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from .serving import contract, folder, part, serving

from ggui_core.testing.session_contract import a_session  # isort: skip

BUNDLE = "export const TideGauge=()=>null;" * 100
PATH = "/bundles/public/@acme/tide-gauge/1.0.0"


async def test_what_is_served_has_the_hash_that_views_are_told(tmp_path: Path) -> None:
    async with serving(folders=[folder(tmp_path, bundle=BUNDLE)]) as server:
        told = await part(server, a_session(contract=contract(tide=["TideGauge"])))
        (entry,) = told.fields["gadgets"]
        headers = {"Origin": "null", "Accept-Encoding": "gzip"}
        async with server.client.get(entry["bundleUrl"], headers=headers) as answer:
            body = await answer.read()
            assert answer.status == 200
            assert answer.headers["Content-Type"] == "application/javascript; charset=utf-8"
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert "immutable" in answer.headers["Cache-Control"]
            assert answer.headers["Content-Encoding"] == "gzip"
            tag = answer.headers["ETag"]
        async with server.client.get(entry["bundleUrl"], headers={**headers, "If-None-Match": tag}) as answer:
            assert answer.status == 304
    assert entry["bundleSri"] == f"sha384-{base64.b64encode(hashlib.sha384(body).digest()).decode()}"
    assert body.decode() == BUNDLE


@pytest.mark.parametrize("query", ["", "?v=000000000000"])
async def test_an_address_without_the_content_is_not_kept_for_good(tmp_path: Path, query: str) -> None:
    async with (
        serving(folders=[folder(tmp_path)]) as server,
        server.client.get(f"{server.base_url}{PATH}/bundle.js{query}") as answer,
    ):
        assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        f"{PATH}/style.css",
        f"{PATH}/ggui.gadget.json",
        "/bundles/public/@acme/tide-gauge/2.0.0/bundle.js",
        "/bundles/public/@acme/other/1.0.0/bundle.js",
        "/bundles/public/@acme/tide-gauge/1.0.0/..%2f..%2fggui.gadget.json",
    ],
)
async def test_nothing_else_is_served(tmp_path: Path, path: str) -> None:
    async with (
        serving(folders=[folder(tmp_path)]) as server,
        server.client.get(server.base_url + path) as answer,
    ):
        assert answer.status == 404
        assert (await answer.json())["error"]["code"] == "not_found"


@pytest.mark.parametrize("accepted", ["identity", "gzip;q=0", ""])
async def test_who_takes_no_gzip_gets_none(tmp_path: Path, accepted: str) -> None:
    async with (
        serving(folders=[folder(tmp_path)]) as server,
        server.client.get(
            f"{server.base_url}{PATH}/bundle.js", headers={"Accept-Encoding": accepted}
        ) as answer,
    ):
        assert "Content-Encoding" not in answer.headers


async def test_without_a_folder_there_is_no_such_path() -> None:
    async with serving() as server, server.client.get(f"{server.base_url}{PATH}/bundle.js") as answer:
        assert answer.status == 404

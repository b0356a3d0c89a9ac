"""What views fetch: the runtime and compiled components (spec 05 section 1.5)."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest

import ggui_renderer.plugin as renderer
from ggui_core.errors import BootError
from ggui_core.stores import CodeStore
from ggui_core.testing import Booted, booted
from ggui_renderer.built import STATIC, Built

from .conftest import ask, json_of

RUNTIME = (STATIC / "runtime.js").read_bytes()
HASH12 = hashlib.sha256(RUNTIME).hexdigest()[:12]
HASHED = f"/_ggui/iframe-runtime.{HASH12}.js"
CODE = 'import { useState } from "react";\nexport default function Card() { return useState("é")[0]; }\n' * 20


async def test_the_hashed_runtime_is_kept_for_good_and_readable_by_every_page(server: Booted) -> None:
    answer = await ask(server, "GET", HASHED, headers={"Origin": "null"})

    assert (answer.status, answer.body) == (200, RUNTIME)
    assert answer.headers["Content-Type"] == "application/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Vary"] == "Accept-Encoding"


async def test_the_plain_name_is_asked_about_each_time(server: Booted) -> None:
    first = await ask(server, "GET", "/_ggui/iframe-runtime.js")
    again = await ask(
        server, "GET", "/_ggui/iframe-runtime.js", headers={"If-None-Match": first.headers["ETag"]}
    )

    assert first.headers["Cache-Control"] == "no-cache"
    assert (again.status, again.body) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize(("coding", "suffix"), [("br", "br"), ("gzip", "gz")])
async def test_compressed_forms_are_those_of_the_build(server: Booted, coding: str, suffix: str) -> None:
    answer = await ask(server, "GET", HASHED, headers={"Accept-Encoding": coding})

    assert answer.headers["Content-Encoding"] == coding
    assert answer.body == (STATIC / f"runtime.js.{suffix}").read_bytes()
    assert len(answer.body) < len(RUNTIME)


async def test_each_form_has_a_tag_of_its_own(server: Booted) -> None:
    tags = {
        (await ask(server, "GET", HASHED, headers={"Accept-Encoding": coding})).headers["ETag"]
        for coding in ("identity", "gzip", "br")
    }
    assert len(tags) == 3


async def test_the_head_alone_says_the_same(server: Booted) -> None:
    get = await ask(server, "GET", HASHED, headers={"Accept-Encoding": "gzip"})
    head = await ask(server, "HEAD", HASHED, headers={"Accept-Encoding": "gzip"})

    assert head.body == b""
    for name in ("Content-Length", "ETag", "Content-Encoding", "Cache-Control", "Content-Type"):
        assert head.headers[name] == get.headers[name]


@pytest.mark.parametrize("wrong", ["000000000000", HASH12[:-1], HASH12.upper() + "x", "", HASH12 + "0"])
async def test_another_build_is_not_there(server: Booted, wrong: str) -> None:
    answer = await ask(server, "GET", f"/_ggui/iframe-runtime.{wrong}.js", headers={"Origin": "null"})

    assert answer.status == 404
    assert json_of(answer)["error"]["code"] == "not_found"


async def test_a_missing_build_is_not_remembered(server: Booted) -> None:
    answer = await ask(server, "GET", "/_ggui/iframe-runtime.000000000000.js")

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_a_component_is_served_by_its_content(server: Booted) -> None:
    address = await server.setup.get(CodeStore).put(CODE)

    plain = await ask(server, "GET", f"/code/{address}.js", headers={"Origin": "null"})
    packed = await ask(server, "GET", f"/code/{address}.js", headers={"Accept-Encoding": "gzip, br"})

    assert hashlib.sha256(plain.body).hexdigest() == address
    assert plain.headers["Content-Type"] == "application/javascript; charset=utf-8"
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert plain.headers["Access-Control-Allow-Origin"] == "*"
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body


async def test_a_component_that_is_there_already_is_not_sent_again(server: Booted) -> None:
    address = await server.setup.get(CodeStore).put(CODE)
    first = await ask(server, "GET", f"/code/{address}.js")

    again = await ask(server, "GET", f"/code/{address}.js", headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    ("file", "status", "code"),
    [
        ("0" * 64 + ".js", 404, "not_found"),
        ("0" * 63 + ".js", 400, "invalid_request"),
        ("A" * 64 + ".js", 400, "invalid_request"),
        ("0" * 64, 400, "invalid_request"),
        ("0" * 64 + ".mjs", 400, "invalid_request"),
        ("0" * 64 + ".m000000000000.js", 400, "invalid_request"),
        ("..%2f" + "0" * 64 + ".js", 400, "invalid_request"),
    ],
)
async def test_what_is_no_component_says_so_and_is_not_remembered(
    server: Booted, file: str, status: int, code: str
) -> None:
    answer = await ask(server, "GET", f"/code/{file}")

    assert (answer.status, json_of(answer)["error"]["code"]) == (status, code)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_views_are_served_where_nothing_is_rendered() -> None:
    async with booted([renderer]) as alone:
        runtime = await ask(alone, "GET", HASHED)
        page = await ask(alone, "GET", "/r/abcdefghjkmnpqrs")

    assert (runtime.status, page.status) == (200, 404)


def test_a_runtime_that_was_not_built_stops_the_boot_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(BootError, match=r"pip install \./plugins/renderer"):
        Built.load(tmp_path)

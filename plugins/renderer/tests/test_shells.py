"""The documents behind ``ui://ggui/render`` (spec 05 section 1)."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ggui_core.seams import Mount, ShellBuilder
from ggui_core.testing import Booted, ShellBuilderContract
from ggui_renderer.assets import JAVASCRIPT, Asset
from ggui_renderer.built import Built
from ggui_renderer.markup import script
from ggui_renderer.origin import ServerOrigin
from ggui_renderer.shells import MAX_DOCUMENT_BYTES, Shells

ORIGIN = ServerOrigin.of("https://ui.example:8443/base")
MARKER = "globalThis.__GGUI_META__ = "


class TestShells(ShellBuilderContract):
    async def make(self) -> ShellBuilder:
        return shells()


class TestShellsThatLink(ShellBuilderContract):
    async def make(self) -> ShellBuilder:
        return shells(inline=False)


class Document(HTMLParser):
    """What an HTML parser makes of a document: each element with its attributes and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self._open: list[list[str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        texts: list[str] = []
        self.elements.append((tag, dict(attrs), texts))
        if tag not in ("meta", "link", "br"):
            self._open.append(texts)

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1].append(data)

    def all(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [(attrs, "".join(texts)) for name, attrs, texts in self.elements if name == tag]


def shells(*, inline: bool = True, runtime: str | None = None) -> Shells:
    built = Built.load()
    if runtime is not None:
        built = replace(built, runtime=Asset(JAVASCRIPT, runtime.encode()))
    return Shells.of(built, ORIGIN, inline_runtime=inline)


def mount(**members: Any) -> Mount:
    hash12 = Built.load().runtime.hash12
    fields = {
        "sessionId": "s-1",
        "appId": "shop",
        "runtimeUrl": f"https://ui.example:8443/_ggui/iframe-runtime.{hash12}.js",
        "propsJson": '{"title":"Order 7","total":12.5,"paid":false,"rows":[1,2]}',
    }
    return Mount(fields | members, {"connectDomains": (), "resourceDomains": ()})


def addresses(page: Document) -> list[str | None]:
    """What a browser would load beside the document."""
    return [attrs[name] for _, attrs, _ in page.elements for name in ("src", "href") if name in attrs]


def envelope_in(document: str) -> Any:
    """As hosts find it: by the marker and the terminator, without a parser."""
    start = document.index(MARKER) + len(MARKER)
    return json.loads(document[start : document.index(";</script>", start)])


def test_the_static_shell_is_one_small_document_with_one_script() -> None:
    shell = shells().static_shell()

    page = Document(shell.html)
    ((attributes, code),) = page.all("script")
    roots = [found for found, _ in page.all("div") if "data-ggui-shell" in found]
    assert roots == [{"id": "ggui-root", "data-ggui-shell": "thin"}]
    assert attributes == {}
    assert "ui/initialize" in code
    assert "2026-01-26" in code
    assert len(shell.html.encode()) < 8 * 1024
    assert addresses(page) == []


def test_the_hash_of_the_static_shell_covers_the_document_and_what_it_may_reach() -> None:
    shell = shells().static_shell()

    csp = '{"connectDomains":["https://ui.example:8443","wss://ui.example:8443"],"resourceDomains":["https://ui.example:8443"]}'
    assert shell.hash12 == hashlib.sha256((shell.html + csp).encode()).hexdigest()[:12]
    assert {name: list(origins) for name, origins in shell.csp.items()} == json.loads(csp)


def test_a_session_document_needs_nothing_from_anywhere() -> None:
    document = shells().session_shell(mount(), "Approve order 7")

    page = Document(document)
    (_, slice_script), (attributes, runtime) = page.all("script")
    assert attributes == {"type": "module", "data-ggui-runtime": "inline"}
    assert slice_script.startswith(MARKER)
    assert envelope_in(document) == {"ai.ggui/render": dict(mount().slice)}
    assert addresses(page) == []
    assert runtime == script(Built.load().runtime.plain.decode())


def test_a_session_document_is_small_enough_for_every_host() -> None:
    component = "x" * 40_000
    document = shells().session_shell(mount(codeB64=component), "Approve order 7")

    assert len(document.encode()) < MAX_DOCUMENT_BYTES
    assert len(gzip.compress(document.encode())) <= 200 * 1024


def test_what_would_be_too_large_loads_the_runtime_from_its_address() -> None:
    document = shells().session_shell(mount(propsJson=json.dumps({"x": "y" * MAX_DOCUMENT_BYTES})), "Large")

    attributes, _ = Document(document).all("script")[-1]
    assert attributes["src"] == mount().slice["runtimeUrl"]


def test_an_operator_can_have_the_runtime_loaded_from_its_address() -> None:
    document = shells(inline=False).session_shell(mount(), "Approve order 7")

    attributes, code = Document(document).all("script")[-1]
    digest = hashlib.sha256(Built.load().runtime.plain).digest()
    assert code == ""
    assert attributes["type"] == "module"
    assert attributes["crossorigin"] == "anonymous"
    assert attributes["src"] == mount().slice["runtimeUrl"]
    assert attributes["integrity"] == f"sha256-{base64.b64encode(digest).decode()}"


def test_another_build_of_the_runtime_is_not_held_against_our_digest() -> None:
    other = mount(runtimeUrl="https://cdn.example/_ggui/iframe-runtime.000000000000.js")

    attributes, _ = Document(shells(inline=False).session_shell(other, "x")).all("script")[-1]

    assert "integrity" not in attributes


def test_title_and_plain_values_can_be_read_before_any_script_ran() -> None:
    document = shells().session_shell(mount(), "Approve <b>order</b> 7")

    page = Document(document)
    assert [text for _, text in page.all("h1")] == ["Approve <b>order</b> 7"]
    assert [text for _, text in page.all("title")] == ["Approve <b>order</b> 7"]
    assert page.all("p")[0][1] == "title: Order 7\ntotal: 12.5\npaid: false"


def test_the_text_before_the_first_paint_is_hidden_once_something_was_drawn() -> None:
    (_, style), *_ = Document(shells().session_shell(mount(), "x")).all("style")

    assert "body:has([data-ggui-session-root]:not(:empty))>:is([data-ggui-boot],[data-ggui-shell])" in style


@pytest.mark.parametrize(("mode", "scheme"), [("dark", "color-scheme:dark"), ("light", "color-scheme:light")])
def test_a_mode_that_is_known_is_there_from_the_first_frame(mode: str, scheme: str) -> None:
    ((attributes, _),) = Document(shells().session_shell(mount(themeMode=mode), "x")).all("html")

    assert scheme in (attributes["style"] or "")


def test_both_documents_follow_the_mode_of_the_person_and_adapt_to_their_frame() -> None:
    for document in (shells().static_shell().html, shells().session_shell(mount(), "x")):
        metas = {found.get("name"): found.get("content") for found, _ in Document(document).all("meta")}
        ((attributes, _),) = Document(document).all("html")
        assert metas["color-scheme"] == "light dark"
        assert metas["viewport"] == "width=device-width,initial-scale=1"
        assert attributes["lang"] == "en"
        assert "var(--ggui-shell-background,var(--ggui-color-surface," in (attributes["style"] or "")


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.integers()
        | st.text(alphabet=st.characters() | st.sampled_from("<>&/\u2028\u2029\ud800!-;")),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    )
)
def test_no_value_leaves_the_script_it_stands_in(value: Any) -> None:
    document = shells(runtime="0").session_shell(mount(propsJson=json.dumps(value), other=value), "x")

    assert envelope_in(document)["ai.ggui/render"]["other"] == value
    assert len(Document(document).all("script")) == 2


@pytest.mark.parametrize(
    "hostile",
    ["</script><script>alert(1)</script>", "<!--", "]]>", "';alert(1)//", "\u2028alert(1)", "</SCRIPT >"],
)
def test_hostile_values_stay_values(hostile: str) -> None:
    document = shells(runtime="0").session_shell(mount(propsJson=json.dumps({"x": hostile})), hostile)

    assert json.loads(envelope_in(document)["ai.ggui/render"]["propsJson"]) == {"x": hostile}
    assert len(Document(document).all("script")) == 2
    assert "alert(1)</script>" not in document


@pytest.mark.parametrize("code", ['x="</script>"', 'x="</SCRIPT a"', 'x="<!-- <script>"', "x=/<\\/script>/"])
def test_a_runtime_that_names_its_own_end_stays_whole(code: str) -> None:
    document = shells(runtime=code).session_shell(mount(), "x")

    _, inlined = Document(document).all("script")[-1]
    assert inlined == code.replace("</", "<\\/").replace("<!--", "<\\!--")


async def test_the_booted_server_builds_shells_for_its_own_address(server: Booted) -> None:
    shell = server.setup.get(ShellBuilder).static_shell()

    assert shell.csp["resourceDomains"] == (server.setup.base_url,)
    assert shell.csp["connectDomains"] == (
        server.setup.base_url,
        server.setup.base_url.replace("http://", "ws://"),
    )


def test_a_document_carries_the_parts_that_its_component_names() -> None:
    def document(code: str) -> str:
        return shells().session_shell(mount(codeB64=base64.b64encode(code.encode()).decode()), "Orders")

    with_table = document('import{DataTable as n}from"@ggui-ai/design";export{n as default};')
    assert 'data-ggui-part="more"' in with_table
    assert 'data-ggui-part="icons"' not in with_table
    assert 'data-ggui-part="icons"' in document(
        'import{Icon as n}from"@ggui-ai/design";export{n as default};'
    )
    plain = document('import{Button as n}from"@ggui-ai/design";const s="Modality";export{n as default};')
    assert "data-ggui-part=" not in plain.replace('data-ggui-part="${', "")
    assert len(with_table.encode()) <= MAX_DOCUMENT_BYTES

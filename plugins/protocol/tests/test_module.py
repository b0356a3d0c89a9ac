"""Reading a compiled module: what is code, what is text, what a word stands for."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ggui_protocol.module import Binding, read
from ggui_protocol.tokens import Token, Unreadable, tokens


def texts(code: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokens(code)]


@pytest.mark.parametrize(
    ("code", "kinds"),
    [
        ("a/b/c", "word sign word sign word"),
        ("a=/b/g.test(c)", "word sign regex sign word sign word sign"),
        ("(a)/b/c", "sign word sign sign word sign word"),
        ("if(a)/b/.test(c)", "word sign word sign regex sign word sign word sign"),
        ("return/[/]\\//u", "word regex"),
        ("x.return/b/c", "word sign word sign word sign word"),
        ("{}/a/.b", "sign sign regex sign word"),
        ("x={}/a/b", "word sign sign sign sign word sign word"),
        ("a++/b/c", "word sign sign word sign word"),
        ("`a`/b/c", "template sign word sign word"),
        ("`a${b}c`", "part word part"),
        ("`a${`n${{}}`}c`/2", "part part sign sign part part sign number"),
        ("'a' /* fetch */ // eval\n\"b\"", "string string"),
        ("1.5e3.a .5 0xffn 1_0", "number sign word number number number"),
        ("[...fetch]", "sign sign word sign"),
        ("a?.b?.5:c", "word sign word sign number sign word"),
        ("é$_1", "word"),
        ("a=>/b/", "word sign regex"),
    ],
)
def test_slashes_templates_and_numbers_are_told_apart(code: str, kinds: str) -> None:
    assert " ".join(kind for kind, _ in texts(code)) == kinds


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_a_string_is_its_value(value: str) -> None:
    escaped = "".join(f"\\u{{{ord(c):x}}}" if c in "\\'\"`$\n\r\u2028\u2029" else c for c in value)
    for quote, kind in (('"', "string"), ("'", "string"), ("`", "template")):
        assert texts(f"{quote}{escaped}{quote}") == [(kind, value)]


def test_escapes_are_read_as_a_browser_reads_them() -> None:
    assert tokens(r"'\x41\u0042\u{43}\n\'\/\a' ") == (Token("string", "ABC\n'/a"),)


@pytest.mark.parametrize(
    "code", ["'a", "`a", "`a${b", "/a", "(", "}", "/* a", "import {a", "import", "export {"]
)
def test_what_has_no_end_is_said_to_have_none(code: str) -> None:
    with pytest.raises(Unreadable):
        read(code)


@given(st.text("ab0'\"`${}()[]/\\*.;:,=\n import export from as fetch", max_size=60))
def test_any_text_is_read_or_refused(code: str) -> None:
    with contextlib.suppress(Unreadable):
        assert len(read(code).tokens) <= len(code)


def test_imports_and_exports_are_found() -> None:
    module = read(
        'import"react";import a,{b as c,default as d}from"react";import*as e from"@ggui-ai/wire";'
        "const x=1;export{x as default,c as other};export const named=2;export function fn(){}"
    )
    assert module.bindings == (
        Binding("react", "b", "c"),
        Binding("react", "default", "d"),
        Binding("react", "default", "a"),
        Binding("@ggui-ai/wire", "*", "e"),
    )
    assert module.exports == {"default", "other", "named", "fn"}
    assert not module.dynamic


@pytest.mark.parametrize(
    ("code", "ways"),
    [
        ("export default()=>import('react')", {"import()"}),
        ("export default import.meta.url", {"import.meta"}),
        ("export*from'react'", {"export … from"}),
        ("export*as r from'react'", {"export … from"}),
        ("export{useState as default}from'react'", {"export … from"}),
        ("export default{import:1,export:2}.import", set()),
    ],
)
def test_loading_of_code_is_noticed(code: str, ways: set[str]) -> None:
    assert read(code).dynamic == ways


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("fetch(u)", True),
        ("a?fetch:b", True),
        ("a?b:fetch", True),
        ("({a:fetch})", True),
        ("({fetch})", True),
        ("[...fetch]", True),
        ("`${fetch}`", True),
        ("{fetch()}", True),
        ("f(a,fetch(u))", True),
        ("case fetch:", True),
        ("x=async()=>{await fetch(u)}", True),
        ("a.fetch(u)", False),
        ("a?.fetch", False),
        ("({fetch:1})", False),
        ("({a,fetch:1})", False),
        ("({fetch(){}})", False),
        ("({async fetch(a){}})", False),
        ("class A{fetch(){}}", False),
        ("'fetch(u)'", False),
        ("/fetch(u)/.test(a)", False),
        ("`fetch(u)`", False),
        ("import{fetch as a}from'x'", False),
        ("export{a as fetch}", False),
    ],
)
def test_a_variable_is_told_from_a_name(code: str, found: bool) -> None:
    assert ("fetch" in {name for _, name in read(code).references()}) == found


@pytest.mark.parametrize(
    ("code", "is_read"),
    [
        ("{a(" * 19_000 + ")}" * 19_000, True),
        ("`${" * 25_000 + "}`" * 25_000, True),
        ("a?.5:" * 24_000, True),
        ("1_" * 100_000 + "x", True),
        ("[" * 90_000, False),
        ("/" * 100_000, True),
        ("'\\" * 60_000, False),
        ("/*" * 60_000, True),
        ("x=/[" + "a" * 100_000, False),
        ("\\u{" * 30_000, False),
    ],
    ids=range(10),
)
def test_pathological_text_is_read_or_refused(code: str, is_read: bool) -> None:
    """A reader whose time or stack grows faster than the text does not come to an end with these."""
    try:
        module = read(code)
        found = [*module.references(), *module.members()]
    except Unreadable:
        assert not is_read
    else:
        assert is_read
        assert len(found) <= len(module.tokens)


def test_more_tokens_than_any_component_has_are_not_read() -> None:
    with pytest.raises(Unreadable, match="more than 100,000 tokens"):
        read("a;" * 50_001)


def test_a_comment_without_end_is_looked_for_once() -> None:
    """After the block of a case the scanner takes a regular expression for a division, and its text for comments."""
    code = "switch(x){case 1:{let q=f();}/[" + "/*a" * 1_000 + "]/.test(x)}"
    with pytest.raises(Unreadable, match="a comment has no end"):
        tokens(code)

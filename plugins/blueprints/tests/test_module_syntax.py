"""Modules are told from TSX."""

from __future__ import annotations

from pathlib import Path

import pytest

from ggui_blueprints.module_syntax import module_syntax

MODULES = [
    "import React from 'react';\nexport default function B(p){return React.createElement('b',{},p.a+': '+p.b)}",
    "const a=1;export{a as default};",
    "export { default } from 'x'",
    "export { a, default } from 'x'",
    "export * as default from 'x'",
    "import {a as b, c} from 'x';export default b",
    "import * as a from 'x';export default a.b",
    "const x = a < b ? c : d; export default x",
    "const x = a<<b, c = d<=e, f = 1<2; export default x",
    "const x = /<b>/.test(y) ? `a${b<c?`<i>`:''}` : '<'; export default x",
    "const x = `${{a:1}.a}<b>`; export default x",
    "if(a)/<x>/.test(b);export default 1",
    "const r = /[/<]/g, q = a / b / c; export default r",
    "switch(a){case 1:b();break;default:c()}export default a",
    "switch(a){case (1):{b()}}export default a",
    "const type = 1; type = 2; export default type",
    "import type from 'x'; export default type",
    "import type, { a } from 'x'; export default type",
    "function f(){return {a:1,b:c?d:e,['x']:2}} export default f",
    "function f(a){label: for(;;){break label}} export default f",
    "function f(a=b?c:d,{x:y}={}){} export default f",
    "class A{static x=1;get y(){return this.#z}#z=2}export default A",
    "const a = x => ({a:1}); export default a",
    "const o={default:1,as:2,type:3}; o.default; export default o.as",
    "async function* g(){yield /a/;await /b/} export default g",
    "let a=b++ / 2, c = d-- < 3; export default a",
    "const a = b ? (c) : d; export default a",
    "const a = b?.c ? .5 : d?.[0] ?? 1; export default a",
    "const {a: b = 1} = c; export default b",
    "export default {a:1}",
    "const é = 1; export default é",
    "/* <b> : */ // <b>\nexport default 1 //",
]

TSX = [
    "export default (p) => <b>{p.level}</b>;",
    "export default () => <></>;",
    "export default () => { return <b/> }",
    "export default (p: {a:string}) => null",
    "export default (p?: string) => null",
    "export default function A({ a }: { a: string }) { return null; }",
    "interface P { a: string }\nexport default function f(p){}",
    "type P = {a:string};\nexport default function f(p){}",
    "export type P = string;\nexport default 1",
    "import type { P } from 'x'; export default 1",
    "import type P from 'x'; export default 1",
    "const a = b as const; export default a",
    "const a: number = 1; export default a",
    "function f(): void {} export default f",
    "const x = <T,>(a) => a; export default x",
    "enum A { B }\nexport default A",
]


@pytest.mark.parametrize("text", MODULES)
def test_a_module_with_a_default_export(text: str) -> None:
    found = module_syntax(text)
    assert not found.is_tsx
    assert found.has_default_export


@pytest.mark.parametrize(
    "text",
    [
        "",
        "const a = 1;export{a as b};",
        "export { default as x } from 'x'",
        "export { a, default as x } from 'x'",
        "// export default 1\nconst s='export default 1', t=`export default`",
        "module.exports = function(){}",
        "const o = {export: 1}; o.export; o.default",
        "function f() { export }",
        "\0",
    ],
)
def test_a_text_without_a_default_export(text: str) -> None:
    assert not module_syntax(text).has_default_export


@pytest.mark.parametrize("text", TSX)
def test_what_needs_a_compiler(text: str) -> None:
    assert module_syntax(text).is_tsx


def test_it_reads_to_the_end_of_a_large_minified_program() -> None:
    """React and everything else of the browser runtime: a wrong turn anywhere would find JSX in it."""
    static = Path(__file__).parents[2] / "renderer" / "ggui_renderer" / "static" / "runtime.js"
    if not static.is_file():
        pytest.skip("the browser runtime is not built here")
    found = module_syntax(static.read_text(encoding="utf-8") + "\nexport default 1;")
    assert not found.is_tsx
    assert found.has_default_export


@pytest.mark.parametrize(
    "text",
    [
        "(" * 200_000,
        "`${" * 100_000,
        "/" * 200_000,
        "/[" * 200_000,
        "x=/[" * 200_000,
        "/*" * 200_000,
        "{" * 200_000,
        "'" * 200_001,
        "'\\" * 200_000,
        "export{" + "default as a," * 100_000,
        "type " * 100_000,
        " " * 500_000,
    ],
)
def test_hostile_texts_end_in_time_that_grows_with_their_length(text: str) -> None:
    assert not module_syntax("const a = 1;" + text).has_default_export

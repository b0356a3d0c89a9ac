import assert from "node:assert/strict";
import { test } from "node:test";

import { componentOf, link, LINK_GLOBAL } from "../src/linking.ts";
import { ModuleFault, scanModule } from "../src/module_scan.ts";

const NAMESPACES = new Map<string, Record<string, unknown>>([
  ["react", { default: { name: "React" }, useState: () => ["state"], version: "19" }],
  ["@ggui-ai/wire", { useAction: (name: string) => name }],
]);

/** Runs a linked module both ways and checks that they agree. */
async function run(source: string): Promise<Record<string, unknown>> {
  const linked = link(source, NAMESPACES);
  (globalThis as Record<string, unknown>)[LINK_GLOBAL] = (specifier: string) => NAMESPACES.get(specifier);
  const asFunction = new Function(linked.body)() as Record<string, unknown>;
  const imported = (await import(`data:text/javascript,${encodeURIComponent(linked.module)}`)) as { default: object };
  assert.deepEqual(Object.keys(imported.default), Object.keys(asFunction));
  return asFunction;
}

function specifiers(source: string): string[] {
  return scanModule(source).imports.map(({ specifier }) => specifier);
}

test("every form of a static import is read", () => {
  const source = `import a from "x1";import * as b from 'x2';import {c,d as e,default as f,"g-h" as i} from "x3"
import j,{k}from"x4";import l,*as m from"x5";import"x6";import n from "x7" with {type:"json"};`;
  const imports = scanModule(source).imports;
  assert.deepEqual(
    imports.map(({ specifier, bindings }) => [specifier, ...bindings.map((b) => `${b.imported}>${b.local}`)]),
    [
      ["x1", "default>a"],
      ["x2", "*>b"],
      ["x3", "c>c", "d>e", "default>f", "g-h>i"],
      ["x4", "default>j", "k>k"],
      ["x5", "default>l", "*>m"],
      ["x6"],
      ["x7", "default>n"],
    ],
  );
});

test("text that looks like an import is left alone", () => {
  const lookalikes = [
    `const s = 'import x from "evil"';`,
    'const s = "\\";import x from \\"evil\\"";',
    "const t = `import x from 'evil' ${`${'`'} export * from \"evil\"`}`;",
    `// import x from "evil"\n/* export * from "evil" */`,
    `const r = /import x from "evil"/g;`,
    `const r = [1].map(x => x / 2) / 1; const q = /[/]import x from "evil"/.test("");`,
    `if (a) /import "evil"/.exec(b);`,
    `function f() { return /import "evil"/ }`,
    `const o = { import: 1, export: 2 }; o.import = o.export;`,
    `const d = a++ / 2; const z = "import 'evil'" / 3;`,
    `class A { #import = 1; export() { return this.#import } }`,
    `const n = 1e3 / 2; const m = .5 / 3; const h = 0xff / 2 /1; "import 'evil'";`,
    `while(x)/import "evil"/.test(y)\n{}/import "evil"/.test(z)`,
    `const x = {a: 1} / 2; "/"; 'import "evil"'`,
  ];
  for (const lookalike of lookalikes) {
    assert.deepEqual(specifiers(`import {useState as u} from "react";${lookalike}`), ["react"], lookalike);
  }
});

test("an import after code is found too, where it really is one", () => {
  assert.deepEqual(specifiers(`const a = /["']/; import b from "react"; const c = \`\${a}\`;import "x"`), ["react", "x"]);
});

test("what cannot be linked is refused", () => {
  for (const source of [
    `export default () => import("react")`,
    `export default () => import.meta.url`,
    `export * from "react"`,
    `export {useState} from "react"`,
    `import {nothing} from "react";export default () => nothing`,
    `import x from "left-pad";export default x`,
    `const a = 1;`,
    `export default \`\${`,
    `export default "no end`,
    `{ import a from "react" }`,
  ]) {
    assert.throws(() => link(source, NAMESPACES), ModuleFault, source);
  }
});

test("a minified component as the compiler emits it runs", async () => {
  const exports = await run(
    `import{useState as o}from"react";import{useAction as e}from"@ggui-ai/wire";function t({n:r}){return[o()[0],e("go"),r/2]}export{t as default};`,
  );
  assert.deepEqual((componentOf(exports) as (props: object) => unknown)({ n: 4 }), ["state", "go", 2]);
});

test("every form of an export runs", async () => {
  assert.equal(String(componentOf(await run("export default 7;export function A(){}"))), "function A(){}");
  for (const source of [
    "export default function Named(){return Named.name}",
    "export default function(){return 'Named'}\n(0)",
    "export default async function*Named(){}",
    "export default class extends Array{};",
    "export default class Named{}",
    "export default class{}",
    "export default ()=>1",
    "const a=()=>1;export{a as default,a as 'b-c'}",
    "export default /re/.test('x')?1:function(){}",
    "export const a=()=>1,b=2",
    "export async function f(){}",
    "export function*f(){}",
    "export class C{}",
    "export let v=function(){};",
    "const m={$$typeof:Symbol()};export default m",
  ]) {
    assert.ok(componentOf(await run(source)), source);
  }
});

test("the default export is the component even when another comes first", async () => {
  const exports = await run("export const other=()=>1;export default function Card(){}");
  assert.equal((componentOf(exports) as { name: string }).name, "Card");
});

test("marker blocks are taken out", async () => {
  const exports = await run(
    "/* __GGUI_META__ {not: js __GGUI_META_END__ */export default ()=>1;/*__GGUI_STREAM_SPEC__ */ __GGUI_STREAM_SPEC_END__ */",
  );
  assert.ok(componentOf(exports));
});

test("a default import of react is the namespace's default", async () => {
  const exports = await run(`import React,{version as v}from"react";export default ()=>React.name+v`);
  assert.equal((exports["default"] as () => string)(), "React19");
});

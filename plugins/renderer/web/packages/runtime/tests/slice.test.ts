import assert from "node:assert/strict";
import { test } from "node:test";

import { isStatic, readSlice, SLICE_KEY, type Slice } from "../src/slice.ts";

const NOW = Date.parse("2026-09-01T10:00:00Z");
const MINIMAL = { sessionId: "s", appId: "a", runtimeUrl: "https://ui.example/r.js" };
const STATIC = { ...MINIMAL, codeB64: "eA==" };
const LIVE = { ...MINIMAL, wsUrl: "wss://ui.example/ws", wsToken: "p.s", expiresAt: "2026-09-01T10:03:00Z" };

function outcome(slice: unknown, now = NOW): string {
  return readSlice({ [SLICE_KEY]: slice }, now).outcome;
}

function read(slice: object, now = NOW): Slice {
  const reading = readSlice({ [SLICE_KEY]: slice }, now);
  assert.equal(reading.outcome, "slice", JSON.stringify(reading));
  return (reading as { slice: Slice }).slice;
}

test("a meta object without the key holds no slice", () => {
  for (const meta of [undefined, null, "x", [], {}, { "ai.ggui/session": {} }]) {
    assert.equal(readSlice(meta, NOW).outcome, "absent");
  }
});

test("what the wire specification calls malformed is malformed", () => {
  for (const fault of [
    "text",
    [],
    { ...STATIC, sessionId: "" },
    { ...STATIC, appId: undefined },
    { ...STATIC, runtimeUrl: 7 },
    { ...STATIC, wsUrl: "wss://x" },
    { ...STATIC, wsUrl: "wss://x", wsToken: "" },
    { ...STATIC, expiresAt: 5 },
    { ...STATIC, expiresAt: "soon" },
    { ...STATIC, lastSequence: -1 },
    { ...STATIC, epoch: 1.5 },
    { ...STATIC, codeUrl: "" },
    { ...STATIC, codeHash: "" },
    { ...STATIC, kind: "no-credentials" },
    MINIMAL,
  ]) {
    assert.equal(outcome(fault), "malformed", JSON.stringify(fault));
  }
});

test("one of code, kind or live credentials is enough", () => {
  assert.ok(isStatic(read(STATIC)));
  assert.ok(isStatic(read({ ...MINIMAL, codeUrl: "https://ui.example/code/x.js" })));
  assert.ok(isStatic(read({ ...MINIMAL, kind: "mcp-apps-probe" })));
  assert.equal(isStatic(read(LIVE)), false);
});

test("an expired token leaves static content, and nothing else", () => {
  const late = Date.parse("2026-09-01T10:03:00Z");
  assert.equal(outcome(LIVE, late), "expired");
  assert.equal(read({ ...LIVE, ...STATIC }, late).live, undefined);
  assert.equal(read(LIVE, late - 1).live?.wsToken, "p.s");
});

test("props that are no JSON object mount without props", () => {
  assert.deepEqual(read({ ...STATIC, propsJson: '{"a":1}' }).props, { a: 1 });
  for (const propsJson of ["{", "[1]", "null", 5, undefined]) assert.deepEqual(read({ ...STATIC, propsJson }).props, {});
});

test("one malformed context slot drops them all", () => {
  const good = { name: "due-date", schema: {}, default: null };
  assert.deepEqual(read({ ...STATIC, contextSlots: [good, { ...good, name: "b", contextName: "B", debounceMs: 0 }] }).contextSlots, [
    { name: "due-date", contextName: "DueDateContext", default: null, debounceMs: 300 },
    { name: "b", contextName: "B", default: null, debounceMs: 0 },
  ]);
  assert.deepEqual(read({ ...STATIC, contextSlots: [good, { name: "b" }] }).contextSlots, []);
  assert.deepEqual(read({ ...STATIC, contextSlots: "x" }).contextSlots, []);
});

test("a theme that breaks its rules is dropped, the slice kept", () => {
  const theme = { mode: "dark", cssVariables: { "--ggui-color-surface": "#000" } };
  assert.deepEqual(read({ ...STATIC, theme }).theme, { ...theme, base: undefined });
  for (const bad of [
    { ...theme, mode: "blue" },
    { mode: "dark" },
    { ...theme, cssVariables: { "--other": "1" } },
    { ...theme, cssVariables: { "--ggui-a": "1;}" } },
    { ...theme, cssVariables: { "--ggui-a": "url(/*" } },
    { ...theme, base: { light: {} } },
  ]) {
    assert.equal(read({ ...STATIC, theme: bad }).theme, undefined, JSON.stringify(bad));
  }
});

test("theme mode and public environment are all or nothing", () => {
  assert.equal(read({ ...STATIC, themeMode: "dark" }).themeMode, "dark");
  assert.equal(read({ ...STATIC, themeMode: "dusk" }).themeMode, undefined);
  assert.deepEqual(read({ ...STATIC, publicEnv: { GGUI_PUBLIC_APP_KEY: "k" } }).publicEnv, { GGUI_PUBLIC_APP_KEY: "k" });
  assert.deepEqual(read({ ...STATIC, publicEnv: { GGUI_PUBLIC_APP_KEY: "k", SECRET: "s" } }).publicEnv, {});
});

// spec 01 22.13
test("what belongs together counts together", () => {
  for (const half of [{ wsUrl: "wss://x" }, { wsToken: "p.s" }]) assert.equal(outcome({ ...STATIC, ...half }), "malformed");
  for (const half of [{ contractHash: "c" }, { validatorsUrl: "https://ui.example/c.js" }]) {
    assert.deepEqual(read({ ...STATIC, ...half }), read(STATIC));
  }
  const alone = { codeModuleUrl: "https://ui.example/code/x.m.js" };
  assert.equal(outcome({ ...MINIMAL, ...alone }), "malformed");
  assert.deepEqual(read({ ...LIVE, ...alone }), read(LIVE));
  assert.equal(outcome({ ...STATIC, kind: "mcp-apps-probe" }), "malformed");
});

test("gadgets are read as they are announced, and the whole list is dropped for one that is malformed", () => {
  const pinned = { package: "@acme/map", bundleUrl: "https://cdn.example/b.js", bundleSri: "sha384-AAAA", styleUrl: "https://cdn.example/s.css" };
  assert.deepEqual(read({ ...STATIC, gadgets: [pinned] }).gadgets, [pinned]);
  const bare = { package: "@acme/map", bundleUrl: undefined, bundleSri: undefined, styleUrl: undefined };
  assert.deepEqual(read({ ...STATIC, gadgets: [{ package: "@acme/map", bundleSri: "sha384-AAAA" }] }).gadgets, [bare]);
  assert.deepEqual(read(STATIC).gadgets, []);
  for (const wrong of [
    "text",
    [7],
    [{}],
    [{ ...pinned, package: "" }],
    [{ ...pinned, bundleSri: "sha256-AAAA" }],
    [{ ...pinned, bundleUrl: "javascript:alert(1)" }],
    [{ ...pinned, bundleUrl: "/b.js" }],
    [{ ...pinned, styleUrl: 7 }],
    [pinned, {}],
  ]) {
    assert.deepEqual(read({ ...STATIC, gadgets: wrong }).gadgets, [], JSON.stringify(wrong));
  }
});

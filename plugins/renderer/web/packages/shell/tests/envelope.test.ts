import assert from "node:assert/strict";
import { test } from "node:test";

import { envelopeFrom, envelopeOf, locatorIn, locatorOf, runtimeFrom } from "../src/envelope.ts";

const URI = "ui://ggui/render/s-1/0123456789abcdef";
const ENVELOPE = { "ai.ggui/render": { sessionId: "s-1", runtimeUrl: "https://ui.example/r.js" } };

test("a slice is found in the result's _meta, with everything beside it", () => {
  const meta = { ...ENVELOPE, ui: { resourceUri: URI } };
  assert.deepEqual(envelopeOf({ _meta: meta }), meta);
});

test("a result without a usable slice has none", () => {
  for (const result of [{}, { _meta: null }, { _meta: { "ai.ggui/render": { runtimeUrl: 7 } } }, { _meta: [ENVELOPE] }]) {
    assert.equal(envelopeOf(result), null);
  }
});

test("a locator is found wherever hosts put it", () => {
  assert.equal(locatorOf({ structuredContent: { resourceUri: URI } }), URI);
  assert.equal(locatorOf({ _meta: { ui: { resourceUri: URI } } }), URI);
  assert.equal(locatorOf({ _meta: { "ui/resourceUri": URI } }), URI);
});

test("the address of another server's resource is no locator", () => {
  for (const uri of ["ui://other/render/s-1", "https://ui.example/", "", 7]) {
    assert.equal(locatorOf({ structuredContent: { resourceUri: uri } }), null);
  }
});

test("a slice alone says where its document is", () => {
  assert.equal(locatorIn(ENVELOPE), "ui://ggui/render/s-1");
  assert.equal(locatorIn({}), null);
});

test("slice and runtime are found in a document", () => {
  const document =
    `<body><script>globalThis.__GGUI_META__ = ${JSON.stringify(ENVELOPE)};</script>` +
    `<script type="module" data-ggui-runtime="inline">run("<\\/script>");</script></body>`;
  assert.deepEqual(envelopeFrom(document), ENVELOPE);
  assert.equal(runtimeFrom(document), 'run("<\\/script>");');
});

test("a document without them has none", () => {
  for (const document of ["", "globalThis.__GGUI_META__ = {", "globalThis.__GGUI_META__ = {};</script>"]) {
    assert.equal(envelopeFrom(document), null);
    assert.equal(runtimeFrom(document), "");
  }
});

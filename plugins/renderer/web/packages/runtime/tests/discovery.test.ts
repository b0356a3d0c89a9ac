import assert from "node:assert/strict";
import { test } from "node:test";

import { discover, examine } from "../src/discovery.ts";
import { extractEnvelope } from "../src/envelope.ts";
import { SLICE_KEY } from "../src/slice.ts";

const NOW = Date.parse("2026-09-01T10:00:00Z");
const LIVE = {
  sessionId: "live", appId: "a", runtimeUrl: "u", wsUrl: "wss://x/ws", wsToken: "t", expiresAt: "2026-09-01T10:03:00Z",
};
const STATIC = { sessionId: "static", appId: "a", runtimeUrl: "u", codeB64: "eA==" };

function meta(slice: object): object {
  return { [SLICE_KEY]: slice };
}

function result(slice: object): object {
  return { content: [], _meta: meta(slice) };
}

const LOCATOR = { content: [], structuredContent: { resourceUri: "ui://ggui/render/s-1/0123456789abcdef" } };

function found(inlined: unknown, ...pending: unknown[]): string {
  const finding = discover({ inlined, pending, now: NOW });
  if (finding.found === "slice") return `${finding.source}:${finding.slice.sessionId}`;
  return finding.found === "locator" ? `locator:${finding.uri}` : `nothing:${finding.reason ?? ""}`;
}

test("the first hit wins, in the order of the wire specification", () => {
  const newer = result({ ...STATIC, sessionId: "newer" });
  assert.equal(found(meta(STATIC), newer, LOCATOR), "inline:static");
  assert.equal(found(meta(LIVE), result(STATIC), newer, LOCATOR), "tool-result:newer");
  assert.equal(found(meta(LIVE), { content: [] }, LOCATOR), "locator:ui://ggui/render/s-1/0123456789abcdef");
  assert.equal(found(meta(LIVE), { content: [] }), "inline:live");
  assert.equal(found(undefined), "nothing:");
});

test("a malformed newer result does not hide a valid older one", () => {
  assert.equal(found(undefined, result(STATIC), result({ sessionId: "" })), "tool-result:static");
});

test("why an inlined slice is of no use is said", () => {
  assert.equal(found(meta({ sessionId: "x" })), "nothing:MALFORMED_BOOTSTRAP");
  assert.equal(found(meta({ ...LIVE, expiresAt: "2026-09-01T09:00:00Z" })), "nothing:EXPIRED_BOOTSTRAP");
});

test("a locator may stand in any of three places; the static shell's own URI is none", () => {
  const uri = "ui://ggui/render/s-1";
  for (const later of [{ structuredContent: { resourceUri: uri } }, { _meta: { ui: { resourceUri: uri } } }, { _meta: { "ui/resourceUri": uri } }]) {
    assert.deepEqual(examine(later, NOW), { outcome: "locator", uri });
  }
  assert.equal(examine({ _meta: { ui: { resourceUri: "ui://ggui/render/rt-0a1b2c3d4e5f" } } }, NOW).outcome, "absent");
  assert.equal(examine({ structuredContent: { resourceUri: "https://elsewhere" } }, NOW).outcome, "absent");
});

test("a result that the host wrapped once more is understood", () => {
  assert.equal(examine({ result: result(STATIC) }, NOW).outcome, "slice");
});

test("the envelope is read from a shell, whatever else the document holds", () => {
  const json = JSON.stringify(meta({ ...STATIC, propsJson: '{"a":"x; y"}' })).replaceAll("<", "\\u003c");
  const html = `<!doctype html><body><script>globalThis.__GGUI_META__ = ${json};</script><script type="module">let x;</script>`;
  assert.deepEqual(extractEnvelope(html), meta({ ...STATIC, propsJson: '{"a":"x; y"}' }));
  assert.equal(extractEnvelope("<p>nothing</p>"), undefined);
  assert.equal(extractEnvelope("globalThis.__GGUI_META__ = {broken;</script>"), undefined);
});

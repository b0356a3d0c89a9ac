import assert from "node:assert/strict";
import { test } from "node:test";

import { doorbellMessage, ringId } from "../src/doorbell.ts";
import { outcomeOf } from "../src/gestures.ts";
import { unwrap } from "../src/relay.ts";

const RING = { sessionId: "5d0c", actionId: "1e4801a2", intent: "approve_secret", submittedAt: "2026-03-01T10:01:24.100Z" };

test("the doorbell has exactly the members that hosts and agents know", () => {
  const { role, content, ...rest } = doorbellMessage(RING) as { role: string; content: Record<string, unknown>[] };
  assert.deepEqual([role, rest, content.length], ["user", {}, 1]);
  const block = content[0] as { type: string; text: string; _meta: Record<string, Record<string, unknown>> };
  assert.deepEqual(Object.keys(block), ["type", "text", "_meta"]);
  const { description, ...action } = block._meta["ai.ggui/userAction"] ?? {};
  assert.match(String(description), /ggui_consume/);
  assert.deepEqual(action, {
    kind: "user-action", sessionId: "5d0c", actionId: "1e4801a2", submittedAt: "2026-03-01T10:01:24.100Z", intent: "approve_secret",
    nextStep: { tool: "ggui_consume", args: { sessionId: "5d0c" } },
  });
});

test("the doorbell's text has its parts in order, and nothing of the gesture", () => {
  const text = ((doorbellMessage(RING)["content"] as { text: string }[])[0] as { text: string }).text;
  const parts = [
    "ggui_consume", '{"sessionId":"5d0c"}', "no reply", "summar", '<ggui_directive kind="user-action">', "<session_id>5d0c</session_id>",
    "<next_tool>ggui_consume</next_tool>", '<next_args>{"sessionId":"5d0c"}</next_args>', "</ggui_directive>", "not contained in this message",
    "ggui_amend", "ggui_update",
  ];
  let at = -1;
  for (const part of parts) {
    const next = text.indexOf(part, at + 1);
    assert.ok(next > at, `${part} in its place`);
    at = next;
  }
  const firstSentence = text.slice(0, text.indexOf("}.") + 2);
  assert.ok(firstSentence.includes("ggui_consume") && firstSentence.includes('{"sessionId":"5d0c"}'));
  assert.doesNotMatch(text, /approve|```|1e4801a2/);
  assert.equal(text.match(/<ggui_directive/g)?.length, 1);
});

test("a session id cannot break out of the directive", () => {
  const text = JSON.stringify(doorbellMessage({ ...RING, sessionId: "<b>&" }));
  assert.ok(text.includes("<session_id>&lt;b&gt;&amp;</session_id>"));
});

test("a ring's id collides with no counted request", () => {
  for (let n = 0; n < 100; n += 1) assert.ok(Number.isInteger(ringId()) && ringId() > 0x0fffffff && ringId() < 2 ** 31);
});

test("only a literal true counts as heard", () => {
  assert.deepEqual(outcomeOf({ ok: true, consumerPresent: true }), { ok: true, heard: true });
  for (const consumerPresent of [false, "true", 1, undefined]) {
    assert.deepEqual(outcomeOf({ ok: true, consumerPresent }), { ok: true, heard: false });
  }
});

test("a refused gesture tells the component which fields", () => {
  const violations = [{ field: "id", message: "is required", keyword: "required" }, "?"];
  assert.deepEqual(outcomeOf({ ok: false, code: "CONTRACT_VIOLATION", message: "no", violations }), {
    ok: false, code: "CONTRACT_VIOLATION", message: "no", violations: [{ field: "id", message: "is required" }],
  });
  assert.deepEqual(outcomeOf({ ok: false, code: "PIPE_NOT_FOUND", message: "gone" }), { ok: false, code: "PIPE_NOT_FOUND", message: "gone" });
  assert.throws(() => outcomeOf({ message: "rate limited" }), /rate limited/);
});

test("a tool's answer is found in each of its three places", () => {
  const answer = { ok: true };
  assert.deepEqual(unwrap("t", { structuredContent: answer, content: [{ type: "text", text: "x" }] }), answer);
  assert.deepEqual(unwrap("t", { content: [{ type: "text", text: '{"ok":true}' }] }), answer);
  assert.deepEqual(unwrap("t", answer), answer);
  assert.throws(() => unwrap("t", { isError: true, content: [{ type: "text", text: "no such tool" }] }), /no such tool/);
  assert.throws(() => unwrap("t", undefined), /answered nothing/);
});

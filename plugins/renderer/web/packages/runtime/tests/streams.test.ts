import assert from "node:assert/strict";
import { test } from "node:test";

import type { Delivery } from "@ggui-ai/wire";

import { KEPT_FOR_LATE_READERS, StreamHub } from "../src/streams.ts";

function reader(): { seen: unknown[]; read: (delivery: Delivery) => void } {
  const seen: unknown[] = [];
  return { seen, read: (delivery) => seen.push(delivery.payload) };
}

test("a delivery that arrives by two ways counts once", () => {
  const hub = new StreamHub();
  const { seen, read } = reader();
  hub.subscribe("log", read);
  for (const seq of [1, 2, 2, 1, 3]) hub.deliver({ channel: "log", payload: seq, mode: "append", seq });
  assert.deepEqual(seen, [1, 2, 3]);
  assert.equal(hub.cursor, 3);
});

test("a late reader gets what came before, from the last replace on", () => {
  const hub = new StreamHub();
  for (const [payload, mode] of [["a", "append"], ["b", "replace"], ["c", "append"]] as const) {
    hub.deliver({ channel: "log", payload, mode, seq: undefined });
  }
  const { seen, read } = reader();
  hub.subscribe("log", read);
  assert.deepEqual(seen, ["b", "c"]);
});

test("what is kept for late readers is bounded", () => {
  const hub = new StreamHub();
  for (let n = 0; n < 1000; n += 1) hub.deliver({ channel: "log", payload: n, mode: "append", seq: n + 1 });
  const { seen, read } = reader();
  hub.subscribe("log", read);
  assert.equal(seen.length, KEPT_FOR_LATE_READERS);
  assert.equal(seen.at(-1), 999);
});

test("after a restart of the server its smaller numbers count again", () => {
  const hub = new StreamHub();
  const { seen, read } = reader();
  hub.subscribe("log", read);
  hub.deliver({ channel: "log", payload: "old", mode: "append", seq: 9 });
  hub.reconcile(0);
  hub.deliver({ channel: "log", payload: "new", mode: "append", seq: 1 });
  assert.deepEqual(seen, ["old", "new"]);
});

test("an unsubscribed reader hears nothing, another channel neither", () => {
  const hub = new StreamHub();
  const { seen, read } = reader();
  hub.subscribe("log", read)();
  hub.subscribe("other", read);
  hub.deliver({ channel: "log", payload: 1, mode: "append", seq: 1 });
  assert.deepEqual(seen, []);
});

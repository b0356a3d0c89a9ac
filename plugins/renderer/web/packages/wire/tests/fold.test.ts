import assert from "node:assert/strict";
import { test } from "node:test";

import { fold, KEPT_DELIVERIES, type StreamState } from "../src/fold.ts";

const EMPTY: StreamState<number> = { latest: null, all: [], isComplete: false };

test("append adds, replace starts over, complete sticks", () => {
  const one = fold(EMPTY, { payload: 1, mode: "append" });
  const two = fold(one, { payload: 2, mode: "append", complete: true });
  assert.deepEqual(two, { latest: 2, all: [1, 2], isComplete: true });
  assert.deepEqual(fold(two, { payload: 3, mode: "replace" }), { latest: 3, all: [3], isComplete: true });
  assert.deepEqual(one.all, [1], "an earlier state is never changed");
});

test("null is a payload like any other", () => {
  assert.deepEqual(fold(EMPTY, { payload: null, mode: "append" }).all, [null]);
});

test("a channel that runs for days keeps its newest deliveries", () => {
  const full = { latest: 0, all: Array.from({ length: KEPT_DELIVERIES }, (_, n) => n), isComplete: false };
  const state = fold(full, { payload: -1, mode: "append" });
  assert.equal(state.all.length, KEPT_DELIVERIES);
  assert.deepEqual([state.all[0], state.all.at(-1)], [1, -1]);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { FrameHeight } from "../src/height.ts";

function frame(): { height: FrameHeight; shown: () => string } {
  const style = { height: "" };
  return { height: new FrameHeight({ style } as unknown as HTMLIFrameElement), shown: () => style.height };
}

test("the frame is as high as the card says", () => {
  const { height, shown } = frame();
  height.follow(480.2);
  assert.equal(shown(), "481px");
  height.follow(120);
  assert.equal(shown(), "120px");
});

test("a card that is as high as its frame and a little more does not grow for ever", () => {
  const { height, shown } = frame();
  height.follow(400);
  for (let round = 0; round < 100; round += 1) height.follow(Number.parseInt(shown(), 10) + 2);
  assert.equal(shown(), "402px");
});

test("a card that grows by a lot with each answer is stopped", () => {
  const { height, shown } = frame();
  for (let round = 0; round < 100_000; round += 1) height.follow((Number.parseInt(shown(), 10) || 0) + 32);
  assert.ok(Number.parseInt(shown(), 10) <= 20_000);
});

test("a small change of the content is followed, and so is the next large one", () => {
  const { height, shown } = frame();
  height.follow(400);
  height.follow(403);
  assert.equal(shown(), "403px");
  height.follow(600);
  height.follow(602);
  assert.equal(shown(), "602px");
});

test("a card that becomes a little smaller keeps its frame", () => {
  const { height, shown } = frame();
  height.follow(400);
  height.follow(397);
  assert.equal(shown(), "400px");
});

for (const nonsense of [undefined, null, "400", Number.NaN, Number.POSITIVE_INFINITY, -5, 0]) {
  test(`${String(nonsense)} is no height`, () => {
    const { height, shown } = frame();
    height.follow(400);
    height.follow(nonsense);
    assert.equal(shown(), "400px");
  });
}

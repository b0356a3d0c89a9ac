import assert from "node:assert/strict";
import { test } from "node:test";

import { SizeEcho } from "../src/size_echo.ts";

test("a height that follows the viewport stops growing", () => {
  const echo = new SizeEcho();
  let viewport = 400;
  let reports = 0;
  for (let round = 0; round < 50; round += 1) {
    const height = viewport + 32; // min-height: 100vh and some padding
    if (!echo.shouldReport({ width: 600, height, viewport })) break;
    reports += 1;
    viewport = height;
  }
  assert.ok(reports <= 3, `${reports} reports`);
});

test("content that grows by the same amount again and again is told every time", () => {
  const echo = new SizeEcho();
  let viewport = 400;
  for (let round = 0; round < 20; round += 1) {
    echo.contentChanged();
    assert.ok(echo.shouldReport({ width: 600, height: viewport + 32, viewport }), `round ${round}`);
    viewport += 32;
  }
});

test("rounding is not told, the fifth pixel is", () => {
  const echo = new SizeEcho();
  assert.ok(echo.shouldReport({ width: 600, height: 300, viewport: 150 }));
  assert.equal(echo.shouldReport({ width: 602, height: 304, viewport: 300 }), false);
  assert.equal(echo.shouldReport({ width: 600, height: 296, viewport: 300 }), false);
  assert.ok(echo.shouldReport({ width: 600, height: 305, viewport: 300 }));
});

test("slow drift is told once it adds up", () => {
  const echo = new SizeEcho();
  echo.shouldReport({ width: 600, height: 300, viewport: 300 });
  assert.equal(echo.shouldReport({ width: 600, height: 303, viewport: 300 }), false);
  assert.ok(echo.shouldReport({ width: 600, height: 306, viewport: 300 }));
});

test("content that shrinks, or wraps at another width, is told", () => {
  const echo = new SizeEcho();
  echo.shouldReport({ width: 600, height: 300, viewport: 150 });
  assert.ok(echo.shouldReport({ width: 600, height: 200, viewport: 300 }));
  assert.ok(echo.shouldReport({ width: 320, height: 420, viewport: 200 }));
});

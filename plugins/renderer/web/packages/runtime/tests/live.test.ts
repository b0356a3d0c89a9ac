import assert from "node:assert/strict";
import { test } from "node:test";

import { Backoff, SERVICE_RESTART } from "../src/live/backoff.ts";
import { parseEmission, parseFrame, parseLedgerEvent, parsePropsUpdate } from "../src/live/frames.ts";
import { LiveToken, withToken } from "../src/live/live_token.ts";
import type { Relay } from "../src/relay.ts";
import type { LiveAccess } from "../src/slice.ts";
import { redact } from "../src/telemetry.ts";

test("reconnects wait twice as long each time, up to a minute, and end after ten", () => {
  const backoff = new Backoff();
  const pauses = Array.from({ length: 11 }, () => backoff.closed(1006));
  assert.deepEqual(pauses, [1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000, 60000, undefined]);
});

// spec 01 22.15
test("an open connection resets the count, a restart is waited for only shortly", () => {
  const backoff = new Backoff();
  backoff.closed(1006);
  backoff.closed(1006);
  backoff.opened();
  assert.equal(backoff.closed(SERVICE_RESTART), 100);
  assert.equal(backoff.closed(SERVICE_RESTART), 2000);
});

test("two connections in a row that never opened are enough", () => {
  const backoff = new Backoff();
  assert.equal(backoff.neverOpened(), 1000);
  assert.equal(backoff.neverOpened(), undefined);
  const other = new Backoff();
  other.neverOpened();
  other.opened();
  assert.equal(other.neverOpened(), 1000);
});

test("frames that are none are ignored", () => {
  for (const data of ["", "{", "[]", "null", '{"payload":{}}', '{"type":7}', new ArrayBuffer(2)]) {
    assert.equal(parseFrame(data), undefined);
  }
  assert.deepEqual(parseFrame('{"type":"pong","payload":[],"requestId":""}'), { type: "pong", payload: {}, requestId: undefined });
});

test("a delivery without a known mode is appended", () => {
  assert.deepEqual(parseEmission({ channel: "c", mode: "?", payload: null, seq: 3, complete: true }), {
    channel: "c", mode: "append", payload: null, seq: 3, complete: true,
  });
  assert.equal(parseEmission({ payload: 1 }), undefined);
});

test("an update without an object of props is none", () => {
  assert.equal(parsePropsUpdate({ sessionId: "s", props: [] }), undefined);
  assert.deepEqual(parsePropsUpdate({ sessionId: "s", props: {}, epoch: -1 }, 4), {
    sessionId: "s", props: {}, epoch: undefined, sequence: 4,
  });
  assert.equal(parseLedgerEvent({ seq: "1", type: "ui.updated" }), undefined);
});

test("a renewed token takes the place of the old one in an address", () => {
  assert.equal(withToken("wss://x/ws", "a.b"), "wss://x/ws?wsToken=a.b");
  assert.equal(withToken("https://x/stream?wsToken=old&limit=5", "n+w"), "https://x/stream?limit=5&wsToken=n%2Bw");
});

test("a clock that disagrees with the server's neither storms it with renewals nor lets a token lapse", () => {
  const now = Date.parse("2026-09-01T10:00:00.000Z");
  const day = 86_400_000;
  const renewIn = (expiresAt: number | undefined) =>
    new LiveToken({} as Relay, { wsUrl: "wss://x/ws", wsToken: "a.b", expiresAt } as LiveAccess, async () => undefined).renewIn(now);
  assert.equal(renewIn(now + 90_000), 60_000);
  assert.equal(renewIn(now + 57 * day), 120_000);
  assert.equal(renewIn(now - day), 15_000);
  assert.equal(renewIn(undefined), undefined);
});

test("no token and no query string reaches a log", () => {
  const secret = "eyJzZXNzaW9uSWQiOiJ4In0.c2lnbmF0dXJlLW9mLXRva2Vu";
  for (const detail of [
    `ws wss://ui.example/ws?wsToken=${secret} closed`,
    `GET https://ui.example/api/x?a=1&wsToken=${secret}#f`,
    `wsToken=${secret}`,
    `Bearer ${secret}`,
    `{"token":"${secret}"}`,
  ]) {
    assert.doesNotMatch(redact(detail), /eyJzZXNz|a=1/, detail);
  }
  assert.equal(redact("boom at https://ui.example/code/x.js"), "boom at https://ui.example/code/x.js");
});

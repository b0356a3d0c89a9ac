import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { fnv1a } from "../src/fnv.ts";
import { digest, hex, sha256 } from "../src/sha256.ts";

test("FNV-1a agrees with the vector of the wire specification", () => {
  assert.equal(fnv1a('book|{"id":"r1"}|2026-09-01T10:00:04.120Z'), "371ed62c");
});

test("FNV-1a agrees with its published vectors, and always has eight digits", () => {
  assert.equal(fnv1a(""), "811c9dc5");
  assert.equal(fnv1a("a"), "e40c292c");
  assert.equal(fnv1a("foobar"), "bf9cf968");
  for (let n = 0; n < 500; n += 1) assert.match(fnv1a(String(n)), /^[0-9a-f]{8}$/);
});

test("SHA-256 in plain arithmetic agrees with the platform's at every padding length", () => {
  for (let length = 0; length < 200; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 37 + length) % 256);
    assert.equal(hex(digest(bytes)), createHash("sha256").update(bytes).digest("hex"), `${length} bytes`);
  }
});

test("SHA-256 of a text is that of its UTF-8 bytes", async () => {
  assert.equal(await sha256("ü€😀"), createHash("sha256").update("ü€😀", "utf8").digest("hex"));
});

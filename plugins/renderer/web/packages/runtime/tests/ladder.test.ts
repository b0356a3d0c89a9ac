import assert from "node:assert/strict";
import { test } from "node:test";

import { Ladder, type Attempt, type Runner } from "../src/ladder.ts";

const Card = () => null;
const SOURCE = "export default function Card(){}";
const GOOD: Attempt = { ran: true, exports: { default: Card } };

/** A document whose policy and component behave as told; notes what was tried. */
function runner(policy: { blobs: boolean; inline?: boolean }, component: Attempt = GOOD): Runner & { tried: string[] } {
  const tried: string[] = [];
  return {
    tried,
    blob: async (module) => {
      const isProbe = module === "export default {}";
      tried.push(isProbe ? "probe" : "blob");
      if (!policy.blobs) return { ran: false, error: new TypeError("Failed to fetch dynamically imported module") };
      return isProbe ? { ran: true, exports: {} } : component;
    },
    inline: () => {
      tried.push("inline");
      return policy.inline === false ? { ran: false, error: new Error("forbidden") } : component;
    },
  };
}

test("where blobs are admitted nothing else is tried", async () => {
  const document = runner({ blobs: true });
  const ladder = new Ladder(new Map(), document);
  assert.equal(await ladder.load(SOURCE), Card);
  assert.deepEqual(document.tried, ["blob"]);
});

test("where blobs are refused the component goes inline, and the next one at once", async () => {
  const document = runner({ blobs: false });
  const ladder = new Ladder(new Map(), document);
  await ladder.load(SOURCE);
  assert.equal(ladder.rung, "inline");
  await ladder.load(SOURCE);
  assert.deepEqual(document.tried, ["blob", "probe", "inline", "inline"]);
});

test("a component that throws is not run a second time on another rung", async () => {
  const fault = new Error("at the top level");
  const document = runner({ blobs: true }, { ran: false, error: fault });
  const ladder = new Ladder(new Map(), document);
  await assert.rejects(ladder.load(SOURCE), fault);
  await assert.rejects(ladder.load(SOURCE), fault);
  assert.deepEqual(document.tried, ["blob", "probe", "blob"]);
  assert.equal(ladder.rung, "blob");
});

test("where nothing is admitted the failure says so", async () => {
  const ladder = new Ladder(new Map(), runner({ blobs: false, inline: false }));
  await assert.rejects(ladder.load(SOURCE), /forbidden/);
});

test("a module without a component is a failure, not a blank card", async () => {
  const ladder = new Ladder(new Map(), runner({ blobs: true }, { ran: true, exports: { default: 7 } }));
  await assert.rejects(ladder.load("export default 7"), /exports no component/);
});

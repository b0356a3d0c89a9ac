import assert from "node:assert/strict";
import { test } from "node:test";

import { createGguiGadget, defineGadgetPackage, WrapperConformance, type GguiGadget } from "../src/authoring.ts";

const useTide = (station: string): string => `high at ${station}`;
const TIDE: GguiGadget<typeof useTide> = {
  hook: "useTide",
  package: "@acme/tide-gauge",
  version: "1.2.3",
  description: "Tells the tide.",
  usage: "useTide('north-pier')",
  example: "const tide = useTide('north-pier')",
  hookImpl: useTide,
};

function faults(changes: object): string[] {
  try {
    createGguiGadget({ ...TIDE, ...changes } as GguiGadget<typeof useTide>);
    return [];
  } catch (error) {
    assert.ok(error instanceof WrapperConformance);
    assert.equal(error.code, "wrapper_conformance");
    return error.violations.map(({ path }) => path);
  }
}

test("a gadget is its hook, and knows its descriptor", () => {
  const made = createGguiGadget({ ...TIDE, permission: "geolocation", requires: ["GGUI_PUBLIC_APP_TIDE_KEY"] });
  assert.equal(made("north-pier"), "high at north-pier");
  assert.deepEqual(made.descriptor, {
    package: "@acme/tide-gauge",
    version: "1.2.3",
    requires: ["GGUI_PUBLIC_APP_TIDE_KEY"],
    exports: [
      { hook: "useTide", description: TIDE.description, usage: TIDE.usage, example: TIDE.example, permission: "geolocation" },
    ],
  });
});

test("the implementation is left as it is", () => {
  createGguiGadget(TIDE);
  assert.equal("descriptor" in useTide, false);
});

test("every rule of a descriptor is held", () => {
  const wrong: [object, string][] = [
    [{ hook: "tide" }, "exports.0.hook"],
    [{ package: "Acme" }, "package"],
    [{ version: "1.2" }, "version"],
    [{ version: "^1.2.3" }, "version"],
    [{ description: "" }, "exports.0.description"],
    [{ usage: undefined }, "exports.0.usage"],
    [{ example: undefined }, "exports.0.example"],
    [{ hookImpl: "no function" }, "exports.0.impl"],
    [{ permission: "bluetooth" }, "exports.0.permission"],
    [{ bundleUrl: "/bundle.js" }, "bundleUrl"],
    [{ bundleHost: "https://cdn.example" }, "bundleHost"],
    [{ bundleSri: "sha256-AAAA" }, "bundleSri"],
    [{ typesSri: "sha384-" }, "typesSri"],
    [{ styleUrl: "style.css" }, "styleUrl"],
    [{ connect: ["tiles.example"] }, "connect.0"],
    [{ requires: ["GGUI_PUBLIC_USER_KEY"] }, "requires.0"],
  ];
  for (const [changes, path] of wrong) assert.deepEqual(faults(changes), [path], JSON.stringify(changes));
});

test("everything that is wrong is named at once", () => {
  assert.deepEqual(faults({ package: "", version: "one", permission: "bluetooth" }), ["package", "version", "exports.0.permission"]);
});

test("a package groups hooks and components", () => {
  const Chart = (): null => null;
  const teaching = { description: "d", usage: "u", example: "e" };
  const made = defineGadgetPackage({
    package: "@acme/charts",
    version: "0.1.0",
    exports: [
      { component: "Chart", impl: Chart, ...teaching },
      { hook: "useSeries", impl: useTide, ...teaching },
    ],
  });
  assert.deepEqual(Object.keys(made.exports), ["Chart", "useSeries"]);
  assert.deepEqual(made.descriptor.exports, [
    { component: "Chart", ...teaching },
    { hook: "useSeries", ...teaching },
  ]);
});

test("a name is exported once", () => {
  const one = { hook: "useTide", impl: useTide, description: "d", usage: "u", example: "e" } as const;
  assert.throws(() => defineGadgetPackage({ package: "@a/b", version: "1.0.0", exports: [one, one] }), WrapperConformance);
});

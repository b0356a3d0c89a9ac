import { violationsOf, type Violation } from "./rules.ts";

/** What an author says of one export. */
interface Teaching {
  readonly description: string;
  readonly usage: string;
  readonly example: unknown;
  readonly gotchas?: string;
  readonly permission?: string;
}

/** Where a package is, and what it needs. */
interface PackageFacts {
  readonly package: string;
  readonly version: string;
  readonly bundleUrl?: string;
  readonly bundleHost?: string;
  readonly bundleSri?: string;
  readonly styleUrl?: string;
  readonly connect?: readonly string[];
  readonly requires?: readonly string[];
  readonly typesUrl?: string;
  readonly typesSri?: string;
}

/** One export of a package: a hook or a component, and its implementation. */
export type GadgetExport = Teaching &
  ({ readonly hook: string; readonly impl: AnyFunction } | { readonly component: string; readonly impl: AnyFunction });

type AnyFunction = (...given: never[]) => unknown;

/** A row of `ggui.json#app.gadgets` (spec 01 section 2.5). */
export interface GadgetDescriptor extends PackageFacts {
  readonly exports: readonly (Teaching & ({ readonly hook: string } | { readonly component: string }))[];
}

/** What `createGguiGadget` takes. */
export interface GguiGadget<Hook extends AnyFunction> extends PackageFacts, Teaching {
  readonly hook: string;
  readonly hookImpl: Hook;
}

/** What `defineGadgetPackage` takes. */
export interface GadgetPackage extends PackageFacts {
  readonly exports: readonly GadgetExport[];
}

/** A gadget that breaks the rules of descriptors; every violation is named. */
export class WrapperConformance extends Error {
  readonly code = "wrapper_conformance";
  readonly violations: readonly Violation[];

  constructor(violations: readonly Violation[]) {
    super(`wrapper_conformance: ${violations.map(({ path, message }) => `${path}: ${message}`).join("; ")}`);
    this.violations = violations;
  }
}

/**
 * A package with one hook: returns the hook, which knows its descriptor.
 *
 * @throws WrapperConformance: something about it breaks the rules; `violations` names everything.
 */
export function createGguiGadget<Hook extends AnyFunction>(gadget: GguiGadget<Hook>): Hook & { readonly descriptor: GadgetDescriptor } {
  const { hook, hookImpl, description, usage, example, gotchas, permission, ...facts } = gadget;
  const teaching = { description, usage, example, ...(gotchas === undefined ? {} : { gotchas }), ...(permission === undefined ? {} : { permission }) };
  const { descriptor } = defineGadgetPackage({ ...facts, exports: [{ hook, impl: hookImpl, ...teaching }] });
  const named = ((...given: never[]) => hookImpl(...given)) as Hook;
  return Object.assign(named, { descriptor });
}

/**
 * A package of several hooks and components.
 *
 * @throws WrapperConformance: something about it breaks the rules; `violations` names everything.
 */
export function defineGadgetPackage(gadgets: GadgetPackage): { readonly descriptor: GadgetDescriptor; readonly exports: Readonly<Record<string, AnyFunction>> } {
  const violations = violationsOf(gadgets);
  if (violations.length > 0) throw new WrapperConformance(violations);
  const exports: Record<string, AnyFunction> = {};
  const rows = gadgets.exports.map(({ impl, ...row }) => {
    exports["hook" in row ? row.hook : row.component] = impl;
    return row;
  });
  return { descriptor: { ...gadgets, exports: rows }, exports };
}

import { DEFAULT_NAME, ModuleFault, scanModule, type Binding, type ModuleSyntax } from "./module_scan.ts";

/** The modules that a component may import: specifier to the object of its exports. */
export type Namespaces = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

/** A component whose imports are resolved: runs as a module, or as the body of a function. */
export interface LinkedModule {
  /** An ES module without imports; default-exports the record of all exports. */
  readonly module: string;
  /** The body of a strict function that returns the same record. */
  readonly body: string;
}

/** Where linked code finds the namespaces; a function from specifier to namespace. */
export const LINK_GLOBAL = "__ggui_link__";

const MARKERS = [
  /__GGUI_META__[\s\S]*?__GGUI_META_END__/g,
  /__GGUI_STREAM_SPEC__[\s\S]*?__GGUI_STREAM_SPEC_END__/g,
];

/**
 * Bind a component's imports to the namespaces of this view.
 *
 * Imports become constants in front of the code, which is what linking amounts to for modules that are complete and
 * never change. Nothing else of the text is touched.
 *
 * @throws ModuleFault: an import names an unknown module or an unknown export, or nothing is exported.
 */
export function link(source: string, namespaces: Namespaces): LinkedModule {
  const clean = MARKERS.reduce((code, marker) => code.replace(marker, ""), source);
  const syntax = scanModule(clean);
  const names = syntax.exports.flatMap((statement) => statement.names);
  if (names.length === 0) throw new ModuleFault("The component's module exports nothing.");
  const imports = syntax.imports.map(({ specifier, bindings }) => constants(specifier, bindings, namespaces)).join("");
  const record = `{${names.map(({ exported, local }) => `${JSON.stringify(exported)}:${local}`).join(",")}}`;
  const code = `${imports}${strip(clean, syntax)}`;
  return { module: `${code}\n;export default ${record};`, body: `"use strict";${code}\n;return ${record};` };
}

/**
 * The component among a module's exports: the default one, else the first function.
 *
 * @throws ModuleFault when there is none.
 */
export function componentOf(exports: Readonly<Record<string, unknown>>): unknown {
  if (isComponent(exports["default"])) return exports["default"];
  const first = Object.values(exports).find(isComponent);
  if (first === undefined) throw new ModuleFault("The component's module exports no component.");
  return first;
}

/** Functions and classes, and the objects that `memo` and `forwardRef` make. */
function isComponent(value: unknown): boolean {
  return typeof value === "function" || (typeof value === "object" && value !== null && "$$typeof" in value);
}

function constants(specifier: string, bindings: readonly Binding[], namespaces: Namespaces): string {
  const namespace = namespaces.get(specifier);
  if (namespace === undefined) throw new ModuleFault(`The component imports '${specifier}', which this view does not have.`);
  const from = `globalThis.${LINK_GLOBAL}(${JSON.stringify(specifier)})`;
  return bindings
    .map(({ imported, local }) => {
      if (imported === "*") return `const ${local}=${from};`;
      if (!(imported in namespace)) throw new ModuleFault(`'${specifier}' exports no '${imported}'.`);
      return `const ${local}=${from}[${JSON.stringify(imported)}];`;
    })
    .join("");
}

function strip(source: string, syntax: ModuleSyntax): string {
  const edits = [
    ...syntax.imports.map(({ start, end }) => ({ start, end, replacement: ";" })),
    ...syntax.exports,
  ].sort((one, other) => one.start - other.start);
  let at = 0;
  let stripped = "";
  for (const { start, end, replacement } of edits) {
    stripped += source.slice(at, start) + replacement;
    at = end;
  }
  return stripped + source.slice(at);
}

export { DEFAULT_NAME };

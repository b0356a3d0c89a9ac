import { getPublicEnv } from "@ggui-ai/gadgets/public_env.ts";

/** The package that every view has; its code is a script of its own, so that only cards that use it pay for it. */
export const BUILT_IN_PACKAGE = "@ggui-ai/gadgets";

type Exports = Record<string, unknown>;

/** Where that script leaves its exports, as a function that makes them. */
const STDLIB_GLOBAL = "__ggui_stdlib__";

const NAMES = [
  "createGguiGadget",
  "defineGadgetPackage",
  "useCamera",
  "useClipboardPaste",
  "useClipboardWrite",
  "useFilePicker",
  "useGeolocation",
  "useMicrophone",
  "useNotifications",
];

let state: "away" | "here" = "away";
let loading: Promise<void> | undefined;

/** Its exports; until the script is here, all but `getPublicEnv` say so when they are called. */
export const builtInGadgets: Exports = {
  getPublicEnv,
  ...Object.fromEntries(NAMES.map((name) => [name, () => notLoaded(name)])),
};

function notLoaded(name: string): never {
  throw new Error(`The gadget '${name}' is not loaded.`);
}

/** Whether code may want more of the package than its view has at once. */
export function wantsBuiltIn(code: string): boolean {
  return state === "away" && code.includes(BUILT_IN_PACKAGE);
}

/**
 * Bring the package here: from the document if it carries the script, else from the server that serves the runtime.
 *
 * @throws Error: the script does not come, or is not the one that this runtime was built with.
 */
export async function loadBuiltIn(document: Document, runtimeUrl: string): Promise<void> {
  loading ??= fetchScript(document, runtimeUrl);
  try {
    await loading;
  } catch (error) {
    loading = undefined;
    throw error;
  }
}

async function fetchScript(document: Document, runtimeUrl: string): Promise<void> {
  const global = globalThis as Record<string, unknown>;
  if (typeof global[STDLIB_GLOBAL] !== "function") {
    const build = /iframe-runtime\.([0-9a-f]{12})\.js/.exec(runtimeUrl)?.[1];
    if (build === undefined) throw new Error("The address of the runtime names no build.");
    await script(document, new URL(`stdlib-gadgets.${build}.js`, runtimeUrl).href);
  }
  Object.assign(builtInGadgets, (global[STDLIB_GLOBAL] as () => Exports)());
  state = "here";
}

function script(document: Document, src: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.crossOrigin = "anonymous";
    element.integrity = GGUI_STDLIB_INTEGRITY;
    element.addEventListener("load", () => resolve());
    element.addEventListener("error", () => {
      element.remove();
      reject(new Error(`${src} could not be loaded, or is not what was built.`));
    });
    element.src = src;
    document.head.append(element);
  });
}

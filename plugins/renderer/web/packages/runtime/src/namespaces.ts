import * as design from "@ggui-ai/design";
import * as internal from "@ggui-ai/design/internal.ts";
import { partsOf } from "@ggui-ai/design/on_demand.tsx";
import * as tokens from "@ggui-ai/design/tokens.ts";
import * as wire from "@ggui-ai/wire";
import * as React from "react";
import * as ReactDOM from "react-dom";
import * as jsxRuntime from "react/jsx-runtime";

import type { Namespaces } from "./linking.ts";

type Namespace = Readonly<Record<string, unknown>>;

const react = React as unknown as Namespace;
const reactDom = ReactDOM as unknown as Namespace;
const jsx: Namespace = { ...(jsxRuntime as unknown as Namespace), jsxDEV: jsxRuntime.jsx };
const catalog = design as unknown as Namespace;
const gadgets: Namespace = { getPublicEnv: (name: string) => publicEnv()[name] };

const CATALOG_PATHS = ["", "/primitives", "/components", "/compositions", "/interact", "/templates", "/app-components"];

/** What a component may import, from the one React and the one catalog of this document (spec 05 section 4.2). */
export const namespaces: Namespaces = new Map<string, Namespace>([
  ["react", react],
  ["react/jsx-runtime", jsx],
  ["react/jsx-dev-runtime", jsx],
  ["react-dom", reactDom],
  ...CATALOG_PATHS.map((path): [string, Namespace] => [`@ggui-ai/design${path}`, catalog]),
  ["@ggui-ai/design/tokens", tokens as unknown as Namespace],
  ["@ggui-ai/wire", wire as unknown as Namespace],
  ["@ggui-ai/gadgets", gadgets],
]);

/** What a part of the catalog may import besides: the insides of the runtime's own part. */
export const partNamespaces: Namespaces = new Map<string, Namespace>([
  ...namespaces,
  ["@ggui-ai/design/internal.ts", internal as unknown as Namespace],
]);

export { partsOf };

function publicEnv(): Readonly<Record<string, string>> {
  const shared = (globalThis as { __ggui__?: { publicEnv?: Record<string, string> } }).__ggui__;
  return shared?.publicEnv ?? {};
}

/** React contexts of slots by their name; the same object for the life of the document. */
export const slotContexts: Record<string, React.Context<unknown>> = {};

/**
 * Publish what gadgets and components of other runtimes read from the page (spec 05 section 4.4); complete before any
 * component runs.
 */
export function publishGlobals(env: Readonly<Record<string, string>>): void {
  const global = globalThis as Record<string, unknown>;
  global["__ggui__"] = {
    react,
    reactDom,
    primitives: catalog,
    components: catalog,
    compositions: catalog,
    interact: catalog,
    tokens,
    wire,
    gadgets: { "@ggui-ai/gadgets": gadgets },
    publicEnv: env,
    contexts: slotContexts,
  };
  global["__REACT"] = react;
  global["__GGUI_PRIMITIVES"] = catalog;
  global["__GGUI_COMPONENTS"] = catalog;
  global["__GGUI_COMPOSITIONS"] = catalog;
  global["__GGUI_INTERACT"] = catalog;
  global["__GGUI_TOKENS"] = tokens;
  global["__GGUI_CLIENT_LIBRARIES"] = { "@ggui-ai/gadgets": gadgets };
  global["__GGUI_PUBLIC_ENV"] = env;
}

/** The context of a slot, made when it is first asked for. */
export function slotContext(name: string): React.Context<unknown> {
  return (slotContexts[name] ??= React.createContext<unknown>(undefined));
}
